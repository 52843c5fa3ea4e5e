-- Distances, and their operators

CREATE FUNCTION vector_distance_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_vector_distance_support'
  LANGUAGE C STRICT;
COMMENT ON FUNCTION vector_distance_support(internal) IS 'planner support: what a distance between vector values costs, by dimensions and storage';

CREATE FUNCTION halfvec_distance_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_halfvec_distance_support'
  LANGUAGE C STRICT;
COMMENT ON FUNCTION halfvec_distance_support(internal) IS 'planner support: what a distance between halfvec values costs, by dimensions and storage';

CREATE FUNCTION l2_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l2_distance_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION l2_distance(vector, vector) IS 'Euclidean distance';

CREATE FUNCTION l2_distance(halfvec, halfvec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l2_distance_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT halfvec_distance_support;
COMMENT ON FUNCTION l2_distance(halfvec, halfvec) IS 'Euclidean distance';

CREATE FUNCTION inner_product(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_inner_product_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION inner_product(vector, vector) IS 'inner product';

CREATE FUNCTION inner_product(halfvec, halfvec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_inner_product_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT halfvec_distance_support;
COMMENT ON FUNCTION inner_product(halfvec, halfvec) IS 'inner product';

CREATE FUNCTION cosine_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_cosine_distance_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION cosine_distance(vector, vector) IS 'cosine distance, NaN if a norm is 0';

CREATE FUNCTION cosine_distance(halfvec, halfvec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_cosine_distance_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT halfvec_distance_support;
COMMENT ON FUNCTION cosine_distance(halfvec, halfvec) IS 'cosine distance, NaN if a norm is 0';

CREATE FUNCTION l1_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l1_distance_vector'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION l1_distance(vector, vector) IS 'taxicab distance';

CREATE FUNCTION l1_distance(halfvec, halfvec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_l1_distance_halfvec'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT halfvec_distance_support;
COMMENT ON FUNCTION l1_distance(halfvec, halfvec) IS 'taxicab distance';

CREATE FUNCTION vector_negative_inner_product(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_vector_negative_inner_product'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION vector_negative_inner_product(vector, vector) IS 'negative inner product';

CREATE FUNCTION halfvec_negative_inner_product(halfvec, halfvec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_halfvec_negative_inner_product'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT halfvec_distance_support;
COMMENT ON FUNCTION halfvec_negative_inner_product(halfvec, halfvec) IS 'negative inner product';

CREATE FUNCTION vector_l2_squared_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_vector_l2_squared_distance'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION vector_l2_squared_distance(vector, vector) IS 'squared Euclidean distance';

CREATE FUNCTION halfvec_l2_squared_distance(halfvec, halfvec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_halfvec_l2_squared_distance'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT halfvec_distance_support;
COMMENT ON FUNCTION halfvec_l2_squared_distance(halfvec, halfvec) IS 'squared Euclidean distance';

CREATE FUNCTION vector_spherical_distance(vector, vector) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_vector_spherical_distance'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT vector_distance_support;
COMMENT ON FUNCTION vector_spherical_distance(vector, vector) IS 'angle of vectors of norm 1, in half turns';

CREATE FUNCTION halfvec_spherical_distance(halfvec, halfvec) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_halfvec_spherical_distance'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT halfvec_distance_support;
COMMENT ON FUNCTION halfvec_spherical_distance(halfvec, halfvec) IS 'angle of vectors of norm 1, in half turns';

CREATE OPERATOR <-> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = l2_distance,
  COMMUTATOR = <->
);
COMMENT ON OPERATOR <-> (vector, vector) IS 'Euclidean distance';

CREATE OPERATOR <-> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = l2_distance,
  COMMUTATOR = <->
);
COMMENT ON OPERATOR <-> (halfvec, halfvec) IS 'Euclidean distance';

CREATE OPERATOR <#> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_negative_inner_product,
  COMMUTATOR = <#>
);
COMMENT ON OPERATOR <#> (vector, vector) IS 'negative inner product';

CREATE OPERATOR <#> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_negative_inner_product,
  COMMUTATOR = <#>
);
COMMENT ON OPERATOR <#> (halfvec, halfvec) IS 'negative inner product';

CREATE OPERATOR <=> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = cosine_distance,
  COMMUTATOR = <=>
);
COMMENT ON OPERATOR <=> (vector, vector) IS 'cosine distance';

CREATE OPERATOR <=> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = cosine_distance,
  COMMUTATOR = <=>
);
COMMENT ON OPERATOR <=> (halfvec, halfvec) IS 'cosine distance';

CREATE OPERATOR <+> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = l1_distance,
  COMMUTATOR = <+>
);
COMMENT ON OPERATOR <+> (vector, vector) IS 'taxicab distance';

CREATE OPERATOR <+> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = l1_distance,
  COMMUTATOR = <+>
);
COMMENT ON OPERATOR <+> (halfvec, halfvec) IS 'taxicab distance';

-- sparsevec

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

-- Bit strings

CREATE FUNCTION bit_distance_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_bit_distance_support'
  LANGUAGE C STRICT;
COMMENT ON FUNCTION bit_distance_support(internal) IS 'planner support: what a distance between bit strings costs, by length and storage';

CREATE FUNCTION hamming_distance(bit, bit) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_hamming_distance'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT bit_distance_support;
COMMENT ON FUNCTION hamming_distance(bit, bit) IS 'number of bits that differ';

CREATE FUNCTION jaccard_distance(bit, bit) RETURNS double precision
  AS 'MODULE_PATHNAME', 'trl_jaccard_distance'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 25 SUPPORT bit_distance_support;
COMMENT ON FUNCTION jaccard_distance(bit, bit) IS 'share of the set bits that are set in one only; 1 if none is set in both';

CREATE OPERATOR <~> (
  LEFTARG = bit, RIGHTARG = bit, FUNCTION = hamming_distance,
  COMMUTATOR = <~>
);
COMMENT ON OPERATOR <~> (bit, bit) IS 'number of bits that differ';

CREATE OPERATOR <%> (
  LEFTARG = bit, RIGHTARG = bit, FUNCTION = jaccard_distance,
  COMMUTATOR = <%>
);
COMMENT ON OPERATOR <%> (bit, bit) IS 'Jaccard distance';
