-- Operator classes of sparsevec

CREATE OPERATOR CLASS sparsevec_ops
  DEFAULT FOR TYPE sparsevec USING btree AS
  OPERATOR 1 <,
  OPERATOR 2 <=,
  OPERATOR 3 =,
  OPERATOR 4 >=,
  OPERATOR 5 >,
  FUNCTION 1 sparsevec_cmp(sparsevec, sparsevec);
COMMENT ON OPERATOR CLASS sparsevec_ops USING btree IS 'element by element, then by dimensions';

CREATE OPERATOR CLASS sparsevec_hash_ops
  DEFAULT FOR TYPE sparsevec USING hash AS
  OPERATOR 1 =,
  FUNCTION 1 sparsevec_hash(sparsevec),
  FUNCTION 2 sparsevec_hash_extended(sparsevec, bigint);
COMMENT ON OPERATOR CLASS sparsevec_hash_ops USING hash IS 'for GROUP BY, UNION and hash joins';
