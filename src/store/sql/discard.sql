-- On record, for reason $5 by principal $6: dead letters, messages or chunk items of channel $1 will not be
-- sent. What was sent stays sent; a worker that holds the item finds 0 rows or 23505. An execute queue is
-- refused by the CHECKs of deliveries. Index: dead_letters_pkey, messages_pkey, deliveries_pkey. Lock: the
-- rows.
WITH input AS MATERIALIZED (
  SELECT $1::smallint AS queue, input.*
  FROM unnest($2::uuid[], $3::smallint[], $4::integer[]) AS input (payment_id, sequence, target)
),
gone AS (
  DELETE FROM dead_letters m USING input i WHERE {{same_item}} RETURNING m.*
),
dropped AS (
  DELETE FROM messages m USING input i WHERE {{same_item}} RETURNING m.*
),
ledger AS (
  INSERT INTO deliveries AS d (payment_id, sequence, channel, target, replay, state, tries)
  SELECT i.payment_id, i.sequence, i.queue, i.target, coalesce(m.replay, l.replay, 0), 'discarded', 0
  FROM input i
  LEFT JOIN gone l ON l.payment_id = i.payment_id AND l.sequence = i.sequence AND l.target = i.target
  LEFT JOIN dropped m ON m.payment_id = i.payment_id AND m.sequence = i.sequence AND m.target = i.target
  ON CONFLICT (payment_id, sequence, channel, target, replay) DO UPDATE
    SET state = 'discarded', recorded_at = clock_timestamp(), worker = NULL
    WHERE d.state NOT IN ('sent', 'suppressed')
  RETURNING *
)
INSERT INTO journal (payment_id, sequence, claim, queue, target, entry, answer, decided_by)
SELECT payment_id, sequence, 0, channel, target, 'discarded', $5::text, $6::uuid FROM ledger
RETURNING payment_id, sequence, target;
