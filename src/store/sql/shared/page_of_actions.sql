-- A page of staff_actions a, newest first. Every listing has the same parameters: $1, $2 below this key (NULL
-- = from the newest), $3 recorded at or after, $4 recorded before (NULL = any), $5 actions a page, $6 what is
-- filtered by.
SELECT a.recorded_at, a.action_id, a.principal_id, a.roles, a.operation, a.target, a.detail, a.status,
  a.request_id, a.address
FROM staff_actions a
WHERE (a.recorded_at, a.action_id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::bigint, 0))
  AND a.recorded_at >= coalesce($3::timestamptz, '-infinity')
  AND a.recorded_at < coalesce($4::timestamptz, 'infinity')
