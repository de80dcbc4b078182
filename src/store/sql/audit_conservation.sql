-- I-14 and I-17 of the payments with ids in ($1, $2], how many faults and the first $3, in one snapshot, so
-- that a live system has no false findings: a pending payment is in exactly one chunk or message; an event
-- is, per channel and target, in exactly one of chunk (also the router's) without a ledger row, message, dead
-- letter, final ledger row. The same rule as the view conservation_faults, but joined by hash, so that a long
-- queue costs its length and not its square. Lock: none.
WITH place AS MATERIALIZED (
  SELECT c.queue, item AS payment_id, c.sequence, c.target, c.claim = 0 AND c.queue < 100 AS unclaimed,
         true AS chunk
  FROM chunks c
  CROSS JOIN LATERAL unnest(c.items) AS item
  LEFT JOIN messages m
    ON m.queue = c.queue AND m.payment_id = item AND m.sequence = c.sequence AND m.target = c.target
  WHERE item > $1::uuid AND item <= $2::uuid AND (c.claim = 0 OR m.payment_id IS NULL)
  UNION ALL
  SELECT queue, payment_id, sequence, target, true, false
  FROM messages
  WHERE payment_id > $1 AND payment_id <= $2 AND replay = 0
  UNION ALL
  SELECT queue, payment_id, sequence, target, true, false
  FROM dead_letters
  WHERE payment_id > $1 AND payment_id <= $2 AND replay = 0
),
addressed AS (
  SELECT s.event_type, s.queue, 0 AS target, NULL::uuid AS created_by, NULL::smallint AS router
  FROM subscriptions s
  JOIN queues q ON q.queue = s.queue AND q.kind = 'channel'
  UNION ALL
  SELECT s.event_type, p.queue, p.endpoint, p.created_by, s.queue
  FROM subscriptions s
  JOIN queues q ON q.queue = s.queue AND q.kind = 'router'
  JOIN endpoints p ON s.event_type = ANY (p.event_types) AND p.enabled
),
expected AS (
  SELECT i.payment_id, 0 AS sequence, i.gateway AS queue, 0 AS target, NULL::smallint AS router,
         (o.type IS NULL)::integer AS places, o.type IS NULL AS in_chunk
  FROM payment_intents i
  LEFT JOIN events o ON o.payment_id = i.payment_id AND o.sequence = 1
  WHERE i.payment_id > $1 AND i.payment_id <= $2
  UNION ALL
  SELECT e.payment_id, e.sequence, a.queue, a.target, a.router,
         (d.state IS NULL OR d.state IN ('reserved', 'retry', 'dead'))::integer,
         d.state IS NULL OR d.state = 'reserved'
  FROM events e
  JOIN addressed a ON a.event_type = e.type AND (a.created_by IS NULL OR a.created_by = e.created_by)
  LEFT JOIN deliveries d
    ON d.payment_id = e.payment_id AND d.sequence = e.sequence AND d.channel = a.queue AND d.target = a.target
    AND d.replay = 0
  WHERE e.payment_id > $1 AND e.payment_id <= $2
),
found AS (
  SELECT x.payment_id, x.sequence, x.queue, x.target, x.places,
         count(p.payment_id) FILTER (WHERE NOT p.chunk OR x.in_chunk OR p.unclaimed) AS places_found
  FROM expected x
  LEFT JOIN place p
    ON p.payment_id = x.payment_id AND p.sequence = x.sequence
    AND ((p.queue = x.queue AND p.target = x.target) OR (p.queue = x.router AND p.target = 0))
  GROUP BY x.payment_id, x.sequence, x.queue, x.target, x.places
)
SELECT payment_id::text || '.' || sequence || ' in queue ' || queue || ' target ' || target
       || ': expected in ' || places
       || ' places, found in ' || places_found AS id,
       count(*) OVER () AS found
FROM found
WHERE places_found <> places
ORDER BY payment_id
LIMIT $3::integer;
