-- What worker $2 holds of channel $1 besides the chunks $3 and the message claims $4: claims whose answer
-- was lost on the way. As claim_channel and claim_channel_messages; chunk_id 0 = a message. Asked after the
-- connection that claims broke.
-- Index: chunks_pkey (the queue's range: rare, and the queue is short), messages_held, events_pkey. Lock:
-- none.
WITH held AS MATERIALIZED (
  SELECT c.chunk_id, c.claim, c.sequence, c.target, item AS payment_id, 0::smallint AS replay,
         0::smallint AS tries,
         0::smallint AS crashes, false AS unsure
  FROM chunks c
  CROSS JOIN LATERAL unnest(c.items) AS item
  WHERE c.queue = $1::smallint AND c.claim > 0 AND c.worker = $2::bigint AND c.chunk_id <> ALL ($3::bigint[])
    AND NOT has_delivery(item, c.sequence, c.queue, c.target)
    AND NOT EXISTS (
      SELECT FROM messages m
      WHERE m.queue = c.queue AND m.payment_id = item AND m.sequence = c.sequence AND m.target = c.target
    )
  UNION ALL
  SELECT 0::bigint, m.claim, m.sequence, m.target, m.payment_id, m.replay, m.tries, m.crashes, m.unsure
  FROM messages m
  WHERE m.queue = $1 AND m.claim > 0 AND m.worker = $2 AND m.claim <> ALL ($4::bigint[])
)
SELECT h.chunk_id, h.claim, h.target, h.replay, h.tries, h.crashes, h.unsure, {{event_columns}}
FROM held h
JOIN events e ON e.payment_id = h.payment_id AND e.sequence = h.sequence
JOIN payment_intents i ON i.payment_id = e.payment_id
LEFT JOIN contacts u ON u.user_id = i.user_id;
