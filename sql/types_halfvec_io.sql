-- Text and binary input and output of halfvec, and its type modifier.
-- Method: what rounding to half precision makes of a number, shown as text
-- and bits; bad input with its SQLSTATE.

\set ECHO none
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/error_of.psql
\i :folder/sql/include/copy_in.psql
\set ECHO all

-- numbers: exact, rounded to nearest even, subnormal, the limits
SELECT input, ('[' || input || ']')::halfvec AS printed, right(halfvec_send(('[' || input || ']')::halfvec)::text, 4) AS bits
  FROM unnest(ARRAY['1', '-2.5', '-0', '0.1', '0x10', '1.0009765625', '1.00048828125', '1.00146484375', '2049', '2051',
                    '65504', '65519', '65519.99', '-65519', '6.103515625e-05', '6.0975552e-05', '5.9604645e-08',
                    '2.9802322e-08', '2.9802326e-08', '-1e-8', '1e-400', '1e-45']) input;
SELECT '[1,2,3]'::halfvec, '[ 1 , 2.5 ,	-3 ]'::halfvec, E' \n[1]\r\x0b\f'::halfvec, halfvec_send('[1,-2.5]');

-- every finite half reads back as itself
SELECT count(*), bool_and(halfvec_from_float16(bytes)::text::halfvec = halfvec_from_float16(bytes)) AS same_value,
       bool_and(halfvec_to_float16(halfvec_from_float16(bytes)::text::halfvec) = bytes) AS same_bits
  FROM (SELECT set_byte(set_byte('\x0000'::bytea, 0, i & 255), 1, i >> 8) AS bytes
          FROM generate_series(0, 65535) i WHERE i & 31744 <> 31744) t;

SELECT input, error_of(format('SELECT %L::halfvec', input)) FROM unnest(ARRAY[
  '', '1,2', '[]', '[1', '[1,', '[1,]', '[,1]', '[1]]', '[1] x', '[1 2]', '[a]', '{1:1}/2', '[NaN]', '[inf]', '[-Infinity]',
  '[65520]', '[-65520]', '[65519.999]', '[1,1e6]', '[1e39]', '[1e400]']) input;
SELECT error_of(format('SELECT %L::halfvec', '[' || repeat('1,', 16000) || '1]')),
       vector_dims(('[' || repeat('1,', 15999) || '1]')::halfvec);

-- type modifier
SELECT '[1,2,3]'::halfvec(3);
SELECT t, error_of(format('SELECT ''[1,2]''::%s', t))
  FROM unnest(ARRAY['halfvec(3)', 'halfvec(0)', 'halfvec(-1)', 'halfvec(16001)', 'halfvec(1,2)', 'halfvec(''a'')']) t;
CREATE TEMP TABLE typed (h halfvec(2), v vector(2));
INSERT INTO typed (h) VALUES ('[1,2]'), (NULL);
SELECT statement, error_of(statement) FROM (VALUES
  ($$INSERT INTO typed (h) VALUES ('[1]')$$),
  ($$INSERT INTO typed (h) VALUES ('[1,2,3]'::vector)$$),
  ($$INSERT INTO typed (h) VALUES (ARRAY[1,70000])$$),
  ($$INSERT INTO typed (v) SELECT h FROM typed$$)) t(statement);
SELECT attname, atttypmod, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0;
SELECT typlen, typalign, typstorage, typcategory, typdelim, typmodout FROM pg_type WHERE typname = 'halfvec';

-- 4 bytes of length, 4 of header, 2 per dimension; out of line beyond about 2 kB
SELECT dims, pg_column_size(array_fill(1, ARRAY[dims])::halfvec) FROM unnest(ARRAY[1, 384, 1536, 16000]) dims;
CREATE TEMP TABLE wide AS SELECT array_agg(x)::halfvec AS h FROM generate_series(1, 2000) x;
SELECT vector_dims(h), left(h::text, 20), h::vector::halfvec = h AS through_vector FROM wide;

-- binary
CREATE TEMP TABLE received (h halfvec(2));
SELECT what, copy_in(datum) FROM (VALUES
  ('good', '\x000200003c00c100'::bytea), ('largest', '\x000200007bfffbff'), ('smallest', '\x0002000000018000'),
  ('zero dimensions', '\x00000000'), ('negative dimensions', '\xffff0000'), ('too many dimensions', '\x3e810000'),
  ('typmod', '\x000100003c00'), ('unused', '\x000200013c00c100'), ('NaN', '\x000200007e003c00'),
  ('infinity', '\x00020000fc003c00'), ('short', '\x000200003c00'), ('odd', '\x000200003c003c'),
  ('empty', '\x'), ('long', '\x000200003c00c100c100')) t(what, datum);
SELECT h, halfvec_send(h) FROM received;

DROP FUNCTION copy_in(bytea);
DROP FUNCTION error_of(text);
