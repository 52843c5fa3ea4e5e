# Recall of ivf indexes of sparsevec with no option set, on the demo's texts as
# vectors of their words, weighted as BM25 does; and after the table has changed.
#
# Queries are texts that the table does not hold, and the few words of their
# titles. DATA=folder takes the folder's documents.tsv.xz, which may be larger.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TrellisDemo;

# Of every so many documents one is a query; queries that are asked.
my $each = 40;
my $asked = 150;

# At least this on average: with so few queries two standard errors less than
# trellis.target_recall. Queries that differ from all rows as titles do from
# texts, and by Euclidean distance have no neighbours but short texts, may miss
# more where lists were calibrated by rows.
my %least = (text => 0.94, title => 0.92);

my $file = ($ENV{DATA} ? $ENV{DATA} : 'test/data') . '/documents.tsv.xz';
plan skip_all => "there is no $file" unless -f $file;

my $node = demo_node('sparse');
$node->append_conf('postgresql.conf', "autovacuum = off\nlog_statement = none\nmaintenance_work_mem = '256MB'\nmax_parallel_workers_per_gather = 0");
$node->restart;

sub sql { return $node->safe_psql('postgres', $_[0]); }

# words of the texts: columns synopsis and description are the last two
my (@texts, @titles);
open(my $in, '-|', 'xz', '-dc', $file) or die "xz: $!";
<$in>;
while (my $line = <$in>)
{
	chomp $line;
	my @columns = split /\t/, lc $line;
	$columns[-1] =~ s/\\n/ /g;
	push @titles, [ $columns[-2] =~ /[a-z0-9]+/g ];
	push @texts, [ map { /[a-z0-9]+/g } @columns[ -2, -1 ] ];
}
close($in) or die "xz: $?";
my (%in_texts, %place, $words);
foreach my $text (@texts)
{
	my %once = map { $_ => 1 } @$text;
	$in_texts{$_}++ foreach keys %once;
	$words += @$text;
}
@place{ sort keys %in_texts } = 1 .. keys %in_texts;
my $dims = keys %place;
my $average = $words / @texts;

sub vector
{
	my ($weights) = @_;
	return '{' . join(',', map { sprintf '%d:%.5g', $place{$_}, $weights->{$_} } sort { $place{$a} <=> $place{$b} } keys %$weights) . "}/$dims";
}

sub bm25
{
	my ($text) = @_;
	my %count;
	$count{$_}++ foreach @$text;
	foreach my $word (keys %count)
	{
		my $rare = log(1 + (@texts - $in_texts{$word} + 0.5) / ($in_texts{$word} + 0.5));
		$count{$word} = $rare * $count{$word} * 2.2 / ($count{$word} + 1.2 * (0.25 + 0.75 * @$text / $average));
	}
	return \%count;
}

my $folder = $node->basedir;
open(my $docs, '>', "$folder/docs") or die;
open(my $queries, '>', "$folder/queries") or die;
foreach my $i (0 .. $#texts)
{
	my %title = map { $_ => 1 } @{ $titles[$i] };
	my $text = vector(bm25($texts[$i]));
	if ($i % $each == 0)
	{
		print $queries "$i\ttext\t$text\n$i\ttitle\t", vector(\%title), "\n";
	}
	else
	{
		print $docs "$i\t$text\n";
	}
}
close($docs);
close($queries);

sql(qq{
	CREATE EXTENSION trellis;
	CREATE TABLE docs (id int, v sparsevec($dims));
	CREATE TABLE queries (id int, kind text, v sparsevec($dims));
	\\copy docs FROM '$folder/docs'
	\\copy queries FROM '$folder/queries'
	DELETE FROM queries WHERE NOT l2_norm(v) > 0;
	VACUUM ANALYZE docs;
});
cmp_ok($dims, '>', 5000, "$dims words in " . @texts . ' texts');

# How much of what comes first is as near as the tenth row is.
sql(q{
	CREATE FUNCTION recall(kind text, operator text, asked int) RETURNS numeric LANGUAGE plpgsql AS $$
	DECLARE
		query record; tenth float8; hits int; total int := 0; answers int := 0;
	BEGIN
		SET LOCAL enable_sort = off;
		FOR query IN SELECT v FROM queries q WHERE q.kind = recall.kind ORDER BY id LIMIT asked LOOP
			SET LOCAL enable_indexscan = off;
			SET LOCAL enable_seqscan = on;
			EXECUTE format('SELECT v %s $1 FROM docs ORDER BY 1 OFFSET 9 LIMIT 1', operator) INTO tenth USING query.v;
			SET LOCAL enable_indexscan = on;
			SET LOCAL enable_seqscan = off;
			EXECUTE format('SELECT count(*) FILTER (WHERE d <= $2) FROM (SELECT v %1$s $1 AS d FROM docs ORDER BY v %1$s $1 LIMIT 10) o', operator)
				INTO hits USING query.v, tenth;
			total := total + hits;
			answers := answers + 1;
		END LOOP;
		RETURN round(total / (10.0 * answers), 3);
	END $$;
});

my @classes = ([ 'sparsevec_cosine_ops', '<=>', 'text', 'title' ], [ 'sparsevec_ip_ops', '<#>', 'text', 'title' ], [ 'sparsevec_l2_ops', '<->', 'text' ]);

sub check_recalls
{
	my ($when) = @_;
	foreach my $class (@classes)
	{
		my ($name, $operator, @kinds) = @$class;
		foreach my $kind (@kinds)
		{
			my $recall = sql("SELECT recall('$kind', '$operator', $asked)");
			cmp_ok($recall, '>=', $least{$kind}, "$when, $name, queries like a $kind: recall $recall");
		}
		is(sql("SELECT trellis.ivf_check('$name') = (SELECT count(*) FROM docs)"), 't', "$when, $name: the index is sound");
	}
	return;
}

sql("CREATE INDEX $_->[0] ON docs USING ivf (v $_->[0])") foreach @classes;
check_recalls('built');
cmp_ok(sql(q{SELECT min(idx_scan) FROM pg_stat_user_indexes WHERE relname = 'docs'}), '>=', $asked, 'by the indexes');
like(sql("EXPLAIN SELECT id FROM docs ORDER BY v <=> (SELECT v FROM queries LIMIT 1) LIMIT 10"), qr/Index: sparsevec_cosine_ops/, 'which the planner takes');

# a greater share of misses is made up for by more lists and wider bounds
my $high = $node->safe_psql('postgres', "SELECT recall('title', '<=>', $asked)", extra_params => [], connstr => $node->connstr('postgres') . " options='-c trellis.target_recall=0.99'");
cmp_ok($high, '>=', 0.97, "trellis.target_recall = 0.99, queries like a title: recall $high");

# most rows go and come again
sql(q{
	CREATE TABLE again AS SELECT * FROM docs WHERE id % 4 <> 0;
	DELETE FROM docs WHERE id % 4 <> 0;
	VACUUM docs;
	INSERT INTO docs SELECT * FROM again ORDER BY id % 1000, id;
	VACUUM docs;
});
check_recalls('replaced');

# from an empty table
sql(q{
	TRUNCATE docs;
	INSERT INTO docs SELECT * FROM again;
	VACUUM docs;
});
check_recalls('grown');
$node->stop;

done_testing();
