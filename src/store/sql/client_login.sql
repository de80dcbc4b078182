-- What a log-in by secret $2 of principal $1 is compared with; no row when either is unknown, revoked or
-- expired. Index: client_secrets_pkey, principals_pkey. Lock: none.
SELECT s.hash, p.role
FROM client_secrets s
JOIN principals p ON p.principal_id = s.principal_id
WHERE s.secret_id = $2::uuid AND p.principal_id = $1::uuid AND s.revoked_at IS NULL AND p.revoked_at IS NULL
  AND coalesce(s.expires_at, 'infinity') > clock_timestamp();
