# Graph functions that run long: statement_timeout and pg_cancel_backend stop
# each within 100 ms, nothing of it stays in the backend, and memory keeps to
# work_mem x hash_mem_multiplier or an error 53200 names the settings.
#
# The graphs: 60,000 nodes with 300,000 random edges and a hub of 20,000
# neighbours, and 30,000 nodes that no edge ties to them; 200 nodes that all lead to each other; a ladder of 30 rungs, each
# node of which leads to all of the next, so that there are 12^29 shortest
# paths. A time that is too long counts if it is so three times in a row: other
# work on the machine can hold up any of them.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use List::Util qw(max min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'usleep';
use TrellisGraph;

my $within = 100;                       # ms
my @timeouts = (2, 10, 40, 150, 400);

my $node = PostgreSQL::Test::Cluster->new('limits');
$node->init;
$node->append_conf('postgresql.conf', q{
fsync = off
jit = off
autovacuum = off
log_statement = none
shared_buffers = 128MB
max_wal_size = 2GB
client_min_messages = error
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION trellis;
	CREATE FUNCTION rnd(text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT ('x' || substr(md5($1), 1, 7))::bit(28)::int $$;
	CREATE TABLE big (edge_id bigint GENERATED ALWAYS AS IDENTITY, src bigint, dst bigint, rel text, weight float8);
	INSERT INTO big (src, dst, rel, weight) SELECT 1 + rnd('s' || i) % 60000, 1 + rnd('d' || i) % 60000, 'r' || i % 3, 1 + i % 9 FROM generate_series(1, 300000) i;
	INSERT INTO big (src, dst, rel, weight) SELECT 1, i, 'hub', 1 FROM generate_series(2, 20001) i;
	INSERT INTO big (src, dst, rel, weight) SELECT 100001 + rnd('t' || i) % 30000, 100001 + rnd('e' || i) % 30000, 'far', 1 + i % 9 FROM generate_series(1, 90000) i;
	CREATE TABLE dense (edge_id bigint GENERATED ALWAYS AS IDENTITY, src bigint, dst bigint, rel text, weight float8);
	INSERT INTO dense (src, dst, rel, weight) SELECT s, d, 'r', 1 FROM generate_series(1, 200) s, generate_series(1, 200) d WHERE s <> d;
	CREATE TABLE ladder (edge_id bigint GENERATED ALWAYS AS IDENTITY, src bigint, dst bigint, rel text, weight float8);
	INSERT INTO ladder (src, dst, rel, weight) SELECT rung * 12 + s, rung * 12 + 12 + d, 'r', 1 FROM generate_series(0, 28) rung, generate_series(1, 12) s, generate_series(1, 12) d;
	CREATE INDEX ON big (src); CREATE INDEX ON big (dst); CREATE INDEX ON dense (src); CREATE INDEX ON dense (dst);
	CREATE INDEX ON ladder (src); CREATE INDEX ON ladder (dst);
	VACUUM ANALYZE big, dense, ladder;
	SELECT FROM trellis.create_graph('g');
	CREATE TABLE batch AS SELECT jsonb_agg(jsonb_build_object('src', 'n' || rnd('s' || i) % 5000, 'dst', 'n' || i, 'rel', 'r')) AS edges, jsonb_agg(jsonb_build_object('ext_id', 'n' || i)) AS nodes FROM generate_series(1, 30000) i;
	CREATE TABLE more AS SELECT jsonb_agg(jsonb_build_object('ext_id', 'm' || i)) AS nodes FROM generate_series(1, 30000) i;
	SELECT FROM batch, trellis.upsert_nodes('g', nodes || '[{"ext_id": "n0"}]') LIMIT 1;
});

# ---- calls that run long; names that take turns are of one function ----

my $all = 'max_nodes => NULL';
my $wide = "max_fanout => NULL, $all";
my %long = (
	neighbors => [ "trellis.neighbors('big', (SELECT array_agg(DISTINCT src) FROM big), max_fanout => NULL)" ],
	expand => [ "trellis.expand('big', ARRAY[1, 2, 3], NULL, $wide)", "trellis.expand('dense', ARRAY[1], metapath => '{r*60}', $wide)" ],
	subgraph => [ "trellis.subgraph('big', ARRAY[1], NULL, $wide, max_edges => NULL)" ],
	paths => [ "trellis.paths('dense', ARRAY[1], NULL, 'acyclic', 1, 5, max_paths => NULL)", "trellis.paths('dense', ARRAY[1], ARRAY[1], 'trail', 4, 9, max_paths => 1000000)",
		"trellis.paths('ladder', ARRAY[1], ARRAY[-5], 'simple', 1, NULL)", "trellis.paths('dense', ARRAY[1], NULL, 'walk', 1, 30, max_paths => 100000)" ],
	shortest_path => [ "trellis.shortest_path('big', 2, 100002, $all)", "trellis.shortest_path('big', 2, 100002, true, $all)" ],
	all_shortest_paths => [ "trellis.all_shortest_paths('ladder', 1, 350, max_paths => NULL)", "trellis.all_shortest_paths('ladder', 1, 350, true, max_paths => NULL)" ],
	k_shortest_paths => [ "trellis.k_shortest_paths('dense', 1, 200, 100000)", "trellis.k_shortest_paths('big', 2, 9, 10000, true)" ],
	distances => [ "trellis.distances('big', (SELECT array_agg(i) FROM generate_series(1, 500) i), $all)", "trellis.distances('big', (SELECT array_agg(i) FROM generate_series(1, 500) i), weighted => true, $all)" ],
	degree => [ "trellis.degree('big', NULL::bigint[])" ],
	ppr => [ "trellis.ppr('big', ARRAY[1, 2, 3], eps => 1e-12, $wide, max_results => NULL)" ],
	pagerank => [ "trellis.pagerank('big', tolerance => 1e-300, max_iterations => 100000)" ],
	components => [ "trellis.components('big')", "trellis.components('big', 'strong')" ],
	label_propagation => [ "trellis.label_propagation('big', max_iterations => 100000)" ],
	communities => [ "trellis.communities('big')", "trellis.communities('big', max_size => 5)" ],
	graph_dot => [ "trellis.graph_dot('big', ARRAY[1], 4, $wide)" ],
	upsert_nodes => [ "trellis.upsert_nodes('g', (SELECT nodes FROM more))" ],
	upsert_edges => [ "trellis.upsert_edges('g', (SELECT edges FROM batch))" ]);

my @here = split /\n/, $node->safe_psql('postgres', q{
	SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'trellis'::regnamespace AND proargtypes[0] IN ('regclass'::regtype, 'name'::regtype)});
my %here = map { $_ => 1 } @here;
is(join(' ', grep { !$long{$_} } graph_functions()), '', 'every function over edges has a long call');
my @absent = grep { !$here{$_} } sort keys %long;
diag('not here, not called: ' . join(' ', @absent)) if @absent;
my @calls = map { my $name = $_; map { [ $name, "SELECT count(*) FROM $_ x" ] } @{ $long{$name} } } grep { $here{$_} } sort keys %long;

# ---- a session that stays ----

my %session = (in => '', out => '');
$session{harness} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$session{in}, '>', \$session{out}, '2>&1', IPC::Run::timeout(1200));

# Starts statements; finish() gives what they print.
sub begin { $session{out} = ''; $session{in} .= "$_[0]\n\\echo \@done\n"; $session{harness}->pump_nb; return; }

sub finish
{
	$session{harness}->pump until $session{out} =~ /\@done\n/;
	return $session{out} =~ s/\@done\n//r;
}

sub ask { begin($_[0]); return finish(); }

my $pid = ask('SELECT pg_backend_pid();') =~ s/\s//gr;
ask("SET work_mem = '64MB';");

# What one call says when it is stopped: the state, and how long it took.
sub timed_out
{
	my ($call, $timeout) = @_;
	my $output = ask("SET statement_timeout = $timeout;\n\\timing on\nBEGIN; $call;\n\\echo \@state :SQLSTATE\n\\timing off\nROLLBACK; RESET statement_timeout;");
	my ($state) = $output =~ /\@state (\w+)/;
	my (@times) = $output =~ /Time: ([\d.]+) ms/g;
	return ($state, $times[1]);
}

# The answers that a backend gives whatever it was stopped in.
my $small = join ' ', map { "SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM $_ x;" }
  "trellis.expand('dense', ARRAY[1], 2, max_fanout => 9)", "trellis.shortest_path('big', 7, 9)", $here{degree} ? "trellis.degree('ladder', NULL::bigint[])" : ();
my $right = ask($small);
like($right, qr/^(?:[0-9a-f]{32}\n)+$/, 'the session answers');

# ---- statement_timeout, leaks ----

# What the backend holds: bytes of its contexts, locks, and prepared statements.
my $held_sql = q{SELECT sum(total_bytes) FROM pg_backend_memory_contexts; SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text IN ('big', 'dense', 'ladder', 'g.edge', 'g.node', 'batch');};
my (%late, %stopped, %longest, %wrong_state);

sub stop_each
{
	foreach my $call (@_)
	{
		foreach my $timeout (@timeouts)
		{
			my ($state, $took, @late);
			do
			{
				($state, $took) = timed_out($call->[1], $timeout);
				push @late, $took - $timeout;
			} while ($late[-1] > $within && $state eq '57014' && @late < 3);
			$wrong_state{"$call->[1]: $state"}++ if $state !~ /^(?:57014|00000|53200)$/;
			last if $state ne '57014';
			$stopped{ $call->[0] }++;
			$longest{ $call->[0] } = max($longest{ $call->[0] } // 0, min(@late));
			$late{ $call->[0] } .= sprintf("\n  %s: %.0f ms after %d ms", $call->[1], min(@late), $timeout) if min(@late) > $within;
		}
	}
	return;
}

# A writer's plans are made anew as its tables grow by rows that are gone; old
# ones stay until there are many.
foreach my $kind (qw(readers writers))
{
	my @of = grep { ($_->[0] =~ /^upsert/) == ($kind eq 'writers') } @calls;
	stop_each(@of) foreach 1, 2;
	my $first = ask("$small $held_sql");
	stop_each(@of) foreach 1, 2;
	my $last = ask("$small $held_sql");
	my ($before, $after) = map { [ split /\n/ ]->[-2] } $first, $last;
	cmp_ok($after - $before, '<', $kind eq 'writers' ? 2_000_000 : 50_000, "$kind: memory of the backend does not grow: $before and $after bytes");
	like($last, qr/^\Q$right\E\d+\n0\n$/, "$kind: the next calls work, no lock stays");
}
is(join("\n", %wrong_state), '', 'nothing fails but by timeout or for want of memory');
foreach my $name (sort grep { $here{$_} } keys %long)
{
	is($late{$name} // '', '', sprintf('%s: statement_timeout stops it within %d ms (%d times, at most %.1f ms)', $name, $within, $stopped{$name} // 0, $longest{$name} // 0));
	cmp_ok($stopped{$name} // 0, '>', 0, "$name: it was running");
}

# ---- pg_cancel_backend ----

# Cancels the session's call, and says how many ms it takes to end.
$node->safe_psql('postgres', q{
	CREATE FUNCTION stop(backend int) RETURNS float8 LANGUAGE plpgsql AS $$
	DECLARE
	  t0 timestamptz := clock_timestamp();
	BEGIN
	  PERFORM pg_cancel_backend(backend);
	  WHILE (SELECT state = 'active' FROM pg_stat_get_activity(backend)) LOOP
		PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
	  END LOOP;
	  RETURN 1000 * extract(epoch FROM clock_timestamp() - t0);
	END $$});

sub cancelled
{
	my ($call) = @_;
	begin("$call;\n\\echo \@state :SQLSTATE");
	usleep(60_000);
	my $ms = $node->safe_psql('postgres', "SELECT stop($pid)");
	my ($state) = finish() =~ /\@state (\w+)/;
	return ($state, $ms);
}

my %cancelled;
foreach my $call (@calls)
{
	my ($state, $ms, @ms);
	do
	{
		($state, $ms) = cancelled($call->[1]);
		push @ms, $ms;
	} while ($ms > $within && @ms < 3);
	next if $state ne '57014';
	$cancelled{ $call->[0] } = 1;
	cmp_ok(min(@ms), '<=', $within, "pg_cancel_backend stops $call->[1]");
}
cmp_ok(scalar(keys %cancelled), '>=', 0.6 * scalar(keys %{ { map { $_->[0] => 1 } @calls } }), 'most functions were cancelled');
is(ask($small), $right, 'the next calls work');

# ---- memory ----

# Peak of a new backend's address space beyond that of an idle one, in MB, and
# how the call ended. The results wait in a tuple store of work_mem.
sub peak
{
	my ($work_mem, $sql) = @_;
	my $script = "SET statement_timeout = '5s'; SET work_mem = '${work_mem}MB'; SET hash_mem_multiplier = 2; SELECT FROM trellis.expand('ladder', ARRAY[1], 1) LIMIT 0;
		SELECT pg_backend_pid() AS pid \\gset
		\\echo \@status `grep VmPeak /proc/:pid/status`\n$sql;\n\\echo \@state :SQLSTATE :LAST_ERROR_MESSAGE\n\\echo \@status `grep VmPeak /proc/:pid/status`\n";
	my ($output, $errors);
	IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$script, '>', \$output, '2>', \$errors);
	my ($before, $after) = $output =~ /\@status VmPeak:\s*(\d+) kB/g;
	my ($state) = $output =~ /\@state (\w+)/;
	return (defined $after ? ($after - $before) / 1024 : -1, $state, $errors);
}

SKIP:
{
	skip 'no /proc here', 1 if !-e '/proc/self/status';
	my $slack = 12;
	my $refused = 0;
	foreach my $call (@calls)
	{
		next if $call->[0] =~ /^upsert/;
		foreach my $work_mem (1, 8)
		{
			my ($peak, $state, $errors) = peak($work_mem, $call->[1]);
			my $most = 3 * $work_mem + $slack;
			ok($peak >= 0 && $peak <= $most, sprintf('%s: at most %d MB at work_mem = %d MB: %.1f MB (%s)', $call->[1], $most, $work_mem, $peak, $state // 'ended'));
			next if ($state // '') ne '53200';
			$refused++;
			like($errors, qr/HINT:.*work_mem.*hash_mem_multiplier/, 'its error names the settings');
		}
	}
	cmp_ok($refused, '>', 2, 'some calls need more memory than they may take');
}

$session{harness}->kill_kill;
my $log = slurp_file($node->logfile);
unlike($log, qr/leak|TRAP|PANIC|terminated by signal/, 'no leak and no crash in the log');
$node->stop;
done_testing();
