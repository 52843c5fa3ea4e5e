-- What protect() says about indexes of vectors that lack the policies' columns.
-- Goal: one NOTICE for each such index and none for others; the commands of its
-- hint put an index in the old one's place that differs in the added columns
-- alone, after which there is no NOTICE.
-- Method: an owner without further rights protects tables; each hint's commands
-- stand behind it as they were printed, and protect() is called again.

SET client_min_messages = warning;
CREATE ROLE trellis_owner;
CREATE SCHEMA advice_test AUTHORIZATION trellis_owner;
SET search_path = advice_test, public;
GRANT EXECUTE ON FUNCTION trellis.label_id(text) TO trellis_owner;
SELECT trellis.create_label('hr') > 0 AS label;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE "trellis space" LOCATION '';
GRANT CREATE ON TABLESPACE "trellis space" TO trellis_owner;
RESET client_min_messages;

SET SESSION AUTHORIZATION trellis_owner;
\pset tuples_only on
CREATE VIEW indexes AS SELECT indrelid::regclass::text AS tab, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relam = (SELECT oid FROM pg_am WHERE amname = 'ivf');

-- the plain case
CREATE TABLE doc (id int PRIMARY KEY, body text, tenant_id int, embedding vector(3));
INSERT INTO doc SELECT i, 'b' || i % 3, i % 2, ARRAY[sin(i), cos(i), i % 7]::vector FROM generate_series(1, 200) i;
CREATE INDEX doc_embedding ON doc USING ivf (embedding vector_cosine_ops);
CREATE INDEX doc_body ON doc (body);
SELECT trellis.protect('doc', 'hr');
CREATE INDEX CONCURRENTLY ON advice_test.doc USING ivf (embedding vector_cosine_ops, access_label);
DROP INDEX CONCURRENTLY advice_test.doc_embedding;
SELECT definition FROM indexes WHERE tab = 'doc';
SELECT trellis.protect('doc');
-- with a tenant
SELECT trellis.protect('doc', tenant_column => 'tenant_id');
CREATE INDEX CONCURRENTLY ON advice_test.doc USING ivf (embedding vector_cosine_ops, access_label, tenant_id);
DROP INDEX CONCURRENTLY advice_test.doc_embedding_access_label_idx;
SELECT definition FROM indexes WHERE tab = 'doc';
SELECT trellis.protect('doc', tenant_column => 'tenant_id');
-- both at once, behind a filter column; an expression of the label is not the label
CREATE INDEX doc_both ON doc USING ivf (embedding, body, (access_label + 0));
SELECT trellis.protect('doc', tenant_column => 'tenant_id');
DROP INDEX doc_both;
-- not on indexes that no search uses
CREATE INDEX doc_invalid ON doc USING ivf (embedding vector_l1_ops);
RESET SESSION AUTHORIZATION;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'doc_invalid'::regclass;
SET SESSION AUTHORIZATION trellis_owner;
SELECT trellis.protect('doc', tenant_column => 'tenant_id');

-- expressions, collations, classes, parameters, tablespace, predicate, names
CREATE TABLE "select (" (id int, "v) USING" vector(3), "a""b, (" text, "C" text COLLATE "C", fixed char(4), active bool, "order" smallint);
INSERT INTO "select (" SELECT i, ARRAY[sin(i), cos(i), i % 7]::vector, 'x', 'y', 'z', i % 2 = 0, i % 3 FROM generate_series(1, 200) i;
CREATE INDEX "drop; '(" ON "select (" USING ivf (((("v) USING")::halfvec(3))) halfvec_ip_ops, "a""b, (" COLLATE "POSIX", "C", "C" COLLATE "default", fixed,
    (("a""b, (" || ') WITH (''lists'') WHERE ('::text)), lower("C"))
  WITH (lists = 3) TABLESPACE "trellis space" WHERE "a""b, (" <> ') USING (''' AND (active OR id > 5);
CREATE INDEX plain_default ON "select (" USING ivf ("v) USING") WHERE active;
SELECT trellis.protect('"select ("', 'hr', 'group', 'order');
CREATE INDEX CONCURRENTLY ON advice_test."select (" USING ivf ((("v) USING")::halfvec(3)) halfvec_ip_ops, "a""b, (" COLLATE "POSIX", "C", "C" COLLATE "default", fixed, (("a""b, (" || ') WITH (''lists'') WHERE ('::text)), lower("C"), "group", "order") WITH (lists='3') TABLESPACE "trellis space" WHERE (("a""b, (" <> ') USING ('''::text) AND (active OR (id > 5)));
DROP INDEX CONCURRENTLY advice_test."drop; '(";
CREATE INDEX CONCURRENTLY ON advice_test."select (" USING ivf ("v) USING", "group", "order") WHERE active;
DROP INDEX CONCURRENTLY advice_test.plain_default;
SELECT definition FROM indexes WHERE tab = '"select ("';
SELECT relname, spcname FROM pg_class JOIN pg_tablespace s ON s.oid = reltablespace WHERE relnamespace = 'advice_test'::regnamespace;
SELECT trellis.protect('"select ("', 'hr', 'group', 'order');
-- names that the search path does not find are qualified
SET search_path = pg_catalog;
CREATE INDEX away ON advice_test."select (" USING ivf ("v) USING" public.vector_cosine_ops) WHERE "v) USING" OPERATOR(public.<>) '[1,2,3]'::public.vector;
SELECT trellis.protect('advice_test."select ("', 'hr', 'group');
SET search_path = advice_test, public;
DROP TABLE "select (";

-- as many columns as an index can have
SELECT format('CREATE TABLE wide (embedding vector(3), %s)', string_agg('b' || i || ' bool', ', ')),
       format('CREATE INDEX wide_index ON wide USING ivf (embedding, %s)', string_agg('b' || i, ', ')) FROM generate_series(1, 31) i \gexec
SELECT trellis.protect('wide', 'hr');
DROP TABLE wide;

-- a temporary table
CREATE TEMP TABLE brief (embedding halfvec(3));
CREATE INDEX brief_index ON brief USING ivf (embedding halfvec_l2_ops);
SELECT trellis.protect('brief', 'hr');
CREATE INDEX CONCURRENTLY ON pg_temp.brief USING ivf (embedding, access_label);
DROP INDEX CONCURRENTLY pg_temp.brief_index;
SELECT trellis.protect('brief', 'hr');

-- partitions: once, for the index of the partitioned table
CREATE TABLE part (id int, embedding vector(3)) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (100);
CREATE TABLE part_2 (embedding vector(3), id int);
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (100) TO (200);
CREATE TABLE part_3 PARTITION OF part FOR VALUES FROM (200) TO (300) PARTITION BY LIST (id);
CREATE TABLE part_3_all PARTITION OF part_3 DEFAULT;
INSERT INTO part SELECT i, ARRAY[sin(i), cos(i), i % 7]::vector FROM generate_series(1, 299) i;
CREATE INDEX part_index ON part USING ivf (embedding vector_ip_ops);
SELECT trellis.protect('part', 'hr');
-- one partition: its index cannot be dropped without the others
SELECT trellis.protect('part_3_all', 'hr');
CREATE INDEX ON advice_test.part USING ivf (embedding vector_ip_ops, access_label);
DROP INDEX advice_test.part_index;
SELECT tab, definition FROM indexes WHERE tab LIKE 'part%' ORDER BY 1;
SELECT trellis.protect('part', 'hr');
-- an index of a partition's own
CREATE INDEX part_2_own ON part_2 USING ivf (embedding vector_l1_ops);
SELECT trellis.protect('part', 'hr');
CREATE INDEX CONCURRENTLY ON advice_test.part_2 USING ivf (embedding vector_l1_ops, access_label);
DROP INDEX CONCURRENTLY advice_test.part_2_own;
SELECT trellis.protect('part', 'hr');
-- the parent's index is not valid before all partitions have one; those that have one search by it
CREATE INDEX part_only ON ONLY part USING ivf (embedding);
SELECT trellis.protect('part', 'hr');
CREATE INDEX part_1_only ON part_1 USING ivf (embedding);
ALTER INDEX part_only ATTACH PARTITION part_1_only;
SELECT trellis.protect('part', 'hr');
CREATE INDEX ON advice_test.part USING ivf (embedding, access_label);
DROP INDEX advice_test.part_only;
SELECT trellis.protect('part', 'hr');

-- children have indexes of their own
CREATE TABLE parent (id int, embedding sparsevec(3));
CREATE TABLE child (more int) INHERITS (parent);
CREATE INDEX child_index ON child USING ivf (embedding);
SELECT trellis.protect('parent', 'hr');
CREATE INDEX CONCURRENTLY ON advice_test.child USING ivf (embedding, access_label);
DROP INDEX CONCURRENTLY advice_test.child_index;
SELECT trellis.protect('parent', 'hr');

-- labels are then tested in the index
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM doc ORDER BY embedding <=> '[1,2,3]' LIMIT 5;
\pset tuples_only off
RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP SCHEMA advice_test CASCADE;
DROP OWNED BY trellis_owner;
DROP ROLE trellis_owner;
DROP TABLESPACE "trellis space";
DELETE FROM trellis.label_expr;
DELETE FROM trellis.label;
