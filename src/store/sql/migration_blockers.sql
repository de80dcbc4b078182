-- Who holds locks on our tables, the oldest transactions first, for the message of a migration that could
-- not get its own.
-- Lock: none.
SELECT DISTINCT ON (a.xact_start, a.pid)
  'pid ' || a.pid || ' (' || coalesce(nullif(a.application_name, ''), 'unnamed') || ', '
    || coalesce(a.state, 'unknown') || ' since '
    || coalesce(date_trunc('second', a.xact_start)::text, '?') || ')' AS blocker
FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation AND c.relnamespace = 'public'::regnamespace
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.granted AND l.pid <> pg_backend_pid()
ORDER BY a.xact_start, a.pid
LIMIT 3;
