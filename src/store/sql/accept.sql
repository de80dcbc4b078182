-- Intents, and a chunk per gateway. A key digest that is not among the rows returned has lost against a
-- stored one: losers. $18 = this worker if it also executes (its chunks are born claimed), else 0.
-- Index: payment_intents_key_digest_key. Lock: key digests in ascending order, so batches cannot deadlock.
-- 1 round trip.
WITH input AS MATERIALIZED (
  SELECT *
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::bigint[], $7::text[],
              $8::bytea[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[],
              $15::uuid[], $16::bigint[], $17::timestamptz[])
    AS input (payment_id, key_digest, created_by, user_id, gateway, amount, currency, fingerprint,
              idempotency_key, request_id, description, reference, payment_method, metadata, trace_id,
              span_id, created_at)
),
created AS (
  INSERT INTO payment_intents (
    payment_id, key_digest, created_by, user_id, gateway, amount, currency, fingerprint, idempotency_key,
    request_id, description, reference, payment_method, metadata, trace_id, span_id, created_at)
  SELECT * FROM input ORDER BY key_digest
  ON CONFLICT (key_digest) DO NOTHING
  RETURNING payment_id, gateway
),
numbered AS (
  SELECT payment_id, gateway, (row_number() OVER () - 1) / 240 AS part FROM created
),
holder AS MATERIALIZED (
  SELECT worker, nextval('claim_numbers') AS claim FROM workers WHERE worker = $18::bigint
)
INSERT INTO chunks (queue, sequence, items, worker, claim, first_claimed_at)
SELECT n.gateway, 0, array_agg(n.payment_id), coalesce(h.worker, 0), coalesce(h.claim, 0),
       CASE WHEN h.worker > 0 THEN clock_timestamp() END
FROM numbered n
LEFT JOIN holder h ON true
GROUP BY n.gateway, n.part, h.worker, h.claim
RETURNING queue, chunk_id, claim, items;
