-- Before sending in channel $1 by worker $2, where a repeated call must not repeat its effect (SMS,
-- transports without our claims: this is their dedupe by event id). Only what is returned may be sent;
-- unsure = an earlier holder may have sent it. Then settle. Index: deliveries_pkey. Lock: the ledger rows,
-- in key order.
INSERT INTO deliveries AS d (payment_id, sequence, channel, target, state, worker)
SELECT payment_id, sequence, $1::smallint, target, 'reserved', $2::bigint
FROM unnest($3::uuid[], $4::smallint[], $5::integer[]) AS input (payment_id, sequence, target)
ORDER BY payment_id, sequence, target
ON CONFLICT (payment_id, sequence, channel, target, replay) DO UPDATE
  SET state = 'reserved', worker = $2, tries = d.tries + 1, recorded_at = clock_timestamp()
  WHERE d.state = 'retry' OR (d.state = 'reserved' AND d.worker <> $2 AND NOT EXISTS (
    SELECT FROM workers w WHERE w.worker = d.worker AND w.seen_at > clock_timestamp() - interval '4 s'))
RETURNING payment_id, sequence, target, tries > 1 AS unsure;
