-- The tables of a graph: making, registering, writing them.

CREATE ROLE kg_tables_owner;
CREATE ROLE kg_tables_other;
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO kg_tables_owner;

-- plain tables of the caller, no members of the extension, all explained
SET ROLE kg_tables_owner;
SELECT trellis.create_graph('kb');
SELECT c.relname, c.relkind, pg_get_userbyid(c.relowner) AS owner,
       obj_description(c.oid) IS NOT NULL AS explained,
       (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
          AND col_description(c.oid, a.attnum) IS NULL) AS columns_unexplained
FROM pg_class c WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind = 'r' ORDER BY 1;
SELECT count(*) AS members FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
WHERE d.deptype = 'e' AND c.relnamespace = 'kb'::regnamespace;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'kb' AND tablename = 'edge' ORDER BY indexname;
SELECT rel_schema, rel_name, src, dst, rel_column, edge_id, node_schema, node_name, node_key, type_name FROM trellis.graph_edges;

-- nodes: inserted, unchanged, changed; left out is kept; the last word wins
SELECT * FROM trellis.upsert_nodes('kb', '[
  {"ext_id": "ada", "kind": "person", "name": "Ada"},
  {"ext_id": "bob", "kind": "person", "props": {"age": 40}},
  {"ext_id": 7, "kind": "firm", "chunk_id": "c1", "doc_id": "d1"},
  {"ext_id": "ada", "name": "Ada L."}]');
SELECT * FROM trellis.upsert_nodes('kb', '[
  {"ext_id": "bob", "name": "Bob"}, {"ext_id": "cy", "kind": "person", "tenant_id": null},
  {"ext_id": "ada", "tenant_id": 2, "chunk_id": 9}]');
SELECT ext_id, tenant_id, kind, name, props FROM kb.node ORDER BY tenant_id, ext_id;
SELECT chunk_id, ext_id, tenant_id, doc_id FROM kb.node_source JOIN kb.node USING (node_id) ORDER BY 1;
SELECT * FROM trellis.upsert_nodes('kb', '[]');
SELECT * FROM trellis.upsert_nodes('kb', NULL);

-- what is as it should be is not written again
CREATE TEMP TABLE before AS SELECT ext_id, tenant_id, xmin::text AS version FROM kb.node;
SELECT * FROM trellis.upsert_nodes('kb', '[{"ext_id": "ada", "kind": "person"}, {"ext_id": "bob", "name": "Robert"}]');
SELECT b.ext_id, b.version <> n.xmin::text AS written FROM before b JOIN kb.node n USING (ext_id, tenant_id)
WHERE b.ext_id IN ('ada', 'bob') ORDER BY 1, b.tenant_id;

-- edges by ext_id or by id; new relations go to the dictionary
SELECT node_id AS ada FROM kb.node WHERE ext_id = 'ada' AND tenant_id = 0 \gset
SELECT node_id AS cy FROM kb.node WHERE ext_id = 'cy' \gset
CREATE TEMP TABLE done AS
SELECT * FROM trellis.upsert_edges('kb', 
  jsonb_build_array(jsonb_build_object('src_id', :ada, 'dst_id', :cy, 'rel', 'knows')) || '[
  {"src": "ada", "dst": "bob", "rel": "knows", "weight": 0.7, "chunk_id": "c1", "doc_id": "d1"},
  {"src": "bob", "dst": 7, "rel": "works_at", "confidence": 0.5, "props": {"since": 2001}},
  {"src": "ada", "dst": "bob", "rel": "knows", "chunk_id": "c2"},
  {"src": "ada", "dst": "ada", "rel": "knows"},
  {"src": "ada", "dst": "bob", "rel": "knows", "ukey": "again"}]');
SELECT s.ext_id AS src, d.ext_id AS dst, rel, inserted FROM done JOIN kb.node s ON s.node_id = src JOIN kb.node d ON d.node_id = dst;
SELECT s.ext_id AS src, t.name AS rel, d.ext_id AS dst, weight, confidence, ukey, e.props
FROM kb.edge e JOIN kb.node s ON s.node_id = src JOIN kb.node d ON d.node_id = dst JOIN kb.rel_type t USING (rel)
ORDER BY 1, 2, 3, ukey;
SELECT chunk_id, doc_id, count(*) FROM kb.edge_source GROUP BY 1, 2 ORDER BY 1;

-- ending an edge, again, reopening it, a period of its own
SELECT inserted FROM trellis.upsert_edges('kb', '[{"src": "bob", "dst": 7, "rel": "works_at", "valid_to": "2010-01-01 00:00Z"}]');
SELECT inserted FROM trellis.upsert_edges('kb', '[{"src": "bob", "dst": 7, "rel": "works_at", "valid_to": "2010-01-01 00:00Z"}]');
SELECT inserted FROM trellis.upsert_edges('kb', '[{"src": "bob", "dst": 7, "rel": "works_at", "valid_from": "2015-01-01 00:00Z"},
  {"src": "bob", "dst": 7, "rel": "works_at", "valid_from": "2011-01-01 00:00Z", "valid_to": "2012-01-01 00:00Z"}]');
SET timezone = 'UTC';
SELECT valid_from, valid_to, confidence FROM kb.edge JOIN kb.rel_type USING (rel) WHERE name = 'works_at' ORDER BY valid_to;

-- time: what holds (the default), what held, what was known
SELECT node_id AS bob FROM kb.node WHERE ext_id = 'bob' \gset
SELECT name, via_edge IS NOT NULL AS via, rel FROM trellis.expand('kb.edge', ARRAY[:bob], 1, direction => 'out') JOIN kb.node USING (node_id) ORDER BY depth;
SELECT count(*) - 1 AS edges FROM trellis.expand('kb.edge', ARRAY[:bob], 1, direction => 'out', valid_at => '2009-01-01');
SELECT count(*) - 1 AS edges FROM trellis.expand('kb.edge', ARRAY[:bob], 1, direction => 'out', valid_at => '2010-01-01');
SELECT count(*) - 1 AS edges FROM trellis.expand('kb.edge', ARRAY[:bob], 1, direction => 'out', valid_at => '2011-06-01');
SELECT count(*) - 1 AS edges FROM trellis.expand('kb.edge', ARRAY[:bob], 1, direction => 'out', valid_at => '2016-01-01');
SELECT count(*) - 1 AS edges FROM trellis.expand('kb.edge', ARRAY[:bob], 1, direction => 'out', known_at => '2016-01-01');
SELECT count(*) - 1 AS edges FROM trellis.expand('kb.edge', ARRAY[:bob], 1, direction => 'out', known_at => now());

-- deleting a node takes its edges and provenance along
DELETE FROM kb.node WHERE ext_id = 'bob';
SELECT count(*) FROM kb.edge;

-- a graph of another name keeps working after its schema is renamed
ALTER SCHEMA kb RENAME TO "My Graph";
SELECT count(*), max(rel) FROM trellis.expand('"My Graph".edge', ARRAY[:ada]);
SELECT inserted FROM trellis.upsert_edges('My Graph', '[{"src": "ada", "dst": "cy", "rel": "likes"}]');

-- tables, partitioned tables and views that exist already
CREATE SCHEMA warehouse AUTHORIZATION kg_tables_owner;
SET search_path = warehouse;
CREATE TABLE employee (id int PRIMARY KEY, boss int REFERENCES employee, since date);
INSERT INTO employee VALUES (1, NULL, '2001-01-01'), (2, 1, '2002-01-01'), (3, 1, '2003-01-01'), (4, 2, '2004-01-01');
SELECT * FROM trellis.expand('employee', ARRAY[4]);
SELECT trellis.register_edges('employee', 'id', 'boss', nodes => 'employee');
SELECT node_id, depth, parent_id FROM trellis.expand('employee', ARRAY[4], 3, direction => 'out');
SELECT node_id, depth FROM trellis.expand('employee', ARRAY[1], 3, direction => 'in') ORDER BY 1;
SELECT seq, node_id, agg_cost FROM trellis.shortest_path('employee', 4, 3);
SELECT trellis.register_edges('employee', 'boss', 'id', valid_from => 'since');
SELECT node_id, depth FROM trellis.expand('employee', ARRAY[1], 3, direction => 'out', valid_at => '2003-06-01') ORDER BY 1;

CREATE TABLE part (src uuid, dst uuid, rel varchar(10), edge_id uuid, day date) PARTITION BY RANGE (day);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO part SELECT lpad(a::text, 32, '0')::uuid, lpad(b::text, 32, '0')::uuid, r, lpad(r, 32, 'e')::uuid, d::date
FROM (VALUES (1, 2, 'a', '2020-05-05'), (2, 3, 'b', '2021-05-05'), (3, 1, 'c', '2021-06-06')) v(a, b, r, d);
SELECT * FROM trellis.expand('part', ARRAY['00000000-0000-0000-0000-000000000001'::uuid], direction => 'out');
SELECT seq, node_id, edge_id, edge_key, rel FROM trellis.shortest_path('part', '00000000-0000-0000-0000-000000000001'::uuid, '00000000-0000-0000-0000-000000000003'::uuid, direction => 'out');

CREATE TABLE link (a text, b text COLLATE "C", how text);
INSERT INTO link VALUES ('x', 'y', 'to'), ('y', 'z', 'to'), ('y', 'ü', 'by');
CREATE VIEW by_link WITH (security_invoker) AS SELECT a AS src, b AS dst, how AS rel FROM link WHERE how = 'to';
SELECT node_id, parent_id, rel, via_edge FROM trellis.expand('by_link', ARRAY['x']);
SELECT trellis.register_edges('link', 'a', 'b', 'how');
SELECT node_id, parent_id, rel FROM trellis.expand('link', ARRAY['x'::varchar], rels => '{by,to}') ORDER BY node_id COLLATE "C";

-- only the owner registers; a row of a dropped table harms nobody
GRANT USAGE ON SCHEMA warehouse TO kg_tables_other;
SET ROLE kg_tables_other;
SELECT trellis.register_edges('warehouse.link', 'a', 'b');
\set VERBOSITY terse
SELECT trellis.create_graph('mine');
\set VERBOSITY default
INSERT INTO trellis.graph_edges (rel_schema, rel_name, src, dst) VALUES ('a', 'b', 'c', 'd');
RESET ROLE;
SET ROLE kg_tables_owner;
DROP TABLE part;
SELECT count(*) FROM trellis.expand('employee', ARRAY[1]);
RESET ROLE;

RESET search_path;
RESET timezone;
SET client_min_messages = warning;
DROP TABLE before, done;
DROP SCHEMA warehouse CASCADE;
DROP SCHEMA "My Graph" CASCADE;
DELETE FROM trellis.graph_edges;
REVOKE CREATE ON DATABASE :"db" FROM kg_tables_owner;
DROP ROLE kg_tables_owner, kg_tables_other;
