-- Measurements of kg.sh: loads the graph from table raw, then compares.

SET jit = off;
DELETE FROM raw WHERE rel IN ('built-from', 'built-using');
SELECT trellis.create_graph('kb') \g /dev/null

-- writers, 1,000 elements a batch
CREATE TABLE batch AS
  SELECT (row_number() OVER () - 1) / 1000 AS b, to_jsonb(x) AS element
  FROM (SELECT DISTINCT src, dst, rel FROM raw) x;
CREATE TABLE batches AS SELECT b, jsonb_agg(element) AS elements FROM batch GROUP BY b;
CREATE TABLE node_batches AS
  SELECT n / 1000 AS b, jsonb_agg(jsonb_build_object('ext_id', name, 'kind', 'package')) AS elements
  FROM (SELECT name, row_number() OVER () AS n FROM (SELECT src AS name FROM raw UNION SELECT dst FROM raw) u) v
  GROUP BY 1;
SELECT clock_timestamp() AS t0 \gset
SELECT count(*) AS nodes FROM node_batches, trellis.upsert_nodes('kb', elements) \gset
SELECT extract(epoch FROM clock_timestamp() - :'t0') AS s \gset
SELECT format('upsert_nodes      %s nodes, %s nodes/s', :nodes, round(:nodes / :s));
ANALYZE kb.node;
SELECT clock_timestamp() AS t0 \gset
SELECT count(*) AS edges FROM batches, trellis.upsert_edges('kb', elements) \gset
SELECT extract(epoch FROM clock_timestamp() - :'t0') AS s \gset
SELECT format('upsert_edges      %s edges, %s edges/s', :edges, round(:edges / :s));
SELECT clock_timestamp() AS t0 \gset
SELECT count(*) AS edges FROM batches, trellis.upsert_edges('kb', elements) \gset
SELECT extract(epoch FROM clock_timestamp() - :'t0') AS s \gset
SELECT format('the same again    %s edges, %s edges/s', :edges, round(:edges / :s));
VACUUM (ANALYZE) kb.edge, kb.node;

CREATE TABLE start AS
  SELECT row_number() OVER (ORDER BY md5(src::text)) AS i, src AS id
  FROM (SELECT DISTINCT src FROM kb.edge) s ORDER BY md5(src::text) LIMIT :starts;
-- targets that some start reaches along the edges
CREATE TABLE pair AS
  SELECT s.i, s.id AS source, t.node_id AS target
  FROM start s CROSS JOIN LATERAL
    (SELECT node_id FROM trellis.expand('kb.edge', ARRAY[s.id], NULL, direction => 'out', max_fanout => NULL, max_nodes => NULL)
     WHERE depth >= 2 ORDER BY md5(node_id::text || s.id) LIMIT 1) t;

CREATE TABLE timing (label text, i bigint, ms float8, rows bigint);
-- Runs the queries in turn for each start, so that a change of the machine's
-- speed meets all of them.
CREATE FUNCTION measure(source text, VARIADIC pairs text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  s record;
  t0 timestamptz;
  n bigint;
BEGIN
  FOR q IN 1..cardinality(pairs) BY 2 LOOP
    EXECUTE format('PREPARE q%s(bigint, bigint) AS %s', q, pairs[q + 1]);
  END LOOP;
  FOR round IN 0..3 LOOP
    FOR s IN EXECUTE 'SELECT * FROM ' || source LOOP
      FOR q IN 1..cardinality(pairs) BY 2 LOOP
        t0 := clock_timestamp();
        EXECUTE format('EXECUTE q%s(%s, %s)', q, s.a, s.b) INTO n;
        IF round > 0 THEN
          INSERT INTO timing VALUES (pairs[q], s.i, extract(epoch FROM clock_timestamp() - t0) * 1000, n);
        END IF;
      END LOOP;
    END LOOP;
  END LOOP;
  FOR q IN 1..cardinality(pairs) BY 2 LOOP
    EXECUTE format('DEALLOCATE q%s', q);
  END LOOP;
END $$;
CREATE VIEW one AS SELECT i, id AS a, 0::bigint AS b FROM start;
CREATE VIEW two AS SELECT i, source AS a, target AS b FROM pair;

SET plan_cache_mode = force_generic_plan;
\set live 'e.valid_to = ''infinity'' AND e.expired_at = ''infinity'''
\o /dev/null
SELECT measure('one', 'nothing', 'SELECT 1::bigint');
SELECT measure('one',
  format('expand depth %s out', d), format('SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], %s, direction => ''out'', max_fanout => NULL, max_nodes => NULL)', d),
  format('recursive depth %s out', d), format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT e.dst, r.d + 1 FROM r JOIN kb.edge e ON e.src = r.id WHERE r.d < %s AND %s) SELECT count(DISTINCT id) FROM r', d, :'live'))
FROM generate_series(1, 4) d;
SELECT measure('one', 'expand depth 2, default limits', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1])');
SELECT measure('(SELECT * FROM one LIMIT 20) x',
  'expand depth 3 both', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], 3, max_fanout => NULL, max_nodes => NULL)',
  'recursive depth 3 both', format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT n.id, r.d + 1 FROM r CROSS JOIN LATERAL (SELECT e.dst AS id FROM kb.edge e WHERE e.src = r.id AND %1$s UNION ALL SELECT e.src FROM kb.edge e WHERE e.dst = r.id AND %1$s) n WHERE r.d < 3) SELECT count(DISTINCT id) FROM r', :'live'));
SELECT measure('one',
  'expand all out', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], NULL, direction => ''out'', max_fanout => NULL, max_nodes => NULL)',
  'recursive all out', format('WITH RECURSIVE r(id) AS (SELECT $1 UNION SELECT e.dst FROM r JOIN kb.edge e ON e.src = r.id WHERE %s) SELECT count(*) FROM r', :'live'));
SELECT measure('two',
  'path out', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2, direction => ''out'')',
  'recursive path out', format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT e.dst, r.d + 1 FROM r JOIN kb.edge e ON e.src = r.id WHERE %s AND r.d < 20) SELECT d::bigint + 1 FROM r WHERE id = $2 LIMIT 1', :'live'),
  'path both', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2)',
  'path weighted both', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2, true)');
\o

-- a policy that hides half of the nodes
CREATE ROLE reader;
GRANT USAGE ON SCHEMA kb TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA kb TO reader;
GRANT SELECT ON start, one, pair, two TO reader;
GRANT INSERT ON timing TO reader;
ALTER TABLE kb.node ENABLE ROW LEVEL SECURITY;
CREATE POLICY half ON kb.node USING (node_id % 2 = 0 OR node_id IN (SELECT id FROM start));
SET ROLE reader;
\o /dev/null
SELECT measure('one', format('expand depth %s out, half hidden', d), format('SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], %s, direction => ''out'', max_fanout => NULL, max_nodes => NULL)', d))
FROM generate_series(3, 4) d;
\o
RESET ROLE;

SELECT rpad(label, 36) || lpad(to_char(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), 'FM9990.000'), 9)
  || ' ms' || lpad(to_char(percentile_cont(0.5) WITHIN GROUP (ORDER BY rows), 'FM999990'), 9) || ' rows, median of ' || count(*)
FROM timing GROUP BY label ORDER BY min(ctid);

-- do both find the same?
CREATE TABLE answer AS SELECT DISTINCT label, i, rows FROM timing;
SELECT 'depth ' || d || ': ' || count(*) FILTER (WHERE a.rows = b.rows) || ' of ' || count(*) || ' row counts agree'
FROM generate_series(1, 4) d JOIN answer a ON a.label = 'expand depth ' || d || ' out'
JOIN answer b ON b.label = 'recursive depth ' || d || ' out' AND b.i = a.i GROUP BY d ORDER BY d;
SELECT 'paths: ' || count(*) FILTER (WHERE a.rows = b.rows) || ' of ' || count(*) || ' lengths agree'
FROM answer a JOIN answer b USING (i) WHERE a.label = 'path out' AND b.label = 'recursive path out';
