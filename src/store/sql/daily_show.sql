-- Days $1 to $2, newest first. Index: analytics_daily_pkey. Lock: none.
SELECT {{daily_columns}}
FROM analytics_daily a
WHERE a.day BETWEEN $1::date AND $2::date
ORDER BY a.day DESC, a.currency
LIMIT $3::integer;
