-- At most $3 messages of queue $1 that are due, locked, for worker $2; no suspects. With $4 the suspect that
-- this worker has reserved until then (reserve_suspect), and nothing else: suspects come one at a time, to a
-- worker that holds nothing, for a poison kills whatever its process holds. Index: messages_due, a range: the
-- clock is read once, a volatile filter would walk through all that is not due. CASE and not coalesce, which
-- counts as leaky, so that row level security keeps it out of the index condition.
-- Lock: the rows; locked ones are skipped.
due AS MATERIALIZED (
  SELECT queue, payment_id, sequence, target, replay
  FROM messages
  WHERE queue = $1::smallint AND claim = 0 AND suspect = ($4::timestamptz IS NOT NULL)
    AND due_at >= CASE WHEN $4 IS NULL THEN '-infinity' ELSE $4 END
    AND due_at <= CASE WHEN $4 IS NULL THEN (SELECT clock_timestamp()) ELSE $4 END
    AND EXISTS (
      SELECT FROM workers w
      JOIN queues q ON q.queue = $1 AND NOT q.paused
      WHERE w.worker = $2::bigint AND w.seen_at > clock_timestamp() - interval '4 s'
    )
  ORDER BY due_at
  LIMIT CASE WHEN $4 IS NULL THEN $3::integer ELSE 1 END
  FOR UPDATE SKIP LOCKED
),
number AS MATERIALIZED (
  SELECT nextval('claim_numbers') AS claim WHERE EXISTS (SELECT FROM due)
)
