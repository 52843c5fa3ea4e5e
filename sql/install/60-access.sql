-- Access: identity, labels, protection of tables

-- Catalogue. Principals and names are compared byte by byte (COLLATE "C").
-- Column order is known to src/access/catalog.c.

CREATE SEQUENCE trellis.label_id_seq AS integer MAXVALUE 1048576;
CREATE TABLE trellis.label (
  id integer PRIMARY KEY DEFAULT nextval('trellis.label_id_seq')
    CHECK (id BETWEEN 1 AND 1048576),
  name text COLLATE "C" NOT NULL UNIQUE,
  kind text NOT NULL DEFAULT 'category',
  description text
);
ALTER SEQUENCE trellis.label_id_seq OWNED BY trellis.label.id;
COMMENT ON TABLE trellis.label IS 'labels that rows can demand and principals can hold';

CREATE TABLE trellis.label_grant (
  principal text COLLATE "C" NOT NULL,
  label integer NOT NULL REFERENCES trellis.label ON DELETE CASCADE,
  until timestamptz,
  granted_by name NOT NULL DEFAULT session_user,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (principal, label)
);
COMMENT ON TABLE trellis.label_grant IS 'which principal holds which label, and until when';

CREATE SEQUENCE trellis.label_expr_id_seq AS integer MAXVALUE 16777216;
CREATE TABLE trellis.label_expr (
  id integer PRIMARY KEY DEFAULT nextval('trellis.label_expr_id_seq')
    CHECK (id BETWEEN 1 AND 16777216),
  expr text COLLATE "C" NOT NULL UNIQUE
);
ALTER SEQUENCE trellis.label_expr_id_seq OWNED BY trellis.label_expr.id;
COMMENT ON TABLE trellis.label_expr IS 'label expressions by the id that rows carry; expr has label ids in place of names';

CREATE TABLE trellis.role_principal (
  role regrole PRIMARY KEY,
  principal text COLLATE "C" NOT NULL,
  tenant integer
);
COMMENT ON TABLE trellis.role_principal IS 'roles whose sessions are a principal without a token';

-- Rows are dumped with the database; ids stay what they are.
SELECT pg_catalog.pg_extension_config_dump('trellis.label', '');
SELECT pg_catalog.pg_extension_config_dump('trellis.label_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('trellis.label_grant', '');
SELECT pg_catalog.pg_extension_config_dump('trellis.label_expr', '');
SELECT pg_catalog.pg_extension_config_dump('trellis.label_expr_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('trellis.role_principal', '');

REVOKE ALL ON trellis.label, trellis.label_grant, trellis.label_expr,
  trellis.role_principal FROM PUBLIC;
REVOKE ALL ON SEQUENCE trellis.label_id_seq, trellis.label_expr_id_seq FROM PUBLIC;

-- Whoever changes these tables, sessions notice. Row triggers, since logical
-- replication fires no others; ALWAYS, since it applies as a replica.

CREATE FUNCTION trellis.access_changed() RETURNS trigger
  AS 'MODULE_PATHNAME', 'trl_access_changed'
  LANGUAGE C;
COMMENT ON FUNCTION trellis.access_changed() IS 'trigger: tells all sessions that access may have changed';
REVOKE ALL ON FUNCTION trellis.access_changed() FROM PUBLIC;

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON trellis.label
  FOR EACH ROW EXECUTE FUNCTION trellis.access_changed();
CREATE TRIGGER truncated AFTER TRUNCATE ON trellis.label
  FOR EACH STATEMENT EXECUTE FUNCTION trellis.access_changed();
ALTER TABLE trellis.label ENABLE ALWAYS TRIGGER changed, ENABLE ALWAYS TRIGGER truncated;

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON trellis.label_grant
  FOR EACH ROW EXECUTE FUNCTION trellis.access_changed();
CREATE TRIGGER truncated AFTER TRUNCATE ON trellis.label_grant
  FOR EACH STATEMENT EXECUTE FUNCTION trellis.access_changed();
ALTER TABLE trellis.label_grant ENABLE ALWAYS TRIGGER changed, ENABLE ALWAYS TRIGGER truncated;

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON trellis.label_expr
  FOR EACH ROW EXECUTE FUNCTION trellis.access_changed();
CREATE TRIGGER truncated AFTER TRUNCATE ON trellis.label_expr
  FOR EACH STATEMENT EXECUTE FUNCTION trellis.access_changed();
ALTER TABLE trellis.label_expr ENABLE ALWAYS TRIGGER changed, ENABLE ALWAYS TRIGGER truncated;

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON trellis.role_principal
  FOR EACH ROW EXECUTE FUNCTION trellis.access_changed();
CREATE TRIGGER truncated AFTER TRUNCATE ON trellis.role_principal
  FOR EACH STATEMENT EXECUTE FUNCTION trellis.access_changed();
ALTER TABLE trellis.role_principal ENABLE ALWAYS TRIGGER changed, ENABLE ALWAYS TRIGGER truncated;

-- Keys and tokens

CREATE FUNCTION trellis.create_key() RETURNS text
  AS 'MODULE_PATHNAME', 'trl_create_key'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.create_key() IS 'adds a key to the key file; it signs from now on, earlier ones still verify; superusers only';
REVOKE ALL ON FUNCTION trellis.create_key() FROM PUBLIC;

CREATE FUNCTION trellis.sign(claims jsonb) RETURNS text
  AS 'MODULE_PATHNAME', 'trl_sign'
  LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.sign(jsonb) IS 'an access token with these claims; superusers only';
REVOKE ALL ON FUNCTION trellis.sign(jsonb) FROM PUBLIC;

-- Identity

CREATE FUNCTION trellis.login(token text, session boolean DEFAULT false) RETURNS text
  AS 'MODULE_PATHNAME', 'trl_login'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.login(text, boolean) IS 'makes the token''s principal the identity of the transaction, or of the session';

CREATE FUNCTION trellis.whoami(
    OUT principal text, OUT agent text, OUT role name, OUT database name,
    OUT tenant integer, OUT expires timestamptz, OUT source text)
  AS 'MODULE_PATHNAME', 'trl_whoami'
  LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION trellis.whoami() IS 'the identity that access goes by; all NULL if there is none';

CREATE FUNCTION trellis.tenant() RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_tenant'
  LANGUAGE C STABLE LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION trellis.tenant() IS 'the identity''s tenant, NULL if it has none';

CREATE FUNCTION trellis.bind_role(role regrole, principal text, tenant integer DEFAULT NULL) RETURNS void
  AS 'MODULE_PATHNAME', 'trl_bind_role'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.bind_role(regrole, text, integer) IS 'makes sessions of a role be a principal without a token; NULL ends that';
REVOKE ALL ON FUNCTION trellis.bind_role(regrole, text, integer) FROM PUBLIC;

-- Labels

CREATE FUNCTION trellis.create_label(name text, description text DEFAULT NULL, if_not_exists boolean DEFAULT false) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_create_label'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.create_label(text, text, boolean) IS 'creates a label; returns the id of the expression that demands it alone';
REVOKE ALL ON FUNCTION trellis.create_label(text, text, boolean) FROM PUBLIC;

CREATE FUNCTION trellis.grant_label(principal text, label text, until timestamptz DEFAULT NULL) RETURNS void
  AS 'MODULE_PATHNAME', 'trl_grant_label'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.grant_label(text, text, timestamptz) IS 'gives a principal a label, for ever or until a time';
REVOKE ALL ON FUNCTION trellis.grant_label(text, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION trellis.revoke_label(principal text, label text) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_revoke_label'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.revoke_label(text, text) IS 'takes a label from a principal; false if it had none';
REVOKE ALL ON FUNCTION trellis.revoke_label(text, text) FROM PUBLIC;

CREATE FUNCTION trellis.label_id(expr text) RETURNS integer
  AS 'MODULE_PATHNAME', 'trl_label_id'
  LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.label_id(text) IS 'the id of a label expression such as (hr & pii) | legal, for a label column';
REVOKE ALL ON FUNCTION trellis.label_id(text) FROM PUBLIC;

CREATE FUNCTION trellis.label_name(id integer) RETURNS text
  AS 'MODULE_PATHNAME', 'trl_label_name'
  LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION trellis.label_name(integer) IS 'the label expression of an id, in names';
REVOKE ALL ON FUNCTION trellis.label_name(integer) FROM PUBLIC;

-- The row test

CREATE FUNCTION trellis.can_read_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'trl_can_read_support'
  LANGUAGE C STRICT;
COMMENT ON FUNCTION trellis.can_read_support(internal) IS 'planner support: share of readable rows, use of an index on the label';

CREATE FUNCTION trellis.can_read(label integer) RETURNS boolean
  AS 'MODULE_PATHNAME', 'trl_can_read'
  LANGUAGE C STABLE LEAKPROOF PARALLEL SAFE COST 1 SUPPORT trellis.can_read_support;
COMMENT ON FUNCTION trellis.can_read(integer) IS 'may the present identity read rows of this label? false for NULL';

CREATE FUNCTION trellis.labels() RETURNS integer[]
  AS 'MODULE_PATHNAME', 'trl_labels'
  LANGUAGE C STABLE LEAKPROOF PARALLEL SAFE COST 100;
COMMENT ON FUNCTION trellis.labels() IS 'ids of all label expressions that the present identity may read';

-- Protection

CREATE FUNCTION trellis.protect(
    rel regclass, label_expr text DEFAULT NULL,
    label_column name DEFAULT 'access_label', tenant_column name DEFAULT NULL)
  RETURNS void
  AS 'MODULE_PATHNAME', 'trl_protect'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.protect(regclass, text, name, name) IS 'labels a table and lets row-level security read the labels; for its owner';

CREATE FUNCTION trellis.unprotect(rel regclass) RETURNS void
  AS 'MODULE_PATHNAME', 'trl_unprotect'
  LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION trellis.unprotect(regclass) IS 'takes protection away from a table and keeps its labels; for its owner';
