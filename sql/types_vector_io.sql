-- Text and binary input and output of vector, and its type modifier.
-- Method: good input shown as it comes back, bad input with its SQLSTATE.

\set ECHO none
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/error_of.psql
\set ECHO all

-- text
SELECT '[1,2,3]'::vector, '[ 1 , 2.5 ,	-3 ]'::vector, E' \n[1]\r\x0b\f'::vector;
SELECT '[0x10,1e3,+1,.5,5.,-0]'::vector, '[1e-38,1e-45,1e-400]'::vector;
SELECT '[3.4028235e38,1.17549435e-38,16777217,0.1,1e15,1e16]'::vector;
SELECT '[1.23456789,123456.789]'::vector::text;
SELECT vector_dims(('[' || repeat('1,', 15999) || '1]')::vector);

SELECT input, error_of(format('SELECT %L::vector', input)) FROM (VALUES
  (''), (' '), ('1,2'), ('['), ('[]'), ('[ ]'), ('[1'), ('[1,'), ('[1,]'), ('[,1]'),
  ('[1,,2]'), ('[1]]'), ('[1],'), ('[1] x'), ('[1 2]'), ('[a]'), ('[1,"2"]'),
  ('(1,2)'), ('{1,2}'), ('[NaN]'), ('[nan(1)]'), ('[inf]'), ('[-Infinity]'),
  ('[1e39]'), ('[-1e400]'), ('[1,2e38,4e38]'), ('[[1]]'), ('[1;2]')) t(input);
SELECT error_of(format('SELECT %L::vector', '[' || repeat('1,', 16000) || '1]'));
SELECT error_of(format('SELECT %L::vector', '[' || repeat(',', 100000) || ']'));

-- binary
SELECT vector_send('[1,-2.5]'), vector_send('[-0]');
CREATE TEMP TABLE wire (v vector);
INSERT INTO wire VALUES ('[1,-2.5]'), (NULL), ('[0]');

-- typmod
SELECT '[1,2,3]'::vector(3);
SELECT statement, error_of(statement) FROM (VALUES
  ($$SELECT '[1,2]'::vector(3)$$),
  ($$SELECT '[1,2]'::vector(0)$$),
  ($$SELECT '[1,2]'::vector(-1)$$),
  ($$SELECT '[1,2]'::vector(16001)$$),
  ($$SELECT '[1,2]'::vector(1,2)$$),
  ($$SELECT '[1,2]'::vector('a')$$)) t(statement);
CREATE TEMP TABLE typed (v vector(3));
INSERT INTO typed VALUES ('[1,2,3]'), (NULL);
SELECT error_of($$INSERT INTO typed VALUES ('[1,2]')$$);
SELECT error_of($$INSERT INTO typed SELECT v FROM wire WHERE v IS NOT NULL$$);
SELECT attname, atttypmod, format_type(atttypid, atttypmod)
  FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0;
SELECT typlen, typalign, typstorage, typcategory, typdelim FROM pg_type WHERE typname = 'vector';

-- stored out of line
CREATE TEMP TABLE wide AS
  SELECT i, array_agg(x + i ORDER BY x)::real[]::vector AS v
    FROM generate_series(1, 3) i, generate_series(1, 2000) x GROUP BY i;
SELECT i, vector_dims(v), left(v::text, 20) FROM wide ORDER BY i;

-- binary input checks what text input checks; the bytes come through COPY
\set ECHO none
\i :folder/sql/include/copy_in.psql
\set ECHO all
CREATE TEMP TABLE received (v vector(2));
SELECT what, copy_in(datum) FROM (VALUES
  ('good', '\x000200003f800000c0200000'::bytea),
  ('zero dimensions', '\x00000000'),
  ('negative dimensions', '\xffff0000'),
  ('too many dimensions', '\x3e810000'),
  ('typmod', '\x000100003f800000'),
  ('unused', '\x000200013f800000c0200000'),
  ('NaN', '\x000200007fc00000c0200000'),
  ('infinity', '\x00020000ff800000c0200000'),
  ('short', '\x000200003f800000'),
  ('shorter', '\x0002'),
  ('empty', '\x'),
  ('long', '\x000200003f800000c0200000c0200000')) t(what, datum);
SELECT * FROM received;

DROP FUNCTION copy_in(bytea);
DROP FUNCTION error_of(text);
