-- Operator classes of ivf: the operator tells all that it must know

CREATE OPERATOR CLASS vector_l2_ops
  DEFAULT FOR TYPE vector USING ivf AS
  OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS vector_l2_ops USING ivf IS 'Euclidean distance';

CREATE OPERATOR CLASS vector_ip_ops
  FOR TYPE vector USING ivf AS
  OPERATOR 1 <#> (vector, vector) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS vector_ip_ops USING ivf IS 'inner product';

CREATE OPERATOR CLASS vector_cosine_ops
  FOR TYPE vector USING ivf AS
  OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS vector_cosine_ops USING ivf IS 'cosine distance';

CREATE OPERATOR CLASS vector_l1_ops
  FOR TYPE vector USING ivf AS
  OPERATOR 1 <+> (vector, vector) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS vector_l1_ops USING ivf IS 'taxicab distance';

CREATE OPERATOR CLASS halfvec_l2_ops
  DEFAULT FOR TYPE halfvec USING ivf AS
  OPERATOR 1 <-> (halfvec, halfvec) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS halfvec_l2_ops USING ivf IS 'Euclidean distance';

CREATE OPERATOR CLASS halfvec_ip_ops
  FOR TYPE halfvec USING ivf AS
  OPERATOR 1 <#> (halfvec, halfvec) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS halfvec_ip_ops USING ivf IS 'inner product';

CREATE OPERATOR CLASS halfvec_cosine_ops
  FOR TYPE halfvec USING ivf AS
  OPERATOR 1 <=> (halfvec, halfvec) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS halfvec_cosine_ops USING ivf IS 'cosine distance';

CREATE OPERATOR CLASS halfvec_l1_ops
  FOR TYPE halfvec USING ivf AS
  OPERATOR 1 <+> (halfvec, halfvec) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS halfvec_l1_ops USING ivf IS 'taxicab distance';

CREATE OPERATOR CLASS bit_hamming_ops
  FOR TYPE bit USING ivf AS
  OPERATOR 1 <~> (bit, bit) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS bit_hamming_ops USING ivf IS 'Hamming distance';

CREATE OPERATOR CLASS bit_jaccard_ops
  FOR TYPE bit USING ivf AS
  OPERATOR 1 <%> (bit, bit) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS bit_jaccard_ops USING ivf IS 'Jaccard distance';

CREATE OPERATOR CLASS sparsevec_l2_ops
  DEFAULT FOR TYPE sparsevec USING ivf AS
  OPERATOR 1 <-> (sparsevec, sparsevec) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS sparsevec_l2_ops USING ivf IS 'Euclidean distance';

CREATE OPERATOR CLASS sparsevec_ip_ops
  FOR TYPE sparsevec USING ivf AS
  OPERATOR 1 <#> (sparsevec, sparsevec) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS sparsevec_ip_ops USING ivf IS 'inner product';

CREATE OPERATOR CLASS sparsevec_cosine_ops
  FOR TYPE sparsevec USING ivf AS
  OPERATOR 1 <=> (sparsevec, sparsevec) FOR ORDER BY float_ops;
COMMENT ON OPERATOR CLASS sparsevec_cosine_ops USING ivf IS 'cosine distance';
