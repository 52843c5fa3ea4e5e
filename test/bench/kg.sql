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
CREATE FUNCTION measure(label text, query text, source text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  s record;
  t0 timestamptz;
  n bigint;
BEGIN
  EXECUTE format('PREPARE q(bigint, bigint) AS %s', query);
  FOR round IN 1..2 LOOP
    FOR s IN EXECUTE 'SELECT * FROM ' || source LOOP
      t0 := clock_timestamp();
      EXECUTE format('EXECUTE q(%s, %s)', s.a, s.b) INTO n;
      IF round = 2 THEN
        INSERT INTO timing VALUES (label, s.i, extract(epoch FROM clock_timestamp() - t0) * 1000, n);
      END IF;
    END LOOP;
  END LOOP;
  DEALLOCATE q;
END $$;
CREATE VIEW one AS SELECT i, id AS a, 0::bigint AS b FROM start;
CREATE VIEW two AS SELECT i, source AS a, target AS b FROM pair;

SET plan_cache_mode = force_generic_plan;
\set live 'e.valid_to = ''infinity'' AND e.expired_at = ''infinity'''
SELECT measure('nothing', 'SELECT 1::bigint', 'one') \g /dev/null
SELECT measure('expand depth ' || d || ' out', format('SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], %s, direction => ''out'', max_fanout => NULL, max_nodes => NULL)', d), 'one'),
       measure('recursive depth ' || d || ' out', format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT e.dst, r.d + 1 FROM r JOIN kb.edge e ON e.src = r.id WHERE r.d < %s AND %s) SELECT count(DISTINCT id) FROM r', d, :'live'), 'one')
FROM generate_series(1, 4) d \g /dev/null
SELECT measure('expand depth 2, default limits', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1])', 'one') \g /dev/null
SELECT measure('expand depth 3 both', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], 3, max_fanout => NULL, max_nodes => NULL)', 'one') \g /dev/null
SELECT measure('recursive depth 3 both', format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT n.id, r.d + 1 FROM r CROSS JOIN LATERAL (SELECT e.dst AS id FROM kb.edge e WHERE e.src = r.id AND %1$s UNION ALL SELECT e.src FROM kb.edge e WHERE e.dst = r.id AND %1$s) n WHERE r.d < 3) SELECT count(DISTINCT id) FROM r', :'live'), '(SELECT * FROM one LIMIT 20) x') \g /dev/null
SELECT measure('expand all out', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], NULL, direction => ''out'', max_fanout => NULL, max_nodes => NULL)', 'one') \g /dev/null
SELECT measure('recursive all out', format('WITH RECURSIVE r(id) AS (SELECT $1 UNION SELECT e.dst FROM r JOIN kb.edge e ON e.src = r.id WHERE %s) SELECT count(*) FROM r', :'live'), 'one') \g /dev/null
SELECT measure('path out', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2, direction => ''out'')', 'two'),
       measure('path both', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2)', 'two'),
       measure('path weighted both', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2, true)', 'two') \g /dev/null
SELECT measure('recursive path out', format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT e.dst, r.d + 1 FROM r JOIN kb.edge e ON e.src = r.id WHERE %s AND r.d < 20) SELECT d::bigint + 1 FROM r WHERE id = $2 LIMIT 1', :'live'), 'two') \g /dev/null

-- a policy that hides half of the nodes, and the edges that touch them
CREATE ROLE reader;
GRANT USAGE ON SCHEMA kb TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA kb TO reader;
GRANT SELECT ON start, one, pair, two TO reader;
GRANT INSERT ON timing TO reader;
CREATE TABLE open_edge AS SELECT e.edge_id FROM kb.edge e WHERE e.src % 2 = 0 AND e.dst % 2 = 0;
ALTER TABLE kb.node ENABLE ROW LEVEL SECURITY;
CREATE POLICY half ON kb.node USING (node_id % 2 = 0 OR node_id IN (SELECT id FROM start));
SET ROLE reader;
SELECT measure('expand depth ' || d || ' out, half hidden', format('SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], %s, direction => ''out'', max_fanout => NULL, max_nodes => NULL)', d), 'one')
FROM generate_series(3, 4) d \g /dev/null
RESET ROLE;

SELECT rpad(label, 36) || lpad(to_char(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), 'FM9990.000'), 9)
  || ' ms' || lpad(to_char(percentile_cont(0.5) WITHIN GROUP (ORDER BY rows), 'FM999990'), 9) || ' rows, median of ' || count(*)
FROM timing GROUP BY label ORDER BY min(ctid);

-- do both find the same?
SELECT 'depth ' || d || ': ' || count(*) FILTER (WHERE a.rows = b.rows) || ' of ' || count(*) || ' row counts agree'
FROM generate_series(1, 4) d JOIN timing a ON a.label = 'expand depth ' || d || ' out'
JOIN timing b ON b.label = 'recursive depth ' || d || ' out' AND b.i = a.i GROUP BY d ORDER BY d;
SELECT 'paths: ' || count(*) FILTER (WHERE a.rows = b.rows) || ' of ' || count(*) || ' lengths agree'
FROM timing a JOIN timing b USING (i) WHERE a.label = 'path out' AND b.label = 'recursive path out';
