-- every way of up to three steps along dependencies from one package to another
SELECT w.length, w.rels,
       (SELECT string_agg(n.name, ' > ' ORDER BY i.step)
          FROM unnest(w.node_ids) WITH ORDINALITY i(node_id, step)
          JOIN node n ON n.node_id = i.node_id) AS way
  FROM trellis.paths('edge',
         ARRAY[(SELECT node_id FROM node WHERE name = 'restic')],
         ARRAY[(SELECT node_id FROM node WHERE name = 'libc6')],
         max_depth => 3, direction => 'out', rels => ARRAY['depends', 'recommends', 'suggests']) w
 ORDER BY w.path_id;
