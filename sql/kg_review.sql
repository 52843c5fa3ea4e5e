-- Answers that do not depend on settings of the session, calls that end
-- whatever the weights are, and rows of the catalogue that outlive a graph.

SET client_min_messages = warning;
CREATE SCHEMA kgr;
SET search_path = kgr;

-- a plan made for one batch of nodes must not run for the next
CREATE TABLE chain (edge_id bigint PRIMARY KEY, src bigint, dst bigint);
INSERT INTO chain SELECT i, i, i + 1 FROM generate_series(1, 60) i;
CREATE INDEX ON chain (src);
CREATE INDEX ON chain (dst);
ANALYZE chain;
SET trellis.graph_source = probe;
SET plan_cache_mode = force_custom_plan;
SELECT count(*), max(depth) FROM trellis.expand('chain', ARRAY[1], max_depth => 60);
SELECT * FROM trellis.distances('chain', ARRAY[1], ARRAY[10], direction => 'out');
SET trellis.graph_source = scan;
SELECT count(*), max(depth) FROM trellis.expand('chain', ARRAY[1], max_depth => 60);
RESET plan_cache_mode;
RESET trellis.graph_source;

-- weights so small, or so great, that a share of mass cannot be divided by them
CREATE TABLE tiny (edge_id bigint, src bigint, dst bigint, weight float8);
INSERT INTO tiny VALUES (1, 1, 2, 1e-320), (2, 2, 3, 1e-320), (3, 3, 1, 1e-320);
SELECT node_id, round(score::numeric, 3) FROM trellis.ppr('tiny', ARRAY[1], direction => 'out');
UPDATE tiny SET weight = 1e307;
SELECT node_id, round(score::numeric, 3) FROM trellis.ppr('tiny', ARRAY[1], direction => 'out');
UPDATE tiny SET weight = 1;
SELECT node_id, round(score::numeric, 3) FROM trellis.ppr('tiny', ARRAY[1], direction => 'out');

-- who drops a graph leaves nothing behind that runs with the rights of the one
-- who makes another of its name
CREATE ROLE kgr_past;
CREATE ROLE kgr_present;
GRANT USAGE, CREATE ON SCHEMA kgr TO kgr_past, kgr_present;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO kgr_past, kgr_present', current_database()); END $$;
SET ROLE kgr_past;
SELECT trellis.create_graph('kgr_graph');
CREATE TABLE bait (id text);
CREATE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE WARNING 'run by %', current_user;
  RETURN NULL;
END $$;
CREATE TRIGGER spring AFTER DELETE ON bait EXECUTE FUNCTION spring();
GRANT ALL ON bait TO kgr_present;
SELECT trellis.register_chunks('kgr_graph', 'bait', 'id');
SELECT relation, count FROM trellis.forget_document('kgr_graph', 'd');
DROP SCHEMA kgr_graph CASCADE;
RESET ROLE;
SET ROLE kgr_present;
SELECT trellis.create_graph('kgr_graph');
SELECT relation, count FROM trellis.forget_document('kgr_graph', 'd');
SELECT relation, count FROM trellis.forget_document('kgr_graph', 'd', dry_run => true);
RESET ROLE;
-- with the relation it is theirs
ALTER TABLE bait OWNER TO kgr_present;
SET ROLE kgr_present;
SELECT relation, count FROM trellis.forget_document('kgr_graph', 'd');
SELECT trellis.register_chunks('kgr_graph', 'bait', 'id');
SELECT relation, count FROM trellis.forget_document('kgr_graph', 'd');
RESET ROLE;

DELETE FROM trellis.graph_chunks WHERE graph = 'kgr_graph';
DROP SCHEMA kgr, kgr_graph CASCADE;
DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM kgr_past, kgr_present', current_database()); END $$;
DROP ROLE kgr_past, kgr_present;
