-- Who may read what: labels, the rule that gives every row one, principals.

SELECT trellis.create_key() IS NOT NULL AS key_created;

SELECT trellis.create_label(label)
  FROM unnest(ARRAY['public', 'ops', 'research', 'dev', 'security', 'review']) label;

-- a package's expression: its section's department, narrowed by further rules
CREATE VIEW package_label AS
WITH further AS (
  SELECT t.package_id, r.label
    FROM tag t JOIN label_rule r ON r.rule = 'tag' AND t.tag LIKE r.pattern
   UNION
  SELECT p.id, r.label
    FROM package p JOIN label_rule r ON r.rule = 'maintainer' AND p.maintainer LIKE r.pattern)
SELECT p.id, '(' || r.label || ')'
       || coalesce(string_agg(' & ' || f.label, '' ORDER BY f.label), '') AS expression
  FROM package p
  JOIN label_rule r ON r.rule = 'section' AND r.pattern = p.section
  LEFT JOIN further f ON f.package_id = p.id
 GROUP BY p.id, r.label;

-- protected: from here on, nobody but a superuser reads a row without its label
SELECT trellis.protect('package'), trellis.protect('chunk'),
       trellis.protect('kb.node'), trellis.protect('kb.edge');

UPDATE package p SET access_label = known.label
  FROM package_label l
  JOIN (SELECT expression, trellis.label_id(expression) AS label
          FROM (SELECT DISTINCT expression FROM package_label) e) known USING (expression)
 WHERE l.id = p.id;

UPDATE chunk c SET access_label = p.access_label
  FROM package p WHERE p.id = c.package_id;

UPDATE kb.node n SET access_label = p.access_label
  FROM package p WHERE p.id::text = n.ext_id;

-- an edge is seen by who sees both of its ends
WITH pair AS (
  SELECT src, dst, trellis.label_id(format('(%s) & (%s)', trellis.label_name(src),
                                           trellis.label_name(dst))) AS both_ends
    FROM (SELECT DISTINCT s.access_label AS src, d.access_label AS dst
            FROM kb.edge e JOIN kb.node s ON s.node_id = e.src
                           JOIN kb.node d ON d.node_id = e.dst) seen)
UPDATE kb.edge e SET access_label = pair.both_ends
  FROM kb.node s, kb.node d, pair
 WHERE s.node_id = e.src AND d.node_id = e.dst
   AND pair.src = s.access_label AND pair.dst = d.access_label;

SELECT trellis.grant_label('alice', label)
  FROM unnest(ARRAY['public', 'ops', 'security']) label;
SELECT trellis.grant_label('bob', label)
  FROM unnest(ARRAY['public', 'research']) label;
SELECT trellis.grant_label('scout', label)
  FROM unnest(ARRAY['public', 'research']) label;

-- the role that a back end connects as; it sees nothing until it logs in
CREATE ROLE app LOGIN;
GRANT USAGE ON SCHEMA kb TO app;
GRANT SELECT ON package, chunk, question TO app;
GRANT SELECT ON ALL TABLES IN SCHEMA kb TO app;

VACUUM ANALYZE package, chunk, kb.node, kb.edge;
