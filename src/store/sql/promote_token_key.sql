-- The next key signs from now on. Index: token_keys_in_use. Lock: the row, then access_epoch.
UPDATE token_keys
SET state = 'active', activated_at = clock_timestamp()
WHERE state = 'next';
