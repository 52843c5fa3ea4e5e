-- Identity: keys, tokens, login, bound roles, and attempts to be somebody else.
-- Method: tokens are minted here too, by an HMAC made of the server's own
-- sha256(), so that a good one proves the format and a bad one differs from a
-- good one in one thing only.

SET client_min_messages = warning;
CREATE ROLE trellis_app;
CREATE ROLE trellis_other;
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

CREATE FUNCTION xor_all(data bytea, mask int) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 0 .. length(data) - 1 LOOP
    data := set_byte(data, i, get_byte(data, i) # mask);
  END LOOP;
  RETURN data;
END $$;
CREATE FUNCTION hmac(key bytea, data bytea) RETURNS bytea LANGUAGE sql AS $$
  SELECT sha256(xor_all(k, 92) || sha256(xor_all(k, 54) || data))
    FROM (SELECT key || decode(repeat('00', 64 - length(key)), 'hex')) t(k) $$;
CREATE FUNCTION b64(data bytea) RETURNS text LANGUAGE sql AS $$
  SELECT translate(encode(data, 'base64'), E'+/=\n', '-_') $$;
CREATE FUNCTION unb64(data text) RETURNS bytea LANGUAGE sql AS $$
  SELECT decode(rpad(translate(data, '-_', '+/'), (length(data) + 3) / 4 * 4, '='), 'base64') $$;
CREATE FUNCTION keys() RETURNS TABLE (n bigint, kid text, key bytea) LANGUAGE sql AS $$
  SELECT ordinality, split_part(line, ' ', 1), decode(split_part(line, ' ', 2), 'hex')
    FROM regexp_split_to_table(pg_read_file('trellis.keys'), '\n') WITH ORDINALITY t(line)
    WHERE line <> '' $$;
CREATE FUNCTION mint(header text, claims text, key bytea) RETURNS text LANGUAGE sql AS $$
  SELECT signed || '.' || b64(hmac(key, convert_to(signed, 'UTF8')))
    FROM (SELECT b64(convert_to(header, 'UTF8')) || '.' || b64(convert_to(claims, 'UTF8'))) t(signed) $$;
-- good but for what the arguments change
CREATE FUNCTION mint(claims text) RETURNS text LANGUAGE sql AS $$
  SELECT mint(format('{"alg":"HS256","kid":"%s"}', kid), claims, key)
    FROM keys() ORDER BY n DESC LIMIT 1 $$;
CREATE FUNCTION mint_with(change jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT mint((jsonb_build_object('sub', 'alice', 'aud', current_database(),
    'exp', extract(epoch FROM now())::bigint + 600) || change)::text) $$;
CREATE FUNCTION mint_header(header text) RETURNS text LANGUAGE sql AS $$
  SELECT mint(replace(header, 'KID', kid), format('{"sub":"alice","aud":"%s","exp":4102444800}',
    current_database()), key) FROM keys() ORDER BY n DESC LIMIT 1 $$;
RESET client_min_messages;

-- keys and signing are for superusers, whatever is granted
SELECT trellis.create_key() ~ '^\d{8}-[0-9a-f]{8}$' AS kid;
SELECT (pg_stat_file('trellis.keys')).size > 64 AS written;
SELECT trellis.sign(NULL);
SET ROLE trellis_app;
SELECT error_of($$SELECT trellis.create_key()$$);
SELECT error_of($$SELECT trellis.sign('{"sub": "alice"}')$$);
RESET ROLE;
GRANT EXECUTE ON FUNCTION trellis.create_key(), trellis.sign(jsonb) TO trellis_app;
SET ROLE trellis_app;
SELECT error_of($$SELECT trellis.create_key()$$);
SELECT error_of($$SELECT trellis.sign('{"sub": "alice"}')$$);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION trellis.create_key(), trellis.sign(jsonb) FROM trellis_app;

-- what sign() makes
SELECT trellis.sign('{"sub": "alice", "act": "bot", "tenant": 7}') AS token \gset
SELECT token ~ '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$' AS shape,
    convert_from(unb64(split_part(token, '.', 1)), 'UTF8')::jsonb - 'kid' AS header,
    claims - '{exp,iat,jti}'::text[] AS claims,
    (claims->>'exp')::bigint - (claims->>'iat')::bigint AS lifetime,
    length(claims->>'jti') AS jti,
    split_part(token, '.', 3) = b64(hmac(key,
      convert_to(substr(token, 1, length(token) - 44), 'UTF8'))) AS mac
  FROM (SELECT :'token'::text, convert_from(unb64(split_part(:'token', '.', 2)), 'UTF8')::jsonb) t(token, claims),
    keys() ORDER BY n DESC LIMIT 1;
SELECT claims, error_of(format('SELECT trellis.sign(%L)', claims)) FROM (VALUES
  ('{}'), ('[]'), ('"alice"'), ('null'), ('{"sub": 1}'), ('{"sub": null}'), ('{"sub": ""}'),
  ('{"sub": "a", "aud": null}'), ('{"sub": "a", "exp": "soon"}'), ('{"sub": "a", "exp": -1}'),
  ('{"sub": "a", "exp": 1e30}'), ('{"sub": "a", "tenant": "7"}'), ('{"sub": "a", "tenant": 2147483648}'),
  ('{"sub": "a", "tenant": 1.5}'), ('{"sub": "a", "act": {"sub": "b"}}'), ('{"sub": "a", "role": []}'),
  ('{"sub": "a", "iat": true}')) t(claims);
SELECT error_of(format('SELECT trellis.sign(%L)', jsonb_build_object('sub', repeat('x', 256))));
SELECT error_of(format('SELECT trellis.sign(%L)', jsonb_build_object('sub', repeat('x', 257))));
SELECT error_of(format('SELECT trellis.sign(%L)', jsonb_build_object('sub', 'x', 'more', repeat('x', 9000))));

-- login: for the transaction, or the session
SET ROLE trellis_app;
SELECT * FROM trellis.whoami();
BEGIN;
SELECT trellis.login(:'token');
SELECT principal, agent, role = session_user AS role, database, tenant, expires > now() AS expires, source FROM trellis.whoami();
SELECT trellis.tenant();
COMMIT;
SELECT * FROM trellis.whoami();
BEGIN;
SELECT trellis.login(:'token');
ROLLBACK;
SELECT principal FROM trellis.whoami();
SELECT trellis.login(:'token');
SELECT principal FROM trellis.whoami();
BEGIN;
SAVEPOINT a;
SELECT trellis.login(:'token');
SELECT principal FROM trellis.whoami();
ROLLBACK TO a;
SELECT principal FROM trellis.whoami();
SELECT trellis.login(:'token');
SAVEPOINT b;
SET LOCAL trellis.token = '';
SELECT principal FROM trellis.whoami();
ROLLBACK TO b;
SELECT principal FROM trellis.whoami();
COMMIT;
BEGIN;
SELECT trellis.login(:'token', session => true);
ROLLBACK;
SELECT principal FROM trellis.whoami();
SELECT trellis.login(:'token', session => true);
SELECT principal FROM trellis.whoami();
BEGIN; COMMIT;
SELECT principal FROM trellis.whoami();
RESET ALL;
SELECT principal FROM trellis.whoami();
SELECT trellis.login(:'token', true);
RESET trellis.token;
SELECT principal FROM trellis.whoami();
SELECT trellis.login(:'token', true);
DISCARD ALL;
SELECT principal FROM trellis.whoami();
SELECT trellis.login(:'token', session => NULL) IS NOT NULL;

-- the token is not shown
SET ROLE trellis_app;
BEGIN;
SELECT trellis.login(:'token');
SHOW trellis.token;
SELECT current_setting('trellis.token');
SELECT count(*) FROM pg_settings WHERE name = 'trellis.token';
COMMIT;
SHOW trellis.token;

-- a prepared statement follows the identity
PREPARE who AS SELECT principal FROM trellis.whoami();
SET plan_cache_mode = force_generic_plan;
EXECUTE who;
BEGIN;
SELECT trellis.login(:'token');
EXECUTE who;
COMMIT;
EXECUTE who;
RESET plan_cache_mode;

-- parallel workers have it
RESET ROLE;
SELECT count(set_config(name, CASE setting WHEN 'off' THEN 'on' ELSE setting END, false))
  FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET ROLE trellis_app;
BEGIN;
SELECT trellis.login(:'token');
EXPLAIN (COSTS OFF) SELECT principal, agent, tenant FROM trellis.whoami();
SELECT principal, agent, tenant FROM trellis.whoami();
SELECT trellis.tenant();
COMMIT;
SELECT principal FROM trellis.whoami();
RESET ROLE;
SELECT count(set_config(name, 'off', false))
  FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');

-- good tokens from elsewhere
SELECT what, trellis.login(token, true) FROM (VALUES
  ('plain', mint_with('{}')),
  ('exp with a fraction', mint_with('{"exp": 4102444800.5}')),
  ('nbf within a minute', mint_with(jsonb_build_object('nbf', extract(epoch FROM now())::bigint + 30))),
  ('unknown claims', mint_with('{"more": {"a": [1, -2.5e3, true, null, "\"x\\"]}, "": []}')),
  ('escapes', mint(format(E' {"sub" :"\\u00e9\\ud83d\\ude00\\n\\/",\n"aud":"%s","exp":4102444800 }\t', current_database()))),
  ('header in another order', mint_header(' { "typ" : "JWT" , "kid" : "KID" , "alg" : "HS256" } '))) t(what, token);

-- bad ones: one answer
SET client_min_messages = warning;
CREATE TABLE bad (what text, token text);
INSERT INTO bad SELECT what, token FROM (VALUES
  ('null', NULL),
  ('empty', ''),
  ('junk', 'junk'),
  ('dots', '..'),
  ('two parts', (SELECT regexp_replace(mint_with('{}'), '\.[^.]*$', ''))),
  ('four parts', mint_with('{}') || '.x'),
  ('no signature', (SELECT regexp_replace(mint_with('{}'), '[^.]*$', ''))),
  ('cut signature', (SELECT left(mint_with('{}'), -1))),
  ('padded signature', mint_with('{}') || '='),
  ('space behind', mint_with('{}') || ' '),
  ('forged signature', (SELECT regexp_replace(mint_with('{}'), '[^.]*$', repeat('A', 43)))),
  ('another key', mint(format('{"alg":"HS256","kid":"%s"}', (SELECT kid FROM keys() ORDER BY n DESC LIMIT 1)),
    format('{"sub":"alice","aud":"%s","exp":4102444800}', current_database()), '\x01')),
  ('edited claims', (SELECT split_part(t, '.', 1) || '.' || b64(convert_to(replace(
    convert_from(unb64(split_part(t, '.', 2)), 'UTF8'), 'alice', 'mallory'), 'UTF8')) || '.' || split_part(t, '.', 3)
    FROM mint_with('{}') t)),
  ('unknown kid', mint_header('{"alg":"HS256","kid":"nobody"}')),
  ('no kid', mint_header('{"alg":"HS256"}')),
  ('kid with a space', mint_header('{"alg":"HS256","kid":"KID "}')),
  ('two kids', mint_header('{"alg":"HS256","kid":"KID","kid":"KID"}')),
  ('alg none', mint_header('{"alg":"none","kid":"KID"}')),
  ('alg none, unsigned', (SELECT regexp_replace(mint_header('{"alg":"none","kid":"KID"}'), '[^.]*$', ''))),
  ('alg hs256', mint_header('{"alg":"hs256","kid":"KID"}')),
  ('alg HS512', mint_header('{"alg":"HS512","kid":"KID"}')),
  ('alg RS256', mint_header('{"alg":"RS256","kid":"KID"}')),
  ('alg twice', mint_header('{"alg":"HS256","alg":"none","kid":"KID"}')),
  ('alg missing', mint_header('{"kid":"KID"}')),
  ('alg a number', mint_header('{"alg":256,"kid":"KID"}')),
  ('crit', mint_header('{"alg":"HS256","kid":"KID","crit":["x"]}')),
  ('header an array', mint_header('["HS256","KID"]')),
  ('header huge', mint_header('{"alg":"HS256","kid":"KID","x":"' || repeat('x', 600) || '"}')),
  ('expired', mint_with('{"exp": 1700000000}')),
  ('expires now', mint_with(jsonb_build_object('exp', floor(extract(epoch FROM now()))))),
  ('not yet', mint_with('{"nbf": 4102444799}')),
  ('no exp', mint(format('{"sub":"alice","aud":"%s"}', current_database()))),
  ('exp with an exponent', mint(format('{"sub":"alice","aud":"%s","exp":4e9}', current_database()))),
  ('exp null', mint_with('{"exp": null}')),
  ('exp text', mint_with('{"exp": "4102444800"}')),
  ('exp beyond', mint_with('{"exp": 99999999999999999999}')),
  ('exp negative', mint_with('{"exp": -1}')),
  ('no sub', mint(format('{"aud":"%s","exp":4102444800}', current_database()))),
  ('sub empty', mint_with('{"sub": ""}')),
  ('sub long', mint_with(jsonb_build_object('sub', repeat('x', 257)))),
  ('sub longer', mint_with(jsonb_build_object('sub', repeat('x', 5000)))),
  ('sub twice', mint(format('{"sub":"alice","aud":"%s","exp":4102444800,"sub":"bob"}', current_database()))),
  ('sub NUL', mint(format(E'{"sub":"a\\u0000b","aud":"%s","exp":4102444800}', current_database()))),
  ('sub half a pair', mint(format(E'{"sub":"\\ud83d","aud":"%s","exp":4102444800}', current_database()))),
  ('sub with a raw newline', mint(format(E'{"sub":"\n","aud":"%s","exp":4102444800}', current_database()))),
  ('no aud', mint('{"sub":"alice","exp":4102444800}')),
  ('another aud', mint_with('{"aud": "postgres"}')),
  ('aud an array', mint_with(jsonb_build_object('aud', jsonb_build_array(current_database())))),
  ('another role', mint_with('{"role": "trellis_other"}')),
  ('no such role', mint_with('{"role": "trellis_missing"}')),
  ('role empty', mint_with('{"role": ""}')),
  ('act a number', mint_with('{"act": 1}')),
  ('tenant text', mint_with('{"tenant": "7"}')),
  ('tenant beyond', mint_with('{"tenant": 2147483648}')),
  ('claims not an object', mint('"alice"')),
  ('claims cut', mint('{"sub":"alice"')),
  ('claims with a tail', mint(format('{"sub":"alice","aud":"%s","exp":4102444800}x', current_database()))),
  ('claims with a comma', mint(format('{"sub":"alice","aud":"%s","exp":4102444800,}', current_database()))),
  ('claims deep', mint_with(('{"x": ' || repeat('[', 100) || repeat(']', 100) || '}')::jsonb)),
  ('huge', mint_with(jsonb_build_object('x', repeat('x', 8000)))),
  ('huge junk', repeat('x', 10000000))) t(what, token);
RESET client_min_messages;
GRANT SELECT ON bad TO trellis_app;
SET ROLE trellis_app;
SELECT trellis.login(:'token', true);
SELECT error_of(format('SELECT trellis.login(%L, true)', token)) AS answer, count(*),
    array_agg(what) FILTER (WHERE error_of(format('SELECT trellis.login(%L, true)', token)) = 'no error') AS taken
  FROM bad GROUP BY 1;
-- a bad token leaves the earlier identity
SELECT principal FROM trellis.whoami();
RESET trellis.token;

-- setting the token by hand: signed ones are taken, but must fit here and now
SELECT error_of(format('SET trellis.token = %L', token)) AS answer, count(*)
  FROM bad WHERE token <> '' AND length(token) < 10000 GROUP BY 1;
SELECT what, set_config('trellis.token', token, true), (SELECT principal FROM trellis.whoami())
  FROM bad WHERE what IN ('expired', 'not yet', 'another aud', 'another role') ORDER BY what;
BEGIN;
SELECT set_config('trellis.token', token, true) FROM bad WHERE what = 'expired';
SELECT * FROM trellis.whoami();
COMMIT;

-- a token for a role: in its sessions, and after SET ROLE
RESET ROLE;
SELECT mint_with('{"role": "trellis_app"}') AS app_token \gset
SELECT error_of(format('SELECT trellis.login(%L, true)', :'app_token'));
SET ROLE trellis_app;
SELECT trellis.login(:'app_token', true);
SELECT principal, role FROM trellis.whoami();
SET ROLE trellis_other;
SELECT principal, role FROM trellis.whoami();
RESET ROLE;
RESET trellis.token;
SET SESSION AUTHORIZATION trellis_app;
SELECT trellis.login(:'app_token', true);
SELECT principal, role FROM trellis.whoami();
RESET SESSION AUTHORIZATION;
SELECT principal, role FROM trellis.whoami();
RESET trellis.token;

-- other ways to become somebody
SET ROLE trellis_app;
SELECT setting, error_of(format('SELECT set_config(%L, %L, false)', setting, 'alice')) FROM (VALUES
  ('trellis.token'), ('trellis.key_file'), ('trellis.user'), ('trellis.principal'), ('app.user')) t(setting);
SELECT count(*) FROM pg_settings WHERE name LIKE 'trellis.%' AND name <> 'trellis.simd';
SELECT error_of('SET trellis.key_file = ''/tmp/mine''');
SELECT error_of('ALTER ROLE trellis_app SET trellis.token = ''x''');
RESET ROLE;
SELECT error_of('SET trellis.key_file = ''/tmp/mine''');
SELECT error_of(format('ALTER ROLE trellis_app SET trellis.token = %L', :'token'));
SELECT error_of(format('ALTER DATABASE contrib_regression SET trellis.token = %L', :'token'));
SELECT error_of(format('ALTER SYSTEM SET trellis.token = %L', :'token'));
SELECT error_of(format('CREATE FUNCTION f() RETURNS int LANGUAGE sql SET trellis.token = %L AS ''SELECT 1''', :'token'));
SELECT trellis.login(:'token', true);
SELECT error_of('CREATE FUNCTION f() RETURNS int LANGUAGE sql SET trellis.token FROM CURRENT AS ''SELECT 1''');
RESET trellis.token;
-- set before the library is loaded: checked when it is
\c -reuse-previous=on "options='-c trellis.token=x'"
SELECT * FROM trellis.whoami();
\c -reuse-previous=on "options='-c trellis.key_file=/tmp/mine'"
SELECT * FROM trellis.whoami();
SHOW trellis.key_file;
\c -reuse-previous=on "options=''"
SET trellis.token = 'x';
SET trellis.key_file = '/tmp/mine';
SELECT * FROM trellis.whoami();
SHOW trellis.token;
SHOW trellis.key_file;
\c
SELECT set_config('trellis.token', mint_with('{}'), false) IS NOT NULL AS set;
SELECT principal FROM trellis.whoami();
SHOW trellis.token;
RESET trellis.token;

-- roles bound to a principal
SELECT trellis.bind_role('trellis_app', 'reports', 3);
SELECT error_of($$SELECT trellis.bind_role('trellis_missing', 'x')$$);
SELECT error_of($$SELECT trellis.bind_role(NULL, 'x')$$);
SELECT error_of($$SELECT trellis.bind_role(4200000000, 'x')$$);
SELECT error_of($$SELECT trellis.bind_role('trellis_app', '')$$);
SELECT error_of($$SELECT trellis.bind_role('trellis_app', repeat('x', 257))$$);
SET ROLE trellis_app;
SELECT error_of($$SELECT trellis.bind_role('trellis_app', 'admin')$$);
SELECT error_of($$SELECT * FROM trellis.role_principal$$);
-- session_user counts, not the role that was set
SELECT principal FROM trellis.whoami();
RESET ROLE;
SET SESSION AUTHORIZATION trellis_app;
SELECT * FROM trellis.whoami();
SELECT trellis.tenant();
-- a token goes first; a bad one does not fall back
SELECT trellis.login(:'token', true);
SELECT principal, tenant, source FROM trellis.whoami();
BEGIN;
SELECT set_config('trellis.token', token, true) FROM bad WHERE what = 'expired';
SELECT principal FROM trellis.whoami();
ROLLBACK;
RESET trellis.token;
SELECT principal FROM trellis.whoami();
-- in a worker too
RESET SESSION AUTHORIZATION;
SELECT count(set_config(name, 'on', false))
  FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET SESSION AUTHORIZATION trellis_app;
SELECT principal, tenant, source FROM trellis.whoami();
RESET SESSION AUTHORIZATION;
SELECT count(set_config(name, 'off', false))
  FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
-- a change acts at once, and can be undone
BEGIN;
SELECT trellis.bind_role('trellis_app', 'others');
SET LOCAL SESSION AUTHORIZATION trellis_app;
SELECT principal, tenant FROM trellis.whoami();
ROLLBACK;
SET SESSION AUTHORIZATION trellis_app;
SELECT principal, tenant FROM trellis.whoami();
RESET SESSION AUTHORIZATION;
SELECT trellis.bind_role('trellis_app', NULL);
SELECT * FROM trellis.role_principal;
SET SESSION AUTHORIZATION trellis_app;
SELECT * FROM trellis.whoami();
RESET SESSION AUTHORIZATION;

-- rotation: earlier keys verify, the newest signs
SELECT trellis.create_key() AS kid \gset
SELECT trellis.login(:'token', true);
SELECT trellis.login(trellis.sign('{"sub": "carol"}'), true);
SELECT kid = :'kid' AS newest FROM keys() ORDER BY n DESC LIMIT 1;
SELECT convert_from(unb64(split_part(trellis.sign('{"sub": "carol"}'), '.', 1)), 'UTF8')::jsonb->>'kid' = :'kid' AS signs;

DROP TABLE bad;
DROP FUNCTION keys, mint(text), mint(text, text, bytea), mint_with, mint_header, hmac, xor_all, b64, unb64, error_of;
DROP ROLE trellis_app;
DROP ROLE trellis_other;
