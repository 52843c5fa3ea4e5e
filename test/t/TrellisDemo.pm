# TrellisDemo - what the tests on the demo's data share: loading, questions,
# principals

package TrellisDemo;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(demo_node demo_load demo_queries demo_answer demo_token
  %principals);

# name => [sub, act, labels that the two of them hold in common]
our %principals = (
	alice => [ 'alice', undef, [qw(public ops security)] ],
	bob => [ 'bob', undef, [qw(public research)] ],
	scout => [ 'alice', 'scout', ['public'] ]);

# A started server with nothing in it.
sub demo_node
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf',
		"fsync = off\njit = off\nshared_buffers = 256MB");
	$node->start;
	return $node;
}

# Loads the demo's data into a database, up to the named files.
sub demo_load
{
	my ($node, $db, @files) = @_;
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = $db;
	local $ENV{PGUSER} = $node->safe_psql('postgres', 'SELECT current_user');
	command_ok(['demo/load.sh'], 'the demo data loads');
	local $ENV{PGOPTIONS} = '-c search_path=kb,public';
	command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', "demo/$_" ],
		"$_ runs")
	  foreach @files;
	return;
}

# The demo's questions, by name, with ids filled in: [name, statement].
sub demo_queries
{
	my (@questions) = @_;
	my @queries;
	foreach my $file (qw(nearest grouped graph rank path ways))
	{
		my $text = slurp_file("demo/query_$file.sql");
		foreach my $question ($text !~ /:question/ ? (0) : @questions)
		{
			(my $query = $text) =~ s/:question/$question/g;
			push @queries, [ "$file $question", $query ];
		}
	}
	return @queries;
}

# A token for a principal, signed in the database that it is for.
sub demo_token
{
	my ($node, $db, $who) = @_;
	my ($sub, $act) = @{ $principals{$who} };
	my $claims = qq('{"sub": "$sub") . ($act ? qq(, "act": "$act") : '') . qq(}');
	return $node->safe_psql($db, "SELECT trellis.sign($claims)");
}

# Rows of all queries, one text; with a token as the role app, else as the
# superuser in the given schema.
sub demo_answer
{
	my ($node, $db, $queries, %how) = @_;
	my $path = $how{schema} // 'kb';
	my $script = "SET client_min_messages = warning;\nSET search_path = $path, public;\n";
	my @extra;

	if ($how{token})
	{
		$script .= "BEGIN;\nSELECT trellis.login('$how{token}') AS ignored \\gset\n";
		@extra = (extra_params => [ '-U', 'app' ]);
	}
	foreach my $query (@$queries)
	{
		$script .= "\\echo -- $query->[0]\n$query->[1]\n";
	}
	$script .= "COMMIT;\n" if $how{token};
	return $node->safe_psql($db, $script, @extra);
}

1;
