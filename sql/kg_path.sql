-- trellis.shortest_path: by edges and by weight, by hand and on 300 random
-- graphs beside recursive queries that try every way.

CREATE SCHEMA kgp;
SET search_path = kgp;
CREATE TABLE g (src bigint, dst bigint, rel text, weight float8, edge_id int);
INSERT INTO g VALUES
  (1, 2, 'a', 1, 1), (2, 3, 'a', 1, 2), (3, 4, 'a', 1, 3), (1, 4, 'b', 10, 4),
  (4, 4, 'loop', 0, 5), (2, 3, 'c', 0.5, 6), (2, 3, 'c', 0.5, 7), (4, 5, 'a', NULL, 8), (5, 6, 'a', 0, 9), (6, 5, 'a', 0, 10),
  (NULL, 1, 'a', 1, 11), (1, NULL, 'a', 1, 12);

SELECT * FROM trellis.shortest_path('g', 1, 4);
SELECT * FROM trellis.shortest_path('g', 1, 4, true);
SELECT seq, node_id, edge_id, agg_cost FROM trellis.shortest_path('g', 4, 1, true);
SELECT seq, node_id, edge_id FROM trellis.shortest_path('g', 4, 1, direction => 'in');
-- nothing in that direction; source is target; unknown ends; NULL ends
SELECT * FROM trellis.shortest_path('g', 4, 1, direction => 'out');
SELECT * FROM trellis.shortest_path('g', 4, 4);
SELECT * FROM trellis.shortest_path('g', 4, 4, true);
SELECT * FROM trellis.shortest_path('g', 1, 99);
SELECT * FROM trellis.shortest_path('g', 99, 1, true);
SELECT * FROM trellis.shortest_path('g', NULL::int, 1);
-- an edge without a weight is no way for a weighted path; weight 0 is
SELECT seq, node_id FROM trellis.shortest_path('g', 4, 6);
SELECT seq, node_id FROM trellis.shortest_path('g', 4, 6, true);
SELECT seq, node_id, cost FROM trellis.shortest_path('g', 5, 6, true);
-- filters and limits
SELECT seq, node_id, rel FROM trellis.shortest_path('g', 1, 4, rels => '{a}');
SELECT seq, node_id, rel FROM trellis.shortest_path('g', 1, 4, min_weight => 1, weighted => true);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 3, max_depth => 1);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 3, max_depth => 2);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 1, max_depth => 0);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 6, max_nodes => 2);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 3, true, max_nodes => 2);
-- a weight below 0 has no shortest path
INSERT INTO g VALUES (3, 9, 'a', -1, 13);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 9, true);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 9);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 4, true, min_weight => 0);
UPDATE g SET weight = 'NaN' WHERE edge_id = 13;
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 9, true);
SELECT seq, node_id FROM trellis.shortest_path('g', 1, 9, true, max_depth => 2);
-- text ids
CREATE TABLE t (src text, dst text);
INSERT INTO t VALUES ('a', 'b'), ('b', 'c');
SELECT seq, node_id FROM trellis.shortest_path('t', 'a', 'c');
SELECT pg_typeof(node_id) FROM trellis.shortest_path('g', 1::smallint, 2) LIMIT 1;

-- 300 random graphs, node ids apart by 1,000
CREATE FUNCTION rnd(int, int, text) RETURNS int LANGUAGE sql IMMUTABLE
  AS $$ SELECT ('x' || substr(md5($1 || $3 || $2), 1, 7))::bit(28)::int $$;
CREATE TABLE random (src bigint, dst bigint, rel text, weight float8, edge_id bigint);
INSERT INTO random
SELECT g * 1000 + rnd(g, e, 's') % (5 + g % 17), g * 1000 + rnd(g, e, 'd') % (5 + g % 17),
       'r', rnd(g, e, 'w') % 9, g * 1000 + e
FROM generate_series(1, 300) g, generate_series(1, 6 + g % 37) e;
CREATE INDEX ON random (src);
CREATE INDEX ON random (dst);
ANALYZE random;
CREATE VIEW arc AS SELECT src AS near, dst AS far, weight, edge_id, 1 AS way FROM random
  UNION ALL SELECT dst, src, weight, edge_id, 2 FROM random;
-- least cost from the first node of each, by relaxing until nothing changes
CREATE TABLE wanted (g int, ways int, name text, weighted bool, node_id bigint, cost float8, PRIMARY KEY (g, ways, weighted, node_id));
INSERT INTO wanted SELECT g, ways, name, weighted, g * 1000, 0
FROM generate_series(1, 300) g, (VALUES (1, 'out'), (2, 'in'), (3, 'both')) w(ways, name), (VALUES (true), (false)) k(weighted);
DO $$
BEGIN
  LOOP
    INSERT INTO wanted
    SELECT g, ways, name, weighted, far, min(cost + CASE WHEN weighted THEN weight ELSE 1 END)
    FROM wanted JOIN arc ON near = node_id AND way & ways <> 0 GROUP BY g, ways, name, weighted, far
    ON CONFLICT (g, ways, weighted, node_id) DO UPDATE SET cost = excluded.cost WHERE excluded.cost < wanted.cost;
    EXIT WHEN NOT FOUND;
  END LOOP;
END $$;
-- the cost agrees; the path is one: it starts and ends right, each step is an edge of that cost
SELECT weighted, count(*) AS cases, count(*) FILTER (WHERE found.cost = wanted.cost) AS cost_agrees, count(*) FILTER (WHERE found.is_path) AS is_path
FROM wanted CROSS JOIN LATERAL (
  SELECT max(agg_cost) AS cost,
         (array_agg(p.node_id ORDER BY seq))[1] = g * 1000 AND (array_agg(p.node_id ORDER BY seq DESC))[1] = wanted.node_id
         AND bool_and(seq = 0 OR EXISTS (SELECT FROM arc WHERE arc.edge_id = p.edge_id AND near = p.before AND far = p.node_id AND way & ways <> 0
                                         AND p.cost = CASE WHEN weighted THEN weight ELSE 1 END)) AS is_path
  FROM (SELECT *, lag(s.node_id) OVER (ORDER BY seq) AS before
        FROM trellis.shortest_path('random', g * 1000, wanted.node_id, weighted, direction => name) s) p) found
GROUP BY weighted ORDER BY weighted;
-- what cannot be reached is not
SELECT count(*) AS unreachable, sum(rows) AS rows
FROM (SELECT DISTINCT g, ways, name, weighted FROM wanted WHERE g % 4 = 0) w,
  LATERAL (SELECT src AS id FROM random WHERE src / 1000 = g EXCEPT SELECT node_id FROM wanted x WHERE x.g = w.g AND x.ways = w.ways AND x.weighted = w.weighted) o,
  LATERAL (SELECT count(*) AS rows FROM trellis.shortest_path('random', g * 1000, o.id, weighted, direction => name)) p;
-- the order in which rows come does not matter
CREATE TABLE shuffled AS SELECT * FROM random ORDER BY md5(edge_id::text);
SELECT count(*) AS cases, sum(agree::int) AS agree FROM (
  SELECT (SELECT array_agg(x ORDER BY x) FROM trellis.shortest_path('random', g * 1000, node_id, weighted, direction => name) x)
       = (SELECT array_agg(x ORDER BY x) FROM trellis.shortest_path('shuffled', g * 1000, node_id, weighted, direction => name) x) AS agree
  FROM wanted WHERE g % 10 = 0) x;

DROP SCHEMA kgp CASCADE;
