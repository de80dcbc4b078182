-- At most $3 messages of queue $1 that are due, locked, for worker $2; suspects if $4. Suspects come one at
-- a time, to a worker that holds nothing else: a poison kills whatever its process holds. Index:
-- messages_due, a range: the clock is read once, a volatile filter would walk through all that is not due.
-- Lock: the rows; locked ones are skipped.
due AS MATERIALIZED (
  SELECT queue, payment_id, sequence, target, replay
  FROM messages
  WHERE queue = $1::smallint AND claim = 0 AND suspect = $4::boolean AND due_at <= (SELECT clock_timestamp())
    AND EXISTS (
      SELECT FROM workers w
      JOIN queues q ON q.queue = $1 AND NOT q.paused
      WHERE w.worker = $2::bigint AND w.seen_at > clock_timestamp() - interval '4 s'
    )
  ORDER BY due_at
  LIMIT CASE WHEN $4 THEN 1 ELSE $3::integer END
  FOR UPDATE SKIP LOCKED
),
number AS MATERIALIZED (
  SELECT nextval('claim_numbers') AS claim WHERE EXISTS (SELECT FROM due)
)
