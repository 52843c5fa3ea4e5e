-- The node relation's view changes the edges' columns while the walk is
-- under way: "dst" was text and is a number at the next hop.
CREATE TABLE e (src text, dst text, dst2 int);
INSERT INTO e VALUES ('1', '2', 2), ('2', '3', 3), ('3', '4', 4);
CREATE FUNCTION change() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  ALTER TABLE e DROP COLUMN dst;
  ALTER TABLE e RENAME dst2 TO dst;
  RETURN true;
EXCEPTION WHEN undefined_column THEN
  RETURN true;
END $$;
CREATE VIEW n WITH (security_invoker) AS
  SELECT i::text AS node_id FROM generate_series(1, 4) i WHERE change() OR i > 0;
SELECT * FROM trellis.expand('e', ARRAY['1'], direction => 'out', nodes => 'n');
