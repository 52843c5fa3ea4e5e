-- the hundred nearest, joined and grouped with the warehouse's columns
WITH nearest AS (
  SELECT c.package_id, c.embedding <=> q.embedding AS distance
    FROM question q, chunk c
   WHERE q.id = :question
   ORDER BY c.embedding <=> q.embedding, c.key
   LIMIT 100)
SELECT p.section, count(DISTINCT p.id) AS packages,
       pg_size_pretty(sum(p.size_bytes)) AS download,
       round(min(n.distance)::numeric, 3) AS nearest
  FROM nearest n JOIN package p ON p.id = n.package_id
 GROUP BY p.section
 ORDER BY packages DESC, p.section
 LIMIT 6;
