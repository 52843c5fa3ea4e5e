-- trellis.paths, all_shortest_paths, k_shortest_paths, and shortest paths of
-- few edges: by hand, and on 300 random multigraphs beside recursive queries
-- that try every way.

CREATE SCHEMA kgm;
SET search_path = kgm;
CREATE TABLE g (src bigint, dst bigint, rel text, weight float8, edge_id int);
INSERT INTO g VALUES
  (1, 2, 'a', 1, 1), (2, 3, 'a', 1, 2), (3, 4, 'a', 1, 3), (1, 4, 'b', 10, 4),
  (4, 4, 'loop', 0, 5), (2, 3, 'c', 0.5, 6), (2, 3, 'c', 0.5, 7), (4, 5, 'a', NULL, 8), (5, 6, 'a', 0, 9), (6, 5, 'a', 0, 10),
  (NULL, 1, 'a', 1, 11), (1, NULL, 'a', 1, 12);

SELECT * FROM trellis.paths('g', ARRAY[1], ARRAY[4]);
SELECT length, node_ids, edge_ids FROM trellis.paths('g', ARRAY[1], ARRAY[3, 4], 'walk', 3, 3);
SELECT length, node_ids, edge_ids FROM trellis.paths('g', ARRAY[1], ARRAY[4], 'trail', max_depth => NULL);
SELECT length, node_ids, edge_ids FROM trellis.paths('g', ARRAY[1], ARRAY[1], 'simple', max_depth => NULL);
SELECT length, node_ids, cost, rels FROM trellis.paths('g', ARRAY[4], NULL, direction => 'out', max_depth => NULL);
SELECT length, node_ids FROM trellis.paths('g', ARRAY[4], NULL, direction => 'in', max_depth => 1);
-- length 0; several ends, given twice, unknown, NULL; none
SELECT path_id, length, cost, node_ids, edge_ids, rels, edge_keys FROM trellis.paths('g', ARRAY[4, 1, 4, NULL, 99], ARRAY[1, 4, 98], min_depth => 0, max_depth => 1);
SELECT count(*) FROM trellis.paths('g', '{}'::bigint[], NULL);
SELECT count(*) FROM trellis.paths('g', NULL::bigint[], NULL);
SELECT count(*) FROM trellis.paths('g', ARRAY[1], '{}'::int[]);
SELECT count(*) FROM trellis.paths('g', ARRAY[1], ARRAY[NULL]::int[]);
SELECT count(*) FROM trellis.paths('g', ARRAY[1], ARRAY[1]);
SELECT count(*) FROM trellis.paths('g', ARRAY[1], ARRAY[99], 'acyclic', 0, NULL);
-- filters
SELECT node_ids, edge_ids FROM trellis.paths('g', ARRAY[1], ARRAY[4], rels => '{a}');
SELECT node_ids, edge_ids FROM trellis.paths('g', ARRAY[1], ARRAY[4], min_weight => 1);
-- types of ids; edges without ids, or with ids that are no integers; no relations
SELECT pg_typeof(node_ids), pg_typeof(edge_ids) FROM trellis.paths('g', ARRAY[1]::smallint[], ARRAY[2]::smallint[], max_depth => 1);
CREATE TABLE t (src text, dst text, edge_id text);
INSERT INTO t VALUES ('a', 'b', 'e1'), ('b', 'c', 'e2'), ('b', 'c', NULL);
SELECT * FROM trellis.paths('t', ARRAY['a'], ARRAY['c']);
SELECT node_ids FROM trellis.paths('t', ARRAY['a'], NULL, direction => 'out');
CREATE TABLE bare (src int, dst int);
INSERT INTO bare VALUES (1, 2), (1, 2), (2, 1);
SELECT * FROM trellis.paths('bare', ARRAY[1], ARRAY[1], 'trail', max_depth => NULL) LIMIT 4;
SELECT length, count(*) FROM trellis.paths('bare', ARRAY[1], NULL, mode => 'trail', max_depth => NULL) GROUP BY 1 ORDER BY 1;
-- metapaths
SELECT node_ids, edge_ids, rels FROM trellis.paths('g', ARRAY[1], NULL, metapath => '{a,c}');
SELECT node_ids, edge_ids, rels FROM trellis.paths('g', ARRAY[4], NULL, metapath => '{<a*1..3,b>}', mode => 'simple');
SELECT node_ids, edge_ids, rels FROM trellis.paths('g', ARRAY[1], ARRAY[4], metapath => '{a|b,c*0..1,a>*0..2}');
SELECT node_ids FROM trellis.paths('g', ARRAY[1], ARRAY[1], metapath => '{a*0..1}', min_depth => 0);
SELECT node_ids FROM trellis.paths('g', ARRAY[1], NULL, metapath => '{a*5}', mode => 'walk', direction => 'out');
SELECT node_ids FROM trellis.paths('g', ARRAY[1], NULL, metapath => '{zz|a>,zz}');
SELECT node_id, depth, rel FROM trellis.expand('g', ARRAY[1], metapath => '{a|b>,<c|a}') ORDER BY 2, 1;
-- a limit is told in every row, and only if it cut
SELECT path_id, node_ids, truncated FROM trellis.paths('g', ARRAY[1], ARRAY[4], max_paths => 2);
SELECT count(*), bool_or(truncated) FROM trellis.paths('g', ARRAY[1], ARRAY[4], max_paths => 4);

SELECT path_id, seq, node_id, edge_id, agg_cost FROM trellis.all_shortest_paths('g', 1, 3);
SELECT path_id, seq, node_id, edge_id, agg_cost FROM trellis.all_shortest_paths('g', 1, 4, true);
SELECT path_id, seq, node_id, edge_id, agg_cost FROM trellis.all_shortest_paths('g', 1, 4, true, 2);
SELECT path_id, seq, node_id FROM trellis.all_shortest_paths('g', 1, 3, max_paths => 1);
SELECT path_id, seq, node_id FROM trellis.all_shortest_paths('g', 1, 3, max_depth => 1);
SELECT path_id, seq, node_id FROM trellis.all_shortest_paths('g', 1, 6, max_nodes => 2);
SELECT * FROM trellis.k_shortest_paths('g', 1, 4, 3);
SELECT path_id, seq, node_id, edge_id, agg_cost FROM trellis.k_shortest_paths('g', 4, 1, weighted => true, direction => 'in', k => 2);
SELECT path_id, seq, node_id, edge_id FROM trellis.k_shortest_paths('g', 1, 3, 9, max_depth => 2);
SELECT max(path_id) FROM trellis.k_shortest_paths('g', 1, 6, NULL);
SELECT path_id, seq, node_id FROM trellis.k_shortest_paths('g', 1, 6, max_nodes => 2);
SELECT path_id, seq, node_id FROM trellis.k_shortest_paths('g', 1, 6, 3, true, max_nodes => 3);
SELECT seq, node_id, agg_cost FROM trellis.shortest_path('g', 1, 4, true, 2);
SELECT seq, node_id, agg_cost FROM trellis.shortest_path('g', 1, 3, true, 1);
SELECT seq, node_id, agg_cost FROM trellis.shortest_path('g', 1, 4, true, 2, max_nodes => 1);
-- one end, unknown ends, NULL ends
SELECT f, count(*), count(agg_cost) FROM (
  SELECT 'all', s, t, p.agg_cost FROM (VALUES (4, 4), (1, 99), (99, 1), (NULL, 1), (1, NULL)) e(s, t), trellis.all_shortest_paths('g', s, t) p
  UNION ALL SELECT 'all weighted', s, t, p.agg_cost FROM (VALUES (4, 4), (1, 99), (99, 1), (NULL, 1), (1, NULL)) e(s, t), trellis.all_shortest_paths('g', s, t, true) p
  UNION ALL SELECT 'k', s, t, p.agg_cost FROM (VALUES (4, 4), (1, 99), (99, 1), (NULL, 1), (1, NULL)) e(s, t), trellis.k_shortest_paths('g', s, t) p
  UNION ALL SELECT 'k weighted', s, t, p.agg_cost FROM (VALUES (4, 4), (1, 99), (99, 1), (NULL, 1), (1, NULL)) e(s, t), trellis.k_shortest_paths('g', s, t, 3, true, 5) p) x(f)
GROUP BY f ORDER BY f;
-- sums that differ by rounding are equal: 0.1 + 0.2 and 0.3
CREATE TABLE third (src int, dst int, weight float8, edge_id int);
INSERT INTO third VALUES (1, 2, 0.1, 1), (2, 3, 0.2, 2), (1, 3, 0.3, 3);
SELECT path_id, seq, node_id FROM trellis.all_shortest_paths('third', 1, 3, true);
-- a cycle of weight 0 is not walked round
INSERT INTO third VALUES (2, 4, 0, 4), (4, 5, 0, 5), (5, 2, 0, 6);
SELECT path_id, count(*) FROM trellis.all_shortest_paths('third', 1, 5, true) GROUP BY 1 ORDER BY 1;

-- bad input
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, mode => 'shortest');
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, mode => 'walk', max_depth => NULL);
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, min_depth => -1);
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, min_depth => 5);
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, max_paths => 0);
SELECT * FROM trellis.paths('g', ARRAY['a'], NULL);
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, direction => 'up');
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, rels => '{a}', metapath => '{a}');
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, metapath => '{}');
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, metapath => '{a,NULL}');
SELECT * FROM trellis.paths('bare', ARRAY[1], NULL, metapath => '{a}');
DO $$
DECLARE
  step text;
BEGIN
  FOREACH step IN ARRAY '{a*2..1,a*..2,a*1..,a*1..64,a*0,a*0..0,a||b,|a,a|<b,a>|b,<,<a>,*2}'::text[] LOOP
    BEGIN
      PERFORM trellis.paths('g', ARRAY[1], NULL, metapath => ARRAY[step]);
      RAISE WARNING '% is a step', step;
    EXCEPTION WHEN invalid_parameter_value THEN
      RAISE NOTICE '%', sqlerrm;
    END;
  END LOOP;
END $$;
SELECT * FROM trellis.paths('g', ARRAY[1], NULL, metapath => '{a*60,b*2..4}');
SELECT * FROM trellis.k_shortest_paths('g', 1, 4, 0);
SELECT * FROM trellis.k_shortest_paths('g', 'a', 'b');
SELECT * FROM trellis.k_shortest_paths('g', 1, 4, max_depth => -1);
SELECT * FROM trellis.k_shortest_paths('bare', 1, 2, weighted => true);
SELECT * FROM trellis.all_shortest_paths('bare', 1, 2, true);
SELECT * FROM trellis.all_shortest_paths('g', 1, 4, max_paths => 0);
SELECT * FROM trellis.all_shortest_paths('g', 1, 4, max_nodes => 0);
INSERT INTO g VALUES (3, 9, 'a', -1, 13);
SELECT * FROM trellis.k_shortest_paths('g', 1, 9, weighted => true);
SELECT * FROM trellis.all_shortest_paths('g', 1, 9, true);
SELECT seq, node_id FROM trellis.all_shortest_paths('g', 1, 4, true, min_weight => 1);
SELECT cost FROM trellis.paths('g', ARRAY[1], ARRAY[9], max_depth => 3);

-- 300 random multigraphs, node ids apart by 1,000
CREATE FUNCTION rnd(int, int, text) RETURNS int LANGUAGE sql IMMUTABLE
  AS $$ SELECT ('x' || substr(md5($1 || $3 || $2), 1, 7))::bit(28)::int $$;
CREATE TABLE random (src bigint, dst bigint, rel text, weight float8, edge_id bigint);
INSERT INTO random
SELECT g * 1000 + rnd(g, e, 's') % (3 + g % 4), g * 1000 + rnd(g, e, 'd') % (3 + g % 4),
       substr('abc', 1 + rnd(g, e, 'r') % 3, 1), nullif(rnd(g, e, 'w') % 7, 6) / 2.0, g * 1000 + e
FROM generate_series(1, 300) g, generate_series(1, 3 + g % 8) e;
CREATE INDEX ON random (src);
CREATE INDEX ON random (dst);
ANALYZE random;
CREATE TABLE arc AS
  SELECT src AS near, dst AS far, rel, weight, edge_id, rel AS code, 1 AS way FROM random WHERE src <> dst
  UNION ALL SELECT dst, src, rel, weight, edge_id, upper(rel), 2 FROM random WHERE src <> dst;
CREATE TABLE ways (ways int, name text);
INSERT INTO ways VALUES (1, 'out'), (2, 'in'), (3, 'both');
CREATE INDEX ON arc (near);
ANALYZE arc;
-- every path from the first two nodes of each, of a mode and a length
CREATE FUNCTION every_path(mode text, longest int)
RETURNS TABLE (ways int, name text, nodes bigint[], edges bigint[], rels text[], code text, cost float8, len int)
LANGUAGE sql AS $$
  WITH RECURSIVE p AS (
    SELECT w.ways, w.name, ARRAY[g * 1000 + s]::bigint[] AS nodes, '{}'::bigint[] AS edges, '{}'::text[] AS rels, '' AS code, 0::float8 AS cost, 0 AS len
    FROM generate_series(1, 300) g, generate_series(0, 1) s, ways w
    UNION ALL
    SELECT p.ways, p.name, nodes || far, edges || edge_id, rels || rel, p.code || arc.code, cost + weight, len + 1
    FROM p JOIN arc ON near = nodes[len + 1] AND way & p.ways <> 0
    WHERE len < longest AND CASE mode WHEN 'walk' THEN true WHEN 'trail' THEN edge_id <> ALL (edges) WHEN 'acyclic' THEN far <> ALL (nodes)
      ELSE far <> ALL (nodes[2:]) AND (len = 0 OR nodes[1] <> nodes[len + 1]) END)
  SELECT * FROM p $$;
CREATE TABLE found AS
  SELECT mode, p.*, nodes[1] / 1000 AS g, nodes[len + 1] AS target
  FROM (VALUES ('walk', 4), ('trail', 5), ('acyclic', 7), ('simple', 7)) m(mode, longest), every_path(mode, longest) p;
CREATE INDEX ON found (g, mode, ways);
ANALYZE found;
SET client_min_messages = warning;
-- every column, in order; one source and any target, or two of each
SELECT mode, name, count(*) AS cases, sum(agree::int) AS agree, sum(paths) > 1000 AS many FROM (
  SELECT mode, name,
    (SELECT array_agg((path_id, length, cost, node_ids, edge_ids, p.rels)::text ORDER BY path_id)
     FROM trellis.paths('random', sources, targets, mode, lo, hi, direction => name, max_paths => NULL) p)
    IS NOT DISTINCT FROM
    (SELECT array_agg((n, len, cost, nodes, edges, rels)::text ORDER BY n) FROM (
       SELECT row_number() OVER (ORDER BY len, nodes, edges) AS n, * FROM found f
       WHERE f.g = c.g AND f.mode = c.mode AND f.ways = c.ways AND len BETWEEN lo AND coalesce(hi, 7) AND nodes[1] = ANY (sources) AND (targets IS NULL OR target = ANY (targets))) r) AS agree,
    (SELECT count(*) FROM found f WHERE f.g = c.g AND f.mode = c.mode AND f.ways = c.ways) AS paths
  FROM (
    SELECT g, mode, w.*, g % 2 AS lo, CASE mode WHEN 'walk' THEN 4 WHEN 'trail' THEN 5 ELSE CASE WHEN g % 3 = 0 THEN 4 END END AS hi,
           CASE WHEN few THEN ARRAY[g * 1000] ELSE ARRAY[g * 1000 + 1, g * 1000] END::bigint[] AS sources,
           CASE WHEN NOT few THEN ARRAY[g * 1000 + 1, g * 1000 + 2] END::bigint[] AS targets
    FROM generate_series(1, 300) g, (VALUES ('walk'), ('trail'), ('acyclic'), ('simple')) m(mode), ways w, (VALUES (true), (false)) f(few)) c) x
GROUP BY mode, name ORDER BY mode, name;
-- the same with the rows in another order, and with text ids
CREATE TABLE shuffled AS SELECT lpad(src::text, 9, '0') AS src, lpad(dst::text, 9, '0') AS dst, rel, weight, edge_id FROM random ORDER BY md5(edge_id::text);
SELECT count(*) AS cases, sum(agree::int) AS agree FROM (
  SELECT (SELECT array_agg((path_id, edge_ids)::text ORDER BY path_id) FROM trellis.paths('random', ARRAY[g * 1000], NULL, mode, max_paths => 20) p)
       IS NOT DISTINCT FROM
         (SELECT array_agg((path_id, edge_ids)::text ORDER BY path_id) FROM trellis.paths('shuffled', ARRAY[lpad((g * 1000)::text, 9, '0')], NULL, mode, max_paths => 20) p) AS agree
  FROM generate_series(1, 300, 3) g, (VALUES ('walk'), ('trail'), ('acyclic'), ('simple')) m(mode)) x;
-- a limit keeps the first ones
SELECT count(*) AS cases, sum(agree::int) AS agree, sum(cut::int) > 100 AS cut FROM (
  SELECT p.rows IS NOT DISTINCT FROM q.rows AND p.cut IS NOT DISTINCT FROM q.cut AS agree, p.cut
  FROM (SELECT g AS id, 1 + g % 7 AS most FROM generate_series(1, 300) g) c,
    LATERAL (SELECT array_agg(edge_ids::text ORDER BY path_id) AS rows, bool_and(truncated) AS cut FROM trellis.paths('random', ARRAY[id * 1000], NULL, max_paths => most)) p,
    LATERAL (SELECT array_agg(edges::text ORDER BY n) FILTER (WHERE n <= most) AS rows, max(n) > most AS cut FROM (
      SELECT row_number() OVER (ORDER BY len, nodes, edges) AS n, edges FROM found
      WHERE g = id AND mode = 'acyclic' AND ways = 3 AND len BETWEEN 1 AND 4 AND nodes[1] = id * 1000) r) q) x;
-- metapaths beside regular expressions over the relations, capitals against the edge
SELECT metapath, mode, count(*) AS cases, sum(agree::int) AS agree, sum(paths) > 10 AS many FROM (
  SELECT metapath, mode,
    (SELECT array_agg((path_id, length, node_ids, edge_ids)::text ORDER BY path_id)
     FROM trellis.paths('random', ARRAY[g * 1000], targets, mode, 0, metapath => metapath, max_paths => NULL, direction => name) p)
    IS NOT DISTINCT FROM
    (SELECT array_agg((n, len, nodes, edges)::text ORDER BY n) FROM (
       SELECT row_number() OVER (ORDER BY len, nodes, edges) AS n, * FROM found f
       WHERE f.g = c.g AND f.mode = c.mode AND f.ways = 3 AND nodes[1] = g * 1000 AND code ~ ('^' || expression || '$') AND (targets IS NULL OR target = ANY (targets))) r) AS agree,
    (SELECT count(*) FROM found f WHERE f.g = c.g AND f.mode = c.mode AND f.ways = 3 AND nodes[1] = g * 1000 AND code ~ ('^' || expression || '$')) AS paths
  FROM (
    SELECT g, metapath, mode, name, CASE WHEN g % 2 = 0 THEN ARRAY[g * 1000 + 1]::bigint[] END AS targets,
           replace(replace(replace(expression, 'x', CASE name WHEN 'both' THEN '[aA]' WHEN 'out' THEN 'a' ELSE 'A' END),
             'y', CASE name WHEN 'both' THEN '[abAB]' WHEN 'out' THEN '[ab]' ELSE '[AB]' END),
             'z', CASE name WHEN 'both' THEN '[cC]' WHEN 'out' THEN 'c' ELSE 'C' END) AS expression
    FROM generate_series(1, 300) g, (VALUES ('walk'), ('trail'), ('acyclic'), ('simple')) m(mode),
      LATERAL (SELECT name FROM ways WHERE ways = 1 + g % 3) w,
      (VALUES ('{a,c}'::text[], 'xz'), ('{a>,<b|c*1..2}', 'a[BC]{1,2}'), ('{a*0..2,b>*1..2}', 'x{0,2}b{1,2}'), ('{a|b,a|c>*0..1,c*1..2}', 'y[ac]?z{1,2}'),
              ('{a>*1..2,a|b*2}', 'a{1,2}yy'), ('{a*2..4}', 'x{2,4}'), ('{a*0..2,c*0..2}', 'x{0,2}z{0,2}')) p(metapath, expression)) c) x
GROUP BY metapath, mode ORDER BY metapath, mode;

-- shortest paths: all of them, and the first five
CREATE FUNCTION as_rows(nodes bigint[], edges bigint[], path_id bigint) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT string_agg(path_id || ':' || i - 1 || ':' || nodes[i] || ':' || coalesce(edges[i - 1]::text, ''), ' ' ORDER BY i) FROM generate_subscripts(nodes, 1) i $$;
CREATE TABLE ranked AS
  SELECT g, ways, name, weighted, depth, target, nodes, edges, len, price,
         row_number() OVER w AS n, price = first_value(price) OVER w AS shortest
  FROM found, (VALUES (true), (false)) k(weighted), (VALUES (NULL), (2), (3)) d(depth), LATERAL (SELECT CASE WHEN weighted THEN cost ELSE len END AS price) c
  WHERE mode = 'acyclic' AND nodes[1] = g * 1000 AND price IS NOT NULL AND (depth IS NULL OR len <= depth)
  WINDOW w AS (PARTITION BY g, ways, weighted, depth, target ORDER BY price, len, nodes, edges);
CREATE INDEX ON ranked (g, ways, weighted, target);
ANALYZE ranked;
CREATE TABLE cases AS
  SELECT g, ways, name, weighted, depth, target FROM generate_series(1, 300) g, ways, (VALUES (true), (false)) k(weighted), (VALUES (NULL), (2), (3)) d(depth),
    LATERAL (SELECT DISTINCT dst AS target FROM random WHERE src / 1000 = g AND dst % 3 = g % 3) t;
SELECT weighted, depth, count(*) AS cases, sum(all_agree::int) AS all_agree, sum(k_agrees::int) AS k_agrees, sum(cheapest_agrees::int) AS cheapest_agrees FROM (
  SELECT weighted, depth,
    (SELECT string_agg(path_id || ':' || seq || ':' || node_id || ':' || coalesce(edge_id::text, ''), ' ' ORDER BY path_id, seq)
     FROM trellis.all_shortest_paths('random', g * 1000, target, weighted, depth, direction => name))
    IS NOT DISTINCT FROM
    (SELECT string_agg(as_rows(nodes, edges, n), ' ' ORDER BY n) FROM ranked r
     WHERE r.g = c.g AND r.ways = c.ways AND r.weighted = c.weighted AND r.depth IS NOT DISTINCT FROM c.depth AND r.target = c.target AND shortest) AS all_agree,
    (SELECT string_agg(path_id || ':' || seq || ':' || node_id || ':' || coalesce(edge_id::text, ''), ' ' ORDER BY path_id, seq)
     FROM trellis.k_shortest_paths('random', g * 1000, target, 5, weighted, depth, direction => name))
    IS NOT DISTINCT FROM
    (SELECT string_agg(as_rows(nodes, edges, n), ' ' ORDER BY n) FROM ranked r
     WHERE r.g = c.g AND r.ways = c.ways AND r.weighted = c.weighted AND r.depth IS NOT DISTINCT FROM c.depth AND r.target = c.target AND n <= 5) AS k_agrees,
    (SELECT (max(agg_cost), array_agg(node_id ORDER BY seq), array_remove(array_agg(edge_id ORDER BY seq), NULL)) FROM trellis.shortest_path('random', g * 1000, target, weighted, depth, direction => name))
    IN (SELECT (price, nodes, edges) FROM ranked r
        WHERE r.g = c.g AND r.ways = c.ways AND r.weighted = c.weighted AND r.depth IS NOT DISTINCT FROM c.depth AND r.target = c.target AND shortest)
    OR NOT EXISTS (SELECT FROM trellis.shortest_path('random', g * 1000, target, weighted, depth, direction => name)
                   UNION ALL SELECT FROM ranked r
                   WHERE r.g = c.g AND r.ways = c.ways AND r.weighted = c.weighted AND r.depth IS NOT DISTINCT FROM c.depth AND r.target = c.target) AS cheapest_agrees
  FROM cases c) x
GROUP BY weighted, depth ORDER BY weighted, depth;

-- a complete graph: far too many paths to enumerate, the first ones come at once
CREATE TABLE k30 AS SELECT i AS src, j AS dst, i * 100 + j AS edge_id, 1.0::float8 + (i * 7 + j * 3) % 11 AS weight FROM generate_series(1, 30) i, generate_series(i + 1, 30) j;
SET statement_timeout = '10s';
SELECT m AS mode, p.* FROM (VALUES ('walk', 20), ('trail', 20), ('acyclic', NULL), ('simple', NULL)) v(m, d),
  LATERAL (SELECT count(*), min(length), max(length), bool_and(truncated) AS truncated FROM trellis.paths('k30', ARRAY[1], ARRAY[30], m, 1, d, max_paths => 1500)) p ORDER BY 1;
SELECT count(*), max(length) FROM trellis.paths('k30', ARRAY[1], ARRAY[30], min_depth => 25, max_depth => NULL, max_paths => 100);
SELECT count(DISTINCT node_ids), count(*) FROM trellis.paths('k30', ARRAY[1], ARRAY[30], max_depth => 3, max_paths => NULL);
SELECT max(path_id), max(agg_cost) FROM trellis.k_shortest_paths('k30', 1, 30, 200, true);
-- once in the complete graph, there is no way back out to the target
CREATE TABLE trap AS SELECT src, dst FROM k30 UNION ALL SELECT 1, 100 UNION ALL SELECT CASE WHEN i = 101 THEN 1 ELSE i - 1 END, i FROM generate_series(101, 112) i;
SELECT m AS mode, p.* FROM (VALUES ('acyclic'), ('simple')) v(m),
  LATERAL (SELECT count(*), min(length), max(length) FROM trellis.paths('trap', ARRAY[1], ARRAY[100, 112], m, max_depth => NULL)) p;
SELECT count(*), max(length) FROM trellis.paths('trap', ARRAY[2], ARRAY[112], 'trail', max_depth => 14);
-- memory is bounded, and so is time
SET work_mem = '64kB';
SELECT count(*) FROM trellis.paths('k30', ARRAY[1], ARRAY[30], max_paths => 1500);
\set VERBOSITY terse
SELECT count(*) FROM trellis.paths('k30', ARRAY[1], ARRAY[30], 'walk', 1000000000, 2000000000);
RESET work_mem;
SET statement_timeout = '50ms';
SELECT count(*) FROM trellis.paths('k30', ARRAY[1], ARRAY[30], 'acyclic', max_depth => NULL, max_paths => NULL);
SELECT count(*) FROM trellis.k_shortest_paths('k30', 1, 30, NULL);
\set VERBOSITY default
-- a grid of 30 x 30: C(58, 29) shortest ways, all walked the same way round
RESET statement_timeout;
CREATE TABLE grid AS
  SELECT y * 30 + x AS src, y * 30 + x + 1 AS dst, 1.0::float8 AS weight, (y * 30 + x) * 2 AS edge_id FROM generate_series(0, 29) y, generate_series(0, 28) x
  UNION ALL SELECT y * 30 + x, y * 30 + x + 30, 1.0, (y * 30 + x) * 2 + 1 FROM generate_series(0, 28) y, generate_series(0, 29) x;
CREATE INDEX ON grid (src);
CREATE INDEX ON grid (dst);
ANALYZE grid;
SET statement_timeout = '20s';
SELECT weighted, max(path_id), max(agg_cost), count(*) FROM (VALUES (true), (false)) k(weighted), trellis.all_shortest_paths('grid', 0, 899, weighted) GROUP BY weighted ORDER BY weighted;
-- k shortest paths are the first of these (58 edges each), and a grid from side to side has few
SELECT count(*) AS agree FROM trellis.k_shortest_paths('grid', 0, 899, 4) k JOIN trellis.all_shortest_paths('grid', 0, 899) USING (path_id, seq, node_id, edge_id);
SELECT path_id, count(*) - 1 AS edges FROM trellis.k_shortest_paths('grid', 0, 29, 5, true) GROUP BY 1 ORDER BY 1;
SELECT max(length), count(*) FROM trellis.paths('grid', ARRAY[0], ARRAY[899], max_depth => NULL);
SELECT max(length), count(*) FROM trellis.paths('grid', ARRAY[0], ARRAY[899], 'walk', max_depth => 90);
SELECT count(*) - 1 AS edges, max(agg_cost) FROM trellis.shortest_path('grid', 0, 899, true, 58);
SELECT count(*) FROM trellis.shortest_path('grid', 0, 899, true, 57);
RESET statement_timeout;

DROP SCHEMA kgm CASCADE;
