-- What changed behind number $1, in the order of commits, with the latest number and the server's start in
-- every row: one row without a change when there was none. At most 1,000, because older ones are pruned.
-- Index: access_changes_pkey. Lock: none.
SELECT e.number AS epoch, pg_postmaster_start_time() AS server_since, c.number, c.principal_id, c.key_id
FROM access_epoch e
LEFT JOIN access_changes c ON c.number > $1::bigint
ORDER BY c.number;
