-- Replaces the contact of user $1 as a whole. Index: contacts_pkey. Lock: the row.
INSERT INTO contacts (user_id, email, phone, locale)
VALUES ($1::uuid, $2::text, $3::text, $4::text)
ON CONFLICT (user_id) DO UPDATE SET email = EXCLUDED.email, phone = EXCLUDED.phone, locale = EXCLUDED.locale;
