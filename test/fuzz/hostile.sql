-- hostile.sql - what the fuzzer aims at: relations that lie, raise, or are odd
--
-- Run once as a superuser.  Names start with fz_.

CREATE ROLE fz_user LOGIN;
CREATE ROLE fz_admin LOGIN;
GRANT CREATE ON DATABASE :"DBNAME" TO fz_user;
GRANT USAGE, CREATE ON SCHEMA public TO fz_user, fz_admin;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA trellis TO fz_admin;

SELECT trellis.create_key();
SELECT trellis.create_label(x) FROM unnest(ARRAY['a', 'b', 'c', 'Ünï', 'two words', 'qu"ote', '&', '1']) x;
SELECT trellis.grant_label('ann', 'a'), trellis.grant_label('ann', 'b', 'infinity'),
  trellis.grant_label('bob', 'c', '-infinity');
SELECT trellis.label_id(x) FROM unnest(ARRAY['a & b', 'a | (b & c)', '"two words" | "&"']) x;
SELECT trellis.bind_role('fz_user', 'ann', 1);

-- vectors
CREATE TABLE fz_vec (id serial, v vector, w vector, v3 vector(3));
INSERT INTO fz_vec (v, w, v3)
  SELECT array_fill(((i * 7919) % 13 - 6)::real, ARRAY[i % 5 + 1])::vector,
    array_fill(((i * 104729) % 17 - 8)::real, ARRAY[i % 5 + 1])::vector,
    ARRAY[i, -i, i % 3]::vector
  FROM generate_series(1, 40) i;
INSERT INTO fz_vec (v, w) VALUES (NULL, '[1]'), ('[0]', '[0]'), ('[3e38]', '[3e38]'), ('[1e-45]', '[1e-45]');
INSERT INTO fz_vec (v, w) SELECT array_fill(1.5::real, ARRAY[n])::vector, array_fill(-1::real, ARRAY[n])::vector
  FROM unnest(ARRAY[500, 2000, 16000]) n;
CREATE INDEX fz_vec_btree ON fz_vec (v3);
CREATE TABLE fz_bin (v vector);
CREATE TABLE fz_bin3 (v vector(3));
CREATE TABLE fz_half AS SELECT id, v::halfvec, w::halfvec, v3::halfvec(3) FROM fz_vec WHERE v <> '[3e38]' OR v IS NULL;
INSERT INTO fz_half (v, w) VALUES ('[65504]', '[65504]'), ('[5.9604645e-08]', '[-0]');
CREATE INDEX fz_half_btree ON fz_half (v3);
CREATE TABLE fz_half_bin (v halfvec);
CREATE TABLE fz_half_bin3 (v halfvec(3));
CREATE TABLE fz_sparse AS SELECT id, v::sparsevec, w::sparsevec, v3::sparsevec(3) FROM fz_vec;
INSERT INTO fz_sparse (v, w) VALUES ('{}/1000000000', '{1:1,1000000000:1}/1000000000'), ('{3:3e38}/3', '{3:1e-45}/3');
CREATE INDEX fz_sparse_btree ON fz_sparse (v3);
CREATE TABLE fz_sparse_bin (v sparsevec);
CREATE TABLE fz_sparse_bin3 (v sparsevec(3));
CREATE TABLE fz_bit AS SELECT id, binary_quantize(v)::varbit AS v, binary_quantize(w)::varbit AS w,
  binary_quantize(v3)::bit(3) AS v3, v AS x FROM fz_vec;
INSERT INTO fz_bit (v, w) VALUES (B'', B''), (repeat('1', 100000)::varbit, repeat('10', 50000)::varbit);
CREATE INDEX fz_bit_btree ON fz_bit (v3);

-- a graph that works
SELECT trellis.create_graph('fz_g');
SELECT count(*) FROM trellis.upsert_nodes('fz_g',
  (SELECT jsonb_agg(jsonb_build_object('ext_id', i::text)) FROM generate_series(1, 60) i));
SELECT count(*) FROM trellis.upsert_edges('fz_g',
  (SELECT jsonb_agg(jsonb_build_object('src', (i % 59 + 1)::text, 'dst', (i * i % 60 + 1)::text,
     'rel', 'r' || i % 4, 'weight', i % 7)) FROM generate_series(1, 200) i));
GRANT ALL ON SCHEMA fz_g TO fz_user, fz_admin;
GRANT ALL ON ALL TABLES IN SCHEMA fz_g TO fz_user, fz_admin;

-- the same, protected
SELECT trellis.create_graph('fz_p');
SELECT count(*) FROM trellis.upsert_nodes('fz_p',
  (SELECT jsonb_agg(jsonb_build_object('ext_id', i::text)) FROM generate_series(1, 30) i));
SELECT count(*) FROM trellis.upsert_edges('fz_p',
  (SELECT jsonb_agg(jsonb_build_object('src', (i % 29 + 1)::text, 'dst', (i * i % 30 + 1)::text,
     'rel', 'r')) FROM generate_series(1, 90) i));
SELECT trellis.protect('fz_p.node', 'a'), trellis.protect('fz_p.edge', 'a | b');
UPDATE fz_p.node SET access_label = trellis.label_id('c') WHERE node_id % 5 = 0;
GRANT ALL ON SCHEMA fz_p TO fz_user, fz_admin;
GRANT ALL ON ALL TABLES IN SCHEMA fz_p TO fz_user, fz_admin;

-- plain edges, of each kind of id
CREATE TABLE fz_int2 AS SELECT (i % 40)::int2 AS src, (i * i % 40)::int2 AS dst, i AS edge_id,
  (i % 5)::float4 AS weight, 'r' || i % 3 AS rel FROM generate_series(1, 200) i;
CREATE TABLE fz_int4 AS SELECT src::int4, dst::int8, edge_id::text, weight::numeric, 'x'::varchar AS rel FROM fz_int2;
CREATE TABLE fz_text AS SELECT src::text, dst::varchar, edge_id, weight, rel FROM fz_int2;
CREATE TABLE fz_uuid AS SELECT md5(src::text)::uuid AS src, md5(dst::text)::uuid AS dst, md5(edge_id::text)::uuid AS edge_id FROM fz_int2;
CREATE TABLE fz_wide AS SELECT repeat(src::text, 40000) AS src, repeat(dst::text, 40000) AS dst FROM fz_int2 LIMIT 20;
CREATE TABLE fz_weights (src int, dst int, weight float8, confidence float8, edge_id int, rel int);
INSERT INTO fz_weights VALUES (1, 2, 'NaN', 'NaN', NULL, NULL), (2, 3, '-Infinity', 0, 0, 0), (3, 4, 'Infinity', 1, -1, -1),
  (4, 5, -1, 'Infinity', 2147483647, 2147483647), (5, 1, NULL, NULL, -2147483648, -2147483648), (1, 1, 0, 0, 1, 1),
  (NULL, 1, 0, 0, 1, 1), (1, NULL, 0, 0, 1, 1), (1, 2, 0, 0, 1, 1), (1, 2, 0, 0, 1, 1), (2, 1, 0, 0, 1, 1), (1, 6, 1e308, 1, 1, 1), (6, 7, 1e308, 1, 1, 1);
CREATE TABLE fz_hub AS SELECT 0 AS src, i AS dst FROM generate_series(1, 30000) i;
CREATE TABLE fz_empty (src bigint, dst bigint);
CREATE TABLE fz_nothing ();
CREATE TABLE fz_dropped (x int, src int, y text, dst int, z int);
INSERT INTO fz_dropped SELECT i, i % 9, 'y', i % 7, i FROM generate_series(1, 30) i;
ALTER TABLE fz_dropped DROP COLUMN x, DROP COLUMN y, ADD COLUMN rel text DEFAULT 'late', ADD COLUMN weight int DEFAULT 3;
CREATE DOMAIN fz_small AS int4 CHECK (VALUE < 1000);
CREATE TABLE fz_domain (src fz_small, dst fz_small NOT NULL, rel fz_small, edge_id fz_small);
INSERT INTO fz_domain SELECT i % 9, i % 7, i % 3, i FROM generate_series(1, 30) i;
CREATE TABLE fz_times (src int, dst int, valid_from date, valid_to timestamp, recorded_at timestamptz, expired_at date);
INSERT INTO fz_times VALUES (1, 2, '-infinity', 'infinity', '-infinity', 'infinity'), (2, 3, NULL, NULL, NULL, NULL),
  (3, 4, '4713-01-01 BC', '294276-12-31', 'epoch', '5874897-12-31');
CREATE TABLE fz_part (src int, dst int, weight float8) PARTITION BY HASH (src);
CREATE TABLE fz_part0 PARTITION OF fz_part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE fz_part1 (weight float8, dst int, src int);
ALTER TABLE fz_part ATTACH PARTITION fz_part1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO fz_part SELECT i % 9, i % 7, i FROM generate_series(1, 50) i;
CREATE UNLOGGED TABLE fz_trigger (src int, dst int);
CREATE FUNCTION fz_raise_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trigger'; END $$;
CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON fz_trigger EXECUTE FUNCTION fz_raise_trigger();
CREATE FUNCTION fz_row_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TABLE fz_label_trigger (a int);
INSERT INTO fz_label_trigger VALUES (1), (2);
CREATE TRIGGER t BEFORE UPDATE ON fz_label_trigger FOR EACH ROW EXECUTE FUNCTION fz_row_trigger();

-- a node table that refers to itself
CREATE TABLE fz_tree (id int PRIMARY KEY, parent_id int REFERENCES fz_tree, name text);
INSERT INTO fz_tree SELECT i, nullif(i / 2, 0), 'n' || i FROM generate_series(1, 63) i;
SELECT trellis.register_edges('fz_tree', 'id', 'parent_id');

-- views
CREATE VIEW fz_owner_view AS SELECT src, dst FROM fz_int4;
CREATE VIEW fz_view WITH (security_invoker) AS SELECT * FROM fz_int4;
CREATE VIEW fz_zero_view WITH (security_invoker) AS SELECT src, dst, 1 / (src - 7) AS rel FROM fz_int4;
CREATE FUNCTION fz_sometimes(x int) RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN IF random() < 0.1 THEN RAISE EXCEPTION 'sometimes'; END IF; RETURN x; END $$;
CREATE VIEW fz_raising_view WITH (security_invoker) AS SELECT fz_sometimes(src) AS src, dst FROM fz_int4;
CREATE VIEW fz_random_view WITH (security_invoker) AS
  SELECT (random() * 20)::int AS src, (random() * 20)::int AS dst, random() AS weight FROM generate_series(1, 100);
CREATE VIEW fz_union_view WITH (security_invoker) AS
  SELECT src, dst::int4 FROM fz_int4 UNION SELECT dst::int4, src FROM fz_int4;
CREATE VIEW fz_nodes WITH (security_invoker) AS SELECT i::bigint AS node_id FROM generate_series(1, 30) i;
CREATE VIEW fz_null_nodes WITH (security_invoker) AS SELECT NULL::bigint AS node_id;
CREATE MATERIALIZED VIEW fz_matview AS SELECT * FROM fz_int4;
CREATE MATERIALIZED VIEW fz_unpopulated AS SELECT * FROM fz_int4 WITH NO DATA;

-- traversals within traversals
CREATE FUNCTION fz_nested(x bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN (SELECT count(*) FROM trellis.expand('fz_g.edge', ARRAY[x])) > 1; END $$;
CREATE VIEW fz_nested_nodes WITH (security_invoker) AS SELECT node_id FROM fz_g.node WHERE fz_nested(node_id);
CREATE VIEW fz_endless WITH (security_invoker) AS SELECT 1 AS src, 2 AS dst;
CREATE FUNCTION fz_endless() RETURNS boolean LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN (SELECT count(*) FROM trellis.expand('fz_endless', ARRAY[1])) > 0; END $$;
CREATE OR REPLACE VIEW fz_endless WITH (security_invoker) AS SELECT 1 AS src, 2 AS dst WHERE fz_endless();
CREATE TABLE fz_rls (src int, dst int);
INSERT INTO fz_rls VALUES (1, 2), (2, 3);
ALTER TABLE fz_rls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON fz_rls USING (fz_sometimes(src) > 0);

-- foreign tables: no handler, and a server that is this one
CREATE FOREIGN DATA WRAPPER fz_wrapper;
CREATE SERVER fz_server FOREIGN DATA WRAPPER fz_wrapper;
CREATE FOREIGN TABLE fz_foreign (src int, dst int) SERVER fz_server;
SELECT count(*) AS has_fdw FROM pg_available_extensions WHERE name = 'postgres_fdw' \gset
\if :has_fdw
CREATE EXTENSION postgres_fdw;
SELECT format('CREATE SERVER fz_loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
  :'HOST', :'PORT', :'DBNAME') \gexec
CREATE USER MAPPING FOR PUBLIC SERVER fz_loop OPTIONS (user 'fz_user', password_required 'false');
CREATE FOREIGN TABLE fz_remote (src int, dst bigint, weight numeric) SERVER fz_loop OPTIONS (table_name 'fz_int4');
GRANT SELECT ON fz_remote TO fz_user;
\endif

CREATE SEQUENCE fz_sequence;
CREATE TYPE fz_composite AS (src int, dst int);
CREATE TYPE fz_enum AS ENUM ('a', 'b');

-- names
CREATE SCHEMA "fz ""quoted"" @graph@";
CREATE TABLE "fz ""quoted"" @graph@"."select" ("sr c" int, "d""st" int, "$1" text);
INSERT INTO "fz ""quoted"" @graph@"."select" VALUES (1, 2, 'x'), (2, 3, 'y');
SELECT trellis.register_edges('"fz ""quoted"" @graph@"."select"', 'sr c', 'd"st', '$1');

-- relations whose columns are not what they seem: kind "lying"
CREATE SEQUENCE fz_calls;
CREATE FUNCTION fz_flip(x bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN CASE WHEN nextval('fz_calls') % 2 = 1 OR x <= 3000 THEN 1 ELSE x - 2000 END; END $$;
CREATE VIEW fz_flipping WITH (security_invoker) AS
  SELECT fz_flip(i) AS src, i + 3 AS dst, 1::float8 AS weight FROM generate_series(1::bigint, 12000) i;
CREATE FUNCTION fz_any(x bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT (random() * 50)::bigint $$;
CREATE VIEW fz_any_view WITH (security_invoker) AS
  SELECT fz_any(i) AS src, fz_any(i) AS dst, fz_any(i)::int AS rel, fz_any(i) AS edge_id FROM generate_series(1::bigint, 1000) i;
CREATE VIEW fz_any_nodes WITH (security_invoker) AS SELECT fz_any(i) AS node_id FROM generate_series(1::bigint, 100) i;

GRANT ALL ON ALL TABLES IN SCHEMA public TO fz_user, fz_admin;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO fz_user, fz_admin;
