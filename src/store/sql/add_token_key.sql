-- A key that signs ('active') or waits ('next'). Index: token_keys_in_use holds one of each. Lock: none.
INSERT INTO token_keys (key_id, algorithm, public_jwk, sealed_private, state, activated_at)
VALUES ($1::text, $2::text, $3::jsonb, $4::bytea, $5::text,
        CASE WHEN $5 = 'active' THEN clock_timestamp() END);
