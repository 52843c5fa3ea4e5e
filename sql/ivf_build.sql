-- CREATE INDEX ... USING ivf: what builds, what is refused, what a check finds.
SET client_min_messages = warning;

-- a vector of sines: spread evenly, the same everywhere
CREATE FUNCTION wave(i int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg(sin(i * (k + 0.5) * 0.7)::real ORDER BY k)::vector FROM generate_series(1, dims) k $$;

CREATE TABLE items (id int PRIMARY KEY, kind int, v vector(16), h halfvec(16), free vector);
INSERT INTO items SELECT i, i % 4, wave(i, 16), wave(i, 16)::halfvec(16), wave(i, 16) FROM generate_series(1, 2000) i;

-- every operator class; the first of each type is the default
ANALYZE items;
CREATE INDEX items_v ON items USING ivf (v);
CREATE INDEX items_v_l2 ON items USING ivf (v vector_l2_ops);
CREATE INDEX items_v_ip ON items USING ivf (v vector_ip_ops);
CREATE INDEX items_v_cosine ON items USING ivf (v vector_cosine_ops) WITH (lists = 7);
CREATE INDEX items_h ON items USING ivf (h);
CREATE INDEX items_h_l2 ON items USING ivf (h halfvec_l2_ops);
CREATE INDEX items_h_ip ON items USING ivf (h halfvec_ip_ops);
CREATE INDEX items_h_cosine ON items USING ivf (h halfvec_cosine_ops);
CREATE INDEX items_partial ON items USING ivf (v vector_cosine_ops) WHERE kind = 1;
CREATE INDEX items_cast ON items USING ivf ((v::halfvec(16)) halfvec_l2_ops);
CREATE INDEX items_sub ON items USING ivf ((subvector(v, 1, 8)::vector(8)) vector_l2_ops);
CREATE INDEX items_typed ON items USING ivf ((free::vector(16)) vector_l2_ops);
CREATE INDEX CONCURRENTLY items_concurrent ON items USING ivf (v vector_l2_ops);
\d items

SELECT c.relname, s.metric, s.dimensions, s.rows, s.lists > 1 AS lists, trellis.ivf_check(c.oid::regclass) AS checked
  FROM pg_class c, trellis.ivf_stats(c.oid) s
 WHERE c.relkind = 'i' AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'ivf') ORDER BY 1;
SELECT lists FROM trellis.ivf_stats('items_v_cosine');
SELECT count(*), sum(rows), bool_or(retired) FROM trellis.ivf_lists('items_v_cosine');
SELECT units >= lists, lanes >= rows, free_lanes = lanes - rows, bytes = pg_relation_size('items_v'),
       pages = centroid_pages + directory_pages + unit_pages + code_pages + rerank_pages + tail_pages + unused_pages + 1,
       smallest_list <= median_list AND median_list <= largest_list, imbalance >= 1, killed_lanes, tail_rows,
       built_rows, calibrated_rows, array_length(recall, 1) = array_length(probes_10, 1)
  FROM trellis.ivf_stats('items_v') WHERE units = (SELECT sum(l.units) FROM trellis.ivf_lists('items_v') l);

-- what a build would take, and took
SELECT rows, dimensions, lists > 1, bytes BETWEEN pg_relation_size('items_v') / 2 AND pg_relation_size('items_v') * 2, memory > 100000, seconds BETWEEN 0.001 AND 1
  FROM trellis.ivf_estimate('items', 'v');
SELECT dimensions FROM trellis.ivf_estimate('items', 'h');
SELECT trellis.ivf_estimate('items', 'kind');
SELECT trellis.ivf_estimate('items', 'free');
SELECT trellis.ivf_estimate('items', 'none');
\set VERBOSITY sqlstate
SELECT trellis.ivf_estimate('items_v', 'v');
\set VERBOSITY default
SELECT trellis.ivf_estimate('items', 'ctid');
SELECT trellis.ivf_estimate(0, 'v');

-- again
REINDEX INDEX items_v;
REINDEX INDEX CONCURRENTLY items_v;
REINDEX TABLE CONCURRENTLY items;
SELECT trellis.ivf_check('items_v'), trellis.ivf_check('items_partial'), trellis.ivf_check('items_v', false);
ALTER INDEX items_v SET (lists = 3);
SELECT lists > 3 FROM trellis.ivf_stats('items_v');
REINDEX INDEX items_v;
SELECT lists, trellis.ivf_check('items_v') FROM trellis.ivf_stats('items_v');
ALTER INDEX items_v RESET (lists);
TRUNCATE items;
SELECT rows, lists, imbalance, bytes_per_row, trellis.ivf_check('items_v') FROM trellis.ivf_stats('items_v');
DROP TABLE items;

-- rows that are in no list
CREATE TABLE few (v vector(3));
INSERT INTO few VALUES (NULL), ('[0,0,0]'), ('[1,2,3]'), (NULL), ('[0,0,0]');
CREATE INDEX few_cosine ON few USING ivf (v vector_cosine_ops);
CREATE INDEX few_l2 ON few USING ivf (v vector_l2_ops);
SELECT rows, tail_rows, trellis.ivf_check('few_cosine') FROM trellis.ivf_stats('few_cosine');
SELECT rows, tail_rows, trellis.ivf_check('few_l2') FROM trellis.ivf_stats('few_l2');
-- more tail rows than one page holds
INSERT INTO few SELECT NULL FROM generate_series(1, 3000);
INSERT INTO few SELECT '[0,0,0]' FROM generate_series(1, 3000);
SELECT rows, tail_rows, tail_pages, trellis.ivf_check('few_cosine') FROM trellis.ivf_stats('few_cosine');
REINDEX INDEX few_cosine;
SELECT rows, tail_rows, tail_pages, trellis.ivf_check('few_cosine') FROM trellis.ivf_stats('few_cosine');
DROP TABLE few;

-- more lists than rows; all rows the same; one row; values at the ends of float4
CREATE TABLE odd (v vector(2));
INSERT INTO odd SELECT '[1,1]' FROM generate_series(1, 5);
CREATE INDEX odd_v ON odd USING ivf (v) WITH (lists = 1000);
SELECT lists, trellis.ivf_check('odd_v') FROM trellis.ivf_stats('odd_v');
INSERT INTO odd SELECT '[1,1]' FROM generate_series(1, 2000);
SELECT trellis.ivf_check('odd_v');
REINDEX INDEX odd_v;
SELECT trellis.ivf_check('odd_v');
INSERT INTO odd VALUES ('[3e38,-3e38]'), ('[1e30,1]'), ('[1e-40,0]'), ('[0,0]'), ('[3e38,3e38]');
SELECT trellis.ivf_check('odd_v');
REINDEX INDEX odd_v;
SELECT trellis.ivf_check('odd_v');
DROP TABLE odd;

-- dimensions: 1, and the most
CREATE TABLE line (v vector(1));
INSERT INTO line SELECT ARRAY[i]::vector FROM generate_series(1, 300) i;
CREATE INDEX line_v ON line USING ivf (v);
SELECT trellis.ivf_check('line_v');
DROP TABLE line;
CREATE TABLE wide (v vector(8000));
INSERT INTO wide SELECT wave(i, 8000) FROM generate_series(1, 40) i;
CREATE INDEX wide_v ON wide USING ivf (v vector_cosine_ops);
INSERT INTO wide SELECT wave(i, 8000) FROM generate_series(41, 80) i;
SELECT trellis.ivf_check('wide_v');
DROP TABLE wide;

-- partitioned, unlogged, temporary
CREATE TABLE parts (k int, v vector(4)) PARTITION BY RANGE (k);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
INSERT INTO parts SELECT i, wave(i, 4) FROM generate_series(0, 99) i;
CREATE INDEX parts_v ON parts USING ivf (v vector_l2_ops);
CREATE TABLE parts2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
INSERT INTO parts SELECT i, wave(i, 4) FROM generate_series(100, 199) i;
SELECT trellis.ivf_check('parts1_v_idx'), trellis.ivf_check('parts2_v_idx');
SELECT trellis.ivf_check('parts_v');
ANALYZE parts;
SELECT rows, lists FROM trellis.ivf_estimate('parts', 'v');
DROP TABLE parts;
CREATE UNLOGGED TABLE fast (v vector(4));
CREATE INDEX fast_v ON fast USING ivf (v);
INSERT INTO fast SELECT wave(i, 4) FROM generate_series(1, 500) i;
SELECT trellis.ivf_check('fast_v');
REINDEX TABLE fast;
ALTER TABLE fast SET LOGGED;
SELECT trellis.ivf_check('fast_v');
DROP TABLE fast;
CREATE TEMP TABLE passing (v vector(4)) ON COMMIT DELETE ROWS;
CREATE INDEX passing_v ON passing USING ivf (v);
BEGIN;
INSERT INTO passing SELECT wave(i, 4) FROM generate_series(1, 500) i;
SELECT trellis.ivf_check('passing_v');
COMMIT;
SELECT trellis.ivf_check('passing_v');
BEGIN;
INSERT INTO passing SELECT wave(i, 4) FROM generate_series(1, 500) i;
SELECT trellis.ivf_check('passing_v');
ROLLBACK;
DROP TABLE passing;

-- in the transaction that makes the table, with what it undoes
BEGIN;
CREATE TABLE young (v vector(4));
INSERT INTO young SELECT wave(i, 4) FROM generate_series(1, 300) i;
CREATE INDEX young_v ON young USING ivf (v);
INSERT INTO young SELECT wave(i, 4) FROM generate_series(301, 400) i;
SELECT trellis.ivf_check('young_v');
TRUNCATE young;
INSERT INTO young SELECT wave(i, 4) FROM generate_series(1, 50) i;
SELECT trellis.ivf_check('young_v');
COMMIT;
BEGIN;
TRUNCATE young;
INSERT INTO young SELECT wave(i, 4) FROM generate_series(1, 20) i;
SELECT trellis.ivf_check('young_v');
ROLLBACK;
SELECT trellis.ivf_check('young_v');
DROP TABLE young;

-- refused
CREATE TABLE bad (v vector(3), u vector, s sparsevec(3), b bit(3), n int);
CREATE INDEX ON bad USING ivf (u);
CREATE INDEX ON bad USING ivf (v DESC);
CREATE INDEX ON bad USING ivf (v NULLS FIRST);
CREATE UNIQUE INDEX ON bad USING ivf (v);
CREATE INDEX ON bad USING ivf (v, v);
CREATE INDEX ON bad USING ivf (v) INCLUDE (n);
CREATE INDEX ON bad USING ivf (n);
CREATE INDEX ON bad USING ivf (s sparsevec_l1_ops);
CREATE INDEX ON bad USING ivf (v halfvec_l2_ops);
CREATE INDEX ON bad USING ivf (v vector_l3_ops);
CREATE INDEX ON bad USING ivf (v) WITH (lists = -1);
CREATE INDEX ON bad USING ivf (v) WITH (lists = 65537);
CREATE INDEX ON bad USING ivf (v) WITH (lists = many);
CREATE INDEX ON bad USING ivf (v) WITH (m = 16);
\set VERBOSITY sqlstate
ALTER TABLE bad ADD EXCLUDE USING ivf (v WITH =);
\set VERBOSITY default
CREATE INDEX bad_v ON bad USING ivf (v);
CLUSTER bad USING bad_v;
CREATE INDEX bad_n ON bad (n);
SELECT trellis.ivf_check('bad_n');
SELECT trellis.ivf_check('bad');
SELECT trellis.ivf_stats('bad_n');
SELECT * FROM trellis.ivf_lists('bad');
SELECT trellis.ivf_check(0);
SELECT trellis.ivf_check(NULL);

-- only its owner looks into an index
CREATE ROLE regress_ivf_user;
GRANT USAGE ON SCHEMA trellis TO regress_ivf_user;
SET ROLE regress_ivf_user;
SELECT trellis.ivf_check('bad_v');
SELECT trellis.ivf_stats('bad_v');
SELECT trellis.ivf_lists('bad_v');
RESET ROLE;
ALTER TABLE bad OWNER TO regress_ivf_user;
SET ROLE regress_ivf_user;
SELECT trellis.ivf_check('bad_v'), (trellis.ivf_stats('bad_v')).rows;
RESET ROLE;
DROP TABLE bad;
REVOKE USAGE ON SCHEMA trellis FROM regress_ivf_user;
DROP ROLE regress_ivf_user;

-- what the access method says of itself
SELECT p, pg_indexam_has_property(a.oid, p) FROM pg_am a,
  unnest(ARRAY['can_order', 'can_unique', 'can_multi_col', 'can_exclude', 'can_include']) p WHERE amname = 'ivf' ORDER BY 1;
SELECT phase, pg_indexam_progress_phasename(a.oid, phase) FROM pg_am a, generate_series(1, 8) phase WHERE amname = 'ivf' ORDER BY 1;
SELECT opcname, amvalidate(o.oid), opcdefault FROM pg_opclass o, pg_am a WHERE opcmethod = a.oid AND amname = 'ivf' ORDER BY 1;
DROP FUNCTION wave;
