-- Access method ivf: inverted lists of vectors

CREATE FUNCTION ivfhandler(internal) RETURNS index_am_handler
  AS 'MODULE_PATHNAME', 'trl_ivfhandler'
  LANGUAGE C;
COMMENT ON FUNCTION ivfhandler(internal) IS 'handler of the access method ivf';

CREATE ACCESS METHOD ivf TYPE INDEX HANDLER ivfhandler;
COMMENT ON ACCESS METHOD ivf IS 'inverted lists of vectors with quantised codes: nearest neighbours at a stated recall';

CREATE FUNCTION ivf_vector_l2(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivf_vector_l2'
  LANGUAGE C;
COMMENT ON FUNCTION ivf_vector_l2(internal) IS 'ivf support: vector by Euclidean distance';

CREATE FUNCTION ivf_vector_ip(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivf_vector_ip'
  LANGUAGE C;
COMMENT ON FUNCTION ivf_vector_ip(internal) IS 'ivf support: vector by inner product';

CREATE FUNCTION ivf_vector_cosine(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivf_vector_cosine'
  LANGUAGE C;
COMMENT ON FUNCTION ivf_vector_cosine(internal) IS 'ivf support: vector by cosine distance';

CREATE FUNCTION ivf_halfvec_l2(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivf_halfvec_l2'
  LANGUAGE C;
COMMENT ON FUNCTION ivf_halfvec_l2(internal) IS 'ivf support: halfvec by Euclidean distance';

CREATE FUNCTION ivf_halfvec_ip(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivf_halfvec_ip'
  LANGUAGE C;
COMMENT ON FUNCTION ivf_halfvec_ip(internal) IS 'ivf support: halfvec by inner product';

CREATE FUNCTION ivf_halfvec_cosine(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivf_halfvec_cosine'
  LANGUAGE C;
COMMENT ON FUNCTION ivf_halfvec_cosine(internal) IS 'ivf support: halfvec by cosine distance';

CREATE FUNCTION ivf_bit_hamming(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_ivf_bit_hamming'
  LANGUAGE C;
COMMENT ON FUNCTION ivf_bit_hamming(internal) IS 'ivf support: bit by Hamming distance';
