-- Labels, grants, label expressions and can_read().
-- Method: the session is a principal by a bound role, so no token is needed;
-- what it may read is asked for by id and by labels().

SET client_min_messages = warning;
CREATE ROLE trellis_reader;
CREATE ROLE trellis_writer;
CREATE FUNCTION error_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  state text; message text; detail text; hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
    detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', state, left(message, 90), nullif(left(detail, 60), ''), nullif(hint, ''));
END $$;
-- what a role's session may read, in names
CREATE FUNCTION readable(role text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  ids int[];
  last int := (SELECT max(id) + 100 FROM trellis.label_expr);
BEGIN
  EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', role);
  ids := trellis.labels();
  -- the two ways to ask agree
  IF EXISTS (SELECT FROM generate_series(-2, last) id WHERE trellis.can_read(id) <> (id = ANY (ids))) THEN
    RAISE 'can_read() and labels() differ';
  END IF;
  RESET SESSION AUTHORIZATION;
  RETURN ARRAY(SELECT trellis.label_name(id) FROM unnest(ids) id ORDER BY id);
END $$;
RESET client_min_messages;

-- labels
SELECT trellis.create_label('hr') > 0 AS hr, trellis.create_label('pii', 'personal data') > 0 AS pii,
  trellis.create_label(name => 'legal') = trellis.label_id('legal') AS legal;
SELECT name, kind, description FROM trellis.label ORDER BY id;
SELECT error_of($$SELECT trellis.create_label('hr')$$);
SELECT trellis.create_label('hr', if_not_exists => true) = trellis.label_id('hr') AS same;
SELECT error_of($$SELECT trellis.create_label(NULL)$$);
SELECT error_of($$SELECT trellis.create_label('')$$);
SELECT error_of($$SELECT trellis.create_label(E'a\nb')$$);
SELECT error_of(format('SELECT trellis.create_label(%L)', repeat('x', 129)));
SELECT trellis.create_label(repeat('x', 128)) IS NOT NULL AS long;
SELECT count(trellis.create_label(name)) FROM unnest(ARRAY['HR', '2024-q1', 'a.b:c@d/e', 'odd name', 'a"b', 'é', '(', '|']) name;

-- expressions: one id for one meaning
SELECT expr, trellis.label_name(trellis.label_id(expr)) FROM (VALUES
  ('hr'), (' hr '), ('(hr)'), ('((hr))'), ('hr & hr'), ('hr | hr'), ('hr&pii'), ('pii & hr'), ('(pii) & (hr & (pii))'),
  ('hr & pii | legal'), ('(hr & pii) | legal'), ('legal | pii & hr'), ('legal | (hr & pii & hr) | legal'),
  ('hr & (pii | legal)'), ('(legal | pii) & hr'), ('(hr | pii) & (pii | hr)'), ('(hr | pii) | (pii | hr) | hr'),
  ('HR'), ('hr | HR'), ('2024-q1'), ('a.b:c@d/e'), ('"odd name"'), ('"hr"'), ('"a""b" & é'), ('"(" | "|"')) t(expr);
SELECT count(*) FROM trellis.label_expr WHERE expr !~ '^[0-9&|()]+$';
SELECT expr, error_of(format('SELECT trellis.label_id(%L)', expr)) FROM (VALUES
  (''), (' '), ('&'), ('hr &'), ('& hr'), ('hr pii'), ('hr && pii'), ('hr || pii'), ('(hr'), ('hr)'), ('()'),
  ('!hr'), ('hr, pii'), ('"hr'), ('""'), ('hr & nobody'), ('Hr'), ('odd name'), ('hr;'), ('''hr''')) t(expr);
SELECT error_of(format('SELECT trellis.label_id(%L)', repeat('(', 33) || 'hr' || repeat(')', 33)));
SELECT trellis.label_id(repeat('(', 32) || 'hr' || repeat(')', 32)) = trellis.label_id('hr') AS deep;
SELECT error_of(format('SELECT trellis.label_id(%L)', repeat('(', 1000000)));
SELECT error_of(format('SELECT trellis.label_id(%L)', repeat('hr|', 128) || 'hr'));
SELECT trellis.label_id(repeat('hr|', 127) || 'hr') = trellis.label_id('hr') AS many;
SELECT error_of(format('SELECT trellis.label_id(%L)', repeat(' ', 9000)));
SELECT count(trellis.create_label('n' || i)) FROM generate_series(1, 128) i;
SELECT trellis.label_name(trellis.label_id(string_agg('(n' || i || '|n' || i + 1 || ')', '&'))) IS NOT NULL AS wide
  FROM generate_series(1, 127, 2) i;
SELECT trellis.label_id(NULL), trellis.label_name(NULL), trellis.label_name(0), trellis.label_name(-1), trellis.label_name(2147483647);

-- grants
SELECT trellis.bind_role('trellis_reader', 'rita');
SELECT readable('trellis_reader');
SELECT trellis.grant_label('rita', 'hr'), trellis.grant_label('rita', 'hr'), trellis.grant_label('otto', 'legal');
SELECT readable('trellis_reader');
SELECT trellis.grant_label(principal => 'rita', label => 'pii');
SELECT readable('trellis_reader');
SELECT trellis.revoke_label('rita', 'hr'), trellis.revoke_label('rita', 'hr');
SELECT readable('trellis_reader');
SELECT readable(session_user::text);
SELECT statement, error_of(statement) FROM (VALUES
  ($$SELECT trellis.grant_label('rita', 'nobody')$$), ($$SELECT trellis.grant_label('rita', 'hr & pii')$$),
  ($$SELECT trellis.grant_label('rita', NULL)$$), ($$SELECT trellis.grant_label(NULL, 'hr')$$),
  ($$SELECT trellis.grant_label('', 'hr')$$), ($$SELECT trellis.grant_label(repeat('x', 257), 'hr')$$),
  ($$SELECT trellis.revoke_label('rita', 'nobody')$$), ($$SELECT trellis.revoke_label(NULL, 'hr')$$)) t(statement);

-- until a time
SELECT trellis.grant_label('rita', 'legal', now() - interval '1 second');
SELECT readable('trellis_reader');
SELECT trellis.grant_label('rita', 'legal', clock_timestamp() + interval '1 second');
SELECT readable('trellis_reader');
SELECT pg_sleep(1.1);
SELECT readable('trellis_reader');
SELECT trellis.grant_label('rita', 'legal');
SELECT readable('trellis_reader');
SELECT trellis.grant_label('rita', 'legal', 'infinity');
SELECT readable('trellis_reader');
SELECT trellis.grant_label('rita', 'legal', '-infinity');
SELECT readable('trellis_reader');

-- the own transaction sees its changes, and their end
BEGIN;
SELECT trellis.grant_label('rita', 'HR');
SELECT readable('trellis_reader');
SAVEPOINT a;
SELECT trellis.revoke_label('rita', 'HR'), trellis.revoke_label('rita', 'pii');
SELECT readable('trellis_reader');
ROLLBACK TO a;
SELECT readable('trellis_reader');
ROLLBACK;
SELECT readable('trellis_reader');

-- whoever changes the tables, it acts at once
UPDATE trellis.label_grant SET label = (SELECT id FROM trellis.label WHERE name = '2024-q1') WHERE principal = 'rita' AND until IS NULL;
SELECT readable('trellis_reader');
UPDATE trellis.label SET name = '2024-Q1' WHERE name = '2024-q1';
SELECT readable('trellis_reader');
DELETE FROM trellis.label_grant WHERE principal = 'rita';
SELECT readable('trellis_reader');
INSERT INTO trellis.label_grant (principal, label) SELECT 'rita', id FROM trellis.label WHERE name IN ('hr', 'HR');
SELECT readable('trellis_reader');
BEGIN;
TRUNCATE trellis.label_grant;
SELECT readable('trellis_reader');
ROLLBACK;
SELECT readable('trellis_reader');
BEGIN;
SET LOCAL session_replication_role = replica;
DELETE FROM trellis.label_grant;
SELECT readable('trellis_reader');
ROLLBACK;
BEGIN;
UPDATE trellis.label_expr SET expr = '!' WHERE id = trellis.label_id('hr');
SELECT trellis.labels() = '{}';
SELECT readable('trellis_reader');
DELETE FROM trellis.label_expr WHERE expr = '!';
SELECT readable('trellis_reader');
ROLLBACK;
BEGIN;
UPDATE trellis.label_expr SET expr = repeat('(', 1000) WHERE id = trellis.label_id('hr');
SELECT readable('trellis_reader');
UPDATE trellis.label_expr SET expr = '99999999999999999999' WHERE id = trellis.label_id('HR');
SELECT readable('trellis_reader');
ROLLBACK;
SELECT readable('trellis_reader');

-- an expression that appears after its id was asked for
BEGIN;
SELECT max(id) + 1 AS next FROM trellis.label_expr \gset
SET LOCAL SESSION AUTHORIZATION trellis_reader;
SELECT count(*) FILTER (WHERE trellis.can_read(id)) FROM generate_series(:next, :next + 1000) id;
RESET SESSION AUTHORIZATION;
INSERT INTO trellis.label_expr SELECT id, (SELECT l.id FROM trellis.label l WHERE name = 'hr')::text || '|' || id FROM generate_series(:next, :next + 1000) id;
SET LOCAL SESSION AUTHORIZATION trellis_reader;
SELECT count(*) FILTER (WHERE trellis.can_read(id)) FROM generate_series(:next, :next + 1000) id;
RESET SESSION AUTHORIZATION;
ROLLBACK;
SET SESSION AUTHORIZATION trellis_reader;
SELECT count(*) FILTER (WHERE trellis.can_read(id)) FROM generate_series(:next, :next + 1000) id;
SELECT trellis.can_read(NULL), trellis.can_read(0), trellis.can_read(-1), trellis.can_read(-2147483648), trellis.can_read(2147483647);
RESET SESSION AUTHORIZATION;

-- more principals than a session keeps
SELECT count(trellis.grant_label('p' || i, 'n' || i)) FROM generate_series(1, 20) i;
CREATE TABLE seen (principal text, label text[]);
DO $$
BEGIN
  FOR round IN 1 .. 3 LOOP
    FOR i IN 1 .. 20 LOOP
      PERFORM trellis.bind_role('trellis_reader', 'p' || i);
      INSERT INTO seen SELECT 'p' || i, array_remove(readable('trellis_reader'), (SELECT trellis.label_name(max(id)) FROM trellis.label_expr));
    END LOOP;
  END LOOP;
END $$;
SELECT count(*), count(*) FILTER (WHERE label = ARRAY['n' || substr(principal, 2)]) AS own FROM seen;
DROP TABLE seen;

-- who may what
SELECT trellis.bind_role('trellis_reader', 'rita');
SET SESSION AUTHORIZATION trellis_reader;
SELECT statement, error_of(statement) FROM (VALUES
  ($$SELECT trellis.create_label('mine')$$), ($$SELECT trellis.grant_label('rita', 'legal')$$),
  ($$SELECT trellis.revoke_label('otto', 'legal')$$), ($$SELECT trellis.label_id('hr')$$),
  ($$SELECT trellis.label_name(1)$$), ($$SELECT * FROM trellis.label$$), ($$SELECT * FROM trellis.label_grant$$),
  ($$SELECT * FROM trellis.label_expr$$), ($$UPDATE trellis.label_grant SET principal = 'rita'$$),
  ($$TRUNCATE trellis.label_grant$$), ($$SELECT nextval('trellis.label_expr_id_seq')$$),
  ($$SELECT trellis.access_changed()$$), ($$SELECT count(trellis.labels()), count(trellis.can_read(1))$$)) t(statement);
RESET SESSION AUTHORIZATION;
GRANT EXECUTE ON FUNCTION trellis.label_id(text), trellis.grant_label(text, text, timestamptz), trellis.label_name(integer) TO trellis_writer;
SET ROLE trellis_writer;
SELECT trellis.label_id('legal & hr') = trellis.label_id('hr & legal') AS interned;
SELECT trellis.grant_label('rita', 'legal');
SELECT error_of($$SELECT trellis.label_name(1)$$);
SELECT error_of($$SELECT * FROM trellis.label_expr$$);
RESET ROLE;
SELECT readable('trellis_reader');
SELECT granted_by = session_user AS grantor FROM trellis.label_grant WHERE principal = 'rita' LIMIT 1;

-- a known expression can be asked for in a read-only transaction
BEGIN READ ONLY;
SELECT trellis.label_id('hr & legal') IS NOT NULL AS known;
SELECT error_of($$SELECT trellis.label_id('hr & legal & pii')$$);
COMMIT;

SELECT trellis.bind_role('trellis_reader', NULL);
DELETE FROM trellis.label_grant;
DELETE FROM trellis.label_expr;
DELETE FROM trellis.label;
DROP FUNCTION readable, error_of;
DROP OWNED BY trellis_writer;
DROP ROLE trellis_reader;
DROP ROLE trellis_writer;
