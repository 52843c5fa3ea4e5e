-- what the nearest packages hang together with (personalised PageRank), and its
-- weight in the warehouse
WITH seed AS (
  SELECT n.node_id, 1 / (1 + min(c.embedding <=> q.embedding)) AS weight
    FROM question q, chunk c JOIN node n ON n.ext_id = c.package_id::text
   WHERE q.id = :question
   GROUP BY n.node_id
   ORDER BY weight DESC, n.node_id
   LIMIT 5)
SELECT p.name AS package, p.section, round(r.score::numeric, 4) AS rank,
       pg_size_pretty(p.size_bytes) AS download
  FROM (SELECT array_agg(node_id ORDER BY node_id) AS ids,
               array_agg(weight ORDER BY node_id) AS weights FROM seed) s,
       trellis.ppr('edge', s.ids, s.weights, max_results => 20) r
  JOIN node n ON n.node_id = r.node_id
  JOIN package p ON p.id::text = n.ext_id
 ORDER BY r.score DESC, p.name
 LIMIT 8;
