# Graph functions under row-level security beside the same calls on copies:
# random graphs, policies, roles, functions and arguments.
#
# Method: a session makes a random graph w and gives it random policies. For
# each of some roles and settings it copies what the role sees, and only that,
# to a graph of the same kind without policies. Then it calls random functions
# on both in the same role, switching between roles all the time, and once more
# on w with no policy in the way. In a second phase it changes the policies and
# what they read, and goes on; then it takes privileges away, and gives them
# back.
#
#   the same     rows, errors and notices of the protected graph and the copy
#   error 42501  of every function where SELECT has been revoked
#   power        the policies change most answers, and most answers have rows
#
# ORACLE_CASES=number (200), ORACLE_SEED=number (1): every graph depends on the
# seed and its number alone; ORACLE_ONLY=number runs one of them and prints it.
# What decides when to read the edges at once is made small for half of them.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use List::Util qw(sum0 shuffle);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TrellisGraph;

my $seed = $ENV{ORACLE_SEED} || 1;
my $count = $ENV{ORACLE_CASES} || 200;
my $only = $ENV{ORACLE_ONLY};
my $views = 3;       # roles and settings, in each of two phases
my $calls = 12;      # for each of them
my $shown = 5;       # failures that are printed
my @kinds = qw(graph tables views usual partitioned bare);

my $node = PostgreSQL::Test::Cluster->new('kg_oracle');
$node->init;
$node->append_conf('postgresql.conf', q{
fsync = off
jit = off
autovacuum = off
log_statement = none
statement_timeout = 10s
log_min_messages = fatal
extra_float_digits = 1
});
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION trellis;' . graph_helpers());

# ---- which functions there are ----

my %known = map { $_ => 1 } graph_functions();
my @here = split /\n/, $node->safe_psql('postgres', q{
	SELECT DISTINCT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
	WHERE nspname = 'trellis' AND proargnames[1] = 'edges' AND proargtypes[0] = 'regclass'::regtype ORDER BY 1});
is(join(' ', grep { !$known{$_} } @here), '', 'every function over edges is called');
my %here = map { $_ => 1 } @here;
my @absent = grep { !$here{$_} } sort keys %known;
diag('not here, not called: ' . join(' ', @absent)) if @absent;

# ---- a session ----

my %cases;    # by number: what was called, and how

sub settings_of
{
	return ("SELECT set_config('app.level', '" . int(rand(10)) . "', false), set_config('app.groups', '" . join(',', map { int(rand(4)) } 0 .. int(rand(3))) . "', false) \\gset app_\n");
}

# One call, marked on both outputs.
sub run_sql
{
	my ($number, $what, $role, $call, $schema) = @_;
	my $mark = "\@case $number $what";
	return "RESET ROLE;\n" . ($role ? "SET ROLE $role;\n" : '') . "\\echo $mark\n\\warn $mark\n" . sprintf($call, $schema) . "\n\\echo \@state :SQLSTATE\nRESET ROLE;\n";
}

sub quiet { return "\\warn \@setup\nRESET ROLE;\n$_[0]"; }

# The roles and settings of a phase, each with its copy.
sub make_views
{
	my ($world, $phase) = @_;
	my ($script, @views) = ('');
	foreach my $i (1 .. $views)
	{
		my %view = (role => (graph_roles())[ int(rand(4)) ], copy => "copy_${phase}_$i");
		($view{settings}) = settings_of();
		$script .= quiet("$view{settings}SET ROLE $view{role};\n" . graph_seen($world, 'w') . "RESET ROLE; SET ROLE kgo_owner;\n" .
			graph_fill($world, $view{copy}, 'seen_node', 'seen_edge') . "RESET ROLE; DROP TABLE seen_node, seen_edge;\n");
		push @views, \%view;
	}
	return ($script, @views);
}

sub call_of
{
	my ($number, $world, $view, $function) = @_;
	my ($call, $ordered) = graph_call($world, $function);
	my $case = { function => $function, kind => $world->{kind}, call => $call, ordered => $ordered, view => $view, world => $world };
	$cases{$number} = $case;
	return quiet($view->{settings}) . run_sql($number, 'shown', $view->{role}, $call, 'w') .
	  run_sql($number, 'copied', $view->{role}, $call, $view->{copy}) . run_sql($number, 'all', undef, $call, 'w');
}

# Every function fails where SELECT on the graph's edges or nodes is revoked,
# and works again afterwards.
sub revoked
{
	my ($first, $world, $view) = @_;
	my @objects = $world->{kind} eq 'views' ? qw(w.edge w.base_edge w.base_node) : $world->{kind} eq 'bare' ? 'w.edge' : qw(w.edge w.node);
	my $object = $objects[ int(rand(@objects)) ];
	my $role = (qw(kgo_ann kgo_ben kgo_eve))[ int(rand(3)) ];
	my $script = quiet("REVOKE SELECT ON $object FROM PUBLIC;\n$view->{settings}");
	my $number = $first;
	foreach my $function (shuffle(@here))
	{
		my ($call) = graph_call({ %$world, nodes => undef, plain => 1 }, $function);
		$cases{$number} = { function => $function, kind => $world->{kind}, call => $call, revoked => $object, view => { %$view, role => $role }, world => $world };
		$script .= run_sql($number++, 'shown', $role, $call, 'w');
	}
	return ($script . quiet("GRANT SELECT ON $object TO PUBLIC;\n"), $number);
}

sub session
{
	my ($number) = @_;
	graph_random($seed * 1000003 + $number);
	my $world = graph_world($kinds[ $number % @kinds ]);
	my $first = 1000 * $number;
	my @functions;
	my $script = "DROP SCHEMA IF EXISTS w, " . join(', ', map { my $p = $_; map { "copy_${p}_$_" } 1 .. $views } 1, 2) . " CASCADE;\nDELETE FROM trellis.graph_edges;\n$world->{stage}";
	$script .= "SET ROLE kgo_owner;\n" . graph_fill($world, 'w', 'stage_node', 'stage_edge') . "RESET ROLE;\n";
	foreach my $phase (1, 2)
	{
		$script .= quiet(graph_policies($world));
		$script .= "DELETE FROM help.acl WHERE grp = $number % 4; INSERT INTO help.acl VALUES ('kgo_ann', ($number + 1) % 4), ('kgo_ben', $number % 4);\n" if $phase == 2;
		my ($making, @views) = make_views($world, $phase);
		$script .= $making;
		foreach my $view (shuffle(map { ($_) x $calls } @views))
		{
			@functions = shuffle(@here) if !@functions;
			$script .= call_of($first++, $world, $view, pop @functions);
		}
		my ($revoking, $next) = revoked($first, $world, $views[0]);
		$script .= $revoking;
		$first = $next;
		$script .= call_of($first++, $world, $views[0], $here[ int(rand(@here)) ]);
	}
	return $script;
}

# ---- judging ----

# What came out, by case and part: rows, state, messages.
sub read_output
{
	my ($output, $errors) = @_;
	my (%found, $part);

	foreach (split /\n/, $output)
	{
		if (/^\@case (\d+) (\w+)$/) { $part = $found{$1}{$2} = { rows => [], messages => [] }; }
		elsif (/^\@state (\w+)$/) { $part->{state} = $1; undef $part; }
		elsif ($part) { push @{ $part->{rows} }, $_; }
	}
	undef $part;
	foreach (split /\n/, $errors)
	{
		if (/^\@case (\d+) (\w+)$/) { $part = $found{$1}{$2}; }
		elsif (/^\@setup$/) { undef $part; }
		elsif ($part && /((?:NOTICE|WARNING|ERROR|DETAIL|HINT):.*)/) { push @{ $part->{messages} }, $1 =~ s/\b(?:w|copy_\d_\d)\./SCHEMA./gr; }
		elsif (!$part && /(ERROR:.*)/) { push @{ $found{broken} }, $_; }
	}
	return \%found;
}

# Rows that are the same but for rounding.
sub alike
{
	my ($left, $right) = @_;
	return 1 if $left eq $right;
	my @left = split /([^-+.\w]+)/, $left;
	my @right = split /([^-+.\w]+)/, $right;
	return 0 if @left != @right;
	my $number = qr/^-?\d+\.?\d*(?:e[-+]?\d+)?$/;
	foreach my $i (0 .. $#left)
	{
		next if $left[$i] eq $right[$i];
		return 0 if $left[$i] !~ $number || $right[$i] !~ $number || "$left[$i]$right[$i]" !~ /\./;
		return 0 if abs($left[$i] - $right[$i]) > 1e-12 * (abs($left[$i]) + abs($right[$i]));
	}
	return 1;
}

sub difference
{
	my ($case, $shown, $copied) = @_;
	my @of = map { [ $case->{ordered} ? @{ $_->{rows} } : sort @{ $_->{rows} } ] } $shown, $copied;
	return "$shown->{state}, not $copied->{state}" if $shown->{state} ne $copied->{state};
	return 'says: ' . join(' ', @{ $shown->{messages} }) . ', not: ' . join(' ', @{ $copied->{messages} })
	  if "@{ $shown->{messages} }" ne "@{ $copied->{messages} }" && "@{ $shown->{messages} }" !~ /weight \S+ of an edge/;
	return scalar(@{ $of[0] }) . ' rows, not ' . scalar(@{ $of[1] }) if @{ $of[0] } != @{ $of[1] };
	foreach my $i (0 .. $#{ $of[0] })
	{
		return "row $of[0][$i], not $of[1][$i]" if !alike($of[0][$i], $of[1][$i]);
	}
	return;
}

my (%tried, %failed, %rows, %differ, %errors, %tried_kind, %tried_revoked, %messages);
my $failures = 0;
my $refused = 0;

# After REVOKE nothing but an error is right, or no rows: from a hidden node,
# say, edges are not asked for; nor are they for the way from a node to itself.
sub judge
{
	my ($case, $found) = @_;
	my ($shown, $copied, $all) = @{$found}{qw(shown copied all)};
	return 'the session ended' if !$shown || !defined $shown->{state};
	if ($case->{revoked})
	{
		$tried_revoked{ $case->{function} }++;
		$refused++ if $shown->{state} eq '42501';
		return if $shown->{state} eq '42501' || ($shown->{state} eq '00000' && !@{ $shown->{rows} });
		return if $case->{call} =~ /source => (\S+), target => \1[,)]/;
		# a picture of nothing is no rows
		return if $case->{function} eq 'graph_dot' && $shown->{state} eq '00000'
			&& !grep { /label=/ } map { ref $_ ? @$_ : $_ } @{ $shown->{rows} };
		return "$shown->{state} after REVOKE on $case->{revoked}";
	}
	return 'the session ended' if grep { !$_ || !defined $_->{state} } $copied, $all;
	$rows{ $case->{function} }++ if @{ $shown->{rows} };
	$errors{ $case->{function} }++ if $shown->{state} ne '00000';
	$messages{ "$case->{function}: " . ($shown->{messages}[0] // '') }++ if $shown->{state} ne '00000';
	$differ{ $case->{function} }++ if difference($case, $shown, $all);
	return 'takes too long' if grep { $_->{state} eq '57014' } $shown, $copied;
	return difference($case, $shown, $copied);
}

# From files: a session that ends early does not read the rest.
sub run_script
{
	my $file = $node->basedir . '/session.sql';
	my ($output, $errors);
	open(my $handle, '>', $file) or die "$file: $!";
	print $handle $_[0];
	close($handle);
	IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$output, '2>', \$errors);
	return ($output, $errors);
}

sub report
{
	my ($number, $case, $wrong, $found) = @_;
	$failed{ $case->{function} }++;
	diag("case $number of seed $seed ($case->{kind}, $case->{view}{role}, $case->{view}{copy}): $wrong");
	return if $failures++ >= $shown;
	diag($case->{view}{settings}, sprintf($case->{call}, 'w'));
	foreach my $part (qw(shown copied))
	{
		diag("$part: ", join "\n  ", @{ $found->{$part}{messages} // [] }, sort @{ $found->{$part}{rows} // [] });
	}
	return;
}

my $broken = 0;
my $total = 0;
my $number = 0;
while (defined $only ? !$number : $total < $count)
{
	$number = defined $only ? $only : $number + 1;
	%cases = ();
	my $script = session($number);
	note($script) if defined $only;
	my ($output, $errors) = run_script($script);
	note($output, $errors) if defined $only;
	my $found = read_output($output, $errors);
	if ($found->{broken})
	{
		diag("graph $number of seed $seed could not be made: $found->{broken}[0]");
		$broken++;
	}
	foreach my $case (sort { $a <=> $b } keys %cases)
	{
		$tried{ $cases{$case}{function} }++;
		$tried_kind{ $cases{$case}{kind} }++;
		$total++;
		my $wrong = judge($cases{$case}, $found->{$case} // {});
		report($case, $cases{$case}, $wrong, $found->{$case}) if $wrong;
	}
	last if defined $only;
}

is($broken, 0, 'every graph could be made');
foreach my $function (sort keys %tried)
{
	is($failed{$function} // 0, 0, sprintf('%s: all of %d calls as on the copy (%d with rows, %d where a policy matters, %d errors, %d after REVOKE)',
			$function, $tried{$function}, map { $_->{$function} // 0 } \%rows, \%differ, \%errors, \%tried_revoked));
}
note("errors: $messages{$_} $_") foreach sort keys %messages;
note("seed $seed, $number graphs: " . join(', ', map { "$_ $tried_kind{$_}" } sort keys %tried_kind));
cmp_ok($refused, '>=', 0.7 * sum0(values %tried_revoked), 'calls are refused after REVOKE') if !defined $only;
my $compared = $total - sum0(values %tried_revoked);
cmp_ok(sum0(values %rows), '>=', 0.4 * $compared, 'calls have rows') if !defined $only;
cmp_ok(sum0(values %differ), '>=', 0.25 * $compared, 'policies matter') if !defined $only;
$node->stop;

done_testing();
