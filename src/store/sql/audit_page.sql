-- The last id of the page of $2 payments after id $1; no row at the end. Index: payment_intents_pkey. Lock:
-- none.
SELECT payment_id
FROM (
  SELECT payment_id FROM payment_intents WHERE payment_id > $1::uuid ORDER BY payment_id LIMIT $2::integer
) page
ORDER BY payment_id DESC
LIMIT 1;
