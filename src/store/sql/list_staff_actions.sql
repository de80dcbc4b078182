-- All that staff did. Parameters: shared/page_of_actions.
-- Index: staff_actions_pkey backwards. Lock: none.
{{page_of_actions}}
ORDER BY a.recorded_at DESC, a.action_id DESC
LIMIT $5::integer;
