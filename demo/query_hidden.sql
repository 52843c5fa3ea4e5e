SELECT relation, count(*) AS rows, count(*) FILTER (WHERE readable) AS visible,
       count(*) FILTER (WHERE NOT readable) AS hidden
  FROM (SELECT 1 AS nr, 'package' AS relation, trellis.can_read(access_label) AS readable FROM package
        UNION ALL SELECT 2, 'chunk', trellis.can_read(access_label) FROM chunk
        UNION ALL SELECT 3, 'kb.node', trellis.can_read(access_label) FROM kb.node
        UNION ALL SELECT 4, 'kb.edge', trellis.can_read(access_label) FROM kb.edge) r
 GROUP BY nr, relation
 ORDER BY nr;
