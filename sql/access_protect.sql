-- Protected tables: what protect() writes, and that no statement sees, counts
-- or changes a row whose label the identity does not hold.
-- Method: roles are bound to principals; what a query answers is compared with
-- its answer on a table that holds only the rows that the principal may see.

SET client_min_messages = warning;
CREATE ROLE trellis_owner;
CREATE ROLE trellis_ann;
CREATE ROLE trellis_ben;
CREATE ROLE trellis_eve;
CREATE ROLE trellis_loader BYPASSRLS;
CREATE SCHEMA access_test AUTHORIZATION trellis_owner;
GRANT USAGE ON SCHEMA access_test TO PUBLIC;
SET search_path = access_test, public;
GRANT EXECUTE ON FUNCTION trellis.label_id(text) TO trellis_owner, trellis_loader;
CREATE FUNCTION error_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  state text; message text; detail text; hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
    detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', state, left(message, 90), nullif(detail, ''), nullif(hint, ''));
END $$;
-- an aggregate's text as a role's session gets it
CREATE FUNCTION as_role(role text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', role);
  EXECUTE query INTO result;
  RESET SESSION AUTHORIZATION;
  RETURN result;
END $$;
SELECT count(trellis.create_label(name)) FROM unnest(ARRAY['hr', 'pii', 'legal']) name;
SELECT trellis.bind_role('trellis_ann', 'ann'), trellis.bind_role('trellis_ben', 'ben', 2), trellis.bind_role('trellis_owner', 'otto', 1);
SELECT trellis.grant_label('ann', 'hr'), trellis.grant_label('ann', 'pii'), trellis.grant_label('ben', 'legal'), trellis.grant_label('otto', 'hr');
RESET client_min_messages;

SET SESSION AUTHORIZATION trellis_owner;
CREATE TABLE doc (id int PRIMARY KEY, tenant_id int, body text);
INSERT INTO doc SELECT i, i % 2 + 1, 'text ' || i FROM generate_series(1, 100) i;
GRANT ALL ON doc TO trellis_ann, trellis_ben, trellis_eve;
GRANT TRUNCATE ON doc TO PUBLIC;
GRANT SELECT, INSERT ON doc TO trellis_loader;

-- without an expression
SELECT trellis.protect('doc');
SELECT count(*) FROM doc;
-- with one: labels what has none, and what will come
SELECT trellis.protect('doc', 'hr & pii');
SELECT policyname, permissive, roles, cmd, qual, with_check FROM pg_policies WHERE tablename = 'doc' ORDER BY 1;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'doc'::regclass;
SELECT attname, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid) = trellis.label_id('pii&hr')::text AS is_default
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 'doc'::regclass AND attname = 'access_label';
SELECT grantee, string_agg(privilege_type, ' ' ORDER BY privilege_type) FROM information_schema.role_table_grants
  WHERE table_name = 'doc' AND grantee <> 'trellis_loader' GROUP BY 1 ORDER BY 1;
-- again, and with another expression: labels stay
SELECT trellis.protect('doc', 'hr & pii');
SELECT trellis.protect('doc', 'legal');
SELECT count(*) FROM pg_policies WHERE tablename = 'doc';
RESET SESSION AUTHORIZATION;
UPDATE doc SET access_label = CASE WHEN id <= 50 THEN trellis.label_id('hr & pii') WHEN id <= 80 THEN trellis.label_id('legal')
  WHEN id <= 95 THEN trellis.label_id('hr | legal') WHEN id < 99 THEN NULL ELSE 999999 END;
SELECT role, as_role(role, 'SELECT format(''%s rows, %s to %s'', count(*), min(id), max(id)) FROM doc')
  FROM unnest(ARRAY['trellis_ann', 'trellis_ben', 'trellis_eve', 'trellis_owner', current_user]) role;

-- a query gives what it gives on a table of the visible rows alone
SELECT format('CREATE TABLE doc_%s AS SELECT * FROM doc WHERE %s', name, visible) FROM (VALUES
  ('ann', 'id <= 50 OR id BETWEEN 81 AND 95'), ('ben', 'id BETWEEN 51 AND 95'), ('eve', 'false')) t(name, visible) \gexec
GRANT SELECT ON doc_ann, doc_ben, doc_eve TO PUBLIC;
SELECT name, count(*) FILTER (WHERE as_role('trellis_' || name, format(query, 'doc')) IS NOT DISTINCT FROM as_role('trellis_' || name, format(query, 'doc_' || name))) AS same, count(*) AS queries
  FROM unnest(ARRAY['ann', 'ben', 'eve']) name, (VALUES
  ('SELECT count(*) FROM %s'), ('SELECT array_agg(id ORDER BY id)::text FROM %s'), ($$SELECT sum(id) FROM %s WHERE body LIKE '%%5%%'$$),
  ('SELECT array_agg(t::text ORDER BY id) FROM (SELECT id, body FROM %s ORDER BY id DESC OFFSET 3 LIMIT 5) t'),
  ('SELECT array_agg(DISTINCT tenant_id) FROM %1$s WHERE id > (SELECT avg(id) FROM %1$s)'),
  ('SELECT count(*) FROM %1$s a JOIN %1$s b ON a.id = b.id - 40'), ('SELECT count(b.id) FROM %1$s a LEFT JOIN %1$s b ON a.id = b.id - 40'),
  ('SELECT count(*) FROM %1$s a WHERE NOT EXISTS (SELECT FROM %1$s b WHERE b.id = a.id + 1)'),
  ('SELECT array_agg(n) FROM (SELECT tenant_id, rank() OVER (ORDER BY id DESC) n FROM %s) t'),
  ('SELECT count(*) FROM %s WHERE id = ANY (ARRAY[1, 60, 90, 97, 100])'), ('SELECT max(n) FROM (SELECT count(*) n FROM %s GROUP BY id %% 7) t'),
  ('SELECT (SELECT body FROM %s WHERE id = 90)'), ('WITH RECURSIVE r AS (SELECT min(id) id FROM %1$s UNION ALL SELECT (SELECT min(id) FROM %1$s d WHERE d.id > r.id) FROM r WHERE r.id IS NOT NULL) SELECT count(*) FROM r')) q(query)
  GROUP BY 1 ORDER BY 1;

-- every kind of statement
SET SESSION AUTHORIZATION trellis_ben;
SELECT count(*) FROM doc WHERE id <= 50;
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM doc b WHERE b.id = a - 50)) FROM generate_series(1, 150) a LEFT JOIN doc ON doc.id = a;
SELECT error_of('INSERT INTO doc VALUES (1, 1, ''x'')') LIKE '23505%' AS key_is_told;
SELECT error_of(format('INSERT INTO doc VALUES (200, 1, ''x'', %s)', label)) FROM (VALUES ('NULL'), ('0'), ('999999'), ('-1')) t(label);
INSERT INTO doc VALUES (200, 1, 'mine') RETURNING id, access_label IS NOT NULL AS labelled;
UPDATE doc SET body = 'x' WHERE id <= 50;
UPDATE doc SET body = 'x' WHERE id = 200;
SELECT error_of('UPDATE doc SET access_label = 999999 WHERE id = 200');
SELECT error_of('UPDATE doc SET access_label = NULL WHERE id = 200');
SELECT error_of('INSERT INTO doc VALUES (1, 1, ''x'') ON CONFLICT (id) DO UPDATE SET body = ''stolen''');
SELECT error_of('INSERT INTO doc VALUES (1, 1, ''x'') ON CONFLICT DO NOTHING');
DELETE FROM doc WHERE id <= 50;
DELETE FROM doc WHERE id = 200;
MERGE INTO doc USING (VALUES (1), (60)) s(id) ON doc.id = s.id WHEN MATCHED THEN UPDATE SET body = 'merged';
SELECT count(*) FROM (SELECT FROM doc FOR UPDATE) t;
SELECT error_of('TRUNCATE doc');
-- a trigger would see what others write
SELECT error_of('CREATE TRIGGER spy AFTER UPDATE ON doc FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()');
COPY (SELECT count(*) FROM doc) TO STDOUT;
SET row_security = off;
SELECT error_of('SELECT count(*) FROM doc');
RESET row_security;
SELECT error_of('ALTER TABLE doc DISABLE ROW LEVEL SECURITY');
SELECT error_of($$SELECT trellis.protect('doc')$$);
SELECT error_of($$SELECT trellis.unprotect('doc')$$);
RESET SESSION AUTHORIZATION;
SELECT id, body FROM doc WHERE body NOT LIKE 'text %' ORDER BY id;

-- the owner is held to it
SET SESSION AUTHORIZATION trellis_owner;
SELECT count(*), min(id), max(id) FROM doc;
SELECT error_of('UPDATE doc SET access_label = trellis.label_id(''legal'')') AS takes_no_label_it_lacks;
RESET SESSION AUTHORIZATION;

-- a loader: COPY FROM is refused under policies; staging and INSERT ... SELECT, or BYPASSRLS
SET SESSION AUTHORIZATION trellis_ann;
\copy doc FROM '/dev/null'
SELECT trellis.can_read(access_label) FROM doc LIMIT 1;
CREATE TEMP TABLE staging (LIKE doc);
COPY staging (id, tenant_id, body) FROM STDIN;
301	1	staged
302	1	staged
\.
INSERT INTO doc SELECT id, tenant_id, body, (SELECT access_label FROM doc WHERE id = 1) FROM staging;
SELECT count(*) FROM doc WHERE body = 'staged';
DROP TABLE staging;
SET SESSION AUTHORIZATION trellis_loader;
SELECT trellis.label_id('legal') AS legal \gset
COPY doc (id, body) FROM STDIN;
303	loaded
\.
INSERT INTO doc VALUES (304, 1, 'loaded', :legal);
RESET SESSION AUTHORIZATION;
SELECT role, as_role(role, 'SELECT count(*) FROM doc WHERE body IN (''staged'', ''loaded'')')
  FROM unnest(ARRAY['trellis_ann', 'trellis_ben', 'trellis_eve']) role;
DELETE FROM doc WHERE id > 300;

-- views: with the rights of whoever asks, or of an owner who is held to it
SET SESSION AUTHORIZATION trellis_owner;
CREATE VIEW doc_invoker WITH (security_invoker) AS SELECT * FROM doc;
CREATE VIEW doc_owner AS SELECT * FROM doc;
GRANT SELECT ON doc_invoker, doc_owner TO PUBLIC;
RESET SESSION AUTHORIZATION;
SELECT role, as_role(role, 'SELECT count(*) FROM doc_invoker') AS invoker, as_role(role, 'SELECT count(*) FROM doc_owner') AS owner
  FROM unnest(ARRAY['trellis_ann', 'trellis_ben', 'trellis_owner']) role;
-- a function with its owner's rights still asks for the caller's identity
SET SESSION AUTHORIZATION trellis_owner;
CREATE FUNCTION count_doc() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM doc';
RESET SESSION AUTHORIZATION;
SELECT role, as_role(role, 'SELECT count_doc()') FROM unnest(ARRAY['trellis_ann', 'trellis_ben', 'trellis_owner']) role;

-- a user's qual is not asked about hidden rows
SET SESSION AUTHORIZATION trellis_ben;
CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
  IF $1 = 'text 1' THEN RAISE 'told: %', $1; END IF;
  RETURN true;
END $$;
SELECT count(*) FROM doc WHERE pg_temp.tell(body);
RESET SESSION AUTHORIZATION;

-- a larger table
CREATE TABLE big (id int, access_label int, body text);
INSERT INTO big SELECT i, CASE WHEN i % 1000 = 0 THEN trellis.label_id('legal') WHEN i % 10 = 0 THEN trellis.label_id('hr | legal')
  ELSE trellis.label_id('hr & pii') END, 'b' FROM generate_series(1, 20000) i;
CREATE INDEX big_label ON big (access_label);
SELECT trellis.protect('big');
GRANT SELECT ON big TO PUBLIC;
ANALYZE big;

-- prepared statements, generic plans and cursors across changes of identity
SELECT trellis.create_key() IS NOT NULL AS key;
SELECT trellis.sign('{"sub": "ann"}') AS ann, trellis.sign('{"sub": "ben", "tenant": 2}') AS ben,
  trellis.sign(jsonb_build_object('sub', 'ann', 'exp', ceil(extract(epoch FROM clock_timestamp()) + 1))) AS brief \gset
SET SESSION AUTHORIZATION trellis_eve;
SET plan_cache_mode = force_generic_plan;
PREPARE how_many AS SELECT count(*) FROM doc;
EXECUTE how_many;
BEGIN;
SELECT trellis.login(:'ann');
EXECUTE how_many;
SELECT trellis.login(:'ben');
EXECUTE how_many;
SAVEPOINT a;
SELECT trellis.login(:'ann');
EXECUTE how_many;
ROLLBACK TO a;
EXECUTE how_many;
COMMIT;
EXECUTE how_many;
RESET plan_cache_mode;
BEGIN;
SELECT trellis.login(:'ann');
DECLARE c NO SCROLL CURSOR FOR SELECT id FROM big;
FETCH 2 FROM c;
SELECT trellis.login(:'ben');
FETCH 2 FROM c;
ROLLBACK;
-- a cursor obeys expiry and revocation from row to row
SELECT trellis.login(:'brief', true);
BEGIN;
DECLARE c NO SCROLL CURSOR FOR SELECT id FROM big;
FETCH 2 FROM c;
SELECT pg_sleep(2.1);
FETCH 2 FROM c;
SELECT count(*) FROM doc;
SELECT principal FROM trellis.whoami();
COMMIT;
RESET trellis.token;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION trellis_ann;
BEGIN;
DECLARE c NO SCROLL CURSOR FOR SELECT id FROM big;
FETCH 2 FROM c;
RESET SESSION AUTHORIZATION;
SELECT trellis.revoke_label('ann', 'pii');
SET LOCAL SESSION AUTHORIZATION trellis_ann;
FETCH 2 FROM c;
ROLLBACK;
SELECT count(*) FROM doc;
RESET SESSION AUTHORIZATION;

-- a function sees what it changes
CREATE FUNCTION revoke_and_count() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  before bigint;
  after bigint;
BEGIN
  SET LOCAL SESSION AUTHORIZATION trellis_ann;
  SELECT count(*) INTO before FROM doc;
  RESET SESSION AUTHORIZATION;
  PERFORM trellis.revoke_label('ann', 'hr');
  SET LOCAL SESSION AUTHORIZATION trellis_ann;
  SELECT count(*) INTO after FROM doc;
  RESET SESSION AUTHORIZATION;
  RETURN format('%s, then %s', before, after);
END $$;
BEGIN;
SELECT revoke_and_count();
ROLLBACK;

-- an index on the label, and estimates from its statistics
CREATE FUNCTION estimate(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN plan->0->'Plan'->'Plan Rows';
END $$;
-- how far the estimate is from the truth, as a factor
SELECT role, as_role(role, 'SELECT count(*) FROM big') AS rows, CASE WHEN estimate BETWEEN rows * 0.9 AND rows * 1.1 + 1 THEN 'close' ELSE estimate::text END AS estimate
  FROM (SELECT role, as_role(role, 'SELECT count(*) FROM big')::int AS rows, as_role(role, $$SELECT estimate('SELECT * FROM big')$$)::float8 AS estimate
    FROM unnest(ARRAY['trellis_ann', 'trellis_ben', 'trellis_eve', 'trellis_owner']) role) t;
SELECT trellis.revoke_label('ben', 'legal'), trellis.create_label('rare') AS rare \gset
INSERT INTO big VALUES (0, :rare, 'rare');
ANALYZE big;
SELECT trellis.grant_label('ben', 'rare');
SET SESSION AUTHORIZATION trellis_ben;
EXPLAIN (COSTS OFF) SELECT * FROM big;
SELECT * FROM big \g /dev/null
SELECT count(*), min(id) FROM big;
-- the plan is kept, the list is not
PREPARE rare AS SELECT min(id), count(*) FROM big WHERE id < 5000;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE rare;
EXECUTE rare;
SET enable_seqscan = off;
BEGIN;
SELECT trellis.login(:'ann');
EXECUTE rare;
COMMIT;
EXECUTE rare;
RESET SESSION AUTHORIZATION;
SELECT trellis.grant_label('ben', 'legal'), trellis.revoke_label('ben', 'rare');
SET SESSION AUTHORIZATION trellis_ben;
EXECUTE rare;
-- by index or by scan, the same rows; a new expression included
RESET SESSION AUTHORIZATION;
INSERT INTO big VALUES (-1, trellis.label_id('legal & hr | legal & rare | legal'), 'new'), (-2, NULL, 'none');
SET SESSION AUTHORIZATION trellis_ben;
SET enable_bitmapscan = off;
SELECT count(*), sum(id) FROM big;
SET enable_indexscan = off;
RESET enable_seqscan;
SELECT count(*), sum(id) FROM big;
RESET ALL;
SET search_path = access_test, public;
RESET SESSION AUTHORIZATION;

-- parallel workers
ALTER TABLE big SET (parallel_workers = 2);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET SESSION AUTHORIZATION trellis_ann;
EXPLAIN (COSTS OFF) SELECT count(*) FROM big;
SELECT count(*), sum(id) FROM big;
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT trellis.grant_label('ann', 'legal');
SET LOCAL SESSION AUTHORIZATION trellis_ann;
SELECT count(*), sum(id) FROM big;
ROLLBACK;
SET SESSION AUTHORIZATION trellis_eve;
BEGIN;
SELECT trellis.login(:'ann');
SELECT count(*), sum(id) FROM big;
COMMIT;
SELECT count(*), sum(id) FROM big;
RESET SESSION AUTHORIZATION;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- a tenant's column
SET SESSION AUTHORIZATION trellis_owner;
SELECT trellis.protect('doc', tenant_column => 'tenant_id');
SELECT policyname, permissive, qual FROM pg_policies WHERE tablename = 'doc' ORDER BY 1;
RESET SESSION AUTHORIZATION;
SELECT role, as_role(role, 'SELECT count(*) || '' of tenants '' || array_agg(DISTINCT tenant_id)::text FROM doc')
  FROM unnest(ARRAY['trellis_ann', 'trellis_ben', 'trellis_owner']) role;
SET SESSION AUTHORIZATION trellis_ben;
SELECT error_of(format('INSERT INTO doc VALUES (400, %s, ''x'')', tenant)) FROM (VALUES ('2'), ('1'), ('NULL')) t(tenant);
DELETE FROM doc WHERE id = 400;
RESET SESSION AUTHORIZATION;

-- policies of one's own are not widened
SET SESSION AUTHORIZATION trellis_owner;
CREATE TABLE own (id int);
INSERT INTO own SELECT generate_series(1, 10);
ALTER TABLE own ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON own USING (id % 2 = 0);
GRANT SELECT ON own TO PUBLIC;
SELECT trellis.protect('own', 'hr');
SELECT trellis.protect('own', 'hr');
SELECT policyname, permissive FROM pg_policies WHERE tablename = 'own' ORDER BY 1;
RESET SESSION AUTHORIZATION;
SELECT role, as_role(role, 'SELECT array_agg(id ORDER BY id) FROM own') FROM unnest(ARRAY['trellis_ann', 'trellis_ben']) role;
SET SESSION AUTHORIZATION trellis_owner;
SELECT trellis.unprotect('own');
SELECT policyname FROM pg_policies WHERE tablename = 'own';

-- unprotect, and protect again
SELECT trellis.unprotect('doc');
SELECT trellis.unprotect('doc');
SELECT count(*) FROM pg_policies WHERE tablename = 'doc';
SELECT count(*), count(access_label) FROM doc;
SELECT trellis.protect('doc');
SELECT count(*) FROM doc;

-- partitions: the parent's and each one's own
CREATE TABLE part (id int, body text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (50);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (50) TO (100) PARTITION BY LIST (id);
CREATE TABLE part_2_all PARTITION OF part_2 DEFAULT;
INSERT INTO part SELECT i, 'p' FROM generate_series(1, 99) i;
GRANT SELECT ON part, part_1, part_2, part_2_all TO PUBLIC;
SELECT trellis.protect('part', 'hr');
SELECT tablename, count(*) FROM pg_policies WHERE tablename LIKE 'part%' GROUP BY 1 ORDER BY 1;
RESET SESSION AUTHORIZATION;
SELECT role, as_role(role, 'SELECT count(*) FROM part') AS part, as_role(role, 'SELECT count(*) FROM part_1') AS part_1,
    as_role(role, 'SELECT count(*) FROM part_2_all') AS part_2_all
  FROM unnest(ARRAY['trellis_owner', 'trellis_ben']) role;
SET SESSION AUTHORIZATION trellis_owner;
CREATE TABLE part_3 PARTITION OF part FOR VALUES FROM (100) TO (200);
SELECT trellis.protect('part', 'hr');
SELECT tablename, count(*) FROM pg_policies WHERE tablename LIKE 'part%' GROUP BY 1 ORDER BY 1;
SELECT trellis.unprotect('part');
SELECT count(*) FROM pg_policies WHERE tablename LIKE 'part%';
DROP TABLE part;
-- a child alone: its parent would give the rows away
CREATE TABLE parent (id int, access_label int);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
SELECT trellis.protect('child', 'hr');
SELECT trellis.protect('parent', 'hr');
SELECT trellis.protect('child', 'hr');
DROP TABLE parent CASCADE;

-- names that would break a statement made of strings
CREATE TABLE "weird""; DROP TABLE doc; --" ("id" int, "ten""ant; --" bigint);
INSERT INTO "weird""; DROP TABLE doc; --" VALUES (1, 1), (2, 2);
SELECT trellis.protect('"weird""; DROP TABLE doc; --"', 'hr', 'la"bel; DROP TABLE doc; --', 'ten"ant; --');
SELECT "id", "ten""ant; --", "la""bel; DROP TABLE doc; --" = trellis.label_id('hr') AS label FROM "weird""; DROP TABLE doc; --";
SELECT policyname, qual FROM pg_policies WHERE tablename LIKE 'weird%' ORDER BY 1;
SELECT trellis.protect('"weird""; DROP TABLE doc; --"', label_column => 'la"bel; DROP TABLE doc; --');
SELECT trellis.unprotect('"weird""; DROP TABLE doc; --"');
DROP TABLE "weird""; DROP TABLE doc; --";

-- what cannot be protected
CREATE TABLE wrong (id int, access_label text, tenant text);
SELECT statement, error_of(statement) FROM (VALUES
  ($$SELECT trellis.protect('wrong')$$), ($$SELECT trellis.protect('wrong', 'hr', 'label', 'tenant')$$),
  ($$SELECT trellis.protect('wrong', 'hr', 'label', 'missing')$$), ($$SELECT trellis.protect('wrong', 'nobody', 'label')$$),
  ($$SELECT trellis.protect('wrong', '(hr', 'label')$$), ($$SELECT trellis.protect('wrong', NULL, 'ctid')$$),
  ($$SELECT trellis.protect('missing')$$), ($$SELECT trellis.protect(4200000000)$$),
  ($$SELECT trellis.protect('doc_invoker')$$), ($$SELECT trellis.protect('pg_class')$$),
  ($$SELECT trellis.protect('trellis.label')$$), ($$SELECT trellis.protect(NULL)$$),
  ($$SELECT trellis.protect('doc', label_column => NULL)$$), ($$SELECT trellis.unprotect(NULL)$$)) t(statement);
-- nothing was half done
SELECT attname FROM pg_attribute WHERE attrelid = 'wrong'::regclass AND attnum > 0;
SELECT relrowsecurity FROM pg_class WHERE oid = 'wrong'::regclass;
RESET SESSION AUTHORIZATION;
SELECT statement, error_of(statement) FROM (VALUES
  ($$SELECT trellis.protect('pg_class')$$), ($$SELECT trellis.protect('trellis.label')$$)) t(statement);
-- interning takes its own privilege
REVOKE EXECUTE ON FUNCTION trellis.label_id(text) FROM trellis_owner;
SET SESSION AUTHORIZATION trellis_owner;
SELECT error_of($$SELECT trellis.protect('wrong', 'hr', 'label')$$);
SELECT trellis.protect('wrong', label_column => 'label');
RESET SESSION AUTHORIZATION;

-- a superuser protects somebody's table: that one's triggers run as that one
SET SESSION AUTHORIZATION trellis_owner;
CREATE TABLE trap (id int, access_label int);
INSERT INTO trap VALUES (1);
CREATE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'trigger runs as %', current_user;
  RETURN new;
END $$;
CREATE TRIGGER spring BEFORE UPDATE ON trap FOR EACH ROW EXECUTE FUNCTION spring();
RESET SESSION AUTHORIZATION;
SELECT trellis.protect('trap', 'hr');
-- ... and can neither put off a trigger to the commit, nor leave a setting behind
SET SESSION AUTHORIZATION trellis_owner;
CREATE TABLE later (id int);
CREATE CONSTRAINT TRIGGER spring AFTER INSERT ON later DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spring();
CREATE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO later VALUES (1);
  RETURN new;
END $$;
CREATE TABLE trap_later (id int, access_label int);
INSERT INTO trap_later VALUES (1);
CREATE TRIGGER put_off BEFORE UPDATE ON trap_later FOR EACH ROW EXECUTE FUNCTION put_off();
CREATE FUNCTION set_path() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('search_path', 'elsewhere', false);
  RETURN new;
END $$;
CREATE TABLE trap_path (id int, access_label int);
INSERT INTO trap_path VALUES (1);
CREATE TRIGGER set_path BEFORE UPDATE ON trap_path FOR EACH ROW EXECUTE FUNCTION set_path();
RESET SESSION AUTHORIZATION;
SELECT error_of($$SELECT trellis.protect('trap_later', 'hr')$$);
SELECT trellis.protect('trap_path', 'hr');
SHOW search_path;
-- the owner may do so
GRANT EXECUTE ON FUNCTION trellis.label_id(text) TO trellis_owner;
SET SESSION AUTHORIZATION trellis_owner;
SELECT trellis.protect('trap_later', 'hr');
RESET SESSION AUTHORIZATION;

SET client_min_messages = warning;
DROP SCHEMA access_test CASCADE;
DROP OWNED BY trellis_owner, trellis_ann, trellis_ben, trellis_eve, trellis_loader;
DELETE FROM trellis.role_principal;
DELETE FROM trellis.label_grant;
DELETE FROM trellis.label_expr;
DELETE FROM trellis.label;
DROP ROLE trellis_owner;
DROP ROLE trellis_ann;
DROP ROLE trellis_ben;
DROP ROLE trellis_eve;
DROP ROLE trellis_loader;
