-- The newest client secrets of principal $1, without their hashes. Index: client_secrets_principal. Lock:
-- none.
SELECT secret_id, principal_id, created_at, expires_at, revoked_at
FROM client_secrets
WHERE principal_id = $1::uuid
ORDER BY created_at DESC
LIMIT $2::integer;
