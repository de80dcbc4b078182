-- What pgbench does in every transaction: one row of the table that a payment is accepted into, with the same
-- columns filled and the same indexes, its id ordered by time as ours are.
\set number random(1, 281474976710655)
\set user random(0, 9999)
\set amount random(100000, 999999)
INSERT INTO payment_intents (
  payment_id, created_at, key_digest, created_by, user_id, amount, gateway, currency, fingerprint,
  idempotency_key, request_id, description, reference)
VALUES (
  (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
    || substr(gen_random_uuid()::text, 14))::uuid,
  clock_timestamp(), gen_random_uuid(), '3d5c8a10-2b7e-4f6a-8c91-000000000001',
  ('00000000-0000-4000-8000-' || lpad(to_hex(:user::integer), 12, '0'))::uuid, :amount::bigint, 1, 'EUR',
  '\x01'::bytea || sha256(int8send(:number::bigint)), gen_random_uuid()::text,
  'b' || lpad(to_hex(:number::bigint), 31, '0'),
  'One ticket to the sea', 'order-' || lpad((:number::bigint % 1000000000)::text, 9, '0'));
