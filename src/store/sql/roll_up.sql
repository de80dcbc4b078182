-- Day $1 (ISO 8601) of time zone $2 by run $3. Both tables are read by the day's range of ids, so the cost
-- follows the day. A full join, because that is never a nested loop: a planner that knows nothing of a day
-- that has just begun (or behind a crash) would read the day's events once for each of its payments. An
-- event without its intent is the audit's to find. restated_at is no later than the snapshot, however long
-- this takes: open_days goes by it. Default planner, custom plan. Index: payment_intents_pkey, events_pkey.
-- Lock: the day's rows.
WITH fact AS MATERIALIZED (
  SELECT currency, type, width_bucket(milliseconds, latency_bounds()) AS bucket, count(*) AS payments,
         sum(amount) AS amount, sum(milliseconds::bigint) AS milliseconds
  FROM (
    SELECT i.currency, i.amount, e.type,
           date_part('epoch', e.recorded_at - i.created_at) * 1000 AS milliseconds
    FROM (
      SELECT payment_id, currency, amount, created_at
      FROM payment_intents
      WHERE payment_id >= first_id($1::date::timestamp AT TIME ZONE $2::text)
        AND payment_id < first_id(($1::date + 1)::timestamp AT TIME ZONE $2)
    ) i
    FULL JOIN (
      SELECT payment_id, type, recorded_at
      FROM events
      WHERE sequence = 1
        AND payment_id >= first_id($1::date::timestamp AT TIME ZONE $2)
        AND payment_id < first_id(($1::date + 1)::timestamp AT TIME ZONE $2)
    ) e ON e.payment_id = i.payment_id
  ) payment
  GROUP BY 1, 2, 3
)
INSERT INTO analytics_daily AS a
SELECT $1::date, f.currency, sum(payments),
       coalesce(sum(payments) FILTER (WHERE type = 'succeeded'), 0),
       coalesce(sum(payments) FILTER (WHERE type = 'failed'), 0),
       coalesce(sum(payments) FILTER (WHERE type IS NULL), 0),
       sum(amount),
       coalesce(sum(amount) FILTER (WHERE type = 'succeeded'), 0),
       coalesce(sum(amount) FILTER (WHERE type = 'failed'), 0),
       coalesce(sum(milliseconds), 0),
       (SELECT array_agg(coalesce((
          SELECT sum(g.payments) FROM fact g
          WHERE g.currency = f.currency AND g.bucket = b), 0)::bigint ORDER BY b)
        FROM generate_series(0, cardinality(latency_bounds())) b),
       pg_snapshot_xmin(pg_current_snapshot()), $3::bigint, statement_timestamp()
FROM fact f
WHERE f.currency IS NOT NULL
GROUP BY f.currency
ON CONFLICT (day, currency) DO UPDATE
  SET (accepted, succeeded, failed, still_pending, amount_accepted, amount_succeeded, amount_failed,
       milliseconds, latencies, watermark, run, restated_at)
    = ROW (EXCLUDED.accepted, EXCLUDED.succeeded, EXCLUDED.failed, EXCLUDED.still_pending,
           EXCLUDED.amount_accepted, EXCLUDED.amount_succeeded, EXCLUDED.amount_failed,
           EXCLUDED.milliseconds, EXCLUDED.latencies, EXCLUDED.watermark, EXCLUDED.run, EXCLUDED.restated_at)
  WHERE a.run < EXCLUDED.run
RETURNING {{daily_columns}};
