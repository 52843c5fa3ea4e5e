# The compatibility extension "vector": names that pgvector's clients use.
#
# Goal: a client's CREATE EXTENSION, DDL and queries work; its indexes are
# built, used, kept up, shown and dumped as it wrote them; what cannot be built
# is refused by an error that says what to do, and leaves nothing; settings
# live beside another library's; an attacker's functions are not picked up;
# dump, restore, SET SCHEMA and DROP work.
# Method: run by "test/tools/compat_server.sh with", which puts the extension
# into a copy of the server's folders.

use strict;
use warnings;

use Cwd;
use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('compat');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;

sub make_db
{
	my ($name, $sql) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, $sql) if $sql;
	return;
}

# What psql prints on standard error, with SQLSTATEs.
sub messages
{
	my ($db, $sql, @params) = @_;
	my ($rc, $out, $err) = $node->psql($db, $sql,
		on_error_stop => 0,
		extra_params => [ '-v', 'VERBOSITY=verbose', @params ]);
	return $err;
}

# installing
$node->safe_psql('postgres',
	'CREATE ROLE app LOGIN; CREATE ROLE owner LOGIN CREATEDB');
make_db('plain');
like(messages('plain', 'CREATE EXTENSION vector'),
	qr/required extension "trellis" is not installed.*HINT:  .*CREATE EXTENSION \.\.\. CASCADE/s,
	'without trellis, the hint names CASCADE');
$node->safe_psql('plain', 'GRANT CREATE ON DATABASE plain TO app');
like(messages('plain', 'CREATE EXTENSION vector CASCADE', '-U', 'app'),
	qr/42501: permission denied/, 'a role without rights cannot install it');
$node->safe_psql('plain', 'CREATE EXTENSION vector CASCADE');
is($node->safe_psql('plain', q{
	SELECT string_agg(extname || ' ' || extversion || ' ' || extrelocatable, ',' ORDER BY extname)
	  FROM pg_extension WHERE extname IN ('trellis', 'vector')}),
	'trellis 0.1.0 false,vector 0.8.6 true', 'CASCADE brings trellis');
like(messages('plain', 'CREATE EXTENSION IF NOT EXISTS vector', '-U', 'app'),
	qr/\A[^\n]*NOTICE:  42710: extension "vector" already exists, skipping\n(LOCATION[^\n]*\n?)?\z/,
	'then IF NOT EXISTS is a notice to anybody');
like(messages('plain', 'ALTER EXTENSION vector UPDATE'),
	qr/NOTICE: .*already installed/, 'UPDATE has nothing to do');

make_db('apart', 'CREATE SCHEMA types; CREATE EXTENSION trellis SCHEMA types;
	CREATE EXTENSION vector');
is($node->safe_psql('apart', q{
	SELECT string_agg(DISTINCT n.nspname, ',') FROM pg_opclass c
	  JOIN pg_namespace n ON n.oid = c.opcnamespace
	  JOIN pg_am a ON a.oid = c.opcmethod WHERE amname IN ('hnsw', 'ivfflat')}),
	'public', 'trellis may stand in another schema');

# a database made from a template that has it
$node->safe_psql('template1', 'CREATE EXTENSION vector CASCADE');
$node->safe_psql('postgres', 'CREATE DATABASE tenant OWNER owner');
like(messages('tenant', 'CREATE EXTENSION IF NOT EXISTS vector', '-U', 'owner'),
	qr/NOTICE: .*already exists/, 'from template1 every new database has it');
is($node->safe_psql('tenant', q{SELECT '[1,2]'::vector <-> '[1,4]'},
		extra_params => [ '-U', 'owner' ]), '2', 'and its owner may use it');
$node->safe_psql('template1', 'DROP EXTENSION vector; DROP EXTENSION trellis CASCADE');

# names in the way
make_db('hostile', 'CREATE SCHEMA types; CREATE EXTENSION trellis SCHEMA types;
	GRANT CREATE ON SCHEMA public TO app; GRANT USAGE ON SCHEMA types TO PUBLIC');
$node->safe_psql('hostile', q{
	CREATE FUNCTION public.vector_norm(types.vector) RETURNS float8
	  LANGUAGE sql IMMUTABLE STRICT RETURN 1}, extra_params => [ '-U', 'app' ]);
like(messages('hostile', 'CREATE EXTENSION vector'),
	qr/ERROR:  42710: .*: function public\.vector_norm\(types\.vector\)\nHINT: /,
	'a function in the way is named and not used');
like(messages('hostile', 'CREATE EXTENSION vector SCHEMA types'),
	qr/\A\z/, q{in trellis's schema it is not in the way});

# what is in it
my $classes = q{
	SELECT a.amname || ' ' || c.opcname || CASE WHEN opcdefault THEN ' default' ELSE '' END
	       || ' ' || c.opcintype::regtype || ': '
	       || (SELECT string_agg(amopstrategy || ' ' || amopopr::regoperator || ' ' || s.opfname, ' ')
	             FROM pg_amop o JOIN pg_opfamily s ON s.oid = o.amopsortfamily
	            WHERE amopfamily = c.opcfamily) || ' '
	       || (SELECT string_agg(amprocnum || ' ' || amproc::regprocedure, ' ' ORDER BY amprocnum)
	             FROM pg_amproc WHERE amprocfamily = c.opcfamily)
	  FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod
	 WHERE a.amname IN ('hnsw', 'ivfflat')
	 ORDER BY a.amname, c.opcintype::regtype::text, c.opcname};
my $expected = slurp_file('test/t/compat_classes.txt');
is($node->safe_psql('plain', $classes) . "\n", $expected, 'the operator classes');

is($node->safe_psql('plain', q{
	SELECT string_agg(amname || ' ' || p || ' ' || pg_indexam_has_property(a.oid, p), chr(10) ORDER BY amname, p)
	  FROM pg_am a, unnest(ARRAY['can_order', 'can_unique', 'can_multi_col', 'can_exclude', 'can_include']) p
	 WHERE amname IN ('hnsw', 'ivfflat')}),
	join("\n", map { my $am = $_; map { "$am $_" } (
		'can_exclude true', 'can_include false', 'can_multi_col false',
		'can_order false', 'can_unique false') } qw(hnsw ivfflat)),
	'the properties of the access methods');
is($node->safe_psql('plain', q{
	SELECT string_agg(amvalidate(c.oid)::text, ',') FROM (SELECT DISTINCT ON (opcmethod) c.oid
	  FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod
	 WHERE amname IN ('hnsw', 'ivfflat')) c}), 'true,true', 'amvalidate answers');
is($node->safe_psql('plain', q{
	SELECT string_agg(pg_describe_object(d.classid, d.objid, 0), ', ')
	  FROM pg_depend d
	 WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vector')
	   AND d.deptype = 'e' AND d.classid <> 'pg_opfamily'::regclass
	   AND obj_description(d.objid, d.classid::regclass::name) IS NULL}),
	'', 'every object has a comment');

# a client's work
$node->safe_psql('plain', q{
	CREATE TABLE items (id bigserial PRIMARY KEY, embedding vector(3), half halfvec(3),
	                    untyped vector, one vector(1), wide vector(2001), widest vector(16000), bits bit(3),
	                    sparse sparsevec(1000000000),
	                    loose varbit, note text, owner int);
	INSERT INTO items (embedding, half, owner) VALUES
	  ('[1,2,3]', '[1,2,3]', 1), ('[4,5,6]', '[4,5,6]', 2), (NULL, NULL, 1);
	GRANT SELECT ON items TO app});
is($node->safe_psql('plain', q{
	BEGIN;
	SET LOCAL hnsw.ef_search = 100;
	SET LOCAL hnsw.iterative_scan = strict_order;
	SET LOCAL ivfflat.probes = 10;
	SELECT id FROM items ORDER BY embedding <=> '[3,1,2]' LIMIT 5;
	SELECT avg(embedding) FROM items;
	COMMIT}, extra_params => [ '-U', 'app' ]), "2\n1\n3\n[2.5,3.5,4.5]",
	'a search with the settings that clients set');

# indexes: what is wrong with the column comes first
my $built = qr/\A\z/;
my $refused = qr/0A000: this version of trellis cannot build an index of access method "(hnsw|ivfflat)" by operator class "(\w+)"\nDETAIL:  .* exact\.\nHINT:  /;
my @cases = (
	[ 'USING hnsw (untyped vector_l2_ops)', qr/22023: column does not have dimensions/ ],
	[ 'USING ivfflat (untyped)', qr/22023: column does not have dimensions/ ],
	[ 'USING hnsw (wide vector_l2_ops)', $built ],
	[ 'USING ivfflat (wide)', $built ],
	[ 'USING hnsw (widest vector_l2_ops)', $built ],
	[ 'USING ivfflat (widest)', $built ],
	[ 'USING hnsw ((half::halfvec(4001)) halfvec_l2_ops) WHERE owner > 9', $built ],
	[ 'USING ivfflat ((half::halfvec(16000)) halfvec_l2_ops) WHERE owner > 9', $built ],
	[ 'USING ivfflat (one vector_cosine_ops)', $built ],
	[ 'USING ivfflat (one vector_l2_ops)', $built ],
	[ 'USING hnsw (embedding vector_l2_ops) WITH (m = 1)',
		qr/22023: value 1 out of bounds for option "m"\nDETAIL:  Valid values are between "2" and "100"/ ],
	[ 'USING hnsw (embedding vector_l2_ops) WITH (ef_construction = 1001)',
		qr/22023: value 1001 out of bounds .*\nDETAIL:  .*"4" and "1000"/ ],
	[ 'USING hnsw (embedding vector_l2_ops) WITH (ef_construction = 31)',
		qr/22023: ef_construction must be greater than or equal to 2 \* m/ ],
	[ 'USING hnsw (embedding vector_l2_ops) WITH (m = 33)',
		qr/22023: ef_construction must be greater than or equal to 2 \* m\nDETAIL:  ef_construction is 64, m is 33/ ],
	[ 'USING hnsw (embedding vector_l2_ops) WITH (m = 32)', $built ],
	[ 'USING hnsw (embedding vector_l2_ops) WITH (lists = 1)', qr/22023: unrecognized parameter "lists"/ ],
	[ 'USING ivfflat (embedding) WITH (lists = 32769)',
		qr/22023: value 32769 out of bounds .*\nDETAIL:  .*"1" and "32768"/ ],
	[ 'USING ivfflat (embedding) WITH (m = 16)', qr/22023: unrecognized parameter "m"/ ],
	[ 'USING hnsw (embedding)', qr/42704: data type vector has no default operator class for access method "hnsw"/ ],
	[ 'USING hnsw (embedding vector_l2_ops, half halfvec_l2_ops)', qr/0A000: .* does not support multicolumn indexes/ ],
	[ 'USING hnsw (embedding vector_l2_ops) INCLUDE (note)', qr/0A000: .* does not support included columns/ ],
	[ 'USING hnsw (embedding vector_l2_ops DESC)', qr/0A000: .* does not support ASC\/DESC options/ ],
	[ 'USING hnsw (note vector_l2_ops)', qr/42804: operator class "vector_l2_ops" does not accept data type text/ ],
	[ 'USING ivfflat (embedding)', $built ],
	[ 'USING ivfflat (embedding vector_ip_ops) WITH (lists = 1)', $built ],
	[ 'USING ivfflat (half halfvec_cosine_ops) WITH (lists = 32768)', $built ],
	[ 'USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64)', $built ],
	[ 'USING hnsw ((embedding::halfvec(3)) halfvec_ip_ops)', $built ],
	[ 'USING hnsw ((subvector(embedding, 1, 2)::vector(2)) vector_l2_ops)', $built ],
	[ 'USING hnsw (half halfvec_l1_ops) WHERE owner = 1', $built ],
	[ 'USING hnsw (bits bit_jaccard_ops)', $built ],
	[ 'USING hnsw (bits bit_hamming_ops)', $built ],
	[ 'USING ivfflat ((binary_quantize(embedding)::bit(3)) bit_hamming_ops)', $built ],
	[ 'USING hnsw ((binary_quantize(embedding)::bit(64001)) bit_hamming_ops)',
		qr/54000: column cannot have more than \d+ dimensions for hnsw index\nDETAIL:  The column has 64001 dimensions/ ],
	[ 'USING ivfflat (bits bit_jaccard_ops)',
		qr/42704: operator class "bit_jaccard_ops" does not exist for access method "ivfflat"/ ],
	[ 'USING hnsw (loose bit_hamming_ops)', qr/0A000: type not supported for hnsw index/ ],
	[ 'USING ivfflat (loose bit_hamming_ops)', qr/0A000: type not supported for ivfflat index/ ],
	[ 'USING hnsw (sparse sparsevec_l2_ops)', $built ],
	[ 'USING hnsw (sparse sparsevec_ip_ops) WITH (m = 8)', $built ],
	[ 'USING hnsw ((embedding::sparsevec(3)) sparsevec_cosine_ops)', $built ],
	[ 'USING hnsw (sparse sparsevec_l1_ops)', $refused ],
	[ 'USING hnsw ((embedding::sparsevec) sparsevec_cosine_ops)', qr/22023: column does not have dimensions/ ],
	[ 'USING ivfflat (sparse sparsevec_l2_ops)',
		qr/42704: operator class "sparsevec_l2_ops" does not exist for access method "ivfflat"/ ]);
foreach my $case (@cases)
{
	my ($index, $what) = @$case;
	like(messages('plain', "BEGIN; CREATE INDEX ON items $index; ROLLBACK"), $what, $index);
}
like(messages('plain', 'CREATE UNIQUE INDEX ON items USING hnsw (embedding vector_l2_ops)'),
	qr/0A000: .* does not support unique indexes/, 'UNIQUE');
like(messages('plain', 'CREATE INDEX CONCURRENTLY ON items USING hnsw (sparse sparsevec_l1_ops)'),
	$refused, 'CONCURRENTLY by a class that cannot be built');
like(messages('plain', 'CREATE INDEX CONCURRENTLY ON items USING hnsw (untyped vector_l2_ops)'),
	qr/column does not have dimensions/, 'CONCURRENTLY without dimensions');
like(messages('plain', q{
	CREATE TABLE parent (id int, v vector(3), s sparsevec(3)) PARTITION BY LIST (id);
	CREATE INDEX ON parent USING hnsw (s sparsevec_l1_ops)}), $refused,
	'a partitioned table without partitions');
like(messages('plain', 'ALTER TABLE items ADD EXCLUDE USING hnsw (embedding vector_l2_ops WITH <->)'),
	qr/ERROR:  4/, 'no exclusion constraint');
is($node->safe_psql('plain', q{
	SELECT count(*) FROM pg_class c JOIN pg_am a ON a.oid = c.relam
	 WHERE amname IN ('hnsw', 'ivfflat')}), '0', 'nothing is left of all these');
is($node->safe_psql('plain', q{
	LOAD 'trellis_vector';
	CREATE INDEX parent_id ON parent (id);
	CREATE INDEX items_owner ON items (owner);
	CREATE INDEX items_note ON items USING hash (note);
	SELECT count(*) FROM pg_index WHERE indrelid = 'items'::regclass AND indisvalid}), '3',
	'other indexes are made as ever');

# indexes that are built: shown as written, used, right
$node->safe_psql('plain', q{
	SELECT setseed(0.5);
	CREATE TABLE docs (id int PRIMARY KEY, v vector(8), h halfvec(8), b bit(64), s sparsevec(100000), loose vector);
	INSERT INTO docs (id, v, h, b)
	  SELECT i, ARRAY(SELECT random() - 0.4 + i * 0 FROM generate_series(1, 8)),
	         ARRAY(SELECT random() - 0.4 + i * 0 FROM generate_series(1, 8)),
	         ARRAY_TO_STRING(ARRAY(SELECT (random() + i * 0 < 0.5)::int FROM generate_series(1, 64)), '')::bit(64)
	    FROM generate_series(1, 3000) i;
	UPDATE docs SET loose = v, s = ('{' || (SELECT string_agg(1 + k * (id % 40 + 1) % 999 || ':' || 1 + k % 3, ',') FROM generate_series(1, 6) k) || '}/100000')::sparsevec;
	INSERT INTO docs (id, v) VALUES (3001, NULL), (3002, '[0,0,0,0,0,0,0,0]');
	CREATE INDEX CONCURRENTLY docs_cosine ON docs USING hnsw (v vector_cosine_ops) WITH (m = 8, ef_construction = 32);
	CREATE INDEX IF NOT EXISTS docs_l2 ON docs USING ivfflat (v) WITH (lists = 100);
	CREATE INDEX IF NOT EXISTS docs_l2 ON docs USING ivfflat (v) WITH (lists = 100);
	CREATE INDEX docs_ip ON docs USING hnsw (v vector_ip_ops);
	CREATE INDEX docs_half ON docs USING hnsw (h halfvec_l2_ops);
	CREATE INDEX docs_bits ON docs USING ivfflat (b bit_hamming_ops) WITH (lists = 10);
	CREATE INDEX docs_cast ON docs USING hnsw ((loose::vector(8)) vector_cosine_ops) WHERE id <= 3000;
	CREATE INDEX docs_sparse ON docs USING hnsw (s sparsevec_cosine_ops);
	CREATE INDEX docs_cast_half ON docs USING hnsw ((v::halfvec(8)) halfvec_ip_ops);
	ANALYZE docs});
is($node->safe_psql('plain', q{
	SELECT string_agg(substr(indexdef, strpos(indexdef, 'USING')), chr(10) ORDER BY indexname)
	  FROM pg_indexes WHERE tablename = 'docs' AND indexname <> 'docs_pkey'}), join("\n",
	'USING ivfflat (b bit_hamming_ops) WITH (lists=\'10\')',
	'USING hnsw (((loose)::vector(8)) vector_cosine_ops) WHERE (id <= 3000)',
	'USING hnsw (((v)::halfvec(8)) halfvec_ip_ops)',
	'USING hnsw (v vector_cosine_ops) WITH (m=\'8\', ef_construction=\'32\')',
	'USING hnsw (h halfvec_l2_ops)',
	'USING hnsw (v vector_ip_ops)',
	'USING ivfflat (v) WITH (lists=\'100\')',
	'USING hnsw (s sparsevec_cosine_ops)'), 'definitions are shown as they were written');

my $point = q{'[1,-1,1,-1,1,1,0.5,0.25]'};
my $code = q{repeat('0110', 16)::bit(64)};
my %searches = (
	docs_cosine => "v <=> $point", docs_l2 => "v <-> $point", docs_ip => "v <#> $point",
	docs_half => "h <-> $point", docs_bits => "b <~> $code",
	docs_sparse => q{s <=> '{8:1,15:2,22:1,29:1}/100000'},
	docs_cast_half => "v::halfvec(8) <#> $point");

# How many of the nearest 50 the index finds, by the distance of the 50th.
sub found
{
	my ($index, $where) = @_;
	my $by = $searches{$index};
	my $search = "SELECT $by AS d FROM docs ORDER BY $by LIMIT 50";
	my $plan = $node->safe_psql('plain', "SET enable_seqscan = off; SET enable_sort = off; EXPLAIN $search");
	return $plan unless $plan =~ /Index Scan using $index /;
	return $node->safe_psql('plain', qq{
		CREATE TEMP TABLE farthest AS SELECT max(d) AS d FROM (SELECT $by AS d FROM docs ORDER BY ($by) + 0 LIMIT 50) e;
		SET enable_seqscan = off; SET enable_sort = off;
		SELECT count(*) FROM ($search) n WHERE d <= (SELECT d FROM farthest) + 1e-6});
}
foreach my $index (sort keys %searches)
{
	cmp_ok(found($index), '>=', 45, "$index is used and finds the nearest");
}
like($node->safe_psql('plain', qq{
	SET enable_seqscan = off; SET enable_sort = off;
	EXPLAIN SELECT id FROM docs WHERE id <= 3000 ORDER BY loose::vector(8) <=> $point LIMIT 5}),
	qr/Index Scan using docs_cast /, 'a partial index over a cast is used');
is($node->safe_psql('plain', qq{
	SET enable_seqscan = off; SET enable_sort = off;
	SELECT count(*), (array_agg(id))[3001:] FROM (SELECT id FROM docs ORDER BY v <=> $point) s}),
	'3002|{3002,3001}', 'to its end a scan gives every row, zero and NULL last');
like($node->safe_psql('plain', "EXPLAIN SELECT id FROM docs ORDER BY v <=> $point LIMIT 5"),
	qr/Index Scan using docs_cosine /, 'the planner takes the index by itself');

# life
$node->safe_psql('plain', q{
	SELECT setseed(0.5);
	DELETE FROM docs WHERE id % 3 = 0;
	VACUUM docs;
	INSERT INTO docs (id, v, h, b)
	  SELECT i, ARRAY(SELECT random() - 0.4 + i * 0 FROM generate_series(1, 8)),
	         ARRAY(SELECT random() - 0.4 + i * 0 FROM generate_series(1, 8)), (id * 7919)::bit(64)
	    FROM generate_series(4001, 6000) i, LATERAL (SELECT i AS id) x;
	UPDATE docs SET v = v + v WHERE id % 7 = 0});
foreach my $index (sort keys %searches)
{
	cmp_ok(found($index), '>=', 42, "$index finds the nearest after DELETE, VACUUM, INSERT, UPDATE");
}
$node->safe_psql('plain', 'VACUUM docs');
is($node->safe_psql('plain', q{
	SELECT string_agg(indexrelid::regclass || ' ' || trellis.ivf_check(indexrelid::regclass), ', ' ORDER BY indexrelid::regclass::text)
	  FROM pg_index WHERE indrelid = 'docs'::regclass AND NOT indisunique}),
	'docs_bits 4002, docs_cast 2000, docs_cast_half 4002, docs_cosine 4002, docs_half 4002, docs_ip 4002, docs_l2 4002, docs_sparse 4002',
	'the checker finds nothing wrong');
$node->safe_psql('plain', 'REINDEX TABLE CONCURRENTLY docs');
cmp_ok(found('docs_cosine'), '>=', 45, 'and after REINDEX CONCURRENTLY');
like(messages('plain', "INSERT INTO docs (id, loose) VALUES (0, '[1,2]')"),
	qr/22000: expected 8 dimensions, not 2/, 'a value that does not fit an index is refused');
like(messages('plain', "ALTER TABLE docs ALTER v TYPE vector"),
	qr/22023: column does not have dimensions/, 'nor does a column lose the dimensions that its index needs');
is($node->safe_psql('plain', q{
	CREATE INDEX ON parent USING hnsw (v vector_l2_ops) WITH (m = 4, ef_construction = 16);
	CREATE TABLE child PARTITION OF parent FOR VALUES IN (1);
	CREATE TABLE other (id int, v vector(3), s sparsevec(3));
	INSERT INTO other VALUES (2, '[1,2,3]');
	ALTER TABLE parent ATTACH PARTITION other FOR VALUES IN (2);
	INSERT INTO parent VALUES (1, '[3,2,1]');
	SET enable_seqscan = off; SET enable_sort = off;
	SELECT (SELECT string_agg(c.relname || ' ' || reloptions::text, ' ' ORDER BY c.relname) FROM pg_class c JOIN pg_am a ON a.oid = relam AND amname = 'hnsw'
	         WHERE c.relname ~ '^(parent|child|other)'),
	       (SELECT string_agg(id::text, ',') FROM (SELECT id FROM parent ORDER BY v <-> '[1,2,4]' LIMIT 2) s)}),
	'child_v_idx {m=4,ef_construction=16} other_v_idx {m=4,ef_construction=16} parent_v_idx {m=4,ef_construction=16}|2,1',
	'a partitioned table has them on every partition');
is($node->safe_psql('plain', q{
	CREATE UNLOGGED TABLE fleeting (v vector(3));
	CREATE INDEX ON fleeting USING ivfflat (v);
	INSERT INTO fleeting VALUES ('[1,2,3]'), ('[4,5,6]');
	SET enable_seqscan = off; SET enable_sort = off;
	SELECT v FROM fleeting ORDER BY v <-> '[4,4,4]' LIMIT 1}), '[4,5,6]', 'an unlogged, empty table that fills');

# settings
is($node->safe_psql('plain', q{
	LOAD 'trellis_vector';
	SELECT concat_ws(' ', name, setting, context, vartype, min_val, max_val, enumvals, boot_val)
	  FROM pg_settings WHERE name ~ '^(hnsw|ivfflat)\.' ORDER BY name}), join("\n",
	'hnsw.ef_search 40 user integer 1 1000 40',
	'hnsw.iterative_scan off user enum {off,relaxed_order,strict_order} off',
	'hnsw.max_scan_tuples 20000 user integer 1 2147483647 20000',
	'hnsw.scan_mem_multiplier 1 user real 1 1000 1',
	'ivfflat.iterative_scan off user enum {off,relaxed_order} off',
	'ivfflat.max_probes 32768 user integer 1 32768 32768',
	'ivfflat.probes 1 user integer 1 32768 1'),
	'the settings, their types and ranges');
is($node->safe_psql('plain', q{
	SET hnsw.ef_search = 77;
	SET ivfflat.iterative_scan = relaxed_order;
	LOAD 'trellis_vector';
	SELECT current_setting('hnsw.ef_search'), current_setting('ivfflat.iterative_scan')}),
	'77|relaxed_order', 'values set before the library loads are taken over');
like(messages('plain', "SET hnsw.ef_search = 0; LOAD 'trellis_vector'"),
	qr/WARNING:  22023: 0 is outside the valid range for parameter "hnsw\.ef_search" \(1 \.\. 1000\)/,
	'bad ones are reported');
like(messages('plain', "LOAD 'trellis_vector'; SET hnsw.ef_search = 1001"),
	qr/ERROR:  22023: 1001 is outside the valid range/, 'and refused from then on');
like(messages('plain', "LOAD 'trellis_vector'; SET hnsw.other = 1; SET ivfflat.other = 1"),
	qr/invalid configuration parameter name "hnsw\.other".*invalid configuration parameter name "ivfflat\.other"/s,
	'both prefixes are reserved');

# another library with the same settings: a second copy under another name
my $pkglibdir = $node->config_data('--pkglibdir');
my $other = Cwd::abs_path($node->basedir) . '/other_library.so';
copy("$pkglibdir/trellis_vector.so", $other) or die "cannot copy: $!";
is($node->safe_psql('plain', qq{
	LOAD '$other';
	SET hnsw.ef_search = 55;
	LOAD 'trellis_vector';
	SELECT current_setting('hnsw.ef_search'), count(*) FROM pg_settings WHERE name ~ '^(hnsw|ivfflat)'}),
	'55|7', 'settings of another library stay that library\'s');
like(messages('plain', qq{
	LOAD '$other';
	BEGIN; CREATE INDEX ON items USING hnsw (embedding vector_l2_ops); ROLLBACK}), $built,
	'beside it, an index is built as ever');

# dump and restore
my $dump = $node->basedir . '/dump.sql';
command_ok([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-f', $dump, 'plain' ],
	'pg_dump succeeds');
my $text = slurp_file($dump);
unlike($text, qr/OPERATOR CLASS|OPERATOR FAMILY|ACCESS METHOD|hnswhandler|_support/,
	'the dump has no object of the extension');
like($text, qr/^CREATE EXTENSION IF NOT EXISTS trellis .*^CREATE EXTENSION IF NOT EXISTS vector /ms,
	'but both extensions, in their order');
make_db('restored');
command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p',
		$node->port, '-d', 'restored', '-f', $dump ], 'it restores without an error');
is($node->safe_psql('restored', $classes) . "\n", $expected, 'with the same operator classes');
is($node->safe_psql('restored', q{SELECT id FROM items ORDER BY embedding <-> '[4,5,6]' LIMIT 1}),
	'2', 'and the same answers');
my $definitions = q{SELECT string_agg(indexdef, ';' ORDER BY indexname) FROM pg_indexes WHERE indexdef ~ 'hnsw|ivfflat'};
is($node->safe_psql('restored', $definitions), $node->safe_psql('plain', $definitions), 'and the same indexes');

# protect() says how to get indexes that test labels: those of ivf
make_db('advised', q{
	CREATE SCHEMA elsewhere;
	CREATE EXTENSION trellis; CREATE EXTENSION vector SCHEMA elsewhere;
	CREATE TABLE docs (id int, v vector(8), b bit(64));
	CREATE TABLE parts (id int, v vector(8)) PARTITION BY LIST (id);
	CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
	INSERT INTO docs SELECT i, array_fill(i, ARRAY[8])::vector, i::bit(64) FROM generate_series(1, 100) i;
	CREATE INDEX ON docs USING hnsw (v elsewhere.vector_cosine_ops) WITH (m = 8, ef_construction = 32);
	CREATE INDEX ON docs USING hnsw ((v::halfvec(8)) elsewhere.halfvec_l2_ops) WHERE id > 3;
	CREATE INDEX ON docs USING ivfflat (v) WITH (lists = 7);
	CREATE INDEX ON docs USING ivfflat (b elsewhere.bit_hamming_ops);
	CREATE INDEX ON parts USING hnsw (v elsewhere.vector_l2_ops)});
my $advice = messages('advised', q{SELECT trellis.protect('docs'), trellis.protect('parts')});
is(scalar(() = $advice =~ /cannot test access_label in index/g), 5, 'protect() names five indexes');
$node->safe_psql('advised', $_) foreach $advice =~ /^((?:CREATE|DROP) INDEX .*;)$/mg;
is($node->safe_psql('advised', q{
	SELECT string_agg(substr(indexdef, strpos(indexdef, ' ON ')), chr(10) ORDER BY substr(indexdef, strpos(indexdef, ' ON ')) COLLATE "C")
	  FROM pg_indexes WHERE schemaname = 'public'}), join("\n",
	' ON ONLY public.parts USING ivf (v, access_label)',
	' ON public.docs USING ivf (((v)::halfvec(8)), access_label) WHERE (id > 3)',
	' ON public.docs USING ivf (b bit_hamming_ops, access_label)',
	' ON public.docs USING ivf (v vector_cosine_ops, access_label)',
	' ON public.docs USING ivf (v, access_label)',
	' ON public.parts_1 USING ivf (v, access_label)'),
	'its commands put ivf in their place');
unlike(messages('advised', q{SELECT trellis.protect('docs'), trellis.protect('parts')}),
	qr/cannot test/, 'and then there is nothing more to say');

# moving and dropping
$node->safe_psql('restored', 'CREATE SCHEMA elsewhere; ALTER EXTENSION vector SET SCHEMA elsewhere');
is($node->safe_psql('restored', q{
	SELECT DISTINCT n.nspname FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace
	  JOIN pg_am a ON a.oid = c.opcmethod WHERE amname IN ('hnsw', 'ivfflat')}),
	'elsewhere', 'SET SCHEMA moves it');
like(messages('restored', 'CREATE INDEX ON items USING hnsw (embedding elsewhere.vector_l2_ops)'),
	$built, 'moved, it works as before');
like(messages('restored', 'DROP EXTENSION trellis'),
	qr/2BP01: .*extension vector depends on extension trellis/s, 'trellis cannot go first');
like(messages('restored', 'DROP EXTENSION vector'),
	qr/2BP01: .*index docs_cosine depends on operator class/s, 'nor it itself while indexes use it');
$node->safe_psql('restored', 'DROP EXTENSION vector CASCADE');
is($node->safe_psql('restored', q{
	SELECT (SELECT count(*) FROM pg_am WHERE amname IN ('hnsw', 'ivfflat'))
	     + (SELECT count(*) FROM pg_proc WHERE proname ~ '^(hnsw|ivfflat)')
	     + (SELECT count(*) FROM pg_opfamily f WHERE NOT EXISTS (SELECT FROM pg_am WHERE oid = f.opfmethod))}),
	'0', 'DROP leaves nothing of it');
is($node->safe_psql('restored', 'SELECT count(embedding) FROM items'), '2', 'and takes no data');
$node->safe_psql('restored', 'CREATE EXTENSION vector');

$node->stop;
done_testing();
