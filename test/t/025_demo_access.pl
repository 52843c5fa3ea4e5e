# Under row-level security every answer equals the same query on a copy of
# the tables that holds only the rows that the principal may see.
#
# Three principals times the demo's queries. The copies are made by a second
# evaluation of the label expressions, in SQL, that shares no code with
# can_read(); they are plain tables without policies, asked by the superuser.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TrellisDemo;

my $db = 'postgres';
my $node = demo_node('access');
demo_load($node, $db, 'graph.sql', 'access.sql');

$node->safe_psql($db, q{
CREATE FUNCTION holds(expression text, held text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  word text;
  condition text := replace(replace(expression, '&', ' AND '), '|', ' OR ');
  result boolean;
BEGIN
  FOR word IN SELECT DISTINCT m[1] FROM regexp_matches(expression, '[a-z]+', 'g') m LOOP
    condition := regexp_replace(condition, '\m' || word || '\M', (word = ANY (held))::text, 'g');
  END LOOP;
  EXECUTE 'SELECT ' || condition INTO result;
  RETURN result;
END $$;
CREATE FUNCTION visible_labels(held text[]) RETURNS int[] LANGUAGE sql AS $$
  SELECT coalesce(array_agg(id), '{}') FROM trellis.label_expr WHERE holds(trellis.label_name(id), held);
$$;
});

# A schema with the rows that a holder of these labels may see.
sub make_copy
{
	my ($schema, @held) = @_;
	my $held = join ',', map { "'$_'" } @held;
	$node->safe_psql($db, qq{
SELECT trellis.create_graph('$schema');
CREATE TEMP TABLE mine AS SELECT unnest(visible_labels(ARRAY[$held])) AS access_label;
CREATE TABLE $schema.package (LIKE public.package INCLUDING INDEXES);
INSERT INTO $schema.package SELECT t.* FROM public.package t JOIN mine USING (access_label);
CREATE TABLE $schema.chunk (LIKE public.chunk INCLUDING INDEXES);
INSERT INTO $schema.chunk SELECT t.* FROM public.chunk t JOIN mine USING (access_label);
INSERT INTO $schema.rel_type OVERRIDING SYSTEM VALUE SELECT * FROM kb.rel_type;
ALTER TABLE $schema.node ADD access_label int;
INSERT INTO $schema.node OVERRIDING SYSTEM VALUE
  SELECT * FROM kb.node WHERE access_label IN (SELECT access_label FROM mine);
ALTER TABLE $schema.edge ADD access_label int;
INSERT INTO $schema.edge OVERRIDING SYSTEM VALUE
  SELECT * FROM kb.edge WHERE access_label IN (SELECT access_label FROM mine);
ANALYZE $schema.package, $schema.chunk, $schema.node, $schema.edge;
});
	return;
}

my @queries = demo_queries(0 .. 11);
my %seen;
foreach my $who (sort keys %principals)
{
	make_copy("copy_$who", @{ $principals{$who}->[2] });
	my $token = demo_token($node, $db, $who);
	foreach my $query (@queries)
	{
		my $governed = demo_answer($node, $db, [$query], token => $token);
		my $copied = demo_answer($node, $db, [$query], schema => "copy_$who");
		is($governed, $copied, "$who: $query->[0]");
		$seen{$query->[0]}{$governed}++;
	}
	foreach my $table (qw(package chunk node edge))
	{
		my $count = ["count of $table", "SELECT count(*) FROM $table;"];
		is(demo_answer($node, $db, [$count], token => $token),
			demo_answer($node, $db, [$count], schema => "copy_$who"),
			"$who: count of $table");
	}
}

# the comparison above must not have passed because everybody sees the same
my $different = grep { keys %{ $seen{$_} } > 1 } keys %seen;
cmp_ok($different, '>', @queries / 2, 'principals get different answers');

# nobody: no token, no rows
is($node->safe_psql($db, 'SELECT count(*) FROM package', extra_params => [ '-U', 'app' ]),
	'0', 'without a token no row is seen');

# a loader: COPY FROM is refused under row-level security
my ($ret, $out, $err) = $node->psql($db, q{
	GRANT INSERT ON package TO app;
	SET ROLE app;
	COPY package FROM STDIN;
}, on_error_stop => 1);
isnt($ret, 0, 'COPY FROM a protected table is refused');
like($err, qr/COPY FROM not supported with row-level security/, 'and says why');

$node->stop;
done_testing();
