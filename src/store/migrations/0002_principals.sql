-- Who may call and by what proof: principals as rows, their client secrets, the keys that sign our tokens,
-- and the feed from which every process learns within a second that one of them changed.
--
-- own      a principal of our own issuer has issuer '' and its id as subject. A foreign one gets an id of
--          ours: a foreign subject, however it looks, never becomes the id of somebody we know.
-- number   of a change, drawn from the one row of access_epoch in the transaction of the change. The lock on
--          that row makes the order of numbers the order of commits, without gaps: whoever has read up to n
--          and finds n + 1 … m has missed nothing. A sequence would lose those that commit late.

-- ── Principals ───────────────────────────────────────────────────────────────────────────────────────────

ALTER TABLE principals
  ALTER COLUMN role SET DEFAULT 'customer',
  ADD COLUMN name text NOT NULL DEFAULT '' CHECK (length(name) <= 100),  -- for people
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD COLUMN tokens_from timestamptz,            -- tokens issued earlier stay refused when a revocation ends
  ADD COLUMN rate_limit text CHECK (length(rate_limit) <= 255),  -- instead of the policy of its route class
  ADD CONSTRAINT principals_own CHECK (issuer <> '' OR subject = principal_id::text);
CREATE INDEX principals_role ON principals (role, principal_id DESC);

-- Several at a time, so that a new one is in use before the old one ends. The id is part of the secret's
-- text: one log-in costs one hash, however many a principal has. Revoked rows stay.
CREATE TABLE client_secrets (
  secret_id uuid PRIMARY KEY,
  principal_id uuid NOT NULL REFERENCES principals,
  hash text NOT NULL CHECK (length(hash) <= 128),  -- argon2id, as crypto_pwhash_str writes it
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX client_secrets_principal ON client_secrets (principal_id, created_at DESC);

-- ── Keys of our tokens ───────────────────────────────────────────────────────────────────────────────────

-- next: published, signs nothing yet. active: signs. retired: verifies until its last token has expired.
-- revoked: counts for nothing from now on. The private half is sealed with BURSAR_KEY_ENCRYPTION_KEY, bound
-- to the key's id, and gone as soon as the key signs no more.
CREATE TABLE token_keys (
  key_id text PRIMARY KEY CHECK (key_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  algorithm text NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256')),
  public_jwk jsonb NOT NULL CHECK (pg_column_size(public_jwk) <= 1024 AND NOT public_jwk ? 'd'),
  sealed_private bytea CHECK (length(sealed_private) <= 256),
  state text NOT NULL CHECK (state IN ('next', 'active', 'retired', 'revoked')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  activated_at timestamptz,
  retired_at timestamptz,
  revoked_at timestamptz,
  CHECK ((sealed_private IS NOT NULL) = (state IN ('next', 'active'))),
  CHECK ((retired_at IS NOT NULL) >= (state = 'retired')),
  CHECK ((revoked_at IS NOT NULL) = (state = 'revoked'))
);
-- One signs, one waits.
CREATE UNIQUE INDEX token_keys_in_use ON token_keys (state) WHERE state IN ('next', 'active');

-- ── The feed of changes ──────────────────────────────────────────────────────────────────────────────────

CREATE TABLE access_epoch (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  number bigint NOT NULL                         -- of the latest change
);
INSERT INTO access_epoch (number) VALUES (0);

-- The newest 1,000; who has missed more forgets all it remembers.
CREATE TABLE access_changes (
  number bigint PRIMARY KEY,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  principal_id uuid,
  key_id text,
  CHECK (num_nonnulls(principal_id, key_id) = 1)
);

-- In triggers, so that no writer can forget it, not even a person with psql.
CREATE FUNCTION note_access_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  latest bigint;
BEGIN
  UPDATE access_epoch SET number = number + 1 RETURNING number INTO latest;
  IF TG_TABLE_NAME = 'principals' THEN
    INSERT INTO access_changes (number, principal_id) VALUES (latest, NEW.principal_id);
  ELSE
    INSERT INTO access_changes (number, key_id) VALUES (latest, NEW.key_id);
  END IF;
  DELETE FROM access_changes WHERE number <= latest - 1000;
  RETURN NULL;
END
$$;

-- A principal that is new is remembered by nobody yet.
CREATE TRIGGER note_access_change AFTER UPDATE ON principals FOR EACH ROW
  WHEN ((OLD.role, OLD.revoked_at, OLD.tokens_from, OLD.rate_limit)
    IS DISTINCT FROM (NEW.role, NEW.revoked_at, NEW.tokens_from, NEW.rate_limit))
  EXECUTE FUNCTION note_access_change();
CREATE TRIGGER note_access_change AFTER INSERT OR UPDATE ON token_keys FOR EACH ROW
  EXECUTE FUNCTION note_access_change();

-- ── Rights ───────────────────────────────────────────────────────────────────────────────────────────────
-- The API meets new customers and never gives anybody a role: it may not name that column.

GRANT INSERT (principal_id, issuer, subject) ON principals TO {{role_prefix}}_api;
GRANT SELECT ON client_secrets, token_keys, access_epoch, access_changes TO {{role_prefix}}_api;

-- Who somebody is never changes: payments, keys and limits hang on it.
REVOKE UPDATE ON principals FROM {{role_prefix}}_operator;
GRANT SELECT, UPDATE (name, role, revoked_at, tokens_from, rate_limit) ON principals
  TO {{role_prefix}}_operator;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON client_secrets TO {{role_prefix}}_operator;
GRANT SELECT, INSERT, UPDATE (state, sealed_private, activated_at, retired_at, revoked_at) ON token_keys
  TO {{role_prefix}}_operator;
GRANT SELECT, UPDATE (number) ON access_epoch TO {{role_prefix}}_operator;
GRANT SELECT, INSERT, DELETE ON access_changes TO {{role_prefix}}_operator;
