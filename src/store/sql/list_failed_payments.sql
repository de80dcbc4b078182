-- FAILED payments, newest first. Parameters: shared/page_of_entries.
-- Index: events_failed backwards. Lock: none.
WITH entry AS NOT MATERIALIZED (
  SELECT payment_id
  FROM events
  WHERE type = 'failed'
    AND payment_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    AND payment_id >= coalesce(first_id($3::timestamptz), '00000000-0000-0000-0000-000000000000')
  ORDER BY payment_id DESC
  LIMIT $5::integer
),
{{page_of_entries}}
SELECT b.next, {{payment_columns}}
FROM bound b
LEFT JOIN page p ON true
ORDER BY p.payment_id DESC;
