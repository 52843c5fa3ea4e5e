-- Exact top-k: ORDER BY distance LIMIT k, and what the planner thinks of it.

CREATE TABLE items (id int PRIMARY KEY, kind text, v vector(3));
INSERT INTO items SELECT i, CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END, ARRAY[i % 11, i % 7, i % 5]::vector
  FROM generate_series(1, 500) i;
INSERT INTO items VALUES (1001, 'a', NULL), (1002, 'a', '[0,0,0]');
ANALYZE items;

SELECT id, v <-> '[3,3,3]' AS distance FROM items ORDER BY v <-> '[3,3,3]', id LIMIT 4;
SELECT id, round((v <=> '[3,2,1]')::numeric, 6) AS distance FROM items ORDER BY v <=> '[3,2,1]', id LIMIT 4;
SELECT id FROM items WHERE kind = 'a' ORDER BY v <+> '[3,3,3]', id LIMIT 4;
SELECT id, v <#> '[1,1,1]' FROM items ORDER BY v <#> '[1,1,1]', id LIMIT 3;

-- a zero vector has no cosine: NaN sorts after all others, NULL after NaN
SELECT id, v <=> '[1,1,1]' AS distance FROM items WHERE id > 1000 OR id < 3 ORDER BY 2, id;

EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <-> '[3,3,3]' LIMIT 4;
PREPARE top(vector, int) AS SELECT id FROM items ORDER BY v <-> $1, id LIMIT $2;
EXECUTE top('[1,1,1]', 3);
SET plan_cache_mode = force_generic_plan;
EXECUTE top('[1,1,1]', 3);
EXECUTE top('[1,1]', 3);
EXECUTE top(NULL, 3);
RESET plan_cache_mode;
DEALLOCATE top;

-- in parallel
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
ALTER TABLE items SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY v <-> '[3,3,3]' LIMIT 4;
SELECT id FROM items ORDER BY v <-> '[3,3,3]', id LIMIT 4;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- a distance over more dimensions costs more, and much more out of line
CREATE TABLE wide (a vector(10), b vector(400), c vector(1536), d vector);
CREATE FUNCTION cost_of(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN plan->0->'Plan'->>'Total Cost';
END $$;
INSERT INTO wide (a) SELECT '[1,2,3,4,5,6,7,8,9,10]' FROM generate_series(1, 1000);
ANALYZE wide;
WITH costs AS (
  SELECT cost_of('SELECT a <-> a FROM wide') AS a, cost_of('SELECT b <-> b FROM wide') AS b,
         cost_of('SELECT c <-> c FROM wide') AS c, cost_of('SELECT d <-> d FROM wide') AS d,
         cost_of('SELECT 1 FROM wide') AS nothing)
SELECT a > nothing AS costs_something, b > a AS grows, c > 5 * b AS out_of_line, d > nothing AS unknown FROM costs;
DROP FUNCTION cost_of(text);

-- compiled at run time, with everything inlined that can be
SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0;
SELECT count(*) FROM items
 WHERE v = '[1,2,3]' OR vector_dims(v) = 4 OR v <-> '[1,2,3]' < 1.5 OR v + v < '[1]' OR v || v = '[1]' OR vector_norm(v) < 1;
SELECT sum(v), avg(v) FROM items;
DROP TABLE wide, items;
