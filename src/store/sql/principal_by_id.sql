-- A principal, and the number of the change up to which this is the truth: always one row, whoever there is.
-- Index: principals_pkey. Lock: none.
SELECT e.number AS as_of, {{principal_columns}}
FROM access_epoch e
LEFT JOIN principals p ON p.principal_id = $1::uuid;
