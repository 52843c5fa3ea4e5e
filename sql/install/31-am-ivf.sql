-- Access method ivf: inverted lists of vectors

CREATE FUNCTION ivfhandler(internal) RETURNS index_am_handler
  AS 'MODULE_PATHNAME', 'trl_ivfhandler'
  LANGUAGE C;
COMMENT ON FUNCTION ivfhandler(internal) IS 'handler of the access method ivf';

CREATE ACCESS METHOD ivf TYPE INDEX HANDLER ivfhandler;
COMMENT ON ACCESS METHOD ivf IS 'inverted lists of vectors with quantised codes: nearest neighbours at a stated recall';
