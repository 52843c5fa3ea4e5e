-- A view whose src is one number to the condition and another to the output:
-- the edge comes back from a node that was not asked for.
CREATE SEQUENCE calls;
CREATE FUNCTION flip(x bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN CASE WHEN nextval('calls') % 2 = 1 OR x <= 3000 THEN 1 ELSE x - 100 END; END $$;
CREATE VIEW e WITH (security_invoker) AS
  SELECT flip(i) AS src, i + 3 AS dst FROM generate_series(1::bigint, 6000) i;
CREATE VIEW n WITH (security_invoker) AS
  SELECT i AS node_id FROM generate_series(1::bigint, 10000) i;
SELECT count(*) FROM trellis.expand('e', ARRAY[1]::bigint[], max_fanout => NULL, nodes => 'n');
