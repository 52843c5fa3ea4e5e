-- Functions and arithmetic

CREATE FUNCTION vector_dims(vector) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_vector_dims_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_dims(vector) IS 'number of dimensions';

CREATE FUNCTION vector_dims(halfvec) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_vector_dims_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_dims(halfvec) IS 'number of dimensions';

CREATE FUNCTION vector_norm(vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_vector_norm'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_norm(vector) IS 'Euclidean norm';

CREATE FUNCTION l2_norm(vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l2_norm_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_norm(vector) IS 'Euclidean norm';

CREATE FUNCTION l2_norm(halfvec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l2_norm_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_norm(halfvec) IS 'Euclidean norm';

CREATE FUNCTION l2_normalize(vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_l2_normalize_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_normalize(vector) IS 'the vector scaled to norm 1; a zero vector stays as it is';

CREATE FUNCTION l2_normalize(halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_l2_normalize_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_normalize(halfvec) IS 'the vector scaled to norm 1; a zero vector stays as it is';

CREATE FUNCTION subvector(vector, integer, integer) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_subvector_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION subvector(vector, integer, integer) IS 'count elements from start, the first element is 1';

CREATE FUNCTION subvector(halfvec, integer, integer) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_subvector_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION subvector(halfvec, integer, integer) IS 'count elements from start, the first element is 1';

CREATE FUNCTION vector_get(vector, integer) RETURNS real
  AS 'MODULE_PATHNAME', 'trl_vector_get_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_get(vector, integer) IS 'one element, the first is 1; NULL where there is none';

CREATE FUNCTION vector_get(halfvec, integer) RETURNS real
  AS 'MODULE_PATHNAME', 'trl_vector_get_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_get(halfvec, integer) IS 'one element, the first is 1; NULL where there is none';

CREATE FUNCTION binary_quantize(vector) RETURNS bit
  AS 'MODULE_PATHNAME', 'trl_binary_quantize_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION binary_quantize(vector) IS 'one bit per element, set where it is positive';

CREATE FUNCTION binary_quantize(halfvec) RETURNS bit
  AS 'MODULE_PATHNAME', 'trl_binary_quantize_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION binary_quantize(halfvec) IS 'one bit per element, set where it is positive';

-- Raw bytes of other programs' arrays

CREATE FUNCTION vector_from_float32(bytea) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_from_float32'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_from_float32(bytea) IS 'reads little-endian float32, as numpy writes it';

CREATE FUNCTION vector_to_float32(vector) RETURNS bytea
  AS 'MODULE_PATHNAME', 'trl_vector_to_float32'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_float32(vector) IS 'the elements as little-endian float32';

CREATE FUNCTION halfvec_from_float16(bytea) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_from_float16'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_from_float16(bytea) IS 'reads little-endian float16, as numpy writes it';

CREATE FUNCTION halfvec_to_float16(halfvec) RETURNS bytea
  AS 'MODULE_PATHNAME', 'trl_halfvec_to_float16'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_float16(halfvec) IS 'the elements as little-endian float16';

CREATE FUNCTION vector_from_int8(bytea, scale real DEFAULT 1) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_from_int8'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_from_int8(bytea, real) IS 'signed bytes times the scale';

CREATE FUNCTION vector_to_int8(vector, scale real DEFAULT 1) RETURNS bytea
  AS 'MODULE_PATHNAME', 'trl_vector_to_int8'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_int8(vector, real) IS 'the elements divided by the scale, as signed bytes';

-- Arithmetic

CREATE FUNCTION vector_add(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_add'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_add(vector, vector) IS 'element-wise sum';

CREATE OPERATOR + (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_add,
  COMMUTATOR = +
);
COMMENT ON OPERATOR + (vector, vector) IS 'element-wise sum';

CREATE FUNCTION halfvec_add(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_add'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_add(halfvec, halfvec) IS 'element-wise sum';

CREATE OPERATOR + (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_add,
  COMMUTATOR = +
);
COMMENT ON OPERATOR + (halfvec, halfvec) IS 'element-wise sum';

CREATE FUNCTION vector_sub(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_sub'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_sub(vector, vector) IS 'element-wise difference';

CREATE OPERATOR - (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_sub
);
COMMENT ON OPERATOR - (vector, vector) IS 'element-wise difference';

CREATE FUNCTION halfvec_sub(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_sub'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_sub(halfvec, halfvec) IS 'element-wise difference';

CREATE OPERATOR - (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_sub
);
COMMENT ON OPERATOR - (halfvec, halfvec) IS 'element-wise difference';

CREATE FUNCTION vector_mul(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_mul'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_mul(vector, vector) IS 'element-wise product';

CREATE OPERATOR * (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_mul,
  COMMUTATOR = *
);
COMMENT ON OPERATOR * (vector, vector) IS 'element-wise product';

CREATE FUNCTION halfvec_mul(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_mul'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_mul(halfvec, halfvec) IS 'element-wise product';

CREATE OPERATOR * (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_mul,
  COMMUTATOR = *
);
COMMENT ON OPERATOR * (halfvec, halfvec) IS 'element-wise product';

CREATE FUNCTION vector_concat(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_concat'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_concat(vector, vector) IS 'concatenation';

CREATE OPERATOR || (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_concat
);
COMMENT ON OPERATOR || (vector, vector) IS 'concatenation';

CREATE FUNCTION halfvec_concat(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_concat'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_concat(halfvec, halfvec) IS 'concatenation';

CREATE OPERATOR || (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_concat
);
COMMENT ON OPERATOR || (halfvec, halfvec) IS 'concatenation';

CREATE FUNCTION vector_scale(vector, double precision) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_scale'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_scale(vector, double precision) IS 'every element times a number';

CREATE FUNCTION vector_scale(double precision, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_scale_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_scale(double precision, vector) IS 'every element times a number';

CREATE OPERATOR * (
  LEFTARG = vector, RIGHTARG = double precision, FUNCTION = vector_scale,
  COMMUTATOR = *
);
COMMENT ON OPERATOR * (vector, double precision) IS 'every element times a number';

CREATE OPERATOR * (
  LEFTARG = double precision, RIGHTARG = vector, FUNCTION = vector_scale,
  COMMUTATOR = *
);
COMMENT ON OPERATOR * (double precision, vector) IS 'every element times a number';

CREATE FUNCTION halfvec_scale(halfvec, double precision) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_scale'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_scale(halfvec, double precision) IS 'every element times a number';

CREATE FUNCTION halfvec_scale(double precision, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_scale_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_scale(double precision, halfvec) IS 'every element times a number';

CREATE OPERATOR * (
  LEFTARG = halfvec, RIGHTARG = double precision, FUNCTION = halfvec_scale,
  COMMUTATOR = *
);
COMMENT ON OPERATOR * (halfvec, double precision) IS 'every element times a number';

CREATE OPERATOR * (
  LEFTARG = double precision, RIGHTARG = halfvec, FUNCTION = halfvec_scale,
  COMMUTATOR = *
);
COMMENT ON OPERATOR * (double precision, halfvec) IS 'every element times a number';

-- sparsevec

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
