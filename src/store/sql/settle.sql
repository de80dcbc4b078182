-- Any outcome in channel $1 by worker $2: sent, suppressed, ambiguous, retry, dead, discarded (its endpoint
-- is gone), postponed (not tried, not counted, due at once). An item comes from a chunk (chunk_id), a
-- message (claim) or a reservation (neither). A final state in the ledger stays; a retry beyond the ladder
-- is dead. wait = seconds of Retry-After. A chunk item that left its chunk before, as a retry (an answer
-- that was lost and is sent again), changes neither ledger nor message: by now another worker may hold that
-- message, and taking it away would send twice.
-- Index: chunks_pkey, messages_pkey, deliveries_pkey. Lock: chunk, message or ledger rows. 1 round trip.
WITH input AS MATERIALIZED (
  SELECT $1::smallint AS queue, $2::bigint AS worker, input.*
  FROM unnest($7::uuid[], $8::smallint[], $9::integer[], $10::bigint[], $11::bigint[], $12::text[],
              $13::text[], $14::text[], $15::integer[])
    AS input (payment_id, sequence, target, claim, chunk_id, state, provider_reference, answer, wait)
),
{{held}},
message AS MATERIALIZED (
  SELECT i.*, m.claim AS fence, m.enqueued_at, m.replay, m.tries, m.crashes
  FROM input i
  JOIN messages m ON {{same_item}} AND m.claim = i.claim AND m.worker = i.worker
  WHERE i.claim > 0
  FOR UPDATE OF m
),
reservation AS MATERIALIZED (
  SELECT i.*, 0 AS fence, d.recorded_at, d.replay, d.tries - 1, 0
  FROM input i
  JOIN deliveries d
    ON d.payment_id = i.payment_id AND d.sequence = i.sequence AND d.channel = i.queue AND d.target = i.target
    AND d.replay = 0
  WHERE i.claim IS NULL AND i.chunk_id IS NULL AND d.state = 'reserved' AND d.worker = i.worker
  FOR UPDATE OF d
),
source AS MATERIALIZED (
  SELECT i.*, h.claim AS fence, h.enqueued_at, 0 AS replay, 0 AS tries, 0 AS crashes
  FROM input i
  JOIN held h ON h.chunk_id = i.chunk_id AND h.target = i.target AND h.sequence = i.sequence
  UNION ALL TABLE message
  UNION ALL TABLE reservation
),
ledger AS (
  INSERT INTO deliveries AS d (
    payment_id, sequence, channel, target, replay, state, tries, provider_reference)
  SELECT s.payment_id, s.sequence, s.queue, s.target, s.replay,
         CASE WHEN s.state = 'retry' AND s.tries >= cardinality(q.delays) THEN 'dead'
              ELSE s.state END::delivery_state,
         s.tries + 1, s.provider_reference
  FROM source s
  JOIN queues q ON q.queue = s.queue
  WHERE s.state <> 'postponed'
  ON CONFLICT (payment_id, sequence, channel, target, replay) DO UPDATE
    SET state = EXCLUDED.state, tries = EXCLUDED.tries, recorded_at = clock_timestamp(),
        provider_reference = EXCLUDED.provider_reference, worker = NULL
    WHERE d.state = 'reserved' OR (d.state = 'retry' AND d.tries < EXCLUDED.tries)
  RETURNING d.payment_id, d.sequence, d.target, d.state
),
mine AS MATERIALIZED (  -- with what the ledger now says; NULL = it had a row that stays
  SELECT s.*, l.state IS NOT NULL AS taken, coalesce(l.state = 'retry', s.state = 'postponed') AS again,
         l.state = 'dead' AS dead
  FROM source s
  LEFT JOIN ledger l ON l.payment_id = s.payment_id AND l.sequence = s.sequence AND l.target = s.target
),
later AS MATERIALIZED (  -- jitter never comes before a Retry-After
  SELECT m.*, clock_timestamp() + greatest(make_interval(secs => coalesce(m.wait, 0)),
         (m.state <> 'postponed')::integer * q.delays[least(m.tries + 1, cardinality(q.delays))]
           * (0.8 + 0.4 * random())) AS due_at
  FROM mine m
  JOIN queues q ON q.queue = m.queue
  WHERE m.again AND m.fence > 0  -- foreign transports redeliver themselves
),
left_chunk AS (
  INSERT INTO messages (queue, payment_id, sequence, target, enqueued_at, tries, reason, due_at)
  SELECT queue, payment_id, sequence, target, enqueued_at, (state <> 'postponed')::integer, answer, due_at
  FROM later
  WHERE chunk_id IS NOT NULL
  ON CONFLICT (queue, payment_id, sequence, target) DO NOTHING
),
waiting AS (
  UPDATE messages m
  SET worker = 0, claim = 0, due_at = i.due_at, tries = i.tries + (i.state <> 'postponed')::integer,
      reason = i.answer
  FROM later i
  WHERE i.chunk_id IS NULL AND {{same_item}} AND m.claim = i.fence
),
ended AS (
  DELETE FROM messages m USING mine i
  WHERE NOT i.again AND {{same_item}} AND m.replay = i.replay AND (i.taken OR m.claim = i.fence)
),
letter AS (
  INSERT INTO dead_letters (queue, payment_id, sequence, target, replay, tries, crashes, enqueued_at, reason)
  SELECT queue, payment_id, sequence, target, replay, tries + 1, crashes, enqueued_at,
         coalesce(answer, 'no more tries')
  FROM mine
  WHERE dead
),
journal AS (
  INSERT INTO journal (payment_id, sequence, claim, queue, target, entry, answer)
  SELECT payment_id, sequence, fence, queue, target, state, answer FROM mine WHERE state <> 'postponed'
)
SELECT count(*) AS items FROM mine;
