-- The compatibility extension of trellis: names that pgvector clients use
\echo Use "CREATE EXTENSION vector CASCADE" to load this file. \quit

-- Types, operators and their functions are those of the extension trellis,
-- which this one requires; their schema is on the search path of this script.

-- Access methods

CREATE FUNCTION hnswhandler(internal) RETURNS index_am_handler
  AS 'MODULE_PATHNAME', 'trl_hnswhandler'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION hnswhandler(internal) IS 'handler of access method hnsw';

CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER hnswhandler;
COMMENT ON ACCESS METHOD hnsw IS 'nearest neighbours, by the name that pgvector clients use';

CREATE FUNCTION ivfflathandler(internal) RETURNS index_am_handler
  AS 'MODULE_PATHNAME', 'trl_ivfflathandler'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION ivfflathandler(internal) IS 'handler of access method ivfflat';

CREATE ACCESS METHOD ivfflat TYPE INDEX HANDLER ivfflathandler;
COMMENT ON ACCESS METHOD ivfflat IS 'nearest neighbours, by the name that pgvector clients use';

-- Functions of the operator classes, as pgvector has them

CREATE FUNCTION hnsw_halfvec_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_hnsw_halfvec_support'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION hnsw_halfvec_support(internal) IS 'what access method hnsw must know of type halfvec';

CREATE FUNCTION hnsw_bit_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_hnsw_bit_support'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION hnsw_bit_support(internal) IS 'what access method hnsw must know of type bit';

CREATE FUNCTION hnsw_sparsevec_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_hnsw_sparsevec_support'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION hnsw_sparsevec_support(internal) IS 'what access method hnsw must know of type sparsevec';

CREATE FUNCTION ivfflat_halfvec_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivfflat_halfvec_support'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION ivfflat_halfvec_support(internal) IS 'what access method ivfflat must know of type halfvec';

CREATE FUNCTION ivfflat_bit_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivfflat_bit_support'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION ivfflat_bit_support(internal) IS 'what access method ivfflat must know of type bit';

-- Operator classes

CREATE OPERATOR CLASS vector_l2_ops
  FOR TYPE vector USING hnsw AS
  OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_l2_squared_distance(vector, vector);
COMMENT ON OPERATOR CLASS vector_l2_ops USING hnsw IS 'Euclidean distance of vector';

CREATE OPERATOR CLASS vector_ip_ops
  FOR TYPE vector USING hnsw AS
  OPERATOR 1 <#> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_negative_inner_product(vector, vector);
COMMENT ON OPERATOR CLASS vector_ip_ops USING hnsw IS 'negative inner product of vector';

CREATE OPERATOR CLASS vector_cosine_ops
  FOR TYPE vector USING hnsw AS
  OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_negative_inner_product(vector, vector),
  FUNCTION 2 vector_norm(vector);
COMMENT ON OPERATOR CLASS vector_cosine_ops USING hnsw IS 'cosine distance of vector';

CREATE OPERATOR CLASS vector_l1_ops
  FOR TYPE vector USING hnsw AS
  OPERATOR 1 <+> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 l1_distance(vector, vector);
COMMENT ON OPERATOR CLASS vector_l1_ops USING hnsw IS 'taxicab distance of vector';

CREATE OPERATOR CLASS halfvec_l2_ops
  FOR TYPE halfvec USING hnsw AS
  OPERATOR 1 <-> (halfvec, halfvec) FOR ORDER BY float_ops,
  FUNCTION 1 halfvec_l2_squared_distance(halfvec, halfvec),
  FUNCTION 3 hnsw_halfvec_support(internal);
COMMENT ON OPERATOR CLASS halfvec_l2_ops USING hnsw IS 'Euclidean distance of halfvec';

CREATE OPERATOR CLASS halfvec_ip_ops
  FOR TYPE halfvec USING hnsw AS
  OPERATOR 1 <#> (halfvec, halfvec) FOR ORDER BY float_ops,
  FUNCTION 1 halfvec_negative_inner_product(halfvec, halfvec),
  FUNCTION 3 hnsw_halfvec_support(internal);
COMMENT ON OPERATOR CLASS halfvec_ip_ops USING hnsw IS 'negative inner product of halfvec';

CREATE OPERATOR CLASS halfvec_cosine_ops
  FOR TYPE halfvec USING hnsw AS
  OPERATOR 1 <=> (halfvec, halfvec) FOR ORDER BY float_ops,
  FUNCTION 1 halfvec_negative_inner_product(halfvec, halfvec),
  FUNCTION 2 l2_norm(halfvec),
  FUNCTION 3 hnsw_halfvec_support(internal);
COMMENT ON OPERATOR CLASS halfvec_cosine_ops USING hnsw IS 'cosine distance of halfvec';

CREATE OPERATOR CLASS halfvec_l1_ops
  FOR TYPE halfvec USING hnsw AS
  OPERATOR 1 <+> (halfvec, halfvec) FOR ORDER BY float_ops,
  FUNCTION 1 l1_distance(halfvec, halfvec),
  FUNCTION 3 hnsw_halfvec_support(internal);
COMMENT ON OPERATOR CLASS halfvec_l1_ops USING hnsw IS 'taxicab distance of halfvec';

CREATE OPERATOR CLASS bit_hamming_ops
  FOR TYPE bit USING hnsw AS
  OPERATOR 1 <~> (bit, bit) FOR ORDER BY float_ops,
  FUNCTION 1 hamming_distance(bit, bit),
  FUNCTION 3 hnsw_bit_support(internal);
COMMENT ON OPERATOR CLASS bit_hamming_ops USING hnsw IS 'Hamming distance of bit';

CREATE OPERATOR CLASS bit_jaccard_ops
  FOR TYPE bit USING hnsw AS
  OPERATOR 1 <%> (bit, bit) FOR ORDER BY float_ops,
  FUNCTION 1 jaccard_distance(bit, bit),
  FUNCTION 3 hnsw_bit_support(internal);
COMMENT ON OPERATOR CLASS bit_jaccard_ops USING hnsw IS 'Jaccard distance of bit';

CREATE OPERATOR CLASS sparsevec_l2_ops
  FOR TYPE sparsevec USING hnsw AS
  OPERATOR 1 <-> (sparsevec, sparsevec) FOR ORDER BY float_ops,
  FUNCTION 1 sparsevec_l2_squared_distance(sparsevec, sparsevec),
  FUNCTION 3 hnsw_sparsevec_support(internal);
COMMENT ON OPERATOR CLASS sparsevec_l2_ops USING hnsw IS 'Euclidean distance of sparsevec';

CREATE OPERATOR CLASS sparsevec_ip_ops
  FOR TYPE sparsevec USING hnsw AS
  OPERATOR 1 <#> (sparsevec, sparsevec) FOR ORDER BY float_ops,
  FUNCTION 1 sparsevec_negative_inner_product(sparsevec, sparsevec),
  FUNCTION 3 hnsw_sparsevec_support(internal);
COMMENT ON OPERATOR CLASS sparsevec_ip_ops USING hnsw IS 'negative inner product of sparsevec';

CREATE OPERATOR CLASS sparsevec_cosine_ops
  FOR TYPE sparsevec USING hnsw AS
  OPERATOR 1 <=> (sparsevec, sparsevec) FOR ORDER BY float_ops,
  FUNCTION 1 sparsevec_negative_inner_product(sparsevec, sparsevec),
  FUNCTION 2 l2_norm(sparsevec),
  FUNCTION 3 hnsw_sparsevec_support(internal);
COMMENT ON OPERATOR CLASS sparsevec_cosine_ops USING hnsw IS 'cosine distance of sparsevec';

CREATE OPERATOR CLASS sparsevec_l1_ops
  FOR TYPE sparsevec USING hnsw AS
  OPERATOR 1 <+> (sparsevec, sparsevec) FOR ORDER BY float_ops,
  FUNCTION 1 l1_distance(sparsevec, sparsevec),
  FUNCTION 3 hnsw_sparsevec_support(internal);
COMMENT ON OPERATOR CLASS sparsevec_l1_ops USING hnsw IS 'taxicab distance of sparsevec';

CREATE OPERATOR CLASS vector_l2_ops
  DEFAULT FOR TYPE vector USING ivfflat AS
  OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_l2_squared_distance(vector, vector),
  FUNCTION 3 l2_distance(vector, vector);
COMMENT ON OPERATOR CLASS vector_l2_ops USING ivfflat IS 'Euclidean distance of vector';

CREATE OPERATOR CLASS vector_ip_ops
  FOR TYPE vector USING ivfflat AS
  OPERATOR 1 <#> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_negative_inner_product(vector, vector),
  FUNCTION 3 vector_spherical_distance(vector, vector),
  FUNCTION 4 vector_norm(vector);
COMMENT ON OPERATOR CLASS vector_ip_ops USING ivfflat IS 'negative inner product of vector';

CREATE OPERATOR CLASS vector_cosine_ops
  FOR TYPE vector USING ivfflat AS
  OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_negative_inner_product(vector, vector),
  FUNCTION 2 vector_norm(vector),
  FUNCTION 3 vector_spherical_distance(vector, vector),
  FUNCTION 4 vector_norm(vector);
COMMENT ON OPERATOR CLASS vector_cosine_ops USING ivfflat IS 'cosine distance of vector';

CREATE OPERATOR CLASS halfvec_l2_ops
  FOR TYPE halfvec USING ivfflat AS
  OPERATOR 1 <-> (halfvec, halfvec) FOR ORDER BY float_ops,
  FUNCTION 1 halfvec_l2_squared_distance(halfvec, halfvec),
  FUNCTION 3 l2_distance(halfvec, halfvec),
  FUNCTION 5 ivfflat_halfvec_support(internal);
COMMENT ON OPERATOR CLASS halfvec_l2_ops USING ivfflat IS 'Euclidean distance of halfvec';

CREATE OPERATOR CLASS halfvec_ip_ops
  FOR TYPE halfvec USING ivfflat AS
  OPERATOR 1 <#> (halfvec, halfvec) FOR ORDER BY float_ops,
  FUNCTION 1 halfvec_negative_inner_product(halfvec, halfvec),
  FUNCTION 3 halfvec_spherical_distance(halfvec, halfvec),
  FUNCTION 4 l2_norm(halfvec),
  FUNCTION 5 ivfflat_halfvec_support(internal);
COMMENT ON OPERATOR CLASS halfvec_ip_ops USING ivfflat IS 'negative inner product of halfvec';

CREATE OPERATOR CLASS halfvec_cosine_ops
  FOR TYPE halfvec USING ivfflat AS
  OPERATOR 1 <=> (halfvec, halfvec) FOR ORDER BY float_ops,
  FUNCTION 1 halfvec_negative_inner_product(halfvec, halfvec),
  FUNCTION 2 l2_norm(halfvec),
  FUNCTION 3 halfvec_spherical_distance(halfvec, halfvec),
  FUNCTION 4 l2_norm(halfvec),
  FUNCTION 5 ivfflat_halfvec_support(internal);
COMMENT ON OPERATOR CLASS halfvec_cosine_ops USING ivfflat IS 'cosine distance of halfvec';

CREATE OPERATOR CLASS bit_hamming_ops
  FOR TYPE bit USING ivfflat AS
  OPERATOR 1 <~> (bit, bit) FOR ORDER BY float_ops,
  FUNCTION 1 hamming_distance(bit, bit),
  FUNCTION 3 hamming_distance(bit, bit),
  FUNCTION 5 ivfflat_bit_support(internal);
COMMENT ON OPERATOR CLASS bit_hamming_ops USING ivfflat IS 'Hamming distance of bit';

-- The names above were looked up on the search path.  Where another than
-- trellis's schema comes first and others may create there, they could have
-- put objects of the same names in the way.
SET LOCAL search_path = pg_catalog, pg_temp;
DO $$
DECLARE
  strangers text;
BEGIN
  WITH class AS (
    SELECT c.opcfamily, c.opcintype
      FROM pg_depend d JOIN pg_opclass c ON c.oid = d.objid
     WHERE d.classid = 'pg_opclass'::regclass
       AND d.refclassid = 'pg_extension'::regclass
       AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vector')
  ), used AS (
    SELECT 'pg_operator'::regclass AS catalog, amopopr AS object
      FROM pg_amop WHERE amopfamily IN (SELECT opcfamily FROM class)
    UNION
    SELECT 'pg_proc'::regclass, amproc::oid
      FROM pg_amproc WHERE amprocfamily IN (SELECT opcfamily FROM class)
    UNION
    SELECT 'pg_type'::regclass, opcintype
      FROM class WHERE opcintype <> 'pg_catalog.bit'::regtype
  )
  SELECT string_agg(pg_describe_object(catalog, object, 0), ', ')
    INTO strangers
    FROM used
   WHERE NOT EXISTS (
     SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
      WHERE d.classid = used.catalog AND d.objid = used.object
        AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
        AND e.extname IN ('trellis', 'vector'));
  IF strangers IS NOT NULL THEN
    RAISE EXCEPTION 'objects that are not of extension trellis have its names: %', strangers
      USING ERRCODE = 'duplicate_object',
            HINT = 'Drop them, or create the extension in the schema of trellis.';
  END IF;
END
$$;
