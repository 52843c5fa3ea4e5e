-- Writers besides upserts from JSON: arrays, the dictionary, ending edges,
-- forgetting documents, merging nodes; each with bad input, under policies,
-- without privileges, and taken back.

CREATE ROLE kgw_owner;
CREATE ROLE kgw_clerk;
CREATE ROLE kgw_other;
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO kgw_owner, kgw_other;
CREATE SCHEMA kgw_data AUTHORIZATION kgw_owner;
GRANT USAGE ON SCHEMA kgw_data TO PUBLIC;
SET ROLE kgw_owner;
SET timezone = 'UTC';
SELECT trellis.create_graph('kgw');
-- node ids by ext_id, for what follows
CREATE FUNCTION kgw_data.id(VARIADIC names text[]) RETURNS bigint[] LANGUAGE sql STABLE
AS 'SELECT array_agg(node_id ORDER BY n) FROM unnest(names) WITH ORDINALITY u(word, n) JOIN kgw.node ON ext_id = word';
CREATE VIEW kgw_data.edges WITH (security_invoker) AS
  SELECT e.edge_id, s.ext_id AS src, t.name AS rel, d.ext_id AS dst, weight, confidence, ukey, valid_from, valid_to, expired_at, e.props
  FROM kgw.edge e JOIN kgw.node s ON s.node_id = src JOIN kgw.node d ON d.node_id = dst JOIN kgw.rel_type t USING (rel);

-- arrays of nodes: NULL leaves out a column, a NULL element one row's value
SELECT ext_id, inserted FROM trellis.upsert_nodes('kgw', ARRAY['a', 'b', 'c', 'a'], ARRAY['letter', NULL, '', 'vowel'],
  names => ARRAY['A', NULL, NULL, NULL], props => ARRAY['{"n": 1}', NULL, NULL, '{"n": 2}']::jsonb[],
  tenant_ids => ARRAY[0, NULL, 0, 0], chunk_ids => ARRAY['c1', NULL, 'c2', 'c1'], doc_ids => ARRAY['d1', NULL, NULL, 'd1']);
SELECT ext_id, tenant_id, kind, name, props FROM kgw.node ORDER BY 1;
SELECT ext_id, chunk_id, doc_id FROM kgw.node_source JOIN kgw.node USING (node_id) ORDER BY 1;
SELECT ext_id, inserted FROM trellis.upsert_nodes('kgw', ext_ids => '{b,d}', kinds => NULL);
SELECT * FROM trellis.upsert_nodes('kgw', '{}', NULL);
SELECT * FROM trellis.upsert_nodes('kgw', NULL, NULL, NULL);
-- a literal of two arguments is JSON
SELECT ext_id, inserted FROM trellis.upsert_nodes('kgw', '[{"ext_id": "a"}]');

-- arrays of edges, by ext_id and by node_id
SELECT rel, inserted FROM trellis.upsert_edges('kgw', ARRAY['a', 'a', 'b'], ARRAY['b', 'c', 'c'], ARRAY['to', 'to', 'by'],
  weights => ARRAY[1, 2, NULL], confidences => ARRAY[0.5, NULL, NULL], valid_from => ARRAY[NULL, '2020-01-01', NULL]::timestamptz[],
  props => ARRAY['{"x": 1}', NULL, NULL]::jsonb[], chunk_ids => ARRAY['c1', 'c1', 'c2'], doc_ids => ARRAY['d1', 'd1', NULL], ukeys => ARRAY['u', NULL, NULL]);
SELECT rel, inserted FROM trellis.upsert_edges('kgw', kgw_data.id('a', 'b', 'c'), kgw_data.id('c', 'c', 'd'), ARRAY['to', 'by', 'by'],
  valid_to => ARRAY[NULL, '2030-01-01', NULL]::timestamptz[], weights => ARRAY[3, NULL, NULL]);
SELECT src, rel, dst, weight, confidence, ukey, valid_from, valid_to, props FROM kgw_data.edges ORDER BY 1, 2, 3;
SELECT src, dst, chunk_id, doc_id FROM kgw.edge_source JOIN kgw_data.edges USING (edge_id) ORDER BY 1, 2;
SELECT count(*) FROM trellis.upsert_edges('kgw', srcs => '{}', dsts => '{}', rels => NULL);
SELECT count(*) FROM trellis.upsert_edges('kgw', NULL::bigint[], NULL, NULL);

-- arrays and JSON write the same: 300 random batches, each the other's copy
SELECT trellis.create_graph('kgw_copy');
INSERT INTO kgw_copy.node (ext_id) SELECT 'n' || n FROM generate_series(0, 9) n;
SELECT trellis.create_graph('kgw_array');
INSERT INTO kgw_array.node (ext_id) SELECT 'n' || n FROM generate_series(0, 9) n;
SELECT setseed(0.5);
CREATE TEMP TABLE element AS
  SELECT b, 'n' || floor(random() * 10) AS src, 'n' || floor(random() * 10) AS dst, 'r' || floor(random() * 2) AS rel,
    CASE WHEN random() < 0.5 THEN floor(random() * 9)::float8 END AS weight,
    CASE WHEN random() < 0.2 THEN timestamptz '2020-01-01' + b * interval '1 day' END AS valid_to,
    CASE WHEN random() < 0.3 THEN 'c' || floor(random() * 5) END AS chunk_id
  FROM generate_series(1, 300) b, generate_series(1, 1 + b % 90);
CREATE TEMP TABLE written AS
  SELECT b, j.made AS made_json, a.made AS made_array
  FROM (SELECT b, jsonb_agg(to_jsonb(e) - 'b') AS elements, array_agg(src) AS srcs, array_agg(dst) AS dsts, array_agg(rel) AS rels,
          array_agg(weight) AS weights, array_agg(valid_to) AS valid_to, array_agg(chunk_id) AS chunk_ids
        FROM element e GROUP BY b ORDER BY b) x
  CROSS JOIN LATERAL (SELECT array_agg(inserted) AS made FROM trellis.upsert_edges('kgw_copy', elements)) j
  CROSS JOIN LATERAL (SELECT array_agg(inserted) AS made FROM trellis.upsert_edges('kgw_array', srcs, dsts, rels, weights => weights, valid_to => x.valid_to, chunk_ids => chunk_ids)) a;
SELECT count(*) AS batches, bool_and(made_json = made_array) AS agree, bool_or(true = ANY (made_json)) AS some_new, bool_or(false = ANY (made_json)) AS some_old FROM written;
SELECT count(*) FROM (
  (SELECT src, dst, rel, weight, valid_from, valid_to FROM kgw_copy.edge EXCEPT ALL SELECT src, dst, rel, weight, valid_from, valid_to FROM kgw_array.edge)
  UNION ALL
  (SELECT src, dst, rel, weight, valid_from, valid_to FROM kgw_array.edge EXCEPT ALL SELECT src, dst, rel, weight, valid_from, valid_to FROM kgw_copy.edge)) d;
SELECT (SELECT count(*) FROM kgw_copy.edge_source) = (SELECT count(*) FROM kgw_array.edge_source) AS sources_agree;
DROP TABLE element, written;

-- a batch that is there already is neither inserted nor written again
CREATE TEMP TABLE version AS SELECT edge_id, xmin::text AS v FROM kgw_array.edge WHERE valid_to = 'infinity';
SELECT count(*) FILTER (WHERE inserted) AS inserted, count(*) = (SELECT count(*) FROM version) AS all_known FROM
  (SELECT array_agg(src) AS s, array_agg(dst) AS d, array_agg(name) AS r FROM kgw_array.edge JOIN kgw_array.rel_type USING (rel) WHERE valid_to = 'infinity') x,
  trellis.upsert_edges('kgw_array', s, d, r);
SELECT count(*) > 64 AS enough, bool_and(v = e.xmin::text) AS untouched FROM version JOIN kgw_array.edge e USING (edge_id);
DROP TABLE version;
SET client_min_messages = warning;
DROP SCHEMA kgw_copy, kgw_array CASCADE;
RESET client_min_messages;

-- bad arrays
\set VERBOSITY default
SELECT trellis.upsert_nodes('kgw', ARRAY['a', 'b'], ARRAY['k']);
SELECT trellis.upsert_nodes('kgw', ARRAY['a', NULL], NULL);
SELECT trellis.upsert_nodes('kgw', ARRAY[['a'], ['b']], NULL);
SELECT trellis.upsert_nodes('kgw', NULL, ARRAY['k']);
SELECT trellis.upsert_nodes('kgw', ARRAY['a'], NULL, props => ARRAY['[1]']::jsonb[]);
SELECT trellis.upsert_nodes('kgw', ARRAY['a'], NULL, doc_ids => ARRAY['d']);
SELECT trellis.upsert_nodes('nowhere', ARRAY['a'], NULL);
SELECT trellis.upsert_nodes(NULL, ARRAY['a'], NULL);
SELECT trellis.upsert_edges('kgw', ARRAY['a', 'b'], ARRAY['b', NULL], ARRAY['to', 'to']);
SELECT trellis.upsert_edges('kgw', ARRAY['a'], ARRAY['b'], NULL);
SELECT trellis.upsert_edges('kgw', ARRAY['a'], ARRAY['b'], ARRAY['to'], weights => ARRAY['NaN'::float8]);
SELECT trellis.upsert_edges('kgw', ARRAY['a'], ARRAY['b'], ARRAY['to'], weights => ARRAY['-Infinity'::float8]);
SELECT trellis.upsert_edges('kgw', ARRAY['a', 'a'], ARRAY['b', 'b'], ARRAY['to', 'to'], confidences => ARRAY[1, 2]);
SELECT trellis.upsert_edges('kgw', ARRAY['a'], ARRAY['b'], ARRAY['to'], valid_from => '{2021-01-01}', valid_to => '{2020-01-01}');
SELECT trellis.upsert_edges('kgw', ARRAY['a'], ARRAY['nobody'], ARRAY['to']);
SELECT trellis.upsert_edges('kgw', ARRAY[1, -1]::bigint[], ARRAY[-1, 1]::bigint[], ARRAY['to', 'to']);

-- the dictionary: made, made again, inverse both ways, another inverse, symmetric
SELECT trellis.define_relation('kgw', 'works_at', inverse => 'employs') AS works_at \gset
SELECT trellis.define_relation('kgw', 'works_at', inverse => 'employs') = :works_at AS same;
SELECT t.name, i.name AS inverse, t.is_symmetric FROM kgw.rel_type t LEFT JOIN kgw.rel_type i ON i.rel = t.inverse ORDER BY 1;
SELECT trellis.define_relation('kgw', 'employs', inverse => 'hired_by') IS NOT NULL AS done;
SELECT trellis.define_relation('kgw', 'to', is_symmetric => true) IS NOT NULL AS done;
SELECT t.name, i.name AS inverse, t.is_symmetric FROM kgw.rel_type t LEFT JOIN kgw.rel_type i ON i.rel = t.inverse ORDER BY 1;
SELECT trellis.define_relation('kgw', 'employs') IS NOT NULL AND trellis.define_relation('kgw', 'to', is_symmetric => NULL) IS NOT NULL AS done;
SELECT count(inverse) AS inverses, bool_or(is_symmetric) AS symmetric FROM kgw.rel_type;
SELECT trellis.define_relation('kgw', NULL);
SELECT trellis.define_relation('kgw', '');
SELECT trellis.define_relation('kgw', 'x', '');
SELECT trellis.define_relation('kgw', 'x', 'x');
SELECT trellis.define_relation('kgw', 'x', 'y', true);
SELECT trellis.define_relation('nowhere', 'x');

-- ending edges
SELECT array_agg(edge_id ORDER BY edge_id) AS ids FROM kgw.edge \gset
SELECT trellis.invalidate_edges('kgw', :'ids', '2025-01-01');
SELECT trellis.invalidate_edges('kgw', :'ids', '2026-01-01') AS ended_before;
SELECT trellis.invalidate_edges('kgw', :'ids', '2024-01-01') AS earlier;
SELECT src, dst, valid_to FROM kgw_data.edges ORDER BY 1, 2;
SELECT trellis.invalidate_edges('kgw', :'ids'::bigint[] || 4711, '2024-06-01', 'known') AS withdrawn;
SELECT trellis.invalidate_edges('kgw', :'ids', '2024-06-01', 'known') AS again, trellis.invalidate_edges('kgw', :'ids', '2023-01-01') AS withdrawn_ones;
SELECT count(*) FROM kgw.edge WHERE expired_at = '2024-06-01';
SELECT trellis.invalidate_edges('kgw', NULL), trellis.invalidate_edges('kgw', '{}');
SELECT trellis.invalidate_edges('kgw', '{1,NULL}');
SELECT trellis.invalidate_edges('kgw', '{1}', NULL);
SELECT trellis.invalidate_edges('kgw', '{1}', 'infinity');
SELECT trellis.invalidate_edges('kgw', '{1}', kind => 'gone');
SELECT trellis.invalidate_edges('kgw', '{1}', kind => NULL);
INSERT INTO kgw.edge (edge_id, src, dst, rel, valid_from) SELECT 1000, node_id, node_id, 1, '2030-01-01' FROM kgw.node WHERE ext_id = 'a';
SELECT trellis.invalidate_edges('kgw', '{1000}', '2029-01-01');
SELECT trellis.invalidate_edges('kgw', '{1000}', '2030-01-01');
DELETE FROM kgw.edge;

-- what holds documents, chunks and embeddings
SET search_path = kgw_data;
CREATE TABLE document (id uuid PRIMARY KEY, title text);
CREATE TABLE chunk (id bigint PRIMARY KEY, doc text NOT NULL, body text);
CREATE TABLE embedding (chunk bigint REFERENCES chunk, model text);
CREATE TABLE chunk_note (chunk bigint REFERENCES chunk ON DELETE CASCADE);
SELECT trellis.register_chunks('kgw', 'document', doc_id => 'id');
SELECT trellis.register_chunks('kgw', 'chunk', 'id', 'body');
SELECT trellis.register_chunks('kgw', 'chunk', 'id', 'doc');
SELECT trellis.register_chunks('kgw', 'embedding', 'chunk');
SELECT * FROM trellis.graph_chunks ORDER BY rel_name;
SELECT trellis.register_chunks('kgw', 'chunk');
SELECT trellis.register_chunks('kgw', NULL, 'id');
SELECT trellis.register_chunks('kgw', 0, 'id');
SELECT trellis.register_chunks('kgw', 'chunk', 'nothing');
SELECT trellis.register_chunks('kgw', 'chunk', doc_id => 'ctid');
SELECT trellis.register_chunks('nowhere', 'chunk', 'id');
CREATE MATERIALIZED VIEW frozen AS SELECT 1 AS id;
SELECT trellis.register_chunks('kgw', 'frozen', 'id');
CREATE VIEW plain AS SELECT 1 AS id;
SELECT trellis.register_chunks('kgw', 'plain', 'id');
CREATE TABLE jsons (id jsonb);
SELECT trellis.register_chunks('kgw', 'jsons', 'id');
BEGIN READ ONLY;
SELECT trellis.register_chunks('kgw', 'chunk', 'id', 'doc');
ROLLBACK;
RESET ROLE;
-- neither a relation nor a graph of others
SET ROLE kgw_other;
CREATE SCHEMA kgw_trap;
CREATE TABLE kgw_trap.chunk (id text);
SELECT trellis.register_chunks('kgw', 'kgw_trap.chunk', 'id');
SELECT trellis.create_graph('kgw_bait');
SELECT trellis.register_chunks('kgw_bait', 'chunk', 'id');
INSERT INTO trellis.graph_chunks VALUES ('kgw', 'kgw_trap', 'chunk', 'kgw_other', 'id');
RESET ROLE;
SET ROLE kgw_owner;

-- two documents: d1 states a -> b, b -> c; d2 states b -> c, c -> d; no source for e
SELECT '00000000-0000-0000-0000-0000000000d1' AS d1, '00000000-0000-0000-0000-0000000000d2' AS d2 \gset
CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS $$
  TRUNCATE document, chunk, embedding, chunk_note, kgw.node, kgw.edge, kgw.node_source, kgw.edge_source;
  INSERT INTO document VALUES ('00000000-0000-0000-0000-0000000000d1'), ('00000000-0000-0000-0000-0000000000d2');
  INSERT INTO chunk SELECT n, '00000000-0000-0000-0000-0000000000d' || 1 + n / 10 FROM unnest(ARRAY[1, 2, 11, 12]) n;
  INSERT INTO embedding SELECT id, model FROM chunk, unnest(ARRAY['x', 'y']) model;
  INSERT INTO chunk_note SELECT id FROM chunk;
  SELECT FROM trellis.upsert_nodes('kgw', ARRAY['a', 'b', 'b', 'c', 'd', 'e', 'f'], NULL, chunk_ids => ARRAY['1', '1', '11', '2', '12', NULL, '1'],
    doc_ids => ARRAY['00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000d2',
      '00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000d2', NULL, NULL]);
  SELECT FROM trellis.upsert_edges('kgw', ARRAY['a', 'b', 'b', 'c', 'e'], ARRAY['b', 'c', 'c', 'd', 'e'], ARRAY['r', 'r', 'r', 'r', 'r'], chunk_ids => ARRAY['1', '2', '11', '12', NULL],
    doc_ids => ARRAY['00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000d2', '00000000-0000-0000-0000-0000000000d2', NULL]);
$$;
SELECT fill();
-- f is known from a chunk whose document only table chunk tells
CREATE TEMP TABLE dry AS SELECT * FROM trellis.forget_document('kgw', :'d1', true);
SELECT count(*) AS nodes, (SELECT count(*) FROM kgw.edge) AS edges, (SELECT count(*) FROM chunk) AS chunks FROM kgw.node;
CREATE TEMP TABLE done AS SELECT * FROM trellis.forget_document('kgw', :'d1');
TABLE done;
SELECT count(*) AS differences FROM ((TABLE dry EXCEPT ALL TABLE done) UNION ALL (TABLE done EXCEPT ALL TABLE dry)) d;
-- c lost its last source, but d2 states an edge of it; e never had one
SELECT ext_id FROM kgw.node ORDER BY 1;
SELECT src, dst FROM edges ORDER BY 1;
SELECT (SELECT count(*) FROM document) AS documents, array_agg(id ORDER BY id) AS chunks, (SELECT count(*) FROM embedding) AS embeddings, (SELECT count(*) FROM chunk_note) AS notes FROM chunk;
SELECT sum(count) AS again FROM trellis.forget_document('kgw', :'d1');
SELECT sum(count) > 0 AS other FROM trellis.forget_document('kgw', :'d2');
SELECT ext_id FROM kgw.node ORDER BY 1;
SELECT (SELECT count(*) FROM document) + (SELECT count(*) FROM chunk) + (SELECT count(*) FROM embedding) + (SELECT count(*) FROM kgw.edge_source) + (SELECT count(*) FROM kgw.node_source) AS left;
-- ids that no column can hold, and others bytewise
SELECT sum(count) FROM trellis.forget_document('kgw', '12 or 1=1');
SELECT sum(count) FROM trellis.forget_document('kgw', '00000000-0000-0000-0000-0000000000D1');
SELECT trellis.forget_document('kgw', NULL);
SELECT trellis.forget_document('kgw', 'x', NULL);
SELECT trellis.forget_document('nowhere', 'x');
-- rolled back
SELECT fill();
BEGIN;
SELECT sum(count) FROM trellis.forget_document('kgw', :'d1');
ROLLBACK;
SELECT count(*) AS nodes, (SELECT count(*) FROM kgw.edge_source) AS sources, (SELECT count(*) FROM embedding) AS embeddings FROM kgw.node;
-- a dry run within a transaction that goes on
BEGIN;
SELECT sum(count) FROM trellis.forget_document('kgw', :'d1', true);
SELECT sum(count) FROM trellis.forget_document('kgw', :'d1', true);
DELETE FROM embedding;
COMMIT;
SELECT sum(count) FROM trellis.forget_document('kgw', :'d1', true);

-- a relation that is dropped is passed over, one that others made in its place is not touched
DROP TABLE embedding;
SELECT relation, count FROM trellis.forget_document('kgw', :'d1', true) WHERE count > 0;
RESET ROLE;
CREATE TABLE embedding (chunk bigint);
SET ROLE kgw_owner;
SELECT sum(count) FROM trellis.forget_document('kgw', :'d1', true);
RESET ROLE;
DROP TABLE embedding;
SET ROLE kgw_owner;
ALTER TABLE chunk RENAME doc TO document;
SELECT sum(count) FROM trellis.forget_document('kgw', :'d1', true);
ALTER TABLE chunk RENAME document TO doc;

CREATE TABLE embedding (chunk bigint REFERENCES chunk, model text);

-- merging: twins become one, what lay between goes, the rest moves
SELECT fill();
TRUNCATE kgw.node_source;
SELECT FROM trellis.upsert_nodes('kgw', '[{"ext_id": "a", "props": {"own": 1}, "chunk_id": "s1"},
  {"ext_id": "b", "name": "B", "kind": "letter", "props": {"own": 2, "b": 2}, "chunk_id": "s1"}, {"ext_id": "c", "name": "C", "props": {"b": 3, "c": 3}, "chunk_id": "s2"}]');
TRUNCATE kgw.edge, kgw.edge_source;
SELECT FROM trellis.upsert_edges('kgw', '[
  {"src": "a", "dst": "d", "rel": "r", "weight": 2, "confidence": 0.1, "props": {"own": 1}, "chunk_id": "e1"},
  {"src": "b", "dst": "d", "rel": "r", "weight": 1, "confidence": 0.3, "props": {"own": 2, "b": 2}, "chunk_id": "e1"},
  {"src": "c", "dst": "d", "rel": "r", "weight": 5, "confidence": 0.2, "props": {"b": 3, "c": 3}, "chunk_id": "e2"},
  {"src": "b", "dst": "e", "rel": "r", "weight": 1}, {"src": "c", "dst": "e", "rel": "r", "weight": 7, "chunk_id": "e3"},
  {"src": "c", "dst": "e", "rel": "q"}, {"src": "d", "dst": "c", "rel": "r"}, {"src": "c", "dst": "e", "rel": "r", "ukey": "other"},
  {"src": "a", "dst": "b", "rel": "r"}, {"src": "c", "dst": "a", "rel": "q"}, {"src": "b", "dst": "b", "rel": "r", "weight": 4},
  {"src": "a", "dst": "e", "rel": "old", "valid_to": "2020-01-01Z", "weight": 1}, {"src": "b", "dst": "e", "rel": "old", "valid_to": "2020-01-01Z", "weight": 9},
  {"src": "c", "dst": "e", "rel": "old", "valid_to": "2021-01-01Z"}]');
-- withdrawn records stay apart
UPDATE kgw.edge SET expired_at = '2022-01-01Z' FROM kgw.node n, kgw.rel_type t WHERE n.node_id = src AND n.ext_id = 'c' AND t.rel = edge.rel AND t.name = 'q';
BEGIN;
SELECT * FROM trellis.merge_nodes('kgw', (id('a'))[1], id('b', 'c') || 4711::bigint);
SELECT src, rel, dst, ukey, weight, confidence, valid_to, expired_at, props FROM edges ORDER BY 1, 2, 3, 4, 5;
SELECT src, dst, weight, chunk_id FROM kgw.edge_source JOIN edges USING (edge_id) ORDER BY 4;
SELECT ext_id, kind, name, props FROM kgw.node ORDER BY 1;
SELECT chunk_id, ext_id FROM kgw.node_source JOIN kgw.node USING (node_id) ORDER BY 1;
ROLLBACK;
SELECT count(*) AS edges, (SELECT count(*) FROM kgw.node) AS nodes FROM kgw.edge;
-- nothing to drop
SELECT sum(count) FROM trellis.merge_nodes('kgw', (id('a'))[1], '{}');
SELECT sum(count) FROM trellis.merge_nodes('kgw', (id('a'))[1], NULL);
SELECT sum(count) FROM trellis.merge_nodes('kgw', (id('a'))[1], '{4711}');
SELECT trellis.merge_nodes('kgw', 4711, '{1}');
SELECT trellis.merge_nodes('kgw', NULL, '{1}');
SELECT trellis.merge_nodes('kgw', 4711, '{4712,NULL}');
SELECT trellis.merge_nodes('kgw', 4711, '{4712,4711}');
INSERT INTO kgw.node (node_id, ext_id, tenant_id) VALUES (5001, 'a', 1), (5002, 'b', 2), (5003, 'c', 2);
SELECT trellis.merge_nodes('kgw', 5001, '{5002,5003}');
SELECT * FROM trellis.merge_nodes('kgw', 5002, '{5003,5003}') WHERE count > 0;

-- the same by hand: random graphs, merged in both ways
SELECT trellis.create_graph('kgw_random');
CREATE TEMP TABLE expected (src bigint, dst bigint, rel int, weight float8);
CREATE FUNCTION merges(rounds int) RETURNS TABLE (wrong bigint, moved bigint, merged bigint, loops bigint) LANGUAGE plpgsql AS $$
DECLARE
  edges bigint;
BEGIN
  wrong := 0; moved := 0; merged := 0; loops := 0;
  FOR r IN 1..rounds LOOP
    TRUNCATE kgw_random.node, kgw_random.edge, kgw_random.node_source, kgw_random.edge_source, expected;
    INSERT INTO kgw_random.node (node_id, ext_id) SELECT n, n FROM generate_series(1, 6) n;
    INSERT INTO kgw_random.edge (src, dst, rel, weight)
      SELECT 1 + floor(random() * 6), 1 + floor(random() * 6), floor(random() * 2), floor(random() * 9) FROM generate_series(1, 12) ON CONFLICT DO NOTHING;
    INSERT INTO expected SELECT s, d, e.rel, max(e.weight)
      FROM (SELECT *, CASE WHEN src IN (2, 5) THEN 3 ELSE src END AS s, CASE WHEN dst IN (2, 5) THEN 3 ELSE dst END AS d FROM kgw_random.edge) e
      WHERE NOT (src <> dst AND src IN (2, 3, 5) AND dst IN (2, 3, 5)) GROUP BY 1, 2, 3;
    SELECT moved + sum(m.count) FILTER (WHERE m.action = 'moved'), merged + sum(m.count) FILTER (WHERE m.action = 'merged'),
        loops + sum(m.count) FILTER (WHERE m.action = 'deleted' AND m.relation = 'kgw_random.edge'::regclass)
      INTO moved, merged, loops FROM trellis.merge_nodes('kgw_random', 3, '{5,2}') m;
    SELECT count(*) INTO edges FROM (
      (TABLE expected EXCEPT ALL SELECT src, dst, rel, weight FROM kgw_random.edge) UNION ALL
      (SELECT src, dst, rel, weight FROM kgw_random.edge EXCEPT ALL TABLE expected)) d;
    wrong := wrong + edges;
  END LOOP;
  RETURN NEXT;
END $$;
SELECT setseed(0.25);
SELECT wrong, moved > 100 AS moved, merged > 100 AS merged, loops > 100 AS loops FROM merges(200);
SET client_min_messages = warning;
DROP SCHEMA kgw_random CASCADE;
RESET client_min_messages;

-- under policies: a clerk sees tenant 1, and may not change what is locked
RESET ROLE;
SET search_path = kgw_data;
TRUNCATE kgw.node, kgw.edge, kgw.node_source, kgw.edge_source, document, chunk, chunk_note, embedding;
INSERT INTO kgw.node (node_id, ext_id, tenant_id) VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 1), (4, 'hidden', 2), (5, 'd', 1);
INSERT INTO kgw.edge (edge_id, src, dst, rel, tenant_id, props) VALUES (1, 1, 2, 1, 1, '{}'), (2, 2, 3, 1, 1, '{}'), (3, 1, 4, 1, 2, '{}'), (4, 3, 5, 1, 1, '{"locked": true}');
INSERT INTO kgw.node_source (chunk_id, node_id, doc_id) SELECT '1', node_id, 'd1' FROM kgw.node;
INSERT INTO kgw.edge_source (chunk_id, edge_id, doc_id) SELECT '1', edge_id, 'd1' FROM kgw.edge;
ALTER TABLE kgw.node ENABLE ROW LEVEL SECURITY;
ALTER TABLE kgw.edge ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON kgw.node USING (tenant_id = 1);
CREATE POLICY tenant_read ON kgw.edge FOR SELECT USING (tenant_id = 1);
CREATE POLICY tenant_write ON kgw.edge FOR UPDATE USING (tenant_id = 1 AND props = '{}');
CREATE POLICY tenant_drop ON kgw.edge FOR DELETE USING (tenant_id = 1 AND props = '{}');
GRANT USAGE ON SCHEMA kgw TO kgw_clerk, kgw_other;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA kgw TO kgw_clerk;
GRANT SELECT ON ALL TABLES IN SCHEMA kgw TO kgw_other;
GRANT SELECT, DELETE ON document, chunk, embedding TO kgw_clerk;
SET ROLE kgw_clerk;
SELECT trellis.invalidate_edges('kgw', '{1,2,3,4,99}', '2020-01-01') AS hidden_and_locked_do_not_count;
SELECT trellis.invalidate_edges('kgw', '{3,99}', '2020-01-01', 'known') AS hidden_or_missing;
-- a merge would have to leave an edge behind
SELECT trellis.merge_nodes('kgw', 1, '{3}');
SELECT trellis.merge_nodes('kgw', 4, '{1}');
SELECT * FROM trellis.merge_nodes('kgw', 1, '{2,4}') WHERE count > 0;
-- the locked edge stays, and so do its ends; what is hidden is not counted
SELECT relation, count FROM trellis.forget_document('kgw', 'd1', true);
SELECT relation, count FROM trellis.forget_document('kgw', 'd1');
RESET ROLE;
SELECT node_id, tenant_id FROM kgw.node ORDER BY 1;
SELECT edge_id, tenant_id FROM kgw.edge ORDER BY 1;

-- without privileges
SET ROLE kgw_other;
\set VERBOSITY terse
SELECT trellis.define_relation('kgw', 'r');
SELECT trellis.invalidate_edges('kgw', '{1}');
SELECT trellis.forget_document('kgw', 'd1');
SELECT trellis.forget_document('kgw', 'd1', true);
SELECT trellis.merge_nodes('kgw', 1, '{2}');
SELECT trellis.upsert_nodes('kgw', ARRAY['z'], NULL);
SELECT trellis.upsert_edges('kgw', ARRAY[3]::bigint[], ARRAY[3]::bigint[], ARRAY['r']);
RESET ROLE;
-- a hidden entry of the dictionary is neither changed nor returned
ALTER TABLE kgw.rel_type ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_names ON kgw.rel_type USING (name NOT LIKE 'secret%');
INSERT INTO kgw.rel_type (name) VALUES ('secret');
SET ROLE kgw_clerk;
SELECT trellis.define_relation('kgw', 'r', 'secret');
SELECT trellis.define_relation('kgw', 'r', 'plain') IS NOT NULL AS done;
\set VERBOSITY default
RESET ROLE;

-- tables that only look like a graph's, and rules and triggers that lie
CREATE SCHEMA kgw_fake;
CREATE TABLE kgw_fake.node (node_id text, tenant_id text, kind int, name int, props int, ext_id int);
CREATE TABLE kgw_fake.edge (edge_id text, src text, dst text, rel text, tenant_id text, ukey int, weight text, confidence text, valid_from text, valid_to text, expired_at text, props text);
CREATE TABLE kgw_fake.node_source (node_id text, chunk_id int, doc_id int, run_id int);
CREATE TABLE kgw_fake.edge_source (edge_id text, chunk_id int, doc_id int, run_id int);
CREATE TABLE kgw_fake.rel_type (rel text, name int, inverse text, is_symmetric int);
\set VERBOSITY sqlstate
SELECT trellis.define_relation('kgw_fake', 'r');
SELECT trellis.invalidate_edges('kgw_fake', '{1}');
SELECT trellis.forget_document('kgw_fake', 'd');
SELECT trellis.merge_nodes('kgw_fake', 1, '{2}');
\set VERBOSITY default
SELECT trellis.create_graph('kgw_liar');
INSERT INTO kgw_liar.node (node_id, ext_id) VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO kgw_liar.edge (edge_id, src, dst, rel) VALUES (1, 1, 2, 1), (2, 2, 3, 1);
INSERT INTO kgw_liar.edge_source (chunk_id, edge_id, doc_id) VALUES ('c', 1, 'd'), ('c', 2, 'd');
CREATE FUNCTION no_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER no_row BEFORE UPDATE OR DELETE ON kgw_liar.edge FOR EACH ROW EXECUTE FUNCTION no_row();
SELECT trellis.invalidate_edges('kgw_liar', '{1,2}');
SELECT trellis.merge_nodes('kgw_liar', 1, '{2}');
SELECT relation, count FROM trellis.forget_document('kgw_liar', 'd');
SELECT count(*) FROM kgw_liar.edge;

RESET search_path;
RESET timezone;
SET client_min_messages = warning;
DROP TABLE dry, done, expected;
DROP SCHEMA kgw, kgw_data, kgw_trap, kgw_bait, kgw_fake, kgw_liar CASCADE;
DELETE FROM trellis.graph_edges;
DELETE FROM trellis.graph_chunks;
REVOKE CREATE ON DATABASE :"db" FROM kgw_owner, kgw_other;
DROP ROLE kgw_owner, kgw_clerk, kgw_other;
