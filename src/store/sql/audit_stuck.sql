-- I-12: what waits without a next step for longer than $1, how many and $2 of them: a free chunk or a due
-- message that nobody claims although its queue is not paused, and what a worker holds that is gone. Parked
-- payments have a reason and are not stuck. Lock: none.
SELECT id, count(*) OVER () AS found
FROM (
  SELECT 'chunk ' || c.chunk_id || ' of queue ' || c.queue || ', ' || cardinality(c.items) || ' items, '
         || CASE WHEN c.claim = 0 THEN 'free' ELSE 'held by worker ' || c.worker || ', gone' END AS id
  FROM chunks c
  JOIN queues q ON q.queue = c.queue AND NOT q.paused
  LEFT JOIN workers w ON w.worker = c.worker AND w.seen_at > clock_timestamp() - $1::interval
  WHERE c.enqueued_at < clock_timestamp() - $1 AND w.worker IS NULL
  UNION ALL
  SELECT m.payment_id || '.' || m.sequence || ' in queue ' || m.queue || ', '
         || CASE WHEN m.claim = 0 THEN 'due since ' || m.due_at
                  ELSE 'held by worker ' || m.worker || ', gone' END
  FROM messages m
  JOIN queues q ON q.queue = m.queue AND NOT q.paused
  LEFT JOIN workers w ON w.worker = m.worker AND w.seen_at > clock_timestamp() - $1
  WHERE m.due_at < clock_timestamp() - $1 AND w.worker IS NULL
) stuck
LIMIT $2::integer;
