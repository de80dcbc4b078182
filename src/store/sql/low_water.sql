-- From where claims in queue $1 look, once a second, so that they do not walk through dead rows which
-- somebody's old snapshot keeps. Chunk numbers are drawn in order but commit in any: the mark $2 passes a
-- number only when each transaction that may have drawn it is over. $3 = drawn of the call before the last,
-- $4 = horizon of the last. A new connection starts with (0, 0, '0'): sequences can go back at a fail-over.
-- Horizons are xid8, which travel as bigint (there are less than 2^63).
-- Index: chunks_pkey. Lock: none.
SELECT
  CASE
    WHEN pg_snapshot_xmin(pg_current_snapshot())::text::bigint < $4::bigint THEN $2::bigint
    ELSE coalesce(
      (SELECT chunk_id FROM chunks
       WHERE queue = $1::smallint AND chunk_id >= $2 AND chunk_id < $3::bigint AND claim = 0
       ORDER BY chunk_id LIMIT 1),
      greatest($2, $3))
  END AS low_water,
  (SELECT last_value FROM chunks_chunk_id_seq) AS drawn,
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS horizon;
