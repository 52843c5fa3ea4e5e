-- The graph: one node per package, one edge per relation that a package states.
-- create_graph makes ordinary tables in a schema of their own.

SELECT trellis.create_graph('kb');

SELECT count(*) AS nodes
  FROM trellis.upsert_nodes('kb', (
         SELECT jsonb_agg(jsonb_build_object(
                  'ext_id', id, 'kind', 'package', 'name', name))
           FROM package));

SELECT count(*) AS edges
  FROM trellis.upsert_edges('kb', (
         SELECT jsonb_agg(jsonb_build_object(
                  'src', src_id, 'dst', dst_id, 'rel', rel))
           FROM dependency));

VACUUM ANALYZE kb.node, kb.edge;
