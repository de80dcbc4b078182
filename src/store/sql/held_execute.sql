-- What worker $2 holds of execute queue $1 besides the chunks $3 and the message claims $4: claims whose
-- answer was lost on the way. As claim_execute and claim_execute_messages; chunk_id 0 = a message. Asked
-- after the connection that claims broke.
-- Index: chunks_pkey (the queue's range: rare, and the queue is short), messages_held,
-- payment_intents_pkey. Lock: none.
WITH held AS MATERIALIZED (
  SELECT c.chunk_id, c.claim, c.first_claimed_at, item AS payment_id, false AS unsure, 0::smallint AS tries,
         0::smallint AS crashes, NULL::text AS gateway_reference
  FROM chunks c
  CROSS JOIN LATERAL unnest(c.items) AS item
  WHERE c.queue = $1::smallint AND c.claim > 0 AND c.worker = $2::bigint AND c.chunk_id <> ALL ($3::bigint[])
    AND NOT has_outcome(item)
    AND NOT EXISTS (
      SELECT FROM messages m
      WHERE m.queue = c.queue AND m.payment_id = item AND m.sequence = 0 AND m.target = 0
    )
  UNION ALL
  SELECT 0::bigint, m.claim, m.first_claimed_at, m.payment_id, m.unsure, m.tries, m.crashes,
         m.gateway_reference
  FROM messages m
  WHERE m.queue = $1 AND m.claim > 0 AND m.worker = $2 AND m.claim <> ALL ($4::bigint[])
)
SELECT h.chunk_id, h.claim, h.first_claimed_at, h.unsure, h.tries, h.crashes, h.gateway_reference,
       {{charge_columns}}
FROM held h
JOIN payment_intents i ON i.payment_id = h.payment_id;
