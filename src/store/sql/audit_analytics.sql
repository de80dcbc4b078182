-- I-21: figures of day $1 (ISO 8601, time zone $2) that differ from a recomputation, by currency, how many
-- and $3 of them. Reads that day. A full join, for the reason that roll_up has. Index: payment_intents_pkey,
-- events_pkey. Lock: none.
WITH recomputed AS MATERIALIZED (
  SELECT i.currency, count(*) AS accepted, count(*) FILTER (WHERE e.type = 'succeeded') AS succeeded,
         count(*) FILTER (WHERE e.type = 'failed') AS failed, sum(i.amount) AS amount_accepted,
         coalesce(sum(i.amount) FILTER (WHERE e.type = 'succeeded'), 0) AS amount_succeeded,
         coalesce(sum(i.amount) FILTER (WHERE e.type = 'failed'), 0) AS amount_failed
  FROM (
    SELECT payment_id, currency, amount
    FROM payment_intents
    WHERE payment_id >= first_id($1::date::timestamp AT TIME ZONE $2::text)
      AND payment_id < first_id(($1::date + 1)::timestamp AT TIME ZONE $2)
  ) i
  FULL JOIN (
    SELECT payment_id, type
    FROM events
    WHERE sequence = 1
      AND payment_id >= first_id($1::date::timestamp AT TIME ZONE $2)
      AND payment_id < first_id(($1::date + 1)::timestamp AT TIME ZONE $2)
  ) e ON e.payment_id = i.payment_id
  GROUP BY i.currency
)
SELECT $1 || ' ' || coalesce(r.currency, a.currency) AS id, count(*) OVER () AS found
FROM (SELECT * FROM recomputed WHERE currency IS NOT NULL) r
FULL JOIN (SELECT * FROM analytics_daily WHERE day = $1::date) a ON a.currency = r.currency
WHERE (a.accepted, a.succeeded, a.failed, a.amount_accepted, a.amount_succeeded, a.amount_failed)
  IS DISTINCT FROM
    (r.accepted, r.succeeded, r.failed, r.amount_accepted, r.amount_succeeded, r.amount_failed)
LIMIT $3::integer;
