-- Every key that somebody may still ask about, the newest first: revoked and retired ones for a day more.
-- Index: none, there are a few.
SELECT key_id, algorithm, public_jwk, sealed_private, state, created_at, activated_at, retired_at, revoked_at,
  clock_timestamp() AS seen_at
FROM token_keys
WHERE state IN ('next', 'active') OR coalesce(revoked_at, retired_at) > clock_timestamp() - interval '1 day'
ORDER BY created_at DESC
LIMIT 100;
