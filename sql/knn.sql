-- The node that finds the nearest rows that pass all quals: which queries it
-- serves, what EXPLAIN says, what comes out.  The oracle test (TAP 080) compares
-- thousands of others with sequential scans.
SET client_min_messages = warning;
SET datestyle = iso;
CREATE FUNCTION wave(i int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg((sin(i * 0.37 + k) + sin(i * 1.7 * k))::real ORDER BY k)::vector FROM generate_series(1, dims) k $$;
CREATE FUNCTION asked() RETURNS vector LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN wave(77, 8); END $$;
-- plan(query): EXPLAIN's lines; PostgreSQL 18 has fractions of rows
CREATE FUNCTION plan(query text, options text = 'COSTS OFF') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, query) LOOP
    RETURN NEXT regexp_replace(line, 'rows=(\d+)\.00', 'rows=\1');
  END LOOP;
END $$;
-- by_node(query): does the node serve it
CREATE FUNCTION by_node(query text) RETURNS boolean LANGUAGE sql
  AS $$ SELECT bool_or(l LIKE '%(TrellisKnn)%') FROM plan(query) l $$;
-- same(query): the same distances as without the node, in the same order
CREATE FUNCTION same(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  by_index float8[]; exact float8[];
BEGIN
  EXECUTE format('SELECT array_agg(round(d::numeric, 6)) FROM (%s) s', query) INTO by_index;
  SET LOCAL trellis.enable_knn = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_seqscan = on;
  EXECUTE format('SELECT array_agg(round(d::numeric, 6)) FROM (%s) s', query) INTO exact;
  RESET trellis.enable_knn; RESET enable_indexscan; SET LOCAL enable_seqscan = off;
  RETURN by_index IS NOT DISTINCT FROM exact;
END $$;

CREATE TABLE items (id int PRIMARY KEY, tenant int, lang text, live bool, tags int[], made date, v vector(8));
INSERT INTO items SELECT i, i % 50, (ARRAY['en', 'de', 'it'])[1 + i % 3], i % 4 > 0, ARRAY[i % 7, 10 + i % 11], '2026-01-01'::date + i % 365, wave(i, 8) FROM generate_series(1, 6000) i;
INSERT INTO items (id, tenant, v) VALUES (7001, 1, NULL), (7002, 1, '[0,0,0,0,0,0,0,0]'), (7003, 1, NULL);
CREATE INDEX items_ivf ON items USING ivf (v vector_cosine_ops, tenant, lang, live, tags, made);
CREATE INDEX items_tags ON items USING gin (tags);
VACUUM ANALYZE items;
SET trellis.ivf_probes = 100000; -- all lists: answers are exact
SET enable_seqscan = off;

-- what it serves
SELECT plan('SELECT id FROM items ORDER BY v <=> asked() LIMIT 5');
SELECT plan('SELECT id, 1 - (v <=> asked()) AS score FROM items WHERE tenant = 5 AND lang IN (''en'', ''de'') ORDER BY score DESC NULLS LAST LIMIT 5');
SELECT q, by_node(q) FROM unnest(ARRAY[
  'SELECT id FROM items ORDER BY asked() <=> v FETCH FIRST 3 ROWS ONLY',
  'SELECT id FROM items ORDER BY 1 - (v <=> asked()) DESC LIMIT 3',
  'SELECT id FROM items ORDER BY -(v <=> asked()) DESC LIMIT 3',
  'SELECT id FROM items ORDER BY (1 - (v <=> asked()))::real DESC LIMIT 3',
  'SELECT id FROM items ORDER BY 1 / (1 + (v <=> asked())) DESC LIMIT 3',
  'SELECT id, v <=> asked() AS d FROM items ORDER BY d, id LIMIT 3',
  'SELECT id FROM items WHERE v <=> asked() < 0.01',
  'SELECT id FROM items WHERE 1 - (v <=> asked()) >= 0.99',
  'SELECT id, row_number() OVER (ORDER BY v <=> asked()) FROM items LIMIT 3',
  'SELECT id FROM items ORDER BY v <=> asked() LIMIT 3 FOR UPDATE SKIP LOCKED',
  'SELECT * FROM (SELECT id FROM items ORDER BY v <=> asked() LIMIT 20) s ORDER BY id',
  'WITH near AS MATERIALIZED (SELECT id FROM items ORDER BY v <=> asked() LIMIT 20) SELECT count(*) FROM near',
  'SELECT o.id, n.id FROM items o, LATERAL (SELECT id FROM items i WHERE i.tenant = o.tenant ORDER BY i.v <=> o.v LIMIT 2) n WHERE o.id < 3',
-- and does not: another direction, another distance, whatever groups by it
  'SELECT id FROM items ORDER BY v <=> asked() DESC LIMIT 3',
  'SELECT id FROM items ORDER BY 1 - (v <=> asked()) LIMIT 3',
  'SELECT id FROM items ORDER BY v <-> asked() LIMIT 3',
  'SELECT id FROM items ORDER BY 1 / (v <=> asked()) DESC LIMIT 3',
  'SELECT id FROM items ORDER BY (v <=> asked()) * random() LIMIT 3',
  'SELECT DISTINCT v <=> asked() FROM items ORDER BY 1 LIMIT 3',
  'SELECT v <=> asked(), count(*) FROM items GROUP BY 1 ORDER BY 1 LIMIT 3',
  'SELECT id FROM items WHERE v <=> asked() > 0.5',
  'SELECT id FROM items WHERE v <=> wave(id, 8) < 0.5']) q;

-- what comes out: order, NULL and zero vectors, more rows than there are
SELECT q, same(q) FROM unnest(ARRAY[
  'SELECT v <=> asked() AS d FROM items ORDER BY d LIMIT 10',
  'SELECT v <=> asked() AS d FROM items ORDER BY d OFFSET 5995 LIMIT 100',
  'SELECT v <=> asked() AS d FROM items ORDER BY d NULLS FIRST LIMIT 10',
  'SELECT 1 - (v <=> asked()) AS d FROM items ORDER BY d DESC LIMIT 10',
  'SELECT 1 - (v <=> asked()) AS d FROM items ORDER BY d DESC NULLS LAST LIMIT 10',
  'SELECT 1 - (v <=> asked()) AS d FROM items WHERE tenant = 1 ORDER BY d DESC LIMIT 1000',
  'SELECT v <=> asked() AS d FROM items WHERE tenant = 7 AND live ORDER BY d LIMIT 30',
  'SELECT v <=> asked() AS d FROM items WHERE tenant BETWEEN 3 AND 5 AND NOT live ORDER BY d LIMIT 30',
  'SELECT v <=> asked() AS d FROM items WHERE lang IS NULL ORDER BY d LIMIT 30',
  'SELECT v <=> asked() AS d FROM items WHERE tags && ''{3,12}'' ORDER BY d LIMIT 30',
  'SELECT v <=> asked() AS d FROM items WHERE tags @> ''{3,12}'' ORDER BY d LIMIT 30',
  'SELECT v <=> asked() AS d FROM items WHERE tenant = 3 OR (lang = ''de'' AND made > ''2026-06-01'') ORDER BY d LIMIT 30',
  'SELECT v <=> asked() AS d FROM items WHERE id % 1000 = 7 ORDER BY d LIMIT 30',
  'SELECT v <=> NULL AS d FROM items ORDER BY d LIMIT 10',
  'SELECT v <=> ''[0,0,0,0,0,0,0,0]'' AS d FROM items WHERE tenant = 1 ORDER BY d LIMIT 200',
  'SELECT v <=> asked() AS d FROM items WHERE v <=> asked() < 0.02 ORDER BY d',
  'SELECT v <=> asked() AS d FROM items WHERE 1 - (v <=> asked()) > 0.9 ORDER BY d LIMIT 7',
  'SELECT v <=> asked() AS d FROM items WHERE v <=> asked() < -1 ORDER BY d LIMIT 7',
  'SELECT i.v <=> asked() AS d FROM items i JOIN (VALUES (3), (17)) t(n) ON t.n = i.tenant ORDER BY d LIMIT 10']) q;

-- the distance of the search is that of the select list
SELECT plan('SELECT id, v <=> asked(), 1 - (v <=> asked()) FROM items ORDER BY v <=> asked() LIMIT 5', 'COSTS OFF, VERBOSE');

-- prepared, with a generic plan: LIMIT is known when it is executed
SET plan_cache_mode = force_generic_plan;
PREPARE nearest(vector, int, int) AS SELECT id FROM items WHERE tenant = $3 ORDER BY v <=> $1 LIMIT $2;
EXPLAIN (COSTS OFF) EXECUTE nearest(wave(77, 8), 5, 3);
EXECUTE nearest(wave(77, 8), 5, 3);
EXECUTE nearest(wave(77, 8), 6, 4);
EXECUTE nearest(wave(77, 8), NULL, 49);
-- a plan that was made before exact answers were asked for
SET trellis.target_recall = 1;
SELECT plan('EXECUTE nearest(wave(77, 8), 5, 3)', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF');
EXECUTE nearest(wave(77, 8), 5, 3);
RESET trellis.target_recall;
RESET plan_cache_mode;

-- a cursor fetches on
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM items WHERE tenant = 5 ORDER BY v <=> asked();
FETCH 3 FROM c;
MOVE 100 IN c;
FETCH 20 FROM c;
COMMIT;

-- partitions and UNION ALL
CREATE TABLE parts (id int, tenant int, v vector(8)) PARTITION BY LIST (tenant);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (0, 1, 2);
CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT id, tenant, v FROM items;
CREATE INDEX ON parts USING ivf (v vector_l2_ops, tenant);
ANALYZE parts;
SELECT plan('SELECT id FROM parts ORDER BY v <-> asked() LIMIT 5');
SELECT same('SELECT v <-> asked() AS d FROM parts ORDER BY d LIMIT 20');
SELECT same('SELECT v <-> asked() AS d FROM (SELECT id, v FROM parts_1 UNION ALL SELECT id, v FROM parts_2) u ORDER BY d LIMIT 20');

-- a bitmap of another index, whatever the lists
CREATE INDEX parts_2_id ON parts_2 (id);
SELECT plan('SELECT id FROM parts_2 WHERE id BETWEEN 11 AND 100 ORDER BY v <-> asked() LIMIT 5');
SELECT same('SELECT v <-> asked() AS d FROM parts_2 WHERE id BETWEEN 11 AND 100 ORDER BY d LIMIT 5');
SELECT same('SELECT v <-> asked() AS d FROM parts_2 WHERE id < 1500 AND tenant > 3 ORDER BY d LIMIT 5');
-- one that may be made later, but not where rows would be tested twice
SELECT plan('SELECT id FROM parts_2 WHERE id < 2000 ORDER BY v <-> asked() LIMIT 5');
SELECT plan('SELECT id FROM parts_2 WHERE id < 2000 AND random() >= 0 ORDER BY v <-> asked() LIMIT 5');

-- policies: permissive ones are one OR; counters are told where there are none
CREATE ROLE knn_reader;
GRANT SELECT ON items TO knn_reader;
GRANT EXECUTE ON FUNCTION asked, wave TO knn_reader;
CREATE POLICY own ON items USING (tenant = 5);
CREATE POLICY shared ON items USING (lang = 'it' AND live);
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
SET ROLE knn_reader;
SELECT plan('SELECT id FROM items WHERE made < ''2026-03-01'' ORDER BY v <=> asked() LIMIT 5', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF');
SELECT count(*), count(*) FILTER (WHERE tenant = 5 OR lang = 'it' AND live) FROM (SELECT * FROM items ORDER BY v <=> asked() LIMIT 100) s;
-- a leaky function sees no hidden row
CREATE FUNCTION pg_temp.leak(int, int) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
  AS $$ BEGIN IF NOT ($2 = 5 OR $1 % 3 = 2 AND $1 % 4 > 0) THEN RAISE 'hidden row %', $1; END IF; RETURN true; END $$;
SELECT count(*) FROM (SELECT id FROM items WHERE pg_temp.leak(id, tenant) ORDER BY v <=> asked() LIMIT 200) s;
RESET ROLE;
SELECT l FROM plan('SELECT id FROM items WHERE tenant = 5 AND id > 0 ORDER BY v <=> asked() LIMIT 5', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') l
  WHERE l ~ 'Strategy|Target|Lanes Masked|Heap|Widened';

-- an index that has grown from nothing learns, too, what its lists hold
RESET trellis.ivf_probes;
CREATE TABLE grown (id int, tenant int, v vector(8));
CREATE INDEX grown_ivf ON grown USING ivf (v vector_l2_ops, tenant);
INSERT INTO grown SELECT i, i % 10, wave(i, 8) FROM generate_series(1, 20000) i;
VACUUM ANALYZE grown;
CREATE FUNCTION probed(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  node json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO node;
  node := node->0->'Plan'->'Plans'->0;
  RETURN CASE WHEN (node->>'Lists Probed')::int < (node->>'Lists')::int / 2 THEN 'few lists' ELSE 'most lists' END;
END $$;
SELECT probed('SELECT id FROM grown WHERE tenant = 3 ORDER BY v <-> asked() LIMIT 5');
SELECT probed('SELECT id FROM grown WHERE tenant = 3 AND v <-> asked() < 0.5 ORDER BY v <-> asked() LIMIT 5');
REINDEX INDEX grown_ivf;
SELECT probed('SELECT id FROM grown WHERE tenant = 3 ORDER BY v <-> asked() LIMIT 5');
DROP TABLE grown;

-- settings
SET trellis.enable_knn = off;
SELECT by_node('SELECT id FROM items ORDER BY v <=> asked() LIMIT 5');
RESET trellis.enable_knn;
SET enable_indexscan = off;
SELECT by_node('SELECT id FROM items ORDER BY v <=> asked() LIMIT 5');
RESET enable_indexscan;
SET trellis.target_recall = 1;
SELECT by_node('SELECT id FROM items ORDER BY v <=> asked() LIMIT 5');
RESET trellis.target_recall;

DROP TABLE items, parts;
DROP FUNCTION pg_temp.leak;
DROP FUNCTION wave, asked, plan, by_node, same, probed;
DROP ROLE knn_reader;
