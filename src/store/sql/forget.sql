-- Removes workers unseen for $1 that hold nothing. Hourly, by the operator role: it sees all queues.
-- Lock: the rows.
DELETE FROM workers w
WHERE w.seen_at < clock_timestamp() - $1::interval
  AND NOT EXISTS (SELECT FROM chunks c WHERE c.claim > 0 AND c.worker = w.worker)
  AND NOT EXISTS (SELECT FROM messages m WHERE m.claim > 0 AND m.worker = w.worker)
RETURNING worker;
