-- Is a suspect of queue $1 due? Then the process runs empty and claims it alone. Index: messages_due. Lock:
-- none.
SELECT EXISTS (
  SELECT FROM messages
  WHERE queue = $1::smallint AND claim = 0 AND suspect AND due_at <= (SELECT clock_timestamp())
) AS is_due;
