-- A worker with a fresh random number, and the timeline of the database it meets. Index: workers_pkey.
INSERT INTO workers (worker, name)
VALUES ($1::bigint, $2::text)
RETURNING worker, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline;
