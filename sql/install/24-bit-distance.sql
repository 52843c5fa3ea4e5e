-- Distances between bit strings, and their operators

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
