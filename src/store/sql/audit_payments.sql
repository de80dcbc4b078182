-- The payments with ids in ($1, $2] for the comparison with a gateway's ledger. Index: payment_intents_pkey,
-- events_pkey. Lock: none.
SELECT i.payment_id, i.amount, i.currency, e.type::text AS type
FROM payment_intents i
LEFT JOIN events e ON e.payment_id = i.payment_id AND e.sequence = 1
WHERE i.payment_id > $1::uuid AND i.payment_id <= $2::uuid
ORDER BY i.payment_id;
