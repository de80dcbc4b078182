-- Takes a revocation back. Tokens from before it stay refused: whoever held them was meant. Index:
-- principals_pkey. Lock: the row, then access_epoch.
UPDATE principals AS p
SET tokens_from = coalesce(revoked_at, tokens_from), revoked_at = NULL
WHERE principal_id = $1::uuid
RETURNING {{principal_columns}};
