-- What staff were refused. Parameters: shared/page_of_actions.
-- Index: staff_actions_refused backwards. Lock: none.
{{page_of_actions}}
  AND a.status = 403
ORDER BY a.recorded_at DESC, a.action_id DESC
LIMIT $5::integer;
