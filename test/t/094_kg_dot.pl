# What graph_dot writes, Graphviz reads: names, kinds and relations that hold
# its own signs come out in the picture as they are.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no Graphviz here (dot)'
  if system('command -v dot >/dev/null 2>&1') != 0;

my $node = PostgreSQL::Test::Cluster->new('dot');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION trellis');

# The picture of a query's text.  dot warns of what it does not understand.
sub draw
{
	my ($query) = @_;
	my $text = $node->safe_psql('postgres', $query);
	my ($in, $out, $err) = ($text, '', '');
	my $ok = IPC::Run::run([ 'dot', '-Tsvg' ], '<', \$in, '>', \$out, '2>', \$err);
	ok($ok, 'dot reads it');
	is($err, '', 'without a warning');
	return $out;
}

# What stands in a picture, entities taken away.
sub labels
{
	my ($svg) = @_;
	my @labels = $svg =~ /<text[^>]*>(.*?)<\/text>/g;
	foreach (@labels)
	{
		s/&#160;/ /g;
		s/&#(\d+);/chr($1)/ge;
		s/&lt;/</g;
		s/&gt;/>/g;
		s/&quot;/"/g;
		s/&amp;/&/g;
	}
	return @labels;
}

my @names = (
	'quote " \\" end', 'back\\slash \\N \\G \\L \\n', '<b>bold</b>', '<<html>>',
	'&lt; &amp; &#38; &', '"]; evil [label="', '// no comment', '/* none */',
	'semicolon; {brace} [bracket]', 'a -> b', '# hash', '+ plus', '%3', '\'single\'',
	'\\', '"', 'end\\');
my @values = map { my $name = $_; $name =~ s/'/''/g; "('$name')" } @names;
$node->safe_psql(
	'postgres', qq{
	CREATE TABLE name (node_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, kind text);
	INSERT INTO name (name) VALUES @{[ join(', ', @values) ]};
	UPDATE name SET kind = name;
	CREATE TABLE edge AS SELECT 1 AS src, node_id AS dst, name AS rel, node_id::float8 AS weight FROM name WHERE node_id > 1;
	SELECT trellis.register_edges('edge', 'src', 'dst', 'rel', 'weight', nodes => 'name')});
my $svg = draw("SELECT trellis.graph_dot('edge', ARRAY[1])");
my %seen;
$seen{$_}++ foreach labels($svg);
is($seen{ $names[0] }, 1, 'the seed is called as it is');
is($seen{$_}, 2, "as node and as edge: $_") foreach @names[ 1 .. $#names ];
is(() = $svg =~ /class="node"/g, scalar(@names), 'no node more');
is(() = $svg =~ /class="edge"/g, scalar(@names) - 1, 'no edge more');

# every character that a text may hold, in one name each
$node->safe_psql(
	'postgres', q{
	TRUNCATE name RESTART IDENTITY; TRUNCATE edge;
	INSERT INTO name (name) SELECT 'x' || chr(c) || 'y' FROM generate_series(1, 255) c
	  UNION ALL SELECT 'x' || chr(c) || 'y' FROM unnest(ARRAY[8232, 65533, 65534, 65535, 128512]) c;
	INSERT INTO edge SELECT 1, node_id, 'r', 1 FROM name WHERE node_id > 1});
$svg = draw("SELECT trellis.graph_dot('edge', ARRAY[1], max_fanout => NULL, max_nodes => NULL)");
is(() = $svg =~ /class="node"/g, 260, 'a node of each');
unlike($svg, qr/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xef\xbf[\xbe\xbf]/,
	'no character that XML has no place for');
$svg = draw("SELECT trellis.graph_dot('edge', '{}'::int[])");
is(() = $svg =~ /class="node"/g, 0, 'an empty picture is one');

done_testing();
