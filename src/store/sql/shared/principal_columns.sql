-- A principal; store/principal_rows.cpp reads it by name.
p.principal_id, p.issuer, p.subject, p.name, p.role, p.created_at, p.revoked_at, p.tokens_from, p.rate_limit
