-- What was done to $6, an id as text. Parameters: shared/page_of_actions.
-- Index: staff_actions_target backwards. Lock: none.
{{page_of_actions}}
  AND a.target = $6::text
ORDER BY a.recorded_at DESC, a.action_id DESC
LIMIT $5::integer;
