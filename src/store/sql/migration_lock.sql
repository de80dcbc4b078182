-- One migration at a time, held to the end of the session. Never waits: the caller asks again.
-- Lock: advisory.
SELECT pg_try_advisory_lock(7021978) AS locked;
