-- Operator classes of ivf's filter columns.  Strategies 1 to 5 are <, <=, =,
-- >=, >; 6, 7, 8 are &&, @>, <@.  Of what is stored as a hash or as a set of
-- bits, the row's own value is asked again.

CREATE OPERATOR CLASS ivf_bool_ops
  DEFAULT FOR TYPE bool USING ivf AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >;
COMMENT ON OPERATOR CLASS ivf_bool_ops USING ivf IS 'filter column of booleans';

CREATE OPERATOR FAMILY integer_ops USING ivf;
COMMENT ON OPERATOR FAMILY integer_ops USING ivf IS 'filter columns of integers of any width';

CREATE OPERATOR CLASS ivf_int2_ops
  DEFAULT FOR TYPE int2 USING ivf FAMILY integer_ops AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >;
COMMENT ON OPERATOR CLASS ivf_int2_ops USING ivf IS 'filter column of smallint';

CREATE OPERATOR CLASS ivf_int4_ops
  DEFAULT FOR TYPE int4 USING ivf FAMILY integer_ops AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >;
COMMENT ON OPERATOR CLASS ivf_int4_ops USING ivf IS 'filter column of integer';

CREATE OPERATOR CLASS ivf_int8_ops
  DEFAULT FOR TYPE int8 USING ivf FAMILY integer_ops AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >;
COMMENT ON OPERATOR CLASS ivf_int8_ops USING ivf IS 'filter column of bigint';

ALTER OPERATOR FAMILY integer_ops USING ivf ADD
  OPERATOR 1 < (int2, int4), OPERATOR 2 <= (int2, int4), OPERATOR 3 = (int2, int4),
  OPERATOR 4 >= (int2, int4), OPERATOR 5 > (int2, int4),
  OPERATOR 1 < (int2, int8), OPERATOR 2 <= (int2, int8), OPERATOR 3 = (int2, int8),
  OPERATOR 4 >= (int2, int8), OPERATOR 5 > (int2, int8),
  OPERATOR 1 < (int4, int2), OPERATOR 2 <= (int4, int2), OPERATOR 3 = (int4, int2),
  OPERATOR 4 >= (int4, int2), OPERATOR 5 > (int4, int2),
  OPERATOR 1 < (int4, int8), OPERATOR 2 <= (int4, int8), OPERATOR 3 = (int4, int8),
  OPERATOR 4 >= (int4, int8), OPERATOR 5 > (int4, int8),
  OPERATOR 1 < (int8, int2), OPERATOR 2 <= (int8, int2), OPERATOR 3 = (int8, int2),
  OPERATOR 4 >= (int8, int2), OPERATOR 5 > (int8, int2),
  OPERATOR 1 < (int8, int4), OPERATOR 2 <= (int8, int4), OPERATOR 3 = (int8, int4),
  OPERATOR 4 >= (int8, int4), OPERATOR 5 > (int8, int4);

CREATE OPERATOR FAMILY datetime_ops USING ivf;
COMMENT ON OPERATOR FAMILY datetime_ops USING ivf IS 'filter columns of dates and times; comparisons that depend on the time zone are left out';

CREATE OPERATOR CLASS ivf_date_ops
  DEFAULT FOR TYPE date USING ivf FAMILY datetime_ops AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >;
COMMENT ON OPERATOR CLASS ivf_date_ops USING ivf IS 'filter column of dates';

CREATE OPERATOR CLASS ivf_timestamp_ops
  DEFAULT FOR TYPE timestamp USING ivf FAMILY datetime_ops AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >;
COMMENT ON OPERATOR CLASS ivf_timestamp_ops USING ivf IS 'filter column of timestamps without time zone';

CREATE OPERATOR CLASS ivf_timestamptz_ops
  DEFAULT FOR TYPE timestamptz USING ivf FAMILY datetime_ops AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >;
COMMENT ON OPERATOR CLASS ivf_timestamptz_ops USING ivf IS 'filter column of timestamps with time zone';

ALTER OPERATOR FAMILY datetime_ops USING ivf ADD
  OPERATOR 1 < (date, timestamp), OPERATOR 2 <= (date, timestamp), OPERATOR 3 = (date, timestamp),
  OPERATOR 4 >= (date, timestamp), OPERATOR 5 > (date, timestamp),
  OPERATOR 1 < (timestamp, date), OPERATOR 2 <= (timestamp, date), OPERATOR 3 = (timestamp, date),
  OPERATOR 4 >= (timestamp, date), OPERATOR 5 > (timestamp, date);

CREATE OPERATOR CLASS ivf_uuid_ops
  DEFAULT FOR TYPE uuid USING ivf AS
  OPERATOR 3 =;
COMMENT ON OPERATOR CLASS ivf_uuid_ops USING ivf IS 'filter column of uuids, by hash';

CREATE OPERATOR FAMILY text_ops USING ivf;
COMMENT ON OPERATOR FAMILY text_ops USING ivf IS 'filter columns of strings, by hash';

CREATE OPERATOR CLASS ivf_text_ops
  DEFAULT FOR TYPE text USING ivf FAMILY text_ops AS
  OPERATOR 3 =;
COMMENT ON OPERATOR CLASS ivf_text_ops USING ivf IS 'filter column of text and varchar, by hash';

CREATE OPERATOR CLASS ivf_name_ops
  DEFAULT FOR TYPE name USING ivf FAMILY text_ops AS
  OPERATOR 3 =;
COMMENT ON OPERATOR CLASS ivf_name_ops USING ivf IS 'filter column of names, by hash';

ALTER OPERATOR FAMILY text_ops USING ivf ADD
  OPERATOR 3 = (name, text), OPERATOR 3 = (text, name);

CREATE OPERATOR CLASS ivf_bpchar_ops
  DEFAULT FOR TYPE bpchar USING ivf AS
  OPERATOR 3 =;
COMMENT ON OPERATOR CLASS ivf_bpchar_ops USING ivf IS 'filter column of char(n), by hash';

CREATE OPERATOR CLASS ivf_enum_ops
  DEFAULT FOR TYPE anyenum USING ivf AS
  OPERATOR 3 =;
COMMENT ON OPERATOR CLASS ivf_enum_ops USING ivf IS 'filter column of an enum';

CREATE OPERATOR CLASS ivf_int2_array_ops
  DEFAULT FOR TYPE int2[] USING ivf AS
  OPERATOR 3 = (anyarray, anyarray), OPERATOR 6 && (anyarray, anyarray),
  OPERATOR 7 @> (anyarray, anyarray), OPERATOR 8 <@ (anyarray, anyarray);
COMMENT ON OPERATOR CLASS ivf_int2_array_ops USING ivf IS 'filter column of arrays of smallint, as sets of bits';

CREATE OPERATOR CLASS ivf_int4_array_ops
  DEFAULT FOR TYPE int4[] USING ivf AS
  OPERATOR 3 = (anyarray, anyarray), OPERATOR 6 && (anyarray, anyarray),
  OPERATOR 7 @> (anyarray, anyarray), OPERATOR 8 <@ (anyarray, anyarray);
COMMENT ON OPERATOR CLASS ivf_int4_array_ops USING ivf IS 'filter column of arrays of integer, as sets of bits';

CREATE OPERATOR CLASS ivf_int8_array_ops
  DEFAULT FOR TYPE int8[] USING ivf AS
  OPERATOR 3 = (anyarray, anyarray), OPERATOR 6 && (anyarray, anyarray),
  OPERATOR 7 @> (anyarray, anyarray), OPERATOR 8 <@ (anyarray, anyarray);
COMMENT ON OPERATOR CLASS ivf_int8_array_ops USING ivf IS 'filter column of arrays of bigint, as sets of bits';

CREATE OPERATOR CLASS ivf_text_array_ops
  DEFAULT FOR TYPE text[] USING ivf AS
  OPERATOR 3 = (anyarray, anyarray), OPERATOR 6 && (anyarray, anyarray),
  OPERATOR 7 @> (anyarray, anyarray), OPERATOR 8 <@ (anyarray, anyarray);
COMMENT ON OPERATOR CLASS ivf_text_array_ops USING ivf IS 'filter column of arrays of text, as sets of bits';
