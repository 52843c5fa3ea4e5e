-- ivf over sparsevec: lists by sketches, rows ordered by their own distances.
SET client_min_messages = warning;
SET trellis.enable_knn = off; -- the access method's own scans
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/error_of.psql

-- words(i, dims): like a text of one of 50 topics: words of the topic, words that all have, and some of its own
CREATE FUNCTION words(i int, dims int) RETURNS sparsevec LANGUAGE sql IMMUTABLE AS $$
  SELECT ('{' || string_agg(k || ':' || w, ',' ORDER BY k) || '}/' || dims)::sparsevec
    FROM (SELECT 1 + word * 48271 % 2147483647 % dims AS k, round(sum(w)::numeric, 3) AS w
            FROM (SELECT ((i % 50)::bigint * 37 + i * j * j % 23) * 7919 + 5, 1 + i * j % 7 / 3.0 FROM generate_series(1, 9) j
                  UNION ALL SELECT (i * j % 97 + 13)::bigint * 104729 + 1, 0.5 + i * j % 5 / 4.0 FROM generate_series(1, 6) j
                  UNION ALL SELECT i::bigint * 611953 + j * 15485863, 0.5 + i * j % 3 / 2.0 FROM generate_series(1, 4) j) s(word, w) GROUP BY 1) s $$;
-- distances(table, column, operator, query, rows): of what comes first, by the index or without
CREATE FUNCTION distances(tab text, col text, op text, query text, n int, by_index boolean) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
  result float8[]; plan text; line text;
  command text := format('SELECT %s %s %s AS d FROM %I ORDER BY %1$s %2$s %3$s LIMIT %5$s', col, op, query, tab, n);
BEGIN
  PERFORM set_config('enable_seqscan', (NOT by_index)::text, true), set_config('enable_indexscan', by_index::text, true),
          set_config('enable_sort', (NOT by_index)::text, true), set_config('max_parallel_workers_per_gather', '0', true);
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || command LOOP
    plan := concat_ws(E'\n', plan, line);
  END LOOP;
  IF (plan LIKE '%Index Scan using%Order By%') <> by_index THEN
    RAISE EXCEPTION 'plan of %: %', command, plan;
  END IF;
  EXECUTE 'SELECT array_agg(d) FROM (' || command || ') s' INTO result;
  RETURN result;
END $$;
-- exact: the index gives the same distances in the same order
CREATE FUNCTION exact(tab text, col text, op text, query text, n int) RETURNS boolean LANGUAGE sql
  AS $$ SELECT distances(tab, col, op, query, n, true) = distances(tab, col, op, query, n, false) $$;
-- recall: the share that is no farther than the last of the exact answer
CREATE FUNCTION recall(tab text, col text, op text, query text, n int) RETURNS float8 LANGUAGE sql AS $$
  SELECT count(*) FILTER (WHERE d <= e[cardinality(e)]) / n::float8
    FROM (SELECT distances(tab, col, op, query, n, false)) s(e), unnest(distances(tab, col, op, query, n, true)) d $$;
-- complete: every row once
CREATE FUNCTION complete(tab text, col text, op text, query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  result boolean;
BEGIN
  SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_indexscan = on;
  EXECUTE format('WITH t AS MATERIALIZED (SELECT id FROM %I ORDER BY %s %s %s) SELECT count(*) = count(DISTINCT id) AND count(*) = (SELECT count(*) FROM %1$I) FROM t',
                 tab, col, op, query) INTO result;
  RETURN result;
END $$;

CREATE TABLE items (id serial, s sparsevec(100000), few sparsevec(300), note text DEFAULT '') WITH (fillfactor = 60, autovacuum_enabled = off);
INSERT INTO items (s, few) SELECT words(i, 100000), words(i, 300) FROM generate_series(1, 2500) i;
INSERT INTO items (s, few) VALUES (NULL, NULL), ('{}/100000', '{}/300'), ('{1:3e38,2:3e38}/100000', '{1:1e18}/300'), (NULL, NULL), ('{7:1e-30}/100000', '{7:1e-30}/300');
CREATE TABLE queries (q int PRIMARY KEY, s sparsevec(100000), few sparsevec(300));
INSERT INTO queries SELECT i, words(7000 + 13 * i, 100000), words(7000 + 13 * i, 300) FROM generate_series(1, 12) i;
-- a query of two words, one that all rows are alike to, one without direction
INSERT INTO queries SELECT 13, ('{' || array_to_string((regexp_split_to_array(trim(both '{}' from split_part(words(77, 100000)::text, '/', 1)), ','))[1:2], ',') || '}/100000')::sparsevec, '{5:1,9:2}/300';
INSERT INTO queries VALUES (14, '{99991:1}/100000', '{}/300'), (15, '{}/100000', NULL);

-- the classes; l2 is the default
CREATE INDEX items_l2 ON items USING ivf (s);
CREATE INDEX items_ip ON items USING ivf (s sparsevec_ip_ops);
CREATE INDEX items_cosine ON items USING ivf (s sparsevec_cosine_ops);
CREATE INDEX items_few_l2 ON items USING ivf (few sparsevec_l2_ops);
CREATE INDEX items_few_ip ON items USING ivf (few sparsevec_ip_ops);
CREATE INDEX items_few_cosine ON items USING ivf (few sparsevec_cosine_ops);
ANALYZE items;
SELECT i, trellis.ivf_check(('items_' || i)::regclass), s.metric, s.dimensions, s.rows, s.tail_rows, (SELECT sum(l.rows) FROM trellis.ivf_lists(('items_' || i)::regclass) l) = s.rows - s.tail_rows AS in_lists
  FROM unnest(ARRAY['l2', 'ip', 'cosine', 'few_l2', 'few_ip', 'few_cosine']) i, trellis.ivf_stats(('items_' || i)::regclass) s;
SELECT rows > 2000 AS rows, dimensions, bytes BETWEEN 0.4 * pg_relation_size('items_l2') AND 2.5 * pg_relation_size('items_l2') AS bytes FROM trellis.ivf_estimate('items', 's');
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY s <=> '{1:1,7:2}/100000' LIMIT 3;
RESET enable_seqscan;

-- every list probed, and bounds so wide that nothing falls out: the same as without an index
SET trellis.ivf_probes = 100000;
SET trellis.target_recall = 0.9999;
SELECT op, n, bool_and(exact('items', 's', op, format('%L::sparsevec', s), n)) AS s, bool_and(exact('items', 'few', op, format('%L::sparsevec', few), n)) AS few
  FROM queries, unnest(ARRAY['<->', '<#>', '<=>']) op, unnest(ARRAY[1, 10]) n WHERE q < 14 GROUP BY 1, 2 ORDER BY 1, 2;
SELECT op, avg(recall('items', 's', op, format('%L::sparsevec', s), 300)) >= 0.98 AS s, avg(recall('items', 'few', op, format('%L::sparsevec', few), 300)) >= 0.98 AS few
  FROM queries, unnest(ARRAY['<->', '<#>', '<=>']) op WHERE q < 14 GROUP BY 1 ORDER BY 1;
SELECT q, op, complete('items', 's', op, coalesce(quote_literal(s), 'NULL') || '::sparsevec') AS s, complete('items', 'few', op, coalesce(quote_literal(few), 'NULL') || '::sparsevec') AS few
  FROM queries, unnest(ARRAY['<->', '<#>', '<=>']) op WHERE q > 12 ORDER BY 1, 2;
RESET trellis.ivf_probes;
RESET trellis.target_recall;
-- NULL and what has no direction come last; a query that is longer than squares can be
SET enable_seqscan = off;
SELECT array_agg(d ORDER BY n) FROM (SELECT s <=> (SELECT s FROM queries WHERE q = 1) AS d, row_number() OVER () AS n FROM (SELECT s FROM items ORDER BY s <=> (SELECT s FROM queries WHERE q = 1) OFFSET 2502) o) o;
SELECT id FROM items ORDER BY s <-> '{1:3e38,2:3e38}/100000' LIMIT 1 OFFSET 2502;
SELECT complete('items', 's', op, '''{3:3e38,4:-3e38}/100000''::sparsevec') FROM unnest(ARRAY['<->', '<#>', '<=>']) op;
SET enable_seqscan = off;
-- the nearest of several queries: one scan, begun anew
SELECT array_agg(near = id) FROM (SELECT o.id, (SELECT i.id FROM items i ORDER BY i.s <=> o.s LIMIT 1) AS near FROM items o WHERE o.id IN (5, 500, 1234, 2499)) s;
SELECT array_agg(near = id) FROM (SELECT o.id, (SELECT i.id FROM items i ORDER BY i.few <-> o.few LIMIT 1) AS near FROM items o WHERE o.id IN (5, 500, 1234, 2499)) s;
RESET enable_seqscan;
-- no setting: the stated recall
SELECT op, avg(recall('items', 's', op, format('%L::sparsevec', s), 10)) >= 0.93 AS s, avg(recall('items', 'few', op, format('%L::sparsevec', few), 10)) >= 0.93 AS few
  FROM queries, unnest(ARRAY['<->', '<#>', '<=>']) op WHERE q < 13 GROUP BY 1 ORDER BY 1;

-- wrong dimensions, no dimensions, no class
SET enable_seqscan = off;
SELECT error_of('SELECT id FROM items ORDER BY s <=> ''{1:1}/9'' LIMIT 1'), error_of('SELECT id FROM items ORDER BY few <-> ''{1:1}/100000'' LIMIT 1');
RESET enable_seqscan;
CREATE TABLE wrong (a sparsevec, b sparsevec(9), v vector(9));
SELECT error_of('CREATE INDEX ON wrong USING ivf (a)');
SELECT error_of('CREATE INDEX ON wrong USING ivf (b sparsevec_l1_ops)'), error_of('SELECT * FROM trellis.ivf_estimate(''wrong'', ''a'')');
INSERT INTO wrong VALUES ('{1:1}/9'), ('{1:1}/8');
SELECT error_of('CREATE INDEX ON wrong USING ivf ((a::sparsevec(9)))');
DELETE FROM wrong WHERE a::text LIKE '%/8';
CREATE INDEX wrong_a ON wrong USING ivf ((a::sparsevec(9)));
SELECT error_of('INSERT INTO wrong (a) VALUES (''{1:1}/8'')');
DROP TABLE wrong;

-- rows that come, change and go
INSERT INTO items (s, few) SELECT words(i, 100000), words(i, 300) FROM generate_series(3001, 5500) i;
DELETE FROM items WHERE id % 4 = 0;
UPDATE items SET note = 'hot' WHERE id % 7 = 0;
UPDATE items SET s = words(id + 20000, 100000), few = words(id + 20000, 300) WHERE id % 11 = 0;
SET trellis.ivf_probes = 100000;
SET trellis.target_recall = 0.9999;
SELECT op, avg(recall('items', 's', op, format('%L::sparsevec', s), 10)) >= 0.98 AS s, bool_and(exact('items', 'few', op, format('%L::sparsevec', few), 10)) AS few
  FROM queries, unnest(ARRAY['<->', '<#>', '<=>']) op WHERE q < 14 GROUP BY 1 ORDER BY 1;
VACUUM (INDEX_CLEANUP ON) items;
SELECT i, trellis.ivf_check(('items_' || i)::regclass) = (SELECT count(*) FROM items), s.lists > 40 AS split
  FROM unnest(ARRAY['l2', 'ip', 'cosine', 'few_l2', 'few_ip', 'few_cosine']) i, trellis.ivf_stats(('items_' || i)::regclass) s;
INSERT INTO items (s, few) SELECT words(i, 100000), words(i, 300) FROM generate_series(6001, 6300) i;
SELECT op, avg(recall('items', 's', op, format('%L::sparsevec', s), 10)) >= 0.98 AS s, bool_and(exact('items', 'few', op, format('%L::sparsevec', few), 10)) AS few,
       bool_and(complete('items', 's', op, format('%L::sparsevec', s))) AS complete
  FROM queries, unnest(ARRAY['<->', '<#>', '<=>']) op WHERE q < 14 GROUP BY 1 ORDER BY 1;
-- rows that are undone
BEGIN;
UPDATE items SET s = words(id + 30000, 100000) WHERE id % 5 = 0;
SELECT op, avg(recall('items', 's', op, format('%L::sparsevec', s), 10)) >= 0.98 AS s FROM queries, unnest(ARRAY['<->', '<=>']) op WHERE q < 6 GROUP BY 1 ORDER BY 1;
ROLLBACK;
SELECT op, avg(recall('items', 's', op, format('%L::sparsevec', s), 10)) >= 0.98 AS s FROM queries, unnest(ARRAY['<->', '<=>']) op WHERE q < 6 GROUP BY 1 ORDER BY 1;
-- a cursor goes on with the rows that it saw when it began
CREATE TEMP TABLE expected AS SELECT id, s <=> (SELECT s FROM queries WHERE q = 3) AS d FROM items ORDER BY 2, 1 LIMIT 200;
BEGIN;
SET LOCAL enable_seqscan = off;
DECLARE c CURSOR FOR SELECT id, s <=> (SELECT s FROM queries WHERE q = 3) AS d FROM items ORDER BY s <=> (SELECT s FROM queries WHERE q = 3) LIMIT 200;
MOVE 5 IN c;
UPDATE items SET s = words(id + 40000, 100000) WHERE id % 3 = 0;
DELETE FROM items WHERE id % 3 = 1;
INSERT INTO items (s, few) SELECT s, few FROM queries WHERE q = 3;
CREATE FUNCTION rest() RETURNS TABLE (id int, d float8) LANGUAGE plpgsql AS $$
DECLARE
  c refcursor := 'c';
BEGIN
  LOOP
    FETCH c INTO id, d;
    EXIT WHEN NOT FOUND;
    RETURN NEXT;
  END LOOP;
END $$;
CREATE TEMP TABLE got AS SELECT * FROM rest();
COMMIT;
SELECT count(*), count(DISTINCT id), array_agg(d ORDER BY d) = (SELECT array_agg(e.d ORDER BY e.d) FROM (SELECT e.d FROM expected e ORDER BY e.d OFFSET 5) e) FROM got;
SELECT op, avg(recall('items', 's', op, format('%L::sparsevec', s), 10)) >= 0.98 AS s FROM queries, unnest(ARRAY['<->', '<=>']) op WHERE q < 6 GROUP BY 1 ORDER BY 1;
DROP TABLE expected, got;
DROP FUNCTION rest;
-- an error in the middle of a scan, and a savepoint
DO $$
DECLARE
  r record; n int := 0;
BEGIN
  SET LOCAL enable_seqscan = off;
  FOR i IN 1..3 LOOP
    BEGIN
      FOR r IN SELECT id FROM items ORDER BY s <=> (SELECT s FROM queries WHERE q = 2) LOOP
        n := n + 1;
        IF n % 5 = 0 THEN
          RAISE division_by_zero;
        END IF;
      END LOOP;
    EXCEPTION WHEN division_by_zero THEN
      NULL;
    END;
  END LOOP;
  IF n <> 15 THEN
    RAISE EXCEPTION '%', n;
  END IF;
END $$;
REINDEX TABLE items;
VACUUM items;
SELECT i, trellis.ivf_check(('items_' || i)::regclass) = (SELECT count(*) FROM items) FROM unnest(ARRAY['l2', 'ip', 'cosine', 'few_l2', 'few_ip', 'few_cosine']) i;
SELECT op, avg(recall('items', 's', op, format('%L::sparsevec', s), 10)) >= 0.98 AS s FROM queries, unnest(ARRAY['<->', '<#>', '<=>']) op WHERE q < 14 GROUP BY 1 ORDER BY 1;
REINDEX INDEX CONCURRENTLY items_cosine;
SELECT trellis.ivf_check('items_cosine') = (SELECT count(*) FROM items);

-- expressions and predicates
DROP INDEX items_l2, items_few_l2;
CREATE INDEX items_expression ON items USING ivf ((few::vector::sparsevec(300)));
CREATE INDEX items_partial ON items USING ivf (s) WHERE id % 2 = 0;
SELECT trellis.ivf_check('items_expression') = (SELECT count(*) FROM items), trellis.ivf_check('items_partial') = (SELECT count(*) FROM items WHERE id % 2 = 0);
SELECT bool_and(exact('items', 'few::vector::sparsevec(300)', '<->', format('%L::sparsevec', few), 10)) FROM queries WHERE q < 14;
CREATE VIEW even AS SELECT * FROM items WHERE id % 2 = 0;
SELECT avg(recall('even', 's', '<->', format('%L::sparsevec', s), 10)) >= 0.98 FROM queries WHERE q < 14;
DROP VIEW even;
-- an expression that fails for no row that is there
CREATE TABLE shown (id serial, s sparsevec(5000));
CREATE FUNCTION checked(s sparsevec) RETURNS sparsevec(5000) LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN IF l2_norm(s) > 100 THEN RAISE EXCEPTION 'too long'; END IF; RETURN s; END $$;
CREATE INDEX shown_s ON shown USING ivf ((checked(s)::sparsevec(5000)));
INSERT INTO shown (s) SELECT words(i, 5000) FROM generate_series(1, 200) i;
SELECT error_of('INSERT INTO shown (s) VALUES (''{1:1000}/5000'')');
SELECT exact('shown', 'checked(s)::sparsevec(5000)', '<->', 'words(7777, 5000)', 20);
DROP TABLE shown;
DROP FUNCTION checked;

-- from nothing, unlogged, temporary, concurrently, of other sizes
CREATE UNLOGGED TABLE grown (id serial, s sparsevec(1000000000));
CREATE INDEX grown_s ON grown USING ivf (s sparsevec_cosine_ops);
INSERT INTO grown (s) SELECT words(i, 1000000000) FROM generate_series(1, 1500) i;
VACUUM grown;
SELECT trellis.ivf_check('grown_s'), lists > 5 AS split, dimensions FROM trellis.ivf_stats('grown_s');
SELECT exact('grown', 's', '<=>', 'words(7777, 1000000000)', 10), complete('grown', 's', '<=>', 'words(7777, 1000000000)');
TRUNCATE grown;
INSERT INTO grown (s) VALUES ('{1000000000:1}/1000000000');
SELECT trellis.ivf_check('grown_s'), exact('grown', 's', '<=>', 'words(7777, 1000000000)', 10);
DROP TABLE grown;
CREATE FUNCTION try(dims int, n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text := format('%s dimensions:', dims); op text;
BEGIN
  EXECUTE format('CREATE TEMP TABLE sized (id serial, s sparsevec(%s))', dims);
  INSERT INTO sized (s) SELECT words(i, dims) FROM generate_series(1, n) i;
  CREATE INDEX sized_l2 ON sized USING ivf (s);
  CREATE INDEX sized_ip ON sized USING ivf (s sparsevec_ip_ops);
  CREATE INDEX sized_cosine ON sized USING ivf (s sparsevec_cosine_ops) WITH (lists = 7);
  INSERT INTO sized (s) SELECT words(i, dims) FROM generate_series(n + 1, n + n / 2) i;
  DELETE FROM sized WHERE id % 5 = 0;
  FOREACH op IN ARRAY ARRAY['<->', '<#>', '<=>'] LOOP
    result := concat_ws(' ', result, op, recall('sized', 's', op, format('words(7777, %s)', dims), 20) >= 0.9, complete('sized', 's', op, format('words(7777, %s)', dims)));
  END LOOP;
  result := concat_ws(' ', result, trellis.ivf_check('sized_l2'), trellis.ivf_check('sized_ip'), trellis.ivf_check('sized_cosine'));
  DROP TABLE sized;
  RETURN result;
END $$;
SELECT try(dims, 200) FROM unnest(ARRAY[1, 2, 63, 64, 65, 1000, 1024, 1025, 20000]) dims;
-- as many elements as a sparsevec can have, in a table's annex; alike but for a few
CREATE TABLE long (id serial, s sparsevec(40000));
INSERT INTO long (s) SELECT (SELECT '{' || string_agg(k || ':' || 1 + (k * i) % 7, ',') || '}/40000' FROM generate_series(1, 32000, 2) k)::sparsevec FROM generate_series(1, 30) i;
INSERT INTO long (s) SELECT ('{' || i || ':1}/40000')::sparsevec FROM generate_series(1, 100) i;
CREATE INDEX long_s ON long USING ivf (s);
CREATE INDEX long_s_cosine ON long USING ivf (s sparsevec_cosine_ops);
SELECT trellis.ivf_check('long_s'), trellis.ivf_check('long_s_cosine');
SELECT op, exact('long', 's', op, '(SELECT s FROM long WHERE id = 3)', 20), exact('long', 's', op, '''{7:1,9:1}/40000''::sparsevec', 100) FROM unnest(ARRAY['<->', '<=>']) op;
DROP TABLE long;
DROP TABLE items, queries;
DROP FUNCTION try, complete, recall, exact, distances, words, error_of;
