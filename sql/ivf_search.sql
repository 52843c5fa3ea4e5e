-- Searches of an ivf index, compared with sequential scans of the same table.
SET client_min_messages = warning;
SET trellis.enable_knn = off; -- the access method's own scans

CREATE FUNCTION wave(i int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg(sin(i * (k + 0.5) * 0.7)::real ORDER BY k)::vector FROM generate_series(1, dims) k $$;
-- one that plans name as it is written
CREATE FUNCTION asked(dims int) RETURNS vector LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN wave(7000, dims); END $$;

-- plan(query): without what PostgreSQL 18 says of disabled nodes
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    CONTINUE WHEN line LIKE '%Disabled: true';
    RETURN NEXT line;
  END LOOP;
END $$;
-- ids(query, by_index): what the query returns in order, by the index or without
CREATE FUNCTION ids(query text, by_index boolean) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  result int[]; plan text; line text;
BEGIN
  PERFORM set_config('enable_seqscan', (NOT by_index)::text, true), set_config('enable_indexscan', by_index::text, true),
          set_config('enable_sort', (NOT by_index)::text, true);
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    plan := concat_ws(E'\n', plan, line);
  END LOOP;
  IF (plan LIKE '%Index Scan using%Order By%') <> by_index THEN
    RAISE EXCEPTION 'plan of %: %', query, plan;
  END IF;
  EXECUTE 'SELECT array_agg(id) FROM (' || query || ') s' INTO result;
  RETURN result;
END $$;
-- recall(query): the share of the exact answer that the index finds
CREATE FUNCTION recall(query text) RETURNS float8 LANGUAGE sql
  AS $$ SELECT count(f) / count(*)::float8 FROM unnest(ids(query, false)) e LEFT JOIN unnest(ids(query, true)) f ON e = f $$;
-- complete(query): both return the same rows, each once
CREATE FUNCTION complete(query text) RETURNS boolean LANGUAGE sql
  AS $$ SELECT (SELECT array_agg(e ORDER BY e) FROM unnest(ids(query, true)) e) = (SELECT array_agg(e ORDER BY e) FROM unnest(ids(query, false)) e) $$;

CREATE TABLE items (id int PRIMARY KEY, kind int, v vector(24), h halfvec(24)) WITH (autovacuum_enabled = off);
INSERT INTO items SELECT i, i % 10, wave(i, 24), wave(i, 24)::halfvec(24) FROM generate_series(1, 3000) i;
CREATE INDEX items_v_l2 ON items USING ivf (v);
CREATE INDEX items_v_ip ON items USING ivf (v vector_ip_ops);
CREATE INDEX items_v_cosine ON items USING ivf (v vector_cosine_ops);
CREATE INDEX items_h_l2 ON items USING ivf (h);
CREATE INDEX items_h_ip ON items USING ivf (h halfvec_ip_ops);
CREATE INDEX items_h_cosine ON items USING ivf (h halfvec_cosine_ops);
ANALYZE items;

SET enable_seqscan = off;
SELECT plan($q$SELECT id FROM items ORDER BY v <=> asked(24) LIMIT 3$q$);
SELECT plan($q$SELECT id FROM items ORDER BY h <#> asked(24)::halfvec LIMIT 3$q$);
-- what no class orders, or none may: an exact answer, the other direction
SELECT plan($q$SELECT id FROM items ORDER BY v <+> asked(24) LIMIT 3$q$);
SELECT plan($q$SELECT id FROM items ORDER BY v <-> asked(24) DESC LIMIT 3$q$);
SET trellis.target_recall = 1;
SELECT plan($q$SELECT id FROM items ORDER BY v <-> asked(24) LIMIT 3$q$);
RESET trellis.target_recall;
RESET enable_seqscan;

-- every list probed: the exact answer but for ties within rounding
SET trellis.ivf_probes = 100000;
SELECT column_name || ' ' || op AS ordering,
       min(recall(format('SELECT id FROM items ORDER BY %s %s wave(%s, 24)::%s LIMIT 10', column_name, op, 7000 + 13 * i, t))) >= 0.9 AS ten,
       avg(recall(format('SELECT id FROM items ORDER BY %s %s wave(%s, 24)::%s LIMIT 10', column_name, op, 7000 + 13 * i, t))) > 0.98 AS mean,
       min(recall(format('SELECT id FROM items ORDER BY %s %s wave(%s, 24)::%s LIMIT 500', column_name, op, 7000 + 13 * i, t))) > 0.95 AS many
  FROM (VALUES ('v', 'vector'), ('h', 'halfvec')) c(column_name, t), unnest(ARRAY['<->', '<#>', '<=>']) op, generate_series(1, 5) i
 GROUP BY 1 ORDER BY 1;
-- the row itself comes first
SELECT bool_and((ids(format('SELECT id FROM items ORDER BY v <-> wave(%s, 24) LIMIT 1', i), true))[1] = i) FROM generate_series(1, 3000, 371) i;

-- no option, no setting: the stated recall
RESET trellis.ivf_probes;
SELECT op, avg(recall(format('SELECT id FROM items ORDER BY v %s wave(%s, 24) LIMIT 10', op, 7000 + 13 * i))) >= 0.9 AS ten
  FROM unnest(ARRAY['<->', '<#>', '<=>']) op, generate_series(1, 20) i GROUP BY 1 ORDER BY 1;
SET trellis.target_recall = 0.5;
SELECT recall('SELECT id FROM items ORDER BY v <-> wave(7001, 24) LIMIT 10') > 0;
RESET trellis.target_recall;

-- without a limit, and behind it: every row once
SELECT complete(format('SELECT id FROM items ORDER BY v %s wave(7000, 24)', op)) FROM unnest(ARRAY['<->', '<#>', '<=>']) op;
SET trellis.ivf_probes = 1;
SELECT complete('SELECT id FROM items ORDER BY h <=> wave(7000, 24)::halfvec');
SELECT cardinality(ids('SELECT id FROM items ORDER BY v <-> wave(7000, 24) OFFSET 2990', true)),
       cardinality(ids('SELECT id FROM items ORDER BY v <-> wave(7000, 24) LIMIT 20 OFFSET 100', true)),
       ids('SELECT id FROM items ORDER BY v <-> wave(7000, 24) LIMIT 0', true),
       ids('SELECT id FROM items ORDER BY v <-> wave(7000, 24) OFFSET 3000', true);
RESET trellis.ivf_probes;
-- filters: rows are taken until enough pass
SELECT cardinality(ids('SELECT id FROM items WHERE kind = 3 ORDER BY v <-> wave(7000, 24) LIMIT 30', true)),
       complete('SELECT id FROM items WHERE kind = 3 ORDER BY v <-> wave(7000, 24)'),
       cardinality(ids('SELECT id FROM items WHERE id + 0 IN (17, 2000) ORDER BY v <-> wave(7000, 24) LIMIT 5', true)),
       ids('SELECT id FROM items WHERE kind = 12 ORDER BY v <-> wave(7000, 24) LIMIT 30', true);
-- the order is that of the distances, up to rounding
SELECT bool_and(d >= previous - 0.2) FROM (SELECT d, lag(d, 1, 0::float8) OVER () AS previous
  FROM (SELECT v <-> wave(7000, 24) AS d FROM unnest(ids('SELECT id FROM items ORDER BY v <-> wave(7000, 24) LIMIT 1000', true)) WITH ORDINALITY u(id, n)
        JOIN items USING (id) ORDER BY n) s) s;

-- queries without a distance, and of other dimensions: as a sequential scan
SELECT complete('SELECT id FROM items ORDER BY v <-> (SELECT NULL::vector)'), complete('SELECT id FROM items ORDER BY v <=> array_fill(0, ARRAY[24])::vector'),
       complete('SELECT id FROM items ORDER BY v <-> array_fill(0, ARRAY[24])::vector'), complete('SELECT id FROM items ORDER BY v <#> array_fill(0, ARRAY[24])::vector'),
       cardinality(ids('SELECT id FROM items ORDER BY v <-> (SELECT NULL::vector) LIMIT 7', true));
SET enable_seqscan = off;
SELECT id FROM items ORDER BY v <-> '[1,2,3]' LIMIT 3;
SELECT id FROM items ORDER BY h <=> '[1,2,3]' LIMIT 3;
SET enable_seqscan = on; SET enable_indexscan = off;
SELECT id FROM items ORDER BY v <-> '[1,2,3]' LIMIT 3;
SELECT id FROM items ORDER BY h <=> '[1,2,3]' LIMIT 3;
RESET enable_indexscan;
DROP TABLE items;

-- NULL after NaN after all others
CREATE TABLE few (id int, v vector(3));
INSERT INTO few VALUES (1, NULL), (2, '[0,0,0]'), (3, '[1,2,3]'), (4, NULL), (5, '[0,0,0]'), (6, '[3,2,1]'), (7, '[-1,-2,-3]');
CREATE INDEX few_cosine ON few USING ivf (v vector_cosine_ops);
CREATE INDEX few_l2 ON few USING ivf (v vector_l2_ops);
SELECT array_agg(CASE WHEN v IS NULL THEN 'null' WHEN vector_norm(v) = 0 THEN 'zero' ELSE id::text END ORDER BY n)
  FROM unnest(ids('SELECT id FROM few ORDER BY v <=> ''[1,2,3]''', true)) WITH ORDINALITY u(id, n) JOIN few USING (id);
SELECT array_agg(CASE WHEN v IS NULL THEN 'null' WHEN vector_norm(v) = 0 THEN 'zero' ELSE id::text END ORDER BY n)
  FROM unnest(ids('SELECT id FROM few ORDER BY v <-> ''[1,2,3]''', true)) WITH ORDINALITY u(id, n) JOIN few USING (id);
SELECT cardinality(ids('SELECT id FROM few ORDER BY v <=> ''[1,2,3]'' LIMIT 4', true));
SELECT complete('SELECT id FROM few ORDER BY v <=> ''[1,2,3]'''), complete('SELECT id FROM few ORDER BY v <-> ''[1,2,3]'''),
       complete('SELECT id FROM few ORDER BY v <=> ''[0,0,0]'''), complete('SELECT id FROM few ORDER BY v <-> (SELECT NULL::vector)'), complete('SELECT id FROM few ORDER BY v <=> (SELECT NULL::vector)');
SELECT cardinality(ids('SELECT id FROM few WHERE v IS NOT NULL ORDER BY v <=> ''[1,2,3]''', true)),
       ids('SELECT id FROM few WHERE v IS NULL ORDER BY v <=> ''[1,2,3]'', id', false);
DROP TABLE few;

-- an empty table that grows
CREATE TABLE grown (id int, v vector(8));
CREATE INDEX grown_v ON grown USING ivf (v);
SELECT ids('SELECT id FROM grown ORDER BY v <-> wave(1, 8) LIMIT 5', true);
INSERT INTO grown SELECT i, wave(i, 8) FROM generate_series(1, 4000) i;
SELECT complete('SELECT id FROM grown ORDER BY v <-> wave(9000, 8)');
SELECT avg(recall(format('SELECT id FROM grown ORDER BY v <-> wave(%s, 8) LIMIT 10', 7000 + 13 * i))) >= 0.9 FROM generate_series(1, 20) i;
SELECT lists > 4, trellis.ivf_check('grown_v') FROM trellis.ivf_stats('grown_v');
DROP TABLE grown;

-- many rows at the same place, and at the same distance
CREATE TABLE same (id int, v vector(4));
INSERT INTO same SELECT i, '[1,2,3,4]' FROM generate_series(1, 2000) i;
INSERT INTO same SELECT 2000 + i, wave(i, 4) FROM generate_series(1, 100) i;
INSERT INTO same SELECT 3000 + i, CASE i % 4 WHEN 0 THEN '[9,0,0,0]' WHEN 1 THEN '[0,9,0,0]' WHEN 2 THEN '[0,0,9,0]' ELSE '[0,0,0,9]' END::vector FROM generate_series(1, 2000) i;
CREATE INDEX same_v ON same USING ivf (v);
CREATE INDEX same_v_ip ON same USING ivf (v vector_ip_ops);
SELECT complete('SELECT id FROM same ORDER BY v <-> ''[1,2,3,4]'''), complete('SELECT id FROM same ORDER BY v <-> ''[1,1,1,1]'''),
       complete('SELECT id FROM same ORDER BY v <#> ''[1,1,1,1]'''), complete('SELECT id FROM same ORDER BY v <-> ''[0,0,0,0]''');
SELECT max(v <-> '[1,2,3,4]'), count(*) FROM unnest(ids('SELECT id FROM same ORDER BY v <-> ''[1,2,3,4]'' LIMIT 2000', true)) id JOIN same USING (id);
-- in one list, nearer ones among them
CREATE INDEX same_one ON same USING ivf ((v::halfvec(4)) halfvec_l2_ops) WITH (lists = 1);
SELECT complete(format('SELECT id FROM same ORDER BY v::halfvec(4) <-> %L::halfvec', q)) FROM unnest(ARRAY['[-1,-2,-3,-4]', '[0,0,0,0]', '[1,2,3,4]', '[5,5,5,-20]']) q;
DROP TABLE same;

-- bit strings
CREATE TABLE flags (id int, b bit(40));
INSERT INTO flags SELECT i, substring(i::bit(20) || (i * 7919)::bit(32) FROM 5 FOR 40)::bit(40) FROM generate_series(1, 1000) i;
INSERT INTO flags VALUES (2001, NULL), (2002, B'0'::bit(40)), (2003, ~ B'0'::bit(40));
CREATE INDEX flags_b ON flags USING ivf (b bit_hamming_ops);
INSERT INTO flags SELECT 3000 + i, substring(i::bit(20) || (i * 104729)::bit(32) FROM 5 FOR 40)::bit(40) FROM generate_series(1, 1000) i;
SELECT complete('SELECT id FROM flags ORDER BY b <~> B''0101''::bit(40)'),
       (ids('SELECT id FROM flags ORDER BY b <~> (~ B''0''::bit(40)) LIMIT 1', true))[1],
       avg(b <~> B'0101'::bit(40)) <= (SELECT avg(b <~> B'0101'::bit(40)) + 0.5 FROM unnest(ids('SELECT id FROM flags ORDER BY b <~> B''0101''::bit(40) LIMIT 20', false)) id JOIN flags USING (id)) AS near
  FROM unnest(ids('SELECT id FROM flags ORDER BY b <~> B''0101''::bit(40) LIMIT 20', true)) id JOIN flags USING (id);
SELECT rows, tail_rows, metric, trellis.ivf_check('flags_b') FROM trellis.ivf_stats('flags_b');
SET enable_seqscan = off;
SELECT id FROM flags ORDER BY b <~> B'01' LIMIT 1;
RESET enable_seqscan;
DROP TABLE flags;

-- the ends of what a float holds
CREATE TABLE far (id int, v vector(2));
INSERT INTO far SELECT i, ARRAY[sin(i), cos(i)]::vector FROM generate_series(1, 300) i;
INSERT INTO far VALUES (1001, '[3e38,-3e38]'), (1002, '[1e30,1]'), (1003, '[1e-40,0]'), (1004, '[3e38,3e38]'), (1005, '[1e-30,1e-30]');
CREATE INDEX far_l2 ON far USING ivf (v);
CREATE INDEX far_ip ON far USING ivf (v vector_ip_ops);
CREATE INDEX far_cosine ON far USING ivf (v vector_cosine_ops);
INSERT INTO far VALUES (1007, '[-3e38,3e38]'), (1008, '[1e-44,1e-44]');
SELECT query, op, complete(format('SELECT id FROM far ORDER BY v %s %L', op, query))
  FROM unnest(ARRAY['[1,2]', '[1e-40,1]', '[3e38,1]', '[1e20,1e20]', '[1e-30,0]']) query, unnest(ARRAY['<->', '<#>', '<=>']) op ORDER BY 2, 1;
SELECT query, op, recall(format('SELECT id FROM far ORDER BY v %s %L LIMIT 100', op, query)) > 0.9 AS near
  FROM unnest(ARRAY['[1,2]', '[1e-40,1]']) query, unnest(ARRAY['<->', '<#>', '<=>']) op ORDER BY 2, 1;
SELECT trellis.ivf_check('far_l2'), trellis.ivf_check('far_ip'), trellis.ivf_check('far_cosine');
DROP TABLE far;

-- partial and expression indexes, partitions
CREATE TABLE items (id int, kind int, v vector(16)) PARTITION BY LIST (kind);
CREATE TABLE items0 PARTITION OF items FOR VALUES IN (0);
CREATE TABLE items1 PARTITION OF items FOR VALUES IN (1, 2);
INSERT INTO items SELECT i, i % 3, wave(i, 16) FROM generate_series(1, 1500) i;
CREATE INDEX ON items USING ivf ((v::halfvec(16)) halfvec_l2_ops);
CREATE INDEX ON items USING ivf ((subvector(v, 1, 8)::vector(8)) vector_cosine_ops);
CREATE INDEX ON items1 USING ivf (v vector_l2_ops) WHERE kind = 2;
SET enable_seqscan = off;
SELECT plan($q$SELECT id FROM items ORDER BY v::halfvec(16) <-> asked(16)::halfvec LIMIT 5$q$);
SELECT plan($q$SELECT id FROM items1 WHERE kind = 2 ORDER BY v <-> asked(16) LIMIT 5$q$);
SELECT plan($q$SELECT id FROM items1 WHERE kind = 1 ORDER BY v <-> asked(16) LIMIT 5$q$);
RESET enable_seqscan;
SELECT complete('SELECT id FROM items ORDER BY v::halfvec(16) <-> wave(7000, 16)::halfvec'),
       recall('SELECT id FROM items ORDER BY v::halfvec(16) <-> wave(7000, 16)::halfvec LIMIT 10') >= 0.9,
       complete('SELECT id FROM items0 ORDER BY subvector(v, 1, 8)::vector(8) <=> wave(7000, 8)'),
       complete('SELECT id FROM items1 WHERE kind = 2 ORDER BY v <-> wave(7000, 16)'),
       recall('SELECT id FROM items1 WHERE kind = 2 ORDER BY v <-> wave(7000, 16) LIMIT 10') >= 0.9;
DROP TABLE items;

-- cursors, joins, prepared statements
CREATE TABLE items (id int PRIMARY KEY, v vector(16));
INSERT INTO items SELECT i, wave(i, 16) FROM generate_series(1, 2000) i;
CREATE INDEX items_v ON items USING ivf (v);
ANALYZE items;
SET enable_seqscan = off; SET enable_sort = off; SET trellis.ivf_probes = 100000;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM items ORDER BY v <-> wave(500, 16);
FETCH 1 FROM c;
MOVE 1500 FROM c;
SAVEPOINT a;
INSERT INTO items SELECT i, wave(i, 16) FROM generate_series(3001, 4000) i;
ROLLBACK TO a;
INSERT INTO items SELECT i, wave(i, 16) FROM generate_series(4001, 5000) i;
DELETE FROM items WHERE id < 1000;
ANALYZE items;
MOVE 1500 FROM c;
FETCH 1 FROM c;
CLOSE c;
ROLLBACK;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM items ORDER BY v <-> wave(500, 16);
FETCH FIRST FROM c; MOVE ABSOLUTE 2000 FROM c; FETCH ABSOLUTE 2001 FROM c; FETCH FIRST FROM c; FETCH BACKWARD 1 FROM c;
COMMIT;
-- a scan per outer row
SELECT plan($q$SELECT q.id, n.id FROM items q, LATERAL (SELECT id FROM items i ORDER BY i.v <-> q.v LIMIT 1) n WHERE q.id IN (3, 77, 1999)$q$);
SELECT q.id, n.id FROM items q, LATERAL (SELECT id FROM items i ORDER BY i.v <-> q.v LIMIT 1) n WHERE q.id IN (3, 77, 1999) ORDER BY 1;
SELECT q.i, n.id, n.c FROM (VALUES (3, wave(3, 16)), (4, NULL), (5, wave(5, 16))) q(i, v),
  LATERAL (SELECT min(id) FILTER (WHERE r = 1) AS id, count(*) AS c FROM (SELECT id, row_number() OVER () AS r FROM (SELECT id FROM items i ORDER BY i.v <-> q.v) i) i) n
  WHERE q.i <> 4 ORDER BY 1;
SELECT bool_and(id = i) FROM generate_series(1, 2000, 50) i, LATERAL (SELECT id FROM items ORDER BY v <-> wave(i, 16) LIMIT 1) n;
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> wave(5, 16) LIMIT 50) a JOIN (SELECT id FROM items ORDER BY v <-> wave(5, 16) LIMIT 20) b USING (id);
PREPARE nearest(vector, int) AS SELECT id FROM items ORDER BY v <-> $1 LIMIT $2;
SET plan_cache_mode = force_generic_plan;
SELECT plan($q$EXECUTE nearest(NULL, 1)$q$);
EXECUTE nearest(wave(12, 16), 1);
EXECUTE nearest(wave(1200, 16), 1);
EXECUTE nearest('[1,2]', 1);
EXECUTE nearest(NULL, 0);
RESET plan_cache_mode;
DEALLOCATE nearest;
-- rows that are not there any more, as other commands see them
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT id FROM items ORDER BY v <-> wave(12, 16) LIMIT 1;
UPDATE items SET id = 10012 WHERE id = 12;
SELECT id FROM items ORDER BY v <-> wave(12, 16) LIMIT 1;
DELETE FROM items WHERE id = 10012;
SELECT id = 10012 FROM items ORDER BY v <-> wave(12, 16) LIMIT 1;
ROLLBACK;
SELECT id FROM items ORDER BY v <-> wave(12, 16) LIMIT 1 FOR UPDATE;
DROP TABLE items;
DROP FUNCTION complete, recall, ids, plan, asked, wave;
