-- A principal with a role. No row when its id or its subject is taken. Index: principals_pkey,
-- principals_issuer_subject_key. Lock: another's insert of the same.
INSERT INTO principals AS p (principal_id, issuer, subject, name, role, rate_limit)
VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text)
ON CONFLICT DO NOTHING
RETURNING {{principal_columns}};
