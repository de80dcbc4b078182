-- The active key signs no more; its private half is gone, its tokens are good until they expire. Index:
-- token_keys_in_use. Lock: the row, then access_epoch.
UPDATE token_keys
SET state = 'retired', retired_at = clock_timestamp(), sealed_private = NULL
WHERE state = 'active';
