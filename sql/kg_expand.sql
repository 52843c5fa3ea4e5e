-- trellis.expand: what it returns, on small graphs by hand and on 300 random
-- graphs beside two references: a recursive query, and a level-by-level one
-- that knows about limits and ties.

CREATE SCHEMA kge;
SET search_path = kge;

CREATE TABLE g (src bigint, dst bigint, rel text, weight float8, edge_id int);
INSERT INTO g VALUES
  (1, 2, 'a', 1, 1), (2, 3, 'b', 2, 2), (3, 1, 'c', 3, 3),          -- a cycle
  (2, 2, 'loop', 9, 4),                                             -- a self-loop
  (3, 4, 'a', 1, 5), (3, 4, 'a', 2, 6), (3, 4, 'b', 2, 7),          -- parallel edges
  (NULL, 1, 'a', 1, 8), (1, NULL, 'a', 1, 9), (NULL, NULL, NULL, NULL, NULL),
  (5, 6, NULL, NULL, NULL);                                         -- nothing known but the ends

SELECT * FROM trellis.expand('g', ARRAY[1]::bigint[]);
SELECT node_id, depth, parent_id, via_edge, rel FROM trellis.expand('g', ARRAY[1], NULL, direction => 'out');
SELECT node_id, depth, parent_id, via_edge, rel FROM trellis.expand('g', ARRAY[4], 2, direction => 'in');
SELECT node_id, depth FROM trellis.expand('g', ARRAY[1], 3, min_depth => 2, direction => 'out');
SELECT * FROM trellis.expand('g', ARRAY[6]);
-- ids may be any integer type; those that no column can hold are not found
SELECT node_id, depth FROM trellis.expand('g', ARRAY[5]::smallint[], 1);
SELECT pg_typeof(node_id), pg_typeof(via_edge), depth FROM trellis.expand('g', ARRAY[5]::smallint[], 1);
CREATE TABLE small (src int2, dst int4);
INSERT INTO small VALUES (1, 70000);
SELECT node_id, depth FROM trellis.expand('small', ARRAY[1, 70000, 9999999999]) ORDER BY 1;
-- depth 0, seeds alone: unknown, twice, NULL, none
SELECT node_id, score FROM trellis.expand('g', ARRAY[1, 99, 1, NULL], 0, seed_scores => '{1,2,3,4}');
SELECT count(*) FROM trellis.expand('g', '{}'::bigint[]);
SELECT count(*) FROM trellis.expand('g', NULL::bigint[]);
SELECT count(*) FROM trellis.expand('g', ARRAY[[1, 5], [1, NULL]]::bigint[], 0);
-- filters
SELECT node_id, via_edge FROM trellis.expand('g', ARRAY[3], 1, rels => '{b,zz}') ORDER BY 1;
SELECT node_id, via_edge FROM trellis.expand('g', ARRAY[3], 1, rels => '{}');
SELECT node_id, via_edge FROM trellis.expand('g', ARRAY[3], 1, min_weight => 2) ORDER BY 1;
SELECT count(*) FROM trellis.expand('g', ARRAY[5], 1, min_weight => -1);
-- a metapath, one relation a step, may come back to where it was
SELECT node_id, depth, parent_id, rel FROM trellis.expand('g', ARRAY[1], metapath => '{a>,b>,c>,a>}');
SELECT node_id, depth, parent_id, rel FROM trellis.expand('g', ARRAY[4], metapath => '{<a,c>,a}', min_depth => 3) ORDER BY 1;
SELECT node_id, depth FROM trellis.expand('g', ARRAY[2], metapath => '{b*2}') ORDER BY 2, 1;
SELECT node_id, depth FROM trellis.expand('g', ARRAY[1], metapath => '{a>,zz>,b>}');
-- limits are told
SELECT node_id, depth, truncated FROM trellis.expand('g', ARRAY[3], 1, direction => 'out', max_fanout => 1);
SELECT node_id, via_edge, truncated FROM trellis.expand('g', ARRAY[1], 3, max_nodes => 3) ORDER BY depth, node_id;
SELECT node_id, truncated FROM trellis.expand('g', ARRAY[1, 2, 3], 0, seed_scores => '{1,2,2}', max_nodes => 2);
SELECT bool_or(truncated) FROM trellis.expand('g', ARRAY[1], NULL, max_nodes => 4);
SELECT bool_or(truncated) FROM trellis.expand('g', ARRAY[1], NULL, max_nodes => 3);
-- scores: the better seed takes the node
SELECT node_id, seed_id, score FROM trellis.expand('g', ARRAY[1, 4], 1, direction => 'both', seed_scores => '{0.5,0.25}', decay => 0.1) ORDER BY 1;
SELECT node_id, seed_id, score FROM trellis.expand('g', ARRAY[1, 4], 1, seed_scores => '{0.5,0.25}', decay => 0) ORDER BY 1;
-- edges and seeds from a statement around it
SELECT s, count(*) FROM generate_series(1, 3) s, trellis.expand('g', ARRAY[s], s) GROUP BY s ORDER BY s;
PREPARE walk(bigint[], int) AS SELECT count(*) FROM trellis.expand('g', $1, $2);
EXECUTE walk('{1}', 1);
EXECUTE walk('{1,5}', 9);
-- changes of the table under a cached plan
ALTER TABLE g RENAME COLUMN weight TO w;
SELECT count(*) FROM trellis.expand('g', ARRAY[1]);
ALTER TABLE g RENAME COLUMN w TO weight;
ALTER TABLE g ALTER COLUMN src TYPE text, ALTER COLUMN dst TYPE text;
SELECT count(*) FROM trellis.expand('g', ARRAY['1']);
DROP TABLE g;
CREATE TABLE g (src uuid, dst uuid);
SELECT count(*) FROM trellis.expand('g', ARRAY['1']);
SELECT count(*) FROM trellis.expand('g', ARRAY[gen_random_uuid()]);
SELECT count(*) FROM trellis.expand('g', '{1,2}');

-- the planner knows how much comes
CREATE FUNCTION rows_of(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN plan->0->'Plan'->>'Plan Rows';
END $$;
CREATE TABLE tree (src int, dst int);
INSERT INTO tree SELECT i / 4, i FROM generate_series(4, 4003) i;
ANALYZE tree;
SELECT rows_of('SELECT * FROM trellis.expand(''tree'', ARRAY[1], 0)') AS depth_0,
       rows_of('SELECT * FROM trellis.expand(''tree'', ARRAY[1,2], 1)') AS depth_1,
       rows_of('SELECT * FROM trellis.expand(''tree'', ARRAY[1], 2, max_fanout => 3)') AS fanout_3,
       rows_of('SELECT * FROM trellis.expand(''tree'', ARRAY[1], 50)') AS within_max_nodes;

-- a hub of 20,000: within the limits by default, all of it on request
CREATE TABLE hub (src int, dst int, weight float8, edge_id int PRIMARY KEY);
INSERT INTO hub SELECT 0, i, i % 1000, i FROM generate_series(1, 20000) i;
INSERT INTO hub SELECT i, 30000 + i, 1, 20000 + i FROM generate_series(1, 20000, 2) i;
CREATE INDEX ON hub (src);
CREATE INDEX ON hub (dst);
ANALYZE hub;
SELECT count(*), min(node_id), bool_and(truncated) FROM trellis.expand('hub', ARRAY[0], 1);
SELECT count(*), max(depth) FROM trellis.expand('hub', ARRAY[0], 2, max_fanout => NULL, max_nodes => NULL);
SET work_mem = '64kB';
\set VERBOSITY terse
SELECT count(*), max(depth) FROM trellis.expand('hub', ARRAY[0], 2, max_fanout => NULL, max_nodes => NULL);
\set VERBOSITY default
-- a hub with long text ids: only what survives the limit is kept
CREATE TABLE text_hub AS SELECT 'hub' AS src, 'a node with a longer name ' || g AS dst, g::float8 AS weight, 'edge ' || g AS edge_id
  FROM generate_series(1, 50000) g;
SELECT count(*), min(edge_key), max(edge_key) FROM trellis.expand('text_hub', ARRAY['hub'], 1, min_depth => 1);
RESET work_mem;
-- a timeout ends it at once, and the next call works
\set VERBOSITY terse
SET statement_timeout = '5ms';
SELECT count(*) FROM generate_series(1, 100000) i, trellis.expand('hub', ARRAY[i % 2], 3, max_fanout => NULL, max_nodes => NULL);
RESET statement_timeout;
\set VERBOSITY default
SELECT count(*) FROM trellis.expand('hub', ARRAY[1], 1);
-- in parallel workers
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
ALTER TABLE hub SET (parallel_workers = 2);
CREATE FUNCTION reached(int) RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE
  AS $$ BEGIN RETURN (SELECT count(*) FROM trellis.expand('hub', ARRAY[$1], 1)); END $$;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM hub WHERE edge_id % 400 = 0 AND reached(dst) = 2;
SELECT count(*) FROM hub WHERE edge_id % 400 = 0 AND reached(dst) = 2;
RESET parallel_leader_participation;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- 300 random graphs in one table, node ids apart by 1,000
CREATE FUNCTION rnd(int, int, text) RETURNS int LANGUAGE sql IMMUTABLE
  AS $$ SELECT ('x' || substr(md5($1 || $3 || $2), 1, 7))::bit(28)::int $$;
CREATE TABLE random (src bigint, dst bigint, rel text, weight float8, edge_id bigint);
INSERT INTO random
SELECT g * 1000 + rnd(g, e, 's') % (3 + g % 25), g * 1000 + rnd(g, e, 'd') % (3 + g % 25),
       substr('abc', 1 + rnd(g, e, 'r') % 3, 1), nullif(rnd(g, e, 'w') % 6, 0), g * 1000 + e
FROM generate_series(1, 300) g, generate_series(1, 10 + g % 40) e;
CREATE INDEX ON random (src);
CREATE INDEX ON random (dst);
ANALYZE random;

-- reachable nodes and distances, both directions, against a recursive query
CREATE VIEW arc AS SELECT src AS near, dst AS far, rel, weight, edge_id, 1 AS way FROM random
  UNION ALL SELECT dst, src, rel, weight, edge_id, 2 FROM random;
CREATE FUNCTION distances(seed bigint, max_depth int, ways int) RETURNS TABLE (node_id bigint, depth int)
LANGUAGE sql AS $$
  WITH RECURSIVE r(id, d) AS (
    SELECT seed, 0 UNION
    SELECT far, d + 1 FROM r JOIN arc ON near = id AND way & ways <> 0 WHERE d < max_depth)
  SELECT id, min(d) FROM r GROUP BY id $$;
SELECT count(*) AS cases, sum(agree::int) AS agree FROM (
  SELECT NOT EXISTS (
    (SELECT node_id, depth FROM trellis.expand('random', ARRAY[g * 1000], d, direction => w.name, max_fanout => NULL, max_nodes => NULL)
     EXCEPT ALL SELECT * FROM distances(g * 1000, d, w.ways))
    UNION ALL
    (SELECT * FROM distances(g * 1000, d, w.ways)
     EXCEPT ALL SELECT node_id, depth FROM trellis.expand('random', ARRAY[g * 1000], d, direction => w.name, max_fanout => NULL, max_nodes => NULL))) AS agree
  FROM generate_series(1, 300) g, (VALUES (1, 'out'), (2, 'in'), (3, 'both')) w(ways, name), LATERAL (SELECT 1 + g % 7) depth(d)) x;

-- every column, limits and ties included, level by level
CREATE TYPE walked AS (node_id bigint, depth int, seed_id bigint, parent_id bigint, via_edge bigint, rel text, score float8);
CREATE FUNCTION walk(seeds bigint[], scores float8[], max_depth int, ways int, max_fanout int, max_nodes int) RETURNS SETOF walked
LANGUAGE plpgsql AS $$
DECLARE
  seen walked[];
  level walked[];
BEGIN
  SELECT array_agg((id, 0, id, NULL, NULL, NULL, score)::walked) INTO level FROM (
    SELECT id, max(s) AS score FROM unnest(seeds, scores) u(id, s) GROUP BY id ORDER BY 2 DESC, 1 LIMIT max_nodes) x;
  seen := level;
  FOR d IN 1..max_depth LOOP
    SELECT array_agg((far, d, seed_id, near, edge_id, rel, score)::walked) INTO level FROM (
      SELECT * FROM (
        SELECT DISTINCT ON (far) far, l.seed_id, near, c.edge_id, c.rel, l.score / 2 AS score
        FROM unnest(level) l JOIN (
          SELECT *, row_number() OVER (PARTITION BY near ORDER BY weight DESC NULLS LAST, edge_id) AS n
          FROM arc WHERE way & ways <> 0 AND near <> far AND near IN (SELECT node_id FROM unnest(level))) c
          ON c.near = l.node_id AND c.n <= max_fanout
        WHERE far NOT IN (SELECT node_id FROM unnest(seen))
        ORDER BY far, l.score DESC, near, c.edge_id) found
      ORDER BY score DESC, far LIMIT max_nodes - cardinality(seen)) kept;
    EXIT WHEN level IS NULL;
    seen := seen || level;
  END LOOP;
  RETURN QUERY SELECT * FROM unnest(seen);
END $$;
SET client_min_messages = warning;
CREATE TABLE cases AS
  SELECT g, ARRAY[g * 1000, g * 1000 + 1, g * 1000 + 2]::bigint[] AS seeds, ARRAY[1, 1 + g % 2, 1]::float8[] AS scores,
         1 + g % 5 AS d, w.ways, w.name, 1 + g % 4 AS fanout, 4 + g % 9 AS nodes
  FROM generate_series(1, 300) g, (VALUES (1, 'out'), (2, 'in'), (3, 'both')) w(ways, name);
SELECT count(*) AS cases, sum(agree::int) AS agree FROM (
  SELECT NOT EXISTS (
    (SELECT node_id, depth, seed_id, parent_id, via_edge, rel, score
     FROM trellis.expand('random', seeds, d, direction => name, max_fanout => fanout, max_nodes => nodes, seed_scores => scores)
     EXCEPT ALL SELECT * FROM walk(seeds, scores, d, ways, fanout, nodes))
    UNION ALL
    (SELECT * FROM walk(seeds, scores, d, ways, fanout, nodes)
     EXCEPT ALL SELECT node_id, depth, seed_id, parent_id, via_edge, rel, score
     FROM trellis.expand('random', seeds, d, direction => name, max_fanout => fanout, max_nodes => nodes, seed_scores => scores))) AS agree
  FROM cases) x;
-- the order in which rows come does not matter
CREATE TABLE shuffled AS SELECT * FROM random ORDER BY md5(edge_id::text);
SELECT count(*) AS cases, sum(agree::int) AS agree FROM (
  SELECT (SELECT array_agg(x ORDER BY x) FROM trellis.expand('random', seeds, d, max_fanout => fanout, max_nodes => nodes, seed_scores => scores) x)
       = (SELECT array_agg(x ORDER BY x) FROM trellis.expand('shuffled', seeds, d, max_fanout => fanout, max_nodes => nodes, seed_scores => scores) x) AS agree
  FROM cases WHERE ways = 3) x;

-- the same with text ids: they are compared bytewise, so equal length keeps their order
CREATE TABLE named AS SELECT lpad(src::text, 9, '0') AS src, lpad(dst::text, 9, '0') AS dst, rel, weight, edge_id FROM random;
SELECT count(*) AS cases, sum(agree::int) AS agree FROM (
  SELECT (SELECT array_agg((lpad(node_id::text, 9, '0'), depth, lpad(parent_id::text, 9, '0'), via_edge) ORDER BY node_id)
          FROM trellis.expand('random', seeds, d, max_fanout => fanout, max_nodes => nodes))
       = (SELECT array_agg((node_id, depth, parent_id, via_edge) ORDER BY node_id COLLATE "C")
          FROM trellis.expand('named', ARRAY[lpad(seeds[1]::text, 9, '0'), lpad(seeds[2]::text, 9, '0'), lpad(seeds[3]::text, 9, '0')], d, max_fanout => fanout, max_nodes => nodes)) AS agree
  FROM cases WHERE ways = 3 AND g % 3 = 0) x;

-- in a plan that would go to workers: they cannot read temporary tables
CREATE TEMPORARY TABLE passing AS SELECT 1::bigint AS src, 2::bigint AS dst;
DO $$
BEGIN
  PERFORM set_config(name, 'on', false)
    FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
END $$;
SELECT node_id, depth FROM trellis.expand('passing', ARRAY[1]);
SELECT seq, node_id FROM trellis.shortest_path('passing', 1, 2);
DO $$
BEGIN
  PERFORM set_config(name, 'off', false)
    FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
END $$;

DROP SCHEMA kge CASCADE;
