# A streaming replica of a server with ivf indexes: every page that WAL makes
# is compared with the primary's, and both give the same answers in the same
# order.

use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# with checksums, hints are logged as full pages now and then
my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1, extra => ['--data-checksums']);
$primary->append_conf('postgresql.conf', q{
wal_consistency_checking = 'all'
wal_keep_size = 2GB
autovacuum = off
fsync = off
jit = off
log_statement = none
max_standby_streaming_delay = 1s
});
$primary->start;

sub sql { return $primary->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION trellis;
	CREATE FUNCTION value(id int) RETURNS vector LANGUAGE sql IMMUTABLE AS $$
		SELECT CASE id % 100 WHEN 7 THEN NULL WHEN 13 THEN array_fill(0::real, '{32}')::vector
			ELSE array_agg((sin(id * 0.37 * j) + id / 2000.0 * cos(j))::real ORDER BY j)::vector END
		FROM generate_series(1, 32) j $$;
	CREATE TABLE items (id int, v vector(32));
});
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

my @indexes = qw(items_l2 items_cosine items_half);
my $settings = 'SET enable_seqscan = off; SET enable_sort = off;';
my @orders = map {
	my $at = $_;
	map { sprintf($_, $at) } ('v <-> value(%d)', 'v <=> value(%d)',
		'v::halfvec(32) <#> value(%d)::halfvec(32)')
} (500, 1313, 2900);

# What the indexes give, in their order: the nearest 200, and all.
sub answers
{
	my ($node, $what) = @_;
	my $script = $settings . ($what eq 'd' ? 'SET trellis.ivf_probes = 10000;' : '');
	foreach my $order (@orders)
	{
		$script .= "SELECT string_agg($what, ' ') FROM (SELECT id::text, coalesce($order, 'NaN')::text AS d FROM items ORDER BY $order LIMIT $_) o;"
		  foreach 200, 1000000;
	}
	return $node->safe_psql('postgres', $script);
}

# Are two lines of distances about the same? Rows are ordered by codes of eight
# bits, which settle little between neighbours that are about as far.
sub alike
{
	my ($left, $right) = map { [ split ' ', $_ ] } @_;
	return 0 unless @$left == @$right && @$left > 0;
	my ($most) = sort { $b <=> $a } map { abs } grep { $_ ne 'NaN' } @$left;
	return !grep {
		my ($l, $r) = ($left->[$_], $right->[$_]);
		$l eq 'NaN' || $r eq 'NaN' ? $l ne $r : abs($l - $r) > 0.01 * $most
	} 0 .. $#$left;
}

# Both give the same: to the row, but where there are dead rows, of which the
# primary's scans hand out only those that no scan has met before.
sub compare
{
	my ($what, $dead) = @_;
	$primary->wait_for_catchup($standby);
	if ($dead)
	{
		answers($primary, 'id');
		my @theirs = split /\n/, answers($standby, 'd');
		my @ours = split /\n/, answers($primary, 'd');
		is(scalar(grep { !alike($theirs[$_], $ours[$_]) } 0 .. 2 * $#orders + 1), 0,
			"$what: the same answers beside dead rows");
	}
	else
	{
		ok(answers($standby, 'id') eq answers($primary, 'id'),
			"$what: the same answers in the same order");
	}
	my $count = sql('SELECT count(*) FROM items');
	my @rows = split /\n/, answers($standby, 'id');
	is(scalar(grep { split(' ', $rows[ 2 * $_ + 1 ]) != $count } 0 .. $#orders), 0,
		"$what: all rows come");
	check($what);
	return;
}

# ivf_check() runs on both and counts the same rows.
sub check
{
	my ($what) = @_;
	foreach my $index (@indexes)
	{
		my $query = "SELECT trellis.ivf_check('$index')";
		my ($code, $rows, $complaint) = $standby->psql('postgres', $query);
		is("$rows$complaint", sql($query), "$what: $index is whole on the standby");
	}
	return;
}

sub generation { return sql("SELECT generation FROM trellis.ivf_stats('items_l2')"); }

# built from rows
sql(q{
	INSERT INTO items SELECT i, value(i) FROM generate_series(1, 1500) i;
	CREATE INDEX items_l2 ON items USING ivf (v vector_l2_ops, id, (id::text)) WITH (lists = 12);
	CREATE INDEX items_cosine ON items USING ivf (v vector_cosine_ops) WITH (lists = 4);
	CREATE INDEX items_half ON items USING ivf ((v::halfvec(32)) halfvec_ip_ops);
});
compare('built');
like($standby->safe_psql('postgres', "$settings EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY $orders[0] LIMIT 5"),
	qr/Index: items_l2/, 'the standby answers by the index');

# a session that reads on the standby all the while: wrong answers are none of
# those that it may give, a conflict with recovery is
my $reads = $standby->basedir . '/reads.sql';
append_to_file($reads, "\\set VERBOSITY sqlstate\n$settings\n" . qq{
	BEGIN ISOLATION LEVEL REPEATABLE READ;
	SELECT 'different: ' || o.n || ' ' || o.d || ' of ' || t.n
	  FROM (SELECT count(id) AS n, count(DISTINCT id) AS d FROM (SELECT id FROM items ORDER BY $orders[0]) s) o,
	       (SELECT count(*) AS n FROM items) t WHERE o.n <> t.n OR o.d <> t.n;
	COMMIT; SELECT 'read', pg_sleep(0.1);
} x 3000);
my $reader = IPC::Run::start(
	[ 'psql', '-qXAt', '-d', $standby->connstr('postgres'), '-f', $reads ],
	'<', \undef, '>', "$reads.out", '2>', "$reads.err");

# rows that split lists
my $before = generation();
sql("INSERT INTO items SELECT i, value(i) FROM generate_series($_, $_ + 499) i")
  foreach map { 1501 + 500 * $_ } 0 .. 4;
cmp_ok(generation(), '>', $before, 'lists are split');
compare('inserted');

# rows that never were
sql(q{
	BEGIN; INSERT INTO items SELECT i, value(i) FROM generate_series(5001, 5300) i; ROLLBACK;
	BEGIN; SAVEPOINT a; INSERT INTO items SELECT i, value(i) FROM generate_series(5001, 5100) i;
	ROLLBACK TO a; INSERT INTO items VALUES (4999, NULL), (5000, value(13)); COMMIT;
});
compare('rolled back', 1);

# deleted rows: what the primary's scans learn about them is theirs alone
sql('DELETE FROM items WHERE id % 3 = 0');
answers($primary, 'id') foreach 1 .. 2;
cmp_ok(sql(q{SELECT killed_lanes FROM trellis.ivf_stats('items_l2')}), '>', 0,
	'scans on the primary leave hints');
sql('INSERT INTO items VALUES (6000, value(6000)), (6001, NULL); CHECKPOINT');
answers($primary, 'id');
sql('INSERT INTO items VALUES (6002, value(6002))');
compare('deleted', 1);

sql('VACUUM items');
compare('vacuumed');
sql('INSERT INTO items SELECT i, value(i - 4000) FROM generate_series(7001, 7400) i');
sql('UPDATE items SET v = value(id + 50) WHERE id % 10 = 1');
compare('inserted where there was room', 1);

# whole lists go
$before = generation();
sql('DELETE FROM items WHERE id BETWEEN 500 AND 2500; VACUUM items');
sql('VACUUM items');
cmp_ok(generation(), '>', $before, 'lists are emptied');
compare('lists emptied');

sql('REINDEX INDEX CONCURRENTLY items_l2');
sql('REINDEX INDEX items_cosine');
sql('CREATE UNLOGGED TABLE aside AS SELECT * FROM items; CREATE INDEX ON aside USING ivf (v vector_l2_ops)');
compare('built again');

$reader->kill_kill;
my ($read, $failed) = map { slurp_file("$reads.$_") } qw(out err);
like($read, qr/read/, 'the standby was read all the while');
unlike($read, qr/different/, 'and never gave too few rows, nor one twice');
is(join(' ', grep { !/40001|40P01/ } $failed =~ /ERROR:\s+\S+/g), '', 'and failed by conflicts only');

# the standby itself crashes and goes on
sql('INSERT INTO items SELECT i, value(i) FROM generate_series(8001, 8200) i');
$standby->stop('immediate');
sql('INSERT INTO items SELECT i, value(i) FROM generate_series(8201, 8400) i; VACUUM items');
$standby->start;
compare('standby crashed');

# a page that differs would have ended the replay
unlike(slurp_file($standby->logfile), qr/inconsistent page|PANIC|TRAP|terminated by signal|WAL redo|invalid page/,
	'the replay found no fault');
like(slurp_file($standby->logfile), qr/consistent recovery state reached/, 'and took place');

# the primary dies, its replica takes over
my $right = answers($primary, 'id');
$primary->stop('immediate');
$standby->promote;
ok(answers($standby, 'id') eq $right, 'promoted: the same answers');
$standby->safe_psql('postgres', q{
	INSERT INTO items SELECT i, value(i) FROM generate_series(9001, 9500) i;
	DELETE FROM items WHERE id % 2 = 0;
	VACUUM items});
is( $standby->safe_psql('postgres', "SELECT trellis.ivf_check('$_')"),
	$standby->safe_psql('postgres', 'SELECT count(*) FROM items'),
	"promoted: $_ lives on") foreach @indexes;
is($standby->safe_psql('postgres', 'SELECT count(*) FROM aside'), '0',
	'promoted: an unlogged table is empty');
is($standby->safe_psql('postgres', "$settings INSERT INTO aside VALUES (1, value(1)); SELECT id FROM aside ORDER BY v <-> value(2)"),
	'1', 'promoted: and its index works');
$standby->stop;

done_testing();
