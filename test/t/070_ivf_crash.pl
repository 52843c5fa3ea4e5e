# Servers killed while rows of tables with ivf indexes come, change and go:
# the indexes are whole afterwards, and nothing committed is lost.
#
# Each writer runs numbered transactions whose outcome depends on the number
# alone, and prints the number once the server has said that it is committed.
# After a crash the table must be as after the last number printed, or as after
# the one that was under way.
#
# IVF_CRASH_ROUNDS: crashes (default 3)

use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{IVF_CRASH_ROUNDS} || 3;
my $writers = 3;
my $base = 2000;

my $node = PostgreSQL::Test::Cluster->new('crash');
$node->init;
$node->append_conf('postgresql.conf', q{
restart_after_crash = on
fsync = off
autovacuum = off
jit = off
log_statement = none
});
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]); }

# Writer w's transaction n has the rows w * 1000000 + n * 10 + (0 .. 9). Where
# they lie drifts with n, so that lists split.
sql(qq{
	CREATE EXTENSION trellis;
	CREATE FUNCTION value(id int, gen int) RETURNS vector LANGUAGE sql IMMUTABLE AS \$\$
		SELECT CASE id % 50 WHEN 7 THEN NULL WHEN 13 THEN array_fill(0::real, '{16}')::vector
			ELSE array_agg((sin(id * 0.37 * j + gen) + id % 1000000 / 400.0 * cos(j))::real ORDER BY j)::vector END
		FROM generate_series(1, 16) j \$\$;
	CREATE TABLE items (id int, gen int, v vector(16));
	INSERT INTO items SELECT i, 0, value(i, 0) FROM generate_series(1, $base) i;
	CREATE INDEX items_l2 ON items USING ivf (v vector_l2_ops, id, gen) WITH (lists = 16);
	CREATE INDEX items_cosine ON items USING ivf (v vector_cosine_ops);
	CREATE INDEX items_half ON items USING ivf ((v::halfvec(16)) halfvec_ip_ops) WITH (lists = 2);
	CREATE INDEX items_id ON items (id);
	CREATE FUNCTION step(w int, n int) RETURNS void LANGUAGE plpgsql AS \$\$
	BEGIN
		INSERT INTO items SELECT i, 0, value(i, 0)
		  FROM generate_series(w * 1000000 + n * 10, w * 1000000 + n * 10 + 9) i;
		DELETE FROM items WHERE id BETWEEN w * 1000000 + n * 10 - 200 AND w * 1000000 + n * 10 - 193;
		UPDATE items SET gen = gen + 1, v = value(id, gen + 1)
		  WHERE id IN (w * 1000000 + n * 10 - 50, w * 1000000 + n * 10 - 47);
		IF n % 9 = 4 THEN
			BEGIN
				INSERT INTO items SELECT -i, 0, value(i, 0) FROM generate_series(1, 5) i;
				RAISE EXCEPTION USING ERRCODE = 'ZZ001';
			EXCEPTION WHEN SQLSTATE 'ZZ001' THEN NULL;
			END;
		END IF;
	END \$\$;
	CREATE FUNCTION by_index(at vector) RETURNS TABLE (name text, number bigint) LANGUAGE sql
	SET enable_seqscan = off SET enable_sort = off SET enable_bitmapscan = off AS \$\$
		SELECT 'l2', count(id) FROM (SELECT id FROM items ORDER BY v <-> at) o UNION ALL
		SELECT 'l2 distinct', count(DISTINCT id) FROM (SELECT id FROM items ORDER BY v <-> at) o UNION ALL
		SELECT 'cosine', count(DISTINCT id) FROM (SELECT id FROM items ORDER BY v <=> at) o UNION ALL
		SELECT 'ip', count(DISTINCT id) FROM (SELECT id FROM items ORDER BY v::halfvec(16) <#> at::halfvec(16)) o \$\$;
});

my $generation = "SELECT generation FROM trellis.ivf_stats('items_l2')";
my $first_generation = sql($generation);

# Rows of writer w after its transaction n: "id:gen" by id.
my @rows = map { {} } 0 .. $writers;
my @done = (0) x ($writers + 1);

# What transaction n does to the writer's rows: a new hash.
sub step
{
	my ($w, $n) = @_;
	my %after = %{ $rows[$w] };
	return \%after if $n % 9 == 8;    # rolled back
	my $first = $w * 1000000 + $n * 10;
	$after{ $first + $_ } = 0 foreach 0 .. 9;
	delete $after{ $first - 200 + $_ } foreach 0 .. 7;
	foreach my $id ($first - 50, $first - 47)
	{
		$after{$id}++ if exists $after{$id};
	}
	return \%after;
}

sub text
{
	my ($rows) = @_;
	return join("\n", map { "$_:$rows->{$_}" } sort { $a <=> $b } keys %$rows);
}

# A psql that runs a script in the background.
sub begin
{
	my ($name, $script) = @_;
	my $base = $node->basedir . "/$name";
	open(my $file, '>', "$base.sql") or die "$base.sql: $!";
	print $file $script;
	close $file;
	my $handle = IPC::Run::start(
		[
			'psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-d',
			$node->connstr('postgres'), '-f', "$base.sql"
		],
		'<', \undef, '>', "$base.out", '2>', "$base.err");
	return { name => $name, base => $base, handle => $handle };
}

# The last number that a writer printed.
sub acknowledged
{
	my ($load, $w) = @_;
	my @numbers = slurp_file("$load->{base}.out") =~ /^committed (\d+)$/mg;
	return @numbers ? $numbers[-1] : $done[$w];
}

sub begin_load
{
	my @load;
	foreach my $w (1 .. $writers)
	{
		push @load, begin("writer$w", join('', map {
			"BEGIN; SELECT step($w, $_);\n" . ($_ % 9 == 8 ? 'ROLLBACK' : 'COMMIT')
			  . ";\n\\echo committed $_\n" } $done[$w] + 1 .. $done[$w] + 3000));
	}
	push @load, begin('vacuum', "VACUUM items; SELECT pg_sleep(0.05);\n" x 2000);
	push @load, begin('reader', q{
		BEGIN ISOLATION LEVEL REPEATABLE READ;
		SELECT 'different: ' || name || ' ' || number || ' of ' || rows FROM by_index(value(500, 0)),
		  (SELECT count(*) AS rows FROM items) t WHERE number <> rows;
		COMMIT; SELECT trellis.ivf_check('items_l2') * 0;
		} x 2000);
	return @load;
}

# Ends the server in one of four ways, and starts it again.
sub crash
{
	my ($how) = @_;
	if ($how eq 'immediate') { $node->stop('immediate'); }
	elsif ($how eq 'postmaster')
	{
		my $file = $node->data_dir . '/postmaster.pid';
		my ($pid) = slurp_file($file) =~ /^(\d+)/;
		my $until = time + $PostgreSQL::Test::Utils::timeout_default;
		$node->kill9;
		sleep 0.1 while kill(0, $pid) && time < $until;
	}
	else
	{
		my $what = $how eq 'vacuum' ? 'VACUUM' : 'step|COMMIT';
		my $pid = '';
		my $until = time + $PostgreSQL::Test::Utils::timeout_default;
		while ($pid eq '' && time < $until)
		{
			$pid = sql("SELECT pid FROM pg_stat_activity WHERE query ~ '$what' AND state = 'active'
				AND pid <> pg_backend_pid() AND backend_type = 'client backend' LIMIT 1");
		}
		return $pid ne '' && kill('KILL', $pid) == 1;
	}
	return 1;
}

# The backends that a killed postmaster leaves end by themselves.
sub come_back
{
	my ($how) = @_;
	if ($how eq 'immediate' || $how eq 'postmaster')
	{
		my $until = time + $PostgreSQL::Test::Utils::timeout_default;
		until ($node->start(fail_ok => 1))
		{
			die 'the server does not start' if time > $until;
			$node->stop('fast', fail_ok => 1);
			sleep 0.2;
		}
	}
	return $node->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
}

# The writer's rows are as after the last number it printed, or the next.
sub check_writer
{
	my ($w, $last) = @_;
	$rows[$w] = step($w, $_) foreach $done[$w] + 1 .. $last;
	$done[$w] = $last;
	my $found = sql("SELECT id || ':' || gen FROM items WHERE id / 1000000 = $w ORDER BY id");
	return 1 if $found eq text($rows[$w]);
	$rows[$w] = step($w, ++$done[$w]);
	return $found eq text($rows[$w]);
}

my @ways = qw(immediate postmaster writer vacuum);
foreach my $round (1 .. $rounds)
{
	my $how = $ways[ ($round - 1) % @ways ];
	my @load = begin_load();
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;
	my $work = sub {
		my $sum = 0;
		$sum += acknowledged($load[ $_ - 1 ], $_) - $done[$_] foreach 1 .. $writers;
		return $sum;
	};
	sleep 0.1 while $work->() < 100 && time < $until;
	sleep rand(1);
	my $crashed = crash($how);
	ok($crashed, "round $round: killed ($how)");
	foreach my $load (@load)
	{
		eval { $crashed ? $load->{handle}->finish : $load->{handle}->kill_kill };
	}
	ok(come_back($how), "round $round: the server is back");
	cmp_ok($work->(), '>=', 100, "round $round: there was something to lose");

	foreach my $w (1 .. $writers)
	{
		ok(check_writer($w, acknowledged($load[ $w - 1 ], $w)),
			"round $round: what writer $w committed is there, and no more");
	}
	my @complaints = map { slurp_file("$_->{base}.err") =~ /^.*(?:ERROR|PANIC):.*$/mg } @load;
	is("@complaints", '', "round $round: no statement failed");
	unlike(slurp_file("$load[-1]{base}.out"), qr/different/,
		"round $round: under load, the indexes held what the table held");

	my $count = $base;
	$count += keys %$_ foreach @rows;
	is(sql('SELECT count(*) FROM items WHERE v IS NOT DISTINCT FROM value(id, gen)'),
		$count, "round $round: all rows have their values");
	is(sql('SELECT string_agg(name, chr(10)) FROM by_index(value(700, 0)) WHERE number <> ' . $count),
		'', "round $round: the indexes give out every row once");
	foreach my $index (qw(items_l2 items_cosine items_half))
	{
		my ($code, $rows, $stderr) = $node->psql('postgres', "SELECT trellis.ivf_check('$index')");
		is($stderr, '', "round $round: $index is whole");
		cmp_ok($rows || 0, '>=', $count, "round $round: with all rows");
	}
}
sql('VACUUM items');
my $all = sql('SELECT count(*) FROM items');
is(sql("SELECT trellis.ivf_check('$_')"), $all, "$_: no more rows than the table after a vacuum")
  foreach qw(items_l2 items_cosine items_half);
cmp_ok(sql($generation), '>', $first_generation, 'lists were split or emptied');
# the server's own: a leader whose postmaster is gone ends while it aborts, and its statistics mind
(my $log = slurp_file($node->logfile)) =~ s/^TRAP: .*!IsTransactionOrTransactionBlock\(\)".*pgstat\.c.*$//mg;
unlike($log, qr/PANIC|TRAP|terminated by signal (?!9)/, 'nothing else crashed');
$node->stop;

done_testing();
