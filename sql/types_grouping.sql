-- Grouping, joining and counting vectors: hash classes, min and max, and what
-- ANALYZE keeps.

CREATE TABLE item AS
  SELECT i, ARRAY[i % 10, CASE WHEN i % 20 < 10 THEN 0 ELSE '-0'::float8 END]::vector AS v, ARRAY[i % 10, 0.1]::halfvec AS h
    FROM generate_series(1, 1000) i;
ANALYZE item;

-- -0 and 0 are one value, whatever the plan
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT v, count(*) FROM item GROUP BY v;
SELECT count(*) AS groups, min(n), max(n) FROM (SELECT count(*) AS n FROM item GROUP BY v) t;
SELECT count(*) FROM (SELECT v FROM item UNION SELECT v FROM item) t;
SELECT count(DISTINCT v), count(DISTINCT h) FROM item;
SELECT count(*) FROM (SELECT DISTINCT v FROM item) t;
RESET enable_sort;
SET enable_hashagg = off;
SELECT count(*) AS groups, min(n), max(n) FROM (SELECT count(*) AS n FROM item GROUP BY v) t;
RESET enable_hashagg;

-- the three joins agree
SET enable_nestloop = off; SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM item a JOIN item b ON a.v = b.v AND a.h = b.h;
SELECT count(*) FROM item a JOIN item b USING (v, h);
SELECT count(*) FROM item a JOIN item b USING (h);
SET enable_hashjoin = off; SET enable_mergejoin = on;
EXPLAIN (COSTS OFF) SELECT count(*) FROM item a JOIN item b ON a.v = b.v;
SELECT count(*) FROM item a JOIN item b USING (v);
SET enable_mergejoin = off; SET enable_nestloop = on;
SELECT count(*) FROM item a JOIN item b USING (v);
RESET enable_nestloop; RESET enable_hashjoin; RESET enable_mergejoin;

-- hashes: equal values alike, 64 bits with seed 0 end in the 32
SELECT vector_hash('[0,1]') = vector_hash('[-0,1]') AS zero, vector_hash('[0,1]') <> vector_hash('[1,0]') AS places,
       bool_and(vector_hash(v)::bigint & 4294967295 = vector_hash_extended(v, 0) & 4294967295) AS low_bits,
       bool_and(halfvec_hash(h)::bigint & 4294967295 = halfvec_hash_extended(h, 0) & 4294967295) AS low_bits_half,
       bool_and(vector_hash_extended(v, 1) <> vector_hash_extended(v, 2)) AS seeds, count(DISTINCT halfvec_hash(h)) AS hashes
  FROM item;
CREATE TABLE by_hash (v vector) PARTITION BY HASH (v);
CREATE TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_hash SELECT v FROM item;
SELECT count(*), count(DISTINCT tableoid) FROM by_hash;
SELECT count(*) FROM by_hash WHERE v = '[3,0]';
DROP TABLE by_hash;

-- min and max, also from an index
SELECT min(v), max(v), min(h), max(h) FROM item;
CREATE INDEX item_v ON item (v);
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT count(*) FILTER (WHERE line LIKE '%Index Only Scan%using item_v%') AS index_scans FROM plan_of('SELECT min(v), max(v) FROM item') line;
DROP FUNCTION plan_of(text);
SELECT min(v), max(v) FROM item;
SELECT min(v), max(v) FROM item WHERE i < 0;

-- ANALYZE: NULLs, width, distinct values, and nothing that grows
CREATE TABLE sampled (few vector(3), many vector(3), half halfvec(3), wide vector(3000), none vector, mixed vector);
INSERT INTO sampled
  SELECT CASE WHEN i % 4 > 0 THEN ARRAY[i % 7, 0, 0] END, ARRAY[i, i, i], ARRAY[i % 3, 0, 0],
         CASE WHEN i <= 20 THEN array_fill(i, ARRAY[3000]) END, NULL, ARRAY[CASE WHEN i % 2 = 0 THEN i ELSE 1 END]
    FROM generate_series(1, 2000) i;
ANALYZE sampled;
SELECT attname, null_frac, avg_width, n_distinct, most_common_vals IS NULL AND histogram_bounds IS NULL AND correlation IS NULL AS no_lists
  FROM pg_stats WHERE tablename = 'sampled' ORDER BY attname;
EXPLAIN SELECT 1 FROM sampled WHERE few = '[1,0,0]';
ALTER TABLE sampled ALTER COLUMN few SET STATISTICS 0;
ANALYZE sampled;
DROP TABLE item, sampled;
