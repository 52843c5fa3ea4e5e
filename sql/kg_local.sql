-- What is around given nodes: neighbors, degree, subgraph, distances and
-- graph_dot, on small graphs by hand and on 250 random graphs beside plain SQL.

CREATE SCHEMA kgl;
SET search_path = kgl;

CREATE TABLE g (src bigint, dst bigint, rel text, weight float8, edge_id int);
INSERT INTO g VALUES
  (1, 2, 'a', 1, 1), (2, 3, 'b', 2, 2), (3, 1, 'c', 3, 3),          -- a cycle
  (2, 2, 'loop', 9, 4),                                             -- a self-loop
  (3, 4, 'a', 1, 5), (3, 4, 'a', 2, 6), (3, 4, 'b', 2, 7),          -- parallel edges
  (NULL, 1, 'a', 1, 8), (1, NULL, 'a', 1, 9), (NULL, NULL, NULL, NULL, NULL),
  (5, 6, NULL, NULL, NULL);                                         -- nothing known but the ends

-- neighbors: in the order given, each once, heaviest first; a self-loop is outgoing
SELECT * FROM trellis.neighbors('g', ARRAY[3, 2, NULL, 3, 77]::bigint[]);
SELECT * FROM trellis.neighbors('g', ARRAY[2, 5, 6], 'out');
SELECT node_id, neighbor_id, edge_id, outgoing FROM trellis.neighbors('g', ARRAY[2, 5, 6], 'in');
SELECT * FROM trellis.neighbors('g', ARRAY[1, 3], max_fanout => 2);
SELECT bool_or(truncated), count(*) FROM trellis.neighbors('g', ARRAY[1, 2, 3], max_fanout => 5);
SELECT node_id, edge_id FROM trellis.neighbors('g', ARRAY[3], rels => '{b,zz}', min_weight => 2);
SELECT count(*) FROM trellis.neighbors('g', '{}'::bigint[]);
SELECT count(*) FROM trellis.neighbors('g', NULL::bigint[]);
-- degree: a self-loop is one out and one in; no node relation: any id is a node
SELECT * FROM trellis.degree('g', ARRAY[4, 1, 2, 3, 5, 77, 4, NULL]);
SELECT * FROM trellis.degree('g', NULL::int[]);
SELECT * FROM trellis.degree('g', ARRAY[3, 5], rels => '{a}', min_weight => 1.5);
SELECT count(*) FROM trellis.degree('g', '{}'::bigint[]);
-- subgraph: the edges among the nodes of expand
SELECT * FROM trellis.subgraph('g', ARRAY[1], 1);
SELECT edge_id, depth, truncated FROM trellis.subgraph('g', ARRAY[1], max_edges => 3);
SELECT edge_id, src, dst FROM trellis.subgraph('g', ARRAY[4], 1, 'out');
SELECT edge_id, src, dst FROM trellis.subgraph('g', ARRAY[3, 4, 4, NULL], 0);
SELECT edge_id, truncated FROM trellis.subgraph('g', ARRAY[3], 1, max_nodes => 2);
SELECT edge_id, truncated FROM trellis.subgraph('g', ARRAY[3], 1, max_fanout => 1);
SELECT count(*) FROM trellis.subgraph('g', '{}'::bigint[]);
SELECT count(*) FROM trellis.subgraph('g', NULL::bigint[], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
-- distances
SELECT * FROM trellis.distances('g', ARRAY[5, 1, 5, NULL, 77]);
SELECT * FROM trellis.distances('g', ARRAY[1], ARRAY[4, 5, 1, NULL, 77], direction => 'out');
SELECT * FROM trellis.distances('g', ARRAY[1, 5], weighted => true);
SELECT * FROM trellis.distances('g', ARRAY[1], ARRAY[4], true, 1);
SELECT * FROM trellis.distances('g', ARRAY[1], ARRAY[4], true, 2);
SELECT * FROM trellis.distances('g', ARRAY[1, 5], max_nodes => 2);
SELECT * FROM trellis.distances('g', ARRAY[1, 5], weighted => true, max_nodes => 3);
SELECT count(*) FROM trellis.distances('g', ARRAY[1], targets => NULL);
SELECT count(*) FROM trellis.distances('g', ARRAY[1], '{}'::bigint[]);
SELECT count(*) FROM trellis.distances('g', NULL::bigint[], NULL::bigint[], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT * FROM trellis.distances('g', ARRAY[1], max_depth => 0);
-- a target that is found makes the answer whole, whatever lies beyond
SELECT target_id, truncated FROM trellis.distances('g', ARRAY[1], ARRAY[2], max_nodes => 2);
SELECT target_id, truncated FROM trellis.distances('g', ARRAY[1], ARRAY[2], true, max_nodes => 2);
SELECT target_id, truncated FROM trellis.distances('g', ARRAY[1], ARRAY[1, 3], true, max_nodes => 2);

-- bad input
\set VERBOSITY terse
SELECT * FROM trellis.neighbors(NULL, ARRAY[1]);
SELECT * FROM trellis.degree(NULL, ARRAY[1]);
SELECT * FROM trellis.subgraph(NULL, ARRAY[1]);
SELECT * FROM trellis.distances(NULL, ARRAY[1]);
SELECT trellis.graph_dot(NULL, ARRAY[1]);
SELECT * FROM trellis.neighbors(4294967295::oid::regclass, ARRAY[1]);
SELECT * FROM trellis.neighbors('g', ARRAY['a']);
SELECT * FROM trellis.degree('g', NULL::uuid[]);
SELECT * FROM trellis.subgraph('g', ARRAY[1.5]);
SELECT * FROM trellis.distances('g', ARRAY['a'], ARRAY['b']);
SELECT trellis.graph_dot('g', ARRAY['a']);
SELECT * FROM trellis.neighbors('g', ARRAY[1], 'up');
SELECT * FROM trellis.neighbors('g', ARRAY[1], max_fanout => 0);
SELECT * FROM trellis.subgraph('g', ARRAY[1], -1);
SELECT * FROM trellis.subgraph('g', ARRAY[1], max_edges => 0);
SELECT * FROM trellis.subgraph('g', ARRAY[1], max_nodes => -5);
SELECT * FROM trellis.distances('g', ARRAY[1], max_depth => -1);
SELECT * FROM trellis.distances('g', ARRAY[1], max_nodes => 0);
SELECT trellis.graph_dot('g', ARRAY[1], max_fanout => 0);
CREATE TABLE bare (src int2, dst int4);
INSERT INTO bare VALUES (1, 70000);
SELECT * FROM trellis.distances('bare', ARRAY[1], weighted => true);
SELECT * FROM trellis.neighbors('bare', ARRAY[1], rels => '{a}');
SELECT * FROM trellis.neighbors('bare', ARRAY[1], min_weight => 1);
SELECT * FROM trellis.degree('bare', ARRAY[1], min_confidence => 1);
SELECT * FROM trellis.subgraph('bare', ARRAY[1], valid_at => now());
SELECT trellis.graph_dot('bare', ARRAY[1], known_at => now());
-- ids that the argument's type, or the column's, cannot hold
SELECT * FROM trellis.neighbors('bare', ARRAY[1]::int2[]);
SELECT * FROM trellis.degree('bare', ARRAY[1, 70000, 9999999999]);
SELECT src, dst FROM trellis.subgraph('bare', ARRAY[70000], 2147483647, max_fanout => 2147483647, max_nodes => 2147483647, max_edges => 2147483647);
SELECT count(*) FROM trellis.distances('bare', ARRAY[1], max_depth => 2147483647, max_nodes => 2147483647);
SELECT * FROM trellis.degree('bare', ARRAY[1]);
-- weights that have no shortest path, or no sum
INSERT INTO g VALUES (6, 7, 'x', -1, 20), (8, 9, 'x', 'NaN', 21), (10, 11, 'x', 'Infinity', 22), (10, 12, 'x', 1e308, 23), (13, 10, 'x', 1e308, 24);
SELECT * FROM trellis.distances('g', ARRAY[7], weighted => true);
SELECT * FROM trellis.distances('g', ARRAY[7], weighted => true, min_weight => 0);
SELECT * FROM trellis.distances('g', ARRAY[8], weighted => true);
SELECT * FROM trellis.distances('g', ARRAY[11], weighted => true);
SELECT * FROM trellis.degree('g', ARRAY[6, 8, 9, 11]);
SELECT * FROM trellis.degree('g', ARRAY[10]);
\set VERBOSITY default
-- the sum does not depend on the order of rows
CREATE TABLE sums (src int, dst int, weight float8);
INSERT INTO sums SELECT i % 2, 100 + i, w FROM (VALUES (1, 1e16), (3, 1), (5, -1e16), (7, 0.1), (2, 0.1), (4, 1), (6, 1e16), (8, -1e16),
  (9, 1e-300), (10, 1e-300), (11, 3e15), (12, 3e15)) v(i, w);
SELECT * FROM trellis.degree('sums', ARRAY[0, 1]);

-- the planner knows how much comes, from the columns that the graph has
CREATE FUNCTION rows_of(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) SELECT * FROM trellis.' || call INTO plan;
  RETURN plan->0->'Plan'->>'Plan Rows';
END $$;
CREATE FUNCTION cost_of(call text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) SELECT * FROM trellis.' || call INTO plan;
  RETURN plan->0->'Plan'->>'Total Cost';
END $$;
CREATE TABLE staff (boss int, person int) PARTITION BY HASH (person);
CREATE TABLE staff_0 PARTITION OF staff FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE staff_1 PARTITION OF staff FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO staff SELECT i / 4, i FROM generate_series(4, 4003) i;
SELECT trellis.register_edges('staff', 'boss', 'person');
ANALYZE staff;
SELECT call, rows_of(call) AS rows FROM (VALUES
  ('expand(''staff'', ARRAY[1], 1, direction => ''out'')'),
  ('expand(''staff'', ARRAY[1], 1, direction => ''in'')'),
  ('expand(''staff'', ARRAY[1], 1)'),
  ('expand(''staff'', ARRAY[1], NULL, max_nodes => NULL)'),
  ('neighbors(''staff'', ARRAY[1, 2, 3], ''out'')'),
  ('neighbors(''staff'', ARRAY[1, 2, 3], ''out'', max_fanout => 2)'),
  ('degree(''staff'', ARRAY[1, 2, 3])'),
  ('degree(''staff'', NULL::int[])'),
  ('subgraph(''staff'', ARRAY[1], 2, ''out'')'),
  ('subgraph(''staff'', ARRAY[1], NULL, max_edges => 7)'),
  ('distances(''staff'', ARRAY[1, 2], ARRAY[3, 4, 5])'),
  ('distances(''staff'', ARRAY[1, 2])'),
  ('shortest_path(''staff'', 1, 2, max_depth => 3)'),
  ('expand(NULL, NULL::int[])')) c(call);
SELECT cost_of('expand(''staff'', ARRAY[1], 3)') > 3 * cost_of('expand(''staff'', ARRAY[1], 1)') AS deeper,
       cost_of('distances(''staff'', ARRAY[1, 2, 3])') > 2 * cost_of('distances(''staff'', ARRAY[1])') AS more_sources,
       cost_of('degree(''staff'', NULL::int[])') > 5 * cost_of('degree(''staff'', ARRAY[1])') AS all_nodes;
-- statistics of what the user may not read are not told
CREATE ROLE kgl_reader;
GRANT USAGE ON SCHEMA kgl TO kgl_reader;
SET ROLE kgl_reader;
SELECT rows_of('neighbors(''staff'', ARRAY[1], ''out'')') AS unknown_fanout;
RESET ROLE;

-- a hub of 20,000
CREATE TABLE hub (src int, dst int, weight float8, edge_id int PRIMARY KEY);
INSERT INTO hub SELECT 0, i, i % 1000, i FROM generate_series(1, 20000) i;
INSERT INTO hub SELECT i, 30000 + i, 1, 20000 + i FROM generate_series(1, 20000, 2) i;
CREATE INDEX ON hub (src);
CREATE INDEX ON hub (dst);
ANALYZE hub;
SELECT count(*), min(weight), min(edge_id), bool_and(truncated) FROM trellis.neighbors('hub', ARRAY[0]);
SELECT count(*), sum(edge_id), bool_or(truncated) FROM trellis.neighbors('hub', ARRAY[0], max_fanout => NULL);
SELECT count(*), max(depth), bool_and(truncated) FROM trellis.subgraph('hub', ARRAY[0], 2, max_fanout => NULL, max_nodes => NULL);
SELECT count(*), max(hops), sum(distance) FROM trellis.distances('hub', ARRAY[0, 1]);
-- counting needs no memory by the edge: 200,000 edges in 1 MB
CREATE TABLE wide AS SELECT 0 AS src, i AS dst, 0.5::float8 AS weight, 'an edge with a name ' || i AS edge_id FROM generate_series(1, 200000) i;
SET work_mem = '64kB';
SELECT * FROM trellis.degree('wide', ARRAY[0, 17]);
SELECT count(*) FROM trellis.neighbors('wide', ARRAY[0]);
SELECT count(*), min(weight), max(depth) FROM trellis.subgraph('wide', ARRAY[0], 1, max_edges => 50);
\set VERBOSITY terse
SELECT count(*) FROM trellis.neighbors('wide', ARRAY[0], max_fanout => NULL);
RESET work_mem;
-- nor by the source: what one needed, some 3 MB of 8, is forgotten before the next
SELECT count(*) FROM trellis.distances('hub', (SELECT array_agg(i) FROM generate_series(1, 20) i));
SELECT count(*) FROM trellis.distances('hub', (SELECT array_agg(i) FROM generate_series(1, 20) i), weighted => true);
-- a timeout ends each of them at once, and the next call works
CREATE FUNCTION ended(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'SELECT count(*) FROM trellis.' || call;
  RETURN 'not ended';
EXCEPTION WHEN query_canceled THEN
  RETURN 'ended';
END $$;
SET work_mem = '1GB';
SET statement_timeout = '10ms';
SELECT ended('distances(''wide'', ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])');
SELECT ended('distances(''wide'', ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], weighted => true)');
SELECT ended('degree(''wide'', (SELECT array_agg(i) FROM generate_series(0, 20000) i))');
SELECT ended('neighbors(''wide'', (SELECT array_agg(i) FROM generate_series(0, 20000) i))');
SELECT ended('subgraph(''wide'', ARRAY[0], max_nodes => NULL, max_fanout => NULL)');
SELECT ended('graph_dot(''wide'', ARRAY[0], max_nodes => NULL, max_fanout => NULL)');
RESET statement_timeout;
RESET work_mem;
\set VERBOSITY default
SELECT count(*) FROM trellis.neighbors('hub', ARRAY[1]);

-- 250 random graphs in one table, node ids apart by 1,000
CREATE FUNCTION rnd(int, int, text) RETURNS int LANGUAGE sql IMMUTABLE
  AS $$ SELECT ('x' || substr(md5($1 || $3 || $2), 1, 7))::bit(28)::int $$;
CREATE TABLE random (src bigint, dst bigint, rel text, weight float8, edge_id bigint);
INSERT INTO random
SELECT g * 1000 + rnd(g, e, 'p') % (3 + g % 25), g * 1000 + rnd(g, e, 'q') % (3 + g % 25),
       substr('abc', 1 + rnd(g, e, 'r') % 3, 1), nullif(rnd(g, e, 'w') % 6, 5), g * 1000 + e
FROM generate_series(1, 250) g, generate_series(1, 8 + g % 40) e;
CREATE INDEX ON random (src);
CREATE INDEX ON random (dst);
ANALYZE random;
-- each edge from both of its ends, a self-loop once
CREATE VIEW arc AS SELECT src AS near, dst AS far, rel, weight, edge_id, 1 AS way, true AS outgoing FROM random
  UNION ALL SELECT dst, src, rel, weight, edge_id, 2, false FROM random;
CREATE TABLE way AS SELECT * FROM (VALUES (1, 'out'), (2, 'in'), (3, 'both')) w(ways, name);
CREATE TABLE every_node AS SELECT array_agg(DISTINCT near ORDER BY near DESC) AS ids FROM arc;
SELECT cardinality(ids) AS nodes, (SELECT count(*) FROM random WHERE src = dst) AS loops FROM every_node;
SET client_min_messages = warning;

-- neighbors: every column and the order, several chunks of nodes
CREATE FUNCTION neighbors_differ(ways int, name text, fanout int) RETURNS bigint LANGUAGE sql AS $$
  WITH expected AS (
    SELECT row_number() OVER (ORDER BY near DESC, weight DESC NULLS LAST, edge_id) AS n, near, far, edge_id, rel, outgoing, weight
    FROM (SELECT *, row_number() OVER (PARTITION BY near ORDER BY weight DESC NULLS LAST, edge_id) AS place
          FROM arc WHERE way & ways <> 0 AND NOT (way = 2 AND ways = 3 AND near = far)) a
    WHERE place <= fanout OR fanout IS NULL),
  actual AS (
    SELECT ordinality AS n, node_id, neighbor_id, edge_id, rel, outgoing, weight
    FROM every_node, trellis.neighbors('random', ids, name, max_fanout => fanout) WITH ORDINALITY)
  SELECT count(*) FROM ((TABLE expected EXCEPT TABLE actual) UNION ALL (TABLE actual EXCEPT TABLE expected)) x $$;
SELECT fanout, name, neighbors_differ(ways, name, fanout) FROM way, (VALUES (1), (3), (NULL)) f(fanout) ORDER BY 1, 2;

-- degree: some nodes, and all of them
CREATE VIEW counted AS
  SELECT near AS node_id, count(*) FILTER (WHERE outgoing) AS out_degree, count(*) FILTER (WHERE NOT outgoing) AS in_degree,
         count(*) AS degree, coalesce(sum(weight), 0) AS strength FROM arc GROUP BY near;
SELECT count(*) AS nodes, count(*) FILTER (WHERE (d.*) IS NOT DISTINCT FROM (c.*)) AS agree
FROM every_node, trellis.degree('random', ids) d FULL JOIN counted c USING (node_id);
SELECT count(*) AS nodes, count(*) FILTER (WHERE (d.*) IS NOT DISTINCT FROM (c.*)) AS agree
FROM trellis.degree('random', NULL::bigint[]) d FULL JOIN counted c USING (node_id);

-- subgraph: every column and the order, of 750 calls
SELECT count(*) AS calls, sum((wrong = 0)::int) AS agree, sum(edges) AS edges FROM (
  SELECT count(*) FILTER (WHERE differ) AS wrong, count(x.edge_id) AS edges
  FROM generate_series(1, 250) g CROSS JOIN way CROSS JOIN LATERAL (
    WITH kept AS (
      SELECT node_id, depth FROM trellis.expand('random', ARRAY[g * 1000, g * 1000 + 2]::bigint[], g % 4, direction => name, max_fanout => 1 + g % 5, max_nodes => 3 + g % 9)),
    expected AS (
      SELECT row_number() OVER (ORDER BY greatest(s.depth, d.depth), weight DESC NULLS LAST, edge_id) AS n, edge_id, src, dst, rel, weight, greatest(s.depth, d.depth) AS depth
      FROM random JOIN kept s ON s.node_id = src JOIN kept d ON d.node_id = dst),
    actual AS (
      SELECT ordinality AS n, edge_id, src, dst, rel, weight, depth
      FROM trellis.subgraph('random', ARRAY[g * 1000, g * 1000 + 2]::bigint[], g % 4, name, max_fanout => 1 + g % 5, max_nodes => 3 + g % 9, max_edges => 2 + g % 30) WITH ORDINALITY)
    SELECT e IS DISTINCT FROM a AS differ, a.edge_id FROM (SELECT * FROM expected WHERE n <= 2 + g % 30) e FULL JOIN actual a USING (n)) x
  GROUP BY g, name) y;

-- distances: of all nodes from 500 sources, by rounds over all edges
CREATE TABLE source AS SELECT (g * 1000 + i)::bigint AS id FROM generate_series(1, 250) g, generate_series(0, 1) i;
CREATE FUNCTION far(ways int, by_weight bool, rounds int) RETURNS TABLE (source_id bigint, target_id bigint, hops int, distance float8) LANGUAGE plpgsql AS $$
DECLARE
  before bigint;
BEGIN
  DROP TABLE IF EXISTS best;
  CREATE TEMP TABLE best AS SELECT id AS source, id AS target, ARRAY[0, 0]::float8[] AS way FROM source;
  FOR r IN 1..rounds LOOP
    CREATE TEMP TABLE better AS
      SELECT b.source, b.target, min(b.way) AS way FROM (
        SELECT * FROM best UNION ALL
        SELECT b.source, a.far, ARRAY[b.way[1] + CASE WHEN by_weight THEN a.weight ELSE 1 END, b.way[2] + 1]
        FROM best b JOIN arc a ON a.near = b.target
        WHERE a.way & ways <> 0 AND (NOT by_weight OR a.weight IS NOT NULL)) b
      GROUP BY b.source, b.target;
    SELECT count(*) INTO before FROM (TABLE better EXCEPT TABLE best) x;
    DROP TABLE best;
    ALTER TABLE better RENAME TO best;
    EXIT WHEN before = 0;
  END LOOP;
  RETURN QUERY SELECT source, target, way[2]::int, way[1] FROM best;
END $$;
CREATE FUNCTION distances_differ(ways int, name text, by_weight bool, depth int, nodes int) RETURNS TABLE (pairs bigint, differ bigint, cut bool) LANGUAGE sql AS $$
  WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY source_id ORDER BY distance, hops, target_id) AS place FROM far(ways, by_weight, coalesce(depth, 100))),
  expected AS MATERIALIZED (
    SELECT source_id, target_id, hops, distance, place FROM ranked WHERE place <= nodes OR nodes IS NULL),
  actual AS MATERIALIZED (
    SELECT d.*, row_number() OVER (PARTITION BY source_id ORDER BY ordinality) AS place
    FROM trellis.distances('random', (SELECT array_agg(id) FROM source), by_weight, depth, name, max_nodes => nodes) WITH ORDINALITY d)
  SELECT (SELECT count(*) FROM actual),
         (SELECT count(*) FROM ((TABLE expected EXCEPT SELECT source_id, target_id, hops, distance, place FROM actual)
                       UNION ALL (SELECT source_id, target_id, hops, distance, place FROM actual EXCEPT TABLE expected)) x),
         (SELECT bool_or(truncated) FROM actual) = ((SELECT count(*) FROM ranked) > (SELECT count(*) FROM expected)) $$;
SELECT by_weight, depth, nodes, name, d.differ, d.cut AS truncated_right, d.pairs
FROM way, (VALUES (false, NULL, NULL), (true, NULL, NULL), (false, 3, NULL), (true, 1, NULL), (true, 3, NULL), (false, NULL, 4), (true, NULL, 4), (true, 3, 4)) v(by_weight, depth, nodes),
     distances_differ(ways, name, by_weight, depth, nodes) d ORDER BY 1, 2, 3, 4;
-- to targets: the same as to all nodes, restricted to them
CREATE TABLE target AS SELECT array_agg(DISTINCT far ORDER BY far) AS ids FROM arc WHERE far % 7 = 3;
SELECT by_weight, depth, count(*) AS pairs, count(*) FILTER (WHERE a IS DISTINCT FROM t) AS differ
FROM (VALUES (false, NULL::int), (true, NULL), (true, 3)) v(by_weight, depth) CROSS JOIN LATERAL (
  SELECT a, t FROM
    (SELECT d.* FROM target, source, trellis.distances('random', ARRAY[id], by_weight, depth, 'out') d WHERE id / 1000 % 4 = 0 AND target_id = ANY (ids)) a
    FULL JOIN
    (SELECT d.* FROM target, source, trellis.distances('random', ARRAY[id], ARRAY(SELECT i FROM unnest(ids) i WHERE i / 1000 = id / 1000), by_weight, depth, 'out') d WHERE id / 1000 % 4 = 0) t
    USING (source_id, target_id)) x
GROUP BY 1, 2 ORDER BY 1, 2;
-- beside shortest_path
SELECT count(*) AS pairs, count(*) FILTER (WHERE d.distance IS DISTINCT FROM p.agg_cost OR d.hops IS DISTINCT FROM p.seq) AS differ
FROM generate_series(1, 250, 3) g, LATERAL trellis.distances('random', ARRAY[g * 1000]::bigint[], weighted => true) d,
     LATERAL (SELECT seq, agg_cost FROM trellis.shortest_path('random', source_id, target_id, true) ORDER BY seq DESC LIMIT 1) p;

-- the same of text and uuid ids, a partitioned table, a view, another order of rows
CREATE TABLE named AS SELECT lpad(src::text, 12, '0') AS src, lpad(dst::text, 12, '0') AS dst, rel, weight, lpad(edge_id::text, 9, '0') AS edge_id FROM random;
CREATE TABLE uuids AS SELECT ('00000000-0000-0000-0000-' || src)::uuid AS src, ('00000000-0000-0000-0000-' || dst)::uuid AS dst, rel, weight,
  ('00000000-0000-0000-0000-' || lpad(edge_id, 12, '0'))::uuid AS edge_id FROM named;
CREATE TABLE parted (LIKE random) PARTITION BY HASH (edge_id);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT * FROM random ORDER BY md5(edge_id::text);
CREATE VIEW viewed WITH (security_invoker) AS SELECT edge_id + 0 AS edge_id, weight, rel, dst, src FROM parted;
-- a call's answer, ids and edge ids as the numbers that they were made from
CREATE FUNCTION answer(call text, graph text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  ids text := CASE graph WHEN 'named' THEN 'ARRAY(SELECT lpad(i::text, 12, ''0'') FROM generate_series(1000, 30000, 1000) i)'
                         WHEN 'uuids' THEN 'ARRAY(SELECT (''00000000-0000-0000-0000-'' || lpad(i::text, 12, ''0''))::uuid FROM generate_series(1000, 30000, 1000) i)'
                         ELSE 'ARRAY(SELECT i FROM generate_series(1000::bigint, 30000, 1000) i)' END;
  result text;
BEGIN
  EXECUTE format('SELECT string_agg(regexp_replace(x::text, ''(00000000-0000-0000-0000-)?0*([0-9]{4,})'', ''\2'', ''g''), E''\n'' ORDER BY ordinality) FROM '
                 || replace(replace(call, '$graph', quote_literal(graph)), '$ids', ids) || ' WITH ORDINALITY x') INTO result;
  -- the edge id may be in another column
  RETURN regexp_replace(result, '["(),]', ' ', 'g');
END $$;
SELECT call, graph, (SELECT array_agg(w ORDER BY n, w) FROM regexp_split_to_table(answer(call, graph), E'\n') WITH ORDINALITY l(line, n), regexp_split_to_table(line, ' +') w)
              IS NOT DISTINCT FROM
             (SELECT array_agg(w ORDER BY n, w) FROM regexp_split_to_table(answer(call, 'random'), E'\n') WITH ORDINALITY l(line, n), regexp_split_to_table(line, ' +') w) AS agree,
       length(answer(call, graph)) > 300 AS long
FROM (VALUES ('trellis.neighbors($graph, $ids, max_fanout => 4)'), ('trellis.degree($graph, $ids)'),
             ('trellis.subgraph($graph, $ids, 2, max_fanout => 3, max_nodes => 200, max_edges => 150)'),
             ('trellis.distances($graph, $ids)'), ('trellis.distances($graph, $ids, true, max_nodes => 6)')) c(call),
     unnest('{named,uuids,parted,viewed}'::text[]) graph
ORDER BY 1, 2;
RESET client_min_messages;
-- a view with its owner's rights is none of them
ALTER VIEW viewed SET (security_invoker = false);
\set VERBOSITY terse
SELECT * FROM trellis.neighbors('viewed', ARRAY[1000]);
SELECT * FROM trellis.degree('viewed', NULL::bigint[]);
SELECT trellis.graph_dot('viewed', ARRAY[1000]);
\set VERBOSITY default

-- nodes: missing and hidden ones are absent, isolated ones are there
CREATE TABLE node (node_id int PRIMARY KEY, ext_id text, kind text, name text, secret bool NOT NULL);
INSERT INTO node VALUES (1, 'one', 'person', 'Ann', false), (2, 'two', 'person', '', false), (3, NULL, 'firm', NULL, false), (4, 'four', NULL, 'Alone', false), (9, 'nine', 'firm', 'Hidden', true);
CREATE TABLE edge (edge_id int PRIMARY KEY, src int, dst int, rel text, weight float8);
INSERT INTO edge VALUES (1, 1, 2, 'knows', 1), (2, 2, 3, 'works at', 4), (3, 1, 9, 'owns', 9), (4, 9, 3, 'owns', 9), (5, 1, 77, 'knows', 5), (6, 2, 2, 'is', NULL);
SELECT trellis.register_edges('edge', 'src', 'dst', 'rel', 'weight', 'edge_id', nodes => 'node');
GRANT SELECT ON edge, node TO kgl_reader;
ALTER TABLE node ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON node USING (NOT secret);
SET ROLE kgl_reader;
SELECT * FROM trellis.neighbors('edge', ARRAY[1, 9, 77, 4], max_fanout => 1);
SELECT * FROM trellis.degree('edge', ARRAY[1, 2, 3, 4, 9, 77]);
SELECT * FROM trellis.degree('edge', NULL::int[]);
SELECT edge_id, truncated FROM trellis.subgraph('edge', ARRAY[1, 9], max_nodes => 3, max_edges => 3);
SELECT * FROM trellis.distances('edge', ARRAY[1, 9, 77, 4]);
SELECT * FROM trellis.distances('edge', ARRAY[1], ARRAY[3, 9, 77], true);
SELECT trellis.graph_dot('edge', ARRAY[1, 9]);
-- columns that the caller may not read are done without
RESET ROLE;
REVOKE SELECT ON node FROM kgl_reader;
GRANT SELECT (node_id, ext_id) ON node TO kgl_reader;
SET ROLE kgl_reader;
SELECT trellis.graph_dot('edge', ARRAY[1], 1);
RESET ROLE;
REVOKE SELECT ON edge FROM kgl_reader;
SET ROLE kgl_reader;
\set VERBOSITY terse
SELECT * FROM trellis.neighbors('edge', '{}'::int[]);
SELECT * FROM trellis.degree('edge', NULL::int[]);
SELECT * FROM trellis.subgraph('edge', ARRAY[1]);
SELECT * FROM trellis.distances('edge', '{}'::int[]);
SELECT trellis.graph_dot('edge', NULL::int[]);
\set VERBOSITY default
RESET ROLE;

-- graph_dot: a dictionary of relations, uuid ids, limits
SELECT trellis.create_graph('kgl_graph');
SELECT FROM trellis.upsert_nodes('kgl_graph', '[{"ext_id": "a", "kind": "thing", "name": "A"}, {"ext_id": "b"}, {"ext_id": "c", "kind": "thing"}]');
SELECT FROM trellis.upsert_edges('kgl_graph', '[{"src": "a", "dst": "b", "rel": "part of", "weight": 0.5}, {"src": "b", "dst": "c", "rel": "part of"}, {"src": "c", "dst": "a", "rel": "near", "weight": 2}]');
SELECT trellis.graph_dot('kgl_graph.edge', ARRAY[1]);
SELECT trellis.graph_dot('kgl_graph.edge', ARRAY[1], rels => '{near,unheard}');
SELECT rel, weight FROM trellis.subgraph('kgl_graph.edge', ARRAY[1], rels => '{near,unheard}');
SELECT trellis.graph_dot('kgl_graph.edge', ARRAY[1], max_nodes => 2);
CREATE TABLE u (src uuid, dst uuid);
INSERT INTO u VALUES ('11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222');
SELECT trellis.graph_dot('u', ARRAY['11111111-1111-1111-1111-111111111111'::uuid]);
SELECT trellis.graph_dot('u', '{}'::uuid[]);
SELECT trellis.graph_dot('u', NULL::uuid[]);
-- what DOT or SVG would take for its own is escaped, in names and relations
CREATE TABLE odd (src text, dst text, rel text, weight float8);
INSERT INTO odd VALUES
  ('quote " and \', E'lines\nand\r\nmore\ttabs', '"];evil[label="', 'Infinity'), (E'lines\nand\r\nmore\ttabs', '<b>&lt;&amp;\N\G\n', '\', 2),
  ('<b>&lt;&amp;\N\G\n', E'bell\x07 del\x7f nel' || chr(133) || 'not' || chr(65535) || 'é', '&', -3), (E'bell\x07 del\x7f nel' || chr(133) || 'not' || chr(65535) || 'é', '', '', 'NaN');
SELECT trellis.graph_dot('odd', ARRAY['quote " and \'], NULL);
-- a view that returns a node many times, and nodes that nobody asked for
CREATE VIEW many_nodes WITH (security_invoker) AS
  SELECT node_id, ext_id, kind, name || n AS name FROM node, generate_series(1, 3) n WHERE NOT secret UNION ALL SELECT 1000, 'x', 'x', 'x' UNION ALL SELECT NULL, 'y', 'y', 'y';
SELECT trellis.graph_dot('edge', ARRAY[1], 1, nodes => 'many_nodes');
SELECT * FROM trellis.degree('edge', ARRAY[1, 1000], nodes => 'many_nodes');
-- columns of other types and odd names
CREATE TABLE typed (node_id int PRIMARY KEY, name jsonb, kind int, ext_id date);
INSERT INTO typed VALUES (1, '{"a": "b"}', 7, '2020-02-02'), (2, NULL, NULL, '2020-02-02');
SELECT trellis.graph_dot('edge', ARRAY[1], 1, nodes => 'typed');

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA kgl CASCADE;
DROP SCHEMA kgl_graph CASCADE;
DELETE FROM trellis.graph_edges;
DROP ROLE kgl_reader;
