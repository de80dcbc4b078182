-- Empties the free texts of user $1, 240 payments after $2 at a time, until no row comes back. Key digest
-- and fingerprint stay: a late retry is still a replay. Index: payment_intents_user. Lock: the rows.
WITH page AS MATERIALIZED (
  SELECT payment_id
  FROM payment_intents
  WHERE user_id = $1::uuid AND payment_id > $2::uuid
  ORDER BY payment_id
  LIMIT 240
),
erased AS (
  UPDATE payment_intents i
  SET description = NULL, reference = NULL, metadata = NULL, payment_method = NULL, request_id = NULL,
      idempotency_key = ''
  FROM page p
  WHERE i.payment_id = p.payment_id
)
SELECT payment_id AS last FROM page ORDER BY payment_id DESC LIMIT 1;
