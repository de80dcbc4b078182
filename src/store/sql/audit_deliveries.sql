-- I-16 of the deliveries with payment ids in ($1, $2], how many faults and the first $3: told of something
-- that did not happen, or told although a message for the same delivery still waits. That there is one row
-- per (event, channel, target, replay) is the primary key. Lock: none.
SELECT d.payment_id || '.' || d.sequence || ' in queue ' || d.channel || ': '
       || CASE WHEN e.payment_id IS NULL THEN d.state || ' without its event'
                ELSE d.state || ' and still queued' END AS id,
       count(*) OVER () AS found
FROM deliveries d
LEFT JOIN events e ON e.payment_id = d.payment_id AND e.sequence = d.sequence
LEFT JOIN messages m
  ON m.queue = d.channel AND m.payment_id = d.payment_id AND m.sequence = d.sequence AND m.target = d.target
  AND m.replay = d.replay
WHERE d.payment_id > $1::uuid AND d.payment_id <= $2::uuid
  AND (e.payment_id IS NULL OR (m.payment_id IS NOT NULL
    AND d.state IN ('sent', 'suppressed', 'ambiguous', 'discarded')))
ORDER BY d.payment_id
LIMIT $3::integer;
