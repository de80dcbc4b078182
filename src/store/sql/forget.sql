-- Removes workers unseen for $1 that hold nothing. Hourly, by the operator role: it sees all queues. The
-- chunks are walked once, however many workers are old, and not at all when none is: no index says whose they
-- are.
-- Index: chunks_pkey (a range per queue), messages_held. Lock: the rows; locked ones wait for the next hour.
WITH old AS MATERIALIZED (
  SELECT worker FROM workers WHERE seen_at < clock_timestamp() - $1::interval FOR UPDATE SKIP LOCKED
),
holder AS MATERIALIZED (
  SELECT c.worker
  FROM queues q
  CROSS JOIN LATERAL (
    SELECT worker
    FROM chunks
    WHERE queue = q.queue AND claim > 0 AND worker = ANY (ARRAY(SELECT worker FROM old))
    OFFSET 0  -- queue by queue
  ) c
  WHERE EXISTS (SELECT FROM old)
  UNION
  SELECT m.worker
  FROM queues q
  CROSS JOIN LATERAL (
    SELECT worker
    FROM messages
    WHERE queue = q.queue AND claim > 0 AND worker = ANY (ARRAY(SELECT worker FROM old))
  ) m
)
DELETE FROM workers w
USING old o
WHERE w.worker = o.worker AND o.worker NOT IN (SELECT worker FROM holder)
RETURNING w.worker;
