-- Of analytics_daily a, as store/daily.cpp reads them by name. Sums pass 64 bits, so they travel as text.
a.day - date '1970-01-01' AS days_since_1970, a.currency, a.accepted, a.succeeded, a.failed, a.still_pending,
  a.amount_accepted::text AS amount_accepted, a.amount_succeeded::text AS amount_succeeded,
  a.amount_failed::text AS amount_failed,
  a.failed::float8 / nullif(a.succeeded + a.failed, 0) AS failure_rate,
  (a.milliseconds / nullif(a.succeeded + a.failed, 0))::float8 AS mean_milliseconds,
  percentile(a.latencies, 0.95) AS p95_milliseconds, a.restated_at
