-- Where user $1 is reached; no row = nowhere. Index: contacts_pkey.
SELECT email, phone, locale FROM contacts WHERE user_id = $1::uuid;
