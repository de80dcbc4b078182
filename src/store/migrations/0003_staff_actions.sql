-- What staff did, read and were refused: the audit log. Rows are only added. No role holds UPDATE or DELETE,
-- and none may name its own instant or number, so that nothing is dated back. It holds ids, not the data that
-- they stand for: erasing a person leaves it whole.

CREATE TABLE staff_actions (
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  action_id bigint GENERATED ALWAYS AS IDENTITY,
  principal_id uuid NOT NULL,                    -- nil: a tool on the machine itself
  status smallint NOT NULL,                      -- of the answer: 200, 403, 404…
  roles text NOT NULL CHECK (length(roles) <= 100),  -- that the principal had then
  operation text NOT NULL CHECK (length(operation) <= 60),
  target text CHECK (length(target) <= 128),     -- the id it was about
  detail text CHECK (length(detail) <= 500),     -- filters of a read, what a write changed
  request_id text NOT NULL CHECK (length(request_id) <= 128),
  address text NOT NULL CHECK (length(address) <= 64),
  PRIMARY KEY (recorded_at, action_id)
);
CREATE INDEX staff_actions_principal ON staff_actions (principal_id, recorded_at, action_id);
CREATE INDEX staff_actions_target ON staff_actions (target, recorded_at, action_id) WHERE target IS NOT NULL;
CREATE INDEX staff_actions_operation ON staff_actions (operation, recorded_at, action_id);
CREATE INDEX staff_actions_refused ON staff_actions (recorded_at, action_id) WHERE status = 403;

-- The public API writes it and cannot read it.
GRANT INSERT (principal_id, status, roles, operation, target, detail, request_id, address) ON staff_actions
  TO {{role_prefix}}_api, {{role_prefix}}_operator;
GRANT SELECT ON staff_actions TO {{role_prefix}}_operator;
