# Copies of a database answer searches as it does, by the same plans: a
# streaming replica, whose pages are compared with the primary's, with filter
# columns, bitmaps of other indexes, policies and labels; and what pg_dump and
# restore make of them.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1, extra => ['--data-checksums']);
$primary->append_conf('postgresql.conf', q{
wal_consistency_checking = 'all'
wal_keep_size = 2GB
autovacuum = off
fsync = off
jit = off
log_statement = none
});
$primary->start;

sub sql { return $primary->safe_psql('postgres', $_[0]); }

# Rows of two tables: one with policies of its own, one protected by labels.
sub rows
{
	my ($from, $to) = @_;
	return qq{
		INSERT INTO items SELECT i, i % 20, (ARRAY['en', 'de', 'it'])[1 + i % 3], ARRAY[i % 7, 10 + i % 11],
			jsonb_build_object('source', 's' || i % 5), value(i) FROM generate_series($from, $to) i;
		INSERT INTO papers SELECT i, trellis.label_id((ARRAY['ops', 'dev', 'ops & dev'])[1 + i % 3]), value(i)
			FROM generate_series($from, $to) i;
	};
}
sql(q{
	CREATE EXTENSION trellis;
	CREATE FUNCTION value(id int) RETURNS vector LANGUAGE sql IMMUTABLE AS $$
		SELECT CASE id % 100 WHEN 7 THEN NULL WHEN 13 THEN array_fill(0::real, '{16}')::vector
			ELSE array_agg((hashint4(100 * id + j) / 2147483648.0)::real ORDER BY j)::vector END
		FROM generate_series(1, 16) j $$;
	CREATE ROLE reader LOGIN;
	CREATE TABLE items (id int PRIMARY KEY, tenant int, lang text, tags int[], meta jsonb, v vector(16));
	CREATE POLICY own ON items USING (tenant = 3);
	CREATE POLICY shared ON items USING (lang = 'it' AND tags && '{2}');
	ALTER TABLE items ENABLE ROW LEVEL SECURITY;
	CREATE TABLE papers (id int, access_label int, v vector(16));
	SELECT trellis.create_label('ops'), trellis.create_label('dev');
	SELECT trellis.bind_role('reader', 'rita'), trellis.grant_label('rita', 'ops');
	SELECT trellis.protect('papers');
	GRANT SELECT ON items, papers TO reader;
});
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;
sql(rows(1, 3000) . q{
	CREATE INDEX items_v ON items USING ivf (v vector_cosine_ops, tenant, lang, tags, (meta->>'source')) WITH (lists = 12);
	CREATE INDEX items_tags ON items USING gin (tags);
	CREATE INDEX papers_v ON papers USING ivf (v vector_l2_ops, access_label) WITH (lists = 8);
	ANALYZE items, papers;
});

# name => [statement, what its plan has besides the node]
my $near = 'SELECT id, v <=> value(77) AS d FROM items';
my %queries = (
	nearest => ["$near ORDER BY d LIMIT 20"],
	tenant => [ "$near WHERE tenant = 3 AND lang IN ('en', 'de') ORDER BY d LIMIT 20", qr/Lane Filter: .*tenant = 3.*lang = ANY|Lane Filter: .*lang = ANY.*tenant = 3/ ],
	expression => [ "$near WHERE meta->>'source' = 's4' ORDER BY d LIMIT 20", qr/Lane Filter: .*source/ ],
	tags => [ "$near WHERE tags \@> '{3,12}' ORDER BY d LIMIT 20", qr/Lane Filter: .*tags/ ],
	score => ["SELECT id, 1 - (v <=> value(77)) AS d FROM items WHERE tenant = 5 ORDER BY d DESC NULLS LAST LIMIT 20", qr/Lane Filter/ ],
	bitmap => [ "$near WHERE id BETWEEN 100 AND 160 ORDER BY d LIMIT 20", qr/Bitmap Index Scan on items_pkey/ ],
	both => [ "$near WHERE id < 300 AND tenant <> 5 AND lang = 'de' ORDER BY d LIMIT 20", qr/Lane Filter(?s:.*)Bitmap Index Scan on items_pkey/ ],
	range => [ "$near WHERE v <=> value(77) < 0.5 AND tenant < 9 ORDER BY d", qr/Lane Filter/ ],
	everything => ["$near WHERE tenant = 13 ORDER BY d LIMIT 100000"],
	labels => ['SELECT id, v <-> value(55) AS d FROM papers ORDER BY d LIMIT 20'],
	labelled => ["SELECT id, v <-> value(55) AS d FROM papers WHERE access_label > 0 AND id > 90 ORDER BY d LIMIT 20"],
);
my @roles = ('', 'reader');
my $by_node = 'SET enable_seqscan = off; SET enable_sort = off; SET trellis.ivf_probes = 100000;';
my $exact = 'SET trellis.enable_knn = off; SET enable_indexscan = off; SET enable_bitmapscan = off;';

# The answers of all queries to all roles, one a line.
sub answers
{
	my ($node, $db, $settings) = @_;
	my $script = $settings;
	foreach my $role (@roles)
	{
		$script .= $role eq '' ? 'RESET SESSION AUTHORIZATION;' : "SET SESSION AUTHORIZATION $role;";
		$script .= "SELECT '$role $_', count(*), string_agg(coalesce(id || ' ' || round(d::numeric, 6), '-'), ' ' ORDER BY n) FROM "
		  . "(SELECT row_number() OVER () AS n, id, nullif(d, 'NaN') AS d FROM ($queries{$_}[0]) q) s;"
		  foreach sort keys %queries;
	}
	return $node->safe_psql($db, $script);
}

# Are the plans of all queries as they should be? Those that are not are named.
sub plans
{
	my ($node, $db) = @_;
	my @bad;
	foreach my $role (@roles)
	{
		foreach my $name (sort keys %queries)
		{
			my ($query, $has) = @{ $queries{$name} };
			my $plan = $node->safe_psql($db, "$by_node SET SESSION AUTHORIZATION "
				  . ($role || 'DEFAULT') . "; EXPLAIN (COSTS OFF) $query");
			push @bad, "$role $name" if $plan !~ /Custom Scan \(TrellisKnn\)/ || ($has && $plan !~ $has);
			push @bad, "$role $name has no lanes for its policy"
			  if $role ne '' && $plan !~ /Lane Filter: .*(tenant = 3|can_read)/;
		}
	}
	is("@bad", '', "$db of " . $node->name . ': the node with lanes and bitmaps');
	return;
}

# Names the queries whose answers differ, rather than all of them.
sub same
{
	my ($got, $wanted, $what) = @_;
	my %right = map { /^(.*?)\|/ => $_ } split /\n/, $wanted;
	my @differ = grep { $_ ne $right{ (split /\|/)[0] } } split /\n/, $got;
	is(join("\n", @differ), '', $what);
	return;
}

# Both answer alike, and as a scan of the whole table does.
sub compare
{
	my ($what) = @_;
	$primary->wait_for_catchup($standby);
	my $right = answers($primary, 'postgres', $exact);
	same(answers($primary, 'postgres', $by_node), $right, "$what: the primary's answers are exact");
	same(answers($standby, 'postgres', $by_node), $right, "$what: the standby's are the same");
	return $right;
}

my $first = compare('built');
my @counts = map { (split /\|/)[1] } split /\n/, $first;
cmp_ok((sort { $a <=> $b } @counts)[0], '>', 0, 'each query finds rows');
isnt((split /\n/, $first)[0], (split /\n/, $first)[ scalar(keys %queries) ], 'policies hide rows');
plans($primary, 'postgres');
plans($standby, 'postgres');

# rows come, go and move between tenants
sql(rows(3001, 5000));
isnt(compare('inserted'), $first, 'new rows are among the answers');
sql(q{
	DELETE FROM items WHERE id % 4 = 1; DELETE FROM papers WHERE id % 4 = 1;
	UPDATE items SET tenant = (tenant + 1) % 20, v = value(id + 10000) WHERE id % 5 = 2;
	UPDATE papers SET access_label = trellis.label_id('ops | dev') WHERE id % 10 = 3;
	BEGIN; UPDATE items SET lang = 'de', tags = '{3,12}'; ROLLBACK});
compare('changed');
sql('VACUUM items; VACUUM papers');
compare('vacuumed');

# policies and grants come by WAL, too
sql(q{ALTER POLICY shared ON items USING (tenant = 7); SELECT trellis.grant_label('rita', 'dev')});
isnt(compare('other rights'), $first, 'and are others');
sql(q{ALTER POLICY shared ON items USING (lang = 'it' AND tags && '{2}'); SELECT trellis.revoke_label('rita', 'dev')});

sql('REINDEX INDEX CONCURRENTLY items_v');
sql(rows(5001, 5500));
$standby->stop('immediate');
sql(rows(5501, 5600) . 'DELETE FROM items WHERE id BETWEEN 200 AND 400; VACUUM items;');
$standby->start;
my $last = compare('standby crashed');
unlike(slurp_file($standby->logfile), qr/inconsistent page|PANIC|TRAP|terminated by signal|WAL redo|invalid page/,
	'the replay found no fault');

# the replica takes over, and is dumped
$primary->stop('immediate');
$standby->promote;
same(answers($standby, 'postgres', $by_node), $last, 'promoted: the same answers');
$standby->safe_psql('postgres', 'ANALYZE items, papers');
plans($standby, 'postgres');
my $dump = $standby->basedir . '/dump';
$standby->safe_psql('postgres', 'CREATE DATABASE restored');
my @where = ('-h', $standby->host, '-p', $standby->port);
command_ok([ 'pg_dump', '-Fc', @where, '-f', $dump, 'postgres' ], 'pg_dump succeeds');
command_ok([ 'pg_restore', '-e', @where, '-d', 'restored', $dump ], 'pg_restore succeeds');
$standby->safe_psql('restored', 'ANALYZE items, papers');
same(answers($standby, 'restored', $by_node), $last, 'restored: the same answers');
plans($standby, 'restored');
my $definitions = 'SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema ORDER BY 1';
is($standby->safe_psql('restored', $definitions), $standby->safe_psql('postgres', $definitions),
	'restored: the same indexes');
is( $standby->safe_psql('restored', "SELECT trellis.ivf_check('${_}_v') = (SELECT count(*) FROM $_)"),
	't', "restored: the index of $_ is whole") foreach qw(items papers);
$standby->stop;

done_testing();
