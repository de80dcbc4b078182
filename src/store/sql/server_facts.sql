-- What a server must be before a schema is put on it. Lock: none.
SELECT
  current_setting('server_version_num')::integer AS version,
  current_setting('server_encoding') AS encoding,
  pg_is_in_recovery() AS read_only,
  to_regclass('schema_migrations') IS NOT NULL AS has_schema;
