-- A client secret of principal $2, unless it has $5 that are good already. The bound is against forgetting,
-- not against two who add at once. An id that is there already stays as it is. Index:
-- client_secrets_principal, principals_pkey. Lock: none.
INSERT INTO client_secrets (secret_id, principal_id, hash, expires_at)
SELECT $1::uuid, principal_id, $3::text, $4::timestamptz
FROM principals p
WHERE principal_id = $2::uuid
  AND (
    SELECT count(*)
    FROM client_secrets s
    WHERE s.principal_id = p.principal_id AND s.revoked_at IS NULL
      AND coalesce(s.expires_at, 'infinity') > clock_timestamp()
  ) < $5::integer
ON CONFLICT DO NOTHING
RETURNING secret_id, principal_id, created_at, expires_at, revoked_at;
