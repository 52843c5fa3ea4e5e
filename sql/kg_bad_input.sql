-- Bad input: a clear error that names the argument, and nothing half done.

CREATE SCHEMA kgb;
SET search_path = kgb;
CREATE TABLE g (src bigint, dst bigint);
INSERT INTO g VALUES (1, 2), (2, 3);
CREATE TABLE full_g (src bigint, dst bigint, rel text, weight float8, edge_id bigint);
INSERT INTO full_g VALUES (1, 2, 'a', 1, 1), (2, 3000000000, 'a', 1, 1);

-- edges
SELECT * FROM trellis.expand(NULL, ARRAY[1]);
SELECT * FROM trellis.expand('nowhere', ARRAY[1]);
SELECT * FROM trellis.expand(4294967295::oid::regclass, ARRAY[1]);
SELECT * FROM trellis.expand('g', ARRAY[1], nodes => 4294967295::oid::regclass);
CREATE TABLE no_graph (a int);
SELECT * FROM trellis.expand('no_graph', ARRAY[1]);
CREATE TABLE odd (src bigint, dst float8);
SELECT * FROM trellis.expand('odd', ARRAY[1]);
CREATE TABLE mixed (src bigint, dst text);
SELECT * FROM trellis.expand('mixed', ARRAY[1]);
CREATE INDEX g_src ON g (src);
SELECT * FROM trellis.expand('g_src', ARRAY[1]);
CREATE SEQUENCE seq;
SELECT * FROM trellis.expand('seq', ARRAY[1]);
CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE soft (src text COLLATE anycase, dst text);
SELECT * FROM trellis.expand('soft', ARRAY['a']);
-- ids
SELECT * FROM trellis.expand('g', ARRAY['a']);
SELECT * FROM trellis.expand('g', ARRAY[1.5]);
SELECT * FROM trellis.expand('g', ARRAY[true]);
SELECT * FROM trellis.expand('full_g', ARRAY[1], 3);
SELECT node_id FROM trellis.expand('full_g', ARRAY[1]::bigint[], 3);
-- limits and numbers
SELECT * FROM trellis.expand('g', ARRAY[1], -1);
SET statement_timeout = '2s';
SELECT count(*) FROM trellis.expand('g', ARRAY[]::bigint[], 2147483647, max_nodes => 2147483647);
SELECT count(*) FROM trellis.expand('g', ARRAY[1], 2147483647, max_fanout => 1, max_nodes => NULL);
RESET statement_timeout;
SELECT * FROM trellis.expand('g', ARRAY[1], min_depth => -1);
SELECT * FROM trellis.expand('g', ARRAY[1], 1, 2);
SELECT * FROM trellis.expand('g', ARRAY[1], max_fanout => 0);
SELECT * FROM trellis.expand('g', ARRAY[1], max_nodes => 0);
SELECT * FROM trellis.expand('g', ARRAY[1], decay => 1.5);
SELECT * FROM trellis.expand('g', ARRAY[1], decay => 'NaN');
SELECT * FROM trellis.expand('g', ARRAY[1, 2], seed_scores => '{1}');
SELECT * FROM trellis.expand('g', ARRAY[1, 2], seed_scores => '{1,NULL}');
SELECT * FROM trellis.expand('g', ARRAY[1, 2], seed_scores => '{1,inf}');
SELECT count(*) FROM trellis.expand('g', ARRAY[1], 2147483647, max_fanout => 2147483647, max_nodes => 2147483647);
SELECT count(*) FROM trellis.expand('g', ARRAY[1], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
-- words
SELECT * FROM trellis.expand('g', ARRAY[1], direction => 'up');
SELECT * FROM trellis.expand('g', ARRAY[1], rels => '{a}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], rels => '{a,NULL}');
SELECT * FROM trellis.expand('g', ARRAY[1], min_weight => 1);
SELECT * FROM trellis.expand('full_g', ARRAY[1], min_weight => 'NaN');
SELECT * FROM trellis.expand('g', ARRAY[1], min_confidence => 1);
SELECT * FROM trellis.expand('g', ARRAY[1], valid_at => now());
SELECT * FROM trellis.expand('g', ARRAY[1], known_at => now());
SELECT * FROM trellis.expand('full_g', ARRAY[1], rels => '{a}', metapath => '{a}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], metapath => '{}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], metapath => '{a>,<}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], metapath => '{<a>}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], metapath => '{a*0}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], metapath => '{a*x}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], metapath => '{a*1..3}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], metapath => '{a*60,a*60}');
SELECT * FROM trellis.expand('full_g', ARRAY[1], metapath => '{""}');
-- nodes
SELECT * FROM trellis.expand('g', ARRAY[1], nodes => 'no_graph');
CREATE TABLE name_node (node_id text PRIMARY KEY);
SELECT * FROM trellis.expand('g', ARRAY[1], nodes => 'name_node');
-- the same of paths
SELECT * FROM trellis.shortest_path('g', 'a', 'b');
SELECT * FROM trellis.shortest_path('g', 1, 2, true);
SELECT * FROM trellis.shortest_path('g', 1, 2, max_depth => -1);
SELECT * FROM trellis.shortest_path('g', 1, 2, max_nodes => 0);
SELECT * FROM trellis.shortest_path('full_g', 1, 3000000000);

-- making and registering graphs
SELECT trellis.create_graph(NULL);
SELECT trellis.create_graph('');
SELECT trellis.create_graph('kgb');
SELECT trellis.create_graph('trellis');
\set VERBOSITY terse
SELECT trellis.create_graph('pg_mine');
\set VERBOSITY default
SELECT trellis.create_graph('kg"b; DROP TABLE g');
DROP SCHEMA "kg""b; DROP TABLE g" CASCADE;
SELECT trellis.register_edges(NULL, 'a', 'b');
SELECT trellis.register_edges('no_graph', 'a', NULL);
SELECT trellis.register_edges('no_graph', 'a', 'b');
SELECT trellis.register_edges('g', 'src', 'dst', weight => 'heavy');
SELECT trellis.register_edges('full_g', 'src', 'dst', weight => 'rel');
SELECT trellis.register_edges('full_g', 'src', 'rel');
SELECT trellis.register_edges('full_g', 'src', 'dst', valid_from => 'weight');
SELECT trellis.register_edges('g', 'src', 'dst', node_key => 'id');
SELECT trellis.register_edges('g', 'src', 'dst', nodes => 'no_graph', node_key => 'id');
SELECT trellis.register_edges('g_src', 'src', 'dst');
BEGIN READ ONLY;
SELECT trellis.register_edges('g', 'src', 'dst');
ROLLBACK;
SELECT rel_name FROM trellis.graph_edges WHERE rel_schema = 'kgb';
-- what was registered is gone
SELECT trellis.register_edges('full_g', 'src', 'dst', weight => 'weight', nodes => 'g', node_key => 'src');
ALTER TABLE full_g DROP COLUMN weight;
SELECT * FROM trellis.expand('full_g', ARRAY[1]);
SELECT trellis.register_edges('full_g', 'src', 'dst', nodes => 'g', node_key => 'src');
DROP TABLE g;
SELECT * FROM trellis.expand('full_g', ARRAY[1]);

-- writers
SELECT trellis.create_graph('kgb2');
SELECT * FROM trellis.upsert_nodes(NULL, '[]');
SELECT * FROM trellis.upsert_nodes('nowhere', '[]');
SELECT * FROM trellis.upsert_nodes('kgb', '[]');
SELECT * FROM trellis.upsert_nodes('kgb2', '{}');
SELECT * FROM trellis.upsert_nodes('kgb2', '7');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a"}, 7]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a"}, []]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a"}, {"name": "b"}]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": null}]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a", "colour": "red"}]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": true}]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a", "name": 1}]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a", "props": "x"}]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a", "tenant_id": 1.5}]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a", "tenant_id": 3000000000}]');
SELECT * FROM trellis.upsert_nodes('kgb2', '[{"ext_id": "a", "doc_id": "d"}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "dst": "b"}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "rel": "r"}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "src_id": 1, "dst": "b", "rel": "r"}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "dst": "b", "rel": "r"}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src_id": 1, "dst_id": 99, "rel": "r"}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "dst": "b", "rel": "r", "weight": "1"}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "dst": "b", "rel": "r", "weight": 1e999}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "dst": "b", "rel": "r", "confidence": 2}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "dst": "b", "rel": "r", "valid_from": "yesteryear"}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "dst": "b", "rel": "r", "valid_from": 2000}]');
SELECT * FROM trellis.upsert_edges('kgb2', '[{"src": "a", "dst": "b", "rel": "r", "valid_from": "2001-01-01", "valid_to": "2000-01-01"}]');
SELECT (SELECT count(*) FROM kgb2.node) + (SELECT count(*) FROM kgb2.edge) + (SELECT count(*) FROM kgb2.rel_type) AS rows;

SET client_min_messages = warning;
RESET search_path;
DROP SCHEMA kgb CASCADE;
DROP SCHEMA kgb2 CASCADE;
DELETE FROM trellis.graph_edges;
