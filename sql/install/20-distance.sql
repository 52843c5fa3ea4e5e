-- Distances between vectors, and their operators

CREATE FUNCTION vector_distance_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_vector_distance_support'
  LANGUAGE C STRICT;
COMMENT ON FUNCTION vector_distance_support(internal) IS 'planner support: what a distance costs, by dimensions and storage';

CREATE FUNCTION l2_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l2_distance_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION l2_distance(vector, vector) IS 'Euclidean distance';

CREATE FUNCTION inner_product(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_inner_product_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION inner_product(vector, vector) IS 'inner product';

CREATE FUNCTION cosine_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_cosine_distance_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION cosine_distance(vector, vector) IS 'cosine distance, NaN if a norm is 0';

CREATE FUNCTION l1_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l1_distance_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION l1_distance(vector, vector) IS 'taxicab distance';

CREATE FUNCTION vector_negative_inner_product(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_vector_negative_inner_product'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION vector_negative_inner_product(vector, vector) IS 'negative inner product';

CREATE FUNCTION vector_l2_squared_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_vector_l2_squared_distance'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION vector_l2_squared_distance(vector, vector) IS 'squared Euclidean distance';

CREATE OPERATOR <-> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = l2_distance,
  COMMUTATOR = <->
);
COMMENT ON OPERATOR <-> (vector, vector) IS 'Euclidean distance';

CREATE OPERATOR <#> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_negative_inner_product,
  COMMUTATOR = <#>
);
COMMENT ON OPERATOR <#> (vector, vector) IS 'negative inner product';

CREATE OPERATOR <=> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = cosine_distance,
  COMMUTATOR = <=>
);
COMMENT ON OPERATOR <=> (vector, vector) IS 'cosine distance';

CREATE OPERATOR <+> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = l1_distance,
  COMMUTATOR = <+>
);
COMMENT ON OPERATOR <+> (vector, vector) IS 'taxicab distance';

