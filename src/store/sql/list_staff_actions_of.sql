-- What principal $6 did. Parameters: shared/page_of_actions.
-- Index: staff_actions_principal backwards. Lock: none.
{{page_of_actions}}
  AND a.principal_id = $6::uuid
ORDER BY a.recorded_at DESC, a.action_id DESC
LIMIT $5::integer;
