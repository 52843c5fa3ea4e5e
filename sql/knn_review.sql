-- What a review of the knn node found.
-- Goal: nothing that a policy hides shows in an error or in EXPLAIN; a range
-- beside ORDER BY and LIMIT costs no neighbours; cursors know their rows.
SET client_min_messages = warning;
CREATE FUNCTION wave(i int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg(sin(i * (k + 0.5) * 0.7)::real ORDER BY k)::vector FROM generate_series(1, dims) k $$;
-- plan(query): EXPLAIN ANALYZE's lines; PostgreSQL 18 has fractions of rows
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query LOOP
    RETURN NEXT regexp_replace(line, 'rows=(\d+)\.00', 'rows=\1');
  END LOOP;
END $$;
CREATE ROLE regress_knn_reader;

-- policies of a partitioned table hold for its partitions: no counters, nor
-- how many rows the filter removed
CREATE TABLE parted (id int, owner text, v vector(8)) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (1000) TO (3000);
INSERT INTO parted SELECT i, CASE WHEN i % 10 = 0 THEN 'regress_knn_reader' ELSE 'other' END, wave(i, 8)
  FROM generate_series(0, 2999) i;
CREATE INDEX ON parted USING ivf (v vector_l2_ops);
ANALYZE parted;
ALTER TABLE parted ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON parted USING (owner = 'regress_knn_reader');
GRANT SELECT ON parted, parted_1, parted_2 TO regress_knn_reader;
SET enable_seqscan = off;
SET enable_sort = off;
SET ROLE regress_knn_reader;
SELECT plan('SELECT id FROM parted ORDER BY v <-> ''[0,0,0,0,0,0,0,0]'' LIMIT 5');
RESET ROLE;

-- a distance in a qual is not computed for a row that a policy hides, or that
-- another qual keeps away from a cast that fails
CREATE TABLE lengths (id int, dims int, owner text, v vector);
INSERT INTO lengths SELECT i, 8, 'regress_knn_reader', wave(i, 8) FROM generate_series(1, 1000) i;
INSERT INTO lengths VALUES (1001, 4, 'other', '[1,2,3,4]');
CREATE INDEX ON lengths USING ivf ((v::vector(8)) vector_l2_ops) WHERE dims = 8;
ANALYZE lengths;
SET plan_cache_mode = force_generic_plan;
PREPARE near(vector) AS SELECT id FROM lengths WHERE dims = 8 AND v::vector(8) <-> $1 < 0.01
  ORDER BY v::vector(8) <-> $1 LIMIT 2;
EXECUTE near(wave(7, 8));
SET trellis.target_recall = 1;
EXECUTE near(wave(7, 8));
RESET trellis.target_recall;
ALTER TABLE lengths ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON lengths USING (owner = 'regress_knn_reader');
GRANT SELECT ON lengths TO regress_knn_reader;
SET ROLE regress_knn_reader;
EXPLAIN (COSTS off) EXECUTE near(wave(7, 8));
EXECUTE near(wave(7, 8));
SET trellis.target_recall = 1;
EXECUTE near(wave(7, 8));
RESET trellis.target_recall;
RESET ROLE;
RESET plan_cache_mode;

-- a range that holds nearly all rows changes nothing
CREATE TABLE points (id int PRIMARY KEY, g int, v vector(8));
INSERT INTO points SELECT i, i % 10, wave(i, 8) FROM generate_series(1, 5000) i;
CREATE INDEX ON points USING ivf (v vector_l2_ops);
ANALYZE points;
CREATE FUNCTION recall(qual text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  query text := format('SELECT array_agg(id) FROM (SELECT id FROM points WHERE %s ORDER BY v <-> $1 LIMIT 10) s', qual);
  by_index int[];
  by_table int[];
  hits int := 0;
BEGIN
  FOR i IN 1 .. 40 LOOP
    EXECUTE query INTO by_index USING wave(i * 117, 8);
    SET LOCAL trellis.enable_knn = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_sort = on;
    EXECUTE query INTO by_table USING wave(i * 117, 8);
    SET LOCAL trellis.enable_knn = on; SET LOCAL enable_indexscan = on; SET LOCAL enable_sort = off;
    hits := hits + cardinality(ARRAY(SELECT unnest(by_index) INTERSECT SELECT unnest(by_table)));
  END LOOP;
  RETURN hits / 400.0;
END $$;
EXPLAIN (COSTS off) SELECT id FROM points WHERE v <-> '[1,0,0,0,0,0,0,0]' < 100
  ORDER BY v <-> '[1,0,0,0,0,0,0,0]' LIMIT 10;
SELECT qual, CASE WHEN recall(qual) >= 0.9 THEN 'ok' ELSE recall(qual)::text END AS recall
  FROM unnest(ARRAY['v <-> $1 < 100', 'v <-> $1 < 100 AND g > 2', 'v <-> $1 < 2']) qual;

-- WHERE CURRENT OF, with the distance in the rows and without
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM points WHERE g = 7 ORDER BY v <-> wave(7, 8);
FETCH 1 FROM c;
UPDATE points SET g = 8 WHERE CURRENT OF c RETURNING id;
CLOSE c;
DECLARE c CURSOR FOR SELECT id FROM points WHERE g = 8 ORDER BY v <-> wave(7, 8) FOR UPDATE;
FETCH 1 FROM c;
DELETE FROM points WHERE CURRENT OF c RETURNING id;
ROLLBACK;

-- rows without a vector are read as far as the limit asks
CREATE TABLE pending (id int, v vector(8));
INSERT INTO pending SELECT i, CASE WHEN i <= 100 THEN wave(i, 8) END FROM generate_series(1, 5000) i;
CREATE INDEX ON pending USING ivf (v vector_l2_ops);
ANALYZE pending;
CREATE FUNCTION fetches(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) ' || query LOOP
    IF line LIKE '%Heap Fetches%' THEN RETURN NEXT trim(line); END IF;
  END LOOP;
END $$;
SELECT fetches('SELECT id FROM pending ORDER BY v <-> wave(7, 8) LIMIT 105');
SELECT fetches('SELECT id FROM pending ORDER BY v <-> wave(7, 8) NULLS FIRST LIMIT 5');
SELECT count(*), count(DISTINCT id), count(v) FROM
  (SELECT * FROM pending ORDER BY v <-> wave(7, 8) OFFSET 0) s;

DROP TABLE parted, lengths, points, pending;
DROP FUNCTION plan, recall, fetches, wave;
DROP ROLE regress_knn_reader;
