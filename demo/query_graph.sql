-- seeds by vector, expanded in the graph, ranked by the vector again
WITH seed AS (
  SELECT n.node_id, 1 - min(c.embedding <=> q.embedding) AS score
    FROM question q, chunk c JOIN node n ON n.ext_id = c.package_id::text
   WHERE q.id = :question
   GROUP BY n.node_id
   ORDER BY score DESC, n.node_id
   LIMIT 5),
reached AS (
  SELECT e.*
    FROM (SELECT array_agg(node_id ORDER BY node_id) AS ids,
                 array_agg(score ORDER BY node_id) AS scores FROM seed) s,
         trellis.expand('edge', s.ids, max_depth => 2, direction => 'both',
                        rels => ARRAY['depends', 'recommends', 'suggests'],
                        seed_scores => s.scores) e)
SELECT p.name AS package, r.depth, coalesce(r.rel, 'seed') AS via,
       round((1 - c.distance)::numeric, 3) AS similarity
  FROM reached r
  JOIN node n ON n.node_id = r.node_id
  JOIN package p ON p.id::text = n.ext_id
  JOIN LATERAL (SELECT min(c.embedding <=> q.embedding) AS distance
                  FROM chunk c, question q
                 WHERE c.package_id = p.id AND q.id = :question) c ON c.distance IS NOT NULL
 ORDER BY 0.7 * (1 - c.distance) + 0.3 * r.score DESC, p.name
 LIMIT 8;
