-- Intents, and a chunk per gateway. A key digest that is not among the rows returned has lost against a
-- stored one: losers. Index: payment_intents_key_digest_key. Lock: key digests in ascending order, so batches
-- cannot deadlock. 1 round trip.
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
)
INSERT INTO chunks (queue, sequence, items)
SELECT gateway, 0, array_agg(payment_id)
FROM numbered
GROUP BY gateway, part
RETURNING items;
