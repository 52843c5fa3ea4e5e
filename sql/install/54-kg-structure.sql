-- Knowledge graph: ranking and structure of the whole
--
-- Two forms each: ids come back as bigint, or as the type of id_type, whatever
-- its value: NULL::uuid, NULL::text.  A default for it would not do, since a
-- call's result type does not look at defaults.

CREATE FUNCTION trellis.pagerank(
  edges          regclass,
  damping        double precision DEFAULT 0.85,
  tolerance      double precision DEFAULT 1e-9,
  max_iterations integer DEFAULT 200,
  weighted       boolean DEFAULT NULL,
  direction      text DEFAULT 'out',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_results    integer DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id bigint,
  score   double precision)
AS 'MODULE_PATHNAME', 'trl_pagerank'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.pagerank(regclass, double precision, double precision, integer, boolean, text, text[], double precision, double precision, timestamptz, timestamptz, integer, regclass) IS 'PageRank of every node that the caller may see; the scores'' sum is 1';

CREATE FUNCTION trellis.pagerank(
  edges          regclass,
  id_type        anycompatible,
  damping        double precision DEFAULT 0.85,
  tolerance      double precision DEFAULT 1e-9,
  max_iterations integer DEFAULT 200,
  weighted       boolean DEFAULT NULL,
  direction      text DEFAULT 'out',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_results    integer DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id anycompatible,
  score   double precision)
AS 'MODULE_PATHNAME', 'trl_pagerank'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.pagerank(regclass, anycompatible, double precision, double precision, integer, boolean, text, text[], double precision, double precision, timestamptz, timestamptz, integer, regclass) IS 'PageRank of every node that the caller may see; the scores'' sum is 1';

CREATE FUNCTION trellis.components(
  edges          regclass,
  mode           text DEFAULT 'weak',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id   bigint,
  component integer,
  size      integer)
AS 'MODULE_PATHNAME', 'trl_components'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.components(regclass, text, text[], double precision, double precision, timestamptz, timestamptz, regclass) IS 'weak or strong components of the graph that the caller may see; 1 is the largest';

CREATE FUNCTION trellis.components(
  edges          regclass,
  id_type        anycompatible,
  mode           text DEFAULT 'weak',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id   anycompatible,
  component integer,
  size      integer)
AS 'MODULE_PATHNAME', 'trl_components'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.components(regclass, anycompatible, text, text[], double precision, double precision, timestamptz, timestamptz, regclass) IS 'weak or strong components of the graph that the caller may see; 1 is the largest';

CREATE FUNCTION trellis.label_propagation(
  edges          regclass,
  max_iterations integer DEFAULT 100,
  random_seed    integer DEFAULT 0,
  weighted       boolean DEFAULT NULL,
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id   bigint,
  community integer,
  size      integer)
AS 'MODULE_PATHNAME', 'trl_label_propagation'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.label_propagation(regclass, integer, integer, boolean, text[], double precision, double precision, timestamptz, timestamptz, regclass) IS 'communities of the graph that the caller may see, by label propagation: fast and rough; 1 is the largest';

CREATE FUNCTION trellis.label_propagation(
  edges          regclass,
  id_type        anycompatible,
  max_iterations integer DEFAULT 100,
  random_seed    integer DEFAULT 0,
  weighted       boolean DEFAULT NULL,
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id   anycompatible,
  community integer,
  size      integer)
AS 'MODULE_PATHNAME', 'trl_label_propagation'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.label_propagation(regclass, anycompatible, integer, integer, boolean, text[], double precision, double precision, timestamptz, timestamptz, regclass) IS 'communities of the graph that the caller may see, by label propagation: fast and rough; 1 is the largest';

CREATE FUNCTION trellis.communities(
  edges          regclass,
  resolution     double precision DEFAULT 1,
  max_size       integer DEFAULT NULL,
  max_levels     integer DEFAULT NULL,
  random_seed    integer DEFAULT 0,
  weighted       boolean DEFAULT NULL,
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  level      integer,
  node_id    bigint,
  community  integer,
  parent     integer,
  size       integer,
  modularity double precision)
AS 'MODULE_PATHNAME', 'trl_communities'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.communities(regclass, double precision, integer, integer, integer, boolean, text[], double precision, double precision, timestamptz, timestamptz, regclass) IS 'communities of the graph that the caller may see, by Leiden''s algorithm; those above max_size are split again at the next level';

CREATE FUNCTION trellis.communities(
  edges          regclass,
  id_type        anycompatible,
  resolution     double precision DEFAULT 1,
  max_size       integer DEFAULT NULL,
  max_levels     integer DEFAULT NULL,
  random_seed    integer DEFAULT 0,
  weighted       boolean DEFAULT NULL,
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  level      integer,
  node_id    anycompatible,
  community  integer,
  parent     integer,
  size       integer,
  modularity double precision)
AS 'MODULE_PATHNAME', 'trl_communities'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.communities(regclass, anycompatible, double precision, integer, integer, integer, boolean, text[], double precision, double precision, timestamptz, timestamptz, regclass) IS 'communities of the graph that the caller may see, by Leiden''s algorithm; those above max_size are split again at the next level';

CREATE FUNCTION trellis.save_analysis(graph name, algorithm text, options jsonb DEFAULT '{}')
RETURNS bigint
AS 'MODULE_PATHNAME', 'trl_save_analysis'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.save_analysis(name, text, jsonb) IS 'runs pagerank, components, communities, label_propagation or degree and keeps what they find in node_score or community; the number of the run';

CREATE FUNCTION trellis.ppr(
  edges          regclass,
  seeds          anycompatiblearray,
  seed_weights   double precision[] DEFAULT NULL,
  damping        double precision DEFAULT 0.5,
  eps            double precision DEFAULT 1e-4,
  weighted       boolean DEFAULT NULL,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_results    integer DEFAULT 200,
  max_fanout     integer DEFAULT NULL,
  max_nodes      integer DEFAULT 100000,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id   anycompatible,
  score     double precision,
  truncated boolean)
AS 'MODULE_PATHNAME', 'trl_ppr'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.ppr IS 'personalised PageRank: the nodes that a walk from the seeds, which returns to them now and then, meets most; best first';
