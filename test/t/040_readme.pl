# What the README shows works when pasted, and it lists what there is.
#
# Runs its SQL blocks in their order in one session, and holds its tables of
# functions against the catalogue.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $readme = slurp_file('README.md');
my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

my @blocks = $readme =~ /^```sql\n(.*?)^```/msg;
cmp_ok(scalar(@blocks), '>=', 5, 'the README has SQL blocks');
my ($ret, $stdout, $stderr) = $node->psql('postgres', join("\n", @blocks),
	on_error_stop => 1);
is($ret, 0, 'all of them run') or diag($stderr);
like($stdout, qr/^Firewall guide\|0\.0/m, 'the nearest document comes first');
like($stdout, qr/^Onboarding\|2\|cites\|/m, 'the graph is walked two steps');
like($stdout, qr/^ann$/m, 'login says who it is');
unlike($stdout, qr/^3\|Payroll 2026$/m, 'the governed query hides payroll');
like($stdout, qr/^0$/m, 'the identity ends with the transaction');

# every function of schema trellis, and every one on vectors, is named
my @functions = split /\n/, $node->safe_psql('postgres', q{
	SELECT DISTINCT p.proname
	  FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass
	 WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'trellis')
	   AND p.prorettype NOT IN ('trigger'::regtype, 'cstring'::regtype)
	   AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) t
	                    WHERE t IN ('internal'::regtype, 'cstring'::regtype, 'cstring[]'::regtype))
	   AND obj_description(p.oid, 'pg_proc') !~ '^internal: '
	   AND p.proname !~ '^(vector|halfvec|sparsevec)_(lt|le|eq|ne|ge|gt|cmp|hash|hash_extended|smaller|larger|send|accum|combine|avg)$'
	 ORDER BY 1});
my @missing = grep { $readme !~ /`(?:trellis\.)?\Q$_\E[(`]/ } @functions;
is_deeply(\@missing, [], 'the README names every function');

# and everything has a comment
is($node->safe_psql('postgres', q{
	SELECT string_agg(pg_describe_object(d.classid, d.objid, 0), ', ')
	  FROM pg_depend d
	 WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'trellis')
	   AND d.deptype = 'e'
	   AND d.classid IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass,
	                     'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_cast'::regclass,
	                     'pg_namespace'::regclass)
	   AND NOT EXISTS (SELECT FROM pg_type t WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid
	                    AND (t.typcategory = 'A' OR t.typtype = 'c'))
	   AND obj_description(d.objid, d.classid::regclass::name) IS NULL}),
	'', 'every object has a comment');

$node->stop;
done_testing();
