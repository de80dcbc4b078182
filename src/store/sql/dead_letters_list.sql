-- Dead letters of queue $1 (NULL = of all), newest first, at most $3, dead before $2 (NULL = now).
-- Index: dead_letters_recent, a range per queue. Lock: none.
SELECT l.queue, l.payment_id, l.sequence, l.target, l.tries, l.crashes, l.dead_at, l.reason
FROM queues q
CROSS JOIN LATERAL (
  SELECT *
  FROM dead_letters
  WHERE queue = q.queue AND dead_at < coalesce($2::timestamptz, 'infinity')
  ORDER BY dead_at DESC
  LIMIT $3::integer
) l
WHERE $1::smallint IS NULL OR q.queue = $1
ORDER BY l.dead_at DESC
LIMIT $3;
