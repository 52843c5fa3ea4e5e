# Searches beside exact ones: random combinations of table, index, row-level
# policy, role, WHERE, LIMIT, ORDER BY and shape of the plan.
#
# Method: each combination is a transaction that makes its policies, takes its
# role and runs one statement five times: without LIMIT and without indexes,
# which tells every row that may be returned and its rank; with LIMIT but
# without indexes; and with whatever plan is chosen, at
# trellis.target_recall = 1, where all lists are searched, and by default.
#
#   one         the same number of rows, each of the rank that the exact
#               statement has there: rows that are as far may change places
#   lists,      as many rows, but within a distance; of those that may be
#   default     returned; sorted, where the search sorts, but for a few where it
#               does not know LIMIT; recall in the mean
#   all         no row twice, distances and other columns as they are, errors
#               as without indexes
#
# ORACLE_COMBINATIONS=number (300), ORACLE_SEED=number (1): every combination
# depends on the seed and its number alone; ORACLE_ONLY=number runs one of them
# and prints it.

use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use List::Util qw(sum max min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TrellisOracle;

my $seed = $ENV{ORACLE_SEED} || 1;
my $count = $ENV{ORACLE_COMBINATIONS} || 300;
my $only = $ENV{ORACLE_ONLY};
my $together = 25;    # combinations that one session runs
my $shown = 5;        # failures whose statements are printed

# How the tested statement runs: settings, and the least recall of them all.
my @modes = qw(one lists default);
my %settings = (
	one => 'SET LOCAL trellis.target_recall = 1;',
	lists => 'SET LOCAL trellis.target_recall = 0.999999; SET LOCAL trellis.ivf_probes = 1000000;',
	default => '');
my %least = (one => 1, lists => 0.999, default => 0.95);
my %late_share = (one => 0, lists => 0.02, default => 0.3);

my $node = PostgreSQL::Test::Cluster->new('oracle');
$node->init;
$node->append_conf('postgresql.conf', q{
fsync = off
jit = off
autovacuum = off
log_statement = none
shared_buffers = 256MB
restart_after_crash = on
statement_timeout = 60s
max_parallel_maintenance_workers = 0
client_min_messages = warning
log_min_messages = fatal
});
$node->start;

# ---- the tables ----

$node->safe_psql('postgres', 'CREATE EXTENSION trellis');
my ($unable) = $node->psql('postgres', oracle_filter_columns());
my $filters = !$unable;
note('ivf takes no filter columns here: no table with them') if !$filters;
$node->safe_psql('postgres', oracle_tables($filters));

# whether there is a node for such searches, which can be switched off
my $switch = $node->safe_psql('postgres', q{
	LOAD 'trellis';
	SELECT name FROM pg_settings WHERE name = 'trellis.enable_knn'});
note('no setting trellis.enable_knn here: the order of approximate answers is not looked at') if !$switch;

my @queries = map {
	my %query;
	@query{qw(v h s b g)} = map { $_ eq '' ? 'NULL' : $_ } split /\|/, $_, -1;
	\%query;
} split /\n/, $node->safe_psql('postgres', 'SELECT v, h, s, b, g FROM query ORDER BY qid');

# somebody who has changed and locked rows, and does not say whether it stays so
my $other;

sub lock_rows
{
	$other = { in => '', out => '' };
	$other->{harness} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ],
		'<', \$other->{in}, '>', \$other->{out}, '2>&1', IPC::Run::timeout(3600));
	$other->{in} .= q{
		BEGIN;
		UPDATE held SET body = 'changed' WHERE id % 13 = 0;
		UPDATE held SET v = (SELECT v FROM held WHERE id = 1) WHERE id % 31 = 0;
		SELECT count(*) FROM (SELECT FROM held WHERE id % 5 = 0 FOR UPDATE) o;
		\echo locked
	};
	$other->{harness}->pump until $other->{out} =~ /^locked$/m;
	return;
}
lock_rows();

# ---- running ----

my $exactly = join '', map { "SET LOCAL $_;\n" } (
	'enable_indexscan = off', 'enable_indexonlyscan = off', 'enable_bitmapscan = off',
	$switch ? "$switch = off" : ());

# A part of a combination: what it prints is told by marks, of a statement that
# of its SQLSTATE.
sub part
{
	my ($name, $settings, @statements) = @_;
	my $script = "\\echo \@part $name\nSAVEPOINT a;\n$settings\n";
	foreach my $statement (@statements)
	{
		$statement = 'RESET trellis.target_recall;' if $statement eq '@planned';
		$statement = $settings{$name} || 'SELECT;' if $statement eq '@executed';
		$script .= $statement =~ /^\@/ ? "\\echo $statement\n" : "$statement\n\\echo \@state :SQLSTATE :LAST_ERROR_MESSAGE\n";
	}
	return "${script}ROLLBACK TO a;\nDEALLOCATE ALL;\n";
}

sub script_of
{
	my ($number, $c) = @_;
	my @begin = map { "$_\n\\echo \@state :SQLSTATE :LAST_ERROR_MESSAGE\n" } @{ $c->{begin} };
	my $settings = join "\n", @{ $c->{settings} };
	return join '', "\\echo \@combination $number\n\\echo \@part begin\n", @begin,
	  part('full', $exactly, '@rows', $c->{full}),
	  part('exact', $exactly, '@plan', "EXPLAIN (COSTS OFF) $c->{exact}", '@rows', $c->{exact}),
	  (map { part($_, "$settings{$_}\n$settings", @{ $c->{run} }) } @modes), "ROLLBACK;\n\\echo \@end $number\n";
}

# What came out, by combination and part: plan, rows, state.
sub read_output
{
	my ($output) = @_;
	my (%found, $number, $part, $list);

	foreach my $line (split /\n/, $output)
	{
		if ($line =~ /^\@combination (\d+)$/) { $number = $1; }
		elsif ($line =~ /^\@end (\d+)$/) { $found{$1}{end} = 1; }
		elsif ($line =~ /^\@part (\w+)$/)
		{
			$part = $found{$number}{$1} = { plan => [], rows => [], state => '00000', message => '' };
			$list = undef;
		}
		elsif ($line =~ /^\@(plan|rows|ignored)$/) { $list = $part->{$1} //= []; }
		elsif ($line =~ /^\@state (\w+) ?(.*)$/)
		{
			@{$part}{qw(state message)} = ($1, $2) if $1 ne '00000' && $part->{state} eq '00000';
		}
		elsif ($list) { push @$list, $line; }
	}
	return \%found;
}

# ---- judging ----

# Numbers that only differ by rounding.
sub alike
{
	my ($left, $right) = @_;
	return 1 if $left eq $right;
	return 0 if "$left$right" =~ /NULL|NaN|Infinity/;
	return abs($left - $right) <= 1e-6 * max(1, abs($left), abs($right));
}

# Rows as lists: group, id, distance, the rest; by group.
sub rows_of
{
	my ($part) = @_;
	my %groups;
	foreach (@{ $part->{rows} })
	{
		my @row = split /\|/, $_, 4;
		push @{ $groups{ $row[0] } }, \@row;
	}
	return \%groups;
}

# Ranks by id: rows that are as far have the same.
sub rank_rows
{
	my ($rows) = @_;
	my ($rank, $first, %rows);
	foreach my $row (@$rows)
	{
		($rank, $first) = (($rank // 0) + 1, $row->[2]) if !defined $first || !alike($first, $row->[2]);
		push @$row, $rank;
		$rows{ $row->[1] } = $row;
	}
	return \%rows;
}

# What is wrong with one group's answer, or nothing.
sub judge_group
{
	my ($c, $mode, $full, $exact, $got) = @_;
	my $by_id = rank_rows($full);
	my $last = 0;
	my $late = 0;
	my %seen;

	foreach my $row (@$got)
	{
		my $true = $by_id->{ $row->[1] };
		return "row $row->[1] is none that may be returned" if !$true;
		return "row $row->[1] came twice" if $seen{ $row->[1] }++;
		return "row $row->[1]: distance $row->[2], not $true->[2]" if !alike($row->[2], $true->[2]);
		return "row $row->[1]: column $row->[3], not $true->[3]" if $row->[3] ne $true->[3];
		push @$row, $true->[4];
		return "row $row->[1] of distance $row->[2] comes too late" if $row->[4] < $last && !may_be_late($c, $mode);
		$late++ if $row->[4] < $last;
		$last = max($last, $row->[4]);
	}
	return "$late of " . scalar(@$got) . ' rows come too late' if $c->{sorted} && $late > 1 + $late_share{$mode} * @$got &&
	  !($mode eq 'default' && ($c->{source} =~ /sparse/ || grep { /work_mem/ } @{ $c->{settings} }));
	$_->[4] = $by_id->{ $_->[1] }[4] // return "the exact statement's row $_->[1] is not among all rows" foreach @$exact;
	return scalar(@$got) . ' rows, not ' . scalar(@$exact) if wrong_number($c, $mode, $exact, $got);
	return if $mode ne 'one' || $c->{loose};
	foreach my $i (0 .. $#$exact)
	{
		return "row $got->[$i][1] of distance $got->[$i][2] at place $i, not $exact->[$i][1] of distance $exact->[$i][2]"
		  if $got->[$i][4] != $exact->[$i][4];
		return "row $got->[$i][1] at place $i, not $exact->[$i][1], which is as far"
		  if $c->{shape} eq 'tied' && $got->[$i][2] eq $exact->[$i][2] && $got->[$i][1] != $exact->[$i][1];
	}
	return;
}

# A search that does not know how many rows will be asked for may find a near
# row when farther ones have gone out. It knows LIMIT where nothing lies between.
sub may_be_late
{
	my ($c, $mode) = @_;
	return $mode ne 'one' && (!$c->{sorted} || !defined $c->{k} ||
		# a batch is no larger than work_mem
		($c->{k} > 1000 && grep { /work_mem/ } @{ $c->{settings} }) || $c->{shape} eq 'tied' ||
		$c->{how} =~ /join|locking|window|grouped|distinct|cursor|scroll/ || $c->{exact} =~ /WITH TIES|LIMIT \(|EXISTS|IN \(SELECT/);
}

# A filter on top of LIMIT lets through more or fewer of those that are as far
# as the last; an approximate search within a distance may miss some; more
# rows than asked for are never right, but for ties.
sub wrong_number
{
	my ($c, $mode, $exact, $got) = @_;
	return 0 if $c->{loose};
	return @$got > @$exact if $mode ne 'one' && $c->{ranged};
	return @$got < min(scalar(@$exact), $c->{k} // scalar(@$exact)) if $mode ne 'one' && $c->{exact} =~ /WITH TIES/;
	return @$got != @$exact;
}

# With a filter on top of LIMIT the number of rows is certain only where the
# rows that LIMIT leaves are.
sub is_loose
{
	my ($c, $mode, $full) = @_;
	return 0 if $c->{how} ne 'after' || !defined $c->{k};
	return 1 if $mode ne 'one';
	rank_rows($full);
	foreach my $edge ($c->{offset}, $c->{offset} + $c->{k})
	{
		return 1 if $edge > 0 && $edge < @$full && $full->[ $edge - 1 ][4] == $full->[$edge][4];
	}
	return 0;
}

my (%recalls, %plans);

# Of what the exact statement returns, the share that is there or as near.
sub count_recall
{
	my ($c, $mode, $plan, $exact, $got) = @_;
	return if !@$exact;
	my $last = max(map { $_->[4] } @$exact);
	my $recall = min(1, scalar(grep { $_->[4] <= $last } @$got) / @$exact);
	my @kinds = ('all', $c->{ranged} ? 'within a distance' : (), $plan ? ('by an index of vectors', "$c->{source}, by an index of vectors") : ());
	push @{ $recalls{$mode}{$_} }, $recall foreach @kinds;
	return;
}

# Which search is in the plan: the node's, an ordered scan of an index (the
# answer is then in the order of its estimates), or none.
sub search_of
{
	my ($part) = @_;
	my $plan = join "\n", @{ $part->{plan} };
	return 'index scan' if $plan =~ /Index Scan using .*\n(?:.* Cond: .*\n)?\s*Order By:/;
	return 'node' if $plan =~ /Custom Scan/;
	return '';
}

# Errors: as without indexes. Of a condition that fails on some rows: which of
# those that a policy lets through it is tried on depends on the plan; it is on
# none that a policy hides.
sub judge_error
{
	my ($c, $exact, $got) = @_;
	return if $got->{state} eq $exact->{state};
	return if $c->{error} && !$c->{hidden} && ($got->{state} eq '00000' || $got->{state} =~ /^(?:22|P0)/);
	return "error $got->{state} ($got->{message}), not $exact->{state}" if $got->{state} ne '00000';
	return "no error, but without indexes $exact->{state} ($exact->{message})";
}

sub judge_part
{
	my ($c, $mode, $found) = @_;
	my ($full, $exact, $got) = map { $found->{$_} // return "nothing of part $_" } 'full', 'exact', $mode;
	my $error = judge_error($c, $exact, $got);
	my $plan = search_of($got);

	$plans{$mode}{ $plan || 'neither' }++;
	return $error if $error;
	return if $got->{state} ne '00000';
	my ($all, $true, $mine) = map { rows_of($_) } $full, $exact, $got;

	# the exact statement failed where the search met no such row
	$true = $mine if $exact->{state} ne '00000';
	foreach my $group (sort keys %{ { %$true, %$mine } })
	{
		my @lists = map { $_->{$group} // [] } $all, $true, $mine;
		$c->{loose} = is_loose($c, $mode, $lists[0]) || $exact->{state} ne '00000';
		$c->{sorted} = $switch && $plan ne 'index scan';
		my $wrong = judge_group($c, $mode, @lists);
		return $wrong if $wrong;
		count_recall($c, $mode, $plan, @lists[ 1, 2 ]) if !$c->{loose};
	}
	return;
}

sub judge
{
	my ($c, $found) = @_;
	my @wrong;

	return 'the session ended' if !$found->{end};
	return "could not begin: $found->{begin}{message}" if $found->{begin}{state} ne '00000';
	return "all rows: $found->{full}{message}" if $found->{full}{state} ne '00000' && $c->{exact} !~ / -1/;
	return 'an index is used where none should be' if search_of($found->{exact});
	foreach my $mode (@modes)
	{
		my $wrong = judge_part($c, $mode, $found);
		push @wrong, "$mode: $wrong" if $wrong;
	}
	return join '; ', @wrong;
}

# ---- all of them ----

sub mean { return sum(@_) / @_; }

my (%tried, %failed);
my $failures = 0;

sub report
{
	my ($number, $c, $wrong, $found) = @_;
	$failed{ $c->{source} }++;
	diag("combination $number of seed $seed ($c->{name}): $wrong");
	return if $failures++ >= $shown;
	diag($_) foreach @{ $c->{begin} }, "-- exact: $exactly", $c->{exact}, '-- tested:', @{ $c->{settings} },
	  grep({ !/^\@/ } @{ $c->{run} }), '-- plan by default:', @{ $found->{default}{plan} // [] };
	return;
}

# From a file: a session that ends early does not read the rest.
sub run_script
{
	my $file = $node->basedir . '/combinations.sql';
	my ($output, $errors);

	open(my $handle, '>', $file) or die "$file: $!";
	print $handle $_[0];
	close($handle);
	IPC::Run::run([ 'psql', '-XAtq', '-P', 'null=NULL', '-d', $node->connstr('postgres'), '-f', $file ],
		'>', \$output, '2>', \$errors);
	return ($output, $errors);
}

sub run_batch
{
	my (@numbers) = @_;
	my %batch;

	while (@numbers)
	{
		my $script = '';
		foreach my $number (@numbers)
		{
			oracle_reset($seed * 1000003 + $number);
			$batch{$number} //= oracle_combination($filters, \@queries);
			$script .= script_of($number, $batch{$number});
		}
		note($script) if defined $only;
		my ($output, $errors) = run_script($script);
		my $found = read_output($output);
		note($output) if defined $only;
		while (@numbers)
		{
			my $number = shift @numbers;
			my $c = $batch{$number};
			my $wrong = judge($c, $found->{$number} // {});
			$tried{ $c->{source} }++;
			report($number, $c, $wrong, $found->{$number}) if $wrong;

			# a session that ended has left the others
			last if !$found->{$number}{end};
		}
		if (@numbers)
		{
			diag($errors =~ s/.*\n(?=(?:.*\n){3})//sr);
			$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
			$other->{harness}->kill_kill;
			lock_rows();
		}
	}
	return;
}

my @numbers = defined $only ? ($only) : (1 .. $count);
run_batch(splice @numbers, 0, $together) while @numbers;
$other->{harness}->kill_kill;

note("seed $seed");
is($failed{$_} // 0, 0, "$_: all of $tried{$_} combinations as without indexes") foreach sort keys %tried;
foreach my $mode (@modes)
{
	my $recalls = $recalls{$mode};
	note("plans, $mode: " . join(', ', map { "$plans{$mode}{$_} $_" } sort keys %{ $plans{$mode} }));
	foreach my $what (sort keys %$recalls)
	{
		note(sprintf('recall, %s, %s: %.4f of %d', $mode, $what, mean(@{ $recalls->{$what} }), scalar @{ $recalls->{$what} }));
	}
	next if defined $only;

	# of few, the mean may be below by two of its standard errors
	foreach my $what (grep { $recalls->{$_} } 'all', 'within a distance', 'by an index of vectors')
	{
		my @of = @{ $recalls->{$what} };
		my $mean = mean(@of);
		my $error = sqrt(sum(map { ($_ - $mean)**2 } @of)) / @of;
		cmp_ok($mean, '>=', $least{$mode} - ($what eq 'all' ? 0 : 2 * $error), "mean recall, $mode, $what");
	}
}
if (!defined $only)
{
	cmp_ok(sum(map { $plans{default}{$_} // 0 } 'node', 'index scan'), '>=', $count / 5, 'indexes of vectors are used');
	cmp_ok($plans{default}{node} // 0, '>=', $count / 5, 'so is the node') if $switch;
}
$node->stop;

done_testing();
