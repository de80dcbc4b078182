-- At most $2 chunks of router $1, from chunk $3 on, into chunks per endpoint of the events' owners. Nothing
-- leaves the database, so claim and ack are one statement: no fence, nothing to take over. An owner without
-- an endpoint is done.
-- Index: chunks_pkey, events_pkey, endpoints_owner. Lock: chunk rows; locked ones are skipped.
WITH free AS MATERIALIZED (
  SELECT queue, chunk_id
  FROM chunks
  WHERE queue = $1::smallint AND chunk_id >= $3::bigint AND claim = 0
    AND EXISTS (SELECT FROM queues q WHERE q.queue = $1 AND NOT q.paused AND q.kind = 'router')
  ORDER BY chunk_id
  LIMIT $2::integer
  FOR UPDATE SKIP LOCKED
),
taken AS (
  DELETE FROM chunks c USING free f WHERE c.queue = f.queue AND c.chunk_id = f.chunk_id RETURNING c.*
),
item AS MATERIALIZED (
  SELECT sequence, payment_id FROM taken CROSS JOIN LATERAL unnest(items) AS payment_id
),
addressed AS MATERIALIZED (
  SELECT p.queue, p.endpoint, e.payment_id, e.sequence,
         (row_number() OVER (PARTITION BY p.endpoint, e.sequence) - 1) / 240 AS part
  FROM item t
  JOIN events e ON e.payment_id = t.payment_id AND e.sequence = t.sequence
  JOIN endpoints p ON p.created_by = e.created_by AND p.enabled AND e.type = ANY (p.event_types)
),
added AS (
  INSERT INTO chunks (queue, sequence, target, items)
  SELECT queue, sequence, endpoint, array_agg(payment_id)
  FROM addressed
  GROUP BY queue, sequence, endpoint, part
)
SELECT (SELECT count(*) FROM taken) AS chunks, (SELECT count(*) FROM addressed) AS items;
