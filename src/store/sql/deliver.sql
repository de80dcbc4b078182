-- What ended well at the first try, sent or suppressed. Anything else: settle. A plain INSERT, for ON
-- CONFLICT costs 48 B of WAL a row; 23505 = the ledger has a row (discarded, reserved, an answer that was
-- lost): settle.
-- Index: chunks_pkey, deliveries_pkey. Lock: chunk rows. 1 round trip.
WITH input AS MATERIALIZED (
  SELECT *
  FROM unnest($7::uuid[], $8::text[], $9::bigint[], $10::text[])
    AS input (payment_id, state, chunk_id, provider_reference)
),
{{held}},
ledger AS (
  INSERT INTO deliveries (payment_id, sequence, channel, target, state, provider_reference)
  SELECT i.payment_id, h.sequence, h.queue, h.target, i.state::delivery_state, i.provider_reference
  FROM input i
  JOIN held h ON h.chunk_id = i.chunk_id
  RETURNING 1
)
SELECT (SELECT count(*) FROM held) AS chunks, (SELECT count(*) FROM ledger) AS items;
