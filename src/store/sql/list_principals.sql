-- A page of principals of role $1 (NULL: of any), the latest id first, below $2. Ids that we made are in the
-- order of their making. Index: principals_role, principals_pkey. Lock: none.
SELECT {{principal_columns}}
FROM principals p
WHERE ($1::text IS NULL OR p.role = $1)
  AND p.principal_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY p.principal_id DESC
LIMIT $3::integer;
