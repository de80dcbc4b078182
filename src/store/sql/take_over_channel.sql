-- As take_over_execute, for channels. Left out is what has a ledger row (reserved is none). Over the crash
-- limit: dead letter.
-- Index: chunks_pkey (queues), messages_held, deliveries_pkey. Lock: the dead workers' rows, then what they
-- held.
WITH dead AS MATERIALIZED (
  SELECT * FROM dead_workers($1::bigint, $2::bigint)
),
chunk AS (
  DELETE FROM chunks c
  WHERE c.queue >= 100 AND c.claim > 0 AND c.worker = ANY (ARRAY(SELECT worker FROM dead))
  RETURNING c.*, (c.worker <> $2)::integer AS crash
),
exploded AS (
  INSERT INTO messages (
    queue, payment_id, sequence, target, due_at, enqueued_at, first_claimed_at, crashes, unsure, reason)
  SELECT c.queue, item, c.sequence, c.target, clock_timestamp(), c.enqueued_at, c.first_claimed_at,
         c.crash, true, 'worker ' || c.worker || ' is gone'
  FROM chunk c
  CROSS JOIN LATERAL unnest(c.items) AS item
  WHERE NOT has_delivery(item, c.sequence, c.queue, c.target)
  ON CONFLICT (queue, payment_id, sequence, target) DO NOTHING
  RETURNING *
),
freed AS (
  UPDATE messages m
  SET worker = 0, claim = 0, crashes = m.crashes + d.crash, unsure = true, due_at = clock_timestamp(),
      reason = 'worker ' || m.worker || ' is gone'
  FROM dead d
  CROSS JOIN queues q
  WHERE q.queue >= 100 AND m.queue = q.queue AND m.claim > 0 AND m.worker = d.worker
    AND m.crashes + d.crash < q.crash_limit
  RETURNING m.*
),
given_up AS (
  DELETE FROM messages m
  USING dead d
  CROSS JOIN queues q
  WHERE q.queue >= 100 AND m.queue = q.queue AND m.claim > 0 AND m.worker = d.worker
    AND m.crashes + d.crash >= q.crash_limit
  RETURNING m.*
),
letter AS (
  INSERT INTO dead_letters (queue, payment_id, sequence, target, replay, tries, crashes, enqueued_at, reason)
  SELECT queue, payment_id, sequence, target, replay, tries, crashes + 1, enqueued_at,
         'its worker died ' || crashes + 1 || ' times'
  FROM given_up
),
ledger AS (
  INSERT INTO deliveries (payment_id, sequence, channel, target, replay, state, tries)
  SELECT payment_id, sequence, queue, target, replay, 'dead', tries FROM given_up
  ON CONFLICT (payment_id, sequence, channel, target, replay) DO UPDATE
    SET state = 'dead', recorded_at = clock_timestamp()
),
journal AS (
  INSERT INTO journal (payment_id, sequence, claim, queue, target, entry, answer)
  SELECT payment_id, sequence, claim, queue, target,
         CASE WHEN claim > 0 THEN 'dead' ELSE 'taken over' END, reason
  FROM (TABLE exploded UNION ALL TABLE freed UNION ALL TABLE given_up) lost
  WHERE crashes > 0
)
SELECT (SELECT count(*) FROM dead) AS workers, (SELECT count(*) FROM chunk) AS chunks,
       (SELECT count(*) FROM exploded) AS exploded,
       (SELECT count(*) FROM freed) + (SELECT count(*) FROM given_up) AS freed;
