-- As finish, for messages of execute queue $1 held by worker $2; the fence is each message's claim. unknown
-- and retry take the next step of the ladder, at its end the payment parks; postponed ones are due at once.
-- Worker and claim 0 = principal
-- $11 resolves what nobody holds, parked or waiting: only with a definite result and evidence.
-- Index: messages_pkey, events_pkey. Lock: the message rows. 1 round trip.
WITH input AS MATERIALIZED (
  SELECT q.queue, q.delays, $2::bigint AS worker, 0 AS sequence, 0 AS target, input.*,
         result NOT IN ('unknown', 'retry', 'postponed') AS ends
  FROM queues q
  CROSS JOIN unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
                    $10::integer[]) WITH ORDINALITY
    AS input (payment_id, created_by, claim, result, failure_code, gateway_reference, evidence,
              milliseconds, place)
  WHERE q.queue = $1::smallint
),
mine AS MATERIALIZED (
  SELECT i.*, m.unsure, m.tries + (i.result <> 'postponed')::integer AS try,
         CASE WHEN i.result IN ('unknown', 'retry') AND m.tries >= cardinality(i.delays) THEN 'parked'
              ELSE i.result END AS verdict
  FROM input i
  JOIN messages m ON {{same_item}} AND m.claim = i.claim AND m.worker = i.worker
  WHERE i.claim > 0 OR (i.evidence IS NOT NULL AND $11::uuid IS NOT NULL AND i.ends)
  FOR UPDATE OF m
),
ended AS (
  DELETE FROM messages m USING mine i WHERE i.ends AND {{same_item}}
),
waiting AS (
  UPDATE messages m
  SET worker = 0, claim = 0, tries = i.try, unsure = m.unsure OR i.result = 'unknown', reason = i.evidence,
      gateway_reference = coalesce(i.gateway_reference, m.gateway_reference),
      due_at = CASE WHEN i.verdict = 'parked' THEN 'infinity'
                    WHEN i.verdict = 'postponed' THEN clock_timestamp()
                    ELSE clock_timestamp() + i.delays[i.try] * (0.8 + 0.4 * random()) END
  FROM mine i
  WHERE NOT i.ends AND {{same_item}}
),
outcome AS (
  INSERT INTO events (payment_id, sequence, type, created_by, failure_code, gateway_reference)
  SELECT payment_id, 1, result::event_type, created_by, failure_code, gateway_reference FROM mine WHERE ends
),
fan_out AS (
  INSERT INTO chunks (queue, items)
  SELECT s.queue, array_agg(m.payment_id)
  FROM mine m
  JOIN subscriptions s ON s.event_type::text = m.result
  GROUP BY s.queue, (m.place - 1) / 240
),
journal AS (
  INSERT INTO journal (payment_id, claim, queue, milliseconds, entry, answer, decided_by)
  SELECT payment_id, claim, queue, milliseconds, verdict, evidence, $11 FROM mine WHERE result <> 'postponed'
)
SELECT count(*) AS items FROM mine;
