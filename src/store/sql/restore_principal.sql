-- Takes a revocation back. Tokens from before it stay refused: whoever held them was meant. Their instant is
-- their issuer's word, whose clock may be 30 s ahead; and a log-in is still let in while the revocation waits
-- up to 2 s for access_epoch. Index: principals_pkey. Lock: the row, then access_epoch.
UPDATE principals AS p
SET tokens_from = coalesce(revoked_at + interval '32 s', tokens_from), revoked_at = NULL
WHERE principal_id = $1::uuid
RETURNING {{principal_columns}};
