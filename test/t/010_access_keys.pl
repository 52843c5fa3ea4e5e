# Key file, tokens, standby and dump.
#
# Goal: keys never leave the server; a file that others could read is never
# used; keys rotate; rights follow to standbys at once; a dump keeps ids,
# grants and answers.
# Method: each fault of the file is made by hand and taken back; the server
# log is searched for tokens and key bytes at the end.

use strict;
use warnings;

use Cwd;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "log_min_messages = debug1\nlog_statement = none\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION trellis; CREATE ROLE app LOGIN;');
my $keyfile = $node->data_dir . '/trellis.keys';

# What psql prints on standard error, with the SQLSTATE.
sub error_of
{
	my ($server, $sql) = @_;
	my ($rc, $out, $err) = $server->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	return $err;
}

sub sign
{
	my ($sub) = @_;
	return $node->safe_psql('postgres', "SELECT trellis.sign('{\"sub\": \"$sub\"}')");
}

sub login
{
	my ($token, $server) = @_;
	$server //= $node;
	my ($rc, $out, $err) = $server->psql('postgres',
		"SET ROLE app; BEGIN; SELECT trellis.login('$token')",
		extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return $err =~ /ERROR:  (\w+)/ ? $1 : $out;
}

# A session that stays, for what only shows inside one transaction.
sub open_session
{
	my ($server) = @_;
	my $session = { in => '', out => '' };
	$session->{harness} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $server->connstr('postgres') ],
		'<', \$session->{in}, '>', \$session->{out}, '2>&1',
		$session->{timer} = IPC::Run::timeout(60));
	return $session;
}

sub ask
{
	my ($session, $sql) = @_;
	$session->{out} = '';
	$session->{in} .= "$sql\n;\\echo done\n";
	$session->{harness}->pump until $session->{out} =~ /^done$/m;
	return $session->{out} =~ s/done\n$//r =~ s/\n$//r;
}

# no file yet
ok(!-e $keyfile, 'there is no key file at first');
like(error_of($node, q{SELECT trellis.sign('{"sub": "a"}')}),
	qr/F0000: .*trellis\.keys.* cannot be opened.*DETAIL:  No such file.*HINT:  .*create_key/s,
	'signing without a key file tells what to do');
is(login('x.y.z'), '28000', 'a malformed token is refused before the file is looked at');

# made by the server, for the server alone
my $kid1 = $node->safe_psql('postgres', 'SELECT trellis.create_key()');
is((stat $keyfile)[2] & 07777, 0600, 'the key file has mode 0600');
like(slurp_file($keyfile), qr/\A\Q$kid1\E [0-9a-f]{64}\n\z/, 'it holds one key');
my $token1 = sign('alice');
is(login($token1), 'alice', 'a token is taken');

# a file that somebody else could read
for my $mode (0640, 0604, 0660)
{
	chmod $mode, $keyfile or die;
	is(login($token1), 'F0000', sprintf('mode %04o is refused at login', $mode));
	my $error = error_of($node, q{SELECT trellis.sign('{"sub": "a"}')});
	like($error, qr/permissions.*HINT:  .*0600/s, 'and at signing, with a hint');
	like(error_of($node, 'SELECT trellis.create_key()'), qr/permissions/, 'and for a new key');
}
chmod 0600, $keyfile or die;
is(login($token1), 'alice', 'mode 0600 is taken again');

# a file that is not one
rename $keyfile, "$keyfile.away" or die;
mkdir $keyfile or die;
is(login($token1), 'F0000', 'a directory is refused');
rmdir $keyfile or die;
my $good = slurp_file("$keyfile.away");
for my $bad ("junk\n", "$kid1 1234\n", "$good$kid1\n", "bad!kid " . '0' x 64 . "\n", 'x' x 70000)
{
	open my $fh, '>', $keyfile or die;
	print $fh $bad;
	close $fh;
	chmod 0600, $keyfile or die;
	is(login($token1), 'F0000', 'a malformed file is refused: ' . ($bad =~ /^(\w{1,8})/)[0]);
}
rename "$keyfile.away", $keyfile or die;

# several keys: all verify, the newest signs, a line taken out ends its tokens
$node->safe_psql('postgres', 'SELECT trellis.create_key()');
my $token2 = sign('bob');
is(login($token1), 'alice', 'a token of the older key is taken');
is(login($token2), 'bob', 'and one of the newer');
my @sessions = map { open_session($node) } 1 .. 4;
$_->{in} .= "SELECT trellis.create_key() \\g /dev/null\n\\echo done\n" for @sessions;
for my $session (@sessions)
{
	$session->{harness}->pump until $session->{out} =~ /^done$/m;
	$session->{in} .= "\\q\n";
	$session->{harness}->finish;
}
is(scalar(() = slurp_file($keyfile) =~ /\n/g), 6, 'no key is lost when many are made at once');

my $open = open_session($node);
ask($open, "SET ROLE app; SELECT trellis.login('$token1', true);");
my $keys = slurp_file($keyfile) =~ s/\A.*\n//r;
open my $fh, '>', $keyfile or die;
print $fh "# the first key is retired\n\n$keys";
close $fh;
is(login($token1), '28000', 'a token of a key that is gone is refused');
is(login($token2), 'bob', 'the others stay');
is(ask($open, 'SELECT principal FROM trellis.whoami();'), 'alice', 'a session that logged in stays so');
is( ask($open, q{SELECT set_config(name, 'on', false) FROM pg_settings
		WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \g /dev/null
		SELECT principal FROM trellis.whoami();}),
	'alice', 'in its parallel workers too');
$open->{in} .= "\\q\n";
$open->{harness}->finish;

$node->restart;
is(login($token2), 'bob', 'a restart keeps the keys');

# another file
my $elsewhere = Cwd::abs_path($node->basedir) . '/elsewhere.keys';
$node->append_conf('postgresql.conf', "trellis.key_file = '$elsewhere'\n");
$node->reload;
is(login($token2), 'F0000', 'another file is looked for');
$node->safe_psql('postgres', 'SELECT trellis.create_key()');
ok(-e $elsewhere, 'and made');
is(login($token2), '28000', 'it does not know earlier tokens');
$node->append_conf('postgresql.conf', "trellis.key_file = 'trellis.keys'\n");
$node->reload;

# a standby has the keys that were there when it was made, and every grant
$node->safe_psql('postgres', q{
	SELECT trellis.create_label('a'), trellis.create_label('b');
	SELECT trellis.grant_label('bob', 'a'), trellis.grant_label('bob', 'b');
	CREATE TABLE doc (id int);
	INSERT INTO doc VALUES (1);
	SELECT trellis.protect('doc', 'a');
	ALTER TABLE doc ALTER access_label DROP DEFAULT;
	INSERT INTO doc VALUES (2, trellis.label_id('b')), (3, trellis.label_id('a & b')), (4, NULL);
	GRANT ALL ON doc TO app;});
$node->backup('backup');
is((stat($node->backup_dir . '/backup/trellis.keys'))[2] & 07777, 0600, 'a base backup carries the key file');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
# the copy of the backup was made without regard to modes
chmod 0600, $standby->data_dir . '/trellis.keys' or die;
$standby->start;
$token2 = sign('bob');
is(login($token2, $standby), 'bob', 'the standby takes tokens');
like(error_of($standby, 'SELECT trellis.create_key()'), qr/25006/, 'but makes no keys');
like(error_of($standby, q{SELECT trellis.label_id('b | a')}), qr/25006/, 'nor new expressions');
is($standby->safe_psql('postgres', q{SELECT trellis.label_id('b & a') > 0}), 't', 'known ones it has');

my $reader = open_session($standby);
my $read = 'SELECT array_agg(id ORDER BY id) FROM doc;';
is(ask($reader, "SET ROLE app; BEGIN; SELECT trellis.login('$token2') \\g /dev/null\n$read"),
	'{1,2,3}', 'rows on the standby');
$node->safe_psql('postgres', q{SELECT trellis.revoke_label('bob', 'b')});
$node->wait_for_catchup($standby);
is(ask($reader, $read), '{1}', 'a revocation acts there inside an open transaction');
$node->safe_psql('postgres', q{SELECT trellis.grant_label('bob', 'b'); INSERT INTO doc VALUES (5, trellis.label_id('b | a'))});
$node->wait_for_catchup($standby);
is(ask($reader, $read), '{1,2,3,5}', 'so do a grant and a new expression');
ask($reader, 'ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ;');
ask($reader, "SELECT trellis.login('$token2') \\g /dev/null\n$read");
$node->safe_psql('postgres', q{DELETE FROM trellis.label_grant});
$node->wait_for_catchup($standby);
is(ask($reader, $read), '', 'in REPEATABLE READ too');
$node->safe_psql('postgres', q{SELECT trellis.grant_label('bob', 'b')});
$node->wait_for_catchup($standby);
$standby->promote;
is(ask($reader, "ROLLBACK; BEGIN; SELECT trellis.login('$token2') \\g /dev/null\n$read"),
	'{2,5}', 'the session lives on after promotion');
$reader->{in} .= "\\q\n";
$reader->{harness}->finish;
$standby->stop;

# a dump keeps labels, ids, grants, bindings and policies
$node->safe_psql('postgres', q{SELECT trellis.bind_role('app', 'bob', 7)});
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'restore');
for my $query (
	'SELECT * FROM trellis.label ORDER BY id',
	'SELECT * FROM trellis.label_expr ORDER BY id',
	'SELECT * FROM trellis.label_grant ORDER BY 1, 2',
	'SELECT * FROM trellis.role_principal ORDER BY 1',
	'SELECT last_value, is_called FROM trellis.label_id_seq',
	'SELECT last_value, is_called FROM trellis.label_expr_id_seq',
	q{SELECT policyname, permissive, cmd, qual, with_check FROM pg_policies ORDER BY 1},
	q{SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'doc'},
	q{SET SESSION AUTHORIZATION app; SELECT principal, tenant FROM trellis.whoami(); SELECT array_agg(id ORDER BY id) FROM doc})
{
	is($node->safe_psql('restored', $query), $node->safe_psql('postgres', $query), "restored: $query");
}
isnt($node->safe_psql('restored', q{SELECT trellis.create_label('c')}), '', 'new labels get new ids');
is(error_of($node, '\c restored' . "\nBEGIN; SELECT trellis.login('$token2')") =~ /(28000)/ ? $1 : '', '28000',
	'a token is for one database');

# DROP and CREATE EXTENSION in the lifetime of other sessions
$node->safe_psql('restored', 'DROP EXTENSION trellis CASCADE; CREATE EXTENSION trellis;');
is($node->safe_psql('restored', 'SELECT count(*) FROM trellis.label'), '0', 'the extension can be made anew');

# what the log tells, and what not
my $log = slurp_file($node->logfile);
like($log, qr/access token refused: the signature does not match|access token refused: no key has this kid/,
	'the log tells why a token was refused');
my @secrets = map { (split / /)[1] } grep { !/^#/ && / / } split /\n/, slurp_file($keyfile);
ok(!grep({ index($log, $_) >= 0 } @secrets), 'no key in the log');
ok(index($log, $token1) < 0 && index($log, $token2) < 0, 'no token in the log');

$node->stop;
done_testing();
