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

-- What is left of a vector that becomes sparse: one element in eight. Each row
-- takes another part of the mask, so that no two have their elements in the
-- same places: a processor would learn the branches of a few dozen patterns.
CREATE TABLE mask AS
  SELECT array_agg((hashint8(i) & 7 = 0)::int ORDER BY i)::vector AS m
  FROM generate_series(1, 16000) i;

CREATE PROCEDURE fill(name text, type text, dims int, n bigint)
LANGUAGE plpgsql AS $$
DECLARE
  expression text := format(CASE type
    WHEN 'bit' THEN 'binary_quantize(v)::bit(%1$s)'
    WHEN 'sparsevec' THEN '(v * subvector(m, 1 + (n * 7919 %% (16001 - %1$s))::int, %1$s))::sparsevec(%1$s)'
    ELSE 'v::%2$s(%1$s)' END, dims, type);
BEGIN
  EXECUTE format('CREATE TABLE %s (id bigint, v %s(%s))', name, type, dims);
  EXECUTE format('ALTER TABLE %s ALTER v SET STORAGE PLAIN', name);
  EXECUTE format('INSERT INTO %s SELECT n, %s
    FROM wide(%s, %s) WITH ORDINALITY AS w (v, n), mask ORDER BY n',
    name, expression, dims, n);
  EXECUTE 'ANALYZE ' || name;
END $$;
