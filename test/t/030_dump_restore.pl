# pg_dump and restore of a database with a graph and protected tables gives
# the same answers to the same principals.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TrellisDemo;

my $node = demo_node('dump');
demo_load($node, 'postgres', 'graph.sql', 'access.sql');
$node->safe_psql('postgres', q{
	CREATE ROLE analyst LOGIN;
	GRANT USAGE ON SCHEMA kb TO analyst;
	GRANT SELECT ON package TO analyst;
	SELECT trellis.bind_role('analyst', 'bob');
	SELECT trellis.grant_label('carol', 'dev', '2100-01-01');
	CREATE TABLE part (id int, parent int, access_label int) PARTITION BY RANGE (id);
	CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
	INSERT INTO part VALUES (1, 2), (2, 3);
	SELECT trellis.protect('part', 'ops & dev');
	SELECT trellis.register_edges('part', 'id', 'parent');
	SELECT trellis.register_chunks('kb', 'part', 'id', 'parent');
});

my $dump = $node->basedir . '/dump.sql';
command_ok(
	[
		'pg_dump', '-h', $node->host, '-p', $node->port, '-f', $dump, 'postgres'
	],
	'pg_dump succeeds');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
command_ok(
	[
		'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-h', $node->host, '-p',
		$node->port, '-d', 'restored', '-f', $dump
	],
	'the dump restores without an error');

my @queries = demo_queries(1, 4, 7);
foreach my $who (sort keys %principals)
{
	is( demo_answer($node, 'restored', \@queries,
			token => demo_token($node, 'restored', $who)),
		demo_answer($node, 'postgres', \@queries,
			token => demo_token($node, 'postgres', $who)),
		"$who: the same answers");
}

# the catalogue: labels, grants, expressions and edges, ids included
my %catalogue = (
	label => 'SELECT id, name, kind FROM trellis.label ORDER BY id',
	grants => 'SELECT principal, label, until FROM trellis.label_grant ORDER BY 1, 2',
	expressions => 'SELECT id, expr FROM trellis.label_expr ORDER BY id',
	roles => 'SELECT role, principal FROM trellis.role_principal ORDER BY 1',
	edges => 'SELECT * FROM trellis.graph_edges ORDER BY 1, 2',
	chunks => 'SELECT * FROM trellis.graph_chunks ORDER BY 1, 2, 3',
	policies => 'SELECT * FROM pg_policies ORDER BY schemaname, tablename, policyname',
	forced => 'SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY 1',
	members => q{SELECT string_agg(object, chr(10) ORDER BY object COLLATE "C")
		FROM (SELECT pg_describe_object(classid, objid, 0) AS object FROM pg_depend
		WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'trellis')) o});
foreach my $what (sort keys %catalogue)
{
	my $before = $node->safe_psql('postgres', $catalogue{$what});
	is($node->safe_psql('restored', $catalogue{$what}), $before, "$what: restored");
	isnt($before, '', "$what: there is something to restore");
}

# new ids go on where the old ones ended
is( $node->safe_psql('restored', "SELECT trellis.create_label('later')"),
	$node->safe_psql('postgres', "SELECT trellis.create_label('later')"),
	'a new label gets the same id in both');

# a bound role sees the same
is( $node->safe_psql('restored', 'SELECT count(*) FROM package',
		extra_params => [ '-U', 'analyst' ]),
	$node->safe_psql('postgres', 'SELECT count(*) FROM package',
		extra_params => [ '-U', 'analyst' ]),
	'a bound role sees as many rows');

# a token for one database is no good in the other
my ($ret) = $node->psql('restored',
	q{SELECT trellis.login('} . demo_token($node, 'postgres', 'alice') . q{')},
	on_error_stop => 1);
isnt($ret, 0, 'a token for the other database is refused');

# a superuser's dump holds the rows; a reader's is refused, not filtered
my ($stdout, $stderr) = run_command(
	[
		'pg_dump', '-h', $node->host, '-p', $node->port, '-U', 'app', '-t',
		'package', '-a', 'postgres'
	]);
like($stderr, qr/row-level security/, 'pg_dump without BYPASSRLS is refused');

$node->stop;
done_testing();
