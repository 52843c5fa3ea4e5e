# Graph functions beside igraph: distances, components, degrees, PageRank,
# personalised PageRank, numbers and costs of paths, modularity, on random
# graphs and, with DATA set, on the Debian package graph.
#
# igraph knows no self-loops in some of these as trellis does, so that there
# are none; parallel edges are separate edges to both. Skipped where python3
# has no igraph. GRAPHS=number (30), ORACLE_SEED=number (1).

use strict;
use warnings;
use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($python) = grep { system("$_ -c 'import igraph' 2>/dev/null") == 0 } qw(python3 /usr/bin/python3);
plan skip_all => 'python3 has no igraph' if !$python;
my $seed = $ENV{ORACLE_SEED} || 1;
my $count = $ENV{GRAPHS} || 30;
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('igraph');
$node->init;
$node->append_conf('postgresql.conf', q{
fsync = off
jit = off
autovacuum = off
log_statement = none
shared_buffers = 256MB
work_mem = 128MB
client_min_messages = error
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION trellis;
	CREATE TABLE reference (graph text, figure text, a bigint, b bigint, value float8);
	CREATE TABLE asked (graph text, what text, a bigint, b float8);
});
my %here = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q{SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'trellis'::regnamespace});

# ---- graphs ----

my $folder = $node->basedir;
my @graphs;
open(my $to_python, '>', "$folder/graphs") or die "$folder/graphs: $!";

sub psql_file
{
	my ($file) = @_;
	my ($output, $errors);
	IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$output, '2>', \$errors)
	  or die "$file: $errors";
	return $output;
}

# Loads a graph into tables, and tells python of it.
sub add_graph
{
	my ($name, $nodes, $edges, $asked) = @_;
	push @graphs, $name;
	my @asked = map { my ($what, @of) = @$_; join("\t", $what, @of) } @$asked;
	open(my $sql, '>', "$folder/load.sql") or die "$folder/load.sql: $!";
	print $sql "CREATE TABLE node_$name (node_id bigint PRIMARY KEY);\n",
	  "CREATE TABLE edge_$name (edge_id bigint, src bigint, dst bigint, weight float8);\n",
	  "COPY node_$name FROM STDIN;\n", map({ "$_\n" } @$nodes), "\\.\nCOPY edge_$name FROM STDIN;\n",
	  map({ join("\t", $_ + 1, @{ $edges->[$_] }) . "\n" } 0 .. $#$edges), "\\.\n",
	  "CREATE INDEX ON edge_$name (src); CREATE INDEX ON edge_$name (dst); VACUUM ANALYZE edge_$name;\n",
	  "SELECT FROM trellis.register_edges('edge_$name', 'src', 'dst', weight => 'weight', edge_id => 'edge_id', nodes => 'node_$name');\n",
	  "COPY asked FROM STDIN;\n", map({ join("\t", $name, @{$_}[0, 1], $_->[2] // 0) . "\n" } @$asked), "\\.\n";
	close($sql);
	psql_file("$folder/load.sql");
	print $to_python "graph\t$name\n", map({ "node\t$_\n" } @$nodes), map({ join("\t", 'edge', @$_) . "\n" } @$edges), map({ "$_\n" } @asked), "end\n";
	return;
}

sub any { return $_[ int(rand(@_)) ]; }

# Seeds weigh 1, 2, 3: as decimals for python to tell them from ids.
sub questions
{
	my ($sources, $pairs, @of) = @_;
	my %seeds = map { any(@of) => 1 } 1 .. 3;
	my $weight = 0;
	return [ (map { [ 'source', $_ ] } @of[ 0 .. $sources - 1 ]), (map { [ 'pair', any(@of), any(@of) ] } 1 .. $pairs),
		map { [ 'seed', $_, ++$weight . '.0' ] } sort { $a <=> $b } keys %seeds ];
}

foreach my $number (1 .. $count)
{
	my $n = 5 + int(rand(60));
	my @nodes = map { $_ * 3 } 1 .. $n;
	my @edges;
	my $hub = any(@nodes);
	foreach (1 .. $n * (0.5 + rand(3)))
	{
		my ($s, $d) = (any(@nodes), rand() < 0.1 ? $hub : any(@nodes));
		push @edges, [ $s, $d, any(0.5, 1, 1, 2, 3, 5.25) ] if $s != $d;
	}
	push @edges, [ @{ $edges[0] }[0, 1], 4 ] if @edges;
	add_graph("r$number", \@nodes, \@edges, questions(3, 6, @nodes));
}

sub debian
{
	my $path = "$ENV{DATA}/debian/edges.tsv";
	open(my $tsv, -e $path ? $path : "xz -dc $path.xz |") or die "$path: $!";
	my ($n, %id, @edges) = (0);
	<$tsv>;
	while (<$tsv>)
	{
		my ($src, $rel, $dst) = split /\t/;
		my ($s, $d) = map { $id{$_} //= ++$n } $src, $dst;
		push @edges, [ $s, $d, length($rel) ] if $rel !~ /^built-/ && $s != $d;
	}
	my @nodes = (1 .. $n);
	return ('debian', \@nodes, \@edges, questions(2, 4, map { $edges[ $_ * 1000 ][0] } 0 .. 99));
}
SKIP:
{
	skip 'DATA names no folder with the set debian', 1 if !$ENV{DATA} || !glob("$ENV{DATA}/debian/edges.tsv*");
	add_graph(debian());
	pass('the Debian graph is loaded');
}
close($to_python);
system("$python $FindBin::RealBin/kg_figures.py < $folder/graphs > $folder/reference") == 0 or die 'igraph failed';
open(my $copy, '>', "$folder/copy.sql") or die "$folder/copy.sql: $!";
print $copy "\\copy reference FROM '$folder/reference'\nCREATE INDEX ON reference (graph, figure); ANALYZE reference;\n";
close($copy);
psql_file("$folder/copy.sql");

# ---- what is compared ----

# figure, function, query for a, b, value (%G: the graph), tolerance
my $sources = q{(SELECT array_agg(DISTINCT a) FROM asked WHERE graph = '%G' AND what = 'source')};
my $pairs = q{(SELECT DISTINCT a AS source, b::bigint AS target FROM asked WHERE graph = '%G' AND what = 'pair') p};
my $seeds = q{(SELECT array_agg(a ORDER BY a) FROM asked WHERE graph = '%G' AND what = 'seed'), (SELECT array_agg(b ORDER BY a) FROM asked WHERE graph = '%G' AND what = 'seed')};
my @checks;
foreach my $mode (qw(out in all))
{
	my $direction = $mode eq 'all' ? 'both' : $mode;
	push @checks,
	  [ "distance $mode", 'distances', "SELECT source_id, target_id, hops FROM trellis.distances('edge_%G', $sources, direction => '$direction', max_nodes => NULL)", 0 ],
	  [ "distance $mode", 'expand', "SELECT s, node_id, depth FROM unnest($sources) s, trellis.expand('edge_%G', ARRAY[s], NULL, direction => '$direction', max_fanout => NULL, max_nodes => NULL)", 0 ],
	  [ "weighted distance $mode", 'distances', "SELECT source_id, target_id, distance FROM trellis.distances('edge_%G', $sources, weighted => true, direction => '$direction', max_nodes => NULL)", 1e-9 ];
	next if $mode eq 'in';
	push @checks,
	  [ "shortest paths $mode", 'all_shortest_paths', "SELECT source, target, (SELECT nullif(count(DISTINCT path_id), 0) FROM trellis.all_shortest_paths('edge_%G', source, target, direction => '$direction', max_paths => NULL)) FROM $pairs", 0 ],
	  [ "weighted shortest paths $mode", 'all_shortest_paths', "SELECT source, target, (SELECT nullif(count(DISTINCT path_id), 0) FROM trellis.all_shortest_paths('edge_%G', source, target, weighted => true, direction => '$direction', max_paths => NULL)) FROM $pairs", 0 ];
	next if $mode eq 'all';
	push @checks,
	  [ 'simple paths', 'paths', "SELECT source, target, (SELECT nullif(count(DISTINCT node_ids), 0) FROM trellis.paths('edge_%G', ARRAY[source], ARRAY[target], 'acyclic', 1, 3, direction => 'out', max_paths => NULL)) FROM $pairs WHERE source <> target", 0 ],
	  [ 'k shortest paths', 'k_shortest_paths', "SELECT source * 1000000 + target, path_id, max(agg_cost) FROM $pairs, trellis.k_shortest_paths('edge_%G', source, target, 8, weighted => true, direction => 'out') WHERE source <> target GROUP BY 1, 2", 1e-9 ];
}

# a single shortest path is as long as the distance
foreach my $weighted ('', 'weighted ')
{
	push @checks, [ "${weighted}distance out", 'shortest_path', "SELECT r.a, r.b, (SELECT max(agg_cost) FROM trellis.shortest_path('edge_%G', r.a, r.b, " . ($weighted ? 'true' : 'false') . ", direction => 'out', max_nodes => NULL))
		FROM reference r WHERE graph = '%G' AND figure = '${weighted}distance out' AND (r.a * 7 + r.b) % %P = 0", 1e-9, '(a * 7 + b) % %P = 0' ];
	my $how = $weighted ? 'true' : 'false';
	foreach my $direction (qw(out both))
	{
		push @checks, [ "${weighted}pagerank $direction", 'pagerank', "SELECT node_id, 0, score FROM trellis.pagerank('edge_%G', tolerance => 1e-12, max_iterations => 1000, weighted => $how, direction => '$direction')", 1e-7 ],
		  [ "${weighted}ppr $direction", 'ppr', "SELECT node_id, 0, score FROM trellis.ppr('edge_%G', $seeds, eps => 1e-10, weighted => $how, direction => '$direction', max_results => NULL, max_nodes => NULL)", 1e-6 ];
	}
}
push @checks,
  (map { [ "$_ component", 'components', "SELECT node_id, min(node_id) OVER (PARTITION BY component), size FROM trellis.components('edge_%G', '$_')", 0 ] } qw(weak strong)),
  (map { [ "$_ degree", 'degree', "SELECT node_id, 0, ${_}_degree FROM trellis.degree('edge_%G', NULL::bigint[])", 0 ] } qw(out in)),
  [ 'strength', 'degree', "SELECT node_id, 0, strength FROM trellis.degree('edge_%G', NULL::bigint[])", 1e-9 ];

# How many rows there are, how many differ, and some of those. What is absent
# is 0 to a rank, else no possible value.
sub differences
{
	my ($graph, $figure, $query, $tolerance, $part) = @_;
	my $absent = $figure =~ /ppr/ ? 0 : -1;
	my $sql = qq{
		WITH ours AS MATERIALIZED (SELECT a, b, value FROM ($query) q(a, b, value) WHERE value IS NOT NULL),
		theirs AS (SELECT a, b, value FROM reference WHERE graph = '%G' AND figure = '$figure' AND } . ($part // 'true') . qq{),
		bad AS (SELECT a, b, o.value AS ours, t.value AS theirs FROM ours o FULL JOIN theirs t USING (a, b)
		  WHERE NOT abs(coalesce(o.value, $absent) - coalesce(t.value, $absent)) <= $tolerance * greatest(1, abs(t.value)))
		SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM bad), (SELECT string_agg(bad::text, ' ') FROM (SELECT * FROM bad ORDER BY a, b LIMIT 3) bad)};
	$sql =~ s/%G/$graph/g;
	$sql =~ s/%P/$graph eq 'debian' ? 1000 : 3/ge;
	return split /\|/, $node->safe_psql('postgres', $sql), -1;
}

foreach my $check (@checks)
{
	my ($figure, $function, @how) = @$check;
  SKIP:
	{
		skip "no function $function here", 1 if !$here{$function};
		my ($rows, $bad) = (0, '');
		foreach my $graph (@graphs)
		{
			next if $graph eq 'debian' && $figure =~ /paths/;
			my ($some, $wrong, $text) = differences($graph, $figure, @how);
			$rows += $some;
			$bad .= "\n  $graph: $wrong of $some rows (a, b, trellis, igraph): $text" if $wrong;
		}
		is($bad, '', "$figure by $function: $rows rows as igraph has them");
		cmp_ok($rows, '>', 0, "there are such rows");
	}
}

# ---- communities: the best of three, as of igraph's ----

SKIP:
{
	skip 'no function communities here', 2 if !$here{communities};
	foreach my $weighted ('', 'weighted ')
	{
		my @short;
		my ($ours, $theirs) = (0, 0);
		foreach my $graph (@graphs)
		{
			my $how = $weighted ? 'true' : 'false';
			my ($q, $best) = split /\|/, $node->safe_psql('postgres', "SELECT (SELECT max(modularity) FROM generate_series(1, 3) s, trellis.communities('edge_$graph', weighted => $how, random_seed => s)), (SELECT value FROM reference WHERE graph = '$graph' AND figure = '${weighted}modularity')");
			$ours += $q;
			$theirs += $best;
			push @short, sprintf('%s: %.4f, igraph %.4f', $graph, $q, $best) if $q < 0.98 * $best;
		}
		is(join('; ', @short), '', sprintf('%smodularity is within 2 %% of igraph (mean %.4f, igraph %.4f)', $weighted, $ours / @graphs, $theirs / @graphs));
	}
}

$node->stop;
done_testing();
