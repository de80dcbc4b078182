-- As review_execute, for one channel: an item left my chunk when the ledger has a row for it, or a message.
-- Index: chunks_pkey, deliveries_pkey, messages_pkey. Lock: none. 1 round trip, nothing to commit.
WITH input AS MATERIALIZED (
  SELECT $1::smallint AS queue, $2::bigint AS worker, 0::smallint AS replay, input.*
  FROM unnest($3::uuid[], $4::smallint[], $5::integer[], $6::bigint[], $7::bigint[]) WITH ORDINALITY
    AS input (payment_id, sequence, target, chunk_id, claim, place)
)
SELECT
  CASE
    WHEN i.chunk_id = 0 THEN CASE WHEN m.claim = i.claim AND m.worker = i.worker THEN 'held' ELSE 'lost' END
    WHEN c.chunk_id IS NULL THEN 'lost'
    WHEN d.payment_id IS NOT NULL OR m.payment_id IS NOT NULL THEN 'settled'
    ELSE 'held'
  END AS standing
FROM input i
LEFT JOIN chunks c
  ON c.queue = i.queue AND c.chunk_id = i.chunk_id AND c.claim = i.claim AND c.worker = i.worker
LEFT JOIN deliveries d
  ON d.payment_id = i.payment_id AND d.sequence = i.sequence AND d.channel = i.queue AND d.target = i.target
  AND d.replay = i.replay AND d.state <> 'reserved'
LEFT JOIN messages m
  ON m.queue = i.queue AND m.payment_id = i.payment_id AND m.sequence = i.sequence AND m.target = i.target
ORDER BY i.place;
