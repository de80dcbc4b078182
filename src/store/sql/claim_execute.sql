-- Chunks of an execute queue with all that a charge needs. $3 = 500 / mean size of the last claim, at least
-- 1.
-- Index: chunks_pkey, payment_intents_pkey. Lock: the chunk rows. 1 round trip.
WITH {{claimed}}
SELECT c.chunk_id, c.claim, c.first_claimed_at, i.payment_id, i.created_by, i.user_id, i.amount, i.currency,
       i.payment_method, i.description, i.metadata, i.request_id, i.trace_id, i.span_id
FROM claimed c
CROSS JOIN LATERAL unnest(c.items) AS item
JOIN payment_intents i ON i.payment_id = item;
