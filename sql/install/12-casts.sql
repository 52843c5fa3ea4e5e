-- Casts

CREATE FUNCTION vector_typmod_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_vector_typmod_support'
  LANGUAGE C STRICT;
COMMENT ON FUNCTION vector_typmod_support(internal) IS 'planner support: drops a check of dimensions that cannot fail';

CREATE FUNCTION vector(vector, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT vector_typmod_support;
COMMENT ON FUNCTION vector(vector, integer, boolean) IS 'checks the number of dimensions';

CREATE CAST (vector AS vector)
  WITH FUNCTION vector(vector, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (vector AS vector) IS 'checks the number of dimensions';

CREATE FUNCTION halfvec(halfvec, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT vector_typmod_support;
COMMENT ON FUNCTION halfvec(halfvec, integer, boolean) IS 'checks the number of dimensions';

CREATE CAST (halfvec AS halfvec)
  WITH FUNCTION halfvec(halfvec, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (halfvec AS halfvec) IS 'checks the number of dimensions';

CREATE FUNCTION vector_to_halfvec(vector, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_vector_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_halfvec(vector, integer, boolean) IS 'rounds every element to half precision';

CREATE CAST (vector AS halfvec)
  WITH FUNCTION vector_to_halfvec(vector, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (vector AS halfvec) IS 'rounds every element to half precision';

CREATE FUNCTION halfvec_to_vector(halfvec, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_halfvec_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_vector(halfvec, integer, boolean) IS 'the same elements in single precision';

CREATE CAST (halfvec AS vector)
  WITH FUNCTION halfvec_to_vector(halfvec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (halfvec AS vector) IS 'the same elements in single precision';

-- vector and arrays

CREATE FUNCTION array_to_vector(smallint[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_array_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(smallint[], integer, boolean) IS 'converts smallint[] to vector';

CREATE CAST (smallint[] AS vector)
  WITH FUNCTION array_to_vector(smallint[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (smallint[] AS vector) IS 'array elements as a vector';

CREATE FUNCTION array_to_vector(integer[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_array_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(integer[], integer, boolean) IS 'converts integer[] to vector';

CREATE CAST (integer[] AS vector)
  WITH FUNCTION array_to_vector(integer[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (integer[] AS vector) IS 'array elements as a vector';

CREATE FUNCTION array_to_vector(bigint[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_array_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(bigint[], integer, boolean) IS 'converts bigint[] to vector';

CREATE CAST (bigint[] AS vector)
  WITH FUNCTION array_to_vector(bigint[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (bigint[] AS vector) IS 'array elements as a vector';

CREATE FUNCTION array_to_vector(real[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_array_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(real[], integer, boolean) IS 'converts real[] to vector';

CREATE CAST (real[] AS vector)
  WITH FUNCTION array_to_vector(real[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (real[] AS vector) IS 'array elements as a vector';

CREATE FUNCTION array_to_vector(double precision[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_array_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(double precision[], integer, boolean) IS 'converts double precision[] to vector';

CREATE CAST (double precision[] AS vector)
  WITH FUNCTION array_to_vector(double precision[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (double precision[] AS vector) IS 'array elements as a vector';

CREATE FUNCTION array_to_vector(numeric[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_array_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(numeric[], integer, boolean) IS 'converts numeric[] to vector';

CREATE CAST (numeric[] AS vector)
  WITH FUNCTION array_to_vector(numeric[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (numeric[] AS vector) IS 'array elements as a vector';

CREATE FUNCTION vector_to_float4(vector, integer, boolean) RETURNS real[]
  AS 'MODULE_PATHNAME', 'trl_vector_to_float4'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_float4(vector, integer, boolean) IS 'converts vector to real[]';

CREATE CAST (vector AS real[])
  WITH FUNCTION vector_to_float4(vector, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (vector AS real[]) IS 'elements as an array';

CREATE FUNCTION vector_to_float8(vector, integer, boolean) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'trl_vector_to_float8'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_float8(vector, integer, boolean) IS 'converts vector to double precision[]';

CREATE CAST (vector AS double precision[])
  WITH FUNCTION vector_to_float8(vector, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (vector AS double precision[]) IS 'elements as an array';

-- halfvec and arrays

CREATE FUNCTION array_to_halfvec(smallint[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_array_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(smallint[], integer, boolean) IS 'converts smallint[] to halfvec';

CREATE CAST (smallint[] AS halfvec)
  WITH FUNCTION array_to_halfvec(smallint[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (smallint[] AS halfvec) IS 'array elements as a halfvec';

CREATE FUNCTION array_to_halfvec(integer[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_array_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(integer[], integer, boolean) IS 'converts integer[] to halfvec';

CREATE CAST (integer[] AS halfvec)
  WITH FUNCTION array_to_halfvec(integer[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (integer[] AS halfvec) IS 'array elements as a halfvec';

CREATE FUNCTION array_to_halfvec(bigint[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_array_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(bigint[], integer, boolean) IS 'converts bigint[] to halfvec';

CREATE CAST (bigint[] AS halfvec)
  WITH FUNCTION array_to_halfvec(bigint[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (bigint[] AS halfvec) IS 'array elements as a halfvec';

CREATE FUNCTION array_to_halfvec(real[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_array_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(real[], integer, boolean) IS 'converts real[] to halfvec';

CREATE CAST (real[] AS halfvec)
  WITH FUNCTION array_to_halfvec(real[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (real[] AS halfvec) IS 'array elements as a halfvec';

CREATE FUNCTION array_to_halfvec(double precision[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_array_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(double precision[], integer, boolean) IS 'converts double precision[] to halfvec';

CREATE CAST (double precision[] AS halfvec)
  WITH FUNCTION array_to_halfvec(double precision[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (double precision[] AS halfvec) IS 'array elements as a halfvec';

CREATE FUNCTION array_to_halfvec(numeric[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_array_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(numeric[], integer, boolean) IS 'converts numeric[] to halfvec';

CREATE CAST (numeric[] AS halfvec)
  WITH FUNCTION array_to_halfvec(numeric[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (numeric[] AS halfvec) IS 'array elements as a halfvec';

CREATE FUNCTION halfvec_to_float4(halfvec, integer, boolean) RETURNS real[]
  AS 'MODULE_PATHNAME', 'trl_halfvec_to_float4'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_float4(halfvec, integer, boolean) IS 'converts halfvec to real[]';

CREATE CAST (halfvec AS real[])
  WITH FUNCTION halfvec_to_float4(halfvec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (halfvec AS real[]) IS 'elements as an array';

CREATE FUNCTION halfvec_to_float8(halfvec, integer, boolean) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'trl_halfvec_to_float8'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_float8(halfvec, integer, boolean) IS 'converts halfvec to double precision[]';

CREATE CAST (halfvec AS double precision[])
  WITH FUNCTION halfvec_to_float8(halfvec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (halfvec AS double precision[]) IS 'elements as an array';

-- vector, text and JSON

CREATE FUNCTION text_to_vector(text, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_text_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION text_to_vector(text, integer, boolean) IS 'reads the text format of vector';

CREATE CAST (text AS vector)
  WITH FUNCTION text_to_vector(text, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (text AS vector) IS 'reads the text format';

CREATE CAST (varchar AS vector)
  WITH FUNCTION text_to_vector(text, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS vector) IS 'reads the text format';

CREATE FUNCTION jsonb_to_vector(jsonb, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_jsonb_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jsonb_to_vector(jsonb, integer, boolean) IS 'converts a JSON array of numbers';

CREATE CAST (jsonb AS vector)
  WITH FUNCTION jsonb_to_vector(jsonb, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (jsonb AS vector) IS 'a JSON array of numbers';

CREATE CAST (vector AS jsonb)
  WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (vector AS jsonb) IS 'elements as a JSON array';

-- halfvec, text and JSON

CREATE FUNCTION text_to_halfvec(text, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_text_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION text_to_halfvec(text, integer, boolean) IS 'reads the text format of halfvec';

CREATE CAST (text AS halfvec)
  WITH FUNCTION text_to_halfvec(text, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (text AS halfvec) IS 'reads the text format';

CREATE CAST (varchar AS halfvec)
  WITH FUNCTION text_to_halfvec(text, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS halfvec) IS 'reads the text format';

CREATE FUNCTION jsonb_to_halfvec(jsonb, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_jsonb_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jsonb_to_halfvec(jsonb, integer, boolean) IS 'converts a JSON array of numbers';

CREATE CAST (jsonb AS halfvec)
  WITH FUNCTION jsonb_to_halfvec(jsonb, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (jsonb AS halfvec) IS 'a JSON array of numbers';

CREATE CAST (halfvec AS jsonb)
  WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (halfvec AS jsonb) IS 'elements as a JSON array';

-- sparsevec, arrays and text

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

-- sparsevec and the dense types

CREATE FUNCTION vector_to_sparsevec(vector, integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_vector_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_sparsevec(vector, integer, boolean) IS 'converts vector to sparsevec';

CREATE FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'trl_halfvec_to_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) IS 'converts halfvec to sparsevec';

CREATE FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_sparsevec_to_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) IS 'converts sparsevec to vector';

CREATE FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_sparsevec_to_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) IS 'converts sparsevec to halfvec';

CREATE CAST (vector AS sparsevec)
  WITH FUNCTION vector_to_sparsevec(vector, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (vector AS sparsevec) IS 'elements that are not zero';

CREATE CAST (halfvec AS sparsevec)
  WITH FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (halfvec AS sparsevec) IS 'elements that are not zero';

CREATE CAST (sparsevec AS vector)
  WITH FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (sparsevec AS vector) IS 'all elements, with the zeros';

CREATE CAST (sparsevec AS halfvec)
  WITH FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (sparsevec AS halfvec) IS 'all elements, with the zeros';
