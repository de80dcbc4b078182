-- I-21: closed days (nothing pending, over for an hour in time zone $1) whose figures differ from a
-- recomputation. Reads the rolled-up days whole. Lock: none.
WITH recomputed AS (
  SELECT a.day, a.currency, count(i.payment_id) AS accepted,
         count(*) FILTER (WHERE e.type = 'succeeded') AS succeeded,
         count(*) FILTER (WHERE e.type = 'failed') AS failed,
         coalesce(sum(i.amount), 0) AS amount_accepted,
         coalesce(sum(i.amount) FILTER (WHERE e.type = 'succeeded'), 0) AS amount_succeeded,
         coalesce(sum(i.amount) FILTER (WHERE e.type = 'failed'), 0) AS amount_failed
  FROM analytics_daily a
  LEFT JOIN payment_intents i
    ON i.payment_id >= first_id(a.day::timestamp AT TIME ZONE $1::text)
    AND i.payment_id < first_id((a.day + 1)::timestamp AT TIME ZONE $1) AND i.currency = a.currency
  LEFT JOIN events e ON e.payment_id = i.payment_id AND e.sequence = 1
  WHERE a.still_pending = 0 AND (a.day + 1)::timestamp AT TIME ZONE $1 < clock_timestamp() - interval '1 h'
  GROUP BY a.day, a.currency
)
SELECT a.day || ' ' || a.currency AS id
FROM recomputed r
JOIN analytics_daily a ON a.day = r.day AND a.currency = r.currency
WHERE (a.accepted, a.succeeded, a.failed, a.amount_accepted, a.amount_succeeded, a.amount_failed)
  IS DISTINCT FROM
    (r.accepted, r.succeeded, r.failed, r.amount_accepted, r.amount_succeeded, r.amount_failed);
