-- What a person changes with psql counts like any other change: a row that is deleted goes into the feed too,
-- and the trigger finds its tables whatever search_path the session has. Client secrets need no trigger: no
-- process remembers them.

CREATE OR REPLACE FUNCTION note_access_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  latest bigint;
BEGIN
  UPDATE access_epoch SET number = number + 1 RETURNING number INTO latest;
  IF TG_TABLE_NAME = 'principals' THEN
    INSERT INTO access_changes (number, principal_id)
    VALUES (latest, coalesce(NEW.principal_id, OLD.principal_id));
  ELSE
    INSERT INTO access_changes (number, key_id) VALUES (latest, coalesce(NEW.key_id, OLD.key_id));
  END IF;
  DELETE FROM access_changes WHERE number <= latest - 1000;
  RETURN NULL;
END
$$;

CREATE TRIGGER note_access_deletion AFTER DELETE ON principals FOR EACH ROW
  EXECUTE FUNCTION note_access_change();
CREATE TRIGGER note_access_deletion AFTER DELETE ON token_keys FOR EACH ROW
  EXECUTE FUNCTION note_access_change();
