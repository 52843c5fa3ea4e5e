# Recall of ivf indexes with no option set, for each operator class at 32, 384,
# 1536 and 3072 dimensions, on the real vectors of the demo; and pg_dump.
#
# 32 dimensions are the first of 384; 1536 and 3072 are those of four and eight
# paragraphs that follow each other in the archive, joined. Bits are the signs;
# sparse vectors are the vectors with every element there.
# Queries are rows that the tables do not hold.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use List::Util qw(sum);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TrellisDemo;

# The mean of all is at least trellis.target_recall's default; a single one, of
# few queries for 10 rows each, may be below by two of its standard errors.
my $target = 0.95;
my $least = 0.93;
my %rows = (32 => 6000, 384 => 5000, 1536 => 2000, 3072 => 1500);
my %queries = (32 => 200, 384 => 120, 1536 => 60, 3072 => 60);

my $node = demo_node('recall');
$node->append_conf('postgresql.conf', "autovacuum = off\nlog_statement = none\nmax_parallel_maintenance_workers = 0");
$node->restart;

sub sql { return $node->safe_psql($_[1] // 'postgres', $_[0]); }

my $values = $node->basedir . '/values';
my $tool = $node->basedir . '/vecpack';
system_or_bail($ENV{CC} || 'cc', '-O2', '-o', $tool, 'test/tools/vecpack.c', '-lm');
system_or_bail('bash', '-c', "zstd -q -dc test/data/chunks.i8v.zst | $tool values - >$values");
sql(qq{
	CREATE EXTENSION trellis;
	CREATE TABLE chunk (id serial, v vector(384));
	\\copy chunk (v) FROM '$values'
	CREATE INDEX ON chunk (id);
});

# How much of what $1 ORDER BY $2 gives first is as near as the tenth row is.
sql(q{
	CREATE FUNCTION recall(base text, expression text) RETURNS numeric LANGUAGE plpgsql AS $$
	DECLARE
		query vector; tenth float8; hits int; total int := 0; answers int := 0;
	BEGIN
		SET LOCAL enable_sort = off;
		FOR query IN EXECUTE format('SELECT v FROM %I ORDER BY id', base || '_query') LOOP
			SET LOCAL enable_indexscan = off;
			SET LOCAL enable_seqscan = on;
			EXECUTE format('SELECT %s FROM %I ORDER BY 1 OFFSET 9 LIMIT 1', expression, base) INTO tenth USING query;
			SET LOCAL enable_indexscan = on;
			SET LOCAL enable_seqscan = off;
			EXECUTE format('SELECT count(*) FILTER (WHERE d <= $2) FROM (SELECT %1$s AS d FROM %2$I ORDER BY %1$s LIMIT 10) o',
				expression, base) INTO hits USING query, tenth + 1e-6 * abs(tenth);
			total := total + hits;
			answers := answers + 1;
		END LOOP;
		RETURN round(total / (10.0 * answers), 3);
	END $$;
});

# Tables d32 ... and d32_query ...
sub make_tables
{
	my ($dims) = @_;
	my $joined = $dims / 384;
	my $v = $dims < 384 ? "subvector(c0.v, 1, $dims)" : join(' || ', map { "c$_.v" } 0 .. $joined - 1);
	my $from = join(' ', 'chunk c0', map { "JOIN chunk c$_ ON c$_.id = c0.id + $_" } 1 .. $joined - 1);
	my $each = int($rows{$dims} / $queries{$dims});
	sql(qq{
		CREATE TABLE d$dims (id int, v vector($dims), h halfvec($dims), b bit($dims), s sparsevec($dims));
		CREATE TABLE d${dims}_query (id int, v vector($dims));
		ALTER TABLE d$dims ALTER v SET STORAGE EXTERNAL, ALTER h SET STORAGE EXTERNAL, ALTER s SET STORAGE EXTERNAL;
		INSERT INTO d$dims SELECT id, v, v::halfvec, binary_quantize(v)::bit($dims), v::sparsevec
		  FROM (SELECT c0.id, $v FROM $from WHERE c0.id <= $rows{$dims} AND c0.id % $each <> 0) o (id, v);
		INSERT INTO d${dims}_query SELECT c0.id, $v FROM $from WHERE c0.id <= $rows{$dims} AND c0.id % $each = 0;
		VACUUM ANALYZE d$dims;
	});
	return;
}

# The column of a type, and the parameter of recall() as that type.
my %columns = (vector => 'v', halfvec => 'h', bit => 'b', sparsevec => 's');
my %parameters = (vector => '$1', halfvec => '$1::halfvec', bit => 'binary_quantize($1)', sparsevec => '$1::sparsevec');

my @classes = map { [ split /\|/ ] } split /\n/, sql(q{
	SELECT opcname, format_type(opcintype, NULL), oprname
	FROM pg_opclass c JOIN pg_am ON pg_am.oid = opcmethod
	JOIN pg_amop ON amopfamily = opcfamily AND amoplefttype = opcintype
	JOIN pg_operator o ON o.oid = amopopr
	WHERE amname = 'ivf' AND amoppurpose = 'o' ORDER BY 1});
cmp_ok(scalar @classes, '>=', 7, 'there are operator classes');

# Pages that searches by the inner product read, where rows are as long as
# queries and where they are 5 to 20 times as long: the codes tell as much.
sub pages_read
{
	my ($table) = @_;
	return sql(qq{
		CREATE FUNCTION pages(OUT total bigint) LANGUAGE plpgsql SET enable_seqscan = off AS \$\$
		DECLARE
			query vector; plan json;
		BEGIN
			total := 0;
			FOR query IN SELECT v FROM ${table}_query LOOP
				EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT id FROM $table ORDER BY v <#> \$1 LIMIT 10' INTO plan USING query;
				total := total + (plan->0->'Plan'->>'Shared Hit Blocks')::bigint + (plan->0->'Plan'->>'Shared Read Blocks')::bigint;
			END LOOP;
		END \$\$;
		SELECT pages();
		DROP FUNCTION pages;
	});
}

sub check_long_rows
{
	my %pages;
	my %recall;
	sql(q{
		CREATE TABLE long (id int, v vector(384));
		INSERT INTO long SELECT id, v * array_fill((5 + 15 * (id * 7919 % 1000) / 1000.0)::real, '{384}')::vector FROM d384;
		CREATE TABLE long_query AS SELECT * FROM d384_query;
		CREATE TABLE short AS SELECT id, v FROM d384;
		CREATE TABLE short_query AS SELECT * FROM d384_query;
		CREATE INDEX long_v ON long USING ivf (v vector_ip_ops);
		CREATE INDEX short_v ON short USING ivf (v vector_ip_ops);
		VACUUM ANALYZE long, short;
	});
	foreach my $table (qw(long short))
	{
		$recall{$table} = sql("SELECT recall('$table', 'v <#> \$1')");
		$pages{$table} = pages_read($table);
	}
	cmp_ok($recall{long}, '>=', $least, "long rows by the inner product: recall $recall{long}");
	cmp_ok($pages{long}, '<=', 1.5 * $pages{short}, "pages: $pages{long}, where rows are short $pages{short}");
	sql('DROP TABLE long, long_query, short, short_query');
	return;
}

my @recalls;
foreach my $dims (sort { $a <=> $b } keys %rows)
{
	make_tables($dims);
	foreach my $class (@classes)
	{
		my ($name, $type, $operator) = @$class;
		my $column = $columns{$type} or die "no column of type $type";
		sql("CREATE INDEX ivf ON d$dims USING ivf ($column $name)");
		my $recall = sql("SELECT recall('d$dims', '$column $operator $parameters{$type}')");
		push @recalls, $recall;
		cmp_ok($recall, '>=', $least, "$name, $dims dimensions: recall $recall");
		cmp_ok(sql("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'ivf'"),
			'>=', $queries{$dims}, "$name, $dims dimensions: by the index") if $dims == 32;
		sql('DROP INDEX ivf');
	}
	check_long_rows() if $dims == 384;
	sql("DROP TABLE d$dims, d${dims}_query") if $dims > 32;
}

cmp_ok(sum(@recalls) / @recalls, '>=', $target, 'recall of all together');

# dumped and restored
sql(q{
	DROP TABLE chunk;
	CREATE INDEX plain ON d32 USING ivf (v vector_cosine_ops);
	CREATE INDEX stated ON d32 USING ivf ((v::halfvec(32)) halfvec_l2_ops) WITH (lists = 20) WHERE id > 100;
	CREATE INDEX bits ON d32 USING ivf ((binary_quantize(v)::bit(32)) bit_hamming_ops);
	INSERT INTO d32 (id, v) VALUES (-1, NULL), (-2, array_fill(0::real, '{32}')::vector);
});
my $dump = $node->basedir . '/dump';
sql('CREATE DATABASE restored');
command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr('postgres') ], 'pg_dump succeeds');
command_ok([ 'pg_restore', '-e', '-d', $node->connstr('restored'), $dump ], 'the dump restores without an error');
my $definitions = q{SELECT string_agg(pg_get_indexdef(indexrelid), chr(10) ORDER BY indexrelid::regclass::text)
	FROM pg_index WHERE indrelid = 'd32'::regclass};
is(sql($definitions, 'restored'), sql($definitions), 'with the same indexes');
foreach my $index (qw(plain stated bits))
{
	my $check = "SELECT trellis.ivf_check('$index')";
	is(sql($check, 'restored'), sql($check), "restored: $index holds as many rows");
}
cmp_ok(sql(q{SELECT recall('d32', 'v <=> $1')}, 'restored'), '>=', $least, 'restored: recall');
$node->stop;

done_testing();
