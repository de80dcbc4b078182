-- The whole schema: tables, functions, views, roles, rights, and the queues every deployment starts with.
--
-- {{role_prefix}} stands for the configured prefix of the database roles ("bursar" unless set). Roles
-- belong to the whole cluster, so two deployments on one cluster need two prefixes. store/migrations.cpp
-- puts it in when it runs this file.
--
-- item    (payment_id, sequence). Sequence 0 is the payment, waiting to be executed; 1 its outcome event;
--         2… events that follow. <payment_id>.<sequence> is the public id of an event, the same however
--         often it is sent.
-- queue   below 100 execute (one per gateway, sequence 0); from 100 on channels and routers (sequence ≥ 1)
-- target  whom in a channel: 0 = the channel itself, else a webhook endpoint
-- worker  one incarnation of a process, a random number per start. What a dead one held is found by it;
--         there are no leases on rows
-- claim   a number drawn from a sequence by every claim, also after a redrive; 0 = nobody holds it. The
--         fence is claim and worker together: the first never repeats on one server, the second covers a
--         sequence that went back (fail-over, restore)
-- chunk   one row with up to 240 items, the normal path; message: one row per item, the exceptions
--
-- Every text is bounded, so that no row and no index entry can grow without limit: texts in characters,
-- jsonb in bytes.

-- ── Types ────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TYPE event_type AS ENUM ('succeeded', 'failed', 'refunded', 'disputed');

CREATE TYPE delivery_state AS ENUM (
  'reserved', 'retry', 'sent', 'suppressed', 'ambiguous', 'dead', 'discarded'
);

-- ── People ───────────────────────────────────────────────────────────────────────────────────────────────

-- Who may call, found by (issuer, subject). Roles come from here, never from a foreign token. Revoked rows
-- stay.
CREATE TABLE principals (
  principal_id uuid PRIMARY KEY,
  issuer text NOT NULL CHECK (length(issuer) <= 255),
  subject text NOT NULL CHECK (length(subject) <= 255),
  role text NOT NULL CHECK (role IN ('customer', 'service', 'support', 'analyst', 'operator', 'admin')),
  revoked_at timestamptz,
  UNIQUE (issuer, subject)
);

-- Where a user is reached. No row or no address: the delivery is recorded as suppressed.
CREATE TABLE contacts (
  user_id uuid PRIMARY KEY,
  email text CHECK (length(email) <= 320),
  phone text CHECK (length(phone) <= 32),
  locale text NOT NULL DEFAULT 'en' CHECK (length(locale) <= 35)
);

-- ── Money: insert only ───────────────────────────────────────────────────────────────────────────────────

-- What was asked. Nobody updates or deletes it; only the eraser empties the free texts. One row per
-- (principal, route, key), held by key_digest. No foreign keys here or anywhere on the hot path: each would
-- cost a look-up and a lock on a shared row per payment.
CREATE TABLE payment_intents (
  payment_id uuid PRIMARY KEY,                   -- UUIDv7 …
  created_at timestamptz NOT NULL,               -- … and its instant, on the database's clock
  key_digest uuid NOT NULL UNIQUE,               -- first 16 bytes of SHA-256 over (principal, route, key)
  created_by uuid NOT NULL,                      -- the principal, whose are the events and webhooks
  user_id uuid NOT NULL,                         -- the payer
  trace_id uuid,                                 -- W3C traceparent
  span_id bigint,
  amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
  gateway smallint NOT NULL CHECK (gateway BETWEEN 1 AND 99),  -- the execute queue
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  fingerprint bytea NOT NULL CHECK (length(fingerprint) <= 64),  -- version byte, digest of the members
  idempotency_key text NOT NULL CHECK (length(idempotency_key) <= 255),  -- as sent; not indexed
  request_id text CHECK (length(request_id) <= 128),
  description text CHECK (length(description) <= 500),
  reference text CHECK (length(reference) <= 100),
  payment_method text CHECK (length(payment_method) <= 255),
  metadata jsonb CHECK (pg_column_size(metadata) <= 4096)
);
CREATE INDEX payment_intents_user ON payment_intents (user_id, payment_id DESC);
CREATE INDEX payment_intents_reference ON payment_intents (reference, payment_id DESC)
  WHERE reference IS NOT NULL;

-- What happened, for everyone to see. The key and the last CHECK are the guardrail "one outcome per
-- payment"; PENDING is the absence of sequence 1. created_by and transaction serve the feed and are here
-- from the first migration because money is never rewritten. The first reader of a feed brings its index,
--   CREATE INDEX CONCURRENTLY events_feed ON events (created_by, transaction, payment_id, sequence);
-- and stops at pg_snapshot_xmin(pg_current_snapshot()): reading by a plain sequence would lose who commits
-- late.
CREATE TABLE events (
  payment_id uuid,
  sequence smallint CHECK (sequence > 0),
  type event_type NOT NULL,
  created_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  failure_code text CHECK (length(failure_code) <= 100),
  gateway_reference text CHECK (length(gateway_reference) <= 255),
  body jsonb CHECK (pg_column_size(body) <= 4096),  -- of refunds and disputes
  PRIMARY KEY (payment_id, sequence),
  CHECK ((sequence = 1) = (type IN ('succeeded', 'failed')))
);
CREATE INDEX events_failed ON events (payment_id) WHERE type = 'failed';

-- What happened inside: attempts that did not settle their item at once, lost workers, parked, resumed, and
-- what operators decided, with the evidence. A payment's timeline = intent, journal, events, deliveries: a
-- range of a key each.
CREATE TABLE journal (
  payment_id uuid,
  entry_id bigint GENERATED ALWAYS AS IDENTITY (CACHE 64),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  claim bigint NOT NULL,
  sequence smallint NOT NULL DEFAULT 0,
  queue smallint NOT NULL,
  target integer NOT NULL DEFAULT 0,
  milliseconds integer,
  decided_by uuid,                               -- the principal behind an operator's decision
  entry text NOT NULL CHECK (length(entry) <= 40),
  answer text CHECK (length(answer) <= 2000),
  PRIMARY KEY (payment_id, entry_id)
);

-- ── Queues ───────────────────────────────────────────────────────────────────────────────────────────────

-- An execute queue parks what is over its limits and never makes dead letters of it. A router feeds
-- endpoints (expand).
CREATE TABLE queues (
  queue smallint PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (length(name) <= 100),
  kind text NOT NULL CHECK (kind IN ('execute', 'channel', 'router')),
  delays interval[] NOT NULL CHECK (cardinality(delays) > 0),  -- of retries or look-ups; as many tries
  crash_limit smallint NOT NULL DEFAULT 5 CHECK (crash_limit > 2),  -- how many owners may die holding an item
  paused boolean NOT NULL DEFAULT false,
  CHECK ((kind = 'execute') = (queue < 100))
);

-- Which events go where, written inside finish: one chunk per row here and 240 items, whoever owns the
-- events.
CREATE TABLE subscriptions (
  event_type event_type,
  queue smallint REFERENCES queues CHECK (queue >= 100),
  PRIMARY KEY (event_type, queue)
);

-- Webhook endpoints: targets in a channel, for their owner's events. The API bounds them to 16 an owner.
CREATE TABLE endpoints (
  endpoint integer PRIMARY KEY CHECK (endpoint > 0),
  created_by uuid NOT NULL,
  queue smallint NOT NULL REFERENCES queues CHECK (queue >= 100),
  event_types event_type[] NOT NULL,
  enabled boolean NOT NULL DEFAULT true
);
CREATE INDEX endpoints_owner ON endpoints (created_by);

-- One row per incarnation, beating once a second. Rows stay for a day after the last beat.
CREATE TABLE workers (
  worker bigint PRIMARY KEY CHECK (worker > 0),
  name text NOT NULL CHECK (length(name) <= 100),  -- for people
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  steady_since timestamptz NOT NULL DEFAULT clock_timestamp()  -- no gap between beats since
) WITH (fillfactor = 50);

-- Only uniqueness counts here, so sessions may draw 64 at a time.
CREATE SEQUENCE claim_numbers CACHE 64;

-- The normal path. No index mentions what a claim changes, and two versions of 240 items fit one page:
-- every claim is a HOT update. A chunk once claimed is never free again. Its number is drawn without CACHE:
-- low_water needs the order.
CREATE TABLE chunks (
  queue smallint,
  sequence smallint NOT NULL DEFAULT 1,
  target integer NOT NULL DEFAULT 0,
  chunk_id bigint GENERATED ALWAYS AS IDENTITY,
  worker bigint NOT NULL DEFAULT 0,
  claim bigint NOT NULL DEFAULT 0,
  enqueued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  first_claimed_at timestamptz,                  -- starts the life of the gateway's key
  items uuid[] NOT NULL CHECK (cardinality(items) BETWEEN 1 AND 240),  -- payment ids, in every queue
  PRIMARY KEY (queue, chunk_id),
  CHECK ((sequence = 0) = (queue < 100))
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
ALTER TABLE chunks ALTER COLUMN items SET STORAGE PLAIN;

-- The exceptions: retries, look-ups, parked payments, what a dead worker held, redrives. An item is in one
-- chunk or in one message. due_at = infinity: parked, no claim finds it.
CREATE TABLE messages (
  queue smallint,
  payment_id uuid,
  sequence smallint,
  target integer DEFAULT 0,
  worker bigint NOT NULL DEFAULT 0,
  claim bigint NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  enqueued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  first_claimed_at timestamptz,
  replay smallint NOT NULL DEFAULT 0,
  tries smallint NOT NULL DEFAULT 0,             -- answers that asked for more
  crashes smallint NOT NULL DEFAULT 0,           -- owners that died holding it
  suspect boolean GENERATED ALWAYS AS (crashes >= 2) STORED,  -- claimed alone, by an idle process
  unsure boolean NOT NULL DEFAULT false,         -- an earlier try may have had its effect: look up first
  gateway_reference text CHECK (length(gateway_reference) <= 255),  -- as an open answer named it
  reason text CHECK (length(reason) <= 2000),
  PRIMARY KEY (queue, payment_id, sequence, target),
  CHECK ((sequence = 0) = (queue < 100)),
  CHECK (due_at <> 'infinity' OR (queue < 100 AND claim = 0))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);
-- Partial, so that no plan takes them for the primary key.
CREATE INDEX messages_due ON messages (queue, suspect, due_at) WHERE claim = 0;
CREATE INDEX messages_held ON messages (queue, worker) WHERE claim > 0;

-- What gave up, with the reason. Never from an execute queue.
CREATE TABLE dead_letters (
  queue smallint CHECK (queue >= 100),
  payment_id uuid,
  sequence smallint,
  target integer,
  replay smallint NOT NULL,
  tries smallint NOT NULL,
  crashes smallint NOT NULL,
  enqueued_at timestamptz NOT NULL,
  dead_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason text NOT NULL CHECK (length(reason) <= 2000),
  PRIMARY KEY (queue, payment_id, sequence, target)
);
CREATE INDEX dead_letters_recent ON dead_letters (queue, dead_at);

-- The ledger: one row per (event, channel = its queue, target, replay), written with the outcome. Final:
-- sent, suppressed, ambiguous, discarded. retry has a message, dead a dead letter, reserved a worker
-- (before a call that must not repeat).
CREATE TABLE deliveries (
  payment_id uuid,
  sequence smallint CHECK (sequence > 0),
  channel smallint CHECK (channel >= 100),
  target integer DEFAULT 0,
  replay smallint DEFAULT 0,
  tries smallint NOT NULL DEFAULT 1,
  state delivery_state NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  worker bigint,
  provider_reference text CHECK (length(provider_reference) <= 255),
  PRIMARY KEY (payment_id, sequence, channel, target, replay)
);

-- ── Analytics ────────────────────────────────────────────────────────────────────────────────────────────

-- One row per day of creation and currency, restated while payments are pending. Every transaction below
-- the watermark is in. latencies counts finished payments from creation to outcome by latency_bounds(); it
-- adds up element by element over days. Failure rate = failed / (succeeded + failed), mean = milliseconds /
-- (succeeded + failed).
CREATE TABLE analytics_daily (
  day date,
  currency text,
  accepted bigint NOT NULL,                      -- also the count of a day's inputs
  succeeded bigint NOT NULL,
  failed bigint NOT NULL,
  still_pending bigint NOT NULL,
  amount_accepted numeric NOT NULL,
  amount_succeeded numeric NOT NULL,
  amount_failed numeric NOT NULL,
  milliseconds numeric NOT NULL,
  latencies bigint[] NOT NULL,
  watermark xid8 NOT NULL,
  run bigint NOT NULL,                           -- an older run never overwrites a newer one
  restated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (day, currency)
);

-- The fence of analytics needs order, not only uniqueness: with a cache, a session that drew its numbers
-- early would be refused for as long as they last. So not claim_numbers.
CREATE SEQUENCE run_numbers;

-- Milliseconds. latencies[1] counts what was faster than the first bound, latencies[n + 1] what was at
-- least bound n.
CREATE FUNCTION latency_bounds() RETURNS float8[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN '{10,25,50,100,250,500,1000,2500,5000,10000,30000,60000,600000,3600000,86400000}'::float8[];

-- The bound below which the fraction lies, infinity above the last, NULL when there is nothing.
CREATE FUNCTION percentile(latencies bigint[], fraction float8) RETURNS float8 LANGUAGE sql IMMUTABLE
  RETURN (
    SELECT CASE WHEN min(bucket) > cardinality(latency_bounds()) THEN 'infinity'
                ELSE (latency_bounds())[min(bucket)] END
    FROM (
      SELECT bucket, sum(n) OVER (ORDER BY bucket) AS reached, sum(n) OVER () AS total
      FROM unnest(latencies) WITH ORDINALITY AS counts (n, bucket)
    ) running
    WHERE reached >= fraction * total AND total > 0
  );

-- The smallest id of an instant: a day is one range of payment ids.
CREATE FUNCTION first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- ── Views ────────────────────────────────────────────────────────────────────────────────────────────────

-- A payment as its owner sees it: intent, outcome, and while there is none why not and when the next step
-- comes (a parked one has no next step). For look-ups by id, digest and user.
CREATE VIEW payments AS
SELECT
  i.*,
  CASE o.type WHEN 'succeeded' THEN 'SUCCESS' WHEN 'failed' THEN 'FAILED' ELSE 'PENDING' END AS status,
  o.recorded_at AS finished_at,
  o.gateway_reference,
  o.failure_code,
  CASE
    WHEN o.payment_id IS NOT NULL THEN NULL
    WHEN m.due_at = 'infinity' THEN 'parked'
    WHEN m.unsure THEN 'outcome unknown'
    ELSE 'queued'
  END AS pending_reason,
  nullif(m.due_at, 'infinity') AS next_step_at,
  m.tries,
  m.first_claimed_at,
  m.unsure
FROM payment_intents i
LEFT JOIN events o ON o.payment_id = i.payment_id AND o.sequence = 1
LEFT JOIN messages m
  ON o.payment_id IS NULL AND m.queue = i.gateway AND m.payment_id = i.payment_id AND m.sequence = 0
  AND m.target = 0;

-- Empty at every commit (docs: guarantees I-14, I-17). A pending payment is in exactly one chunk or
-- message, a finished one in no message or free chunk. An event is, per channel and target, in exactly one
-- of: a chunk (also the router's) without a ledger row; a message; a dead letter; a final ledger row. What
-- left a held chunk for a message counts as message until the chunk is gone.
CREATE VIEW conservation_faults AS
WITH chunk_item AS (
  SELECT c.queue, item AS payment_id, c.sequence, c.target, c.claim = 0 AND c.queue < 100 AS unclaimed
  FROM chunks c
  CROSS JOIN LATERAL unnest(c.items) AS item
  WHERE c.claim = 0 OR NOT EXISTS (
    SELECT FROM messages m
    WHERE (m.queue, m.payment_id, m.sequence, m.target) = (c.queue, item, c.sequence, c.target)
  )
),
addressed AS (
  SELECT s.event_type, s.queue, 0 AS target, NULL::uuid AS created_by, NULL::smallint AS router
  FROM subscriptions s
  JOIN queues q ON q.queue = s.queue AND q.kind = 'channel'
  UNION ALL
  SELECT s.event_type, p.queue, p.endpoint, p.created_by, s.queue
  FROM subscriptions s
  JOIN queues q ON q.queue = s.queue AND q.kind = 'router'
  JOIN endpoints p ON s.event_type = ANY (p.event_types) AND p.enabled
),
expected AS (
  SELECT i.payment_id, 0 AS sequence, i.gateway AS queue, 0 AS target, NULL::smallint AS router,
         (o.type IS NULL)::integer AS places, o.type IS NULL AS in_chunk
  FROM payment_intents i
  LEFT JOIN events o ON o.payment_id = i.payment_id AND o.sequence = 1
  UNION ALL
  SELECT e.payment_id, e.sequence, a.queue, a.target, a.router,
         (d.state IS NULL OR d.state IN ('reserved', 'retry', 'dead'))::integer,
         d.state IS NULL OR d.state = 'reserved'
  FROM events e
  JOIN addressed a ON a.event_type = e.type AND (a.created_by IS NULL OR a.created_by = e.created_by)
  LEFT JOIN deliveries d
    ON (d.payment_id, d.sequence, d.channel, d.target, d.replay)
     = (e.payment_id, e.sequence, a.queue, a.target, 0)
)
SELECT x.*, found.places AS found
FROM expected x
CROSS JOIN LATERAL (
  SELECT
    (SELECT count(*) FROM chunk_item c
     WHERE (x.in_chunk OR c.unclaimed)
       AND (c.queue, c.target, c.payment_id, c.sequence) = (x.queue, x.target, x.payment_id, x.sequence))
  + (SELECT count(*) FROM chunk_item c
     WHERE (c.queue, c.target, c.payment_id, c.sequence) = (x.router, 0, x.payment_id, x.sequence))
  + (SELECT count(*) FROM messages m
     WHERE (m.queue, m.target, m.payment_id, m.sequence) = (x.queue, x.target, x.payment_id, x.sequence)
       AND m.replay = 0)
  + (SELECT count(*) FROM dead_letters l
     WHERE (l.queue, l.target, l.payment_id, l.sequence) = (x.queue, x.target, x.payment_id, x.sequence)
       AND l.replay = 0) AS places
) found
WHERE found.places <> x.places;

-- ── Who is dead, what is done ────────────────────────────────────────────────────────────────────────────

-- Unseen for 4 s, counted from the latest of its own beat, the server's start, and the start of the taker's
-- own unbroken beats: after a fail-over, a crash recovery or a partition everybody gets 4 s to come back.
CREATE FUNCTION is_dead(seen_at timestamptz, taker_steady_since timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE
  RETURN interval '4 s'
    < clock_timestamp() - greatest(seen_at, pg_postmaster_start_time(), taker_steady_since);

-- The dead, locked, in the order of their numbers; one that another taker has locked is left to it.
-- `leaving` is the taker itself on SIGTERM, which counts no crash; else 0.
CREATE FUNCTION dead_workers(taker bigint, leaving bigint) RETURNS TABLE (worker bigint, crash integer)
LANGUAGE sql ROWS 1 AS $$
  SELECT w.worker, (w.worker <> leaving)::integer
  FROM workers w
  WHERE w.worker = leaving
     OR is_dead(w.seen_at, (SELECT t.steady_since FROM workers t WHERE t.worker = taker))
  ORDER BY w.worker
  FOR UPDATE SKIP LOCKED
$$;

-- VOLATILE, so each call sees what is committed by now: a take-over's own snapshot is older than a finish
-- whose share lock it had to wait for.
CREATE FUNCTION has_outcome(payment_id uuid) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT EXISTS (SELECT FROM events e WHERE e.payment_id = $1 AND e.sequence = 1)
$$;

CREATE FUNCTION has_delivery(payment_id uuid, sequence smallint, channel smallint, target integer)
RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT EXISTS (
    SELECT FROM deliveries d
    WHERE (d.payment_id, d.sequence, d.channel, d.target, d.replay) = ($1, $2, $3, $4, 0)
      AND d.state <> 'reserved'
  )
$$;

-- ── Roles and rights ─────────────────────────────────────────────────────────────────────────────────────
-- "Notifications never affect payments" is a GRANT: only executor and operator insert events, nobody
-- updates or deletes money, and row level security keeps each role to its own queues. All are NOLOGIN; the
-- login is a member of them, and each pool connects as one (store/database.cpp). Another login than the one
-- that migrates needs the same memberships.

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY '{api,executor,notifier,analytics,operator,eraser}'::text[] LOOP
    name := '{{role_prefix}}_' || name;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- the migration of another database of this cluster was first
      END;
    END IF;
    IF NOT pg_has_role(current_user, name, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', name, current_user);
    END IF;
  END LOOP;
  FOREACH name IN ARRAY ARRAY['{{role_prefix}}_executor', '{{role_prefix}}_notifier'] LOOP
    IF NOT pg_has_role('{{role_prefix}}_operator', name, 'MEMBER') THEN
      BEGIN
        EXECUTE format('GRANT %I TO %I', name, '{{role_prefix}}_operator');
      EXCEPTION WHEN unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
END
$$;

GRANT SELECT ON ALL TABLES IN SCHEMA public
  TO {{role_prefix}}_api, {{role_prefix}}_executor, {{role_prefix}}_notifier, {{role_prefix}}_analytics;
REVOKE SELECT ON principals
  FROM {{role_prefix}}_executor, {{role_prefix}}_notifier, {{role_prefix}}_analytics;
REVOKE SELECT ON contacts FROM {{role_prefix}}_executor, {{role_prefix}}_analytics;

GRANT INSERT ON payment_intents, chunks TO {{role_prefix}}_api;
GRANT INSERT, UPDATE ON contacts, endpoints TO {{role_prefix}}_api;

GRANT INSERT ON events, journal TO {{role_prefix}}_executor;
GRANT INSERT ON journal TO {{role_prefix}}_notifier;
GRANT INSERT, UPDATE, DELETE ON chunks, messages TO {{role_prefix}}_executor, {{role_prefix}}_notifier;
GRANT INSERT, UPDATE, DELETE ON deliveries, dead_letters TO {{role_prefix}}_notifier;
GRANT SELECT ON chunks_chunk_id_seq TO {{role_prefix}}_executor, {{role_prefix}}_notifier;

GRANT INSERT, UPDATE ON workers
  TO {{role_prefix}}_api, {{role_prefix}}_executor, {{role_prefix}}_notifier, {{role_prefix}}_analytics;
GRANT USAGE ON claim_numbers
  TO {{role_prefix}}_api, {{role_prefix}}_executor, {{role_prefix}}_notifier, {{role_prefix}}_analytics;

GRANT INSERT, UPDATE ON analytics_daily TO {{role_prefix}}_analytics;
GRANT USAGE ON run_numbers TO {{role_prefix}}_analytics;

GRANT INSERT, UPDATE ON queues, subscriptions, principals TO {{role_prefix}}_operator;
GRANT DELETE ON workers TO {{role_prefix}}_operator;

GRANT SELECT (payment_id, user_id),
      UPDATE (description, reference, metadata, payment_method, request_id, idempotency_key)
  ON payment_intents TO {{role_prefix}}_eraser;

-- Written as a division: "queue < 100" could serve as an index condition, and did bend plans.
ALTER TABLE chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY accept ON chunks TO {{role_prefix}}_api USING (queue / 100 = 0);
CREATE POLICY execute ON chunks TO {{role_prefix}}_executor
  USING (queue / 100 = 0) WITH CHECK (true);     -- it fans out into channels
CREATE POLICY notify ON chunks TO {{role_prefix}}_notifier USING (queue / 100 > 0);
CREATE POLICY look ON messages FOR SELECT TO {{role_prefix}}_api, {{role_prefix}}_analytics USING (true);
CREATE POLICY execute ON messages TO {{role_prefix}}_executor USING (queue / 100 = 0);
CREATE POLICY notify ON messages TO {{role_prefix}}_notifier USING (queue / 100 > 0);

-- ── What every deployment starts with ────────────────────────────────────────────────────────────────────

INSERT INTO queues (queue, name, kind, delays) VALUES
  (1, 'execute:simulator', 'execute', '{5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 6 h, 12 h, 24 h}'),
  (2, 'execute:stripe', 'execute', '{5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 6 h, 12 h, 24 h}'),
  (100, 'email', 'channel', '{5 s, 30 s, 2 min, 10 min, 1 h, 6 h, 24 h}'),
  (101, 'sms', 'channel', '{5 s, 30 s, 2 min, 10 min, 1 h, 6 h, 24 h}');

INSERT INTO subscriptions (event_type, queue) VALUES
  ('succeeded', 100),
  ('succeeded', 101),
  ('failed', 100),
  ('failed', 101);
