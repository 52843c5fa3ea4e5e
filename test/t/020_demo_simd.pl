# The same statement gives the same top-10 under every SIMD level that the
# machine has, on the demo's data: 100 of its questions, four distances.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('demo');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off");
$node->start;

local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
local $ENV{PGDATABASE} = 'postgres';
local $ENV{PGUSER} = $node->safe_psql('postgres', 'SELECT current_user');
command_ok([ 'demo/load.sh' ], 'the demo data loads');

my $levels = 0;
my $refused = 0;
my %expected;
foreach my $level ('scalar', 'avx2', 'avx512', 'neon', 'auto')
{
	my ($ret, $out, $err) = $node->psql('postgres',
		"\\set VERBOSITY verbose\nLOAD 'trellis';\nSET trellis.simd = $level;",
		on_error_stop => 1);
	if ($ret != 0)
	{
		$refused++;
		like($err, qr/22023: this machine cannot run SIMD level "$level"/,
			"$level: refused, with its SQLSTATE");
		like($err, qr/DETAIL:  The best level it has is/, "$level: and a detail");
		next;
	}
	$levels++;
	foreach my $op ('<=>', '<->', '<#>', '<+>')
	{
		my $answer = $node->safe_psql(
			'postgres', qq{
			SET trellis.simd = $level;
			SELECT q.id, string_agg(t.key, ' ' ORDER BY rank)
			  FROM question q,
			       LATERAL (SELECT c.key, row_number() OVER (ORDER BY c.embedding $op q.embedding, c.key) AS rank
			                  FROM chunk c ORDER BY rank LIMIT 10) t
			 WHERE q.id < 100
			 GROUP BY q.id ORDER BY q.id});
		$expected{$op} //= $answer;
		is($answer, $expected{$op}, "$level: top-10 by $op");
	}
}
# no machine has both AVX2 and NEON
cmp_ok($refused, '>=', 1, 'a level that the machine lacks is an error');
cmp_ok($levels, '>=', 2, 'more than the scalar level ran');
my @rows = split /\n/, $expected{'<=>'};
is(scalar(@rows), 100, 'each question has its answer');
like($expected{'<=>'}, qr/^1\|deb:6640:0 deb:7509:0 deb:1735:1 /m,
	'the nearest of a question are those computed outside');

$node->stop;
done_testing();
