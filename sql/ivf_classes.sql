-- Operator classes and sizes of ivf beside those of ivf_search: bit strings,
-- taxicab distance, from 1 dimension to 16,000, 64,000 bits.
SET client_min_messages = warning;
SET trellis.enable_knn = off; -- the access method's own scans
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/error_of.psql

-- slow waves, repeated every 61 elements (with their weights, 427): few dimensions in truth, as real data
CREATE FUNCTION wave(i int, dims int) RETURNS vector LANGUAGE sql IMMUTABLE AS $$
  WITH b AS MATERIALIZED (
    SELECT array_agg(((sin(i * 1.37) * sin(0.18 * p + 0.2) + sin(i * 2.37) * sin(0.25 * p + 0.5) + sin(i * 3.37) * sin(0.32 * p + 1)
      + sin(i * 4.37) * sin(0.39 * p + 1.6) + sin(i * 5.37) * sin(0.46 * p + 2.3) + sin(i * 6.37) * sin(0.53 * p + 3.2)) * (1 + 0.1 * (k % 7)))::real ORDER BY k) AS x
      FROM (SELECT k, (k % 61)::float8 AS p FROM generate_series(0, least(dims, 427) - 1) k) s)
  SELECT CASE WHEN dims <= 427 THEN x ELSE (SELECT array_agg(x[1 + k % 427] ORDER BY k) FROM generate_series(0, dims - 1) k) END::vector FROM b $$;
-- distances(table, column, operator, query, rows): of what comes first, by the index or without
CREATE FUNCTION distances(tab text, col text, op text, query text, n int, by_index boolean) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
  result float8[]; plan text; line text;
  command text := format('SELECT %I %s %s AS d FROM %I ORDER BY %1$I %2$s %3$s LIMIT %5$s', col, op, query, tab, n);
BEGIN
  PERFORM set_config('enable_seqscan', (NOT by_index)::text, true), set_config('enable_indexscan', by_index::text, true),
          set_config('enable_sort', (NOT by_index)::text, true);
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || command LOOP
    plan := concat_ws(E'\n', plan, line);
  END LOOP;
  IF (plan LIKE '%Index Scan using%Order By%') <> by_index THEN
    RAISE EXCEPTION 'plan of %: %', command, plan;
  END IF;
  EXECUTE 'SELECT array_agg(d) FROM (' || command || ') s' INTO result;
  RETURN result;
END $$;
-- exact: the index gives the same distances in the same order
CREATE FUNCTION exact(tab text, col text, op text, query text, n int) RETURNS boolean LANGUAGE sql
  AS $$ SELECT distances(tab, col, op, query, n, true) = distances(tab, col, op, query, n, false) $$;
-- recall: the share that is no farther than the last of the exact answer
CREATE FUNCTION recall(tab text, col text, op text, query text, n int) RETURNS float8 LANGUAGE sql AS $$
  SELECT count(*) FILTER (WHERE d <= e[cardinality(e)] + 1e-6 * greatest(abs(e[cardinality(e)]), 1)) / n::float8
    FROM (SELECT distances(tab, col, op, query, n, false)) s(e), unnest(distances(tab, col, op, query, n, true)) d $$;
-- complete: every row once
CREATE FUNCTION complete(tab text, col text, op text, query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  result boolean;
BEGIN
  SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_indexscan = on;
  EXECUTE format('WITH t AS MATERIALIZED (SELECT id FROM %I ORDER BY %I %s %s) SELECT count(*) = count(DISTINCT id) AND count(*) = (SELECT count(*) FROM %1$I) FROM t',
                 tab, col, op, query) INTO result;
  RETURN result;
END $$;

-- bit strings: dense ones, sparse ones, without any bit, NULL
CREATE TABLE bits (id serial, b bit(200));
INSERT INTO bits (b) SELECT binary_quantize(wave(i, 200))::bit(200) FROM generate_series(1, 1500) i;
INSERT INTO bits (b) SELECT binary_quantize(wave(i, 200))::bit(200) & binary_quantize(wave(i % 9, 200))::bit(200) & binary_quantize(wave(7 * i, 200))::bit(200) FROM generate_series(1, 500) i;
INSERT INTO bits (b) SELECT repeat('0', 200)::bit(200) FROM generate_series(1, 3);
INSERT INTO bits (b) VALUES (NULL), (repeat('1', 200)::bit(200));
CREATE INDEX bits_hamming ON bits USING ivf (b bit_hamming_ops);
CREATE INDEX bits_jaccard ON bits USING ivf (b bit_jaccard_ops);
SELECT i, trellis.ivf_check(i::regclass), s.metric, s.dimensions, s.rerank_pages FROM unnest(ARRAY['bits_hamming', 'bits_jaccard']) i, trellis.ivf_stats(i::regclass) s ORDER BY 1;
CREATE TABLE queries (q int PRIMARY KEY, b bit(200));
INSERT INTO queries SELECT i, binary_quantize(wave(7000 + 13 * i, 200))::bit(200) FROM generate_series(1, 12) i;
INSERT INTO queries SELECT 12 + i, b & binary_quantize(wave(i, 200))::bit(200) FROM queries, generate_series(1, 4) i WHERE q = 1;
INSERT INTO queries VALUES (17, repeat('0', 200)::bit(200)), (18, repeat('1', 200)::bit(200)), (19, NULL);
ANALYZE bits;
-- every list probed: exact, however many rows
SET trellis.ivf_probes = 100000;
SELECT op, n, bool_and(exact('bits', 'b', op, format('%L::bit(200)', b), n)) FROM queries, unnest(ARRAY['<~>', '<%>']) op, unnest(ARRAY[1, 10, 600, 3000]) n WHERE q < 19 GROUP BY 1, 2 ORDER BY 1, 2;
SELECT op, bool_and(complete('bits', 'b', op, format('%L::bit(200)', b))) FROM queries, unnest(ARRAY['<~>', '<%>']) op GROUP BY 1 ORDER BY 1;
RESET trellis.ivf_probes;
-- no setting: the stated recall
SELECT op, avg(recall('bits', 'b', op, format('%L::bit(200)', b), 10)) >= 0.93 FROM queries, unnest(ARRAY['<~>', '<%>']) op WHERE q < 17 GROUP BY 1 ORDER BY 1;
SET enable_seqscan = off;
SELECT error_of('SELECT id FROM bits ORDER BY b <~> B''101'' LIMIT 1'), error_of('SELECT id FROM bits ORDER BY b <%> B''101'' LIMIT 1');
RESET enable_seqscan;
-- rows that come and go; lists that split
INSERT INTO bits (b) SELECT binary_quantize(wave(3000 + i, 200))::bit(200) FROM generate_series(1, 2500) i;
DELETE FROM bits WHERE id % 4 = 0;
VACUUM bits;
INSERT INTO bits (b) SELECT binary_quantize(wave(9000 + i, 200))::bit(200) FROM generate_series(1, 500) i;
SELECT i, trellis.ivf_check(i::regclass), s.lists > 40 AS split, s.rows = (SELECT count(*) FROM bits WHERE b IS NOT NULL) AS all_rows FROM unnest(ARRAY['bits_hamming', 'bits_jaccard']) i, trellis.ivf_stats(i::regclass) s ORDER BY 1;
SET trellis.ivf_probes = 100000;
SELECT op, bool_and(exact('bits', 'b', op, format('%L::bit(200)', b), 50)) FROM queries, unnest(ARRAY['<~>', '<%>']) op WHERE q < 19 GROUP BY 1 ORDER BY 1;
RESET trellis.ivf_probes;
SELECT op, avg(recall('bits', 'b', op, format('%L::bit(200)', b), 10)) >= 0.9 FROM queries, unnest(ARRAY['<~>', '<%>']) op WHERE q < 17 GROUP BY 1 ORDER BY 1;
DROP TABLE bits, queries;

-- bit strings of all lengths
CREATE FUNCTION try_bits(bits int, n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text := format('%s bits:', bits); op text;
BEGIN
  EXECUTE format('CREATE TABLE sized (id serial, b bit(%s))', bits);
  EXECUTE format('CREATE FUNCTION string(i int) RETURNS bit(%1$s) LANGUAGE sql AS $f$
    SELECT rpad(binary_quantize(wave(i, least(%1$s, 300)))::text, %1$s, binary_quantize(wave(i + 5, 55))::text)::bit(%1$s) $f$', bits);
  INSERT INTO sized (b) SELECT string(i) FROM generate_series(1, n) i;
  CREATE INDEX sized_hamming ON sized USING ivf (b bit_hamming_ops);
  CREATE INDEX sized_jaccard ON sized USING ivf (b bit_jaccard_ops);
  INSERT INTO sized (b) SELECT string(n + i) FROM generate_series(1, n / 2) i;
  DELETE FROM sized WHERE id % 3 = 0;
  FOREACH op IN ARRAY ARRAY['<~>', '<%>'] LOOP
    result := concat_ws(' ', result, op, exact('sized', 'b', op, 'string(7001)', 20), complete('sized', 'b', op, 'string(5)'));
  END LOOP;
  result := concat_ws(' ', result, trellis.ivf_check('sized_hamming'), trellis.ivf_check('sized_jaccard'));
  DROP FUNCTION string;
  DROP TABLE sized;
  RETURN result;
END $$;
SET trellis.ivf_probes = 100000;
SELECT try_bits(bits, CASE WHEN bits > 1000 THEN 40 ELSE 300 END) FROM unnest(ARRAY[1, 2, 63, 64, 65, 1000, 8000, 16001, 64000]) bits;
RESET trellis.ivf_probes;
CREATE TABLE sized (a bit(64001), b bit varying, c vector, d bit varying(9));
SELECT error_of('CREATE INDEX ON sized USING ivf (a bit_hamming_ops)'), error_of('CREATE INDEX ON sized USING ivf (a bit_jaccard_ops)'),
       error_of('CREATE INDEX ON sized USING ivf (c vector_l1_ops)');
CREATE INDEX ON sized USING ivf (d bit_jaccard_ops);
SELECT error_of('INSERT INTO sized (d) VALUES (B''101'')');
INSERT INTO sized (d) VALUES (B'101010101');
DROP TABLE sized;

-- taxicab distance
CREATE TABLE items (id serial, v vector(61), h halfvec(61));
INSERT INTO items (v, h) SELECT w, w::halfvec FROM generate_series(1, 2000) i, LATERAL (SELECT wave(i, 61) AS w OFFSET 0) s;
INSERT INTO items (v, h) VALUES (NULL, NULL), (array_fill(0, ARRAY[61])::vector, array_fill(0, ARRAY[61])::vector), (('[3e38' || repeat(',3e38', 60) || ']')::vector, NULL);
CREATE INDEX items_v ON items USING ivf (v vector_l1_ops);
CREATE INDEX items_h ON items USING ivf (h halfvec_l1_ops);
ANALYZE items;
SELECT i, trellis.ivf_check(i::regclass), s.metric, s.code_pages, s.tail_rows FROM unnest(ARRAY['items_v', 'items_h']) i, trellis.ivf_stats(i::regclass) s ORDER BY 1;
SET trellis.ivf_probes = 100000;
SELECT c, avg(recall('items', c, '<+>', format('wave(%s, 61)%s', 7000 + 13 * i, t), n)) > 0.98, min(recall('items', c, '<+>', format('wave(%s, 61)%s', 7000 + 13 * i, t), n)) >= 0.9
  FROM (VALUES ('v', ''), ('h', '::halfvec')) k(c, t), generate_series(1, 10) i, unnest(ARRAY[10, 500]) n GROUP BY 1 ORDER BY 1;
RESET trellis.ivf_probes;
SELECT c, avg(recall('items', c, '<+>', format('wave(%s, 61)%s', 7000 + 13 * i, t), 10)) >= 0.93
  FROM (VALUES ('v', ''), ('h', '::halfvec')) k(c, t), generate_series(1, 20) i GROUP BY 1 ORDER BY 1;
SELECT q, complete('items', 'v', '<+>', q), complete('items', 'h', '<+>', q || '::halfvec')
  FROM unnest(ARRAY['wave(7001, 61)', 'NULL::vector', 'array_fill(0, ARRAY[61])::vector']) q ORDER BY 1;
SELECT complete('items', 'v', '<+>', '(''[3e38'' || repeat('',-3e38'', 60) || '']'')::vector');
SET enable_seqscan = off;
SELECT id FROM items ORDER BY v <+> wave(77, 61) LIMIT 1;
SELECT error_of('SELECT id FROM items ORDER BY v <+> ''[1,2]'' LIMIT 1'), error_of('SELECT id FROM items ORDER BY h <+> ''[1,2]'' LIMIT 1');
RESET enable_seqscan;
-- from nothing
TRUNCATE items;
INSERT INTO items (v, h) SELECT w, w::halfvec FROM generate_series(3001, 6000) i, LATERAL (SELECT wave(i, 61) AS w OFFSET 0) s;
DELETE FROM items WHERE id % 4 = 0;
VACUUM items;
SELECT i, trellis.ivf_check(i::regclass), s.lists > 10 AS split FROM unnest(ARRAY['items_v', 'items_h']) i, trellis.ivf_stats(i::regclass) s ORDER BY 1;
SELECT c, avg(recall('items', c, '<+>', format('wave(%s, 61)%s', 7000 + 13 * i, t), 10)) >= 0.9
  FROM (VALUES ('v', ''), ('h', '::halfvec')) k(c, t), generate_series(1, 20) i GROUP BY 1 ORDER BY 1;
DROP TABLE items;

-- dimensions: few, at the edges of 64, so many that rows have 8, 6, 5 and 4 bits for each
CREATE FUNCTION try_dims(dims int, n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text := format('%s dimensions:', dims); c text; op text; r float8;
BEGIN
  EXECUTE format('CREATE TABLE sized (id serial, v vector(%s), h halfvec(%1$s))', dims);
  EXECUTE format('CREATE TABLE query (v vector(%s))', dims);
  INSERT INTO sized (v, h) SELECT w, w::halfvec FROM generate_series(1, n) i, LATERAL (SELECT wave(i, dims) AS w OFFSET 0) s;
  INSERT INTO query SELECT wave(i, dims) FROM generate_series(7001, 7005) i;
  CREATE INDEX sized_l2 ON sized USING ivf (v);
  CREATE INDEX sized_ip ON sized USING ivf (v vector_ip_ops);
  CREATE INDEX sized_cosine ON sized USING ivf (v vector_cosine_ops);
  CREATE INDEX sized_l1 ON sized USING ivf (v vector_l1_ops);
  CREATE INDEX sized_half_l2 ON sized USING ivf (h halfvec_l2_ops);
  CREATE INDEX sized_half_ip ON sized USING ivf (h halfvec_ip_ops);
  CREATE INDEX sized_half_cosine ON sized USING ivf (h halfvec_cosine_ops);
  CREATE INDEX sized_half_l1 ON sized USING ivf (h halfvec_l1_ops);
  INSERT INTO sized (v, h) SELECT w, w::halfvec FROM generate_series(n + 1, n + n / 4) i, LATERAL (SELECT wave(i, dims) AS w OFFSET 0) s;
  DELETE FROM sized WHERE id % 5 = 0;
  FOREACH c IN ARRAY ARRAY['v', 'h'] LOOP
    FOREACH op IN ARRAY ARRAY['<->', '<#>', '<=>', '<+>'] LOOP
      SELECT avg(recall('sized', c, op, format('%L::%s', v, CASE c WHEN 'v' THEN 'vector' ELSE 'halfvec' END), 10)) INTO r FROM query;
      IF r < 0.9 OR NOT complete('sized', c, op, format('(SELECT v FROM query LIMIT 1)::%s', CASE c WHEN 'v' THEN 'vector' ELSE 'halfvec' END)) THEN
        result := concat_ws(' ', result, c, op, r);
      END IF;
    END LOOP;
  END LOOP;
  SELECT concat_ws(' ', result, string_agg(DISTINCT trellis.ivf_check(oid)::text, ', ')) INTO result FROM pg_class WHERE relname LIKE 'sized\_%' AND relkind = 'i';
  DROP TABLE sized, query;
  RETURN result;
END $$;
SET trellis.ivf_probes = 100000;
SELECT try_dims(dims, CASE WHEN dims > 1000 THEN 32 ELSE 300 END) FROM unnest(ARRAY[1, 2, 3, 63, 64, 65, 8001, 10000, 12000, 16000]) dims;
RESET trellis.ivf_probes;

-- seven bits for each dimension, a list that splits and rows that go
CREATE TABLE items (id serial, v vector(9000));
CREATE INDEX items_v ON items USING ivf (v vector_cosine_ops) WITH (lists = 8);
INSERT INTO items (v) SELECT wave(i, 9000) FROM generate_series(1, 150) i;
DELETE FROM items WHERE id <= 120;
VACUUM items;
SELECT trellis.ivf_check('items_v'), s.rows, s.lists > 1 AS split FROM trellis.ivf_stats('items_v') s;
SELECT exact('items', 'v', '<=>', 'wave(140, 9000)', 1), complete('items', 'v', '<=>', 'wave(7001, 9000)');
DROP TABLE items;

DROP FUNCTION try_dims, try_bits, complete, recall, exact, distances, wave, error_of;
