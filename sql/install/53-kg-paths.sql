-- Knowledge graph: paths between nodes

CREATE FUNCTION trellis.paths(
  edges          regclass,
  sources        anycompatiblearray,
  targets        anycompatiblearray DEFAULT NULL::bigint[],
  mode           text DEFAULT 'acyclic',
  min_depth      integer DEFAULT 1,
  max_depth      integer DEFAULT 4,
  metapath       text[] DEFAULT NULL,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_paths      integer DEFAULT 1000,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  path_id   integer,
  length    integer,
  cost      double precision,
  node_ids  anycompatiblearray,
  edge_ids  bigint[],
  rels      text[],
  truncated boolean,
  edge_keys text[])
AS 'MODULE_PATHNAME', 'trl_paths'
LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 100;
COMMENT ON FUNCTION trellis.paths IS 'paths between nodes, shortest first: walks, trails, acyclic or simple paths, along any edges or a metapath, as the caller may see them';
