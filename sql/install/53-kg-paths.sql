-- Knowledge graph: paths between nodes

CREATE FUNCTION trellis.paths(
  edges          regclass,
  sources        anycompatiblearray,
  targets        anycompatiblearray,
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
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.paths IS 'paths between nodes (targets NULL: to any), shortest first: walks, trails, acyclic or simple paths, along any edges or a metapath, as the caller may see them';

CREATE FUNCTION trellis.all_shortest_paths(
  edges          regclass,
  source         anycompatible,
  target         anycompatible,
  weighted       boolean DEFAULT false,
  max_depth      integer DEFAULT NULL,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_paths      integer DEFAULT 1000,
  max_nodes      integer DEFAULT 100000,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  path_id  integer,
  seq      integer,
  node_id  anycompatible,
  edge_id  bigint,
  rel      text,
  cost     double precision,
  agg_cost double precision,
  edge_key text)
AS 'MODULE_PATHNAME', 'trl_all_shortest_paths'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.all_shortest_paths IS 'every shortest path between two nodes, by edges or by weight, as the caller may see them';

CREATE FUNCTION trellis.k_shortest_paths(
  edges          regclass,
  source         anycompatible,
  target         anycompatible,
  k              integer DEFAULT 3,
  weighted       boolean DEFAULT false,
  max_depth      integer DEFAULT NULL,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_nodes      integer DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  path_id  integer,
  seq      integer,
  node_id  anycompatible,
  edge_id  bigint,
  rel      text,
  cost     double precision,
  agg_cost double precision,
  edge_key text)
AS 'MODULE_PATHNAME', 'trl_k_shortest_paths'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.k_shortest_paths IS 'the k shortest paths without loops between two nodes, by edges or by weight, as the caller may see them';
