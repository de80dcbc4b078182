-- What has answered, of chunks. Result: succeeded or failed (definite), unknown (ask the gateway later),
-- retry (definitely not executed), postponed (not tried, not counted). Outcome, fan-out and ack are one
-- commit; the last three become messages, postponed ones due at once. 23505, or a lost COMMIT: never run it
-- again blindly; review_execute says what is there.
-- Index: chunks_pkey, events_pkey, messages_pkey. Lock: chunk rows. 1 round trip.
WITH input AS MATERIALIZED (
  SELECT *
  FROM unnest($7::uuid[], $8::uuid[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::text[],
              $14::integer[]) WITH ORDINALITY
    AS input (payment_id, created_by, result, chunk_id, failure_code, gateway_reference, evidence,
              milliseconds, place)
),
{{held}},
mine AS MATERIALIZED (
  SELECT i.*, h.queue, h.claim, h.enqueued_at, h.first_claimed_at
  FROM input i
  JOIN held h ON h.chunk_id = i.chunk_id
),
outcome AS (
  INSERT INTO events (payment_id, sequence, type, created_by, failure_code, gateway_reference)
  SELECT payment_id, 1, result::event_type, created_by, failure_code, gateway_reference
  FROM mine
  WHERE result NOT IN ('unknown', 'retry', 'postponed')
),
fan_out AS (
  INSERT INTO chunks (queue, items)
  SELECT s.queue, array_agg(m.payment_id)
  FROM mine m
  JOIN subscriptions s ON s.event_type::text = m.result
  GROUP BY s.queue, (m.place - 1) / 240
),
waiting AS (
  INSERT INTO messages (
    queue, payment_id, sequence, due_at, enqueued_at, first_claimed_at, tries, unsure, gateway_reference,
    reason)
  SELECT m.queue, m.payment_id, 0,
         clock_timestamp() + tried.times * q.delays[1] * (0.8 + 0.4 * random()),
         m.enqueued_at, m.first_claimed_at, tried.times, m.result = 'unknown', m.gateway_reference, m.evidence
  FROM mine m
  JOIN queues q ON q.queue = m.queue
  CROSS JOIN LATERAL (SELECT (m.result <> 'postponed')::integer AS times) tried
  WHERE m.result IN ('unknown', 'retry', 'postponed')
),
journal AS (
  INSERT INTO journal (payment_id, claim, queue, milliseconds, entry, answer)
  SELECT payment_id, claim, queue, milliseconds, result, evidence
  FROM mine
  WHERE result IN ('unknown', 'retry') OR (evidence IS NOT NULL AND result <> 'postponed')
)
SELECT (SELECT count(*) FROM held) AS chunks, (SELECT count(*) FROM mine) AS items;
