-- Distance functions and operators of vector, and the setting trellis.simd.

SELECT l2_distance('[0,0]'::vector, '[3,4]'), '[0,0]'::vector <-> '[3,4]';
SELECT inner_product('[1,2]'::vector, '[3,4]'), '[1,2]'::vector <#> '[3,4]';
SELECT cosine_distance('[1,2]'::vector, '[2,4]'), '[1,2]'::vector <=> '[2,4]', '[1,1]'::vector <=> '[-1,-1]';
SELECT l1_distance('[0,0]'::vector, '[3,-4]'), '[0,0]'::vector <+> '[3,-4]';
SELECT vector_l2_squared_distance('[0,0]', '[3,4]'), vector_negative_inner_product('[1,2]', '[3,4]');

-- limits of float4
SELECT l2_distance('[3e38]'::vector, '[-3e38]'), inner_product('[3e38]'::vector, '[3e38]'),
       cosine_distance('[3e38]'::vector, '[3e38]'), l1_distance('[3e38]'::vector, '[-3e38]');
SELECT '[1,2]'::vector <=> '[0,0]', '[0]'::vector <=> '[0]', '[1,1]'::vector <=> '[1.1,1.1]';

-- different dimensions
SELECT '[1,2]'::vector <-> '[1]';
SELECT '[1,2]'::vector <#> '[1]';
SELECT '[1,2]'::vector <=> '[1]';
SELECT '[1,2]'::vector <+> '[1]';
SELECT '[1,2]'::vector <-> NULL, NULL::vector <=> '[1,2]';

-- untyped literals and parameters resolve
SELECT '[1,2]' <-> '[1,3]'::vector;
PREPARE nearest(vector) AS SELECT '[1,2]'::vector <-> $1;
EXECUTE nearest('[1,5]');
DEALLOCATE nearest;

-- every level that the machine has gives the same order and, within
-- rounding, the same distances
CREATE FUNCTION at_level(level text, query text) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
  result float8[];
BEGIN
  PERFORM set_config('trellis.simd', level, true);
  EXECUTE query INTO result;
  RETURN result;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL;
END $$;
CREATE TABLE points AS
  SELECT i, (SELECT array_agg(sin(i * 0.1 + j * (i % 13)) ORDER BY j) FROM generate_series(1, 387) j)::vector AS v
    FROM generate_series(1, 200) i;
SELECT op, bool_and(difference IS NULL OR difference < 1e-4) AS all_levels_agree,
       bool_or(difference IS NOT NULL AND level = 'scalar') AS scalar_ran
  FROM (SELECT op, level, (SELECT max(abs(a - b) / greatest(1, abs(a))) FROM unnest(at_level('auto', query), at_level(level, query)) t(a, b)) AS difference
          FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>']) op,
               unnest(ARRAY['scalar', 'avx2', 'avx512', 'neon']) level,
               format('SELECT array_agg(v %s (SELECT v FROM points WHERE i = 7) ORDER BY i) FROM points', op) query) t
 GROUP BY op ORDER BY op;
DROP TABLE points;
DROP FUNCTION at_level(text, text);
SET trellis.simd = 'sse9';
SET trellis.simd = scalar;
SHOW trellis.simd;
SELECT '[1,2,3]'::vector <-> '[4,6,3]';
RESET trellis.simd;
SHOW trellis.simd;
