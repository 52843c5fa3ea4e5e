-- types.sql - the tables that types.sh scans: one per type and dimension
--
-- Expects a table part (id, v) of vectors of 384 dimensions, numbered from 0.
-- Every table has a key in front of the vector, as users' tables do, and
-- STORAGE PLAIN: a value in line, uncompressed, with a four-byte header.

-- Vectors of dims dimensions, from slices or neighbours of the parts.
CREATE FUNCTION wide(dims int, n bigint) RETURNS SETOF vector
LANGUAGE plpgsql AS $$
DECLARE
  parts bigint := (SELECT count(*) FROM part);
  expression text := 'subvector(p0.v, 1, ' || least(dims, 384) || ')';
  source text := 'part p0';
BEGIN
  FOR i IN 1 .. (dims - 1) / 384 LOOP
    expression := expression || format(' || p%s.v', i);
    source := source || format(' JOIN part p%s ON p%1$s.id = (p0.id + %1$s) %% %s', i, parts);
  END LOOP;
  RETURN QUERY EXECUTE format('SELECT %s FROM %s WHERE p0.id < %s ORDER BY p0.id',
                              expression, source, n);
END $$;

-- One element in eight, at other places in each of 31 masks.
CREATE FUNCTION mask(dims int, number bigint) RETURNS vector
LANGUAGE sql AS $$
  SELECT array_agg((hashint8(number * dims + i) & 7 = 0)::int ORDER BY i)::vector
  FROM generate_series(1, dims) i
$$;

CREATE PROCEDURE fill(name text, type text, dims int, n bigint)
LANGUAGE plpgsql AS $$
DECLARE
  expression text := format(CASE type
    WHEN 'bit' THEN 'binary_quantize(v)::bit(%s)'
    WHEN 'sparsevec' THEN '(v * m)::sparsevec(%s)'
    ELSE 'v::%2$s(%1$s)' END, dims, type);
BEGIN
  EXECUTE format('CREATE TABLE %s (id bigint, v %s(%s))', name, type, dims);
  EXECUTE format('ALTER TABLE %s ALTER v SET STORAGE PLAIN', name);
  EXECUTE format('WITH masks AS MATERIALIZED (
      SELECT number, mask(%1$s, number) AS m FROM generate_series(0, 30) AS number)
    INSERT INTO %2$s
    SELECT w.ordinality, %3$s FROM wide(%1$s, %4$s) WITH ORDINALITY AS w (v)
    JOIN masks ON number = w.ordinality %% 31
    ORDER BY w.ordinality', dims, name, expression, n);
  EXECUTE 'ANALYZE ' || name;
END $$;
