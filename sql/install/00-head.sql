-- trellis: install script, assembled from sql/install/*.sql
\echo Use "CREATE EXTENSION trellis" to load this file. \quit

-- Types, operators and operator classes go to the extension's own schema
-- (usually public); everything else lives in schema trellis.
CREATE SCHEMA trellis;
COMMENT ON SCHEMA trellis IS 'trellis: knowledge graph, access control and retrieval';
GRANT USAGE ON SCHEMA trellis TO PUBLIC;

