-- Measurements of kg.sh: loads the graph from table raw, then compares.

SET jit = off;
DELETE FROM raw WHERE rel IN ('built-from', 'built-using');
SELECT FROM trellis.create_graph('kb') \g /dev/null

-- ---- writers, 1,000 elements a batch ----

CREATE TABLE element AS
  SELECT (row_number() OVER () - 1) / 1000 AS b, x.* FROM (SELECT DISTINCT src, dst, rel FROM raw) x;
CREATE TABLE batches AS
  SELECT b, jsonb_agg(jsonb_build_object('src', src, 'dst', dst, 'rel', rel)) AS elements,
    array_agg(src) AS srcs, array_agg(dst) AS dsts, array_agg(rel) AS rels FROM element GROUP BY b;
CREATE TABLE node_batches AS
  SELECT n / 1000 AS b, jsonb_agg(jsonb_build_object('ext_id', name, 'kind', 'package')) AS elements
  FROM (SELECT name, row_number() OVER () AS n FROM (SELECT src AS name FROM raw UNION SELECT dst FROM raw) u) v
  GROUP BY 1;
SELECT clock_timestamp() AS t0 \gset
SELECT count(*) AS nodes FROM node_batches, trellis.upsert_nodes('kb', elements) \gset
SELECT extract(epoch FROM clock_timestamp() - :'t0') AS s \gset
SELECT format('upsert_nodes            %s nodes, %s nodes/s', :nodes, round(:nodes / :s));
ANALYZE kb.node;
SELECT clock_timestamp() AS t0 \gset
SELECT count(*) AS edges FROM batches, trellis.upsert_edges('kb', elements) \gset
SELECT extract(epoch FROM clock_timestamp() - :'t0') AS s \gset
SELECT format('upsert_edges, jsonb     %s edges, %s edges/s (at least 20000, aim 50000)', :edges, round(:edges / :s));
SELECT clock_timestamp() AS t0 \gset
SELECT count(*) AS edges FROM batches, trellis.upsert_edges('kb', elements) \gset
SELECT extract(epoch FROM clock_timestamp() - :'t0') AS s \gset
SELECT format('the same again          %s edges, %s edges/s', :edges, round(:edges / :s));
SELECT count(*) > 0 AS arrays FROM pg_proc
WHERE pronamespace = 'trellis'::regnamespace AND proname = 'upsert_edges' AND proargtypes[1] = 'text[]'::regtype \gset
\if :arrays
  TRUNCATE kb.edge, kb.edge_source;
  SELECT clock_timestamp() AS t0 \gset
  SELECT count(*) AS edges FROM batches, trellis.upsert_edges('kb', srcs, dsts, rels) \gset
  SELECT extract(epoch FROM clock_timestamp() - :'t0') AS s \gset
  SELECT format('upsert_edges, arrays    %s edges, %s edges/s', :edges, round(:edges / :s));
\endif
VACUUM (ANALYZE) kb.edge, kb.node;

-- ---- starts, pairs, seeds ----

CREATE TABLE start AS
  SELECT row_number() OVER (ORDER BY md5(src::text)) AS i, src AS id
  FROM (SELECT DISTINCT src FROM kb.edge) s ORDER BY md5(src::text) LIMIT :starts;
-- targets that some start reaches along the edges
CREATE TABLE pair AS
  SELECT s.i, s.id AS source, t.node_id AS target
  FROM start s CROSS JOIN LATERAL
    (SELECT node_id FROM trellis.expand('kb.edge', ARRAY[s.id], NULL, direction => 'out', max_fanout => NULL, max_nodes => NULL)
     WHERE depth >= 2 ORDER BY md5(node_id::text || s.id) LIMIT 1) t;
CREATE TABLE seeds AS
  SELECT s.i, array_agg(t.id ORDER BY t.i) AS ids
  FROM start s JOIN start t ON (t.i - s.i + :starts) % :starts < 5 GROUP BY s.i;

-- a copy in which a policy hides half of the nodes; starts and targets are of
-- those that are seen
CREATE ROLE reader;
SELECT FROM trellis.create_graph('half') \g /dev/null
INSERT INTO half.rel_type SELECT * FROM kb.rel_type;
INSERT INTO half.node (node_id, tenant_id, ext_id, kind, name)
  SELECT node_id, (node_id % 2 = 1 AND node_id NOT IN (SELECT id FROM start UNION SELECT target FROM pair))::int, ext_id, kind, name FROM kb.node;
INSERT INTO half.edge SELECT * FROM kb.edge;
VACUUM (ANALYZE) half.node, half.edge;
ALTER TABLE half.node ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON half.node USING (tenant_id = current_setting('app.tenant')::int);
SET app.tenant = 0;
GRANT USAGE ON SCHEMA kb, half TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA kb, half TO reader;

-- ---- measuring ----

CREATE TABLE timing (label text, i bigint, ms float8, rows bigint);
-- Runs the queries in turn for each start, so that a change of the machine's
-- speed meets all of them; first a few without measuring, then twice.
CREATE FUNCTION measure(source text, VARIADIC pairs text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  s record;
  t0 timestamptz;
  n bigint;
BEGIN
  FOR q IN 1..cardinality(pairs) BY 2 LOOP
    EXECUTE format('PREPARE q%s(bigint, bigint) AS %s', q, pairs[q + 1]);
  END LOOP;
  FOR round IN 0..2 LOOP
    FOR s IN EXECUTE format('SELECT * FROM %s x LIMIT %s', source, CASE round WHEN 0 THEN '10' ELSE 'ALL' END) LOOP
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
CREATE VIEW five AS SELECT i, i AS a, 0::bigint AS b FROM seeds;
GRANT SELECT ON start, one, pair, two, seeds, five TO reader;
GRANT SELECT, INSERT ON timing TO reader;

SET plan_cache_mode = force_generic_plan;
\set live 'e.valid_to = ''infinity'' AND e.expired_at = ''infinity'''
\set unlimited 'max_fanout => NULL, max_nodes => NULL'
\o /dev/null
SELECT measure('one', 'nothing', 'SELECT 1::bigint');
SELECT measure('one',
  format('expand depth %s out', d), format('SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], %s, direction => ''out'', %s)', d, :'unlimited'),
  format('recursive depth %s out', d), format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT e.dst, r.d + 1 FROM r JOIN kb.edge e ON e.src = r.id WHERE r.d < %s AND %s) SELECT count(DISTINCT id) FROM r', d, :'live'))
FROM generate_series(1, 4) d;
SELECT measure('one', 'expand depth 2, default limits', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1])');
SELECT measure('(SELECT * FROM one LIMIT 30)',
  'expand depth 3 both', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], 3, ' || :'unlimited' || ')',
  'recursive depth 3 both', format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT n.id, r.d + 1 FROM r CROSS JOIN LATERAL (SELECT e.dst AS id FROM kb.edge e WHERE e.src = r.id AND %1$s UNION ALL SELECT e.src FROM kb.edge e WHERE e.dst = r.id AND %1$s) n WHERE r.d < 3) SELECT count(DISTINCT id) FROM r', :'live'));
SELECT measure('(SELECT * FROM one LIMIT 40)',
  'expand all out', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], NULL, direction => ''out'', ' || :'unlimited' || ')',
  'recursive all out', format('WITH RECURSIVE r(id) AS (SELECT $1 UNION SELECT e.dst FROM r JOIN kb.edge e ON e.src = r.id WHERE %s) SELECT count(*) FROM r', :'live'));
SELECT measure('(SELECT * FROM two LIMIT 60)',
  'path out', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2, direction => ''out'')',
  'recursive path out', format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT e.dst, r.d + 1 FROM r JOIN kb.edge e ON e.src = r.id WHERE %s AND r.d < 20) SELECT d::bigint + 1 FROM r WHERE id = $2 LIMIT 1', :'live'),
  'path weighted both', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2, true)');
SELECT measure('(SELECT * FROM two LIMIT 20)',
  'path both', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2)',
  'recursive path both', format('WITH RECURSIVE r(id, d) AS (SELECT $1, 0 UNION SELECT n.id, r.d + 1 FROM r CROSS JOIN LATERAL (SELECT e.dst AS id FROM kb.edge e WHERE e.src = r.id AND %1$s UNION ALL SELECT e.src FROM kb.edge e WHERE e.dst = r.id AND %1$s) n WHERE r.d < 20) SELECT d::bigint + 1 FROM r WHERE id = $2 LIMIT 1', :'live'));
\if :routing
  \set all_edges '''SELECT edge_id AS id, src AS source, dst AS target, 1.0::float8 AS cost FROM kb.edge e WHERE e.valid_to = ''''infinity'''' AND e.expired_at = ''''infinity'''''''
  \set both_edges '''SELECT edge_id AS id, src AS source, dst AS target, 1.0::float8 AS cost, 1.0::float8 AS reverse_cost FROM kb.edge e WHERE e.valid_to = ''''infinity'''' AND e.expired_at = ''''infinity'''''''
  SELECT measure('(SELECT * FROM two LIMIT 10)',
    'pgr_dijkstra path out', 'SELECT count(*) FROM pgr_dijkstra(' || :'all_edges' || ', $1, $2, true)',
    'pgr_bdDijkstra path out', 'SELECT count(*) FROM pgr_bdDijkstra(' || :'all_edges' || ', $1, $2, true)',
    'pgr_dijkstra path both', 'SELECT count(*) FROM pgr_dijkstra(' || :'both_edges' || ', $1, $2, false)',
    'pgr_bdDijkstra path both', 'SELECT count(*) FROM pgr_bdDijkstra(' || :'both_edges' || ', $1, $2, false)');
\endif
SELECT count(*) > 0 AS ppr FROM pg_proc WHERE pronamespace = 'trellis'::regnamespace AND proname = 'ppr' \gset
\if :ppr
  SELECT measure('five', 'ppr', 'SELECT count(*) FROM trellis.ppr(''kb.edge'', (SELECT ids FROM seeds WHERE i = $1), eps => 1e-4)');
  CREATE TABLE ranked AS
    SELECT i, node_id FROM seeds, trellis.ppr('kb.edge', ids, eps => 1e-4, max_results => 20);
\endif

-- ---- under the policy, beside the same without, both as the same role ----

CREATE FUNCTION measure_half(source text, label text, query text) RETURNS void LANGUAGE sql AS
  $$ SELECT measure(source, label || ', as reader', query, label || ', half hidden', replace(query, 'kb.edge', 'half.edge')) $$;
SET ROLE reader;
SELECT measure_half('one', format('expand depth %s out', d), format('SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], %s, direction => ''out'', %s)', d, :'unlimited')) FROM generate_series(3, 4) d;
SELECT measure_half('(SELECT * FROM one LIMIT 30)', 'expand depth 3 both', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], 3, ' || :'unlimited' || ')');
SELECT measure_half('(SELECT * FROM one LIMIT 40)', 'expand all out', 'SELECT count(*) FROM trellis.expand(''kb.edge'', ARRAY[$1], NULL, direction => ''out'', ' || :'unlimited' || ')');
SELECT measure_half('two', 'path out', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2, direction => ''out'')');
SELECT measure_half('(SELECT * FROM two LIMIT 20)', 'path both', 'SELECT count(*) FROM trellis.shortest_path(''kb.edge'', $1, $2)');
\if :ppr
  SELECT measure_half('five', 'ppr', 'SELECT count(*) FROM trellis.ppr(''kb.edge'', (SELECT ids FROM seeds WHERE i = $1), eps => 1e-4)');
\endif
RESET ROLE;

-- ---- the floor ----

\o
\copy (SELECT src, dst FROM kb.edge WHERE src <> dst AND valid_to = 'infinity' AND expired_at = 'infinity') TO 'build/bench/kg_edges'
\copy (SELECT q FROM (SELECT i, format('start %s %s', i, id) AS q FROM start UNION ALL SELECT i, format('pair %s %s %s', i, source, target) FROM pair UNION ALL SELECT i, format('seeds %s %s', i, array_to_string(ids, ' ')) FROM seeds) u ORDER BY i) TO 'build/bench/kg_queries'
\! build/bench/kg_csr build/bench/kg_edges build/bench/kg_queries > build/bench/kg_floor
CREATE TABLE floor (kind text, label text, i bigint, ms float8, rows bigint);
\copy floor FROM 'build/bench/kg_floor'
INSERT INTO timing SELECT 'arrays: ' || label, i, ms, rows FROM floor WHERE kind = 'time';

-- ---- the table ----

CREATE VIEW median AS
  SELECT label, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms, percentile_cont(0.5) WITHIN GROUP (ORDER BY rows) AS rows, count(*) AS n, min(ctid) AS place
  FROM timing GROUP BY label;
SELECT format('graph: %s nodes, %s edges; medians of %s starts', count(*), (SELECT count(*) FROM kb.edge), :starts) FROM kb.node;
SELECT rpad(label, 40) || lpad(to_char(ms, 'FM9990.000'), 9) || ' ms' || lpad(to_char(rows, 'FM999990'), 9) || ' rows, median of ' || n
FROM median ORDER BY place;

-- the peers' fastest, and how much longer it takes
CREATE TABLE peer (figure text, beside text, wanted text);
INSERT INTO peer VALUES
  ('expand depth 3 out', 'recursive depth 3 out', 'at least 1.2, aim 2'), ('expand depth 4 out', 'recursive depth 4 out', 'at least 1.5, aim 2'),
  ('expand depth 3 both', 'recursive depth 3 both', 'at least 2, aim 4'), ('expand all out', 'recursive all out', 'at least 1.7, aim 3'),
  ('path out', 'recursive path out', 'at least 80'), ('path both', 'recursive path both', 'at least 80'),
  ('path out', 'pgr_% path out', 'at least 200'), ('path both', 'pgr_% path both', 'at least 200');
SELECT '';
SELECT rpad(f.label, 22) || lpad(to_char(f.ms, 'FM9990.000'), 9) || ' ms  ' || rpad(o.label, 26) || lpad(to_char(o.ms, 'FM9990.000'), 9) || ' ms  ' || lpad(to_char(o.ms / f.ms, 'FM9990.00'), 8) || ' x  (' || p.wanted || ')'
FROM peer p JOIN median f ON f.label = p.figure
CROSS JOIN LATERAL (SELECT * FROM median m WHERE m.label LIKE p.beside ORDER BY m.ms LIMIT 1) o ORDER BY f.place, o.place;
SELECT rpad(f.label, 22) || lpad(to_char(f.ms, 'FM9990.000'), 9) || ' ms  ' || rpad(o.label, 26) || lpad(to_char(o.ms, 'FM9990.000'), 9) || ' ms  ' || lpad(to_char(f.ms / o.ms, 'FM9990.00'), 8) || ' times the floor'
FROM median f JOIN median o ON o.label = 'arrays: ' || f.label ORDER BY f.place;
SELECT rpad(h.label, 33) || lpad(to_char(h.ms, 'FM9990.000'), 9) || ' ms  without ' || lpad(to_char(f.ms, 'FM9990.000'), 9) || ' ms  ' || lpad(to_char(h.ms / f.ms, 'FM9990.00'), 8) || ' of it  (at most 1.4); '
  || to_char(h.rows, 'FM999990') || ' of ' || to_char(f.rows, 'FM999990') || ' rows'
FROM median f JOIN median h ON h.label = replace(f.label, ', as reader', ', half hidden') WHERE f.label LIKE '%, as reader' ORDER BY f.place;
\if :routing
\else
  \echo pgRouting: not installed
\endif
\if :ppr
  SELECT format('ppr, 5 seeds, eps 1e-4: %s ms (at most 20); of the exact top 20, %s on average (at least 18.5)', round(ms::numeric, 3),
    (SELECT round(avg(n), 2) FROM (SELECT f.i, count(r.node_id) AS n FROM floor f LEFT JOIN ranked r ON r.i = f.i AND r.node_id = f.rows WHERE f.kind = 'top' GROUP BY f.i) o))
  FROM median WHERE label = 'ppr';
\endif

-- do all find the same?
CREATE TABLE answer AS SELECT DISTINCT label, i, rows FROM timing;
SELECT a.label || ', ' || b.label || ': ' || count(*) FILTER (WHERE a.rows = b.rows) || ' of ' || count(*) || ' agree'
FROM answer a JOIN answer b USING (i)
WHERE b.label IN (replace(a.label, 'expand', 'recursive'), 'recursive ' || a.label, 'pgr_dijkstra ' || a.label, 'pgr_bdDijkstra ' || a.label, 'arrays: ' || a.label)
  AND a.label <> b.label GROUP BY a.label, b.label ORDER BY 1;
