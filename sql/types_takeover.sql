-- Length checks that cannot fail are dropped, and what ALTER TABLE makes of it;
-- trellis.set_types_schema, and arguments that takeover refuses.
-- Goal: a column's type changes to trellis's, also with a dimension, and its
-- files stay.  Method: relfilenodes before and after, plans.
\set SHOW_CONTEXT never
CREATE TABLE typmod (id int, v vector(3), h halfvec(3), s sparsevec(5), w vector, big vector(800));
INSERT INTO typmod SELECT i, ARRAY[i, 2, 3], ARRAY[i, 2, 3], '{1:1}/5', ARRAY[1, 2, 3], array_fill(i, ARRAY[800]) FROM generate_series(1, 20) i;

-- queries: the check goes where the column's type has the dimensions
EXPLAIN (VERBOSE, COSTS OFF) SELECT v::vector(3), h::halfvec(3), s::sparsevec(5), v::vector::vector(3), v::vector FROM typmod;
-- and stays where nothing is known
EXPLAIN (VERBOSE, COSTS OFF) SELECT w::vector(3), v::vector(2), h::halfvec(2), s::sparsevec(4) FROM typmod;
SELECT v::vector(2) FROM typmod;
SELECT w::vector::vector(2) FROM typmod;
SELECT pg_typeof(v::vector(3)::vector), vector(v, 3, true), vector(v, -1, true), vector(v, NULL, true) FROM typmod LIMIT 1;
SELECT vector(v, id + 1, true) FROM typmod WHERE id = 2;
-- an index on the cast is one on the column
CREATE INDEX typmod_v ON typmod ((v::vector(3)));
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM typmod WHERE v = '[1,2,3]';
RESET enable_seqscan;
DROP INDEX typmod_v;

-- what takeover makes in the place of another extension's index; its commands
-- run where only the types' schema is searched
CREATE INDEX typmod_near ON typmod USING ivf ((w::vector(3)) vector_cosine_ops) WITH (lists = 2) WHERE id > 3 AND (v <-> '[0,0,0]') > 1;
COMMENT ON INDEX typmod_near IS 'it''s "near"';
CREATE INDEX "Near it" ON typmod USING ivf (h halfvec_ip_ops);
SET search_path = pg_catalog;
SELECT trellis.takeover_ivf_index(i, 'public.' || class)
  FROM (VALUES ('public.typmod_near'::regclass, 'vector_cosine_ops'), ('public."Near it"', 'halfvec_ip_ops')) v(i, class);
DROP INDEX public.typmod_near;
CREATE INDEX typmod_near ON public.typmod USING ivf (((w)::public.vector(3)) public.vector_cosine_ops)
  WHERE ((id > 3) AND ((v OPERATOR(public.<->) '[0,0,0]'::public.vector) > (1)::double precision));
RESET search_path;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM typmod WHERE id > 3 AND (v <-> '[0,0,0]') > 1 ORDER BY w::vector(3) <=> '[1,2,3]' LIMIT 1;
RESET enable_seqscan;
DROP INDEX typmod_near, "Near it";

-- the files of tables, as a set that changes if any of them does
CREATE TABLE files AS SELECT oid, relfilenode FROM pg_class WHERE oid IN
  (SELECT unnest(ARRAY['typmod'::regclass, reltoastrelid]) FROM pg_class WHERE oid = 'typmod'::regclass);
CREATE VIEW rewritten AS SELECT count(*) FROM files f JOIN pg_class c USING (oid) WHERE f.relfilenode <> c.relfilenode;
ALTER TABLE typmod ALTER v TYPE vector;
SELECT * FROM rewritten;

-- another extension's type: same name, same bytes, its typmod counts dimensions
CREATE SCHEMA other;
CREATE TYPE other.vector;
SET client_min_messages = warning;
CREATE FUNCTION other.vector_in(cstring, oid, integer) RETURNS other.vector AS '$libdir/trellis', 'trl_vector_in' LANGUAGE C IMMUTABLE STRICT;
CREATE FUNCTION other.vector_out(other.vector) RETURNS cstring AS '$libdir/trellis', 'trl_vector_out' LANGUAGE C IMMUTABLE STRICT;
CREATE FUNCTION other.vector_typmod_in(cstring[]) RETURNS integer AS '$libdir/trellis', 'trl_vector_typmod_in' LANGUAGE C IMMUTABLE STRICT;
CREATE TYPE other.vector (INPUT = other.vector_in, OUTPUT = other.vector_out, TYPMOD_IN = other.vector_typmod_in, STORAGE = external);
CREATE FUNCTION other.vector(other.vector, integer, boolean) RETURNS other.vector AS '$libdir/trellis', 'trl_vector_vector' LANGUAGE C IMMUTABLE STRICT;
CREATE CAST (other.vector AS other.vector) WITH FUNCTION other.vector(other.vector, integer, boolean) AS IMPLICIT;
-- a type of another name, whose typmod is no proof of anything
CREATE TYPE other.word;
CREATE FUNCTION other.word_in(cstring, oid, integer) RETURNS other.word AS '$libdir/trellis', 'trl_vector_in' LANGUAGE C IMMUTABLE STRICT;
CREATE FUNCTION other.word_out(other.word) RETURNS cstring AS '$libdir/trellis', 'trl_vector_out' LANGUAGE C IMMUTABLE STRICT;
CREATE TYPE other.word (INPUT = other.word_in, OUTPUT = other.word_out, TYPMOD_IN = other.vector_typmod_in, STORAGE = external);
RESET client_min_messages;
CREATE TABLE theirs (id int PRIMARY KEY, v other.vector(3), loose other.vector, big other.vector(800), word other.word(3));
INSERT INTO theirs SELECT i, format('[%s,2,3]', i)::other.vector, '[1,2]', array_fill(i, ARRAY[800])::vector::text::other.vector, '[1,2,3]'
  FROM generate_series(1, 20) i;
TRUNCATE files;
INSERT INTO files SELECT oid, relfilenode FROM pg_class WHERE relname IN ('theirs', 'theirs_pkey') OR oid =
  (SELECT reltoastrelid FROM pg_class WHERE oid = 'theirs'::regclass);
CREATE CAST (other.vector AS vector) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (other.word AS vector) WITHOUT FUNCTION AS IMPLICIT;
ALTER TABLE theirs ALTER v TYPE vector(3), ALTER big TYPE vector(800), ALTER loose TYPE vector;
SELECT * FROM rewritten;
SELECT format_type(atttypid, atttypmod), count(*) FROM pg_attribute WHERE attrelid = 'theirs'::regclass AND attnum > 0 GROUP BY 1 ORDER BY 1;
SELECT sum(v) <-> '[210,40,60]', count(DISTINCT big), min(vector_dims(big)) FROM theirs;
INSERT INTO theirs (id, v) VALUES (100, '[1,2]');
-- other dimensions, and a typmod that means nothing: every value is checked
ALTER TABLE theirs ALTER loose TYPE vector(3);
ALTER TABLE theirs ALTER word TYPE vector(3);
SELECT count(*) > 0 AS rewritten FROM files f JOIN pg_class c USING (oid) WHERE f.relfilenode <> c.relfilenode;

-- arguments
SELECT trellis.takeover();
SELECT * FROM trellis.takeover_plan('nothing');
SELECT trellis.takeover('plpgsql');
SELECT trellis.set_types_schema('nowhere');
SELECT trellis.set_types_schema('pg_toast');
CREATE ROLE regress_takeover;
SET ROLE regress_takeover;
SELECT trellis.takeover();
SELECT * FROM trellis.takeover_plan();
SELECT trellis.set_types_schema('other');
SELECT trellis.value_image(1);
RESET ROLE;
-- a grant is not enough
GRANT EXECUTE ON FUNCTION trellis.takeover, trellis.set_types_schema, trellis.require_superuser TO regress_takeover;
SET ROLE regress_takeover;
SELECT trellis.takeover();
SELECT trellis.set_types_schema('other');
RESET ROLE;
-- bytes of a value, and of no other kind of value
SELECT trellis.value_image('[1,-2.5]'::vector), trellis.value_image('{1:1}/3'::sparsevec), trellis.value_image(NULL::vector);
SELECT trellis.value_image(1);
-- to another schema and back
CREATE SCHEMA "Types";
SELECT trellis.set_types_schema('Types');
SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'typmod'::regclass AND attname = 'big';
SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'trellis';
SELECT big OPERATOR("Types".<->) big FROM typmod WHERE id = 1;
\set VERBOSITY terse
DROP SCHEMA "Types";
\set VERBOSITY default
SELECT trellis.set_types_schema('public');
SELECT big <-> big FROM typmod WHERE id = 1;
DROP SCHEMA "Types";

SET client_min_messages = warning;
REVOKE ALL ON FUNCTION trellis.takeover, trellis.set_types_schema, trellis.require_superuser FROM regress_takeover;
DROP ROLE regress_takeover;
DROP VIEW rewritten;
DROP TABLE typmod, files, theirs;
DROP SCHEMA other CASCADE;
