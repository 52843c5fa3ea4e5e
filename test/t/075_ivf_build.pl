# Builds of ivf indexes: by workers, cancelled and killed midway, with and
# without WAL, and what they leave behind.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('build');
$node->init;
$node->append_conf('postgresql.conf', q{
log_min_messages = debug1
max_parallel_maintenance_workers = 2
min_parallel_table_scan_size = 0
maintenance_work_mem = 256MB
restart_after_crash = on
fsync = off
});
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION trellis;
	CREATE TABLE items (id int, v vector(256));
	INSERT INTO items SELECT i, array_agg(sin(i * (k + 0.5) * 0.7)::real ORDER BY k)::vector
	  FROM generate_series(1, 20000) i, generate_series(1, 256) k GROUP BY i;
	VACUUM ANALYZE items;
});
my $create = 'CREATE INDEX items_v ON items USING ivf (v vector_cosine_ops)';
my $answer = q{SET enable_seqscan = off;
	SELECT array(SELECT id FROM items ORDER BY v <=> (SELECT v FROM items WHERE id = 77) LIMIT 5)};
my $files = q{SELECT count(*) FROM pg_ls_dir('base/' || (SELECT oid FROM pg_database WHERE datname = 'postgres'))};

# by workers, and logged once
my $before = sql('SELECT pg_current_wal_insert_lsn()');
my $log = -s $node->logfile;
sql($create);
my $wal = sql("SELECT pg_current_wal_insert_lsn() - '$before' <= 1.1 * pg_relation_size('items_v')");
is($wal, 't', 'WAL of a build is at most 1.1 times the index');
like(slurp_file($node->logfile, $log), qr/ivf build: 2 of 2 workers launched/,
	'two workers took part');
my $right = sql($answer);
like($right, qr/^\{77,/, 'the row itself is the nearest');
sql('DROP INDEX items_v; CHECKPOINT');
my $clean = sql($files);

# cancelled at any point: nothing is left; late enough, it is done
my $cancelled = 0;
my @strange;
foreach my $workers (0, 2)
{
	foreach my $after (5, 15, 40, 120, 300)
	{
		my ($code, $out, $err) = $node->psql('postgres',
			"SET max_parallel_maintenance_workers = $workers; SET statement_timeout = $after; $create",
			on_error_stop => 1);
		if ($code == 0) { sql('DROP INDEX items_v'); }
		elsif ($err =~ /canceling statement due to statement timeout/) { $cancelled++; }
		else { push @strange, $err; }
	}
}
cmp_ok($cancelled, '>=', 4, 'builds are cancelled');
is("@strange", '', 'and fail in no other way');
sql('CHECKPOINT');
is(sql("SELECT count(*) FROM pg_class WHERE relname = 'items_v'"), '0', 'no index is left');
is(sql($files), $clean, 'no file is left');
is(sql("SELECT count(*) FROM pg_ls_tmpdir()"), '0', 'no temporary file is left');

# Begins a build in the background and waits for the phase; its session.
sub begin_build
{
	my ($phase, $statement) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_until(qr/begin/, "\\echo begin\n" . ($statement // $create) . ";\n");
	$node->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM pg_stat_progress_create_index WHERE phase ~ '$phase'");
	return $session;
}

# a worker is ended: the build fails and says so
SKIP:
{
	skip 'no background sessions in this version', 3
	  unless PostgreSQL::Test::Cluster->can('background_psql');
	my $killed = 0;

	# so that there is time to end it
	sql(q{
		CREATE FUNCTION slowly(v vector) RETURNS vector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
		AS $$ BEGIN PERFORM pg_sleep(0.0002); RETURN v; END $$});
	my $slow = 'CREATE INDEX items_v ON items USING ivf ((slowly(v)::vector(256)) vector_cosine_ops)';
	foreach my $try (1 .. 10)
	{
		my $session = begin_build('k-means|assigning', $slow);
		my $ended = sql(q{SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'parallel worker'});
		$node->poll_query_until('postgres',
			'SELECT count(*) = 0 FROM pg_stat_progress_create_index');
		eval { $session->quit };
		my $exists = sql("SELECT count(*) FROM pg_class WHERE relname = 'items_v'");
		$killed ||= $ended > 0 && $exists == 0;
		sql('DROP INDEX IF EXISTS items_v');
		last if $killed;
	}
	ok($killed, 'a build whose worker is ended fails');

	# the whole server dies midway: the table is whole, the build can be done again
	my $session = begin_build('building index');
	$node->stop('immediate');
	eval { $session->quit };
	$node->start;
	is(sql("SELECT count(*) FROM pg_class WHERE relname = 'items_v'"), '0', 'no index after a crash');
	sql($create);
	is(sql($answer), $right, 'built again, it answers as before');
	sql('DROP INDEX items_v');
}

# finished, then a crash: replayed from WAL
sql($create);
$node->stop('immediate');
$node->start;
is(sql($answer), $right, 'answers after a crash as before');
is(sql("SELECT trellis.ivf_check('items_v')"), '20000', 'and is whole');
$node->stop;

# without WAL
$node->append_conf('postgresql.conf', "wal_level = minimal\nmax_wal_senders = 0\n");
$node->start;
sql('DROP INDEX items_v');
my $grown = sql(qq{
	BEGIN;
	CREATE TABLE copied AS SELECT * FROM items;
	CREATE TEMP TABLE place AS SELECT pg_current_wal_insert_lsn() AS lsn;
	CREATE INDEX copied_v ON copied USING ivf (v vector_cosine_ops);
	SELECT pg_current_wal_insert_lsn() - lsn < 1000000 FROM place;
	COMMIT;
});
is($grown, 't', 'wal_level minimal: a build beside its table writes no WAL');
$node->stop('immediate');
$node->start;
is(sql("SELECT trellis.ivf_check('copied_v')"), '20000', 'and is whole after a crash');
$node->stop;

done_testing();
