-- Nothing that key $1 signed counts any more. Index: token_keys_pkey. Lock: the row, then access_epoch.
UPDATE token_keys
SET state = 'revoked', revoked_at = clock_timestamp(), sealed_private = NULL
WHERE key_id = $1::text AND state <> 'revoked'
RETURNING key_id;
