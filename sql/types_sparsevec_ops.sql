-- Comparison, hashing, distances, functions and aggregates of sparsevec.
-- Method: small cases by hand; on random data, what arrays and dense vectors say.

\set ECHO none
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/at_level.psql
\set ECHO all

-- comparison, as if the zeros were there
SELECT a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, sparsevec_cmp(a, b), a, b
  FROM (VALUES ('{1:1}/2'::sparsevec, '{1:1}/2'::sparsevec), ('{1:1}/2', '{1:1}/3'), ('{1:1}/2', '{1:1,3:-1}/3'), ('{1:1,3:1}/3', '{1:1}/2'),
               ('{1:-1}/2', '{2:1}/2'), ('{1:1}/2', '{2:1}/2'), ('{}/2', '{2:1}/2'), ('{}/2', '{2:-1}/2'), ('{}/1', '{1000000000:1}/1000000000'),
               ('{2:-1}/3', '{3:5}/3'), ('{1:1,2:2}/3', '{1:1,2:3}/3'), ('{}/3', '{}/3')) t(a, b);

CREATE TABLE random AS
  SELECT i, dim, array_agg(CASE WHEN hash % 10 < fill THEN (hash % 7 - 3) * 0.5 ELSE 0 END ORDER BY j)::real[] AS a
    FROM (SELECT i, (ARRAY[3, 5, 40])[1 + i % 3] AS dim, i % 11 AS fill FROM generate_series(1, 120) i) s, generate_series(1, dim) j,
         LATERAL (SELECT abs(hashint4(i * 1000 + j))::bigint AS hash) h
   GROUP BY i, dim, fill;
ALTER TABLE random ADD v sparsevec;
UPDATE random SET v = a::sparsevec;
SELECT count(*), count(*) FILTER (WHERE a.v = b.v) AS equal,
       bool_and(sparsevec_cmp(a.v, b.v) = CASE WHEN a.a < b.a THEN -1 WHEN a.a > b.a THEN 1 ELSE 0 END) AS cmp,
       bool_and((a.v < b.v) = (a.a < b.a) AND (a.v <= b.v) = (a.a <= b.a) AND (a.v = b.v) = (a.a = b.a)
                AND (a.v <> b.v) = (a.a <> b.a) AND (a.v >= b.v) = (a.a >= b.a) AND (a.v > b.v) = (a.a > b.a)) AS operators,
       bool_and(a.v <> b.v OR (sparsevec_hash(a.v) = sparsevec_hash(b.v) AND sparsevec_hash_extended(a.v, 7) = sparsevec_hash_extended(b.v, 7))) AS equal_hash,
       count(*) FILTER (WHERE a.v <> b.v AND sparsevec_hash(a.v) = sparsevec_hash(b.v)) AS collisions,
       bool_and(a.v::vector::sparsevec = a.v AND a.v::halfvec::sparsevec = a.v AND a.v::vector::real[] = a.a) AS casts
  FROM random a, random b;
SELECT sparsevec_hash('{1:1}/2') <> sparsevec_hash('{2:1}/2') AS place, sparsevec_hash('{1:1}/2') <> sparsevec_hash('{1:1}/3') AS dim,
       sparsevec_hash('{}/2') <> sparsevec_hash('{}/3') AS dim_of_none, sparsevec_hash_extended('{1:1}/2', 1) <> sparsevec_hash_extended('{1:1}/2', 2) AS seed,
       sparsevec_hash_extended('{1:1}/2', 0) & 4294967295 = sparsevec_hash('{1:1}/2')::bigint & 4294967295 AS low_bits,
       sparsevec_hash('[1,-0]'::vector) = sparsevec_hash('[1,0]'::vector) AS minus_zero;

-- btree: sort, unique, index, merge join
CREATE TABLE sorted (v sparsevec);
INSERT INTO sorted SELECT ARRAY[i % 5, 0, i]::sparsevec FROM generate_series(1, 10) i;
INSERT INTO sorted VALUES (NULL), ('{1:1}/1'), ('{}/3');
CREATE UNIQUE INDEX sorted_v ON sorted (v);
SELECT v FROM sorted ORDER BY v;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT v FROM sorted WHERE v = '{1:1,3:6}/3';
SELECT v FROM sorted WHERE v = '{1:1,3:6}/3';
SELECT min(v), max(v) FROM sorted WHERE v > '{1:2}/3' AND v < '{1:4}/3';
RESET enable_seqscan;
\set VERBOSITY sqlstate
INSERT INTO sorted VALUES ('{3:6,1:1}/3');
\set VERBOSITY default
SELECT count(DISTINCT v) FROM sorted;

-- hash: join, GROUP BY, UNION, index
CREATE TABLE doubled AS SELECT v FROM sorted UNION ALL SELECT v FROM sorted;
ANALYZE doubled;
SET enable_sort = off; SET enable_mergejoin = off; SET enable_nestloop = off; SET enable_indexscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM sorted JOIN doubled USING (v);
SELECT count(*) FROM sorted JOIN doubled USING (v);
EXPLAIN (COSTS OFF) SELECT v, count(*) FROM doubled GROUP BY v;
SELECT sum(n), count(*) FROM (SELECT v, count(*) AS n FROM doubled GROUP BY v) t;
EXPLAIN (COSTS OFF) SELECT v FROM sorted UNION SELECT v FROM doubled;
SELECT count(*) FROM (SELECT v FROM sorted UNION SELECT v FROM doubled) t;
SELECT count(*) FROM (SELECT v FROM doubled INTERSECT SELECT v FROM sorted) t;
RESET enable_sort; RESET enable_indexscan; RESET enable_nestloop; RESET enable_mergejoin;
SET enable_hashjoin = off; SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM sorted a JOIN doubled b ON a.v = b.v;
SELECT count(*) FROM sorted a JOIN doubled b ON a.v = b.v;
RESET enable_hashjoin; RESET enable_nestloop;
CREATE INDEX doubled_v ON doubled USING hash (v);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM doubled WHERE v = '{1:1,3:6}/3';
SELECT count(*) FROM doubled WHERE v = '{1:1,3:6}/3';
RESET enable_seqscan;
CREATE TABLE parted (v sparsevec) PARTITION BY HASH (v);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT v FROM random;
SELECT count(*), bool_and(a.tableoid = b.tableoid) AS equal_together FROM parted a JOIN parted b ON a.v = b.v;
SELECT count(DISTINCT tableoid) FROM parted;
DROP TABLE sorted, doubled, parted;

-- distances
SELECT l2_distance('{1:3}/5'::sparsevec, '{2:4}/5'), '{1:3}/5'::sparsevec <-> '{2:4}/5', sparsevec_l2_squared_distance('{1:3}/5', '{2:4}/5');
SELECT inner_product('{1:3,2:1}/5'::sparsevec, '{2:4,5:1}/5'), '{1:3,2:1}/5'::sparsevec <#> '{2:4,5:1}/5', sparsevec_negative_inner_product('{1:1}/5', '{1:3}/5');
SELECT cosine_distance('{1:1,2:2}/5'::sparsevec, '{1:2,2:4}/5'), '{1:1}/5'::sparsevec <=> '{1:-1}/5', '{1:1}/5'::sparsevec <=> '{2:1}/5';
SELECT l1_distance('{1:3}/5'::sparsevec, '{1:1,2:-4}/5'), '{1:3}/5'::sparsevec <+> '{1:1,2:-4}/5';
SELECT '{}/5'::sparsevec <-> '{}/5', '{}/5'::sparsevec <#> '{1:1}/5', '{}/5'::sparsevec <=> '{1:1}/5', '{}/5'::sparsevec <=> '{}/5', '{}/5'::sparsevec <+> '{1:1}/5';
SELECT '{1:3e38}/1'::sparsevec <-> '{1:-3e38}/1', '{1:3e38}/1'::sparsevec <#> '{1:3e38}/1', '{1:3e38}/1'::sparsevec <+> '{1:-3e38}/1',
       '{1:1e-45}/1'::sparsevec <-> '{}/1', '{1:1,2:1}/2'::sparsevec <=> '{1:1.1,2:1.1}/2';
SELECT '{1:1}/5'::sparsevec <-> '{1:1}/4';
SELECT '{1:1}/5'::sparsevec <#> '{1:1}/4';
SELECT '{1:1}/5'::sparsevec <=> '{1:1}/4';
SELECT '{1:1}/5'::sparsevec <+> '{1:1}/4';
SELECT '{1:1}/5'::sparsevec <-> NULL, NULL::sparsevec <=> '{1:1}/5';
SELECT '{1:3}/5' <-> '{2:4}/5'::sparsevec, '[0,1]'::vector <-> '{1:1}/2'::sparsevec AS vector_too, '[0,1]'::halfvec <+> '{1:1}/2'::sparsevec AS halfvec_too;
PREPARE nearest(sparsevec) AS SELECT '{1:2}/2'::sparsevec <-> $1;
EXECUTE nearest('{2:2}/2');
DEALLOCATE nearest;
SELECT '{1:1}/2'::sparsevec + '{1:1}/2';

-- the same as dense vectors', at every level that the machine has
INSERT INTO random
  SELECT i, 3000, a, a::sparsevec
    FROM (SELECT i, array_agg(CASE WHEN hash % 100 < i % 7 * 4 THEN sin(hash) ELSE 0 END ORDER BY j)::real[] AS a
            FROM generate_series(121, 150) i, generate_series(1, 3000) j, LATERAL (SELECT abs(hashint4(i * 5000 + j))::bigint AS hash) h GROUP BY i) s;
SELECT op, bool_and(agree) AS agree, bool_or(level = 'scalar' AND agree) AS scalar_ran, max(pairs) AS pairs, max(nans) AS nans
  FROM (SELECT op, level, count(a) AS pairs, bool_and((a = 'NaN' AND b = 'NaN') OR abs(a - b) <= 2e-6 * greatest(1, abs(b)) OR a IS NULL) AS agree, count(*) FILTER (WHERE a = 'NaN') AS nans
          FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>']) op,
               unnest(ARRAY['auto', 'scalar', 'avx2', 'avx512', 'neon']) level,
               format('SELECT array_agg(a.v %1$s b.v ORDER BY a.i, b.i) FROM random a, random b WHERE a.dim = b.dim', op) query,
               format('SELECT array_agg(a.v::vector %1$s b.v::vector ORDER BY a.i, b.i) FROM random a, random b WHERE a.dim = b.dim', op) dense,
               LATERAL unnest(at_level(level, query), at_level('auto', dense)) t(a, b)
         GROUP BY op, level) t
 GROUP BY op ORDER BY op;
SELECT bool_and(v <-> v = 0) AS l2, bool_and(v <+> v = 0) AS l1, bool_and(v <=> v = 0) FILTER (WHERE l2_norm(v) > 0) AS cosine FROM random;
SELECT bool_and(a.v <-> b.v = b.v <-> a.v AND a.v <+> b.v = b.v <+> a.v AND a.v <#> b.v = b.v <#> a.v
                AND (a.v <=> b.v = b.v <=> a.v)) AS symmetric FROM random a JOIN random b USING (dim);
DROP FUNCTION at_level(text, text);

-- functions
SELECT l2_norm('{1:3,5:4}/5'::sparsevec), l2_norm('{}/5'::sparsevec), l2_norm('{1:3e38,2:3e38}/5'::sparsevec), l2_norm('{1:1e-45}/5'::sparsevec);
SELECT l2_normalize('{1:3,5:4}/5'::sparsevec), l2_normalize('{}/5'::sparsevec), l2_normalize('{1:3e38,5:1e-38}/5'::sparsevec) AS underflow, l2_normalize('{2:1e-45}/5'::sparsevec);
SELECT bool_and(l2_norm(v) = 0 OR abs(l2_norm(l2_normalize(v)) - 1) < 1e-6) AS norm, bool_and(l2_normalize(v::vector) = l2_normalize(v)::vector) AS as_dense FROM random;
SELECT vector_get('{2:1.5,7:-2}/7'::sparsevec, i), i FROM unnest(ARRAY[-2147483648, -1, 0, 1, 2, 3, 6, 7, 8, 2147483647, NULL]) i;
SELECT vector_get('{}/3'::sparsevec, 2), vector_get('{1000000000:1}/1000000000'::sparsevec, 1000000000), pg_typeof(vector_get('{}/3'::sparsevec, 2));
SELECT bool_and(vector_get(v, i) IS NOT DISTINCT FROM a[i]) AS as_array FROM (SELECT a, v FROM random) r, generate_series(-1, 42) i;

-- aggregates
SELECT min(v), max(v), count(v) FROM (VALUES ('{1:1}/2'::sparsevec), ('{2:3}/2'), (NULL), ('{1:-1}/3')) t(v);
SELECT min(v), max(v) FROM (SELECT NULL::sparsevec AS v WHERE false) t;
SELECT pg_typeof(min(v)), pg_typeof(min(v::vector)), pg_typeof(max(v::halfvec)) FROM random;
CREATE TABLE many AS SELECT i % 7 AS g, ARRAY[i % 977, 0, -i, 0]::sparsevec AS v FROM generate_series(1, 3000) i;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT min(v), max(v) FROM many;
SELECT min(v), max(v) FROM many;
SET max_parallel_workers_per_gather = 0;
SELECT min(v), max(v) FROM many;
SELECT g, min(v), max(v) FROM many GROUP BY g ORDER BY g;
CREATE INDEX many_v ON many (v);
CREATE FUNCTION uses(query text, what text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN plan::text LIKE '%' || what || '%';
END $$;
SET enable_seqscan = off;
SELECT uses('SELECT max(v) FROM many', '"Backward"') AS by_sort_operator;
SELECT max(v) FROM many;
RESET enable_seqscan;
RESET max_parallel_workers_per_gather; RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
SELECT null_frac, n_distinct, most_common_vals IS NULL AS no_common, histogram_bounds IS NULL AS no_histogram FROM pg_stats WHERE tablename = 'many' AND attname = 'v';
DROP FUNCTION uses(text, text);
DROP TABLE many, random;

-- what a distance costs follows the stored elements, not the dimensions
CREATE FUNCTION distance_cost(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN (plan->0->'Plan'->>'Total Cost')::numeric;
END $$;
CREATE TABLE costly AS
  SELECT '{1:1}/1000000000'::sparsevec(1000000000) AS one, ('{' || string_agg(j || ':1', ',') || '}/1000000000')::sparsevec(1000000000) AS two_hundred
    FROM generate_series(1, 100) i, generate_series(1, 200) j GROUP BY i;
CREATE TABLE toasted AS
  SELECT ('{' || string_agg(j || ':1', ',') || '}/1000000000')::sparsevec(1000000000) AS many FROM generate_series(1, 100) i, generate_series(1, 1000) j GROUP BY i;
ANALYZE costly; ANALYZE toasted;
SELECT distance_cost('SELECT one <-> one FROM costly') < distance_cost('SELECT two_hundred <-> two_hundred FROM costly') AS more_elements,
       distance_cost('SELECT two_hundred <-> two_hundred FROM costly') < 1000 AS not_by_dimensions,
       distance_cost('SELECT many <-> many FROM toasted') > 100 AS out_of_line;
DROP TABLE costly, toasted;
DROP FUNCTION distance_cost(text);
