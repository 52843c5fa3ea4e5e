-- A node or a relation whose number is 0 is there like any other; only an
-- insert by hand gives that number.
SELECT trellis.create_graph('g');
INSERT INTO g.node (node_id, ext_id) VALUES (0, 'zero'), (-1, 'less');
INSERT INTO g.rel_type (rel, name) VALUES (0, 'cites');
DO $$
BEGIN
  PERFORM * FROM trellis.upsert_nodes('g', '[{"ext_id": "zero", "name": "x"}, {"ext_id": "less", "name": "x"}]');
  PERFORM * FROM trellis.upsert_edges('g', '[{"src": "zero", "dst": "less", "rel": "cites"}]');
EXCEPTION WHEN insufficient_privilege THEN
  RAISE '%', SQLERRM USING ERRCODE = 'XX000';
END $$;
