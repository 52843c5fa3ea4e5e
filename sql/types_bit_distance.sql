-- Distances between bit strings: hamming_distance, jaccard_distance and their operators.
-- Method: small cases by hand; on random strings, what bit_count says.

\set ECHO none
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/at_level.psql
\set ECHO all

SELECT hamming_distance(B'101', B'110'), B'101' <~> B'110', hamming_distance(B'', B''), hamming_distance(B'1', B'1');
SELECT jaccard_distance(B'101', B'110'), B'101' <%> B'110', jaccard_distance(B'111', B'111'), jaccard_distance(B'101', B'010');
SELECT jaccard_distance(B'000', B'000') AS none_set, jaccard_distance(B'', B'') AS no_bits;
SELECT hamming_distance('101', '110') AS untyped, '101'::varbit <~> '110'::varbit AS varying, '101'::bit(3) <%> '110'::varbit AS mixed, '101' <~> NULL::bit AS nothing;
SELECT binary_quantize('[1,-1,1]'::vector) <~> binary_quantize('[1,1,-1]'::halfvec) AS quantized;
SELECT hamming_distance(B'101', B'11');
SELECT jaccard_distance(B'1', B'');
SELECT B'101' <~> B'1';
SELECT B'101' <%> B'1010';

-- all lengths up to 300 and a few beyond, at every level that the machine has
CREATE TABLE strings AS
  SELECT n, string_agg((hashint4(j * 3) & 1)::text, '' ORDER BY j)::varbit AS a, string_agg((hashint4(j * 5 + n) % 3 = 0)::int::text, '' ORDER BY j)::varbit AS b
    FROM (SELECT generate_series(1, 300) UNION ALL VALUES (511), (512), (513), (1024), (4095), (20000)) l(n), generate_series(1, n) j GROUP BY n;
INSERT INTO strings SELECT n, repeat('1', n)::varbit, repeat('1', n)::varbit FROM (VALUES (7), (64), (2048), (100001)) l(n);
INSERT INTO strings SELECT n, repeat('1', n)::varbit, repeat('0', n)::varbit FROM (VALUES (7), (64), (2048), (100001)) l(n);
SELECT op, count(got) AS pairs, bool_and(got = expected OR got IS NULL) AS agree, bool_or(level = 'scalar' AND got IS NOT NULL) AS scalar_ran
  FROM (VALUES ('<~>', 'bit_count(a # b)'),
               ('<%>', 'CASE WHEN bit_count(a & b) = 0 THEN 1 ELSE 1 - bit_count(a & b) / bit_count(a | b)::float8 END')) o(op, oracle),
       unnest(ARRAY['scalar']) level,
       LATERAL unnest(at_level(level, format('SELECT array_agg(a %s b ORDER BY n, a, b) FROM strings', op)),
                      at_level('auto', format('SELECT array_agg(%s ORDER BY n, a, b) FROM strings', oracle))) t(got, expected)
 GROUP BY op ORDER BY op;
SELECT op, level, bool_and(got = expected OR got IS NULL) AS agree
  FROM unnest(ARRAY['<~>', '<%>']) op, unnest(ARRAY['auto', 'avx2', 'avx512', 'neon']) level,
       format('SELECT array_agg(a %s b ORDER BY n, a, b) FROM strings', op) query,
       LATERAL unnest(at_level(level, query), at_level('scalar', query)) t(got, expected)
 GROUP BY op, level ORDER BY op, level;
SELECT bool_and(a <~> b = b <~> a AND a <%> b = b <%> a AND a <~> a = 0) AS symmetric FROM strings;
DROP TABLE strings;
DROP FUNCTION at_level(text, text);

-- parallel, and a bit column's nearest neighbours
CREATE TABLE codes AS SELECT i, ((i * 37) % 256)::bit(8) AS code FROM generate_series(1, 2000) i;
ALTER TABLE codes SET (parallel_workers = 2);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT sum(code <~> B'10101010') FROM codes;
SELECT sum(code <~> B'10101010'), sum(bit_count(code # B'10101010')) FROM codes;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
SELECT i, code FROM codes ORDER BY code <~> B'10101010', i LIMIT 3;
SELECT i, code FROM codes ORDER BY code <%> B'10101010', i LIMIT 3;
DROP TABLE codes;
SELECT oprname, oprcode, oprcom::regoperator FROM pg_operator WHERE oprleft = 'bit'::regtype AND oprname IN ('<~>', '<%>') ORDER BY 1;
