-- Delivery ($1, $2, $3, $4) once more as a new replay, for reason $5 by principal $6; nothing while an
-- earlier one is under way. Index: deliveries_pkey, messages_pkey. Lock: none but the new row.
WITH message AS (
  INSERT INTO messages (queue, payment_id, sequence, target, replay, due_at, reason)
  SELECT channel, payment_id, sequence, target, max(replay) + 1, clock_timestamp(), $5::text
  FROM deliveries
  WHERE payment_id = $2::uuid AND sequence = $3::smallint AND channel = $1::smallint AND target = $4::integer
  GROUP BY 1, 2, 3, 4
  HAVING bool_and(state IN ('sent', 'suppressed', 'ambiguous', 'discarded'))
  ON CONFLICT (queue, payment_id, sequence, target) DO NOTHING
  RETURNING *
)
INSERT INTO journal (payment_id, sequence, claim, queue, target, entry, answer, decided_by)
SELECT payment_id, sequence, 0, queue, target, 'resent', reason, $6::uuid FROM message
RETURNING payment_id, sequence, target;
