-- Types: input and output

CREATE FUNCTION vector_typanalyze(internal) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_vector_typanalyze'
  LANGUAGE C STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_typanalyze(internal) IS 'statistics of vector columns: NULLs, width, distinct values; no histogram';

CREATE TYPE vector;

CREATE FUNCTION vector_in(cstring, oid, integer) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_in'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_in(cstring, oid, integer) IS 'text input of vector';

CREATE FUNCTION vector_out(vector) RETURNS cstring
  AS 'MODULE_PATHNAME', 'trl_vector_out'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_out(vector) IS 'text output of vector';

CREATE FUNCTION vector_typmod_in(cstring[]) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_vector_typmod_in'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_typmod_in(cstring[]) IS 'reads the number of dimensions in vector(n)';

CREATE FUNCTION vector_recv(internal, oid, integer) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_recv'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_recv(internal, oid, integer) IS 'binary input of vector';

CREATE FUNCTION vector_send(vector) RETURNS bytea
  AS 'MODULE_PATHNAME', 'trl_vector_send'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_send(vector) IS 'binary output of vector';

CREATE TYPE vector (
  INPUT = vector_in,
  OUTPUT = vector_out,
  TYPMOD_IN = vector_typmod_in,
  RECEIVE = vector_recv,
  SEND = vector_send,
  ANALYZE = vector_typanalyze,
  STORAGE = external
);
COMMENT ON TYPE vector IS 'up to 16,000 float4 elements; vector(n) holds exactly n';

CREATE TYPE halfvec;

CREATE FUNCTION halfvec_in(cstring, oid, integer) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_in'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_in(cstring, oid, integer) IS 'text input of halfvec';

CREATE FUNCTION halfvec_out(halfvec) RETURNS cstring
  AS 'MODULE_PATHNAME', 'trl_halfvec_out'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_out(halfvec) IS 'text output of halfvec';

CREATE FUNCTION halfvec_typmod_in(cstring[]) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_halfvec_typmod_in'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_typmod_in(cstring[]) IS 'reads the number of dimensions in halfvec(n)';

CREATE FUNCTION halfvec_recv(internal, oid, integer) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_recv'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_recv(internal, oid, integer) IS 'binary input of halfvec';

CREATE FUNCTION halfvec_send(halfvec) RETURNS bytea
  AS 'MODULE_PATHNAME', 'trl_halfvec_send'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_send(halfvec) IS 'binary output of halfvec';

CREATE TYPE halfvec (
  INPUT = halfvec_in,
  OUTPUT = halfvec_out,
  TYPMOD_IN = halfvec_typmod_in,
  RECEIVE = halfvec_recv,
  SEND = halfvec_send,
  ANALYZE = vector_typanalyze,
  STORAGE = external
);
COMMENT ON TYPE halfvec IS 'up to 16,000 half-precision elements; halfvec(n) holds exactly n';

-- sparsevec

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
