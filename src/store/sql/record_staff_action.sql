-- What staff did, in the transaction of what they did. Index: none is read. Lock: none.
INSERT INTO staff_actions (principal_id, roles, operation, target, detail, status, request_id, address)
VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::smallint, $7::text, $8::text);
