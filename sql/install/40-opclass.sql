-- Operator classes

CREATE OPERATOR CLASS vector_ops
  DEFAULT FOR TYPE vector USING btree AS
  OPERATOR 1 <,
  OPERATOR 2 <=,
  OPERATOR 3 =,
  OPERATOR 4 >=,
  OPERATOR 5 >,
  FUNCTION 1 vector_cmp(vector, vector);
COMMENT ON OPERATOR CLASS vector_ops USING btree IS 'element by element, then by dimensions';

CREATE OPERATOR CLASS vector_hash_ops
  DEFAULT FOR TYPE vector USING hash AS
  OPERATOR 1 =,
  FUNCTION 1 vector_hash(vector),
  FUNCTION 2 vector_hash_extended(vector, bigint);
COMMENT ON OPERATOR CLASS vector_hash_ops USING hash IS 'for GROUP BY, UNION and hash joins';

CREATE OPERATOR CLASS halfvec_ops
  DEFAULT FOR TYPE halfvec USING btree AS
  OPERATOR 1 <,
  OPERATOR 2 <=,
  OPERATOR 3 =,
  OPERATOR 4 >=,
  OPERATOR 5 >,
  FUNCTION 1 halfvec_cmp(halfvec, halfvec);
COMMENT ON OPERATOR CLASS halfvec_ops USING btree IS 'element by element, then by dimensions';

CREATE OPERATOR CLASS halfvec_hash_ops
  DEFAULT FOR TYPE halfvec USING hash AS
  OPERATOR 1 =,
  FUNCTION 1 halfvec_hash(halfvec),
  FUNCTION 2 halfvec_hash_extended(halfvec, bigint);
COMMENT ON OPERATOR CLASS halfvec_hash_ops USING hash IS 'for GROUP BY, UNION and hash joins';

-- sparsevec

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
