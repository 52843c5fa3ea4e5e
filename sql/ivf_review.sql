-- What once went wrong: rows with equal bounds, rows alike, rows far away.
SET client_min_messages = warning;

CREATE FUNCTION wave(middle float, height float, i float, dims int) RETURNS vector LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg((middle + height * sin(k * 1.7 + i))::real ORDER BY k)::vector FROM generate_series(1, dims) k $$;
CREATE FUNCTION counted(query vector, OUT returned bigint, OUT different bigint, OUT rows bigint) LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_sort = off
  AS $$ BEGIN
    SELECT count(*), count(DISTINCT s.id) INTO returned, different FROM (SELECT t.id FROM items t ORDER BY t.v <-> query) s;
    SELECT count(*) INTO rows FROM items;
  END $$;
CREATE TABLE items (id int, v vector(64)) WITH (autovacuum_enabled = off);

-- equal bounds among lesser ones fill the room for candidates
INSERT INTO items SELECT i, CASE WHEN i % 20 = 0 THEN wave(0, 1, i, 64) ELSE wave(3, 0, 0, 64) END FROM generate_series(1, 1200) i;
INSERT INTO items SELECT 10000 + i, wave(6, 1, i, 64) FROM generate_series(1, 2000) i;
CREATE INDEX items_v ON items USING ivf (v) WITH (lists = 1);
SELECT counted(wave(0, 1, 4, 64)), counted(wave(3, 0, 0, 64)), counted(NULL);
DROP INDEX items_v;

-- rows that are all alike: no list of them splits, again and again
TRUNCATE items;
CREATE INDEX items_v ON items USING ivf (v);
INSERT INTO items SELECT i, wave(1, 0, 0, 64) FROM generate_series(1, 6000) i;
SELECT lists < 10 AS few_lists, trellis.ivf_check('items_v'), counted(wave(1, 0, 0, 64)) FROM trellis.ivf_stats('items_v');
VACUUM items;
SELECT lists < 10 AS few_lists, trellis.ivf_check('items_v'), counted(wave(1, 1, 0, 64)) FROM trellis.ivf_stats('items_v');

-- others come: they have lists of their own
INSERT INTO items SELECT 10000 + i, wave(sin(i * 0.7), 2, i, 64) FROM generate_series(1, 6000) i;
VACUUM items;
SELECT lists > 10 AS many_lists, trellis.ivf_check('items_v'), counted(wave(1, 1, 0, 64)) FROM trellis.ivf_stats('items_v');

-- one row far away does not blind the others' lists
INSERT INTO items VALUES (0, wave(1e15, 0, 0, 64));
REINDEX INDEX items_v;
SET enable_seqscan = off;
SELECT count(*) >= 9 AS near FROM
  (SELECT id FROM items WHERE id > 10000 ORDER BY v <-> wave(sin(70), 2, 100, 64) LIMIT 10) a JOIN
  (SELECT id FROM items WHERE id > 10000 ORDER BY (v <-> wave(sin(70), 2, 100, 64)) + 0, id LIMIT 10) b USING (id);
SELECT counted(wave(1, 1, 0, 64)), trellis.ivf_check('items_v');
RESET enable_seqscan;

-- retired lists are freed, their pages used again
TRUNCATE items;
INSERT INTO items SELECT i, wave(sin(i * 0.7), 2, i, 64) FROM generate_series(1, 3000) i;
VACUUM items;
INSERT INTO items SELECT i, wave(sin(i * 0.7), 2, i, 64) FROM generate_series(3001, 9000) i;
DELETE FROM items WHERE id % 3 <> 0;
VACUUM items;
SELECT pg_current_xact_id() IS NOT NULL AS an_id;
VACUUM items;
SELECT trellis.ivf_check('items_v'), counted(wave(1, 1, 0, 64));
INSERT INTO items SELECT i, wave(cos(i * 0.7), 2, i, 64) FROM generate_series(10001, 16000) i;
SELECT trellis.ivf_check('items_v'), counted(wave(1, 1, 0, 64));

-- and so are their places: an index whose rows come and go does not grow
CREATE TABLE flow (id int, v vector(64)) WITH (autovacuum_enabled = off);
CREATE INDEX flow_v ON flow USING ivf (v);
CREATE TABLE turns (n int, places int, pages bigint);
SELECT format('INSERT INTO flow SELECT i, wave(%s + sin(i * 0.7), 2, i, 64) FROM generate_series(%s, %s) i', n * 5, n * 4000, n * 4000 + 3999),
  format('DELETE FROM flow WHERE id < %s', n * 4000), 'VACUUM flow',
  format('INSERT INTO turns SELECT %s, places, pages FROM trellis.ivf_stats(''flow_v'')', n), 'VACUUM flow'
  FROM generate_series(1, 9) n \gexec
SELECT max(places) FILTER (WHERE n > 3) <= 1.5 * max(places) FILTER (WHERE n <= 3) AS places,
  max(pages) FILTER (WHERE n > 3) <= 1.5 * max(pages) FILTER (WHERE n <= 3) AS pages FROM turns;
SELECT lists > 10, rows, trellis.ivf_check('flow_v') FROM trellis.ivf_stats('flow_v');
SET enable_seqscan = off;
SELECT count(DISTINCT id) FROM (SELECT id FROM flow ORDER BY v <-> wave(1, 1, 0, 64)) s;
RESET enable_seqscan;
DROP TABLE flow, turns;

-- a temporary table that is emptied at each commit
CREATE TEMP TABLE brief (id int, v vector(64)) ON COMMIT DELETE ROWS;
CREATE INDEX brief_v ON brief USING ivf (v);
SET enable_seqscan = off;
BEGIN;
INSERT INTO brief SELECT id, v FROM items WHERE id <= 9000;
SELECT count(*) FROM (SELECT id FROM brief ORDER BY v <-> wave(1, 1, 0, 64)) s;
COMMIT;
BEGIN;
INSERT INTO brief SELECT id, v FROM items WHERE id <= 3000;
SELECT count(*) FROM (SELECT id FROM brief ORDER BY v <-> wave(1, 1, 0, 64)) s;
COMMIT;
RESET enable_seqscan;

-- rows in an order of their own are put in order in about the time of others
CREATE TABLE ordered AS SELECT i AS id, ARRAY[i]::vector(1) AS v FROM generate_series(1, 100000) i;
CREATE TABLE shuffled AS SELECT id, v FROM ordered ORDER BY hashint4(id);
CREATE INDEX ordered_v ON ordered USING ivf (v vector_l1_ops) WITH (lists = 1);
CREATE INDEX shuffled_v ON shuffled USING ivf (v vector_l1_ops) WITH (lists = 1);
CREATE FUNCTION seconds(rel regclass, OUT fastest float) LANGUAGE plpgsql SET enable_seqscan = off SET enable_sort = off AS $$
  DECLARE began timestamptz;
  BEGIN
    FOR i IN 1 .. 3 LOOP
      began := clock_timestamp();
      EXECUTE format('SELECT count(*) FROM (SELECT id FROM %s ORDER BY v <+> ''[50000]'' OFFSET 0) s', rel);
      fastest := LEAST(fastest, extract(epoch FROM clock_timestamp() - began));
    END LOOP;
  END $$;
SELECT seconds('ordered') < 5 * seconds('shuffled') AS alike;
DROP TABLE ordered, shuffled;
DROP FUNCTION seconds;

-- an index is emptied with its table whatever memory there is
CREATE TABLE wide (v vector(8000));
CREATE INDEX wide_v ON wide USING ivf (v);
SET maintenance_work_mem = '1MB';
TRUNCATE wide;
INSERT INTO wide SELECT wave(1, 1, i, 8000) FROM generate_series(1, 3) i;
SELECT trellis.ivf_check('wide_v');
RESET maintenance_work_mem;
DROP TABLE wide;

-- more rows than fit in memory are checked, too
CREATE TABLE many (v bit(8)) WITH (autovacuum_enabled = off);
INSERT INTO many SELECT (i % 256)::bit(8) FROM generate_series(1, 40000) i;
CREATE INDEX many_v ON many USING ivf (v bit_hamming_ops) WITH (lists = 1);
SET maintenance_work_mem = '1MB';
SELECT trellis.ivf_check('many_v'), trellis.ivf_check('many_v', true);
RESET maintenance_work_mem;
DROP TABLE many, items;
DROP FUNCTION wave, counted;
