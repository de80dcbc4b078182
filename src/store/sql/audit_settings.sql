-- I-30: settings under which an acknowledged payment could be lost. Lock: none.
SELECT name || ' = ' || setting AS id, count(*) OVER () AS found
FROM pg_settings
WHERE (name IN ('fsync', 'full_page_writes') AND setting = 'off')
   OR (name = 'synchronous_commit' AND setting = 'off');
