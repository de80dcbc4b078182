-- Every call of operation $6. Parameters: shared/page_of_actions.
-- Index: staff_actions_operation backwards. Lock: none.
{{page_of_actions}}
  AND a.operation = $6::text
ORDER BY a.recorded_at DESC, a.action_id DESC
LIMIT $5::integer;
