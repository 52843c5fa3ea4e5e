-- what stands around a package, as text for Graphviz
SELECT trellis.graph_dot('edge',
         ARRAY[(SELECT node_id FROM node WHERE name = 'restic')],
         max_depth => 2, direction => 'out',
         rels => ARRAY['depends', 'recommends', 'suggests'],
         max_fanout => 8, max_nodes => 30) AS dot;
