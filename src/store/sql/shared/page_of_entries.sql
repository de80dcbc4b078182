-- A page of payments out of `entry`, ids newest first, at most $5 of them (what a page looks at). Every
-- listing has the same parameters: $1 viewer (NULL = staff), $2 below this id (NULL = from the newest), $3
-- created after, $4 payments a page, $5 entries looked at, $6 status, $7 currency, $8 user, $9 reference;
-- NULL = any. Always answers at least one row: its first column is where the next page starts, NULL = this
-- was the end; without a payment the others are NULL.
page AS MATERIALIZED (
  SELECT p.*
  FROM entry e
  -- LIMIT 1, so that it is a look-up by key whatever the statistics say.
  CROSS JOIN LATERAL (SELECT * FROM payments WHERE payment_id = e.payment_id LIMIT 1) p
  WHERE ($1::uuid IS NULL OR p.created_by = $1 OR p.user_id = $1)
    AND ($3::timestamptz IS NULL OR p.created_at > $3)
    AND ($6::text IS NULL OR p.status = $6)
    AND ($7::text IS NULL OR p.currency = $7)
    AND ($8::uuid IS NULL OR p.user_id = $8)
    AND ($9::text IS NULL OR p.reference = $9)
  ORDER BY e.payment_id DESC
  LIMIT $4::integer
),
bound AS (
  SELECT CASE
    WHEN (SELECT count(*) FROM page) >= $4 THEN (SELECT payment_id FROM page ORDER BY payment_id LIMIT 1)
    ELSE (SELECT payment_id FROM entry ORDER BY payment_id DESC OFFSET $5 - 1 LIMIT 1)
  END AS next
)
