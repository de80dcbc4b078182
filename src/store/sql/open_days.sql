-- The days up to $1 (of time zone $2) that need a roll-up, oldest first: $1 and the day before; days with
-- something pending; and every day with a payment from the last rolled-up one on, for that one may have
-- been rolled up before it ended. Those are found by jumping from day to day, one look-up each, so that
-- years without a scheduler cost as many look-ups as days.
-- Index: payment_intents_pkey, analytics_daily_pkey. Lock: none.
WITH RECURSIVE paid_day AS (
  (SELECT (i.created_at AT TIME ZONE $2::text)::date AS day
   FROM payment_intents i
   WHERE i.payment_id >= coalesce(
     (SELECT first_id(max(day)::timestamp AT TIME ZONE $2) FROM analytics_daily),
     '00000000-0000-0000-0000-000000000000')
   ORDER BY i.payment_id
   LIMIT 1)
  UNION ALL
  SELECT (next.created_at AT TIME ZONE $2)::date
  FROM paid_day p
  CROSS JOIN LATERAL (
    SELECT created_at
    FROM payment_intents i
    WHERE i.payment_id >= first_id((p.day + 1)::timestamp AT TIME ZONE $2)
    ORDER BY i.payment_id
    LIMIT 1
  ) next
  WHERE p.day < $1::date
)
SELECT day - date '1970-01-01' AS days_since_1970
FROM (
  SELECT day FROM paid_day
  UNION
  SELECT day FROM analytics_daily WHERE still_pending > 0
  UNION
  SELECT $1::date - before FROM generate_series(0, 1) AS before
) open
WHERE day <= $1::date
ORDER BY day;
