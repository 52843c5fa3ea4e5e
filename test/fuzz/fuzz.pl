#!/usr/bin/perl
# fuzz.pl - makes hostile statements, runs them with psql, judges the answers
#
# Usage: fuzz.pl SECONDS SEED FOLDER, with PGHOST and so on set to a server of
# its own (fuzz.sh does that).
#
# A batch is one session.  What it holds depends on the seed and the batch's
# number alone, but for the tokens, whose keys are new in every run.  One
# statement stands on one line, so that psql's messages name it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use FuzzSql;

my ($seconds, $seed, $folder) = @ARGV;
my $timeout = 4;     # of a statement, as fuzz.sh sets it
my $grace = 4;       # and how much longer it may take to notice
my $batch_limit = 300;
my %without = map { $_ => 1 } split /,/, $ENV{FUZZ_WITHOUT} // '';
my $server_log = "$ENV{PGHOST}/server.log";
my ($statements, $batches, $findings) = (0, 0, 0);
my (%seen, %states);

$SIG{PIPE} = 'IGNORE';

sub wait_for_server
{
	for (1 .. 120)
	{
		return if system("psql -X -q -c 'SELECT 1' >$folder/ready.log 2>&1") == 0;
		sleep 1;
	}
	die "the server does not come back\n";
}

# One line a finding, and the first of each kind in full.
sub finding
{
	my ($what, $where, $statement) = @_;
	(my $kind = $where =~ /^case/ ? "$where $what" : $what) =~ s/[0-9]+/0/g;
	$findings++;
	return if $seen{$kind}++ >= 3;
	$statement = substr($statement, 0, 1500) . ' ...' if length $statement > 1500;
	print "FINDING $where: $what\n    $statement\n";
}

sub write_file
{
	my ($path, $text) = @_;
	open my $fh, '>:raw', $path or die "$path: $!\n";
	print $fh $text;
	close $fh or die "$path: $!\n";
}

sub read_file
{
	my ($path) = @_;
	open my $fh, '<:raw', $path or return '';
	local $/;
	return scalar <$fh>;
}

# Runs a file; returns psql's status, or -1 if it had to be stopped.
sub run_psql
{
	my ($file, @options) = @_;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		open STDOUT, '>', "$file.out" or die;
		open STDERR, '>', "$file.err" or die;
		exec 'psql', '-X', '-q', '-v', 'VERBOSITY=verbose',
			'-v', 'SHOW_CONTEXT=never', @options, '-f', $file;
	}
	my $stopped = 0;
	local $SIG{ALRM} = sub { $stopped = 1; kill 'TERM', $pid; };
	alarm $batch_limit;
	waitpid $pid, 0;
	alarm 0;
	return $stopped ? -1 : $? >> 8;
}

# Messages of one run by line: [severity, SQLSTATE, text].
sub read_messages
{
	my ($file) = @_;
	my %messages;
	for (split /\n/, read_file("$file.err"))
	{
		next unless /^psql:.*?:(\d+): (ERROR|FATAL|PANIC|WARNING):  (\w{5}): (.*)/;
		push @{ $messages{$1} }, [ $2, $3, $4 ];
	}
	return \%messages;
}

# Internal errors, damage, and what a server says that goes down.
sub is_unexpected
{
	my ($severity, $state, $text) = @_;
	return 0 if $severity eq 'WARNING';
	return 1 if $severity ne 'ERROR';

	# the code that clients know for an array that is no aggregate's state
	return 0 if $state eq 'XX000' && $text =~ /_(?:accum|combine|avg): expected state array$/;

	# a superuser's call of what is internal to a takeover, the first by the server
	return 0 if $state eq 'XX000' && $text =~ /^unrecognized object class: [0-9]+$|^takeover would lose objects of trellis$/;
	return 1 if $state =~ /^XX|^58|^57P|^08006|^P0004/;
	return $state eq '53200' && $text !~ /^graph traversal needs more memory/;
}

sub judge_statement
{
	my ($where, $statement, $expect, $messages) = @_;
	my ($error) = grep { $_->[0] ne 'WARNING' } @$messages;
	$states{ $error ? $error->[1] : '00000' }++;
	if ($error && is_unexpected(@$error))
	{
		finding("$error->[1] $error->[2]", $where, $statement);
	}
	elsif ($expect eq 'refused')
	{
		my $answer = $error ? "$error->[1] $error->[2]" : 'accepted';
		finding("a forged token: $answer", $where, $statement)
			if $answer !~ /^28000 access token is not valid$|^25P02 /;
	}
	elsif ($expect eq 'accepted' && $error)
	{
		finding("a good token: $error->[1] $error->[2]", $where, $statement);
	}
}

# A time for each statement that was answered.
sub judge_times
{
	my ($file, $name, $lines) = @_;
	my @times = read_file("$file.out") =~ /^Time: ([0-9.]+) ms/mg;
	for my $i (0 .. $#times)
	{
		last if $i > $#$lines;
		finding('slow to cancel', "$name line " . ($i + 2), $lines->[$i][0])
			if $times[$i] > 1000 * ($timeout + $grace);
	}
}

my $log_read = 0;

# What the server's log says of crashes since the last look.
sub crashes_in_log
{
	open my $fh, '<:raw', $server_log or die "$server_log: $!\n";
	seek $fh, $log_read, 0;
	my @found = grep { /terminated by signal|PANIC:|TRAP:/ } <$fh>;
	$log_read = tell $fh;
	return @found;
}

sub judge_session
{
	my ($name, $file, $status, $lines) = @_;
	select undef, undef, undef, 0.5 if $status != 0;    # the log comes later
	my @crashes = crashes_in_log();
	my ($lost) = read_file("$file.err") =~ /:(\d+): (?:error: )?(?:connection to server was lost|server closed the connection)/;
	return unless @crashes || $lost || $status == -1 || $status == 2;
	my $what = $status == -1 ? 'the session does not end' : 'a backend crashed';
	my $line = $lost // '?';
	my $statement = $lost && $lines && $lost >= 2 ? $lines->[ $lost - 2 ][0] : "see $file";
	for (@crashes) { chomp; $what .= "; $_"; }
	$what =~ s/\d{4}-\d\d-\d\d [0-9:. A-Z]+\[\d+\] //g;
	finding($what, "$name line $line", $statement);
	wait_for_server();
	crashes_in_log();
}

sub run_batch
{
	my ($number, $sql) = @_;
	my $file = "$folder/batch.sql";
	my $name = "batch $number";
	my $before = $findings;
	my @lines = $sql->batch($number);
	write_file($file, join("\n", '\timing on', map({ $_->[0] } @lines), ''));
	my $status = run_psql($file, '-v', 'ON_ERROR_ROLLBACK=on');
	my $messages = read_messages($file);
	for my $i (0 .. $#lines)
	{
		judge_statement("$name line " . ($i + 2), @{ $lines[$i] },
			$messages->{ $i + 2 } // []);
	}
	judge_times($file, $name, \@lines);
	judge_session($name, $file, $status, \@lines);
	$statements += @lines;
	$batches++;
	rename $file, "$folder/batch_$number.sql" if $findings > $before;
}

# What once was wrong: a database each, a file each.
sub run_cases
{
	for my $case (sort glob "$FindBin::Bin/cases/*.sql")
	{
		(my $name = $case) =~ s{.*/(.*)\.sql$}{$1};
		my $file = "$folder/case_$name.sql";
		system("psql -X -q -c 'DROP DATABASE IF EXISTS fz_case' -c 'CREATE DATABASE fz_case' >$folder/case.log 2>&1") == 0
			or die "no database for a case: see $folder/case.log\n";
		write_file($file, "CREATE EXTENSION trellis;\n" . read_file($case));
		my $before = $findings;
		my $status = run_psql($file, '-d', 'fz_case');
		my $messages = read_messages($file);
		for my $line (sort { $a <=> $b } keys %$messages)
		{
			for my $message (@{ $messages->{$line} })
			{
				finding("$message->[1] $message->[2]", "case $name line $line", "see $case")
					if is_unexpected(@$message);
			}
		}
		judge_session("case $name", $file, $status);
		print $findings > $before ? "not ok" : "ok", " - case $name\n";
	}
}

sub query
{
	my ($sql) = @_;
	open my $fh, '-|', 'psql', '-X', '-q', '-At', '-c', $sql or die "psql: $!\n";
	my @rows = <$fh>;
	close $fh or die "this failed: $sql\n";
	chomp @rows;
	return @rows;
}

sub prepare_database
{
	write_file("$folder/hostile.sql",
		"CREATE EXTENSION trellis;\n" . read_file("$FindBin::Bin/hostile.sql"));
	my $status = run_psql("$folder/hostile.sql", '-v', 'ON_ERROR_STOP=1');
	die "hostile.sql failed:\n", read_file("$folder/hostile.sql.err") if $status != 0;
}

$| = 1;
print "seed $seed, $seconds s\n";
run_cases() unless $without{cases} || defined $ENV{FUZZ_BATCH};
prepare_database();
my $sql = FuzzSql->new(seed => $seed, folder => $folder, without => \%without,
	query => \&query);
my $end = time + $seconds;
if (defined $ENV{FUZZ_BATCH})
{
	run_batch($ENV{FUZZ_BATCH}, $sql);
}
else
{
	for (my $number = 1; time < $end; $number++)
	{
		run_batch($number, $sql);
	}
}

print 'answers: ', join(' ', map { "$_:$states{$_}" } sort keys %states), "\n";
print "seed $seed: $statements statements in $batches batches, $findings findings\n";
print(($findings ? 'not ok' : 'ok'), " - hostile statements\n");
exit($findings ? 1 : 0);
