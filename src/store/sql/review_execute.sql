-- How answers stand whose finish got no answer, or a smaller count than was sent: 'lost' = the claim is not
-- mine any more (taken over, or the finish that lost its answer took the last item); 'settled' = the item
-- left my chunk, as an event or as a message; 'held' = nothing of it was written. Read before anything is
-- written again.
-- Index: chunks_pkey, events_pkey, messages_pkey. Lock: none. 1 round trip, nothing to commit.
WITH input AS MATERIALIZED (
  SELECT $1::smallint AS queue, 0::smallint AS sequence, 0 AS target, 1::smallint AS outcome,
         $2::bigint AS worker, input.*
  FROM unnest($3::uuid[], $4::bigint[], $5::bigint[]) WITH ORDINALITY
    AS input (payment_id, chunk_id, claim, place)
)
SELECT
  CASE
    WHEN i.chunk_id = 0 THEN CASE WHEN m.claim = i.claim AND m.worker = i.worker THEN 'held' ELSE 'lost' END
    WHEN c.chunk_id IS NULL THEN 'lost'
    WHEN e.payment_id IS NOT NULL OR m.payment_id IS NOT NULL THEN 'settled'
    ELSE 'held'
  END AS standing
FROM input i
LEFT JOIN chunks c
  ON c.queue = i.queue AND c.chunk_id = i.chunk_id AND c.claim = i.claim AND c.worker = i.worker
LEFT JOIN events e ON e.payment_id = i.payment_id AND e.sequence = i.outcome
LEFT JOIN messages m
  ON m.queue = i.queue AND m.payment_id = i.payment_id AND m.sequence = i.sequence AND m.target = i.target
ORDER BY i.place;
