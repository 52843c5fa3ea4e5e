-- the documents nearest to a question
SELECT p.name AS package, p.section,
       round((c.embedding <=> q.embedding)::numeric, 3) AS distance
  FROM question q, chunk c
  JOIN package p ON p.id = c.package_id
 WHERE q.id = :question
 ORDER BY c.embedding <=> q.embedding, c.key
 LIMIT 5;
