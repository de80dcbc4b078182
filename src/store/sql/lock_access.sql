-- One after the other: who holds this changes keys. Lock: the row of access_epoch, until the end of the
-- transaction. Index: none, it is one row.
SELECT number
FROM access_epoch
FOR UPDATE;
