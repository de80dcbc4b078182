-- Days of time zone $1 that need a roll-up, newest first, among those with payments: without the newest $2
-- of them, down to number $3. A day needs none when all its payments had committed before it was rolled up
-- (they do within $4 of created_at) and what was pending then still waits in messages: nothing can have
-- changed. Days are found by jumping from one to the day before, a look-up each, so that years cost as many
-- look-ups as days; least() so that every jump goes down.
-- Index: payment_intents_pkey backwards, analytics_daily_pkey, messages_pkey. Lock: none.
WITH RECURSIVE paid AS (
  (SELECT (created_at AT TIME ZONE $1::text)::date AS day, payment_id AS newest, 1 AS nth
   FROM payment_intents
   ORDER BY payment_id DESC
   LIMIT 1)
  UNION ALL
  SELECT least((before.created_at AT TIME ZONE $1)::date, p.day - 1), before.payment_id, p.nth + 1
  FROM paid p
  CROSS JOIN LATERAL (
    SELECT created_at, payment_id
    FROM payment_intents i
    WHERE i.payment_id < first_id(p.day::timestamp AT TIME ZONE $1)
    ORDER BY i.payment_id DESC
    LIMIT 1
  ) before
  WHERE p.nth < $3::integer
)
SELECT p.day - date '1970-01-01' AS days_since_1970
FROM paid p
CROSS JOIN LATERAL (
  SELECT min(restated_at) AS restated_at, sum(still_pending) AS pending FROM analytics_daily WHERE day = p.day
) known
WHERE p.nth > $2::integer
  AND (known.restated_at IS NULL
    OR p.newest >= first_id(known.restated_at - $4::interval)
    OR known.pending <> (
      SELECT count(*)
      FROM queues q
      CROSS JOIN LATERAL (
        SELECT
        FROM messages
        WHERE queue = q.queue AND payment_id >= first_id(p.day::timestamp AT TIME ZONE $1)
          AND payment_id < first_id((p.day + 1)::timestamp AT TIME ZONE $1)
      ) waiting
      WHERE q.kind = 'execute'
    ))
ORDER BY p.day DESC;
