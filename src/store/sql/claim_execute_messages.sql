-- Messages of an execute queue that are due, with all that a charge or a look-up needs, in one round trip.
-- Those whose payment has its outcome already (a finish that raced with a take-over) have nothing to do: they
-- end here. Index: messages_due, events_pkey, payment_intents_pkey. Lock: the message rows.
WITH {{due}},
settled AS MATERIALIZED (
  SELECT * FROM due WHERE has_outcome(payment_id)
),
ended AS (
  DELETE FROM messages m USING settled i WHERE {{same_item}}
),
claimed AS (
  UPDATE messages m
  SET worker = $2, claim = n.claim, first_claimed_at = coalesce(m.first_claimed_at, clock_timestamp())
  FROM due i, number n
  WHERE {{same_item}} AND NOT EXISTS (SELECT FROM settled s WHERE s.payment_id = i.payment_id)
  RETURNING m.*
)
SELECT c.claim, c.first_claimed_at, c.unsure, c.tries, c.crashes, c.gateway_reference, {{charge_columns}}
FROM claimed c
JOIN payment_intents i ON i.payment_id = c.payment_id;
