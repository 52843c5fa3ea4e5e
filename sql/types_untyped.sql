-- Which calls resolve without types: bare literals and untyped parameters,
-- alone and beside a column.
-- Goal: no function or operator that trellis adds makes a call ambiguous that
-- clients of the field's usual vector types write.
-- Method: the server's own answer to a statement that it only parses.  A call
-- that resolves shows the types it chose; the others show the SQLSTATE.

CREATE TABLE typed (vector vector, halfvec halfvec, sparsevec sparsevec, bit bit(3));
CREATE FUNCTION resolves(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  chosen text;
BEGIN
  EXECUTE 'PREPARE untyped AS SELECT ' || call || ' FROM typed';
  SELECT array_to_string(parameter_types, ', ') INTO chosen FROM pg_prepared_statements WHERE name = 'untyped';
  DEALLOCATE untyped;
  RETURN coalesce(nullif(chosen, ''), 'resolves');
EXCEPTION
  WHEN invalid_text_representation THEN
    -- a literal is read as soon as its type is known
    RETURN coalesce(substring(SQLERRM FROM 'type (.*):'), 'resolves');
  WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;

-- operators between a column and a literal or parameter: always the column's type
SELECT op, t, resolves(format('%I %s ''?''', t, op)) AS column_literal, resolves(format('''?'' %s %I', op, t)) AS literal_column,
       resolves(format('%I %s $1', t, op)) AS column_parameter, resolves(format('$1 %s %I', op, t)) AS parameter_column
  FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>', '+', '-', '*', '||', '<', '<=', '=', '<>', '>=', '>']) WITH ORDINALITY o(op, n),
       unnest(ARRAY['vector', 'halfvec', 'sparsevec']) t
 WHERE NOT (t = 'sparsevec' AND n BETWEEN 5 AND 8)
 ORDER BY n, t;
SELECT op, resolves(format('bit %s ''?''', op)) AS column_literal, resolves(format('''?'' %s bit', op)) AS literal_column,
       resolves(format('bit %s $1', op)) AS column_parameter, resolves(format('$1 %s bit', op)) AS parameter_column
  FROM unnest(ARRAY['<~>', '<%>']) op;

-- operators without any type
SELECT op, resolves(format('''?'' %s ''?''', op)) AS literals, resolves(format('$1 %s $2', op)) AS parameters
  FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>', '<~>', '<%>', '+', '-', '*', '||', '<', '=', '>']) WITH ORDINALITY o(op, n)
 ORDER BY n;

-- operators with numbers
SELECT call, resolves(call) FROM (VALUES
  ('vector * 2'), ('vector * 2.5'), ('2 * vector'), ('halfvec * 2.5::real'), ('2 * halfvec'), ('vector * $1::real'),
  ('vector * halfvec'), ('vector <-> halfvec'), ('halfvec <-> vector'), ('vector <-> sparsevec'),
  ('vector <-> ARRAY[1,2]'), ('vector = ARRAY[1]::real[]'), ('2 * ''?'''), ('2.5 * ''?'''), ('vector / 2'), ('-vector')) t(call);

-- functions of one, two and three arguments, without types and beside a column
SELECT f, resolves(f || '(''?'')') AS literal, resolves(f || '($1)') AS parameter,
       resolves(f || '(vector)') AS vector, resolves(f || '(halfvec)') AS halfvec, resolves(f || '(sparsevec)') AS sparsevec
  FROM unnest(ARRAY['vector_dims', 'vector_norm', 'l2_norm', 'l2_normalize', 'binary_quantize', 'avg', 'sum', 'min', 'max', 'count',
                    'vector_avg', 'halfvec_avg', 'vector_out', 'vector_send']) WITH ORDINALITY o(f, n)
 ORDER BY n;
SELECT f, resolves(f || '(''?'', ''?'')') AS literals, resolves(f || '($1, $2)') AS parameters,
       resolves(f || '(vector, ''?'')') AS vector, resolves(f || '($1, halfvec)') AS halfvec, resolves(f || '(sparsevec, $1)') AS sparsevec
  FROM unnest(ARRAY['l2_distance', 'inner_product', 'cosine_distance', 'l1_distance', 'hamming_distance', 'jaccard_distance',
                    'vector_add', 'vector_sub', 'vector_mul', 'vector_concat', 'vector_lt', 'vector_eq', 'vector_cmp',
                    'vector_l2_squared_distance', 'vector_negative_inner_product', 'vector_spherical_distance',
                    'halfvec_add', 'halfvec_sub', 'halfvec_mul', 'halfvec_concat', 'halfvec_cmp',
                    'halfvec_l2_squared_distance', 'halfvec_negative_inner_product', 'halfvec_spherical_distance',
                    'sparsevec_cmp', 'sparsevec_l2_squared_distance', 'sparsevec_negative_inner_product',
                    'vector_accum', 'vector_combine', 'halfvec_accum', 'halfvec_combine']) WITH ORDINALITY o(f, n)
 ORDER BY n;
SELECT f, resolves(f || '(''?'', 1, 2)') AS literal, resolves(f || '($1, $2, $3)') AS parameters,
       resolves(f || '(vector, 1, 2)') AS vector, resolves(f || '(halfvec, $1, $2)') AS halfvec
  FROM unnest(ARRAY['subvector']) f;
SELECT f, resolves(f || '(''?'', 1, true)') AS literal, resolves(f || '($1, $2, $3)') AS parameters
  FROM unnest(ARRAY['vector', 'halfvec', 'sparsevec', 'vector_to_float4', 'halfvec_to_float4', 'vector_to_halfvec', 'halfvec_to_vector',
                    'vector_to_sparsevec', 'sparsevec_to_vector', 'halfvec_to_sparsevec', 'sparsevec_to_halfvec',
                    'array_to_vector', 'array_to_halfvec', 'array_to_sparsevec']) WITH ORDINALITY o(f, n)
 ORDER BY n;
SELECT f, resolves(f || '(ARRAY[1,2], 1, true)') AS integers, resolves(f || '(ARRAY[1.5,2], 1, true)') AS numerics
  FROM unnest(ARRAY['array_to_vector', 'array_to_halfvec', 'array_to_sparsevec']) f;

-- of all functions that SQL may call, those that untyped parameters leave open (of "internal" minor releases think differently)
SELECT proname, pronargs, resolves(format('%I(%s)', proname, (SELECT string_agg('$' || i, ', ') FROM generate_series(1, pronargs) i))) AS outcome
  FROM (SELECT DISTINCT proname, pronargs
          FROM pg_proc JOIN pg_depend ON objid = pg_proc.oid AND classid = 'pg_proc'::regclass AND deptype = 'e'
               JOIN pg_extension ON refobjid = pg_extension.oid AND extname = 'trellis'
         WHERE pronamespace = (SELECT typnamespace FROM pg_type WHERE oid = 'vector'::regtype)
           AND 'internal'::regtype <> ALL (proargtypes)) f
 WHERE resolves(format('%I(%s)', proname, (SELECT string_agg('$' || i, ', ') FROM generate_series(1, pronargs) i))) ~ '^[0-9]'
 ORDER BY proname COLLATE "C", pronargs;

-- assignment and comparison in statements
PREPARE write AS INSERT INTO typed VALUES ($1, $2, $3, $4);
PREPARE search AS SELECT 1 FROM typed ORDER BY vector <=> $1, halfvec <-> $2, sparsevec <#> $3, bit <~> $4 LIMIT $5;
PREPARE pick AS SELECT 1 FROM typed WHERE vector = $1 OR halfvec IN ($2, $3) OR sparsevec = ANY ($4);
SELECT name, parameter_types FROM pg_prepared_statements ORDER BY name;
DEALLOCATE ALL;

DROP TABLE typed;
DROP FUNCTION resolves(text);
