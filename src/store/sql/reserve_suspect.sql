-- One suspect of queue $1 for worker $2, which runs empty and then claims it: the one it has reserved until
-- $3 (NULL = none), else the first that is due, is put off by $4, so that no other process sees it as due.
-- No row = none. The instant returned names it. Renewed in time it stays reserved, else it is due again by
-- itself. Index: messages_due. Lock: its row; locked ones are skipped.
WITH holder AS MATERIALIZED (
  SELECT FROM workers w
  JOIN queues q ON q.queue = $1::smallint AND NOT q.paused
  WHERE w.worker = $2::bigint AND w.seen_at > clock_timestamp() - interval '4 s'
),
kept AS MATERIALIZED (
  SELECT queue, payment_id, sequence, target
  FROM messages
  WHERE queue = $1 AND claim = 0 AND suspect AND due_at = $3::timestamptz AND EXISTS (SELECT FROM holder)
  LIMIT 1
  FOR UPDATE SKIP LOCKED
),
next AS MATERIALIZED (
  SELECT queue, payment_id, sequence, target
  FROM messages
  WHERE queue = $1 AND claim = 0 AND suspect AND due_at <= (SELECT clock_timestamp())
    AND EXISTS (SELECT FROM holder) AND NOT EXISTS (SELECT FROM kept)
  ORDER BY due_at
  LIMIT 1
  FOR UPDATE SKIP LOCKED
),
suspect AS (TABLE kept UNION ALL TABLE next)
UPDATE messages m
SET due_at = clock_timestamp() + $4::interval
FROM suspect i
WHERE {{same_item}}
RETURNING m.due_at;
