-- I-21: the closed days of time zone $1: over, nothing pending, and rolled up when every accept of theirs had
-- committed, which is $2 behind its created_at. Index: payment_intents_pkey backwards, a look-up a day. Lock:
-- none.
SELECT d.day - date '1970-01-01' AS days_since_1970
FROM (
  SELECT day, min(restated_at) AS restated_at
  FROM analytics_daily
  GROUP BY day
  HAVING sum(still_pending) = 0
    AND (day + 1)::timestamp AT TIME ZONE $1::text < clock_timestamp() - $2::interval
) d
LEFT JOIN LATERAL (
  SELECT payment_id
  FROM payment_intents
  WHERE payment_id < first_id((d.day + 1)::timestamp AT TIME ZONE $1)
  ORDER BY payment_id DESC
  LIMIT 1
) newest ON true
WHERE newest.payment_id IS NULL OR newest.payment_id < first_id(d.restated_at - $2)
ORDER BY day;
