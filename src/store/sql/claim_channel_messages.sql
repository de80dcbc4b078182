-- Messages of a channel that are due, with all that a notification needs, in one round trip. Those whose
-- ledger row is final already (an answer that was lost, a decision) have nothing to send: they end here.
-- Index: messages_due, deliveries_pkey, events_pkey, payment_intents_pkey, contacts_pkey. Lock: the message
-- rows.
WITH {{due}},
final AS MATERIALIZED (
  SELECT i.*
  FROM due i
  JOIN deliveries d
    ON d.payment_id = i.payment_id AND d.sequence = i.sequence AND d.channel = i.queue AND d.target = i.target
    AND d.replay = i.replay
  WHERE d.state NOT IN ('reserved', 'retry')
),
ended AS (
  DELETE FROM messages m USING final i WHERE {{same_item}}
),
claimed AS (
  UPDATE messages m
  SET worker = $2, claim = n.claim, first_claimed_at = coalesce(m.first_claimed_at, clock_timestamp())
  FROM due i, number n
  WHERE {{same_item}} AND NOT EXISTS (
    SELECT FROM final f
    WHERE f.payment_id = i.payment_id AND f.sequence = i.sequence AND f.target = i.target
  )
  RETURNING m.*
)
SELECT c.claim, c.target, c.replay, c.tries, c.crashes, c.unsure, {{event_columns}}
FROM claimed c
JOIN events e ON e.payment_id = c.payment_id AND e.sequence = c.sequence
JOIN payment_intents i ON i.payment_id = c.payment_id
LEFT JOIN contacts u ON u.user_id = i.user_id;
