-- CREATE INDEX ... USING ivf by several processes, in groups of lists, and in
-- little memory: the index answers as that of one process with plenty.
SET client_min_messages = warning;
SET min_parallel_table_scan_size = 0;
SET maintenance_work_mem = '256MB';
SET enable_seqscan = off;
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/error_of.psql

CREATE FUNCTION wave(i int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg(sin(i * (k + 0.5) * 0.7)::real ORDER BY k)::vector FROM generate_series(1, dims) k $$;
CREATE TABLE rows (id int, v vector(24));
INSERT INTO rows SELECT i, wave(i, 24) FROM generate_series(1, 12000) i;
INSERT INTO rows SELECT -i, NULL FROM generate_series(1, 30) i;
INSERT INTO rows SELECT -100 - i, array_fill(0, ARRAY[24])::vector FROM generate_series(1, 30) i;
ANALYZE rows;

-- builds with so many workers; the ten nearest of some rows, by the index
CREATE FUNCTION answers(workers int, options text = '') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('max_parallel_maintenance_workers', workers::text, true);
  DROP INDEX IF EXISTS rows_v;
  EXECUTE 'CREATE INDEX rows_v ON rows USING ivf (v vector_cosine_ops) ' || options;
  RETURN QUERY SELECT q || ': ' || array(SELECT id FROM rows ORDER BY v <=> wave(q, 24) LIMIT 10)::text
    FROM generate_series(1, 12000, 400) q;
END $$;
CREATE FUNCTION recall() RETURNS float8 LANGUAGE sql AS $$
  SELECT avg((SELECT count(*) FROM unnest(found) i WHERE i = ANY (exact)) / 10.0)
    FROM (SELECT wave(q, 24) AS w FROM generate_series(1, 12000, 400) q OFFSET 0) AS queries,
         LATERAL (SELECT array(SELECT id FROM rows ORDER BY v <=> w LIMIT 10),
                         array(SELECT id FROM rows WHERE id > 0 ORDER BY (v <=> w) + 0 LIMIT 10)) AS e(found, exact) $$;

-- one process, three, and more than are there
CREATE TEMP TABLE alone AS SELECT answers(0) AS a;
SELECT trellis.ivf_check('rows_v');
SELECT lists > 100 AS lists, rows, tail_rows FROM trellis.ivf_stats('rows_v');
SELECT count(*) FROM alone JOIN (SELECT answers(2) AS a) p USING (a);
SELECT trellis.ivf_check('rows_v');
SELECT lists > 100 AS lists, rows, tail_rows FROM trellis.ivf_stats('rows_v');
SELECT count(*) FROM alone JOIN (SELECT answers(8) AS a) p USING (a);
SELECT recall() >= 0.95 AS recall;

-- rows in no list come last
SELECT count(*), count(*) FILTER (WHERE id < -100 AND place BETWEEN 12001 AND 12030) AS zero,
       count(*) FILTER (WHERE id BETWEEN -30 AND -1 AND place > 12030) AS empty
  FROM (SELECT id, row_number() OVER () AS place FROM (SELECT id FROM rows ORDER BY v <=> wave(5, 24)) o) p;

-- groups of lists
CREATE TEMP TABLE groups AS SELECT answers(0, 'WITH (lists = 4500)') AS a;
SELECT lists FROM trellis.ivf_stats('rows_v');
SELECT count(*) FROM groups JOIN (SELECT answers(2, 'WITH (lists = 4500)') AS a) p USING (a);
SELECT trellis.ivf_check('rows_v');
SELECT recall() >= 0.95 AS recall;

-- what others see meanwhile, and may do
DROP INDEX rows_v;
CREATE INDEX CONCURRENTLY rows_v ON rows USING ivf (v vector_cosine_ops);
REINDEX INDEX CONCURRENTLY rows_v;
SELECT trellis.ivf_check('rows_v'), indisvalid FROM pg_index WHERE indexrelid = 'rows_v'::regclass;
CREATE INDEX rows_half ON rows USING ivf ((v::halfvec(24)) halfvec_l2_ops) WHERE id % 3 = 0;
SELECT trellis.ivf_check('rows_half');
DROP INDEX rows_half;

-- tables in which hardly a row has a place, by several processes
CREATE TABLE empty (v vector(24));
CREATE INDEX ON empty USING ivf (v vector_l2_ops);
INSERT INTO empty SELECT NULL FROM generate_series(1, 5000);
CREATE INDEX ON empty USING ivf (v vector_l2_ops);
INSERT INTO empty VALUES (wave(1, 24));
CREATE INDEX ON empty USING ivf (v vector_l2_ops);
SELECT count(*) FROM (SELECT v FROM empty ORDER BY v <-> wave(1, 24)) o;

-- little memory: fewer lists, or a smaller sample to choose them by
SET client_min_messages = notice;
SET maintenance_work_mem = '1MB';
DROP INDEX rows_v;
CREATE INDEX rows_v ON rows USING ivf (v vector_cosine_ops);
SELECT trellis.ivf_check('rows_v');
SET maintenance_work_mem = '2MB';
DROP INDEX rows_v;
CREATE INDEX rows_v ON rows USING ivf (v vector_cosine_ops) WITH (lists = 9000);
SELECT trellis.ivf_check('rows_v');
SET maintenance_work_mem = '1MB';
CREATE TABLE wide (v vector(8000));
INSERT INTO wide SELECT wave(i, 8000) FROM generate_series(1, 3) i;
SELECT error_of('CREATE INDEX ON wide USING ivf (v vector_l2_ops)');
SET maintenance_work_mem = '2MB';
SELECT error_of('CREATE INDEX ON wide USING ivf (v vector_l2_ops)');

DROP TABLE rows, empty, wide;
DROP FUNCTION answers, recall, wave, error_of;
