-- Comparison, arithmetic, functions, distances, casts and aggregates of
-- halfvec.
-- Method: where single precision gives the exact answer, halfvec must give
-- that answer, rounded once; vector is the reference.

\set ECHO none
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/error_of.psql
\set ECHO all

-- 400 pairs of 67 dimensions, that halfs hold exactly
CREATE TABLE pairs AS
  SELECT i, a::halfvec AS a, b::halfvec AS b, a::halfvec::vector AS av, b::halfvec::vector AS bv
    FROM (SELECT i, array_agg(round((sin(i * j) * 1000)::numeric) / 64 ORDER BY j) AS a,
                 array_agg(round((cos(i + j * j) * 1000)::numeric) / 64 ORDER BY j) AS b
            FROM generate_series(1, 400) i, generate_series(1, 67) j GROUP BY i) t;
CREATE FUNCTION at_level(level text) RETURNS TABLE (what text, largest float8) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('trellis.simd', level, true);
  RETURN QUERY SELECT d.what, max(abs(d.half - d.single) / greatest(1, abs(d.single)))
    FROM pairs, LATERAL (VALUES
      ('l2', a <-> b, av <-> bv), ('ip', a <#> b, av <#> bv), ('cosine', a <=> b, av <=> bv), ('l1', a <+> b, av <+> bv),
      ('l2 squared', halfvec_l2_squared_distance(a, b), vector_l2_squared_distance(av, bv)),
      ('spherical', halfvec_spherical_distance(l2_normalize(a), l2_normalize(b)), vector_spherical_distance(l2_normalize(av), l2_normalize(bv))),
      ('norm', l2_norm(a), vector_norm(av))) d(what, half, single)
   GROUP BY d.what;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN;
END $$;
SELECT what, bool_and(largest < CASE what WHEN 'spherical' THEN 1e-3 ELSE 1e-5 END) AS as_vector, bool_or(level = 'scalar') AS scalar_ran
  FROM unnest(ARRAY['scalar', 'avx2', 'avx512', 'neon']) level, at_level(level) GROUP BY what ORDER BY what;
SELECT bool_and(a + b = (av + bv)::halfvec) AS add, bool_and(a - b = (av - bv)::halfvec) AS sub, bool_and(a * b = (av * bv)::halfvec) AS mul,
       bool_and((a || b)::vector = av || bv) AS concat, bool_and(a * 1.5 = (av * 1.5)::halfvec AND 1.5 * a = a * 1.5) AS scale,
       bool_and((a < b) = (av < bv) AND (a >= b) = (av >= bv) AND halfvec_cmp(a, b) = vector_cmp(av, bv)) AS compare,
       bool_and(binary_quantize(a) = binary_quantize(av)) AS quantize, bool_and(subvector(a, 3, 60)::vector = subvector(av, 3, 60)) AS sub_vector,
       bool_and(vector_get(a, 5) = vector_get(av, 5)) AS get, bool_and(a::real[] = av::real[]) AS to_array
  FROM pairs;
DROP TABLE pairs;
DROP FUNCTION at_level(text);

-- results that half precision cannot hold
SELECT statement, error_of('SELECT ' || statement) FROM unnest(ARRAY[
  $$'[65504]'::halfvec + '[15]'$$, $$'[65504]'::halfvec + '[16]'$$, $$'[-65504]'::halfvec - '[65504]'$$, $$'[256]'::halfvec * '[256]'$$,
  $$'[1e-4]'::halfvec * '[1e-4]'$$, $$'[0]'::halfvec * '[1e-4]'$$, $$'[40000]'::halfvec * 2$$, $$'[1e-7]'::halfvec * 0.1$$,
  $$'[1]'::halfvec * 'NaN'::float8$$, $$'[1]'::halfvec * 'Infinity'::float8$$, $$'[0]'::halfvec * 1e300$$, $$'[1]'::halfvec * 1e300$$,
  $$'[1,2]'::halfvec + '[1]'$$, $$'[1,2]'::halfvec <-> '[1]'$$, $$'[1,2]'::halfvec <#> '[1]'$$, $$'[1,2]'::halfvec <=> '[1]'$$, $$'[1,2]'::halfvec <+> '[1]'$$,
  $$subvector('[1,2]'::halfvec, 3, 1)$$, $$'[70000]'::vector::halfvec$$, $$'[65519]'::vector::halfvec$$, $$'[1,2]'::vector::halfvec(3)$$,
  $$'[1,2]'::halfvec::vector(3)$$, $$'{}'::real[]::halfvec$$, $$ARRAY[1,NULL]::halfvec$$, $$ARRAY[[1]]::halfvec$$, $$ARRAY['NaN']::real[]::halfvec$$,
  $$ARRAY[65520]::halfvec$$, $$ARRAY[1e6]::numeric[]::halfvec$$, $$array_fill(1, ARRAY[16001])::halfvec$$,
  $$array_fill(1, ARRAY[8001])::halfvec || array_fill(1, ARRAY[8000])::halfvec$$]) statement;

-- special values
SELECT '[0,0]'::halfvec <=> '[1,2]' AS zero_norm, '[1,1]'::halfvec <=> '[2,2]' AS same_direction, '[1,1]'::halfvec <=> '[-1,-1]' AS opposite,
       '[65504]'::halfvec <-> '[-65504]' AS far, l2_normalize('[0,0]'::halfvec) AS zero, l2_normalize('[3,4]'::halfvec) AS unit, '[-0]'::halfvec = '[0]' AS minus_zero;
SELECT vector_get(h, 0) AS before, vector_get(h, 1), vector_get(h, 2), vector_get(h, 3) AS behind FROM (SELECT '[1,-2.5]'::halfvec AS h) t;
SELECT '[1,2]'::vector <-> '[1,3]'::halfvec AS mixed, pg_typeof('[1,2]'::vector + '[1,3]'::halfvec) AS mixed_type, pg_typeof(binary_quantize('[1]'::halfvec));

-- casts
SELECT ARRAY[1,2]::smallint[]::halfvec, ARRAY[1,2]::halfvec, ARRAY[1,2]::bigint[]::halfvec, ARRAY[1.5]::real[]::halfvec, ARRAY[1.5]::float8[]::halfvec,
       ARRAY[1.5]::halfvec, '[0.1]'::halfvec::real[], '[0.1]'::halfvec::float8[], '[0.1]'::halfvec::vector, '[0.1]'::vector::halfvec;
SELECT castsource::regtype, casttarget::regtype, castcontext, castmethod
  FROM pg_cast WHERE castsource = 'halfvec'::regtype OR casttarget = 'halfvec'::regtype
 ORDER BY castsource::regtype::text COLLATE "C", casttarget::regtype::text COLLATE "C";

-- aggregates: sum() rounds to half precision at each step, avg() once
SELECT avg(h), sum(h), min(h), max(h), count(DISTINCT h) FROM (VALUES ('[1,2]'::halfvec), ('[3,5]'), (NULL), ('[1,2]')) t(h);
SELECT avg(h), sum(h), min(h) FROM (SELECT NULL::halfvec AS h WHERE false) t;
SELECT sum(h) AS rounded, avg(h) * 3000 AS exact FROM (SELECT '[1]'::halfvec AS h FROM generate_series(1, 3000)) t;
SELECT error_of($$SELECT sum(h) FROM (VALUES ('[60000]'::halfvec), ('[60000]')) t(h)$$),
       error_of($$SELECT avg(h) FROM (VALUES ('[1]'::halfvec), ('[1,2]')) t(h)$$),
       error_of($$SELECT halfvec_avg('{}')$$), error_of($$SELECT halfvec_avg('{1,70000}')$$), error_of($$SELECT halfvec_accum('{1,2}', '[1,2]')$$);
SELECT avg(h) FROM (VALUES ('[60000]'::halfvec), ('[60000]')) t(h);
CREATE TABLE many AS SELECT i, ARRAY[i % 100, i % 3]::halfvec AS h FROM generate_series(1, 2000) i;
ALTER TABLE many SET (parallel_workers = 2);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT avg(h), min(h), max(h) FROM many;
SELECT avg(h), min(h), max(h), count(DISTINCT h) FROM many;
SET max_parallel_workers_per_gather = 0;
SELECT avg(h), min(h), max(h) FROM many;

-- btree and hash
CREATE UNIQUE INDEX many_btree ON many (h, i);
CREATE INDEX many_hash ON many USING hash (h);
SET enable_seqscan = off;
SELECT count(*) FROM many WHERE h = '[5,2]';
EXPLAIN (COSTS OFF) SELECT h FROM many ORDER BY h, i LIMIT 1;
SELECT h FROM many ORDER BY h, i LIMIT 1;
DROP TABLE many;
DROP FUNCTION error_of(text);
