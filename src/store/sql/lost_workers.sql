-- How many workers besides $1 are dead by the rule of dead_workers(), and when the last of them was seen: a
-- later instant or a larger number than after the last take-over = somebody new is lost. Whether they hold
-- something is not asked here: that is a walk through the chunks. Lock: none.
SELECT count(*) AS workers, coalesce(max(seen_at), 'epoch') AS last_seen
FROM workers
WHERE worker <> $1::bigint AND is_dead(seen_at, (SELECT t.steady_since FROM workers t WHERE t.worker = $1));
