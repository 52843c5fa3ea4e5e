-- Text and binary input and output of sparsevec, its type modifier and casts.
-- Method: good input shown as it comes back, bad input with its SQLSTATE.

\set ECHO none
\getenv folder PG_ABS_SRCDIR
\i :folder/sql/include/error_of.psql
\i :folder/sql/include/copy_in.psql
\set ECHO all

-- text
SELECT '{1:1.5,3:2}/5'::sparsevec, '{}/5'::sparsevec, '{5:1,1:2}/5'::sparsevec, E'\n{\t1\r:\f1\x0b,2 : 3 }\n/ 5 '::sparsevec;
SELECT '{1:0x10,2:1e3,3:+1,4:.5,5:5.}/5'::sparsevec, '{+1:1,02:2}/+5'::sparsevec;
SELECT '{1:0,2:-0,3:1}/5'::sparsevec AS zeros, '{1:0,1:2}/5'::sparsevec AS one_left, '{9:0}/5'::sparsevec AS nowhere;
SELECT '{1:3.4028235e38,2:1.17549435e-38,3:16777217,4:0.1,5:1e-45}/5'::sparsevec;
SELECT '{1000000000:1}/1000000000'::sparsevec, length(v::text), right(v::text, 20)
  FROM (SELECT ('{' || string_agg(62500 * i || ':-1.2345678e-38', ',') || '}/1000000000')::sparsevec AS v FROM generate_series(1, 16000) i) t;

SELECT input, error_of(format('SELECT %L::sparsevec', input)) FROM (VALUES
  (''), (' '), ('1:1'), ('[1]'), ('{'), ('{ '), ('{1'), ('{1:'), ('{1:1'), ('{1:1,'), ('{1:1,}/5'), ('{,1:1}/5'), ('{1:1,,2:2}/5'),
  ('{}'), ('{1:1}'), ('{1:1}5'), ('{1:1}}/5'), ('{1:1},{2:2}/5'), ('{}/'), ('{}/ '), ('{}/a'), ('{}/5x'), ('{}/5 x'), ('{}/5.5'), ('{}/0x5'),
  ('{1}/5'), ('{:1}/5'), ('{a:1}/5'), ('{1:a}/5'), ('{1.5:1}/5'), ('{1e0:1}/5'), ('{0x1:1}/5'), ('{1:1 2}/5'), ('{1 1}/5'), ('{1:1;2:2}/5'), ('{1:"1"}/5'),
  ('{1:NaN}/5'), ('{1:nan(1)}/5'), ('{1:inf}/5'), ('{1:-Infinity}/5'), ('{1:1e39}/5'), ('{1:-1e400}/5'), ('{1:1e-46}/5'), ('{1:-1e-400}/5'),
  ('{}/0'), ('{}/-5'), ('{}/1000000001'), ('{}/99999999999999999999'), ('{}/-99999999999999999999'),
  ('{0:1}/5'), ('{6:1}/5'), ('{-1:1}/5'), ('{2147483648:1}/5'), ('{-2147483649:1}/5'), ('{99999999999999999999:1}/5'),
  ('{1:1,1:2}/5'), ('{2:1,1:1,2:1}/5'), ('{9:1,1:1,1:2}/5'), ('{9:1,9:2}/5'), ('{1:1,2:2}/1')) t(input);
SELECT error_of(format('SELECT %L::sparsevec', '{' || repeat('1:0,', 15999) || '1:0}/5')) AS sixteen_thousand,
       error_of(format('SELECT %L::sparsevec', '{' || repeat('1:0,', 16000) || '1:0}/5')) AS one_more,
       error_of(format('SELECT %L::sparsevec', '{}/5' || repeat(',', 1000000))) AS commas;

-- typmod
SELECT '{1:1}/3'::sparsevec(3), '{}/1000000000'::sparsevec(1000000000);
SELECT statement, error_of(statement) FROM (VALUES
  ($$SELECT '{}/2'::sparsevec(3)$$),
  ($$SELECT '{9:1}/2'::sparsevec(3)$$),
  ($$SELECT sparsevec_in('{9:1}/2', 0, 3)$$),
  ($$SELECT '{}/2'::sparsevec(0)$$),
  ($$SELECT '{}/2'::sparsevec(-1)$$),
  ($$SELECT '{}/2'::sparsevec(1000000001)$$),
  ($$SELECT '{}/2'::sparsevec(1,2)$$),
  ($$SELECT '{}/2'::sparsevec('a')$$)) t(statement);
CREATE TEMP TABLE typed (v sparsevec(3));
INSERT INTO typed VALUES ('{1:1}/3'), (NULL), ('{}/3'::text::varchar), (ARRAY[1,0,2]), ('[0,1,0]'::vector), ('[0,1,0.5]'::halfvec);
SELECT * FROM typed;
SELECT error_of($$INSERT INTO typed VALUES ('{}/2')$$), error_of($$INSERT INTO typed VALUES (ARRAY[1,2])$$),
       error_of($$INSERT INTO typed VALUES ('{}/2'::text)$$), error_of($$INSERT INTO typed VALUES ('[1]'::vector)$$);
SELECT attname, atttypmod, format_type(atttypid, atttypmod)
  FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0;
SELECT typlen, typalign, typstorage, typcategory, typdelim FROM pg_type WHERE typname = 'sparsevec';

-- binary
SELECT sparsevec_send('{1:1,3:-2.5}/5'), sparsevec_send('{}/1000000000');

-- binary input checks what text input checks; the bytes come through COPY
CREATE TEMP TABLE received (v sparsevec(5));
SELECT what, copy_in(datum) FROM (VALUES
  ('good', '\x00000005000000020000000000000000000000023f800000c0200000'::bytea),
  ('none', '\x000000050000000000000000'),
  ('full', '\x00000005000000050000000000000000000000010000000200000003000000043f8000003f8000003f8000003f80000000000001'),
  ('no dimensions', '\x000000000000000000000000'),
  ('negative dimensions', '\xffffffff0000000000000000'),
  ('too many dimensions', '\x3b9aca010000000000000000'),
  ('typmod', '\x000000040000000000000000'),
  ('negative elements', '\x00000005ffffffff00000000'),
  ('too many elements', '\x3b9aca0000003e8100000000'),
  ('more elements than dimensions', '\x000000050000000600000000'),
  ('unused', '\x000000050000000000000001'),
  ('place twice', '\x000000050000000200000000000000020000000200000000bf800000'),
  ('places not ascending', '\x000000050000000200000000000000020000000100000000bf800000'),
  ('place behind the end', '\x0000000500000002000000000000000000000005bf80000000000000'),
  ('place before the start', '\x000000050000000200000000ffffffff00000001bf80000000000000'),
  ('zero', '\x0000000500000002000000000000000000000001bf80000000000000'),
  ('minus zero', '\x0000000500000002000000000000000000000001bf80000080000000'),
  ('NaN', '\x0000000500000002000000000000000000000001bf8000007fc00000'),
  ('infinity', '\x0000000500000002000000000000000000000001bf800000ff800000'),
  ('long', '\x0000000500000001000000000000000000000001bf80000000'),
  ('no value', '\x000000050000000100000000000000000000'),
  ('no place', '\x0000000500000001000000000000'),
  ('many elements, no data', '\x0000000500000005000000000000'),
  ('no unused', '\x0000000500000000'),
  ('dimensions only', '\x00000005'),
  ('short', '\x0000'),
  ('empty', '\x')) t(what, datum);
SELECT * FROM received;

-- a round trip by binary COPY, with values out of line
CREATE TABLE sent (i int, v sparsevec);
INSERT INTO sent VALUES (1, '{}/1'), (2, NULL), (3, '{1:-1e-45,1000000000:3.4028235e38}/1000000000');
INSERT INTO sent SELECT 3 + n, ('{' || string_agg(i * n || ':' || i + n, ',') || '}/200000')::sparsevec
  FROM (VALUES (1, 250), (2, 2000), (3, 16000)) s(n, size), generate_series(1, size) i GROUP BY n;
CREATE TABLE returned (LIKE sent);
\copy sent TO 'results/types_sparsevec_io.bin' (FORMAT binary)
\copy returned FROM 'results/types_sparsevec_io.bin' (FORMAT binary)
SELECT count(*), bool_and(s.v IS NOT DISTINCT FROM r.v AND s.v::text IS NOT DISTINCT FROM r.v::text) AS same, sum(pg_column_size(r.v)) AS bytes
  FROM sent s JOIN returned r USING (i);
DROP TABLE sent, returned;

-- casts
SELECT ARRAY[1,0,3]::sparsevec, ARRAY[1.5,0,2.5]::real[]::sparsevec, ARRAY[1.5,-0.0]::float8[]::sparsevec, ARRAY[1.5,0]::numeric[]::sparsevec,
       ARRAY[1,0]::smallint[]::sparsevec, ARRAY[0,9007199254740993]::bigint[]::sparsevec, ARRAY[1e-50]::float8[]::sparsevec AS underflow;
SELECT '[2:3]={1,2}'::int[]::sparsevec, ARRAY[1,2]::sparsevec(2), array_fill(0, ARRAY[100000])::sparsevec, '{1:1}/2'::text::sparsevec, '{1:1}/2'::varchar(20)::sparsevec(2);
SELECT '[1,0,-0,2]'::vector::sparsevec, '[1,0,-0,2]'::halfvec::sparsevec, '{2:-1.5}/3'::sparsevec::vector, '{2:-1.5}/3'::sparsevec::halfvec(3);
SELECT '{1:65519,2:1e-10,3:-1e-10}/4'::sparsevec::halfvec, '{1:65519,2:1e-10,3:-1e-10}/4'::sparsevec::halfvec::sparsevec;
SELECT statement, error_of(statement) FROM (VALUES
  ($$SELECT ARRAY[[1,2]]::sparsevec$$),
  ($$SELECT '{}'::real[]::sparsevec$$),
  ($$SELECT ARRAY[1,NULL]::sparsevec$$),
  ($$SELECT ARRAY[1,2]::sparsevec(3)$$),
  ($$SELECT ARRAY['NaN']::real[]::sparsevec$$),
  ($$SELECT ARRAY['-Infinity']::float8[]::sparsevec$$),
  ($$SELECT ARRAY[1e39]::float8[]::sparsevec$$),
  ($$SELECT ARRAY[1e39]::numeric[]::sparsevec$$),
  ($$SELECT array_fill(1, ARRAY[16001])::sparsevec$$),
  ($$SELECT array_to_sparsevec(ARRAY[1,2], 3, true)$$),
  ($$SELECT '{}/2'::text::sparsevec(3)$$),
  ($$SELECT '{'::text::sparsevec$$),
  ($$SELECT sparsevec('{}/5', 4, true)$$),
  ($$SELECT '{}/16001'::sparsevec::vector$$),
  ($$SELECT '{}/16001'::sparsevec::halfvec(3)$$),
  ($$SELECT '{}/3'::sparsevec::vector(4)$$),
  ($$SELECT '[1]'::vector::sparsevec(2)$$),
  ($$SELECT '[1]'::halfvec::sparsevec(2)$$),
  ($$SELECT '{1:65520}/2'::sparsevec::halfvec$$),
  ($$SELECT '{1:1}/2'::sparsevec::real[]$$)) t(statement);
SELECT castsource::regtype, casttarget::regtype, castcontext
  FROM pg_cast WHERE castsource = 'sparsevec'::regtype OR casttarget = 'sparsevec'::regtype ORDER BY 1, 2;

-- a generic plan converts its parameter once; another value is not mistaken
PREPARE parse(text) AS SELECT count(DISTINCT $1::sparsevec::text), min($1::sparsevec) FROM generate_series(1, 3);
SET plan_cache_mode = force_generic_plan;
EXECUTE parse('{1:1}/2');
EXECUTE parse('{2:1}/2');
RESET plan_cache_mode;
DEALLOCATE parse;
CREATE FUNCTION each_parsed(texts text[]) RETURNS SETOF sparsevec LANGUAGE plpgsql AS $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY texts LOOP
    RETURN NEXT t::sparsevec;
  END LOOP;
END $$;
SELECT each_parsed(ARRAY['{1:1}/2', '{1:1}/2', '{1:1}/3', '{}/3', '{1:1}/2']);

DROP FUNCTION each_parsed(text[]);
DROP FUNCTION copy_in(bytea);
DROP FUNCTION error_of(text);
