-- The newest migration that was applied, 0 before the first. Lock: none.
SELECT coalesce(max(number), 0) AS number FROM schema_migrations;
