-- Payments $2 of queue $1: the next look-up is now. For parked ones it is the decision of principal $4, on
-- record; for waiting ones a gateway's callback. Index: messages_pkey. Lock: the message rows.
WITH input AS MATERIALIZED (
  SELECT $1::smallint AS queue, 0 AS sequence, 0 AS target, 0 AS claim, payment_id
  FROM unnest($2::uuid[]) AS payment_id
  WHERE $1 < 100
),
mine AS MATERIALIZED (
  SELECT m.*
  FROM input i
  JOIN messages m ON {{same_item}} AND m.claim = i.claim AND (m.due_at < 'infinity' OR $4::uuid IS NOT NULL)
  FOR UPDATE OF m
),
due AS (
  UPDATE messages m
  SET due_at = clock_timestamp(), unsure = true,
      tries = CASE WHEN i.due_at = 'infinity' THEN 0 ELSE i.tries END,
      crashes = least(i.crashes, 2), reason = $3::text
  FROM mine i
  WHERE {{same_item}}
),
journal AS (
  INSERT INTO journal (payment_id, claim, queue, entry, answer, decided_by)
  SELECT payment_id, 0, queue, 'resumed', $3, $4 FROM mine WHERE due_at = 'infinity'
)
SELECT count(*) AS items FROM mine;
