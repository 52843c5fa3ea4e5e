-- Aggregates

CREATE FUNCTION vector_accum(double precision[], vector) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'trl_vector_accum'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_accum(double precision[], vector) IS 'transition function of avg(vector)';

CREATE FUNCTION vector_combine(double precision[], double precision[]) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'trl_vector_combine'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_combine(double precision[], double precision[]) IS 'combine function of avg(vector)';

CREATE FUNCTION vector_avg(double precision[]) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_avg'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_avg(double precision[]) IS 'final function of avg(vector)';

CREATE AGGREGATE avg(vector) (
  SFUNC = vector_accum,
  STYPE = double precision[],
  FINALFUNC = vector_avg,
  COMBINEFUNC = vector_combine,
  INITCOND = '{0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE avg(vector) IS 'element-wise mean';

CREATE AGGREGATE sum(vector) (
  SFUNC = vector_add,
  STYPE = vector,
  COMBINEFUNC = vector_add,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(vector) IS 'element-wise sum';

CREATE FUNCTION halfvec_accum(double precision[], halfvec) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'trl_halfvec_accum'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_accum(double precision[], halfvec) IS 'transition function of avg(halfvec)';

CREATE FUNCTION halfvec_combine(double precision[], double precision[]) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'trl_halfvec_combine'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_combine(double precision[], double precision[]) IS 'combine function of avg(halfvec)';

CREATE FUNCTION halfvec_avg(double precision[]) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_avg'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_avg(double precision[]) IS 'final function of avg(halfvec)';

CREATE AGGREGATE avg(halfvec) (
  SFUNC = halfvec_accum,
  STYPE = double precision[],
  FINALFUNC = halfvec_avg,
  COMBINEFUNC = halfvec_combine,
  INITCOND = '{0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE avg(halfvec) IS 'element-wise mean';

CREATE AGGREGATE sum(halfvec) (
  SFUNC = halfvec_add,
  STYPE = halfvec,
  COMBINEFUNC = halfvec_add,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(halfvec) IS 'element-wise sum, in half precision';

CREATE FUNCTION vector_smaller(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_smaller'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_smaller(vector, vector) IS 'the smaller of two values';

CREATE FUNCTION vector_larger(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'trl_vector_larger'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_larger(vector, vector) IS 'the larger of two values';

CREATE AGGREGATE min(vector) (
  SFUNC = vector_smaller,
  STYPE = vector,
  COMBINEFUNC = vector_smaller,
  SORTOP = <,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(vector) IS 'least value, element by element';

CREATE AGGREGATE max(vector) (
  SFUNC = vector_larger,
  STYPE = vector,
  COMBINEFUNC = vector_larger,
  SORTOP = >,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE max(vector) IS 'greatest value, element by element';

CREATE FUNCTION halfvec_smaller(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_smaller'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_smaller(halfvec, halfvec) IS 'the smaller of two values';

CREATE FUNCTION halfvec_larger(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'trl_halfvec_larger'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_larger(halfvec, halfvec) IS 'the larger of two values';

CREATE AGGREGATE min(halfvec) (
  SFUNC = halfvec_smaller,
  STYPE = halfvec,
  COMBINEFUNC = halfvec_smaller,
  SORTOP = <,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(halfvec) IS 'least value, element by element';

CREATE AGGREGATE max(halfvec) (
  SFUNC = halfvec_larger,
  STYPE = halfvec,
  COMBINEFUNC = halfvec_larger,
  SORTOP = >,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE max(halfvec) IS 'greatest value, element by element';

-- sparsevec

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
