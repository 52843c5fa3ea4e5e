-- Comparison and hashing: element by element, then by dimensions

CREATE FUNCTION vector_lt(vector, vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_vector_lt'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_lt(vector, vector) IS 'less than';

CREATE FUNCTION halfvec_lt(halfvec, halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_halfvec_lt'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_lt(halfvec, halfvec) IS 'less than';

CREATE FUNCTION vector_le(vector, vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_vector_le'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_le(vector, vector) IS 'less than or equal';

CREATE FUNCTION halfvec_le(halfvec, halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_halfvec_le'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_le(halfvec, halfvec) IS 'less than or equal';

CREATE FUNCTION vector_eq(vector, vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_vector_eq'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_eq(vector, vector) IS 'equal';

CREATE FUNCTION halfvec_eq(halfvec, halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_halfvec_eq'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_eq(halfvec, halfvec) IS 'equal';

CREATE FUNCTION vector_ne(vector, vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_vector_ne'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_ne(vector, vector) IS 'not equal';

CREATE FUNCTION halfvec_ne(halfvec, halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_halfvec_ne'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_ne(halfvec, halfvec) IS 'not equal';

CREATE FUNCTION vector_ge(vector, vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_vector_ge'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_ge(vector, vector) IS 'greater than or equal';

CREATE FUNCTION halfvec_ge(halfvec, halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_halfvec_ge'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_ge(halfvec, halfvec) IS 'greater than or equal';

CREATE FUNCTION vector_gt(vector, vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_vector_gt'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_gt(vector, vector) IS 'greater than';

CREATE FUNCTION halfvec_gt(halfvec, halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_halfvec_gt'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_gt(halfvec, halfvec) IS 'greater than';

CREATE FUNCTION vector_cmp(vector, vector) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_vector_cmp'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_cmp(vector, vector) IS '-1, 0 or 1: element by element, then by dimensions';

CREATE FUNCTION halfvec_cmp(halfvec, halfvec) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_halfvec_cmp'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_cmp(halfvec, halfvec) IS '-1, 0 or 1: element by element, then by dimensions';

CREATE FUNCTION vector_hash(vector) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_vector_hash'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_hash(vector) IS 'hash of the elements';

CREATE FUNCTION halfvec_hash(halfvec) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_halfvec_hash'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_hash(halfvec) IS 'hash of the elements';

CREATE FUNCTION vector_hash_extended(vector, bigint) RETURNS bigint
  AS 'MODULE_PATHNAME', 'trl_vector_hash_extended'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_hash_extended(vector, bigint) IS '64-bit hash of the elements';

CREATE FUNCTION halfvec_hash_extended(halfvec, bigint) RETURNS bigint
  AS 'MODULE_PATHNAME', 'trl_halfvec_hash_extended'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_hash_extended(halfvec, bigint) IS '64-bit hash of the elements';

CREATE OPERATOR < (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_lt,
  COMMUTATOR = >, NEGATOR = >=,
  RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (vector, vector) IS 'less than';

CREATE OPERATOR < (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_lt,
  COMMUTATOR = >, NEGATOR = >=,
  RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (halfvec, halfvec) IS 'less than';

CREATE OPERATOR <= (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_le,
  COMMUTATOR = >=, NEGATOR = >,
  RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (vector, vector) IS 'less than or equal';

CREATE OPERATOR <= (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_le,
  COMMUTATOR = >=, NEGATOR = >,
  RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (halfvec, halfvec) IS 'less than or equal';

CREATE OPERATOR = (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_eq,
  COMMUTATOR = =, NEGATOR = <>,
  RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (vector, vector) IS 'equal';

CREATE OPERATOR = (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_eq,
  COMMUTATOR = =, NEGATOR = <>,
  RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (halfvec, halfvec) IS 'equal';

CREATE OPERATOR <> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_ne,
  COMMUTATOR = <>, NEGATOR = =,
  RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (vector, vector) IS 'not equal';

CREATE OPERATOR <> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_ne,
  COMMUTATOR = <>, NEGATOR = =,
  RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (halfvec, halfvec) IS 'not equal';

CREATE OPERATOR >= (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_ge,
  COMMUTATOR = <=, NEGATOR = <,
  RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (vector, vector) IS 'greater than or equal';

CREATE OPERATOR >= (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_ge,
  COMMUTATOR = <=, NEGATOR = <,
  RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (halfvec, halfvec) IS 'greater than or equal';

CREATE OPERATOR > (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_gt,
  COMMUTATOR = <, NEGATOR = <=,
  RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (vector, vector) IS 'greater than';

CREATE OPERATOR > (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_gt,
  COMMUTATOR = <, NEGATOR = <=,
  RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (halfvec, halfvec) IS 'greater than';

-- sparsevec

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
