-- Chunks of an execute queue with all that a charge needs. $3 = 500 / mean size of the last claim, at least
-- 1.
-- Index: chunks_pkey, payment_intents_pkey. Lock: the chunk rows. 1 round trip.
WITH {{claimed}}
SELECT c.chunk_id, c.claim, c.first_claimed_at, {{charge_columns}}
FROM claimed c
CROSS JOIN LATERAL unnest(c.items) AS item
JOIN payment_intents i ON i.payment_id = item;
