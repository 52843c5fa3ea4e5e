# Taking over another extension's vector types: what stands on them stays, and trellis is afterwards what a fresh installation is.
#
# The other extension is a stand-in: types of the same names and layout in
# schema public, a subset of trellis's functions made again from trellis's own
# definitions, an access method, and a function that trellis lacks.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('takeover');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nwal_level = logical\n");
$node->start;

# trellis's schema, to begin with, has an unpleasant name
my $home = q{a"b'; drop schema public};
(my $schema = $home) =~ s/"/""/g;
$schema = qq{"$schema"};

my $standin = q{
CREATE SCHEMA SCHEMA_;
CREATE EXTENSION trellis SCHEMA SCHEMA_;
-- what a later version may have: an overload in schema trellis, with a grant
CREATE ROLE reader;
CREATE FUNCTION trellis.later(a SCHEMA_.vector DEFAULT '[1]', b SCHEMA_.halfvec[] DEFAULT NULL) RETURNS SCHEMA_.vector
  LANGUAGE sql IMMUTABLE AS 'SELECT a';
COMMENT ON FUNCTION trellis.later IS 'made for this test';
REVOKE ALL ON FUNCTION trellis.later FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trellis.later TO reader;
ALTER EXTENSION trellis ADD FUNCTION trellis.later;
};

my $lookalike = q{
INSERT INTO pg_extension VALUES (pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), 'look"alike',
  (SELECT oid FROM pg_roles WHERE rolname = current_user), 'public'::regnamespace, true, '1.0', NULL, NULL);
CREATE FUNCTION trl_make(command text, member text) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, public SET check_function_bodies = off SET client_min_messages = warning AS $$
BEGIN
  EXECUTE command;
  IF member IS NOT NULL THEN
    EXECUTE 'ALTER EXTENSION "look""alike" ADD ' || member;
  END IF;
END $$;
DO $do$
DECLARE
  home name := (SELECT nspname FROM pg_extension x JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'trellis');
  lacks text := 'ivf|l1_|hash|support|typanalyze|float8|json|larger|smaller|_get|bytea|int8|text|smallint|bigint';
  m record;
BEGIN
  PERFORM trl_make(format('CREATE TYPE public.%I', t.typname), NULL) FROM pg_type t WHERE t.typnamespace = quote_ident(home)::regnamespace AND t.typcategory = 'U';
  FOR m IN
    SELECT o.class, o.object, o.kind, trellis.takeover_identity(o.class, o.object, home, 'public') AS identity
      FROM trellis.takeover_objects('trellis') o
     WHERE o.schema IS NOT DISTINCT FROM quote_ident(home) AND o.kind NOT IN ('type', 'aggregate') AND o.class = 'pg_proc'::regclass
       AND o.identity !~ lacks
     ORDER BY o.object
  LOOP
    PERFORM trl_make(regexp_replace(trellis.takeover_function(m.object, home, 'public', false), ' SUPPORT \w+', ''), 'FUNCTION ' || m.identity);
  END LOOP;
  FOR m IN SELECT typname FROM pg_type t WHERE t.typnamespace = quote_ident(home)::regnamespace AND t.typcategory = 'U' LOOP
    PERFORM trl_make(format('CREATE TYPE public.%1$s (INPUT = public.%1$s_in, OUTPUT = public.%1$s_out, TYPMOD_IN = public.%1$s_typmod_in,'
      'RECEIVE = public.%1$s_recv, SEND = public.%1$s_send, STORAGE = external)', m.typname), 'TYPE public.' || m.typname);
  END LOOP;
  FOR m IN
    SELECT o.class, o.object, o.kind, upper(o.kind) || ' ' || trellis.takeover_identity(o.class, o.object, home, 'public') AS member,
           -- with a mistake: subtraction does not commute
           replace(replace(trellis.takeover_definition(o.class, o.object, NULL, home, 'public'), ', HASHES', ''),
             'vector_sub)', 'vector_sub, COMMUTATOR = -)') AS command
      FROM trellis.takeover_objects('trellis') o
      LEFT JOIN pg_operator p ON p.oid = o.object
      LEFT JOIN pg_cast c ON c.oid = o.object
     WHERE (o.class IN ('pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_cast'::regclass) OR o.kind = 'aggregate')
       AND concat(o.identity, p.oprcode, c.castfunc::regprocedure) !~ lacks
       AND o.identity !~ 'min\(|max\('
       AND to_regprocedure(trellis.takeover_identity('pg_proc'::regclass, coalesce(p.oprcode::oid, c.castfunc), home, 'public'))
             IS NOT NULL = (coalesce(p.oprcode::oid, c.castfunc) IS NOT NULL)
     ORDER BY CASE o.class WHEN 'pg_operator'::regclass THEN 1 WHEN 'pg_opclass'::regclass THEN 2 ELSE 3 END, o.object
  LOOP
    IF m.kind = 'operator class' THEN
      PERFORM trl_make('CREATE ' || replace(m.member, 'CLASS', 'FAMILY'), replace(m.member, 'CLASS', 'FAMILY'));
    END IF;
    PERFORM trl_make(m.command, m.member);
  END LOOP;
END $do$;
CREATE FUNCTION public.only_there(vector) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1.0::float8';
-- GiST alone does not insist on being itself; its functions are called once a page is full, which none is here
CREATE ACCESS METHOD ann TYPE INDEX HANDLER gisthandler;
CREATE OPERATOR CLASS public.vector_ann_ops FOR TYPE vector USING ann AS OPERATOR 1 =,
  FUNCTION 1 gist_box_consistent(internal, box, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
  FUNCTION 5 gist_box_penalty(internal, internal, internal), FUNCTION 6 gist_box_picksplit(internal, internal),
  FUNCTION 7 gist_box_same(box, box, internal);
ALTER EXTENSION "look""alike" ADD FUNCTION only_there(vector);
ALTER EXTENSION "look""alike" ADD ACCESS METHOD ann;
ALTER EXTENSION "look""alike" ADD OPERATOR CLASS vector_ann_ops USING ann;
ALTER EXTENSION "look""alike" ADD OPERATOR FAMILY vector_ann_ops USING ann;
-- and one that searches as ivf does
CREATE FUNCTION public.searchhandler(internal) RETURNS index_am_handler AS '$libdir/trellis', 'trl_ivfhandler' LANGUAGE C;
CREATE ACCESS METHOD search TYPE INDEX HANDLER searchhandler;
CREATE OPERATOR CLASS public.vector_near_ops DEFAULT FOR TYPE vector USING search AS OPERATOR 1 <-> FOR ORDER BY float_ops;
CREATE OPERATOR CLASS public.vector_angle_ops FOR TYPE vector USING search AS OPERATOR 1 <=> FOR ORDER BY float_ops;
CREATE OPERATOR CLASS public.half_ip_ops FOR TYPE halfvec USING search AS OPERATOR 1 <#> FOR ORDER BY float_ops;
CREATE OPERATOR CLASS public.sparse_angle_ops FOR TYPE sparsevec USING search AS OPERATOR 1 <=> FOR ORDER BY float_ops;
CREATE OPERATOR CLASS public.bit_ops FOR TYPE bit USING search AS OPERATOR 1 <~> FOR ORDER BY float_ops;
ALTER EXTENSION "look""alike" ADD FUNCTION searchhandler(internal);
ALTER EXTENSION "look""alike" ADD ACCESS METHOD search;
DO $do$
DECLARE
  c text;
BEGIN
  FOREACH c IN ARRAY ARRAY['vector_near_ops', 'vector_angle_ops', 'half_ip_ops', 'sparse_angle_ops', 'bit_ops'] LOOP
    EXECUTE format('ALTER EXTENSION "look""alike" ADD OPERATOR CLASS %I USING search', c);
    EXECUTE format('ALTER EXTENSION "look""alike" ADD OPERATOR FAMILY %I USING search', c);
  END LOOP;
END $do$;
DROP FUNCTION trl_make;
-- whoever owns a part of it shall not own a part of trellis
ALTER FUNCTION vector_norm(vector) OWNER TO reader;
ALTER AGGREGATE avg(vector) OWNER TO reader;
ALTER OPERATOR + (vector, vector) OWNER TO reader;
ALTER OPERATOR CLASS vector_ops USING btree OWNER TO reader;
ALTER OPERATOR FAMILY vector_ops USING btree OWNER TO reader;
ALTER TYPE halfvec OWNER TO reader;
};
s/SCHEMA_/$schema/g for ($standin, $lookalike);

# The user's database: everything that may stand on a column.
my $user = q{
SELECT setseed(0.5);
CREATE TABLE docs (id int PRIMARY KEY, e vector(3) NOT NULL DEFAULT '[0,0,0]', h halfvec(3), s sparsevec(5), big vector(800),
  g float8 GENERATED ALWAYS AS (e <-> '[1,1,1]') STORED, CHECK (vector_dims(e) = 3), CHECK (e <> '[9,9,9]'));
INSERT INTO docs SELECT i, ARRAY[random(), random(), i], ARRAY[i, 1, 2], '{1:1,4:2}/5', ARRAY(SELECT random() + i * 0 FROM generate_series(1, 800))
  FROM generate_series(1, 50) i;
ALTER TABLE docs SET (fillfactor = 70), ALTER e SET STATISTICS 7;
COMMENT ON COLUMN docs.e IS 'an embedding';
GRANT SELECT (id, e) ON docs TO reader;
CREATE INDEX by_e ON docs (e);
CREATE UNIQUE INDEX by_h ON docs (h);
CREATE INDEX by_norm ON docs ((l2_norm(e::halfvec)) DESC, (subvector(e, 1, 2)::vector(2))) WHERE e <-> '[0,0,0]' > 0.5;
CREATE STATISTICS docs_stats (ndistinct) ON e, id FROM docs;
CREATE STATISTICS docs_expr ON (vector_norm(e)) FROM docs;
ALTER TABLE docs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY near ON docs AS PERMISSIVE FOR SELECT TO reader USING (e <-> '[0,0,0]' < 40) ;
CREATE POLICY far ON docs AS RESTRICTIVE FOR UPDATE USING (e <=> '[1,0,0]' < 2) WITH CHECK (vector_dims(e) = 3);
CREATE VIEW v WITH (security_invoker, security_barrier) AS SELECT id, e, e <#> '[1,2,3]' AS d FROM docs;
CREATE VIEW vv AS SELECT id, avg(e) OVER () AS m, e + e AS twice FROM v WHERE d < 0;
GRANT SELECT ON vv TO reader;
CREATE MATERIALIZED VIEW mv AS SELECT id, e, e::real[] AS a, h::vector AS hv FROM docs;
CREATE INDEX mv_e ON mv (e);
CREATE DOMAIN unit AS vector(3) DEFAULT '[1,0,0]' CHECK (vector_norm(VALUE) < 100);
CREATE TYPE pair AS (a vector(2), b halfvec[]);
CREATE TABLE odd (u unit, p pair, a vector[], ps pair[], dflt float8 DEFAULT ('[1]'::vector <-> '[3]'));
INSERT INTO odd VALUES ('[1,2,3]', ROW('[1,2]', ARRAY['[1]'::halfvec]), ARRAY['[1]'::vector, '[1,2]'], ARRAY[ROW('[1,2]', NULL)::pair]);
CREATE TABLE typed OF pair;
CREATE TABLE parted (id int, e vector(2)) PARTITION BY RANGE (e);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('[0,0]') TO ('[5,5]');
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
CREATE INDEX parted_e ON parted (e);
INSERT INTO parted SELECT i, ARRAY[i, i] FROM generate_series(1, 9) i;
CREATE TABLE parent (id int, e vector(2));
CREATE TABLE child (more halfvec(2)) INHERITS (parent);
INSERT INTO child VALUES (1, '[1,2]', '[3,4]');
CREATE TABLE pk (e vector(2) PRIMARY KEY);
CREATE TABLE fk (e vector(2) REFERENCES pk);
INSERT INTO pk VALUES ('[1,2]'); INSERT INTO fk VALUES ('[1,2]');
CREATE TABLE log (id int, e vector);
CREATE RULE logged AS ON UPDATE TO docs WHERE new.e <> old.e DO ALSO INSERT INTO log VALUES (new.id, new.e);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (-new.id, new.e); RETURN new; END';
CREATE TRIGGER stamped AFTER UPDATE OF e ON docs FOR EACH ROW WHEN (new.e <-> old.e > 1) EXECUTE FUNCTION stamp();
CREATE FUNCTION atomic(v vector, n int DEFAULT 1) RETURNS float8 LANGUAGE sql STABLE BEGIN ATOMIC SELECT v <-> (SELECT e FROM docs WHERE id = n); END;
CREATE FUNCTION loose(v vector, h halfvec[]) RETURNS SETOF sparsevec LANGUAGE plpgsql AS 'BEGIN RETURN NEXT v::sparsevec; END';
CREATE AGGREGATE product(vector) (SFUNC = vector_mul, STYPE = vector);
CREATE PUBLICATION pub FOR TABLE pk (e);
};
my $answers = q{
SELECT md5(string_agg(d::text, '|' ORDER BY id)) FROM docs d;
SELECT id FROM docs ORDER BY e <=> '[1,2,30]' LIMIT 5;
SELECT * FROM vv ORDER BY id LIMIT 3; SELECT * FROM mv ORDER BY id LIMIT 2; SELECT * FROM odd; SELECT * FROM parted ORDER BY id;
SELECT tableoid::regclass, * FROM parent; SELECT * FROM fk JOIN pk USING (e);
SELECT atomic('[1,2,3]', 7), loose('[1,0,2]', NULL), product(e) FROM parted;
SELECT attname, n_distinct, avg_width FROM pg_stats WHERE tablename = 'docs' ORDER BY 1;
};
my $files = q{SELECT c.oid::regclass, c.oid, c.relfilenode, t.relfilenode, c.reltoastrelid FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i', 'm', 'p', 'I') AND c.relname NOT IN ('by_ann', 'by_norm') ORDER BY c.oid};

# trellis as its catalogue shows it, whatever schema its types live in
my $catalogue = q{SELECT m.key, trellis.takeover_definition(m.class, m.object, NULL, n.nspname, '~'), obj_description(m.object, m.class::regclass::name), trellis.takeover_owner(m.class, m.object)::regrole,
    (SELECT proacl FROM pg_proc WHERE oid = m.object AND m.class = 'pg_proc'::regclass),
    (SELECT format('%s %s %s %s', typlen, typalign, typstorage, typcategory) FROM pg_type WHERE oid = m.object AND m.class = 'pg_type'::regclass)
  FROM trellis.takeover_objects('trellis') m, pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'trellis' ORDER BY 1};

sub dump_of
{
	my ($db, @options) = @_;
	my ($out, $err) = run_command([ 'pg_dump', '-h', $node->host, '-p', $node->port, @options, $db ]);
	return $out;
}

# what a user wrote, without the extensions' own lines
sub user_schema
{
	my $dump = dump_of(shift, '--schema-only');
	return join "\n", grep { !/EXTENSION|^--|^$|restrict|SCHEMA "a/ } split /\n/, $dump;
}

sub fails_like
{
	my ($sql, $pattern, $what) = @_;
	my ($ret, $out, $err) = $node->psql('old', "\\set VERBOSITY verbose\n$sql", on_error_stop => 1);
	isnt($ret, 0, "$what: refused");
	like($err, $pattern, "$what: says why");
}

$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('postgres', 'CREATE DATABASE old');
$node->safe_psql('old', $standin);
(my $later = $standin) =~ s/\Q$schema\E/public/g;
$later =~ s/CREATE (SCHEMA|ROLE) .*//g;
$node->safe_psql('fresh', $later);
$node->safe_psql('old', $lookalike);
my ($made, $err) = ($node->safe_psql('old', q{SELECT count(*) FROM trellis.takeover_objects('look"alike')}), '');
cmp_ok($made, '>', 100, "the stand-in has objects ($made)");
$node->safe_psql('old', $user);
$node->safe_psql('old', 'VACUUM (ANALYZE)');

my $schema_before = user_schema('old');
my $files_before = $node->safe_psql('old', $files);
my $rebuilt = q{SELECT relfilenode FROM pg_class WHERE relname = 'by_norm'};
my $rebuilt_before = $node->safe_psql('old', $rebuilt);
my $answers_before = $node->safe_psql('old', $answers);
like($answers_before, qr/^1\|/m, 'there are answers to compare');

# what cannot be taken over is reported, all at once, and nothing happens
$node->safe_psql('old', q{
	CREATE INDEX by_ann ON docs USING ann (e vector_ann_ops);
	CREATE SCHEMA near;
	CREATE TABLE near.things (id int, e vector(3), h halfvec(3), loose vector, bits bit(64), s sparsevec(100000));
	INSERT INTO near.things SELECT i, ARRAY[i, 2, 3], ARRAY[i, 2, 3], ARRAY[3, i, 3], i::bit(64), format('{1:1,%s:2}/100000', 300 * i)::sparsevec FROM generate_series(1, 300) i;
	CREATE INDEX l2 ON near.things USING search (e) WITH (lists = 3);
	CREATE INDEX "Its angle" ON near.things USING search ((loose::vector(3)) vector_angle_ops) WHERE id > 10 AND (e <-> '[0,0,0]') > 0.5;
	COMMENT ON INDEX near."Its angle" IS 'it''s near';
	CREATE INDEX ip ON near.things USING search (h half_ip_ops);
	CREATE INDEX bits ON near.things USING search (bits bit_ops);
	CREATE INDEX sparse ON near.things USING search (s sparse_angle_ops);
	CREATE INDEX lacking ON near.things USING search (e) WHERE only_there(e) > 0;
	CREATE TABLE near.parts (id int, e vector(3)) PARTITION BY RANGE (id);
	CREATE TABLE near.part_1 PARTITION OF near.parts FOR VALUES FROM (0) TO (9);
	CREATE TABLE near.part_2 PARTITION OF near.parts FOR VALUES FROM (9) TO (99) PARTITION BY RANGE (id);
	CREATE TABLE near.part_21 PARTITION OF near.part_2 FOR VALUES FROM (9) TO (99);
	CREATE INDEX of_its_own_name ON near.part_21 USING search (e vector_angle_ops);
	CREATE INDEX parts_angle ON near.parts USING search (e vector_angle_ops);
	INSERT INTO near.parts SELECT i, ARRAY[i, 98 - i, 2] FROM generate_series(1, 98) i;
	CREATE VIEW uses_it AS SELECT only_there(e) FROM docs;
	CREATE TABLE mixed (v } . $schema . q{.vector(3));
	CREATE FUNCTION public.l1_distance(vector, vector) RETURNS float8 LANGUAGE sql AS 'SELECT 1.0::float8';
	INSERT INTO pg_extension VALUES (pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), 'onto', 10, 'public'::regnamespace, true, '1.0', NULL, NULL);
	INSERT INTO pg_depend SELECT 'pg_extension'::regclass, a.oid, 0, 'pg_extension'::regclass, b.oid, 0, 'n' FROM pg_extension a, pg_extension b
	 WHERE a.extname = 'onto' AND b.extname = 'look"alike';
});
my $blocked = $node->safe_psql('old', q{SELECT object || ' ' || command FROM trellis.takeover_plan('look"alike') WHERE kind = 'blocked'});
foreach my $line (
	'index public.by_ann -- ivf cannot have an index like it; call with drop_ann_indexes => true to do without it',
	'index near.lacking -- ivf cannot have an index like it; call with drop_ann_indexes => true to do without it',
	'rule _RETURN on view public.uses_it -- it uses function public.only_there(public.vector), which trellis does not have',
	"table public.mixed -- it uses trellis's own type, which takeover replaces",
	'function public.l1_distance(public.vector,public.vector) -- trellis needs this name',
	'extension onto -- it requires extension "look""alike"')
{
	like($blocked, qr/^\Q$line\E$/m, "the plan says: $line");
	(my $detail = $line) =~ s/ -- /: /;
	fails_like(q{SELECT trellis.takeover('look"alike')}, qr/\Q$detail\E/, 'takeover');
}
is(scalar(split /\n/, $blocked), 6, 'and nothing else');
fails_like(q{SELECT trellis.takeover('look"alike')}, qr/2BP01: cannot take over extension "look"alike"/, 'takeover');
is($node->safe_psql('old', $files), join("\n", $files_before, grep { /^mixed/ } split /\n/, $node->safe_psql('old', $files)), 'nothing has happened');
fails_like(q{SELECT trellis.takeover()}, qr/42704: extension "vector" does not exist/, 'no such extension');
fails_like(q{SELECT trellis.takeover('plpgsql')}, qr/42809: extension "plpgsql" has no type/, 'an extension without types');
fails_like(q{SELECT trellis.takeover('trellis')}, qr/42809/, 'trellis itself');
fails_like(q{SET ROLE reader; SELECT trellis.takeover('look"alike')}, qr/42501: permission denied/, 'a user without a grant');
fails_like(q{GRANT EXECUTE ON FUNCTION trellis.takeover, trellis.set_types_schema TO reader; SET ROLE reader; SELECT trellis.takeover('look"alike')},
	qr/42501/, 'a user with a grant');
fails_like(q{SET ROLE reader; SELECT trellis.set_types_schema('public')}, qr/42501/, 'set_types_schema by a user');
$node->safe_psql('old', q{
	REVOKE EXECUTE ON FUNCTION trellis.takeover, trellis.set_types_schema FROM reader;
	DROP VIEW uses_it; DROP TABLE mixed; DROP FUNCTION l1_distance(vector, vector);
	DELETE FROM pg_depend d USING pg_extension x WHERE d.classid = 'pg_extension'::regclass AND d.objid = x.oid AND x.extname = 'onto';
	DELETE FROM pg_extension WHERE extname = 'onto'});

# types of the same name and other bytes
$node->safe_psql('old', q{
	CREATE SCHEMA skew; CREATE TYPE skew.vector;
	CREATE FUNCTION skew.vector_in(cstring) RETURNS skew.vector LANGUAGE internal IMMUTABLE STRICT AS 'textin';
	CREATE FUNCTION skew.vector_out(skew.vector) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
	CREATE TYPE skew.vector (INPUT = skew.vector_in, OUTPUT = skew.vector_out, STORAGE = external);
	INSERT INTO pg_extension VALUES (pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), 'skew', 10, 'skew'::regnamespace, true, '1.0', NULL, NULL);
	ALTER EXTENSION skew ADD TYPE skew.vector});
fails_like(q{SELECT trellis.takeover('skew')}, qr/type skew\.vector: its values are stored differently/, 'other bytes');

# whoever can create functions in the schemas at hand, gets none of them called
$node->safe_psql('old', qq{
	CREATE FUNCTION public.hijack() RETURNS text LANGUAGE plpgsql AS \$\$BEGIN RAISE EXCEPTION 'hijacked'; END\$\$;
	SET search_path = pg_catalog;
	DO \$do\$
	DECLARE home text; sig text;
	BEGIN
	  FOREACH home IN ARRAY ARRAY['public', \$q\$$schema\$q\$] LOOP
	    FOREACH sig IN ARRAY ARRAY['format(text, name)', 'format(text, text)', 'format(text, name, text)', 'format_type(oid, text)',
	        'starts_with(text, varchar)', 'set_config(text, text, text)', 'upper(name)', 'quote_ident(name)', 'concat_ws(text, text, text)'] LOOP
	      EXECUTE format('CREATE FUNCTION %s.%s RETURNS text LANGUAGE sql AS %L', home, sig, 'SELECT public.hijack()');
	    END LOOP;
	    EXECUTE format('CREATE FUNCTION %s.same(oid, regoperator) RETURNS boolean LANGUAGE sql AS %L', home, 'SELECT public.hijack()::boolean');
	    EXECUTE format('CREATE OPERATOR %s.= (LEFTARG = oid, RIGHTARG = regoperator, FUNCTION = %1\$s.same)', home);
	  END LOOP;
	END \$do\$});

# the plan, then the takeover, in a session that has both libraries' objects
# in use; it is one transaction
is( $node->safe_psql('old', q{BEGIN; SELECT trellis.takeover('look"alike', drop_ann_indexes => true); ROLLBACK; SELECT count(*) FROM trellis.takeover_objects('look"alike')}) =~ s/\s//gr,
	$made, 'ROLLBACK undoes it');
my $plan = $node->safe_psql('old', q{SELECT kind, object, command FROM trellis.takeover_plan('look"alike', true)});
like($plan, qr/^column\|public\.docs\.e public\.vector\(3\)\|/m, 'the plan lists columns');
like($plan, qr/^index left out\|public\.by_ann\|DROP INDEX public\.by_ann;\n-- was: CREATE INDEX by_ann ON public\.docs USING ann/m, 'the plan shows what an index was');
like($plan, qr/^index replaced\|near\.l2\|DROP INDEX near\.l2;\nCREATE INDEX l2 ON near\.things USING ivf \(e public\.vector_l2_ops\);\n-- was: CREATE INDEX l2 ON near\.things USING search \(e\) WITH \(lists='3'\)$/m,
	'the plan shows what replaces an index');
is(join(' ', $plan =~ /^index replaced\|([^|]*)/mg), 'near.l2 near."Its angle" near.ip near.bits near.sparse near.parts_angle', 'and every index that is replaced');
is(join(' ', $plan =~ /^index left out\|([^|]*)/mg), 'public.by_ann near.lacking', 'and every one that is left out');
is(join(' ', $plan =~ /^index rebuilt\|([^|]*)/mg), 'public.by_norm', 'the plan shows what index is rebuilt');
unlike($plan, qr/^blocked/m, 'nothing is in the way now');
my ($ret, $out, $notices) = $node->psql('old', q{
	PREPARE q AS SELECT id FROM docs ORDER BY e <-> '[0,0,20]' LIMIT 1;
	EXECUTE q;
	SELECT trellis.takeover('look"alike', drop_ann_indexes => true);
	EXECUTE q;}, on_error_stop => 1);
is($ret, 0, 'the takeover succeeds') or diag($notices);
is($out =~ s/\s+/ /gr, '20 20', 'a prepared statement goes on');
like($notices, qr/index left out: public\.by_ann/, 'a notice names the index left out');
like($notices, qr/index replaced: near\.l2/, 'and one that is replaced');
is($node->safe_psql('old', q{
	SELECT string_agg(pg_get_indexdef(c.oid), chr(10) ORDER BY c.relname COLLATE "C") || ' ' || count(indisvalid OR NULL)
	  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE relnamespace = 'near'::regnamespace;
	SELECT string_agg(inhrelid::regclass || ' ' || inhparent::regclass, ', ' ORDER BY inhrelid::regclass::text)
	  FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid AND relkind IN ('i', 'I') WHERE relnamespace = 'near'::regnamespace;
	SELECT obj_description('near."Its angle"'::regclass, 'pg_class')}), join("\n",
	q{CREATE INDEX "Its angle" ON near.things USING ivf (((loose)::vector(3)) vector_cosine_ops) WHERE ((id > 10) AND ((e <-> '[0,0,0]'::vector) > (0.5)::double precision))},
	'CREATE INDEX bits ON near.things USING ivf (bits bit_hamming_ops)',
	'CREATE INDEX ip ON near.things USING ivf (h halfvec_ip_ops)',
	'CREATE INDEX l2 ON near.things USING ivf (e)',
	'CREATE INDEX of_its_own_name ON near.part_21 USING ivf (e vector_cosine_ops)',
	'CREATE INDEX part_1_e_idx ON near.part_1 USING ivf (e vector_cosine_ops)',
	'CREATE INDEX part_2_e_idx ON ONLY near.part_2 USING ivf (e vector_cosine_ops)',
	'CREATE INDEX parts_angle ON ONLY near.parts USING ivf (e vector_cosine_ops)',
	'CREATE INDEX sparse ON near.things USING ivf (s sparsevec_cosine_ops) 9',
	'near.of_its_own_name near.part_2_e_idx, near.part_1_e_idx near.parts_angle, near.part_2_e_idx near.parts_angle',
	"it's near"), 'indexes are replaced by those of ivf, with names, predicates and comments');
foreach my $search (
	[ 'l2', "SELECT id FROM near.things ORDER BY e <-> '[70,2,3]' LIMIT 1", 70 ],
	[ 'Its angle', "SELECT id FROM near.things WHERE id > 10 AND e <-> '[0,0,0]' > 0.5 ORDER BY loose::vector(3) <=> '[6,160,6]' LIMIT 1", 80 ],
	[ 'ip', "SELECT id FROM near.things ORDER BY h <#> '[1,0,0]' LIMIT 1", 300 ],
	[ 'bits', "SELECT id FROM near.things ORDER BY bits <~> 77::bit(64) LIMIT 1", 77 ],
	[ 'sparse', "SELECT id FROM near.things ORDER BY s <=> '{1:1,23100:2}/100000' LIMIT 1", 77 ],
	[ 'of_its_own_name', "SELECT id FROM near.part_21 ORDER BY e <=> '[50,48,2]' LIMIT 1", 50 ])
{
	my ($index, $sql, $id) = @$search;
	my $settings = 'SET enable_seqscan = off; SET enable_sort = off;';
	like($node->safe_psql('old', "$settings EXPLAIN (COSTS OFF) $sql"), qr/Index: "?$index"?\b/, "$index is used");
	is($node->safe_psql('old', "$settings $sql"), $id, "$index finds the nearest");
}
is($node->safe_psql('old', q{DROP EXTENSION "look""alike"; SELECT count(*) FROM pg_proc WHERE proname = 'only_there'}), '0', 'the other extension can be dropped');

is($node->safe_psql('old', $files), $files_before, 'no table, TOAST table or index has other files');
isnt($node->safe_psql('old', $rebuilt), $rebuilt_before, 'but the index over computed values');
is($node->safe_psql('old', $answers), $answers_before, 'the same answers');
$node->safe_psql('old', q{DROP FUNCTION hijack() CASCADE; DROP SCHEMA skew, near CASCADE; DELETE FROM pg_extension WHERE extname = 'skew';
	DROP SCHEMA } . $schema . q{ CASCADE;
	DO $$ DECLARE f regprocedure; BEGIN
	  DROP OPERATOR public.= (oid, regoperator);
	  FOR f IN SELECT oid FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prosrc ~ 'hijack' LOOP EXECUTE 'DROP FUNCTION ' || f; END LOOP;
	END $$});
my $schema_after = user_schema('old');
is($schema_after, $schema_before, 'every object of the user is what it was');
is($node->safe_psql('old', $catalogue), $node->safe_psql('fresh', $catalogue), 'trellis is what a fresh installation is');
is($node->safe_psql('old', q{SELECT count(*) FROM pg_proc WHERE probin NOT LIKE '%trellis%' AND probin NOT LIKE '%plpgsql%' AND oid >= 16384}), '0', 'no other library is referred to');
is($node->safe_psql('old', q{SELECT amvalidate(oid), count(*) > 3 FROM pg_opclass WHERE opcname ~ '^(vector|halfvec|sparsevec)' GROUP BY 1}), 't|t', 'operator classes are valid');
is($node->safe_psql('old', q{SET enable_seqscan = off; SET enable_sort = off; EXPLAIN (COSTS OFF) SELECT * FROM docs WHERE e = '[1,2,3]'}) =~ /by_e/ ? 1 : 0, 1, 'indexes are used');
is($node->safe_psql('old', q{UPDATE docs SET e = '[5,5,5]' WHERE id = 3; SELECT count(*) FROM log; REFRESH MATERIALIZED VIEW mv; SELECT e FROM mv WHERE id = 3}) =~ s/\s+/ /gr, '2 [5,5,5]', 'rules, triggers and views work');

# types move, also back, and a dump restores to the same
$node->safe_psql('old', q{CREATE SCHEMA elsewhere; SELECT trellis.set_types_schema('elsewhere')});
is($node->safe_psql('old', q{SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'docs'::regclass AND attname = 'e'}), 'elsewhere.vector(3)', 'set_types_schema moves the types');
is($node->safe_psql('old', $catalogue), $node->safe_psql('fresh', $catalogue), 'with all that belongs to them');
fails_like(q{SELECT trellis.set_types_schema('nowhere')}, qr/3F000: schema "nowhere" does not exist/, 'no such schema');
fails_like(q{SELECT trellis.set_types_schema('trellis')}, qr/3F000/, 'schema trellis');
fails_like(q{SELECT trellis.set_types_schema('pg_catalog')}, qr/3F000/, 'schema pg_catalog');
foreach my $place ('elsewhere', 'public')
{
	$node->safe_psql('old', "SELECT trellis.set_types_schema('$place')");
	my $file = $node->basedir . "/$place.sql";
	append_to_file($file, dump_of('old'));
	$node->safe_psql('postgres', "CREATE DATABASE restored_$place");
	my ($ret2) = $node->psql("restored_$place", slurp_file($file), on_error_stop => 1, extra_params => ['-q']);
	is($ret2, 0, "a dump with the types in $place restores");
	my $path = "SET search_path = public, elsewhere;\n";
	is($node->safe_psql("restored_$place", $path . 'ANALYZE;' . $answers), $node->safe_psql('old', $path . 'ANALYZE;' . $answers), "and gives the same answers");
}

$node->stop;
done_testing();
