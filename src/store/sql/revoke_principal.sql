-- From the next poll on nothing of this principal counts. A second time changes nothing. Index:
-- principals_pkey. Lock: the row, then access_epoch.
UPDATE principals AS p
SET revoked_at = coalesce(revoked_at, clock_timestamp())
WHERE principal_id = $1::uuid
RETURNING {{principal_columns}};
