# A hot standby, and a database restored from a dump, answer every graph
# function as the primary does: random graphs of all kinds, roles under
# policies, random calls. ORACLE_SEED=number (1).

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TrellisGraph;

my $seed = $ENV{ORACLE_SEED} || 1;
my @kinds = qw(graph tables views usual partitioned bare);
my $calls = 4;    # of each function on each graph

my $primary = PostgreSQL::Test::Cluster->new('kg_primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', q{
fsync = off
jit = off
autovacuum = off
log_statement = none
statement_timeout = 10s
wal_keep_size = 1GB
});
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION trellis;' . graph_helpers());
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('kg_standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

my @here = split /\n/, $primary->safe_psql('postgres', q{
	SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'trellis'::regnamespace AND proargnames[1] = 'edges' AND proargtypes[0] = 'regclass'::regtype ORDER BY 1});
my %known = map { $_ => 1 } graph_functions();
is(join(' ', grep { !$known{$_} } @here), '', 'every function over edges is called');

# Runs a script from a file; its output, errors included.
sub run_sql
{
	my ($server, $database, $script) = @_;
	my $file = $primary->basedir . '/script.sql';
	my $output;
	open(my $handle, '>', $file) or die "$file: $!";
	print $handle $script;
	close($handle);
	IPC::Run::run([ 'psql', '-XAtq', '-d', $server->connstr($database), '-f', $file ], '>', \$output, '2>&1');
	return $output;
}

# ---- graphs, each in a schema of its own, and calls on them ----

my %calls;    # by kind of graph: a script
foreach my $kind (@kinds)
{
	graph_random($seed * 1009 + ord($kind));
	my $world = graph_world($kind);
	my $made = run_sql($primary, 'postgres', "$world->{stage} SET ROLE kgo_owner;\n" . graph_fill($world, 'w', 'stage_node', 'stage_edge') . "RESET ROLE;\n" . graph_policies($world) . "ALTER SCHEMA w RENAME TO w_$kind;\n");
	unlike($made, qr/ERROR/, "$kind: the graph is made");

	# policies and registrations follow a schema that is renamed by name
	$primary->safe_psql('postgres', "UPDATE trellis.graph_edges SET rel_schema = replace(rel_schema, 'w', 'w_$kind'), node_schema = replace(node_schema, 'w', 'w_$kind'), type_schema = replace(type_schema, 'w', 'w_$kind') WHERE rel_schema = 'w'");
	foreach my $function (@here)
	{
		foreach my $number (1 .. $calls)
		{
			my ($call) = graph_call($world, $function);
			my $role = (graph_roles())[ $number % 4 ];
			$calls{$kind} .= "SET app.level = $number; SET app.groups = '1,2'; SET ROLE $role;\n\\echo \@$function\n" . sprintf($call, "w_$kind") . "\nRESET ROLE;\n";
		}
	}
}

# ---- the same answers ----

my %answers = map { $_ => run_sql($primary, 'postgres', $calls{$_}) } @kinds;
foreach my $kind (@kinds)
{
	my $rows = () = $answers{$kind} =~ /^(?!\@|psql:|HINT:|DETAIL:)./mg;
	cmp_ok($rows, '>', 50, "$kind: calls have rows");
	unlike($answers{$kind}, qr/statement timeout/, "$kind: no call takes too long");
}

$primary->wait_for_catchup($standby);
foreach my $kind (@kinds)
{
	is(run_sql($standby, 'postgres', $calls{$kind}), $answers{$kind}, "$kind: the standby answers as the primary");
}

my $dump = $primary->basedir . '/dump.sql';
command_ok([ 'pg_dump', '-h', $primary->host, '-p', $primary->port, '-f', $dump, 'postgres' ], 'pg_dump succeeds');
$primary->safe_psql('postgres', 'CREATE DATABASE restored');
command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-o', "$dump.out", '-h', $primary->host, '-p', $primary->port, '-d', 'restored', '-f', $dump ], 'the dump restores without an error');

# rows come in another order there
sub sorted { return join "\n", map { /^\@/ ? $_ : join("\n", sort split /\n/, $_) } split /^(\@\w+)$/m, $_[0]; }
foreach my $kind (@kinds)
{
	is(sorted(run_sql($primary, 'restored', $calls{$kind})), sorted($answers{$kind}), "$kind: the restored database answers as the first");
}

$standby->stop;
$primary->stop;
done_testing();
