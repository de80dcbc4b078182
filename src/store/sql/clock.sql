-- The database's clock, for store/database_clock.
SELECT clock_timestamp();
