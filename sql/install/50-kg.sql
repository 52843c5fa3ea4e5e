-- Knowledge graph: tables, writers, traversal

CREATE TABLE trellis.graph_edges (
  rel_schema  name NOT NULL,
  rel_name    name NOT NULL,
  src         name NOT NULL,
  dst         name NOT NULL,
  rel_column  name,
  weight      name,
  confidence  name,
  edge_id     name,
  valid_from  name,
  valid_to    name,
  recorded_at name,
  expired_at  name,
  node_schema name,
  node_name   name,
  node_key    name,
  type_schema name,
  type_name   name,
  PRIMARY KEY (rel_schema, rel_name)
);
COMMENT ON TABLE trellis.graph_edges IS 'relations that are graphs, and which of their columns mean what; written by trellis.create_graph and trellis.register_edges';
COMMENT ON COLUMN trellis.graph_edges.rel_schema IS 'schema of the edge relation (by name, so that a dump restores in any order)';
COMMENT ON COLUMN trellis.graph_edges.rel_name IS 'name of the edge relation';
COMMENT ON COLUMN trellis.graph_edges.src IS 'column with the id of the node an edge starts from';
COMMENT ON COLUMN trellis.graph_edges.dst IS 'column with the id of the node an edge leads to';
COMMENT ON COLUMN trellis.graph_edges.rel_column IS 'column that says how the two are related';
COMMENT ON COLUMN trellis.graph_edges.weight IS 'column with an edge''s weight: how strong it is, or its cost on a weighted path';
COMMENT ON COLUMN trellis.graph_edges.confidence IS 'column with an edge''s confidence';
COMMENT ON COLUMN trellis.graph_edges.edge_id IS 'column that identifies an edge';
COMMENT ON COLUMN trellis.graph_edges.valid_from IS 'column with the time from which an edge holds';
COMMENT ON COLUMN trellis.graph_edges.valid_to IS 'column with the time until which an edge holds';
COMMENT ON COLUMN trellis.graph_edges.recorded_at IS 'column with the time at which an edge became known';
COMMENT ON COLUMN trellis.graph_edges.expired_at IS 'column with the time at which an edge was withdrawn';
COMMENT ON COLUMN trellis.graph_edges.node_schema IS 'schema of the node relation';
COMMENT ON COLUMN trellis.graph_edges.node_name IS 'node relation: a node missing there, or hidden there by a policy, is absent from every walk';
COMMENT ON COLUMN trellis.graph_edges.node_key IS 'key column of the node relation';
COMMENT ON COLUMN trellis.graph_edges.type_schema IS 'schema of the dictionary of relation names';
COMMENT ON COLUMN trellis.graph_edges.type_name IS 'dictionary of relation names, if rel_column holds its keys';
GRANT SELECT ON trellis.graph_edges TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('trellis.graph_edges', '');

CREATE FUNCTION trellis.graph_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'trl_graph_support'
LANGUAGE C STRICT;
COMMENT ON FUNCTION trellis.graph_support(internal) IS 'planner support: how much a graph function returns and costs';

-- Traversals run the queries of any table, view and policy, so that nobody can
-- promise them to a worker: it may not read temporary tables, nor do what
-- functions that are parallel restricted or unsafe do.
CREATE FUNCTION trellis.expand(
  edges          regclass,
  seeds          anycompatiblearray,
  max_depth      integer DEFAULT 2,
  min_depth      integer DEFAULT 0,
  direction      text DEFAULT 'both',
  rels           text[] DEFAULT NULL,
  metapath       text[] DEFAULT NULL,
  min_weight     double precision DEFAULT NULL,
  min_confidence double precision DEFAULT NULL,
  valid_at       timestamptz DEFAULT NULL,
  known_at       timestamptz DEFAULT NULL,
  max_fanout     integer DEFAULT 100,
  max_nodes      integer DEFAULT 1000,
  seed_scores    double precision[] DEFAULT NULL,
  decay          double precision DEFAULT 0.5,
  nodes          regclass DEFAULT NULL)
RETURNS TABLE (
  node_id   anycompatible,
  depth     integer,
  seed_id   anycompatible,
  parent_id anycompatible,
  via_edge  bigint,
  rel       text,
  score     double precision,
  truncated boolean,
  edge_key  text)
AS 'MODULE_PATHNAME', 'trl_expand'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.expand IS 'nodes around seeds, breadth-first, each once, as the caller may see them';

CREATE FUNCTION trellis.shortest_path(
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
AS 'MODULE_PATHNAME', 'trl_shortest_path'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT trellis.graph_support;
COMMENT ON FUNCTION trellis.shortest_path IS 'a shortest path between two nodes, by edges or by weight, as the caller may see it; no rows if there is none';

CREATE FUNCTION trellis.create_graph(name name) RETURNS regclass
AS 'MODULE_PATHNAME', 'trl_create_graph'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION trellis.create_graph(name) IS 'makes a schema with the tables of a graph, owned by the caller; returns its edge table';

CREATE FUNCTION trellis.register_edges(
  rel         regclass,
  src         name,
  dst         name,
  rel_column  name DEFAULT NULL,
  weight      name DEFAULT NULL,
  edge_id     name DEFAULT NULL,
  valid_from  name DEFAULT NULL,
  valid_to    name DEFAULT NULL,
  nodes       regclass DEFAULT NULL,
  node_key    name DEFAULT NULL,
  confidence  name DEFAULT NULL,
  recorded_at name DEFAULT NULL,
  expired_at  name DEFAULT NULL)
RETURNS void
AS 'MODULE_PATHNAME', 'trl_register_edges'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.register_edges IS 'declares an existing table or view to be a graph; its owner only, again to change it';

CREATE FUNCTION trellis.upsert_nodes(graph name, nodes jsonb)
RETURNS TABLE (ext_id text, node_id bigint, inserted boolean)
AS 'MODULE_PATHNAME', 'trl_upsert_nodes'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.upsert_nodes(name, jsonb) IS 'inserts or updates nodes from an array of {ext_id, kind, name, props, tenant_id, chunk_id, doc_id}';

CREATE FUNCTION trellis.upsert_edges(graph name, edges jsonb)
RETURNS TABLE (edge_id bigint, src bigint, dst bigint, rel text, inserted boolean)
AS 'MODULE_PATHNAME', 'trl_upsert_edges'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.upsert_edges(name, jsonb) IS 'inserts or updates edges from an array of {src, dst, src_id, dst_id, rel, weight, confidence, valid_from, valid_to, chunk_id, doc_id, props, ukey, tenant_id}';


-- The second argument after the graph is required, so that a literal of two
-- arguments is JSON.
CREATE FUNCTION trellis.upsert_nodes(
  graph      name,
  ext_ids    text[],
  kinds      text[],
  names      text[] DEFAULT NULL,
  props      jsonb[] DEFAULT NULL,
  tenant_ids integer[] DEFAULT NULL,
  chunk_ids  text[] DEFAULT NULL,
  doc_ids    text[] DEFAULT NULL)
RETURNS TABLE (ext_id text, node_id bigint, inserted boolean)
AS 'MODULE_PATHNAME', 'trl_upsert_nodes_arrays'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.upsert_nodes(name, text[], text[], text[], jsonb[], integer[], text[], text[]) IS 'inserts or updates nodes from arrays of equal length; NULL for an array leaves its column out';

CREATE FUNCTION trellis.upsert_edges(
  graph       name,
  srcs        text[],
  dsts        text[],
  rels        text[],
  weights     double precision[] DEFAULT NULL,
  confidences double precision[] DEFAULT NULL,
  valid_from  timestamptz[] DEFAULT NULL,
  valid_to    timestamptz[] DEFAULT NULL,
  props       jsonb[] DEFAULT NULL,
  tenant_ids  integer[] DEFAULT NULL,
  chunk_ids   text[] DEFAULT NULL,
  doc_ids     text[] DEFAULT NULL,
  ukeys       text[] DEFAULT NULL)
RETURNS TABLE (edge_id bigint, src bigint, dst bigint, rel text, inserted boolean)
AS 'MODULE_PATHNAME', 'trl_upsert_edges_arrays'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.upsert_edges(name, text[], text[], text[], double precision[], double precision[], timestamptz[], timestamptz[], jsonb[], integer[], text[], text[], text[]) IS 'inserts or updates edges from arrays of equal length, their ends named by ext_id; NULL for an array leaves its column out';

CREATE FUNCTION trellis.upsert_edges(
  graph       name,
  src_ids     bigint[],
  dst_ids     bigint[],
  rels        text[],
  weights     double precision[] DEFAULT NULL,
  confidences double precision[] DEFAULT NULL,
  valid_from  timestamptz[] DEFAULT NULL,
  valid_to    timestamptz[] DEFAULT NULL,
  props       jsonb[] DEFAULT NULL,
  tenant_ids  integer[] DEFAULT NULL,
  chunk_ids   text[] DEFAULT NULL,
  doc_ids     text[] DEFAULT NULL,
  ukeys       text[] DEFAULT NULL)
RETURNS TABLE (edge_id bigint, src bigint, dst bigint, rel text, inserted boolean)
AS 'MODULE_PATHNAME', 'trl_upsert_edges_id_arrays'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.upsert_edges(name, bigint[], bigint[], text[], double precision[], double precision[], timestamptz[], timestamptz[], jsonb[], integer[], text[], text[], text[]) IS 'inserts or updates edges from arrays of equal length, their ends named by node_id; NULL for an array leaves its column out';

CREATE FUNCTION trellis.define_relation(
  graph        name,
  name         text,
  inverse      text DEFAULT NULL,
  is_symmetric boolean DEFAULT false)
RETURNS integer
AS 'MODULE_PATHNAME', 'trl_define_relation'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.define_relation IS 'makes or changes a relation of a graph''s dictionary, and its inverse; returns its number';

CREATE FUNCTION trellis.invalidate_edges(
  graph    name,
  edge_ids bigint[],
  at       timestamptz DEFAULT now(),
  kind     text DEFAULT 'valid')
RETURNS bigint
AS 'MODULE_PATHNAME', 'trl_invalidate_edges'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.invalidate_edges IS 'ends edges: the fact no longer holds (valid), or the record was wrong (known); returns how many changed';

CREATE TABLE trellis.graph_chunks (
  graph       name NOT NULL,
  rel_schema  name NOT NULL,
  rel_name    name NOT NULL,
  rel_owner   name NOT NULL,
  graph_owner name NOT NULL,
  chunk_id    name,
  doc_id      name,
  PRIMARY KEY (graph, rel_schema, rel_name)
);
COMMENT ON TABLE trellis.graph_chunks IS 'relations that hold the documents, chunks and embeddings of a graph; written by trellis.register_chunks';
COMMENT ON COLUMN trellis.graph_chunks.graph IS 'name of the graph';
COMMENT ON COLUMN trellis.graph_chunks.rel_schema IS 'schema of the relation (by name, so that a dump restores in any order)';
COMMENT ON COLUMN trellis.graph_chunks.rel_name IS 'name of the relation';
COMMENT ON COLUMN trellis.graph_chunks.rel_owner IS 'who owned the relation when it was registered: one of that name that belongs to somebody else is not touched';
COMMENT ON COLUMN trellis.graph_chunks.graph_owner IS 'who owned the graph when it was registered: the row says nothing of a graph of that name that belongs to somebody else';
COMMENT ON COLUMN trellis.graph_chunks.chunk_id IS 'column with the id of a chunk';
COMMENT ON COLUMN trellis.graph_chunks.doc_id IS 'column with the id of a document';
GRANT SELECT ON trellis.graph_chunks TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('trellis.graph_chunks', '');

CREATE FUNCTION trellis.register_chunks(
  graph    name,
  rel      regclass,
  chunk_id name DEFAULT NULL,
  doc_id   name DEFAULT NULL)
RETURNS void
AS 'MODULE_PATHNAME', 'trl_register_chunks'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.register_chunks IS 'declares which relation holds documents, chunks or embeddings of a graph, for trellis.forget_document; the owner of both only, again to change it';

CREATE FUNCTION trellis.forget_document(graph name, doc_id text, dry_run boolean DEFAULT false)
RETURNS TABLE (relation regclass, action text, count bigint)
AS 'MODULE_PATHNAME', 'trl_forget_document'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.forget_document IS 'deletes everything that came from a document alone: sources, edges, nodes, chunks, embeddings; with dry_run it is only counted';

CREATE FUNCTION trellis.merge_nodes(graph name, keep bigint, drop_ids bigint[])
RETURNS TABLE (relation regclass, action text, count bigint)
AS 'MODULE_PATHNAME', 'trl_merge_nodes'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.merge_nodes IS 'makes one node of several: edges, sources and properties go over to the one that is kept';
