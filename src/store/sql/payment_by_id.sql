-- One payment for viewer $2 (NULL = staff): not yours and not there are the same, no row.
-- Index: the primary keys behind the view. Lock: none.
SELECT {{payment_columns}}
FROM payments p
WHERE p.payment_id = $1::uuid AND ($2::uuid IS NULL OR p.created_by = $2 OR p.user_id = $2);
