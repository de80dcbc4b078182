-- First sight of a customer. Who is there already stays as it is. The role is the column's default; the API
-- may not name another. Index: principals_pkey, principals_issuer_subject_key. Lock: an insert of the same.
INSERT INTO principals (principal_id, issuer, subject)
VALUES ($1::uuid, $2::text, $3::text)
ON CONFLICT DO NOTHING;
