-- The smallest id of an instant, cut as ids are made: their millisecond is the floor of the instant, where
-- the cast alone rounded, so that a range that began in the second half of a millisecond left its payments
-- out. Before 1970 there is no id: to_hex() writes a negative number with 16 digits, of which lpad() kept the
-- first 12, the largest id there is. greatest() takes NULL for nothing, so that NULL has to be said.
CREATE OR REPLACE FUNCTION first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURNS NULL ON NULL INPUT
  RETURN (
    lpad(to_hex(greatest(floor(extract(epoch FROM at) * 1000), 0)::bigint), 12, '0') || repeat('0', 20)
  )::uuid;
