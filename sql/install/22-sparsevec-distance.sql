-- Distances between sparse vectors, and their operators

CREATE FUNCTION sparsevec_distance_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_sparsevec_distance_support'
  LANGUAGE C STRICT;
COMMENT ON FUNCTION sparsevec_distance_support(internal) IS 'planner support: what a distance between sparsevec values costs, by stored elements';

CREATE FUNCTION l2_distance(sparsevec, sparsevec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l2_distance_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT sparsevec_distance_support;
COMMENT ON FUNCTION l2_distance(sparsevec, sparsevec) IS 'Euclidean distance';

CREATE FUNCTION inner_product(sparsevec, sparsevec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_inner_product_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT sparsevec_distance_support;
COMMENT ON FUNCTION inner_product(sparsevec, sparsevec) IS 'inner product';

CREATE FUNCTION cosine_distance(sparsevec, sparsevec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_cosine_distance_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT sparsevec_distance_support;
COMMENT ON FUNCTION cosine_distance(sparsevec, sparsevec) IS 'cosine distance, NaN if a norm is 0';

CREATE FUNCTION l1_distance(sparsevec, sparsevec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l1_distance_sparsevec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT sparsevec_distance_support;
COMMENT ON FUNCTION l1_distance(sparsevec, sparsevec) IS 'taxicab distance';

CREATE FUNCTION sparsevec_negative_inner_product(sparsevec, sparsevec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_sparsevec_negative_inner_product'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT sparsevec_distance_support;
COMMENT ON FUNCTION sparsevec_negative_inner_product(sparsevec, sparsevec) IS 'negative inner product';

CREATE FUNCTION sparsevec_l2_squared_distance(sparsevec, sparsevec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_sparsevec_l2_squared_distance'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT sparsevec_distance_support;
COMMENT ON FUNCTION sparsevec_l2_squared_distance(sparsevec, sparsevec) IS 'squared Euclidean distance';

CREATE OPERATOR <-> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = l2_distance,
  COMMUTATOR = <->
);
COMMENT ON OPERATOR <-> (sparsevec, sparsevec) IS 'Euclidean distance';

CREATE OPERATOR <#> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_negative_inner_product,
  COMMUTATOR = <#>
);
COMMENT ON OPERATOR <#> (sparsevec, sparsevec) IS 'negative inner product';

CREATE OPERATOR <=> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = cosine_distance,
  COMMUTATOR = <=>
);
COMMENT ON OPERATOR <=> (sparsevec, sparsevec) IS 'cosine distance';

CREATE OPERATOR <+> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = l1_distance,
  COMMUTATOR = <+>
);
COMMENT ON OPERATOR <+> (sparsevec, sparsevec) IS 'taxicab distance';
