-- By worker $1, leaving $2 (itself on SIGTERM, else 0): what dead workers hold in execute queues. Chunks
-- explode into messages, without the items that have an outcome or are messages already. Over the crash
-- limit a payment parks. The chunks are walked once, however many workers are dead: a row of the day's
-- restarts each would cost a walk of its own.
-- Index: chunks_pkey (queues), messages_held, events_pkey. Lock: the dead workers' rows, then what they
-- held.
WITH dead AS MATERIALIZED (
  SELECT * FROM dead_workers($1::bigint, $2::bigint)
),
chunk AS (
  DELETE FROM chunks c
  WHERE c.queue < 100 AND c.claim > 0 AND c.worker = ANY (ARRAY(SELECT worker FROM dead))
  RETURNING c.*, (c.worker <> $2)::integer AS crash
),
exploded AS (
  INSERT INTO messages (
    queue, payment_id, sequence, due_at, enqueued_at, first_claimed_at, crashes, unsure, reason)
  SELECT c.queue, item, 0, clock_timestamp(), c.enqueued_at, c.first_claimed_at,
         c.crash, true, 'worker ' || c.worker || ' is gone'
  FROM chunk c
  CROSS JOIN LATERAL unnest(c.items) AS item
  WHERE NOT has_outcome(item)
  ON CONFLICT (queue, payment_id, sequence, target) DO NOTHING
  RETURNING *
),
freed AS (
  UPDATE messages m
  SET worker = 0, claim = 0, crashes = m.crashes + d.crash, unsure = true,
      reason = 'worker ' || m.worker || ' is gone',
      due_at = CASE WHEN m.crashes + d.crash < q.crash_limit THEN clock_timestamp() ELSE 'infinity' END
  FROM dead d
  CROSS JOIN queues q
  WHERE q.queue < 100 AND m.queue = q.queue AND m.claim > 0 AND m.worker = d.worker
  RETURNING m.*
),
journal AS (
  INSERT INTO journal (payment_id, claim, queue, entry, answer)
  SELECT payment_id, claim, queue, CASE WHEN due_at = 'infinity' THEN 'parked' ELSE 'taken over' END, reason
  FROM (TABLE exploded UNION ALL TABLE freed) lost
  WHERE crashes > 0
)
SELECT (SELECT count(*) FROM dead) AS workers, (SELECT count(*) FROM chunk) AS chunks,
       (SELECT count(*) FROM exploded) AS exploded, (SELECT count(*) FROM freed) AS freed;
