-- Type sparsevec: input and output, casts, functions, comparison, aggregates

CREATE TYPE sparsevec;

CREATE FUNCTION sparsevec_in(cstring, oid, integer) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_sparsevec_in'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_in(cstring, oid, integer) IS 'text input of sparsevec';

CREATE FUNCTION sparsevec_out(sparsevec) RETURNS cstring
  AS 'MODULE_PATHNAME', 'trl_sparsevec_out'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_out(sparsevec) IS 'text output of sparsevec';

CREATE FUNCTION sparsevec_typmod_in(cstring[]) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_sparsevec_typmod_in'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_typmod_in(cstring[]) IS 'reads the number of dimensions in sparsevec(n)';

CREATE FUNCTION sparsevec_recv(internal, oid, integer) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_sparsevec_recv'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_recv(internal, oid, integer) IS 'binary input of sparsevec';

CREATE FUNCTION sparsevec_send(sparsevec) RETURNS bytea
  AS 'MODULE_PATHNAME', 'trl_sparsevec_send'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_send(sparsevec) IS 'binary output of sparsevec';

CREATE TYPE sparsevec (
  INPUT = sparsevec_in,
  OUTPUT = sparsevec_out,
  TYPMOD_IN = sparsevec_typmod_in,
  RECEIVE = sparsevec_recv,
  SEND = sparsevec_send,
  ANALYZE = vector_typanalyze,
  STORAGE = external
);
COMMENT ON TYPE sparsevec IS 'up to 1,000,000,000 float4 elements, of which up to 16,000 are not zero; sparsevec(n) has exactly n dimensions';

-- Casts

CREATE FUNCTION sparsevec(sparsevec, integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_sparsevec_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT vector_typmod_support;
COMMENT ON FUNCTION sparsevec(sparsevec, integer, boolean) IS 'checks the number of dimensions';

CREATE FUNCTION array_to_sparsevec(smallint[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_array_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(smallint[], integer, boolean) IS 'converts smallint[] to sparsevec';

CREATE FUNCTION array_to_sparsevec(integer[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_array_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(integer[], integer, boolean) IS 'converts integer[] to sparsevec';

CREATE FUNCTION array_to_sparsevec(bigint[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_array_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(bigint[], integer, boolean) IS 'converts bigint[] to sparsevec';

CREATE FUNCTION array_to_sparsevec(real[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_array_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(real[], integer, boolean) IS 'converts real[] to sparsevec';

CREATE FUNCTION array_to_sparsevec(double precision[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_array_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(double precision[], integer, boolean) IS 'converts double precision[] to sparsevec';

CREATE FUNCTION array_to_sparsevec(numeric[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_array_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(numeric[], integer, boolean) IS 'converts numeric[] to sparsevec';

CREATE FUNCTION text_to_sparsevec(text, integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_text_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION text_to_sparsevec(text, integer, boolean) IS 'reads the text format of sparsevec';

CREATE CAST (sparsevec AS sparsevec)
  WITH FUNCTION sparsevec(sparsevec, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (sparsevec AS sparsevec) IS 'checks the number of dimensions';

CREATE CAST (smallint[] AS sparsevec)
  WITH FUNCTION array_to_sparsevec(smallint[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (smallint[] AS sparsevec) IS 'array elements that are not zero';

CREATE CAST (integer[] AS sparsevec)
  WITH FUNCTION array_to_sparsevec(integer[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (integer[] AS sparsevec) IS 'array elements that are not zero';

CREATE CAST (bigint[] AS sparsevec)
  WITH FUNCTION array_to_sparsevec(bigint[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (bigint[] AS sparsevec) IS 'array elements that are not zero';

CREATE CAST (real[] AS sparsevec)
  WITH FUNCTION array_to_sparsevec(real[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (real[] AS sparsevec) IS 'array elements that are not zero';

CREATE CAST (double precision[] AS sparsevec)
  WITH FUNCTION array_to_sparsevec(double precision[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (double precision[] AS sparsevec) IS 'array elements that are not zero';

CREATE CAST (numeric[] AS sparsevec)
  WITH FUNCTION array_to_sparsevec(numeric[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (numeric[] AS sparsevec) IS 'array elements that are not zero';

CREATE CAST (text AS sparsevec)
  WITH FUNCTION text_to_sparsevec(text, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (text AS sparsevec) IS 'reads the text format';

CREATE CAST (varchar AS sparsevec)
  WITH FUNCTION text_to_sparsevec(text, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS sparsevec) IS 'reads the text format';

-- Functions

CREATE FUNCTION l2_norm(sparsevec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l2_norm_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_norm(sparsevec) IS 'Euclidean norm';

CREATE FUNCTION l2_normalize(sparsevec) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_l2_normalize_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_normalize(sparsevec) IS 'the vector scaled to norm 1; a zero vector stays as it is';

CREATE FUNCTION vector_get(sparsevec, integer) RETURNS real
  AS 'MODULE_PATHNAME', 'trl_vector_get_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_get(sparsevec, integer) IS 'the element at a position, the first is 1; NULL outside';

-- Comparison

CREATE FUNCTION sparsevec_lt(sparsevec, sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_sparsevec_lt'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_lt(sparsevec, sparsevec) IS 'less than';

CREATE FUNCTION sparsevec_le(sparsevec, sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_sparsevec_le'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_le(sparsevec, sparsevec) IS 'less than or equal';

CREATE FUNCTION sparsevec_eq(sparsevec, sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_sparsevec_eq'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_eq(sparsevec, sparsevec) IS 'equal';

CREATE FUNCTION sparsevec_ne(sparsevec, sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_sparsevec_ne'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_ne(sparsevec, sparsevec) IS 'not equal';

CREATE FUNCTION sparsevec_ge(sparsevec, sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_sparsevec_ge'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_ge(sparsevec, sparsevec) IS 'greater than or equal';

CREATE FUNCTION sparsevec_gt(sparsevec, sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_sparsevec_gt'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_gt(sparsevec, sparsevec) IS 'greater than';

CREATE FUNCTION sparsevec_cmp(sparsevec, sparsevec) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_sparsevec_cmp'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_cmp(sparsevec, sparsevec) IS '-1, 0 or 1: element by element, then by dimensions';

CREATE FUNCTION sparsevec_hash(sparsevec) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_sparsevec_hash'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_hash(sparsevec) IS 'hash of the elements';

CREATE FUNCTION sparsevec_hash_extended(sparsevec, bigint) RETURNS bigint
  AS 'MODULE_PATHNAME', 'trl_sparsevec_hash_extended'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_hash_extended(sparsevec, bigint) IS '64-bit hash of the elements';

CREATE OPERATOR < (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_lt,
  COMMUTATOR = >, NEGATOR = >=,
  RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (sparsevec, sparsevec) IS 'less than';

CREATE OPERATOR <= (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_le,
  COMMUTATOR = >=, NEGATOR = >,
  RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (sparsevec, sparsevec) IS 'less than or equal';

CREATE OPERATOR = (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_eq,
  COMMUTATOR = =, NEGATOR = <>,
  RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (sparsevec, sparsevec) IS 'equal';

CREATE OPERATOR <> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_ne,
  COMMUTATOR = <>, NEGATOR = =,
  RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (sparsevec, sparsevec) IS 'not equal';

CREATE OPERATOR >= (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_ge,
  COMMUTATOR = <=, NEGATOR = <,
  RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (sparsevec, sparsevec) IS 'greater than or equal';

CREATE OPERATOR > (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_gt,
  COMMUTATOR = <, NEGATOR = <=,
  RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (sparsevec, sparsevec) IS 'greater than';

-- Aggregates

CREATE FUNCTION sparsevec_smaller(sparsevec, sparsevec) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_sparsevec_smaller'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_smaller(sparsevec, sparsevec) IS 'the smaller of two values';

CREATE FUNCTION sparsevec_larger(sparsevec, sparsevec) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_sparsevec_larger'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_larger(sparsevec, sparsevec) IS 'the larger of two values';

CREATE AGGREGATE min(sparsevec) (
  SFUNC = sparsevec_smaller,
  STYPE = sparsevec,
  COMBINEFUNC = sparsevec_smaller,
  SORTOP = <,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(sparsevec) IS 'least value, element by element';

CREATE AGGREGATE max(sparsevec) (
  SFUNC = sparsevec_larger,
  STYPE = sparsevec,
  COMBINEFUNC = sparsevec_larger,
  SORTOP = >,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE max(sparsevec) IS 'greatest value, element by element';
