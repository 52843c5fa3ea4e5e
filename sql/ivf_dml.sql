-- Rows that come, change and go under an ivf index.
SET client_min_messages = warning;

CREATE FUNCTION wave(i int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg(sin(i * (k + 0.5) * 0.7)::real ORDER BY k)::vector FROM generate_series(1, dims) k $$;

-- nearest(i): the row nearest to wave(i), by the index
CREATE FUNCTION nearest(i int, OUT id int, OUT exactly boolean) LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_sort = off
  AS $$ BEGIN SELECT t.id, t.v = wave(i, 16) INTO id, exactly FROM items t ORDER BY t.v <-> wave(i, 16) LIMIT 1; END $$;
-- counted(): rows that a whole scan of the index returns, and different ones
CREATE FUNCTION counted(OUT returned bigint, OUT different bigint, OUT rows bigint) LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_sort = off
  AS $$ BEGIN
    SELECT count(*), count(DISTINCT s.id) INTO returned, different FROM (SELECT t.id FROM items t ORDER BY t.v <-> wave(1, 16)) s;
    SELECT count(*) INTO rows FROM items;
  END $$;

CREATE TABLE items (id int, note text, v vector(16)) WITH (fillfactor = 50, autovacuum_enabled = off);
INSERT INTO items SELECT i, '', wave(i, 16) FROM generate_series(1, 1500) i;
CREATE INDEX items_v ON items USING ivf (v);

-- inserts, one by one and many, NULL among them
INSERT INTO items VALUES (2001, '', wave(2001, 16)), (2002, '', NULL), (2003, '', array_fill(0, ARRAY[16])::vector);
SELECT nearest(2001), nearest(700), counted();
INSERT INTO items VALUES (2004, '', '[1,2]');
INSERT INTO items SELECT i, '', wave(i, 16) FROM generate_series(3001, 3500) i;
SELECT nearest(3456), counted(), trellis.ivf_check('items_v');
COPY items FROM STDIN;
4001	copied	[0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1,1.1,1.2,1.3,1.4,1.5,1.6]
4002	copied	\N
\.
SELECT counted();

-- undone: the lanes stay until vacuum, their rows are seen by nobody
BEGIN;
INSERT INTO items SELECT i, 'undone', wave(i, 16) FROM generate_series(5001, 5100) i;
SELECT nearest(5050), counted();
SAVEPOINT a;
DELETE FROM items WHERE id BETWEEN 5001 AND 5050;
INSERT INTO items SELECT i, 'undone', wave(i, 16) FROM generate_series(5101, 5150) i;
SELECT (nearest(5050)).id <> 5050, (nearest(5150)).id = 5150, counted();
ROLLBACK TO a;
SELECT (nearest(5050)).id = 5050, (nearest(5150)).id <> 5150, counted();
ROLLBACK;
SELECT (nearest(5050)).id <> 5050, counted();
SELECT rows FROM trellis.ivf_stats('items_v');
VACUUM (INDEX_CLEANUP ON) items;
SELECT rows, tail_rows, trellis.ivf_check('items_v') FROM trellis.ivf_stats('items_v');

-- updates of other columns add nothing to the index
UPDATE items SET note = 'hot' WHERE id <= 500;
SELECT rows FROM trellis.ivf_stats('items_v');
SELECT nearest(321), counted(), trellis.ivf_check('items_v');
VACUUM (INDEX_CLEANUP ON) items;
SELECT nearest(321), counted(), trellis.ivf_check('items_v');
-- those of the vector do
UPDATE items SET v = wave(id + 10000, 16) WHERE id <= 100;
SELECT rows, tail_rows FROM trellis.ivf_stats('items_v');
SELECT (nearest(50)).id <> 50, nearest(10050), counted();
UPDATE items SET v = NULL WHERE id BETWEEN 101 AND 110;
UPDATE items SET v = wave(id, 16) WHERE v IS NULL AND id > 2000;
SELECT nearest(2002), counted();
VACUUM (INDEX_CLEANUP ON) items;
SELECT rows, tail_rows, trellis.ivf_check('items_v') FROM trellis.ivf_stats('items_v');
SELECT counted();

-- deleted rows' lanes are used again: the index does not grow
DELETE FROM items WHERE id % 2 = 0;
SELECT counted();
VACUUM (INDEX_CLEANUP ON) items;
SELECT rows, trellis.ivf_check('items_v'), (SELECT count(*) FROM items) FROM trellis.ivf_stats('items_v');
SELECT pages FROM trellis.ivf_stats('items_v') \gset
INSERT INTO items SELECT id + 1, 'again', wave(id + 1, 16) FROM items WHERE id % 2 = 1 AND id < 1400;
SELECT pages <= :pages + 4 AS no_growth, trellis.ivf_check('items_v') FROM trellis.ivf_stats('items_v');
SELECT nearest(500), counted();
-- every row, and back
DELETE FROM items;
SELECT counted();
VACUUM (INDEX_CLEANUP ON) items;
SELECT rows, trellis.ivf_check('items_v'), counted() FROM trellis.ivf_stats('items_v');
INSERT INTO items SELECT i, '', wave(i, 16) FROM generate_series(1, 1000) i;
SELECT nearest(777), counted(), trellis.ivf_check('items_v');
-- hints of dead rows are used, and gone with the next change
DELETE FROM items WHERE id % 3 = 0;
SELECT counted();
SELECT counted();
SELECT (nearest(300)).id <> 300, nearest(301), counted(), trellis.ivf_check('items_v');
VACUUM (INDEX_CLEANUP ON) items;
SELECT killed_lanes, rows, trellis.ivf_check('items_v'), counted() FROM trellis.ivf_stats('items_v');
VACUUM (FULL) items;
SELECT rows, trellis.ivf_check('items_v'), counted() FROM trellis.ivf_stats('items_v');

-- ten times the rows, then another part of the space: lists follow
INSERT INTO items SELECT i, '', wave(i, 16) FROM generate_series(10001, 18000) i;
SELECT s.lists > 16, s.imbalance < 4, s.largest_list < 8 * s.rows / s.lists, trellis.ivf_check('items_v'), counted(), nearest(17777)
  FROM trellis.ivf_stats('items_v') s;
DELETE FROM items WHERE id % 7 <> 0;
VACUUM (INDEX_CLEANUP ON) items;
SELECT trellis.ivf_check('items_v'), counted(), nearest(301);
INSERT INTO items SELECT 20000 + i, '', vector_add(wave(i, 16), array_fill(20, ARRAY[16])::vector) FROM generate_series(1, 3000) i;
VACUUM (INDEX_CLEANUP ON) items;
SELECT s.imbalance < 6, trellis.ivf_check('items_v'), counted() FROM trellis.ivf_stats('items_v') s;
VACUUM (INDEX_CLEANUP ON) items;
SELECT trellis.ivf_check('items_v'), counted();

-- ON CONFLICT, MERGE, another type, no column
ALTER TABLE items ADD PRIMARY KEY (id);
INSERT INTO items VALUES (20001, 'conflict', wave(1, 16)), (1, 'new', wave(1, 16)) ON CONFLICT (id) DO UPDATE SET v = excluded.v, note = excluded.note;
MERGE INTO items t USING (SELECT i AS id, wave(i, 16) AS v FROM generate_series(1, 10) i) s ON t.id = s.id
  WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'merged', s.v);
SELECT counted(), trellis.ivf_check('items_v') >= (SELECT count(*) FROM items);
ALTER TABLE items ALTER COLUMN v TYPE halfvec(16);
\d items_v
SELECT trellis.ivf_check('items_v') = (SELECT count(*) FROM items);
ALTER TABLE items DROP COLUMN v;
SELECT to_regclass('items_v');
DROP TABLE items;

-- values that are stored out of line
CREATE TABLE items (id int, v vector(16), big vector(3000)) WITH (autovacuum_enabled = off);
ALTER TABLE items ALTER COLUMN big SET STORAGE EXTERNAL;
CREATE INDEX items_big ON items USING ivf (big vector_cosine_ops);
INSERT INTO items SELECT i, NULL, wave(i, 3000) FROM generate_series(1, 150) i;
DELETE FROM items WHERE id % 2 = 0;
VACUUM (INDEX_CLEANUP ON) items;
INSERT INTO items SELECT i, NULL, wave(i, 3000) FROM generate_series(151, 300) i;
SELECT trellis.ivf_check('items_big');
SET enable_seqscan = off;
SELECT id FROM items ORDER BY big <=> wave(200, 3000) LIMIT 1;
SELECT id FROM items ORDER BY big <=> wave(33, 3000) LIMIT 1;
RESET enable_seqscan;
DROP TABLE items;
DROP FUNCTION nearest, counted, wave;

-- a row goes to the list that it is nearest to, also where lists are searched by the inner product
CREATE TABLE apart (id int, v vector(8)) WITH (autovacuum_enabled = off);
INSERT INTO apart SELECT i, (SELECT array_agg((CASE WHEN i % 3 = 0 THEN 30 ELSE 1 END) * (1 + 0.1 * sin(i * k)))::vector FROM generate_series(1, 8) k)
  FROM generate_series(1, 300) i;
CREATE INDEX apart_v ON apart USING ivf (v vector_ip_ops) WITH (lists = 2);
SELECT rows FROM trellis.ivf_lists('apart_v') ORDER BY rows;
INSERT INTO apart SELECT 1000 + i, (SELECT array_agg(1 + 0.1 * cos(i * k))::vector FROM generate_series(1, 8) k) FROM generate_series(1, 50) i;
SELECT rows FROM trellis.ivf_lists('apart_v') ORDER BY rows;
DROP TABLE apart;
