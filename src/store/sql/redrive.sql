-- Dead letters ($2, $3, $4) of queue $1, decided by principal $5: tries start anew (in the ledger too, so
-- that settle can tell a new answer from an old one), suspects stay suspects, claim numbers go on.
-- Index: dead_letters_pkey, deliveries_pkey, messages_pkey. Lock: the letters.
WITH input AS MATERIALIZED (
  SELECT $1::smallint AS queue, input.*
  FROM unnest($2::uuid[], $3::smallint[], $4::integer[]) AS input (payment_id, sequence, target)
),
letter AS (
  DELETE FROM dead_letters m USING input i WHERE {{same_item}} RETURNING m.*
),
ledger AS (
  UPDATE deliveries d
  SET state = 'retry', tries = 0, recorded_at = clock_timestamp()
  FROM letter l
  WHERE d.payment_id = l.payment_id AND d.sequence = l.sequence AND d.channel = l.queue
    AND d.target = l.target AND d.replay = l.replay AND d.state = 'dead'
),
message AS (
  INSERT INTO messages (queue, payment_id, sequence, target, replay, due_at, enqueued_at, crashes, reason)
  SELECT queue, payment_id, sequence, target, replay, clock_timestamp(), enqueued_at, least(crashes, 2),
         left('redrive: ' || reason, 2000)
  FROM letter
  ON CONFLICT (queue, payment_id, sequence, target) DO NOTHING
  RETURNING *
)
INSERT INTO journal (payment_id, sequence, claim, queue, target, entry, answer, decided_by)
SELECT payment_id, sequence, 0, queue, target, 'redriven', reason, $5::uuid FROM message
RETURNING payment_id, sequence, target;
