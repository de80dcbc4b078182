-- NULL leaves a column as it is; an empty rate limit takes the override away. A changed role or limit goes
-- into the feed of changes. Index: principals_pkey. Lock: the row, then access_epoch.
UPDATE principals AS p
SET name = coalesce($2::text, name),
    role = coalesce($3::text, role),
    rate_limit = nullif(coalesce($4::text, rate_limit), '')
WHERE principal_id = $1::uuid
RETURNING {{principal_columns}};
