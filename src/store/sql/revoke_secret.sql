-- No log-in by this secret any more. A second time changes nothing. Index: client_secrets_pkey. Lock: its
-- row.
UPDATE client_secrets
SET revoked_at = coalesce(revoked_at, clock_timestamp())
WHERE secret_id = $1::uuid
RETURNING secret_id, principal_id, created_at, expires_at, revoked_at;
