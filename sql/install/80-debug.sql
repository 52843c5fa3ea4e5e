-- Looking into indexes

CREATE FUNCTION trellis.ivf_check(index regclass, heap_check boolean DEFAULT true) RETURNS bigint
  AS 'MODULE_PATHNAME', 'trl_ivf_check'
  LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.ivf_check(regclass, boolean) IS 'checks an ivf index, and with heap_check that it holds every row of its table; raises index_corrupted or returns the number of rows in the index';

CREATE FUNCTION trellis.ivf_stats(index regclass,
    OUT rows bigint, OUT tail_rows bigint,
    OUT lists integer, OUT places integer, OUT smallest_list bigint, OUT median_list bigint,
    OUT largest_list bigint, OUT imbalance double precision,
    OUT units bigint, OUT lanes bigint, OUT free_lanes bigint, OUT killed_lanes bigint,
    OUT bytes bigint, OUT bytes_per_row double precision,
    OUT pages bigint, OUT centroid_pages bigint, OUT directory_pages bigint,
    OUT unit_pages bigint, OUT code_pages bigint, OUT rerank_pages bigint,
    OUT tail_pages bigint, OUT unused_pages bigint,
    OUT dimensions integer, OUT metric text, OUT generation bigint,
    OUT built_rows double precision, OUT calibrated_rows double precision,
    OUT recall real[], OUT probes_1 real[], OUT probes_10 real[], OUT probes_100 real[])
  AS 'MODULE_PATHNAME', 'trl_ivf_stats'
  LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION trellis.ivf_stats(regclass) IS 'what an ivf index holds: rows, lists and places for them in its directory, pages, and the lists that are probed for a recall, in the mean';

CREATE FUNCTION trellis.ivf_lists(index regclass,
    OUT list integer, OUT rows bigint, OUT units bigint, OUT free_lanes bigint, OUT killed_lanes bigint, OUT retired boolean)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'trl_ivf_lists'
  LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION trellis.ivf_lists(regclass) IS 'the lists of an ivf index';

CREATE FUNCTION trellis.ivf_estimate(rel regclass, "column" name,
    OUT rows bigint, OUT dimensions integer, OUT lists bigint,
    OUT bytes bigint, OUT memory bigint, OUT seconds double precision)
  AS 'MODULE_PATHNAME', 'trl_ivf_estimate'
  LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION trellis.ivf_estimate(regclass, name) IS 'what an ivf index would have and take: rows by the planner''s estimate, lists, bytes on disk, bytes of maintenance_work_mem with which nothing is cut short, seconds of one process with AVX-512 and the table in the cache; of the vector alone, without filter columns';
