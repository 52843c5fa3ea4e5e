# Components, PageRank and communities beside igraph's, on random graphs and
# on the demo's, and with DATA set on all of Debian's: components are the same,
# ranks within 1e-7, modularity is igraph's for our communities and at most 2 %
# below that of its own. Skipped where Debian's python3-igraph is missing.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $python = '/usr/bin/python3';
plan skip_all => 'python3-igraph is not installed'
	unless -x $python && system($python, '-c', 'import igraph') == 0;

my $node = PostgreSQL::Test::Cluster->new('igraph');
$node->init;
$node->append_conf('postgresql.conf', "work_mem = 256MB\nautovacuum = off\nfsync = off\njit = off\nlog_statement = none");
$node->start;
sub sql { return $node->safe_psql('postgres', $_[0]); }

# weights are small integers: sums of them are the same in any order
sql(q{
	CREATE EXTENSION trellis;
	CREATE TABLE e (rel text, src bigint, dst bigint, weight float8);
	INSERT INTO e SELECT 'random ' || g, s, (CASE WHEN i % 3 = 0 THEN s - s % 10 ELSE 0 END
			+ abs(hashint4(i * 7 + g * 1000003 + 1)::bigint) % CASE WHEN i % 3 = 0 THEN 10 ELSE n END), 1 + i % 4
		FROM (SELECT g, 20 * g * g AS n, 20 * g * g * (1 + g % 3) AS edges FROM generate_series(1, 12) g) x,
			generate_series(1, edges) i, LATERAL (SELECT abs(hashint4(i * 31 + g * 1000003)::bigint) % n AS s) y;
	INSERT INTO e SELECT 'ring of cliques', 10 * c + a, 10 * c + b, 1 FROM generate_series(0, 49) c, generate_series(0, 5) a, generate_series(0, 5) b WHERE a < b;
	INSERT INTO e SELECT 'ring of cliques', 10 * c, 10 * ((c + 1) % 50) + 1, 1 FROM generate_series(0, 49) c;
	CREATE TABLE raw (src bigint, rel text, dst bigint, con text, alt text);
});
my $base = $node->basedir;

# The edges of a compressed file, as COPY reads them.
sub unpacked
{
	my ($file, $to) = @_;
	system_or_bail('bash', '-c', "xz -dc '$file' >'$to'");
	return $to;
}
my $demo = unpacked('test/data/edges.tsv.xz', "$base/demo.tsv");
sql(qq{
	\\copy raw FROM '$demo' (FORMAT csv, DELIMITER E'\\t', QUOTE E'\\x01', HEADER)
	INSERT INTO e SELECT 'demo', src, dst, length(rel) FROM raw;
});
my $all = ($ENV{DATA} // '') . '/debian/edges.tsv.xz';
if ($ENV{DATA} && -e $all)
{
	$all = unpacked($all, "$base/debian.tsv");
	sql(qq{
		CREATE TABLE names (src text, rel text, dst text, src_id text, dst_id text, con text, alt text);
		\\copy names FROM '$all' (FORMAT csv, DELIMITER E'\\t', QUOTE E'\\x01', HEADER)
		CREATE TABLE number AS SELECT name, row_number() OVER (ORDER BY name COLLATE "C") AS id
			FROM (SELECT src AS name FROM names UNION SELECT dst FROM names) n;
		ANALYZE number;
		INSERT INTO e SELECT DISTINCT 'Debian ' || rel, s.id, d.id, 1 FROM names
			JOIN number s ON s.name = src JOIN number d ON d.name = dst WHERE rel NOT IN ('built-from', 'built-using');
		UPDATE e SET rel = 'Debian' WHERE rel LIKE 'Debian %';
	});
}
sql(q{
	DELETE FROM e WHERE src = dst;
	CREATE INDEX ON e (rel);
	VACUUM ANALYZE e;
	CREATE TABLE graph AS SELECT rel, count(*) AS edges FROM e GROUP BY 1;
	CREATE TABLE ours (rel text, what text, node bigint, value float8);
	CREATE TABLE seconds (rel text, what text, s float8);
	CREATE FUNCTION run(what text, query text) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		g record;
		t0 timestamptz;
	BEGIN
		FOR g IN SELECT rel FROM graph LOOP
			t0 := clock_timestamp();
			EXECUTE format('INSERT INTO ours SELECT %L, %L, node_id, %s, rels => ARRAY[%1$L]) r', g.rel, what, query);
			INSERT INTO seconds VALUES (g.rel, what, extract(epoch FROM clock_timestamp() - t0));
		END LOOP;
	END $$;
	SELECT run('weak', $$component FROM trellis.components('e'$$),
		run('strong', $$component FROM trellis.components('e', 'strong'$$),
		run('rank', $$score FROM trellis.pagerank('e', weighted => false$$),
		run('weighted rank', $$score FROM trellis.pagerank('e'$$),
		run('community', $$community FROM trellis.communities('e'$$),
		run('labels', $$community FROM trellis.label_propagation('e'$$);
});
sql(qq{
	\\copy (SELECT rel, src, dst, weight FROM e) TO '$base/edges'
	\\copy (SELECT rel, node, value FROM ours WHERE what = 'community') TO '$base/communities'
});
system_or_bail('bash', '-c', "$python test/t/kg_igraph.py $base/edges $base/communities >$base/igraph");
sql(qq{
	CREATE TABLE igraph (rel text, what text, node bigint, value float8);
	\\copy igraph FROM '$base/igraph' (NULL '')
	CREATE TABLE modularity AS SELECT rel, max(modularity) AS value FROM graph,
		LATERAL trellis.communities('e', rels => ARRAY[rel], max_levels => 1) GROUP BY 1;
	ANALYZE ours; ANALYZE igraph;
});

my $graphs = sql('SELECT count(*) FROM graph');
cmp_ok($graphs, '>=', 14, "$graphs graphs, " . sql('SELECT sum(edges) FROM graph') . ' edges');
for my $mode ('weak', 'strong')
{
	is(sql(qq{
		SELECT count(*) FROM
			(SELECT rel, node, min(node) OVER (PARTITION BY rel, value) AS first FROM ours WHERE what = '$mode') o
			FULL JOIN (SELECT rel, node, min(node) OVER (PARTITION BY rel, value) AS first FROM igraph WHERE what = '$mode') i USING (rel, node)
			WHERE o.first IS DISTINCT FROM i.first}),
		0, "$mode components are igraph's");
}
for my $what ('rank', 'weighted rank')
{
	my $nodes = sql("SELECT count(*) FROM igraph WHERE what = '$what'");
	is(sql(qq{
		SELECT count(*) FROM ours o JOIN igraph i USING (rel, what, node)
			WHERE what = '$what' AND abs(o.value - i.value) < 1e-7}),
		$nodes, "$what of $nodes nodes within 1e-7 of igraph's");
}
is(sql(q{SELECT coalesce(string_agg(rel, ', '), '') FROM modularity m JOIN igraph i USING (rel) WHERE i.what = 'given' AND abs(m.value - i.value) > 1e-9}),
	'', 'modularity is what igraph says of our communities');
is(sql(q{SELECT coalesce(string_agg(rel || ': ' || m.value || ' < ' || i.value, ', '), '') FROM modularity m JOIN igraph i USING (rel) WHERE i.what = 'modularity' AND m.value < 0.98 * i.value}),
	'', "modularity is at most 2 % below igraph's best of a few seeds");
note(sql(q{
	SELECT string_agg(format('%s: modularity %s, igraph %s', rel, round(m.value::numeric, 4), round(i.value::numeric, 4)), E'\n' ORDER BY rel)
	FROM modularity m JOIN igraph i USING (rel) WHERE what = 'modularity'}));
note(sql(q{
	SELECT string_agg(format('%s, %s edges, %s: %s ms, igraph %s ms', s.rel, edges, s.what, round((1000 * s.s)::numeric), round((1000 * i.value)::numeric)), E'\n' ORDER BY s.rel, s.what)
	FROM seconds s JOIN graph g ON g.rel = s.rel LEFT JOIN igraph i ON i.rel = s.rel AND i.what = CASE s.what WHEN 'community' THEN 'modularity' ELSE s.what END || ' s'
	WHERE edges > 50000}));

$node->stop;
done_testing();
