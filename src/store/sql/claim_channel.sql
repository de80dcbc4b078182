-- Chunks of a channel with all that a notification needs. $3 = 500 / mean size of the last claim, at least 1.
-- Index: chunks_pkey, events_pkey, payment_intents_pkey, contacts_pkey. Lock: the chunk rows. 1 round trip.
WITH {{claimed}},
item AS MATERIALIZED (
  SELECT chunk_id, claim, sequence, target, payment_id
  FROM claimed
  CROSS JOIN LATERAL unnest(items) AS payment_id
)
SELECT c.chunk_id, c.claim, c.target, {{event_columns}}
FROM item c
JOIN events e ON e.payment_id = c.payment_id AND e.sequence = c.sequence
JOIN payment_intents i ON i.payment_id = c.payment_id
LEFT JOIN contacts u ON u.user_id = i.user_id;
