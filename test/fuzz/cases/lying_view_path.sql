-- The same for a path by weight.
CREATE SEQUENCE calls;
CREATE FUNCTION flip(x bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN CASE WHEN nextval('calls') % 2 = 1 OR x <= 20000 THEN 1 ELSE x - 19000 END; END $$;
CREATE VIEW e WITH (security_invoker) AS
  SELECT flip(i) AS src, i + 3 AS dst, 1::float8 AS weight FROM generate_series(1::bigint, 60000) i;
SELECT count(*) FROM trellis.shortest_path('e', 1::bigint, 9999999::bigint, weighted => true, direction => 'out');
SELECT count(*) FROM trellis.expand('e', ARRAY[1]::bigint[], max_fanout => NULL);
