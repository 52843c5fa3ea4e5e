-- Comparison, arithmetic, functions, casts and aggregates of vector.

-- comparison
SELECT a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt,
       vector_cmp(a, b), a, b
  FROM (VALUES ('[1,2,3]'::vector, '[1,2,3]'::vector), ('[1,2]', '[1,2,3]'),
               ('[1,2,3]', '[1,2]'), ('[1,3]', '[1,2,3]'), ('[-0]', '[0]')) t(a, b);

-- btree class: sort, unique, index
CREATE TABLE sorted (v vector);
INSERT INTO sorted SELECT ('[' || (i % 5) || ',' || i || ']')::vector FROM generate_series(1, 10) i;
INSERT INTO sorted VALUES (NULL), ('[1]');
CREATE UNIQUE INDEX sorted_v ON sorted (v);
SELECT v FROM sorted ORDER BY v;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT v FROM sorted WHERE v = '[1,6]';
SELECT v FROM sorted WHERE v = '[1,6]';
RESET enable_seqscan;
INSERT INTO sorted VALUES ('[1,6]');
SELECT count(DISTINCT v) FROM sorted;
DROP TABLE sorted;

-- arithmetic
SELECT '[1,2,3]'::vector + '[4,5,6]', '[1,2,3]'::vector - '[4,5,6]', '[1,2,3]'::vector * '[4,5,6]',
       '[1,2]'::vector || '[3]';
SELECT '[3e38]'::vector + '[3e38]';
SELECT '[-3e38]'::vector - '[3e38]';
SELECT '[1e37]'::vector * '[1e37]';
SELECT '[1e-37]'::vector * '[1e-37]';
SELECT '[1,2]'::vector + '[1]';
SELECT '[1,2]'::vector - '[1]';
SELECT '[1,2]'::vector * '[1]';
SELECT vector_dims(w || w) FROM (SELECT array_fill(1, ARRAY[8000])::vector AS w) t;
SELECT vector_dims(w || w) FROM (SELECT array_fill(1, ARRAY[8001])::vector AS w) t;

-- functions
SELECT vector_dims('[1,2,3]'::vector), vector_norm('[3,4]'), vector_norm('[0,0]'), vector_norm('[3e38,3e38]'::vector);
SELECT l2_normalize('[3,4]'::vector), l2_normalize('[0,0]'::vector), l2_normalize('[3e38]'::vector), l2_normalize('[1e-45,0]'::vector);
SELECT subvector('[1,2,3,4,5]'::vector, 1, 3), subvector('[1,2,3,4,5]'::vector, 3, 2147483647),
       subvector('[1,2,3,4,5]'::vector, -1, 3);
SELECT subvector('[1,2,3,4,5]'::vector, -2147483648, 2147483647);
SELECT subvector('[1,2,3,4,5]'::vector, 6, 1);
SELECT subvector('[1,2,3,4,5]'::vector, 3, 0);
SELECT subvector('[1,2,3,4,5]'::vector, 3, -2147483648);
SELECT binary_quantize('[1,0,-1,0.5,-0]'::vector), binary_quantize('[1,1,1,1,1,1,1,1,-1]'::vector),
       pg_typeof(binary_quantize('[1]'::vector));
SELECT bit_count(binary_quantize(array_fill(1, ARRAY[1000])::vector));

-- casts
SELECT ARRAY[1,2,3]::vector, ARRAY[1.5,2.5]::real[]::vector, ARRAY[1.5,2.5]::float8[]::vector, ARRAY[1.5,2.5]::numeric[]::vector;
SELECT '[1,2.5]'::vector::real[], ARRAY[1,2]::vector(2);
SELECT ARRAY[[1,2]]::vector;
SELECT ARRAY[1,2]::vector(3);
SELECT '{}'::real[]::vector;
SELECT ARRAY[1,NULL]::vector;
SELECT ARRAY['NaN']::real[]::vector;
SELECT ARRAY['-Infinity']::float8[]::vector;
SELECT ARRAY[1e39]::float8[]::vector;
SELECT ARRAY[1e39]::numeric[]::vector;
SELECT array_fill(0, ARRAY[16001])::vector;
SELECT '[2:3]={1,2}'::int[]::vector;
SELECT castsource::regtype, casttarget::regtype, castcontext
  FROM pg_cast WHERE castsource = 'vector'::regtype OR casttarget = 'vector'::regtype ORDER BY 1, 2;

-- aggregates
SELECT avg(v), sum(v), count(v) FROM (VALUES ('[1,2]'::vector), ('[3,5]'), (NULL)) t(v);
SELECT avg(v), sum(v) FROM (SELECT NULL::vector AS v WHERE false) t;
SELECT avg(v) FROM (VALUES ('[1,2]'::vector), ('[3]')) t(v);
SELECT sum(v) FROM (VALUES ('[1,2]'::vector), ('[3]')) t(v);
SELECT avg(v) FROM (VALUES ('[3e38]'::vector), ('[3e38]')) t(v);
SELECT sum(v) FROM (VALUES ('[3e38]'::vector), ('[3e38]')) t(v);
SELECT vector_avg(ARRAY[0]::float8[]) IS NULL AS no_rows, vector_avg(ARRAY[2,4,6]::float8[]);
SELECT vector_avg('{}'::float8[]);
SELECT vector_avg(ARRAY[1]::float8[]);
SELECT vector_avg(ARRAY['NaN',1]::float8[]);
SELECT vector_avg(ARRAY[1,NULL]::float8[]);
SELECT vector_accum(ARRAY[[1,2]]::float8[], '[1]');
SELECT vector_accum(ARRAY[1,2]::float8[], '[1,2]');
SELECT vector_accum(ARRAY[1,2]::float8[], '[5]'), vector_combine(ARRAY[1,2]::float8[], ARRAY[0]::float8[]),
       vector_combine(ARRAY[1,2]::float8[], ARRAY[3,4]::float8[]);
SELECT vector_combine(ARRAY[1,2]::float8[], ARRAY[3,4,5]::float8[]);

-- the same aggregates in parallel, and as window functions
CREATE TABLE many AS SELECT i % 7 AS g, ARRAY[i, -i, i % 3]::vector AS v FROM generate_series(1, 2000) i;
ALTER TABLE many SET (parallel_workers = 2);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT avg(v), sum(v) FROM many;
SELECT avg(v), sum(v) FROM many;
SET max_parallel_workers_per_gather = 0;
SELECT avg(v), sum(v) FROM many;
SELECT g, avg(v) FROM many GROUP BY g ORDER BY g;
SELECT i, avg(v) OVER w, sum(v) OVER w FROM (SELECT i, ARRAY[i]::vector AS v FROM generate_series(1, 4) i) t
  WINDOW w AS (ORDER BY i ROWS 1 PRECEDING);
DROP TABLE many;
