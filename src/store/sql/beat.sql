-- Once a second. No row, or another timeline (a fail-over, a restore) = register anew. A worker whose own
-- last beat is 3 s old starts no outbound call. Index: workers_pkey. Lock: its row.
UPDATE workers
SET seen_at = clock_timestamp(),
    steady_since = CASE WHEN clock_timestamp() - seen_at > interval '2 s' THEN clock_timestamp()
                        ELSE steady_since END
WHERE worker = $1::bigint
RETURNING worker, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline;
