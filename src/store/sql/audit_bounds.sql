-- I-18, I-19: messages past the limits of their queue that are neither parked nor dead, and dead letters
-- that the ledger does not call dead, how many and $1 of them. Lock: none.
SELECT id, count(*) OVER () AS found
FROM (
  SELECT m.payment_id || '.' || m.sequence || ' in queue ' || m.queue || ': ' || m.tries || ' tries, '
         || m.crashes || ' crashes'
         AS id
  FROM messages m
  JOIN queues q ON q.queue = m.queue
  WHERE m.due_at < 'infinity' AND (m.tries > cardinality(q.delays) OR m.crashes >= q.crash_limit)
  UNION ALL
  SELECT l.payment_id || '.' || l.sequence || ' in queue ' || l.queue || ': a dead letter, the ledger says '
         || coalesce(d.state::text, 'nothing')
  FROM dead_letters l
  LEFT JOIN deliveries d
    ON d.payment_id = l.payment_id AND d.sequence = l.sequence AND d.channel = l.queue AND d.target = l.target
    AND d.replay = l.replay
  WHERE d.state IS DISTINCT FROM 'dead'
) wrong
LIMIT $1::integer;
