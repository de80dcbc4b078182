-- The stored payments of these key digests, in a statement of its own for a fresh snapshot: the same
-- fingerprint = a replay, another = the key was reused with another body. A row with the payment id I sent
-- was made by me (a COMMIT whose answer was lost): no replay.
-- Index: payment_intents_key_digest_key, the primary keys behind the view. Lock: none. 1 round trip,
-- nothing to commit.
SELECT p.key_digest, p.fingerprint, {{payment_columns}}
FROM unnest($1::uuid[]) AS input (key_digest)
JOIN payments p ON p.key_digest = input.key_digest;
