-- Knowledge graph: what is around given nodes

CREATE FUNCTION trellis.neighbors(
  edges          regclass,
  ids            anycompatiblearray,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_fanout     integer DEFAULT 100,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id     anycompatible,
  neighbor_id anycompatible,
  edge_id     bigint,
  rel         text,
  outgoing    boolean,
  weight      double precision,
  truncated   boolean,
  edge_key    text)
AS 'MODULE_PATHNAME', 'trl_neighbors'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.neighbors IS 'the edges of nodes, heaviest first, as the caller may see them';

CREATE FUNCTION trellis.degree(
  edges          regclass,
  ids            anycompatiblearray,
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id    anycompatible,
  out_degree bigint,
  in_degree  bigint,
  degree     bigint,
  strength   double precision)
AS 'MODULE_PATHNAME', 'trl_degree'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.degree IS 'how many edges nodes have, and the sum of their weights, as the caller may see them; ids NULL: of every node';

CREATE FUNCTION trellis.subgraph(
  edges          regclass,
  seeds          anycompatiblearray,
  max_depth      integer DEFAULT 2,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_fanout     integer DEFAULT 100,
  max_nodes      integer DEFAULT 1000,
  max_edges      integer DEFAULT 10000,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  edge_id   bigint,
  src       anycompatible,
  dst       anycompatible,
  rel       text,
  weight    double precision,
  depth     integer,
  truncated boolean,
  edge_key  text)
AS 'MODULE_PATHNAME', 'trl_subgraph'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.subgraph IS 'all edges among the nodes that trellis.expand finds around seeds, as the caller may see them';

-- No default fits an array of any type, so that targets are left out by calling
-- another function of the same name.
CREATE FUNCTION trellis.distances(
  edges          regclass,
  sources        anycompatiblearray,
  targets        anycompatiblearray,
  weighted       boolean DEFAULT false,
  max_depth      integer DEFAULT NULL,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_nodes      integer DEFAULT 100000,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  source_id anycompatible,
  target_id anycompatible,
  hops      integer,
  distance  double precision,
  truncated boolean)
AS 'MODULE_PATHNAME', 'trl_distances'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.distances(regclass, anycompatiblearray, anycompatiblearray, boolean, integer, text, text[], double precision, double precision, timestamptz, timestamptz, integer, regclass) IS 'how far targets (NULL: all nodes) are from sources, by edges or by weight, as the caller may see them; no row for what is out of reach';

CREATE FUNCTION trellis.distances(
  edges          regclass,
  sources        anycompatiblearray,
  weighted       boolean DEFAULT false,
  max_depth      integer DEFAULT NULL,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_nodes      integer DEFAULT 100000,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  source_id anycompatible,
  target_id anycompatible,
  hops      integer,
  distance  double precision,
  truncated boolean)
AS 'MODULE_PATHNAME', 'trl_distances_all'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.distances(regclass, anycompatiblearray, boolean, integer, text, text[], double precision, double precision, timestamptz, timestamptz, integer, regclass) IS 'how far all nodes are from sources, by edges or by weight, as the caller may see them; no row for what is out of reach';

CREATE FUNCTION trellis.graph_dot(
  edges          regclass,
  seeds          anycompatiblearray,
  max_depth      integer DEFAULT 2,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_fanout     integer DEFAULT 20,
  max_nodes      integer DEFAULT 60,
  nodes          regclass DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'trl_graph_dot'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.graph_dot IS 'the nodes around seeds and the edges among them as text for Graphviz, as the caller may see them';
