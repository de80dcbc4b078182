-- What happened to payment $1, oldest first, for viewer $2 (NULL = staff), at most $3 entries. What comes
-- next: the view payments.
-- A payment begins with its acceptance, also where the clock that stamped the acceptance is a little ahead.
-- Index: the four primary keys, a range each. Lock: none.
WITH visible AS MATERIALIZED (
  SELECT payment_id, created_at, gateway, request_id, trace_id
  FROM payment_intents
  WHERE payment_id = $1::uuid AND ($2::uuid IS NULL OR created_by = $2 OR user_id = $2)
),
entry AS (
  SELECT 0 AS kind, created_at AS at, 'accepted' AS what, NULL::smallint AS sequence, gateway AS queue,
         NULL::integer AS target, request_id AS detail, trace_id
  FROM visible
  UNION ALL
  SELECT 1, j.recorded_at, j.entry, j.sequence, j.queue, j.target, j.answer, NULL
  FROM visible v JOIN journal j ON j.payment_id = v.payment_id
  UNION ALL
  SELECT 2, e.recorded_at, e.type::text, e.sequence, NULL, NULL,
         coalesce(e.failure_code, e.gateway_reference), NULL
  FROM visible v JOIN events e ON e.payment_id = v.payment_id
  UNION ALL
  SELECT 3, d.recorded_at, d.state::text, d.sequence, d.channel, d.target, d.provider_reference, NULL
  FROM visible v JOIN deliveries d ON d.payment_id = v.payment_id
)
SELECT t.at, t.what, t.sequence, q.name AS queue, t.target, t.detail, t.trace_id
FROM entry t
LEFT JOIN queues q ON q.queue = t.queue
ORDER BY (t.kind <> 0), t.at, t.kind
LIMIT $3::integer;
