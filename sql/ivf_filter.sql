-- Filter columns of ivf.
-- Goal: an index scan with quals on them returns the rows that a sequential
-- scan does, whatever the type, the operator and the history of the rows.
-- Method: each qual is put to both, all rows read, sets of rows compared;
-- trellis.ivf_check() compares what lanes hold with the table.
SET client_min_messages = warning;
SET trellis.enable_knn = off; -- the access method's own scans
SET timezone = 'UTC';

CREATE FUNCTION wave(i int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg(sin(i * (k + 0.5) * 0.7)::real ORDER BY k)::vector FROM generate_series(1, dims) k $$;

-- compare(): rows of a table that pass a qual, whether index and table agree
-- on them, whether the index was given the qual, and how many rows it let pass
-- that the qual did not
CREATE FUNCTION compare(qual text, tab text DEFAULT 'items', dist text DEFAULT 'v <=> wave(7, 16)',
                        OUT rows bigint, OUT same boolean, OUT cond boolean, OUT extra int) LANGUAGE plpgsql AS $$
DECLARE
  query text := format('SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM %s WHERE %s ORDER BY %s) s', tab, qual, dist);
  line text;
  by_index int[];
  by_table int[];
BEGIN
  SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off;
  cond := false; extra := 0;
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) ' || query LOOP
    cond := cond OR line LIKE '%Index Cond:%';
    extra := extra + coalesce(substring(line from 'Removed by Index Recheck: (\d+)')::int, 0);
  END LOOP;
  EXECUTE query INTO by_index;
  SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on; SET LOCAL enable_indexscan = off;
  EXECUTE query INTO by_table;
  SET LOCAL enable_indexscan = on;
  rows := coalesce(cardinality(by_table), 0);
  same := by_index IS NOT DISTINCT FROM by_table;
END $$;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'unused');
CREATE DOMAIN small AS int4 CHECK (VALUE < 100000);
CREATE TABLE items (id int PRIMARY KEY, v vector(16), b bool, i2 int2, i4 int4, i8 int8, d date, ts timestamp,
  tz timestamptz, u uuid, t text, vc varchar(20), c char(8), n name, m mood, dom small,
  a2 int2[], a4 int4[], a8 int8[], at text[]) WITH (autovacuum_enabled = off);

-- every third value of a column is NULL, in another row than the next column's
CREATE FUNCTION add_rows(low int, high int) RETURNS void LANGUAGE sql AS $$
  INSERT INTO items SELECT i,
    CASE WHEN i % 50 = 0 THEN NULL WHEN i % 51 = 0 THEN array_fill(0, ARRAY[16])::vector ELSE wave(i, 16) END,
    CASE WHEN i % 3 <> 0 THEN i % 2 = 0 END,
    CASE WHEN i % 3 <> 1 THEN CASE i % 40 WHEN 0 THEN -32768 WHEN 1 THEN 32767 ELSE i % 40 - 20 END END,
    CASE WHEN i % 3 <> 2 THEN CASE i % 60 WHEN 0 THEN -2147483648 WHEN 1 THEN 2147483647 ELSE i % 60 - 20 END END,
    CASE WHEN i % 3 <> 0 THEN CASE i % 60 WHEN 1 THEN -9223372036854775808 WHEN 2 THEN 9223372036854775807 WHEN 4 THEN 3000000000 ELSE i % 60 - 20 END END,
    CASE WHEN i % 3 <> 1 THEN CASE i % 60 WHEN 0 THEN '-infinity' WHEN 2 THEN 'infinity' WHEN 3 THEN '4714-11-24 BC' WHEN 5 THEN '5874897-12-31' ELSE date '2000-01-10' - i % 60 END END,
    CASE WHEN i % 3 <> 2 THEN CASE i % 60 WHEN 0 THEN '-infinity' WHEN 1 THEN 'infinity' WHEN 3 THEN '4714-11-24 00:00 BC' WHEN 4 THEN '294276-12-31 23:59:59.999999' ELSE timestamp '2000-01-10' - i % 60 * interval '12 hours' END END,
    CASE WHEN i % 3 <> 0 THEN CASE i % 60 WHEN 1 THEN '-infinity' WHEN 2 THEN 'infinity' ELSE timestamptz '2000-01-10' - i % 60 * interval '12 hours' END END,
    CASE WHEN i % 3 <> 1 THEN md5((i % 40)::text)::uuid END,
    CASE WHEN i % 3 <> 2 THEN 'n' || i % 40 END,
    CASE WHEN i % 3 <> 0 THEN 'n' || i % 40 END,
    CASE WHEN i % 3 <> 1 THEN 'n' || i % 40 END,
    CASE WHEN i % 3 <> 2 THEN 'n' || i % 40 END,
    CASE WHEN i % 3 <> 0 THEN (enum_range('sad'::mood, 'happy'))[1 + i % 7 % 3] END,
    CASE WHEN i % 3 <> 1 THEN i % 40 END,
    CASE WHEN i % 3 <> 2 THEN ARRAY[i % 5, i % 7 * 100]::int2[] END,
    CASE WHEN i % 3 <> 0 THEN CASE i % 20 WHEN 1 THEN '{}' WHEN 2 THEN ARRAY[NULL, i % 30]::int4[] ELSE ARRAY[i % 5, i % 70, -i] END END,
    CASE WHEN i % 3 <> 1 THEN ARRAY[[i % 5, 5000000000], [i % 7, i % 11]]::int8[] END,
    CASE WHEN i % 3 <> 2 THEN ARRAY['x' || i % 5, 'y' || i % 100] END
  FROM generate_series(low, high) i $$;
SELECT add_rows(1, 2000);
CREATE INDEX items_f ON items USING ivf (v vector_cosine_ops, b, i2, i4, i8, d, ts, tz, u, t, vc, c, n, m, dom, a2, a4, a8, at);
SELECT trellis.ivf_check('items_f');

-- every operator of every family that has the column on its left side, with
-- values of its right side
CREATE TABLE samples (type regtype, value text);
INSERT INTO samples VALUES
  ('bool', 'f'), ('bool', 't'),
  ('int2', '-32768'), ('int2', '32767'), ('int2', '0'), ('int2', '7'),
  ('int4', '-2147483648'), ('int4', '2147483647'), ('int4', '-32769'), ('int4', '32768'), ('int4', '0'), ('int4', '7'),
  ('int8', '-9223372036854775808'), ('int8', '9223372036854775807'), ('int8', '-2147483649'), ('int8', '2147483648'),
  ('int8', '3000000000'), ('int8', '-40000'), ('int8', '0'), ('int8', '7'),
  ('date', '-infinity'), ('date', 'infinity'), ('date', '4714-11-24 BC'), ('date', '5874897-12-31'), ('date', '294277-01-01'),
  ('date', '294276-12-31'), ('date', '2000-01-01'), ('date', '1999-12-25'),
  ('timestamp', '-infinity'), ('timestamp', 'infinity'), ('timestamp', '4714-11-24 00:00 BC'),
  ('timestamp', '294276-12-31 23:59:59.999999'), ('timestamp', '294276-12-31'), ('timestamp', '2000-01-01'),
  ('timestamp', '2000-01-01 00:00:00.000001'), ('timestamp', '1999-12-31 23:59:59.999999'), ('timestamp', '1999-12-25 12:00'), ('timestamp', '1999-12-25'),
  ('timestamptz', '-infinity'), ('timestamptz', 'infinity'), ('timestamptz', '2000-01-01'), ('timestamptz', '1999-12-25 12:00'),
  ('uuid', 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'), ('uuid', '00000000-0000-0000-0000-000000000000'),
  ('text', 'n7'), ('text', 'n7  '), ('text', ''), ('text', 'none'),
  ('bpchar', 'n7'), ('bpchar', 'n7    '), ('bpchar', 'none'),
  ('name', 'n7'), ('name', 'none'),
  ('mood', 'sad'), ('mood', 'happy'), ('mood', 'unused'),
  ('int2[]', '{}'), ('int2[]', '{1}'), ('int2[]', '{1,300}'), ('int2[]', '{3,100,7,8,9}'), ('int2[]', '{77}'),
  ('int4[]', '{}'), ('int4[]', '{NULL}'), ('int4[]', '{3}'), ('int4[]', '{NULL,12}'), ('int4[]', '{NULL,22,3}'), ('int4[]', '{1,11,-11}'), ('int4[]', '{10000}'),
  ('int8[]', '{}'), ('int8[]', '{3}'), ('int8[]', '{5000000000,1}'), ('int8[]', '{{3,5000000000},{2,9}}'), ('int8[]', '{0,1,2,3,4,5,6,7,8,9,10,5000000000}'),
  ('text[]', '{}'), ('text[]', '{x1}'), ('text[]', '{x1,y1}'), ('text[]', '{y7,y8,none}'), ('text[]', '{none}');
CREATE VIEW columns AS SELECT a.attname, a.attnum, o.opcfamily,
    CASE a.attname WHEN 'vc' THEN 'text'::regtype WHEN 'dom' THEN 'int4' ELSE a.atttypid::regtype END AS type
  FROM pg_index x, unnest(x.indkey, x.indclass) WITH ORDINALITY k(num, class, place), pg_attribute a, pg_opclass o
 WHERE x.indexrelid = 'items_f'::text::regclass AND k.place > 1 AND a.attrelid = x.indrelid AND a.attnum = k.num AND o.oid = k.class;
CREATE VIEW tests AS
  SELECT c.attname, p.oprname, format('%s %s %L::%s', c.attname, p.oprname, s.value, CASE s.type WHEN 'bpchar'::regtype THEN 'bpchar' ELSE s.type::text END) AS qual
    FROM columns c JOIN pg_amop o ON o.amopfamily = c.opcfamily JOIN pg_operator p ON p.oid = o.amopopr
    JOIN samples s ON s.type = CASE WHEN o.amoprighttype::regtype IN ('anyarray', 'anyenum') THEN c.type ELSE o.amoprighttype::regtype END
   WHERE o.amoplefttype = c.type OR o.amoplefttype IN ('anyarray'::regtype, 'anyenum'::regtype);
CREATE FUNCTION matrix() RETURNS TABLE (col name, operators text, tests bigint, wrong bigint, not_given bigint, found bigint, loose bigint) LANGUAGE sql AS $$
  SELECT t.attname, string_agg(DISTINCT t.oprname, ' '), count(*), count(*) FILTER (WHERE NOT c.same), count(*) FILTER (WHERE NOT c.cond AND t.qual NOT LIKE 'b = %'),
         count(*) FILTER (WHERE c.rows > 0), count(*) FILTER (WHERE c.extra > s.tail_rows)
    FROM trellis.ivf_stats('items_f') s, tests t, compare(t.qual) c GROUP BY 1 ORDER BY min((SELECT attnum FROM columns x WHERE x.attname = t.attname)) $$;
-- (more extra rows than those without a distance have sets of bits alone;
-- servers before 16 do not give b = true to an index of such a class; names
-- have a collation of their own)
SELECT * FROM matrix();

-- NULL and what is not; ANY of several
CREATE FUNCTION nulls() RETURNS TABLE (col name, rows bigint, same boolean, cond boolean, others bigint, others_same boolean, others_cond boolean) LANGUAGE sql AS $$
  SELECT c.attname, a.rows, a.same, a.cond, b.rows, b.same, b.cond FROM columns c, compare(format('%I IS NULL', c.attname)) a, compare(format('%I IS NOT NULL', c.attname)) b ORDER BY c.attnum $$;
SELECT * FROM nulls();
SELECT c.attname, count(*), count(*) FILTER (WHERE NOT r.same) AS wrong
  FROM columns c, LATERAL (SELECT string_agg(quote_literal(s.value) || '::' || CASE s.type WHEN 'bpchar'::regtype THEN 'bpchar' ELSE s.type::text END, ', ') AS list FROM samples s WHERE s.type = c.type) l,
       unnest(CASE WHEN c.type::text ~ '\[\]' OR c.attname IN ('m', 'u', 't', 'vc', 'c', 'n') THEN ARRAY['='] ELSE ARRAY['=', '<', '>=', '>', '<='] END) op,
       unnest(ARRAY['', ', NULL']) more,
       compare(CASE WHEN c.type::text ~ '\[\]' THEN format('%I IN (%s)', c.attname, l.list)
               ELSE format('%s %s ANY (ARRAY[%s%s])', c.attname, op, l.list, more) END) r
 GROUP BY 1, c.attnum ORDER BY c.attnum;

-- arguments that turn out to be NULL, and that no row can match
SELECT q, c.rows, c.same, c.cond FROM unnest(ARRAY['i4 = (SELECT NULL::int)', 'a4 && (SELECT NULL::int[])', 't = (SELECT NULL::text) AND b', 'i4 > 5 AND i2 < 3000000000 AND i8 >= (SELECT NULL::int8)',
  'i4 > 2147483647', 'i2 > 40000', 'a4 && ''{}''', 'i4 > 10 AND i4 < 5']) q, compare(q) c;
-- several at once; the vector itself
SELECT q, c.rows, c.same, c.cond FROM unnest(ARRAY['i4 > 5 AND i4 <= 30 AND t = ''n7''', 'i4 BETWEEN 0 AND 9 AND a4 && ''{3}'' AND b IS NOT NULL', 'b IS NULL AND i2 > 0 AND at @> ''{x1}''',
  'v IS NULL', 'v IS NOT NULL', 'v IS NULL AND i4 < 10', 'v IS NOT NULL AND i4 < 10', 'v IS NULL AND v IS NOT NULL', 'i4 < 10 AND id % 7 = 0', 'i4 < 10 OR i2 < 0', 'true']) q, compare(q) c;
-- rows without a distance come last
SET enable_seqscan = off; SET enable_sort = off;
SELECT array_agg(CASE WHEN v IS NULL THEN 'null' WHEN v = array_fill(0, ARRAY[16])::vector THEN 'zero' ELSE 'row' END) FROM (SELECT v FROM items WHERE i4 = 10 ORDER BY v <=> wave(7, 16)) s
 WHERE v IS NULL OR v = array_fill(0, ARRAY[16])::vector;
-- the plan, and how many rows are expected
ANALYZE items;
EXPLAIN (COSTS off) SELECT id FROM items WHERE i4 = 10 AND m = 'sad' AND d >= '2000-01-01' AND at @> '{x1}' AND vc IS NOT NULL ORDER BY v <=> array_fill(1, ARRAY[16])::vector LIMIT 5;
CREATE FUNCTION planned(query text, OUT node text, OUT rows float8) LANGUAGE plpgsql AS
  $$ DECLARE plan json; BEGIN EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan; node := plan->0->'Plan'->>'Node Type'; rows := plan->0->'Plan'->'Plan Rows'; END $$;
SELECT node, rows BETWEEN 11 AND 44 AS good FROM planned('SELECT id FROM items WHERE i4 = 10 ORDER BY v <=> wave(7, 16)');
-- without an order the index is not used, whatever the settings
SELECT node FROM planned('SELECT id FROM items WHERE i4 = 10');

-- once per row of another table, with other keys each time
SELECT q.x, q.w, array_length(r.ids, 1) AS rows, r.ids = (SELECT array_agg(id ORDER BY id) FROM items WHERE i4 = q.x AND t = q.w) AS same
  FROM (VALUES (5, 'n5'), (NULL, 'n5'), (7, 'n27'), (8, NULL), (-10, 'n10')) q(x, w),
       LATERAL (SELECT array_agg(id ORDER BY id) AS ids FROM (SELECT id FROM items WHERE i4 = q.x AND t = q.w ORDER BY v <=> wave(7, 16)) s) r;
-- a prepared statement, and a cursor that goes on
PREPARE p(int, text) AS SELECT count(*) FROM (SELECT id FROM items WHERE i4 < $1 AND t = $2 ORDER BY v <=> wave(7, 16)) s;
SET plan_cache_mode = force_generic_plan;
EXECUTE p(20, 'n7'); EXECUTE p(NULL, 'n7'); EXECUTE p(-1000, 'n7');
SELECT count(*) FROM items WHERE i4 < 20 AND t = 'n7';
RESET plan_cache_mode;
BEGIN;
DECLARE far CURSOR FOR SELECT i4 FROM items WHERE i4 = 10 AND v IS NOT NULL ORDER BY v <=> wave(7, 16);
FETCH 3 FROM far;
MOVE 1000 IN far;
FETCH 1 FROM far;
COMMIT;
RESET enable_seqscan; RESET enable_sort;

-- rows that change
UPDATE items SET i4 = 1000 + id WHERE id <= 300;
SELECT q, c.rows, c.same, c.cond FROM unnest(ARRAY['i4 > 1000', 'i4 = 1007', 'i4 < 20']) q, compare(q) c;
SELECT trellis.ivf_check('items_f');
UPDATE items SET t = NULL, at = '{new,x1}' WHERE id BETWEEN 200 AND 400;
DELETE FROM items WHERE id BETWEEN 350 AND 450;
SELECT q, c.rows, c.same, c.cond FROM unnest(ARRAY['at && ''{new}''', 't IS NULL']) q, compare(q) c;
VACUUM (INDEX_CLEANUP ON) items;
SELECT q, c.rows, c.same, c.cond FROM unnest(ARRAY['at && ''{new}''', 't IS NULL', 'i4 > 1000']) q, compare(q) c;
SELECT add_rows(3001, 3200);
SELECT trellis.ivf_check('items_f');
-- lists that are split and emptied
SELECT lists AS lists_before FROM trellis.ivf_stats('items_f') \gset
SELECT add_rows(10001, 18000);
SELECT lists > :lists_before AS split, trellis.ivf_check('items_f') FROM trellis.ivf_stats('items_f');
SELECT count(*), count(*) FILTER (WHERE NOT same) AS wrong, count(*) FILTER (WHERE NOT cond) AS not_given
  FROM tests t, compare(t.qual) c WHERE t.attname IN ('i2', 't', 'a4', 'ts') AND t.oprname IN ('=', '<', '&&');
SELECT generation AS generation_before FROM trellis.ivf_stats('items_f') \gset
DELETE FROM items WHERE id > 3000 AND id % 100 <> 0;
VACUUM (INDEX_CLEANUP ON) items;
SELECT generation > :generation_before AS changed, trellis.ivf_check('items_f') FROM trellis.ivf_stats('items_f');
SELECT count(*), count(*) FILTER (WHERE NOT same) AS wrong, count(*) FILTER (WHERE NOT cond) AS not_given
  FROM tests t, compare(t.qual) c WHERE t.attname IN ('i2', 't', 'a4', 'ts') AND t.oprname IN ('=', '<', '&&');
-- again, by several processes, and while others write
ALTER TABLE items SET (parallel_workers = 2);
SET min_parallel_table_scan_size = 0; SET max_parallel_maintenance_workers = 2;
REINDEX INDEX items_f;
REINDEX INDEX CONCURRENTLY items_f;
RESET min_parallel_table_scan_size; RESET max_parallel_maintenance_workers;
SELECT trellis.ivf_check('items_f');
SELECT sum(tests) AS tests, sum(wrong) AS wrong, sum(not_given) AS not_given FROM matrix();

-- the same by the node
RESET trellis.enable_knn;
SELECT sum(tests) AS tests, sum(wrong) AS wrong FROM matrix();
SET trellis.enable_knn = off;

-- expressions, as clients write them
CREATE TABLE docs (id int, metadata jsonb, v vector(16));
INSERT INTO docs SELECT i, CASE WHEN i % 11 <> 0 THEN jsonb_build_object('lang', (ARRAY['en', 'de', 'fr'])[1 + i % 3], 'year', 2000 + i % 20) END, wave(i, 16) FROM generate_series(1, 600) i;
CREATE INDEX docs_f ON docs USING ivf (v vector_l2_ops, (metadata->>'lang'), ((metadata->>'year')::int)) WHERE id > 50;
SELECT q, c.rows, c.same, c.cond FROM unnest(ARRAY['metadata->>''lang'' = ''de''', '(metadata->>''year'')::int >= 2015 AND metadata->>''lang'' = ''en''', 'metadata->>''lang'' IS NULL']) q,
  compare('id > 50 AND ' || q, 'docs', 'v <-> wave(7, 16)') c;
SELECT trellis.ivf_check('docs_f');

-- what lists hold otherwise: no codes, bit strings, sketches, units of many pages
CREATE TABLE kinds (id int, v vector(16), b bit(64), s sparsevec(5000), w vector(2100), x bit(20000), tenant int, tags text[]);
INSERT INTO kinds SELECT i, wave(i, 16), (i * 2654435761)::bit(64), format('{%s:1,%s:2,%s:3}/5000', i % 100 + 1, i % 37 + 1000, i + 2000)::sparsevec,
    wave(i, 2100), repeat(((i * 2654435761)::bit(64))::text, 313)::bit(20000), nullif(i % 9, 0), ARRAY['k' || i % 5] FROM generate_series(1, 400) i;
CREATE INDEX kinds_l1 ON kinds USING ivf (v vector_l1_ops, tenant, tags);
CREATE INDEX kinds_hamming ON kinds USING ivf (b bit_hamming_ops, tenant, tags);
CREATE INDEX kinds_jaccard ON kinds USING ivf (x bit_jaccard_ops, tags, tenant);
CREATE INDEX kinds_sparse ON kinds USING ivf (s sparsevec_l2_ops, tenant, tags);
CREATE INDEX kinds_wide ON kinds USING ivf (w vector_ip_ops, tenant, tags);
INSERT INTO kinds SELECT id + 1000, v, b, s, w, x, tenant, tags FROM kinds WHERE id % 3 = 0;
DELETE FROM kinds WHERE id % 4 = 0;
VACUUM (INDEX_CLEANUP ON) kinds;
SELECT i, trellis.ivf_check(i::regclass), c.rows, c.same, c.cond, c.extra FROM unnest(ARRAY['l1', 'hamming', 'jaccard', 'sparse', 'wide'],
    ARRAY['v <+> wave(7, 16)', 'b <~> 7::bit(64)', 'x <%> repeat(7::bit(64)::text, 313)::bit(20000)', 's <-> ''{3:1,1010:2}/5000''', 'w <#> wave(7, 2100)']) k(i0, dist),
  LATERAL (SELECT 'kinds_' || i0) n(i), compare('tenant = 3 AND tags && ''{k1,k2}''', 'kinds', dist) c;

-- codes on further pages are not read where no lane passes
CREATE FUNCTION touched(qual text) RETURNS int LANGUAGE plpgsql SET enable_seqscan = off SET enable_sort = off AS $$
  DECLARE plan json; query text := format('SELECT id FROM kinds WHERE %s ORDER BY w <#> wave(7, 2100)', qual);
  BEGIN
    EXECUTE query;  -- fills the cache of centroids
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT json) ' || query INTO plan;
    RETURN (plan->0->'Plan'->>'Shared Hit Blocks')::int + (plan->0->'Plan'->>'Shared Read Blocks')::int;
  END $$;
SELECT span > 1 AS pages, touched('tenant = 999') < units * 2 + 10 AS of_none, touched('true') > units * span AS of_all
  FROM (SELECT units, (unit_pages + code_pages) / unit_pages AS span FROM trellis.ivf_stats('kinds_wide')) s;

-- many columns; too wide ones
SELECT string_agg(format('c%s %s', i, t), ', ') AS many FROM generate_series(1, 31) i, (SELECT 'int2') n(t) \gset
SELECT string_agg(format('c%s', i), ', ') AS names, string_agg(format('(c%s::int8)', i), ', ') AS wide FROM generate_series(1, 31) i \gset
SELECT string_agg(format('CASE WHEN i %% 31 <> %s THEN %s END', i % 31, i), ', ') AS vals FROM generate_series(1, 31) i \gset
CREATE TABLE wide (id int, v vector(16), :many);
INSERT INTO wide SELECT i, wave(i, 16), :vals FROM generate_series(1, 300) i;
CREATE INDEX wide_f ON wide USING ivf (v vector_cosine_ops, :names);
SELECT trellis.ivf_check('wide_f');
SELECT q, c.rows, c.same, c.cond FROM unnest(ARRAY['c31 IS NULL', 'c9 IS NULL', 'c8 = 8 AND c30 = 30', 'c17 = 3']) q, compare(q, 'wide') c;
\set VERBOSITY terse
CREATE INDEX wide_too ON wide USING ivf (v vector_cosine_ops, :wide);
\set VERBOSITY default

-- what cannot be
CREATE INDEX bad ON items USING ivf (i4, v);
CREATE INDEX bad ON items USING ivf (v, v vector_l2_ops);
CREATE INDEX bad ON items USING ivf (v, (1.5::numeric));
CREATE INDEX bad ON items USING ivf (v) INCLUDE (i4);
CREATE UNIQUE INDEX bad ON items USING ivf (v, i4);
CREATE INDEX bad ON items USING ivf (v, i4 vector_l2_ops);
CREATE INDEX bad ON items USING ivf (v, t ivf_int4_ops);
-- strings that are equal though their bytes differ would be hashed apart
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') THEN
    CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    BEGIN
      CREATE INDEX bad ON items USING ivf (v, (t COLLATE loose));
      RAISE EXCEPTION 'was created';
    EXCEPTION WHEN feature_not_supported THEN NULL;
    END;
    CREATE INDEX items_loose ON items USING ivf (v, (t COLLATE "C"));
    DROP INDEX items_loose;
    DROP COLLATION loose;
  END IF;
END $$;
-- operators that depend on settings are in no family
SELECT o.amopopr::regoperator FROM pg_amop o JOIN pg_am a ON a.oid = o.amopmethod AND a.amname = 'ivf' JOIN pg_operator p ON p.oid = o.amopopr JOIN pg_proc f ON f.oid = p.oprcode
 WHERE f.provolatile <> 'i';
-- a function that was changed: the check finds lanes that are not the rows'
CREATE FUNCTION kind_of(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i % 5; END';
CREATE INDEX kinds_kind ON kinds USING ivf (v vector_l2_ops, kind_of(id));
SELECT trellis.ivf_check('kinds_kind');
CREATE OR REPLACE FUNCTION kind_of(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i % 6; END';
\set VERBOSITY sqlstate
SELECT trellis.ivf_check('kinds_kind');
\set VERBOSITY default
-- who may not call a filter column's function may search all the same
CREATE FUNCTION secret(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i % 5; END';
REVOKE EXECUTE ON FUNCTION secret FROM PUBLIC;
CREATE INDEX kinds_secret ON kinds USING ivf (s sparsevec_ip_ops, secret(id));
CREATE ROLE ivf_filter_reader;
GRANT SELECT ON kinds TO ivf_filter_reader;
SET ROLE ivf_filter_reader;
SET enable_seqscan = off; SET enable_sort = off;
EXPLAIN (COSTS off) SELECT id FROM kinds ORDER BY s <#> '{3:1}/5000';
SELECT count(*) FROM (SELECT id FROM kinds ORDER BY s <#> '{3:1}/5000') q;
RESET enable_seqscan; RESET enable_sort; RESET ROLE;
REVOKE ALL ON kinds FROM ivf_filter_reader;
DROP ROLE ivf_filter_reader;
DROP TABLE items, docs, kinds, wide, samples CASCADE;
DROP FUNCTION wave, compare, add_rows, matrix, nulls, planned, kind_of, secret, touched;
DROP TYPE mood;
DROP DOMAIN small;
