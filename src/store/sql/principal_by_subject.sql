-- Whom issuer $1 calls $2, as principal_by_id. Index: principals_issuer_subject_key. Lock: none.
SELECT e.number AS as_of, {{principal_columns}}
FROM access_epoch e
LEFT JOIN principals p ON p.issuer = $1::text AND p.subject = $2::text;
