-- Ranking and structure of whole graphs: small ones worked by hand, random
-- ones beside references in SQL.

CREATE SCHEMA kgw;
SET search_path = kgw;
CREATE FUNCTION rnd(int, int, text) RETURNS int LANGUAGE sql IMMUTABLE
  AS $$ SELECT ('x' || substr(md5($1 || $3 || $2), 1, 7))::bit(28)::int $$;

-- two directed triangles, a bridge from one to the other, a node alone
CREATE TABLE node (node_id bigint PRIMARY KEY);
INSERT INTO node SELECT generate_series(1, 7);
CREATE TABLE edge (edge_id bigint PRIMARY KEY, src bigint REFERENCES node, dst bigint REFERENCES node, rel text, weight float8 DEFAULT 1);
INSERT INTO edge VALUES (1, 1, 2, 'a'), (2, 2, 3, 'a'), (3, 3, 1, 'a'), (4, 4, 5, 'a'), (5, 5, 6, 'a'), (6, 6, 4, 'a'), (7, 3, 4, 'bridge');
SELECT * FROM trellis.components('edge');
SELECT * FROM trellis.components('edge', 'strong');
SELECT * FROM trellis.components('edge', rels => '{a}');
SELECT * FROM trellis.components('edge', rels => '{}');
-- 6/7 of the weight is within, 1/2 would be at random: 5/14
SELECT level, node_id, community, parent, size, round(modularity::numeric, 9) AS modularity FROM trellis.communities('edge');
SELECT * FROM trellis.label_propagation('edge', rels => '{a}');
-- a node that nothing leads to or from has the least; sums are 1
SELECT node_id, round(score::numeric, 6) AS score FROM trellis.pagerank('edge');
SELECT node_id, round(score::numeric, 6) AS score FROM trellis.pagerank('edge', damping => 0, max_results => 2);
SELECT node_id, round(score::numeric, 6) AS score FROM trellis.pagerank('edge', direction => 'in', max_results => 3);
SELECT node_id, round(score::numeric, 6) AS score FROM trellis.pagerank('edge', direction => 'both') ORDER BY 2 DESC, 1;
SELECT count(*) FROM trellis.pagerank('edge', max_iterations => 2);
SELECT count(*) FROM trellis.pagerank('edge', tolerance => 0, max_iterations => 20);
-- by hand: 1 passes all to 2, which passes nothing on; b = 0.5/2 + 0.5 * s2/2 is what each gets
--   s1 = b, s2 = b + s1/2, s1 + s2 = 1: s1 = 0.4
CREATE TABLE two (src int, dst int, weight float8);
INSERT INTO two VALUES (1, 2, 1);
SELECT node_id, round(score::numeric, 9) AS score FROM trellis.pagerank('two', 0.5);

-- self-loops lead nowhere, but their nodes are there; parallel edges count each; NULL ends none
INSERT INTO two VALUES (3, 3, 1), (4, NULL, 1), (NULL, 5, 1), (2, 1, 1), (2, 6, 1), (2, 6, 1);
SELECT * FROM trellis.components('two');
SELECT * FROM trellis.components('two', 'strong');
SELECT node_id, round(score::numeric, 9) AS score FROM trellis.pagerank('two', 0.5);
-- two edges of weight 1 are as one of weight 2
CREATE TABLE one (src int, dst int, weight float8);
INSERT INTO one VALUES (1, 2, 1), (3, 3, 1), (2, 1, 1), (2, 6, 2);
SELECT count(*), bool_and(abs(a.score - b.score) < 1e-12) FROM trellis.pagerank('two', 0.5) a JOIN trellis.pagerank('one', 0.5) b USING (node_id);

-- weights: NULL counts 1, 0 nothing; huge and tiny ones count as their ratios
UPDATE one SET weight = NULL WHERE src = 1;
SELECT count(*), bool_and(abs(a.score - b.score) < 1e-12) FROM trellis.pagerank('two', 0.5) a JOIN trellis.pagerank('one', 0.5) b USING (node_id);
UPDATE one SET weight = 1 WHERE src = 1;
CREATE TABLE scaled (src int, dst int, weight float8);
INSERT INTO scaled SELECT src, dst, weight * 2 ^ 1022 FROM one;
SELECT count(*), bool_and(a.score = b.score) FROM trellis.pagerank('scaled') a JOIN trellis.pagerank('one') b USING (node_id);
TRUNCATE scaled;
INSERT INTO scaled SELECT src, dst, weight / 2 ^ 1000 FROM one;
SELECT count(*), bool_and(a.score = b.score) FROM trellis.pagerank('scaled') a JOIN trellis.pagerank('one') b USING (node_id);
SELECT count(*), count(DISTINCT a.community), bool_and(a = b) FROM trellis.communities('scaled') a JOIN trellis.communities('one') b USING (node_id);
UPDATE one SET weight = 0 WHERE dst = 6;
SELECT node_id, community, size FROM trellis.communities('one') ORDER BY node_id;
SELECT node_id, community, size FROM trellis.label_propagation('one') ORDER BY node_id;
SELECT node_id, component, size FROM trellis.components('one') ORDER BY node_id;
SELECT node_id, round(score::numeric, 9) AS score FROM trellis.pagerank('one', 0.5);
UPDATE one SET weight = 0;
SELECT node_id, round(score::numeric, 9) AS score FROM trellis.pagerank('one', 0.5);
SELECT DISTINCT size, modularity FROM trellis.communities('one');
UPDATE one SET weight = -1 WHERE dst = 6;
SELECT count(*) FROM trellis.pagerank('one');
SELECT count(*) FROM trellis.communities('one');
SELECT count(*) FROM trellis.label_propagation('one');
SELECT count(*) FROM trellis.pagerank('one', min_weight => 0);
SELECT count(*) FROM trellis.pagerank('one', weighted => false);
SELECT count(*) FROM trellis.components('one');
UPDATE one SET weight = 'NaN' WHERE dst = 6;
SELECT count(*) FROM trellis.pagerank('one');
UPDATE one SET weight = 'infinity' WHERE dst = 6;
SELECT count(*) FROM trellis.communities('one');
-- no weights at all
CREATE TABLE bare (src int, dst int);
INSERT INTO bare VALUES (1, 2), (2, 3);
SELECT node_id, round(score::numeric, 6) AS score FROM trellis.pagerank('bare');
SELECT count(*) FROM trellis.pagerank('bare', weighted => true);

-- nothing to see
CREATE TABLE nothing (src int, dst int);
SELECT * FROM trellis.pagerank('nothing');
SELECT * FROM trellis.components('nothing');
SELECT * FROM trellis.components('nothing', 'strong');
SELECT * FROM trellis.label_propagation('nothing');
SELECT * FROM trellis.communities('nothing', max_size => 1);
CREATE TABLE loops (src int, dst int);
INSERT INTO loops VALUES (2, 2), (1, 1), (2, 2);
SELECT * FROM trellis.communities('loops');
SELECT * FROM trellis.pagerank('loops');

-- arguments
SELECT * FROM trellis.pagerank(NULL);
SELECT * FROM trellis.pagerank('edge', damping => 1);
SELECT * FROM trellis.pagerank('edge', damping => 'NaN');
SELECT * FROM trellis.pagerank('edge', tolerance => -1);
SELECT * FROM trellis.pagerank('edge', max_iterations => 0);
SELECT * FROM trellis.pagerank('edge', tolerance => 0, max_iterations => NULL);
SELECT * FROM trellis.pagerank('edge', direction => 'up');
SELECT * FROM trellis.pagerank('edge', max_results => 0);
SELECT * FROM trellis.components('edge', 'round');
SELECT * FROM trellis.components('edge', rels => '{a,NULL}');
SELECT * FROM trellis.components('edge', valid_at => now());
SELECT * FROM trellis.label_propagation('edge', max_iterations => -1);
SELECT * FROM trellis.communities('edge', resolution => -1);
SELECT * FROM trellis.communities('edge', resolution => 'infinity');
SELECT * FROM trellis.communities('edge', max_size => 0);
SELECT * FROM trellis.communities('edge', max_levels => 0);
SELECT count(DISTINCT community) AS one_each FROM trellis.communities('edge', 1000);
SELECT count(DISTINCT community) AS components FROM trellis.communities('edge', 0);
SELECT count(*) FROM trellis.pagerank('edge', damping => NULL, tolerance => NULL, max_iterations => NULL, weighted => NULL, direction => NULL);
SELECT count(*) FROM trellis.communities('edge', resolution => NULL, max_size => NULL, max_levels => NULL, random_seed => NULL, weighted => NULL);
SELECT count(*) FROM trellis.label_propagation('edge', max_iterations => NULL, random_seed => NULL, weighted => NULL);
SELECT count(*) FROM trellis.components('edge', mode => NULL);

-- ids of other types
CREATE TABLE named (src text, dst text, edge_id uuid);
INSERT INTO named VALUES ('b', 'a'), ('a', 'c'), ('B', 'Z'), (repeat('long', 3000), 'b');
SELECT left(node_id, 5) AS node_id, component, size FROM trellis.components('named', id_type => NULL::text);
SELECT left(node_id, 5) AS node_id, component, size FROM trellis.components('named', id_type => NULL::text, mode => 'strong');
SELECT left(node_id, 5) AS node_id, round(score::numeric, 6) AS score, pg_typeof(node_id) FROM trellis.pagerank('named', id_type => NULL::varchar);
SELECT * FROM trellis.components('named');
CREATE TABLE keyed (src uuid, dst uuid);
INSERT INTO keyed SELECT md5(i::text)::uuid, md5((i / 2)::text)::uuid FROM generate_series(1, 4) i;
SELECT * FROM trellis.components('keyed', id_type => NULL::uuid);
SELECT level, node_id, community, size FROM trellis.communities('keyed', id_type => NULL::uuid) ORDER BY node_id;
SELECT count(*) FROM trellis.label_propagation('keyed', id_type => NULL::uuid);
SELECT * FROM trellis.communities('keyed');
-- ids far apart, negative, at both ends of bigint
CREATE TABLE far_apart (src bigint, dst bigint);
INSERT INTO far_apart VALUES (9223372036854775807, -9223372036854775808), (-1, 0), (0, 1), (5000000000, -5000000000), (-70000, 70000), (1, 100000), (100000, 1);
SELECT * FROM trellis.components('far_apart');
SELECT * FROM trellis.components('far_apart', id_type => NULL::int);

-- views, partitions, times
CREATE VIEW seen WITH (security_invoker) AS SELECT * FROM edge WHERE rel = 'a';
SELECT count(DISTINCT component) FROM trellis.components('seen');
SELECT count(DISTINCT component), count(*) FROM trellis.components('seen', nodes => 'node');
-- what a node relation returns is not trusted to be distinct, or not NULL
CREATE VIEW twice WITH (security_invoker) AS SELECT node_id FROM node UNION ALL SELECT node_id FROM node WHERE node_id <> 2 UNION ALL SELECT NULL;
SELECT count(DISTINCT component), count(*) FROM trellis.components('edge', nodes => 'twice');
CREATE TABLE timed (src int, dst int, valid_from timestamptz, valid_to timestamptz) PARTITION BY LIST (src);
CREATE TABLE timed_1 PARTITION OF timed FOR VALUES IN (1);
CREATE TABLE timed_x PARTITION OF timed DEFAULT;
INSERT INTO timed VALUES (1, 2, '2020-01-01', 'infinity'), (2, 3, '2020-01-01', '2021-01-01'), (3, 4, NULL, NULL);
SELECT node_id, component FROM trellis.components('timed');
SELECT node_id, component FROM trellis.components('timed', valid_at => '2020-06-01');

-- policies: what they hide is in no number; one may ask for a graph's structure itself
CREATE TABLE hidden AS SELECT * FROM edge;
CREATE FUNCTION largest(bigint) RETURNS bool LANGUAGE plpgsql STABLE AS $$
  BEGIN RETURN (SELECT component = 1 FROM trellis.components('kgw.edge', 'strong') WHERE node_id = $1); END $$;
CREATE POLICY p ON hidden USING (largest(src) AND largest(dst));
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE ROLE kgw_reader;
GRANT USAGE ON SCHEMA kgw TO kgw_reader;
GRANT SELECT ON hidden, edge, node TO kgw_reader;
SET ROLE kgw_reader;
SELECT * FROM trellis.components('hidden', 'strong');
SELECT node_id, round(score::numeric, 6) AS score FROM trellis.pagerank('hidden');
SELECT DISTINCT size, round(modularity::numeric, 6) AS modularity FROM trellis.communities('hidden');
RESET ROLE;
ALTER TABLE node ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON node USING (node_id <> 3);
SET ROLE kgw_reader;
SELECT node_id, component FROM trellis.components('edge');
SELECT node_id, community, size, modularity FROM trellis.communities('edge');
SELECT count(*), round(min(score)::numeric, 6) AS least FROM trellis.pagerank('edge');
SELECT count(*), max(size) FROM trellis.label_propagation('edge');
RESET ROLE;
\set VERBOSITY terse
REVOKE SELECT ON node FROM kgw_reader;
SET ROLE kgw_reader;
SELECT count(*) FROM trellis.components('edge');
RESET ROLE;
REVOKE SELECT ON edge FROM kgw_reader;
GRANT SELECT (src, dst, rel) ON edge TO kgw_reader;
GRANT SELECT ON node TO kgw_reader;
SET ROLE kgw_reader;
SELECT count(*) FROM trellis.components('edge', rels => '{a}');
SELECT count(*) FROM trellis.pagerank('edge');
SELECT count(*) FROM trellis.pagerank('edge', weighted => false);
RESET ROLE;
ALTER TABLE node DISABLE ROW LEVEL SECURITY;
\set VERBOSITY default

-- 60 random graphs of 20 nodes, told apart by rel; every third has a few parallel edges and loops more
CREATE TABLE e (edge_id int PRIMARY KEY, src int, dst int, rel text, weight float8);
INSERT INTO e SELECT i, 1 + rnd(i, 7, 's') % 20, 1 + CASE WHEN i / 30 % 3 = 0 AND i % 7 = 0 THEN rnd(i, 7, 's') ELSE rnd(i, 7, 'd') END % 20, 1 + i / 30,
  CASE WHEN i % 11 = 0 THEN NULL ELSE rnd(i, 7, 'w') % 5 END
  FROM generate_series(0, 60 * 30 - 1) i WHERE i % 30 <= 6 + i / 30 % 24;
INSERT INTO e SELECT 10000 + edge_id, src, dst, rel, 2 FROM e WHERE edge_id % 17 = 0 AND rel::int % 3 = 0;
CREATE INDEX ON e (rel);
ANALYZE e;
CREATE TEMP TABLE reach AS
  WITH RECURSIVE r AS (
    SELECT rel, src AS a, src AS b FROM e UNION SELECT rel, dst, dst FROM e
    UNION SELECT r.rel, a, dst FROM r JOIN e ON e.rel = r.rel AND e.src = r.b)
  SELECT * FROM r;
CREATE TEMP TABLE tied AS
  WITH RECURSIVE r AS (
    SELECT rel, src AS a, src AS b FROM e UNION SELECT rel, dst, dst FROM e
    UNION SELECT r.rel, a, CASE WHEN e.src = r.b THEN e.dst ELSE e.src END FROM r JOIN e ON e.rel = r.rel AND r.b IN (e.src, e.dst))
  SELECT * FROM r;
CREATE FUNCTION numbered(regclass) RETURNS TABLE (rel text, node_id bigint, component bigint, size bigint) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('
    WITH l AS (SELECT rel, a, min(b) AS l FROM %s GROUP BY 1, 2),
      s AS (SELECT *, count(*) OVER (PARTITION BY rel, l) AS size FROM l)
    SELECT rel, a::bigint, dense_rank() OVER (PARTITION BY rel ORDER BY size DESC, l), size FROM s', $1);
END $$;
CREATE TEMP VIEW mutual AS SELECT x.* FROM reach x JOIN reach y ON y.rel = x.rel AND y.a = x.b AND y.b = x.a;
SELECT mode, count(*), count(DISTINCT c.component) > 1 AS several, bool_and(c.component = n.component AND c.size = n.size) AS agree
FROM (VALUES ('weak', 'tied'::regclass), ('strong', 'mutual')) m(mode, reference), LATERAL numbered(m.reference) n
LEFT JOIN LATERAL (SELECT g, c.* FROM generate_series(1, 60) g, LATERAL trellis.components('e', m.mode, rels => ARRAY[g::text]) c) c
  ON n.rel = c.g::text AND n.node_id = c.node_id
GROUP BY 1 ORDER BY 1;

-- PageRank by plain iteration
CREATE FUNCTION pagerank_reference(graph text, damping float8, weighted bool, direction text, rounds int)
RETURNS TABLE (node_id bigint, score float8) LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE pr_edge AS
    SELECT a, b, w FROM (
      SELECT src AS a, dst AS b, CASE WHEN weighted THEN coalesce(weight, 1) ELSE 1 END AS w FROM e WHERE rel = graph AND direction <> 'in' AND src <> dst
      UNION ALL
      SELECT dst, src, CASE WHEN weighted THEN coalesce(weight, 1) ELSE 1 END FROM e WHERE rel = graph AND direction <> 'out' AND src <> dst) x
    WHERE w > 0;
  CREATE TEMP TABLE pr AS
    SELECT n, (1.0 / count(*) OVER ())::float8 AS s, (SELECT sum(w) FROM pr_edge WHERE a = n) AS leaves
    FROM (SELECT src AS n FROM e WHERE rel = graph UNION SELECT dst FROM e WHERE rel = graph) x;
  FOR i IN 1..rounds LOOP
    UPDATE pr SET s = q.s FROM (
      SELECT p.n, (1 - damping) / (SELECT count(*) FROM pr)
        + damping * (SELECT coalesce(sum(s), 0) FROM pr WHERE leaves IS NULL) / (SELECT count(*) FROM pr)
        + damping * coalesce((SELECT sum(f.s * x.w / f.leaves) FROM pr_edge x JOIN pr f ON f.n = x.a WHERE x.b = p.n), 0) AS s
      FROM pr p) q
    WHERE q.n = pr.n;
  END LOOP;
  RETURN QUERY SELECT n::bigint, s FROM pr;
  DROP TABLE pr, pr_edge;
END $$;
SELECT count(DISTINCT g) AS graphs, count(*) AS nodes, max(abs(r.score - p.score)) < 1e-8 AS agree
FROM generate_series(1, 60, 5) g, LATERAL (SELECT (ARRAY['out', 'in', 'both'])[1 + g % 3] AS direction, g % 2 = 0 AS weighted) o,
  LATERAL pagerank_reference(g::text, 0.6, weighted, direction, 40) r
LEFT JOIN LATERAL (SELECT * FROM trellis.pagerank('e', 0.6, 1e-12, weighted => weighted, direction => direction, rels => ARRAY[g::text])) p USING (node_id);
SELECT max(abs(s - 1)) < 1e-12 AS sums_are_1 FROM (SELECT sum(score) AS s FROM generate_series(1, 60) g, LATERAL trellis.pagerank('e', rels => ARRAY[g::text]) GROUP BY g) x;

-- communities: the modularity is what its definition says; each is connected
CREATE TEMP TABLE found AS
  SELECT g::text AS rel, c.*, CASE WHEN g % 2 = 0 THEN 1.0 ELSE 0.5 END AS resolution FROM generate_series(1, 60) g,
    LATERAL trellis.communities('e', CASE WHEN g % 2 = 0 THEN 1.0 ELSE 0.5 END, random_seed => g, rels => ARRAY[g::text]) c;
CREATE TEMP VIEW pair AS
  SELECT rel, a, b, w FROM (
    SELECT rel, src AS a, dst AS b, coalesce(weight, 1) AS w FROM e UNION ALL SELECT rel, dst, src, coalesce(weight, 1) FROM e) x
  WHERE a <> b AND w > 0;
WITH total AS (SELECT rel, sum(w) AS m2 FROM pair GROUP BY 1),
  within AS (SELECT p.rel, sum(w) AS w FROM pair p JOIN found x ON x.rel = p.rel AND x.node_id = a JOIN found y ON y.rel = p.rel AND y.node_id = b AND x.community = y.community GROUP BY 1),
  strength AS (SELECT p.rel, community, sum(w) AS k FROM pair p JOIN found x ON x.rel = p.rel AND x.node_id = a GROUP BY 1, 2),
  expected AS (SELECT rel, sum((k / m2) ^ 2) AS w FROM strength JOIN total USING (rel) GROUP BY 1)
SELECT count(DISTINCT f.rel) AS graphs, max(abs(f.modularity - (within.w / m2 - resolution * expected.w))) < 1e-12 AS agree,
  avg(modularity) > 0.4 AS good, bool_and(parent IS NULL AND level = 0) AS one_level
FROM found f JOIN total USING (rel) JOIN within USING (rel) JOIN expected USING (rel);
WITH RECURSIVE r AS (
  SELECT rel, community, node_id AS a, node_id AS b FROM found
  UNION SELECT r.rel, r.community, r.a, p.b FROM r JOIN pair p ON p.rel = r.rel AND p.a = r.b JOIN found f ON f.rel = r.rel AND f.node_id = p.b AND f.community = r.community)
SELECT count(*) AS communities, count(*) FILTER (WHERE pairs <> size * size) AS unconnected
FROM (SELECT rel, community, count(*) AS pairs FROM r GROUP BY 1, 2) x JOIN (SELECT DISTINCT rel, community, size FROM found) f USING (rel, community);
-- sizes, and numbers by size, then lowest node
SELECT count(*) AS rows, bool_and(size = n AND community = place) AS agree FROM (
  SELECT rel, community, size, count(*) AS n, row_number() OVER (PARTITION BY rel ORDER BY count(*) DESC, min(node_id)) AS place FROM found GROUP BY 1, 2, 3) x;
-- every label is that of most neighbours
SELECT count(*) AS nodes, bool_and(own >= most) AS settled FROM (
  SELECT l.rel, l.node_id, coalesce(max(w) FILTER (WHERE n.community = l.community), 0) AS own, coalesce(max(w), 0) AS most
  FROM (SELECT g::text AS rel, x.* FROM generate_series(1, 60) g, LATERAL trellis.label_propagation('e', random_seed => g, rels => ARRAY[g::text]) x) l
  LEFT JOIN LATERAL (SELECT y.community, sum(w) AS w FROM pair p JOIN trellis.label_propagation('e', random_seed => l.rel::int, rels => ARRAY[l.rel]) y ON y.node_id = p.b
    WHERE p.rel = l.rel AND p.a = l.node_id GROUP BY 1) n ON true
  WHERE l.rel::int <= 10 GROUP BY 1, 2) x;

-- the order of rows does not matter, the seed does
CREATE TABLE big (edge_id int PRIMARY KEY, src int, dst int, weight float8);
INSERT INTO big SELECT i, 1 + rnd(i, 3, 's') % 600, 1 + rnd(i, 3, 'd') % 600, 0.1 + rnd(i, 3, 'w') % 7 FROM generate_series(1, 3000) i;
CREATE TABLE big_shuffled AS SELECT * FROM big ORDER BY md5(edge_id::text);
SELECT count(*) AS differ FROM (SELECT * FROM trellis.communities('big', max_size => 20) EXCEPT SELECT * FROM trellis.communities('big_shuffled', max_size => 20)) x;
SELECT count(*) AS differ FROM (SELECT * FROM trellis.label_propagation('big') EXCEPT SELECT * FROM trellis.label_propagation('big_shuffled')) x;
SELECT count(*) AS differ FROM (SELECT * FROM trellis.pagerank('big') EXCEPT SELECT * FROM trellis.pagerank('big_shuffled')) x;
SELECT count(*) > 0 AS differ FROM (SELECT * FROM trellis.communities('big') EXCEPT SELECT * FROM trellis.communities('big', random_seed => 1)) x;

-- levels: what is too large and comes apart is split at the next one, all of it, and nothing else
CREATE TEMP TABLE levels AS SELECT * FROM trellis.communities('big', max_size => 20);
SELECT count(DISTINCT level) > 1 AS several, count(DISTINCT community) = count(DISTINCT (level, community)) AS numbers_unique, min(community) AS first, max(community) = count(DISTINCT community) AS no_gaps FROM levels;
SELECT bool_and(parent_size > 20) AS parents_large, bool_and(parts > 1) AS apart, bool_and(covered = parent_size) AS whole, bool_and(level = parent_level + 1) AS next_level
FROM (SELECT l.parent, l.level, min(p.level) AS parent_level, min(p.size) AS parent_size, count(DISTINCT l.community) AS parts, count(*) AS covered
  FROM levels l JOIN levels p ON p.community = l.parent AND p.node_id = l.node_id GROUP BY 1, 2) x;
SELECT count(*) AS too_large FROM (SELECT DISTINCT community, size FROM levels) c WHERE size > 20 AND NOT EXISTS (SELECT FROM levels l WHERE l.parent = c.community);
SELECT max(level) AS level FROM trellis.communities('big', max_size => 20, max_levels => 1);
SELECT max(level) AS level FROM trellis.communities('big', max_size => 20, max_levels => 2);
-- a clique does not come apart
CREATE TABLE clique AS SELECT a AS src, b AS dst FROM generate_series(1, 6) a, generate_series(1, 6) b WHERE a < b;
SELECT level, node_id, community, parent, size, modularity FROM trellis.communities('clique', max_size => 2);
-- a ring of 30 cliques of 5: fewer communities than cliques at the top (the limit of
-- modularity's resolution), each clique one at the bottom
CREATE TABLE ring AS SELECT c * 10 + a AS src, c * 10 + b AS dst FROM generate_series(0, 29) c, generate_series(1, 5) a, generate_series(1, 5) b WHERE a < b
  UNION ALL SELECT c * 10 + 1, (c + 1) % 30 * 10 + 2 FROM generate_series(0, 29) c;
SELECT count(DISTINCT community) < 30 AS merged FROM trellis.communities('ring');
SELECT bool_and(n = 5) AS cliques, count(*) FROM (SELECT community, min(node_id / 10), count(*) AS n FROM trellis.communities('ring', max_size => 5) c
  WHERE NOT EXISTS (SELECT FROM trellis.communities('ring', max_size => 5) d WHERE d.parent = c.community) GROUP BY 1 HAVING count(DISTINCT node_id / 10) = 1) x;

-- long ways, a hub, thousands of parallel edges
CREATE TABLE path AS SELECT i AS src, i + 1 AS dst FROM generate_series(1, 100000) i;
SET work_mem = '32MB';
SELECT count(*), max(size) FROM trellis.components('path', 'strong');
INSERT INTO path VALUES (100001, 1);
SELECT count(*), max(size) FROM trellis.components('path', 'strong');
SELECT count(*), max(size) FROM trellis.components('path');
CREATE TABLE hub AS SELECT 0 AS src, i AS dst, i % 3 AS weight FROM generate_series(1, 20000) i UNION ALL SELECT 1, 2, 1 FROM generate_series(1, 20000);
SELECT count(*), round(max(score)::numeric, 4) FROM trellis.pagerank('hub', direction => 'both');
SELECT count(*) FROM trellis.communities('hub');

-- memory: an error that says what to do, and no more than that
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
\set VERBOSITY terse
SELECT count(*) FROM trellis.components('path');
SELECT count(*) FROM trellis.pagerank('path');
SELECT count(*) FROM trellis.communities('path');
\set VERBOSITY default
CREATE TABLE wide (src text, dst text);
INSERT INTO wide SELECT repeat(md5(i::text), 4000), md5(i::text) FROM generate_series(1, 100) i;
DO $$
BEGIN
  PERFORM trellis.components('wide', id_type => NULL::text);
EXCEPTION WHEN out_of_memory THEN
  RAISE NOTICE 'out of memory';
END $$;
RESET work_mem;
RESET hash_mem_multiplier;

-- a time limit stops each at once
SET work_mem = '64MB';
CREATE FUNCTION stopped(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  t0 timestamptz := clock_timestamp();
BEGIN
  FOR i IN 1..1000 LOOP
    EXECUTE call;
  END LOOP;
  RETURN 'not stopped';
EXCEPTION WHEN query_canceled THEN
  RETURN CASE WHEN clock_timestamp() - t0 < '1.5 s' THEN 'stopped' ELSE (clock_timestamp() - t0)::text END;
END $$;
SET statement_timeout = '200ms';
SELECT stopped($$SELECT trellis.components('path')$$);
SELECT stopped($$SELECT trellis.components('path', 'strong')$$);
SELECT stopped($$SELECT trellis.pagerank('path', tolerance => 0, max_iterations => 1000000)$$);
SELECT stopped($$SELECT trellis.pagerank('path', damping => 0.999999, tolerance => 1e-14, max_iterations => NULL)$$);
SELECT stopped($$SELECT trellis.communities('path')$$);
SELECT stopped($$SELECT trellis.label_propagation('path')$$);
RESET statement_timeout;
RESET work_mem;

-- ---- results in tables ----
SELECT trellis.create_graph('kgw_graph');
SET search_path = kgw_graph, kgw;
SELECT FROM trellis.upsert_nodes('kgw_graph', (SELECT jsonb_agg(jsonb_build_object('ext_id', i)) FROM generate_series(1, 7) i));
SELECT FROM trellis.upsert_edges('kgw_graph', (SELECT jsonb_agg(jsonb_build_object('src', src, 'dst', dst, 'rel', rel)) FROM kgw.edge));
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"damping": 0.5, "max_results": null}') AS pagerank \gset
SELECT trellis.save_analysis('kgw_graph', 'communities', '{"max_size": 2, "weighted": false, "random_seed": 7, "rels": ["a"]}') AS communities \gset
SELECT trellis.save_analysis('kgw_graph', 'components', '{"mode": "strong", "known_at": "2100-01-01", "min_weight": 0.5}') AS components \gset
SELECT trellis.save_analysis('kgw_graph', 'label_propagation') AS labels \gset
SELECT trellis.save_analysis('kgw_graph', 'degree', '{"rels": ["a"]}') AS degree \gset
SELECT algorithm, options, created_at <= now() AS dated FROM analysis_run ORDER BY run_id;
SELECT count(*), bool_and(s.score = p.score) AS same FROM node_score s JOIN trellis.pagerank('edge', 0.5) p USING (node_id) WHERE run_id = :pagerank;
SELECT count(*), bool_and(c.level = f.level AND c.parent_id IS NOT DISTINCT FROM f.parent) AS same FROM community c
  JOIN trellis.communities('edge', max_size => 2, random_seed => 7, rels => '{a}') f ON f.node_id = c.node_id AND f.community = c.community_id WHERE run_id = :communities;
SELECT count(*), bool_and(c.level = 0 AND c.parent_id IS NULL) AS same FROM community c JOIN trellis.components('edge', 'strong') f ON f.node_id = c.node_id AND f.component = c.community_id WHERE run_id = :components;
SELECT count(*), bool_and(c.level = 0 AND c.parent_id IS NULL) AS same FROM community c JOIN trellis.label_propagation('edge') f ON f.node_id = c.node_id AND f.community = c.community_id WHERE run_id = :labels;
SELECT count(*), bool_and(s.score = d.degree) AS same FROM node_score s JOIN trellis.degree('edge', NULL::bigint[], rels => '{a}') d USING (node_id) WHERE run_id = :degree;
-- rows go with their node and with their run
DELETE FROM node WHERE ext_id = '7';
SELECT run_id = :pagerank AS pagerank, count(*) FROM node_score GROUP BY 1 ORDER BY 1;
DELETE FROM analysis_run WHERE run_id <> :pagerank;
SELECT count(*) FROM community;

-- options
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"dampin": 0.5}');
SELECT trellis.save_analysis('kgw_graph', 'components', '{"damping": 0.5}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"damping": "0.5"}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"damping": 2}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"damping": 1e400}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"max_iterations": 1.5}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"max_iterations": 3000000000}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"weighted": 1}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"direction": ["out"]}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"rels": "a"}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"rels": ["a", 1]}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"rels": {"a": 1}}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"valid_at": "some day"}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{"valid_at": 5}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '{") r; DROP TABLE node; --": 1}');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '[]');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', '5');
SELECT trellis.save_analysis('kgw_graph', 'pagerank', NULL);
SELECT trellis.save_analysis('kgw_graph', NULL);
SELECT trellis.save_analysis('kgw_graph', 'colours');
SELECT trellis.save_analysis(NULL, 'pagerank');
SELECT trellis.save_analysis('nowhere', 'pagerank');
SELECT count(*) AS runs FROM analysis_run;

-- as the caller: rights, policies, tables that are missing
GRANT USAGE ON SCHEMA kgw_graph TO kgw_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA kgw_graph TO kgw_reader;
SET ROLE kgw_reader;
\set VERBOSITY terse
SELECT trellis.save_analysis('kgw_graph', 'components');
RESET ROLE;
GRANT INSERT ON analysis_run, community, node_score TO kgw_reader;
ALTER TABLE node ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON node USING (ext_id::int <= 4);
SET ROLE kgw_reader;
SELECT trellis.save_analysis('kgw_graph', 'components') AS run \gset
SELECT ext_id, community_id FROM community JOIN node USING (node_id) WHERE run_id = :run ORDER BY 1;
SELECT count(*) FROM community WHERE run_id = :run;
RESET ROLE;
ALTER TABLE community ENABLE ROW LEVEL SECURITY;
SET ROLE kgw_reader;
SELECT trellis.save_analysis('kgw_graph', 'components');
RESET ROLE;
DROP TABLE community, node_score;
SET ROLE kgw_reader;
SELECT trellis.save_analysis('kgw_graph', 'pagerank');
RESET ROLE;
SELECT trellis.save_analysis('kgw_graph', 'pagerank') > 0 AS saved;
SELECT relname, obj_description(oid, 'pg_class') IS NOT NULL AS explained FROM pg_class WHERE relnamespace = 'kgw_graph'::regnamespace AND relkind = 'r' ORDER BY 1;
-- what a trigger keeps from being recorded
CREATE FUNCTION kgw.nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER nothing BEFORE INSERT ON analysis_run FOR EACH ROW EXECUTE FUNCTION kgw.nothing();
SELECT trellis.save_analysis('kgw_graph', 'pagerank');
BEGIN READ ONLY;
SELECT trellis.save_analysis('kgw_graph', 'pagerank');
ROLLBACK;
\set VERBOSITY default

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA kgw CASCADE;
DROP SCHEMA kgw_graph CASCADE;
DELETE FROM trellis.graph_edges;
DROP ROLE kgw_reader;
