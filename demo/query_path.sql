-- how two packages hang together
SELECT s.seq, n.name AS package, s.rel
  FROM trellis.shortest_path('edge',
         (SELECT node_id FROM node WHERE name = 'restic'),
         (SELECT node_id FROM node WHERE name = 'gimp')) s
  JOIN node n ON n.node_id = s.node_id
 ORDER BY s.seq;
