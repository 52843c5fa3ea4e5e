-- Walks under row-level security, grants and roles: what the caller may not
-- see is absent from every number, at every hop, whatever plan is cached.

CREATE ROLE kgs_reader;
CREATE ROLE kgs_other;
CREATE SCHEMA kgs;
GRANT USAGE ON SCHEMA kgs TO kgs_reader, kgs_other;
SET search_path = kgs;

-- a chain 1-2-3-4, a hub 100 that ties all together, and a long way round
CREATE TABLE node (node_id int PRIMARY KEY, secret bool NOT NULL DEFAULT false, owner name);
CREATE TABLE edge (edge_id int PRIMARY KEY, src int REFERENCES node, dst int REFERENCES node, rel text, weight float8 DEFAULT 1, secret bool NOT NULL DEFAULT false);
INSERT INTO node SELECT i, i = 100, CASE WHEN i % 2 = 0 THEN 'kgs_other' ELSE 'kgs_reader' END FROM generate_series(1, 4) i;
INSERT INTO node VALUES (100, true, 'kgs_other');
INSERT INTO edge VALUES (1, 1, 2, 'next', 1), (2, 2, 3, 'next', 1), (3, 3, 4, 'next', 1), (4, 1, 100, 'hub', 9), (5, 100, 4, 'hub', 9);
GRANT SELECT ON node, edge TO kgs_reader;

-- no policy: the hub is the short way
SET ROLE kgs_reader;
SELECT seq, node_id FROM trellis.shortest_path('edge', 1, 4);
SELECT node_id FROM trellis.expand('edge', ARRAY[1], 1, max_fanout => 1);
RESET ROLE;

-- nodes: hidden, the hub shortens no path, takes no place in a limit, is no seed
ALTER TABLE node ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON node USING (NOT secret);
SET ROLE kgs_reader;
SELECT seq, node_id FROM trellis.shortest_path('edge', 1, 4);
SELECT seq, node_id FROM trellis.shortest_path('edge', 1, 4, true);
SELECT node_id, truncated FROM trellis.expand('edge', ARRAY[1], 1, max_fanout => 1);
SELECT node_id, truncated FROM trellis.expand('edge', ARRAY[1], 1, max_nodes => 2);
SELECT node_id FROM trellis.expand('edge', ARRAY[100]);
SELECT node_id, depth FROM trellis.expand('edge', ARRAY[100, 4, 77], 1) ORDER BY 1;
SELECT * FROM trellis.shortest_path('edge', 1, 100);
SELECT * FROM trellis.shortest_path('edge', 100, 100);
SELECT * FROM trellis.shortest_path('edge', 77, 77, true);
RESET ROLE;
-- the owner of the tables is not subject to it
SELECT count(*) FROM trellis.expand('edge', ARRAY[100]);

-- edges: hidden at every hop
ALTER TABLE edge ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON edge USING (NOT secret);
UPDATE edge SET secret = true WHERE edge_id = 3;
SET ROLE kgs_reader;
SELECT node_id, depth FROM trellis.expand('edge', ARRAY[1], 5) ORDER BY 1;
SELECT * FROM trellis.shortest_path('edge', 1, 4);

-- the same session, the same plans: a policy that reads a setting, the role, a grant
RESET ROLE;
UPDATE edge SET secret = false;
DROP POLICY p ON node;
CREATE POLICY by_setting ON node USING (node_id <= current_setting('kgs.highest')::int OR owner = current_user);
GRANT SELECT ON node, edge TO kgs_other;
SET ROLE kgs_reader;
SET kgs.highest = 2;
SELECT array_agg(node_id ORDER BY node_id) FROM trellis.expand('edge', ARRAY[1], 5);
SET kgs.highest = 3;
SELECT array_agg(node_id ORDER BY node_id) FROM trellis.expand('edge', ARRAY[1], 5);
SET kgs.highest = 4;
SELECT array_agg(node_id ORDER BY node_id) FROM trellis.expand('edge', ARRAY[1], 5);
SET ROLE kgs_other;
SELECT array_agg(node_id ORDER BY node_id) FROM trellis.expand('edge', ARRAY[1], 5);
SET kgs.highest = 2;
SELECT array_agg(node_id ORDER BY node_id) FROM trellis.expand('edge', ARRAY[1], 5);
RESET ROLE;
REVOKE SELECT ON edge FROM kgs_reader;
SET ROLE kgs_reader;
\set VERBOSITY terse
SELECT count(*) FROM trellis.expand('edge', ARRAY[1]);
SELECT count(*) FROM trellis.shortest_path('edge', 1, 4);
RESET ROLE;
GRANT SELECT ON edge TO kgs_reader;
REVOKE SELECT ON node FROM kgs_reader;
SET ROLE kgs_reader;
SELECT count(*) FROM trellis.expand('edge', ARRAY[1]);
RESET ROLE;
-- columns of edges that nobody granted
REVOKE SELECT ON edge FROM kgs_reader;
GRANT SELECT ON node TO kgs_reader;
GRANT SELECT (src, dst) ON edge TO kgs_reader;
SET ROLE kgs_reader;
SELECT count(*) FROM trellis.expand('edge', ARRAY[1]);
RESET ROLE;
GRANT SELECT ON edge TO kgs_reader;
-- row_security = off asks for an error instead of a filtered answer
SET ROLE kgs_reader;
SET row_security = off;
SELECT count(*) FROM trellis.expand('edge', ARRAY[1]);
RESET row_security;
RESET ROLE;

-- views: only with the caller's rights
CREATE VIEW definer AS SELECT * FROM edge;
CREATE VIEW invoker WITH (security_invoker) AS SELECT * FROM edge WHERE rel = 'next';
GRANT SELECT ON definer, invoker TO kgs_reader;
UPDATE edge SET secret = true WHERE edge_id = 2;
SET ROLE kgs_reader;
SELECT count(*) FROM trellis.expand('definer', ARRAY[1]);
SELECT array_agg(node_id ORDER BY node_id) FROM trellis.expand('invoker', ARRAY[1], 5);
SELECT array_agg(node_id ORDER BY node_id) FROM trellis.expand('invoker', ARRAY[1], 5, nodes => 'node');
SELECT trellis.register_edges('invoker', 'src', 'dst');
RESET ROLE;
SELECT trellis.register_edges('definer', 'src', 'dst');
\set VERBOSITY default

-- writers: what a policy hides or forbids is not written, and nothing of the batch
SELECT trellis.create_graph('kgs_graph');
SELECT FROM trellis.upsert_nodes('kgs_graph', '[{"ext_id": "open"}, {"ext_id": "closed"}, {"ext_id": "fixed"}]');
GRANT USAGE ON SCHEMA kgs_graph TO kgs_reader;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA kgs_graph TO kgs_reader;
ALTER TABLE kgs_graph.node ENABLE ROW LEVEL SECURITY;
CREATE POLICY see ON kgs_graph.node FOR SELECT USING (ext_id <> 'closed');
CREATE POLICY add ON kgs_graph.node FOR INSERT WITH CHECK (kind <> 'bad');
CREATE POLICY edit ON kgs_graph.node FOR UPDATE USING (ext_id <> 'fixed');
SET ROLE kgs_reader;
\set VERBOSITY terse
SELECT ext_id, inserted FROM trellis.upsert_nodes('kgs_graph', '[{"ext_id": "new"}, {"ext_id": "open", "name": "Open"}, {"ext_id": "fixed"}]');
SELECT FROM trellis.upsert_nodes('kgs_graph', '[{"ext_id": "new2"}, {"ext_id": "closed"}]');
SELECT FROM trellis.upsert_nodes('kgs_graph', '[{"ext_id": "new2"}, {"ext_id": "fixed", "name": "x"}]');
SELECT FROM trellis.upsert_nodes('kgs_graph', '[{"ext_id": "new2"}, {"ext_id": "new3", "kind": "bad"}]');
SELECT FROM trellis.upsert_edges('kgs_graph', '[{"src": "open", "dst": "closed", "rel": "r"}]');
SELECT ext_id, name FROM kgs_graph.node ORDER BY 1;
RESET ROLE;
REVOKE INSERT ON kgs_graph.rel_type FROM kgs_reader;
INSERT INTO kgs_graph.rel_type (name) VALUES ('known');
SET ROLE kgs_reader;
SELECT inserted FROM trellis.upsert_edges('kgs_graph', '[{"src": "open", "dst": "new", "rel": "known"}]');
SELECT inserted FROM trellis.upsert_edges('kgs_graph', '[{"src": "open", "dst": "new", "rel": "unheard"}]');
\set VERBOSITY default
RESET ROLE;

-- 24 random policies: every answer is that of the same call on a copy that
-- holds only what the policy shows
CREATE FUNCTION rnd(int, int, text) RETURNS int LANGUAGE sql IMMUTABLE
  AS $$ SELECT ('x' || substr(md5($1 || $3 || $2), 1, 7))::bit(28)::int $$;
CREATE TABLE big_node (node_id bigint PRIMARY KEY);
INSERT INTO big_node SELECT generate_series(1, 60);
CREATE TABLE big_edge (edge_id bigint PRIMARY KEY, src bigint, dst bigint, rel text, weight float8);
INSERT INTO big_edge SELECT i, 1 + rnd(i, 1, 's') % 60, 1 + CASE WHEN i % 4 = 0 THEN 0 ELSE rnd(i, 1, 'd') % 60 END,
  substr('abc', 1 + i % 3, 1), rnd(i, 1, 'w') % 7 FROM generate_series(1, 220) i;
SELECT trellis.register_edges('big_edge', 'src', 'dst', 'rel', 'weight', 'edge_id', nodes => 'big_node');
CREATE FUNCTION node_shown(id bigint, p int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT rnd(id::int, p, 'n') % 10 < 4 + p % 6 $$;
CREATE FUNCTION edge_shown(id bigint, p int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT rnd(id::int, p, 'e') % 10 < 5 + p % 5 $$;
ALTER FUNCTION rnd(int, int, text) SET search_path = pg_catalog;
ALTER TABLE big_node ENABLE ROW LEVEL SECURITY;
ALTER TABLE big_edge ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON big_node USING (node_shown(node_id, current_setting('kgs.policy')::int));
CREATE POLICY p ON big_edge USING (edge_shown(edge_id, current_setting('kgs.policy')::int));
GRANT SELECT ON big_node, big_edge TO kgs_reader;
-- the copies, one pair a policy
DO $$
BEGIN
  FOR p IN 1..24 LOOP
    EXECUTE format('CREATE TABLE node_%1$s AS SELECT * FROM big_node WHERE node_shown(node_id, %1$s)', p);
    EXECUTE format('CREATE TABLE edge_%1$s AS SELECT * FROM big_edge WHERE edge_shown(edge_id, %1$s) AND node_shown(src, %1$s) AND node_shown(dst, %1$s)', p);
    EXECUTE format('GRANT SELECT ON node_%1$s, edge_%1$s TO kgs_reader', p);
    PERFORM trellis.register_edges(('edge_' || p)::regclass, 'src', 'dst', 'rel', 'weight', 'edge_id', nodes => ('node_' || p)::regclass, node_key => 'node_id');
  END LOOP;
END $$;
SET client_min_messages = warning;
CREATE FUNCTION compare(call text) RETURNS TABLE (cases bigint, agree bigint, rows bigint) LANGUAGE plpgsql AS $$
DECLARE
  shown text;
  copied text;
BEGIN
  cases := 0; agree := 0; rows := 0;
  FOR p IN 1..24 LOOP
    PERFORM set_config('kgs.policy', p::text, false);
    FOR s IN 1..10 LOOP
      EXECUTE format('SELECT string_agg(x::text, '','' ORDER BY x::text) FROM ' || call || ' x', 'big_edge', s * 6 - 5 + p % 6) INTO shown;
      EXECUTE format('SELECT string_agg(x::text, '','' ORDER BY x::text) FROM ' || call || ' x', 'edge_' || p, s * 6 - 5 + p % 6) INTO copied;
      cases := cases + 1;
      agree := agree + (shown IS NOT DISTINCT FROM copied)::int;
      rows := rows + coalesce(array_length(string_to_array(shown, '('), 1) - 1, 0);
    END LOOP;
  END LOOP;
  RETURN NEXT;
END $$;
SET ROLE kgs_reader;
SELECT call, cases, agree, rows > 50 AS rows FROM (VALUES
  ('trellis.expand(%L, ARRAY[%s], 3)'),
  ('trellis.expand(%L, ARRAY[%s, 1, 2], 4, direction => ''out'', max_fanout => 2)'),
  ('trellis.expand(%L, ARRAY[%s, 1, 60], 3, direction => ''in'', max_nodes => 5, seed_scores => ''{1,2,3}'')'),
  ('trellis.expand(%L, ARRAY[%s], 3, max_fanout => 1, max_nodes => 9)'),
  ('trellis.expand(%L, ARRAY[%s, 2], NULL, rels => ''{a,c}'', min_weight => 2, max_fanout => NULL, max_nodes => NULL)'),
  ('trellis.expand(%L, ARRAY[%s, 3], metapath => ''{a>,b,<c}'')'),
  ('trellis.shortest_path(%L, %s, 1)'),
  ('trellis.shortest_path(%L, %s, 30, direction => ''out'')'),
  ('trellis.shortest_path(%L, %s, 1, true)'),
  ('trellis.shortest_path(%L, %s, 31, true, direction => ''in'')'),
  ('trellis.neighbors(%L, ARRAY[%s, 1], max_fanout => 3)'),
  ('trellis.neighbors(%L, ARRAY[1, %s], ''in'', rels => ''{a,b}'', max_fanout => NULL)'),
  ('trellis.degree(%L, ARRAY[%s, 1, 2, 60])'),
  ('trellis.degree(%L, NULL::bigint[], min_weight => %s %% 5)'),
  ('trellis.subgraph(%L, ARRAY[%s])'),
  ('trellis.subgraph(%L, ARRAY[%s, 1], 3, ''out'', max_fanout => 2, max_nodes => 8, max_edges => 6)'),
  ('trellis.distances(%L, ARRAY[%s, 1])'),
  ('trellis.distances(%L, ARRAY[%s, 2], ARRAY[1, 3, 30, 60], true, max_nodes => 12)'),
  ('trellis.distances(%L, ARRAY[%s], true, 3, ''in'')'),
  ('(SELECT line, n FROM regexp_split_to_table(trellis.graph_dot(%L, ARRAY[%s], max_fanout => 3, max_nodes => 9), E''\n'') WITH ORDINALITY s(line, n))')) c(call), compare(call)
ORDER BY call;
RESET ROLE;

RESET kgs.policy;
RESET search_path;
DROP SCHEMA kgs CASCADE;
DROP SCHEMA kgs_graph CASCADE;
DELETE FROM trellis.graph_edges;
DROP ROLE kgs_reader, kgs_other;
