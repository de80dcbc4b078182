-- PENDING payments, newest first: what waits in chunks and messages, so that the cost follows what is
-- pending and not what was ever paid. With more chunks than a page may look at (a backlog) nearly every
-- recent payment is pending, and the walk down the intents is the cheaper and the exact one; both are
-- ordered by payment id, so pages of both fit each other. $6 must be PENDING: an item of a held chunk may
-- have its outcome already. Parameters: shared/page_of_entries.
-- Index: chunks_pkey, messages_pkey or payment_intents_pkey backwards. Lock: none.
WITH backlog AS MATERIALIZED (
  SELECT count(*) > $5::integer / 240 AS is_deep
  FROM queues q
  CROSS JOIN LATERAL (SELECT FROM chunks WHERE queue = q.queue LIMIT $5 / 240 + 1) c
  WHERE q.queue < 100
),
waiting AS (
  (SELECT payment_id
   FROM payment_intents
   WHERE (SELECT is_deep FROM backlog)
     AND payment_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     AND payment_id >= coalesce(first_id($3::timestamptz), '00000000-0000-0000-0000-000000000000')
   ORDER BY payment_id DESC
   LIMIT $5)
  UNION ALL
  SELECT item
  FROM queues q
  CROSS JOIN LATERAL (SELECT items FROM chunks WHERE queue = q.queue LIMIT $5 / 240 + 1) c
  CROSS JOIN LATERAL unnest(c.items) AS item
  WHERE q.queue < 100 AND NOT (SELECT is_deep FROM backlog)
    AND item < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    AND item >= coalesce(first_id($3), '00000000-0000-0000-0000-000000000000')
  UNION ALL
  SELECT m.payment_id
  FROM queues q
  CROSS JOIN LATERAL (
    SELECT payment_id
    FROM messages
    WHERE queue = q.queue
      AND payment_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      AND payment_id >= coalesce(first_id($3::timestamptz), '00000000-0000-0000-0000-000000000000')
    ORDER BY payment_id DESC
    LIMIT $5
  ) m
  WHERE q.queue < 100 AND NOT (SELECT is_deep FROM backlog)
),
entry AS MATERIALIZED (
  SELECT DISTINCT payment_id FROM waiting ORDER BY payment_id DESC LIMIT $5
),
{{page_of_entries}}
SELECT b.next, {{payment_columns}}
FROM bound b
LEFT JOIN page p ON true
ORDER BY p.payment_id DESC;
