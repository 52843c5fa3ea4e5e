-- Vectors from and to text, JSON, float8 arrays and raw bytes; constants and
-- parameters are converted once; typmods that agree cost nothing.

\set ECHO none
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/error_of.psql
\set ECHO all

-- explicit, and in an assignment
SELECT '[1,2.5]'::text::vector, '[1,2.5]'::varchar::vector(2), '[1,2.5]'::jsonb::vector, ' [ 1, 25e-1 ] '::jsonb::halfvec(2), '[1,2]'::text::halfvec;
SELECT '[1,0.1]'::vector::float8[], '[1,-0,1e-38,3e38]'::vector::jsonb, '[1,0.1]'::halfvec::jsonb, '[1,2]'::vector::text;
CREATE TABLE target (v vector(2), h halfvec(2), f float8[], j jsonb, t text);
INSERT INTO target (v, h) SELECT x, x FROM (VALUES ('[1,2]'::text), ('[3,4]')) t(x);
INSERT INTO target (v, h) SELECT x, x FROM (VALUES ('[5,6]'::jsonb)) t(x);
INSERT INTO target (v, h) VALUES (ARRAY[7,8]::bigint[], ARRAY[7,8]::smallint[]);
UPDATE target SET f = v, j = v;
SELECT * FROM target;
UPDATE target SET f = h, j = h;
SELECT bool_and(f = v::float8[] AND j = v::jsonb) AS same FROM target;
DROP TABLE target;

SELECT statement, error_of('SELECT ' || statement) FROM unnest(ARRAY[
  $$'1,2'::text::vector$$, $$'[1,2]'::text::vector(3)$$, $$'[1,2]'::jsonb::vector(3)$$, $$'1'::jsonb::vector$$, $$'"x"'::jsonb::vector$$, $$'null'::jsonb::vector$$,
  $$'{"a": 1}'::jsonb::vector$$, $$'[]'::jsonb::vector$$, $$'["1"]'::jsonb::vector$$, $$'[1, null]'::jsonb::vector$$, $$'[[1, 2]]'::jsonb::vector$$,
  $$'[1e39]'::jsonb::vector$$, $$'[70000]'::jsonb::halfvec$$,
  $$(SELECT jsonb_agg(i) FROM generate_series(1, 16001) i)::vector$$]) statement;

-- bytes: little-endian float32 and float16, int8 with a scale
SELECT vector_from_float32('\x0000803f000020c0'), vector_to_float32('[1,-2.5]'), halfvec_from_float16('\x003c00c1'), halfvec_to_float16('[1,-2.5]'),
       vector_from_int8('\x017fff80'), vector_from_int8('\x0180', 0.5), vector_to_int8('[1,127,-1,-128]'), vector_to_int8('[0.5,1.5,2.5,-1]', 1);
SELECT bool_and(vector_from_float32(vector_to_float32(v)) = v) AS float32, bool_and(halfvec_from_float16(halfvec_to_float16(v)) = v::halfvec) AS float16,
       max(vector_from_int8(vector_to_int8(v, 0.01), 0.01) <+> v) < 0.34 AS int8
  FROM (SELECT array_agg(sin(i * j))::vector AS v FROM generate_series(1, 50) i, generate_series(1, 67) j GROUP BY i) t;
SELECT statement, error_of('SELECT ' || statement) FROM unnest(ARRAY[
  $$vector_from_float32('\x0000')$$, $$vector_from_float32('')$$, $$vector_from_float32('\x0000c07f')$$, $$vector_from_float32('\x000080ff')$$,
  $$halfvec_from_float16('\x00')$$, $$halfvec_from_float16('\x007e')$$, $$halfvec_from_float16('\x00fc')$$, $$vector_from_int8('')$$,
  $$vector_from_int8('\x01', 0)$$, $$vector_from_int8('\x01', -1)$$, $$vector_from_int8('\x01', 'NaN')$$, $$vector_from_int8('\x7f', 3e38)$$,
  $$vector_to_int8('[127.5]')$$, $$vector_to_int8('[-129]')$$, $$vector_to_int8('[1]', 0.001)$$, $$vector_to_int8('[1]', 'Infinity')$$,
  $$vector_from_int8(convert_to(repeat('x', 16001), 'UTF8'))$$]) statement;

-- the planner folds constants of every source
CREATE TABLE item (v vector(2), h halfvec(2));
INSERT INTO item SELECT ARRAY[i, 1], ARRAY[i, 1] FROM generate_series(1, 5) i;
EXPLAIN (VERBOSE, COSTS OFF) SELECT v <-> '[1,2]', v <-> '[1,2]'::text::vector, v <-> ARRAY[1,2]::vector, v <-> '[1, 2]'::jsonb::vector(2),
  v <-> l2_normalize('[3,4]'::vector), h <-> '[1,2]'::vector::halfvec(2), v <-> (0.5 * '[2,4]'::vector), v <-> vector_from_float32('\x0000803f00000040') FROM item;

-- a generic plan keeps a parameter's conversion; results follow the parameter
SET plan_cache_mode = force_generic_plan;
PREPARE by_text(text) AS SELECT v <-> $1::vector FROM item ORDER BY v LIMIT 2;
PREPARE by_array(float8[]) AS SELECT h <-> $1::halfvec FROM item ORDER BY h LIMIT 2;
PREPARE by_jsonb(jsonb) AS SELECT v <-> $1::vector FROM item ORDER BY v LIMIT 2;
EXECUTE by_text('[1,1]'); EXECUTE by_text('[2,1]'); EXECUTE by_text('[2,2]');
EXECUTE by_array('{1,1}'); EXECUTE by_array('{2,1}');
EXECUTE by_jsonb('[1,1]'); EXECUTE by_jsonb('[2,1]');
DEALLOCATE ALL;
RESET plan_cache_mode;

-- PL/pgSQL keeps one expression for changing variables
DO $$
DECLARE
  source text; v vector; numbers float8[]; document jsonb;
BEGIN
  FOR i IN 1 .. 3 LOOP
    source := format('[%s,%s]', i, i + 1);
    v := source::vector;
    RAISE NOTICE '%', v;
    numbers := ARRAY[i, -i];
    v := numbers::vector;
    RAISE NOTICE '%', v;
    document := jsonb_build_array(i, i * i);
    v := document::vector;
    RAISE NOTICE '%', v;
    v := source::vector(2);
    RAISE NOTICE '%', v;
  END LOOP;
END $$;
DROP TABLE item;
DROP FUNCTION error_of(text);
