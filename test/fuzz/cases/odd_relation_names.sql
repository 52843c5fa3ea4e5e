-- The same for a dictionary of relations whose names are of type name.
CREATE SCHEMA g;
CREATE TABLE g.node (node_id bigint, tenant_id int, ext_id text);
INSERT INTO g.node VALUES (1, 0, 'a'), (2, 0, 'b');
CREATE TABLE g.edge (edge_id bigint);
CREATE TABLE g.rel_type (rel int, name name PRIMARY KEY);
INSERT INTO g.rel_type VALUES (1, 'zzzzzzzz'), (2, 'ffffffff'), (3, 'bbbbbbb');
SELECT * FROM trellis.upsert_edges('g', '[{"src": "a", "dst": "b", "rel": "zzzzzzzz"}, {"src": "a", "dst": "b", "rel": "bbbbbbb"}]');
