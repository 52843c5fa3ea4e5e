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
LANGUAGE C STABLE PARALLEL RESTRICTED;
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
LANGUAGE C STABLE PARALLEL RESTRICTED;
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
LANGUAGE C STABLE PARALLEL RESTRICTED;
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
LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION trellis.components(regclass, anycompatible, text, text[], double precision, double precision, timestamptz, timestamptz, regclass) IS 'weak or strong components of the graph that the caller may see; 1 is the largest';

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
LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 200;
COMMENT ON FUNCTION trellis.ppr IS 'personalised PageRank: the nodes that a walk from the seeds, which returns to them now and then, meets most; best first';
