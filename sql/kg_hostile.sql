-- What objects made to mislead a call can do: get a wrong answer for their
-- owner at most, never a crash.

SET client_min_messages = warning;
CREATE SCHEMA kgh;
SET search_path = kgh;

-- end points that the foreign keys do not vouch for: deferred, inherited
CREATE TABLE node (id bigint PRIMARY KEY);
INSERT INTO node VALUES (1), (2);
CREATE TABLE late (
  src bigint REFERENCES node DEFERRABLE INITIALLY DEFERRED,
  dst bigint REFERENCES node DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO late VALUES (1, 2), (1, 999), (999, 2);
SELECT node_id, depth FROM trellis.expand('late', ARRAY[999, 1]);
SELECT count(*) FROM trellis.shortest_path('late', 1, 999);
ROLLBACK;
CREATE TABLE parent (src bigint REFERENCES node, dst bigint REFERENCES node);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child VALUES (1, 2), (1, 999);
SELECT node_id, depth FROM trellis.expand('parent', ARRAY[999, 1]);
-- disabled triggers: the graph is taken at its word, and nothing breaks
CREATE TABLE broken (src bigint REFERENCES node, dst bigint REFERENCES node);
SET session_replication_role = replica;
INSERT INTO broken VALUES (1, 2), (1, 999), (2, 999);
RESET session_replication_role;
SELECT node_id, depth, parent_id FROM trellis.expand('broken', ARRAY[999, 1]);

-- a view whose source column is one thing in the condition, another in the row
CREATE TABLE star AS SELECT 1::bigint AS src, g::bigint AS dst FROM generate_series(2, 20000) g;
CREATE FUNCTION fickle(x bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  n int := current_setting('kgh.calls')::int + 1;
BEGIN
  PERFORM set_config('kgh.calls', n::text, false);
  RETURN CASE WHEN n < 20000 OR n % 2 = 1 THEN x ELSE n / 3 END;
END $$;
CREATE VIEW liar WITH (security_invoker) AS SELECT fickle(src) AS src, dst FROM star;
SET kgh.calls = 0;
SELECT count(*) > 1000 AS many FROM trellis.expand('liar', ARRAY[1], 3, direction => 'out', max_fanout => NULL, max_nodes => NULL);
SET kgh.calls = 0;
SELECT count(*) FROM trellis.shortest_path('liar', 1, 30000, direction => 'out');
-- the same of searches that keep edges, also where weights are never the same
CREATE VIEW moody WITH (security_invoker) AS SELECT fickle(dst % 40) AS src, dst % 47 AS dst, random() AS weight, 1 + dst % 9 AS edge_id FROM star WHERE dst < 600;
SET kgh.calls = 19000;
SELECT count(*) BETWEEN 1 AND 2000 AS some FROM trellis.paths('moody', ARRAY[1, 2, 3], ARRAY[4, 5, 6], 'trail', max_paths => 2000);
SET kgh.calls = 19000;
SELECT count(*) BETWEEN 1 AND 2000 AS some FROM trellis.paths('moody', ARRAY[1, 2, 3], NULL, 'simple', max_paths => 2000);
SET kgh.calls = 19500;
SELECT count(*) >= 0 AS survived FROM trellis.k_shortest_paths('moody', 1, 5, 100, true);
SET kgh.calls = 19500;
SELECT count(*) >= 0 AS survived FROM trellis.k_shortest_paths('moody', 1, 5, 100, true, 4);
SET kgh.calls = 19500;
SELECT count(*) >= 0 AS survived FROM trellis.all_shortest_paths('moody', 1, 5, true);

-- a policy whose function changes the types of another table's columns
CREATE ROLE kgh_owner;
GRANT ALL ON SCHEMA kgh TO kgh_owner;
SET ROLE kgh_owner;
CREATE TABLE place (id bigint PRIMARY KEY);
INSERT INTO place SELECT generate_series(1, 3);
CREATE TABLE road (src bigint, dst bigint, edge_id text, rel text, other_id bigint, other_rel bigint);
INSERT INTO road VALUES (1, 2, 'a', 'x', 4711, 1), (2, 3, 'b', 'y', 4712, 2);
CREATE FUNCTION meddle(bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'road'::regclass AND attname = 'other_id') THEN
    ALTER TABLE road RENAME edge_id TO old_id;
    ALTER TABLE road RENAME rel TO old_rel;
    ALTER TABLE road RENAME other_id TO edge_id;
    ALTER TABLE road RENAME other_rel TO rel;
  END IF;
  RETURN true;
END $$;
ALTER TABLE place ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY meddling ON place USING (meddle(id));
SELECT node_id, rel, via_edge, edge_key FROM trellis.expand('road', ARRAY[1], nodes => 'place');
RESET ROLE;

-- tables that only look like a graph's
CREATE SCHEMA kgh_fake;
CREATE TABLE kgh_fake.node (
  node_id int GENERATED ALWAYS AS IDENTITY, tenant_id smallint, kind text,
  ext_id "char", name text, props jsonb, UNIQUE (tenant_id, ext_id));
CREATE TABLE kgh_fake.edge (
  edge_id int GENERATED ALWAYS AS IDENTITY, tenant_id int, src int, rel int, dst int,
  ukey "char", valid_from timestamptz, valid_to timestamptz, weight real,
  confidence numeric, props jsonb, expired_at timestamptz DEFAULT 'infinity');
CREATE TABLE kgh_fake.rel_type (rel smallint GENERATED ALWAYS AS IDENTITY, name "char" UNIQUE);
SELECT * FROM trellis.upsert_nodes('kgh_fake', '[{"ext_id": "a"}, {"ext_id": "b"}, {"ext_id": "a", "kind": "k"}]');
SELECT * FROM trellis.upsert_edges('kgh_fake', '[{"src": "a", "dst": "b", "rel": "r"}]');

-- a trigger that takes the keys away
SELECT trellis.create_graph('kgh_graph');
CREATE FUNCTION take_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.ext_id := NULL;
  RETURN NEW;
END $$;
ALTER TABLE kgh_graph.node ALTER ext_id DROP NOT NULL;
CREATE TRIGGER take_key BEFORE INSERT ON kgh_graph.node FOR EACH ROW EXECUTE FUNCTION take_key();
SELECT * FROM trellis.upsert_nodes('kgh_graph', '[{"ext_id": "a"}]');
SELECT count(*) FROM kgh_graph.node;

-- numbers that somebody else chose: 0 is one like any other
SELECT trellis.create_graph('kgh_zero');
INSERT INTO kgh_zero.node (node_id, ext_id) VALUES (0, 'zero'), (-1, 'less');
INSERT INTO kgh_zero.rel_type (rel, name) VALUES (0, 'none'), (-1, 'minus');
SELECT * FROM trellis.upsert_nodes('kgh_zero', '[{"ext_id": "zero", "name": "Zero"}, {"ext_id": "less"}, {"ext_id": "zero"}]');
INSERT INTO kgh_zero.edge (edge_id, src, dst, rel) VALUES (0, 0, -1, 0);
SELECT * FROM trellis.upsert_edges('kgh_zero', '[{"src": "zero", "dst": "less", "rel": "none", "weight": 2},
  {"src_id": -1, "dst_id": 0, "rel": "minus"}]');
SELECT node_id, via_edge, rel FROM trellis.expand('kgh_zero.edge', ARRAY[0], direction => 'out');
SELECT seq, node_id, edge_id, cost FROM trellis.shortest_path('kgh_zero.edge', 0, -1, true);

RESET search_path;
DROP SCHEMA kgh CASCADE;
DROP SCHEMA kgh_fake CASCADE;
DROP SCHEMA kgh_graph CASCADE;
DROP SCHEMA kgh_zero CASCADE;
DELETE FROM trellis.graph_edges WHERE rel_schema LIKE 'kgh%';
DROP ROLE kgh_owner;
