-- I-3, I-11, I-13 of the events with payment ids in ($1, $2], how many faults and the first $3: an outcome
-- without its intent, or of another principal than the intent's. That there is at most one outcome is the
-- primary key. Index: events_pkey, payment_intents_pkey. Lock: none.
SELECT e.payment_id::text || '.' || e.sequence AS id, count(*) OVER () AS found
FROM events e
LEFT JOIN payment_intents i ON i.payment_id = e.payment_id
WHERE e.payment_id > $1::uuid AND e.payment_id <= $2::uuid
  AND (i.payment_id IS NULL OR i.created_by <> e.created_by OR (e.sequence > 1 AND NOT EXISTS (
    SELECT FROM events o WHERE o.payment_id = e.payment_id AND o.sequence = 1)))
ORDER BY e.payment_id
LIMIT $3::integer;
