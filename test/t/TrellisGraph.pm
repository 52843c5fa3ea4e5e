# TrellisGraph - random graphs, policies and calls of graph functions, for the
# test that compares protected graphs with copies (090_kg_oracle.pl) and for
# those that need a call of every function

package TrellisGraph;

use strict;
use warnings;
use Digest::MD5 'md5_hex';
use Exporter 'import';

our @EXPORT = qw(graph_functions graph_call graph_world graph_fill graph_seen
  graph_policies graph_roles graph_helpers graph_random);

my @roles = qw(kgo_owner kgo_ann kgo_ben kgo_eve);
my @relations = qw(knows likes part_of cites);

# ---- random choices ----

sub graph_random { srand($_[0]); return; }
sub number { return int(rand($_[0])); }
sub chance { return rand() < $_[0]; }
sub one_of { return $_[ int(rand(@_)) ]; }
sub graph_roles { return @roles; }

# ---- calls ----

# What each function takes after edges; with a question mark, now and then.
# The server takes the type of ids from the second argument that is written.
my @tail = qw(?direction ?rels ?min_weight ?min_confidence ?valid_at ?known_at);
my @still = grep { $_ ne '?direction' } @tail;
my %functions = (
	neighbors => [ 'ids', @tail, '?max_fanout', 'nodes' ],
	expand => [ 'seeds', qw(?max_depth ?min_depth ?metapath ?seed_scores ?decay), @tail, qw(?max_fanout ?max_nodes nodes) ],
	subgraph => [ 'seeds', '?max_depth', @tail, qw(?max_fanout ?max_nodes ?max_edges nodes) ],
	paths => [ 'sources', 'targets', qw(mode ?min_depth max_depth ?metapath), @tail, '?max_paths', 'nodes' ],
	shortest_path => [ qw(source target ?weighted ?max_depth), @tail, qw(?max_nodes nodes) ],
	all_shortest_paths => [ qw(source target ?weighted ?max_depth), @tail, qw(?max_paths ?max_nodes nodes) ],
	k_shortest_paths => [ qw(source target ?k ?weighted ?max_depth), @tail, qw(?max_nodes nodes) ],
	distances => [ qw(sources ?targets ?weighted ?max_depth), @tail, qw(?max_nodes nodes) ],
	degree => [ 'ids', @still, 'nodes' ],
	ppr => [ qw(seeds ?seed_weights ?damping ?eps ?weighted), @tail, qw(?max_results ?max_fanout ?max_nodes nodes) ],
	pagerank => [ qw(id_type ?damping ?tolerance ?max_iterations ?weighted), @tail, qw(?max_results nodes) ],
	components => [ qw(id_type ?mode), @still, 'nodes' ],
	label_propagation => [ qw(id_type ?max_iterations ?random_seed ?weighted), @still, 'nodes' ],
	communities => [ qw(id_type ?resolution ?max_size ?max_levels ?random_seed ?weighted), @still, 'nodes' ],
	graph_dot => [ 'seeds', '?max_depth', @tail, qw(?max_fanout ?max_nodes nodes) ]);

# Those whose rows come in an order that is part of the answer.
my %ordered = map { $_ => 1 } qw(neighbors paths shortest_path all_shortest_paths k_shortest_paths);

# An id, one in ten of no node.
sub id
{
	my ($world) = @_;
	my $n = chance(0.1) ? $world->{n_nodes} + 1 + number(3) : 1 + number($world->{n_nodes});
	return $world->{id}->($n) . "::$world->{type}";
}

sub ids
{
	my ($world, $most) = @_;
	my @ids = map { chance(0.03) && !$world->{plain} ? 'NULL' : id($world) } 1 .. ($world->{plain} ? 1 : 0) + number($most + 1);
	$world->{asked} = @ids;
	return 'ARRAY[' . join(', ', @ids) . "]::$world->{type}\[]";
}

sub scores { return "'{" . join(',', map { 1 + number(5) } 1 .. $_[0]{asked}) . "}'"; }
sub limit { return one_of('NULL', 1, 2, 3, 5, 10, 20, 100); }
sub instant { return "'" . (2018 + number(8)) . "-06-01 00:00Z'"; }

sub relation_list
{
	return "'{" . join(',', map { one_of(@relations, 'unknown') } 0 .. number(3)) . "}'";
}

sub metapath
{
	my @steps = map {
		my $rel = one_of(@relations);
		one_of($rel, "$rel>", "<$rel") . one_of('', '', '*2')
	} 0 .. number(3);
	return "'{" . join(',', @steps) . "}'";
}

# A value of an argument, of a function where it has its own.
my %values = (
	ids => sub { ids($_[0], 8) },
	seeds => sub { ids($_[0], 5) },
	sources => sub { ids($_[0], 4) },
	targets => sub { ids($_[0], 12) },
	source => \&id,
	target => \&id,
	direction => sub { one_of(qw('out' 'in' 'both')) },
	rels => \&relation_list,
	min_weight => sub { one_of(-1, 0, 1, 2.5) },
	min_confidence => sub { one_of(0, 0.3, 0.7) },
	valid_at => \&instant,
	known_at => \&instant,
	max_depth => sub { one_of(0, 1, 2, 2, 3, 3, 4, 'NULL') },
	'paths.max_depth' => sub { one_of(1, 2, 2, 3, 3) },
	min_depth => sub { one_of(0, 1, 2) },
	metapath => \&metapath,
	mode => sub { one_of(qw('weak' 'strong')) },
	'paths.mode' => sub { one_of(qw('walk' 'trail' 'acyclic' 'simple')) },
	seed_scores => \&scores,
	seed_weights => \&scores,
	decay => sub { one_of(0.5, 0.9, 1) },
	max_fanout => \&limit,
	max_nodes => \&limit,
	max_edges => \&limit,
	max_results => \&limit,
	max_paths => sub { one_of(1, 3, 20, 300) },
	k => sub { 1 + number(6) },
	weighted => sub { $_[0]{names}{weight} || chance(0.05) ? one_of('true', 'false') : 'false' },
	damping => sub { one_of(0.3, 0.5, 0.85) },
	eps => sub { one_of('1e-3', '1e-5') },
	tolerance => sub { one_of('1e-4', '1e-9') },
	max_iterations => sub { one_of(1, 20, 200) },
	random_seed => sub { number(4) },
	resolution => sub { one_of(0.5, 1, 2) },
	max_size => sub { one_of('NULL', 3, 10) },
	max_levels => sub { one_of('NULL', 1, 2) },
	nodes => sub { $_[0]{nodes} },
	id_type => sub { "NULL::$_[0]{type}" });

# The column that an argument needs.
my %needs = (rels => 'rel', metapath => 'rel', min_weight => 'weight', min_confidence => 'confidence',
	valid_at => 'valid_from', known_at => 'recorded_at');

# Whether an argument is given that need not be. One of a column that the graph
# does not have is an error: seldom.
sub gives
{
	my ($world, $argument) = @_;
	return 0 if $world->{plain};
	return 0 if $needs{$argument} && !$world->{names}{ $needs{$argument} } && !chance(0.03);
	return chance($needs{$argument} ? 0.12 : 0.3);
}

# Names of all functions.
sub graph_functions { return sort keys %functions; }

# A random call on the graph of a world, with %s where its schema stands, and
# whether its rows have an order; of a plain world without arguments that can
# be left out.
sub graph_call
{
	my ($world, $name) = @_;
	my @given = map {
		my ($perhaps, $argument) = /^(\??)(.*)/;
		my $value = $perhaps && !gives($world, $argument) ? undef
		  : ($values{"$name.$argument"} // $values{$argument})->($world);
		defined $value ? "$argument => $value" : ();
	} @{ $functions{$name} };
	my $call = "trellis.$name(" . join(', ', "'%1\$s.edge'", @given) . ')';
	return ("SELECT replace(x::text, E'\\n', '\\n') FROM $call x;", $ordered{$name});
}

# ---- graphs ----

# What a row of an edge can hold, by role, and what that column is called.
my %usual = map { $_ => $_ } qw(src dst rel weight confidence edge_id valid_from valid_to recorded_at expired_at);
my %own = (src => 's', dst => 'd', rel => 'sort', weight => 'Wt', confidence => 'conf', edge_id => 'eid',
	valid_from => 'since', valid_to => 'until', recorded_at => 'told', expired_at => 'untold');
my %pairs = (valid_from => 'valid_to', recorded_at => 'expired_at');
my %column_types = (rel => 'text', weight => 'float8', confidence => 'float8', valid_from => 'timestamptz',
	valid_to => 'timestamptz', recorded_at => 'timestamptz', expired_at => 'timestamptz');

my %id_of = (
	bigint => sub { $_[0] * 1000000007 },
	int => sub { $_[0] },
	text => sub { "'n" . $_[0] * 7 % 100 . "-$_[0]'" },
	uuid => sub { "'" . (md5_hex($_[0]) =~ s/^(.{8})(.{4})(.{4})(.{4})/$1-$2-$3-$4-/r) . "'" });

sub instants
{
	my $first = chance(0.5) ? "'-infinity'" : "'" . (2018 + number(5)) . "-01-01 00:00Z'";
	my $second = chance(0.65) ? "'infinity'" : "'" . (2023 + number(5)) . "-01-01 00:00Z'";
	return ($first, $second);
}

sub marks { return (number(4), number(10), "'" . one_of(@roles) . "'"); }

# Rows of the stage, from which the graph and its copies are filled.
sub stage
{
	my ($world) = @_;
	my ($n, $id) = @{$world}{qw(n_nodes id)};
	my $dangling = $world->{references} ? 0 : 3;
	my $hub = 1 + number($n);
	my $end = sub { chance(0.06) ? $hub : 1 + number($n + $dangling) };
	my @nodes = map { '(' . join(', ', $_, $id->($_), marks()) . ')' } 1 .. $n;
	my ($s, $d);
	my @edges = map {
		($s, $d) = ($end->(), $end->()) if $_ == 1 || !chance(0.08);
		$d = $s if chance(0.03);
		my $weight = chance(0.04) && !$world->{full} ? 'NULL' : $world->{negative} && chance(0.01) ? -1 : one_of(0, 0.5, 1, 1, 2, 2, 3, 7);
		my $rel = $world->{full} || !chance(0.03) ? "'" . one_of(@relations) . "'" : 'NULL';
		'(' . join(', ', $_, $id->($s), $id->($d), $rel, $weight, one_of(0, 0.25, 0.5, 0.75, 1), instants(), instants(), marks()) . ')';
	} 1 .. $world->{n_edges};
	my $times = 'timestamptz';
	return "DROP TABLE IF EXISTS stage_node, stage_edge;
		CREATE TABLE stage_node (n int, key $world->{type}, grp int, lvl int, owned_by name);
		CREATE TABLE stage_edge (n int, src $world->{type}, dst $world->{type}, rel text, weight float8, confidence float8,
		  valid_from $times, valid_to $times, recorded_at $times, expired_at $times, grp int, lvl int, owned_by name);
		INSERT INTO stage_node VALUES " . join(",\n", @nodes) . ";
		INSERT INTO stage_edge VALUES " . join(",\n", @edges) . ";
		GRANT SELECT ON stage_node, stage_edge TO PUBLIC;";
}

# A random kind of graph; its rows are in the stage.
#   graph        made by create_graph
#   tables       registered, by names of their own
#   partitioned  the same in partitions
#   views        registered views of tables
#   usual        not registered: usual names, nodes by foreign keys
#   bare         edges without a node relation
sub graph_world
{
	my ($kind) = @_;
	my %world = (kind => $kind, n_nodes => chance(0.15) ? 500 + number(1000) : 20 + number(60), full => $kind eq 'graph', negative => chance(0.08));
	$world{n_edges} = int($world{n_nodes} * (1 + rand(3)));
	$world{type} = $kind eq 'graph' ? 'bigint' : one_of(sort keys %id_of);
	$world{id} = $id_of{ $world{type} };
	$world{references} = $kind eq 'graph' || $kind eq 'usual' || ($kind ne 'bare' && chance(0.5));
	my %names = $kind eq 'graph' || $kind eq 'usual' ? %usual : %own;
	if ($kind ne 'graph')
	{
		foreach my $role (qw(rel weight confidence edge_id valid_from recorded_at))
		{
			next if chance($role =~ /weight|edge_id|rel/ ? 0.85 : 0.4);
			delete $names{$role};
			delete $names{ $pairs{$role} } if $pairs{$role};
		}
	}
	$world{names} = \%names;
	$world{edge_id_type} = $kind eq 'graph' ? 'bigint' : one_of(qw(bigint bigint int text uuid));
	$world{weight_type} = one_of('float8', 'float8', 'real', 'int', 'numeric');
	$world{index} = chance(0.5);
	$world{view_condition} = one_of('', 'WHERE lvl <> 4', 'WHERE true');
	$world{nodes_given} = $kind eq 'bare' ? 0 : $kind eq 'graph' ? chance(0.2) : chance(0.4);
	$world{nodes} = $world{nodes_given} ? q{'%1$s.} . one_of('node', 'some_node') . "'" : undef;
	$world{stage} = stage(\%world);
	return \%world;
}

# The column's name as SQL.
sub quoted { return qq{"$_[0]"}; }

sub edge_columns
{
	my ($world) = @_;
	return grep { $world->{names}{$_} } qw(src dst rel weight confidence edge_id valid_from valid_to recorded_at expired_at);
}

sub column_type
{
	my ($world, $role) = @_;
	return $world->{type} if $role =~ /^(?:src|dst)$/;
	return $world->{edge_id_type} if $role eq 'edge_id';
	return $world->{weight_type} if $role eq 'weight' && $world->{kind} ne 'graph';
	return $column_types{$role};
}

# A value of the stage as the column's type.
sub staged
{
	my ($world, $role) = @_;
	return 'e.' . $role if $role ne 'edge_id';
	return 'md5(e.n::text)::uuid' if $world->{edge_id_type} eq 'uuid';
	return "e.n::$world->{edge_id_type}";
}

sub make_tables
{
	my ($world, $schema) = @_;
	my $parted = $world->{kind} eq 'partitioned';
	my ($node, $edge) = $world->{kind} eq 'views' ? qw(base_node base_edge) : qw(node edge);
	my %names = %{ $world->{names} };
	my $reference = $world->{references} ? " REFERENCES $schema.$node" : '';
	my $columns = join ', ', map { quoted($names{$_}) . ' ' . column_type($world, $_) . ($_ =~ /^(?:src|dst)$/ ? $reference : '') } edge_columns($world);
	my @parts = $parted ? map { "CREATE TABLE $schema.${_}_0 PARTITION OF $schema.$_ FOR VALUES WITH (MODULUS 2, REMAINDER 0);
		CREATE TABLE $schema.${_}_1 PARTITION OF $schema.$_ FOR VALUES WITH (MODULUS 2, REMAINDER 1);" } qw(node edge) : ();
	my $sql = "CREATE SCHEMA $schema;";
	$sql .= "CREATE TABLE $schema.$node (node_id $world->{type} PRIMARY KEY, grp int, lvl int, owned_by name)" . ($parted ? ' PARTITION BY HASH (node_id);' : ';')
	  if $world->{kind} ne 'bare';
	$sql .= "CREATE TABLE $schema.$edge (n int, $columns, grp int, lvl int, owned_by name)" . ($parted ? ' PARTITION BY HASH (n);' : ';');
	$sql .= join '', $world->{kind} eq 'bare' ? () : @parts;
	$sql .= "CREATE INDEX ON $schema.$edge ($names{src}); CREATE INDEX ON $schema.$edge ($names{dst});" if $world->{index};
	return $sql;
}

sub make_views
{
	my ($world, $schema) = @_;
	my $options = 'WITH (security_invoker)';
	my $sql = '';
	$sql = "CREATE VIEW $schema.edge $options AS SELECT * FROM $schema.base_edge $world->{view_condition} ;
		CREATE VIEW $schema.node $options AS SELECT * FROM $schema.base_node WHERE lvl < 9 UNION ALL SELECT * FROM $schema.base_node WHERE lvl = 9;"
	  if $world->{kind} eq 'views';
	$sql .= "CREATE VIEW $schema.some_node $options AS SELECT node_id FROM $schema.node WHERE lvl <> 3;" if $world->{kind} ne 'bare';
	return $sql;
}

sub register
{
	my ($world, $schema) = @_;
	my %names = %{ $world->{names} };
	my $known = $world->{kind} eq 'bare' || ($world->{references} && $world->{kind} eq 'tables' && $world->{n_nodes} % 2);
	my @given = map { ($_ eq 'rel' ? 'rel_column' : $_) . " => '$names{$_}'" } edge_columns($world);
	push @given, "nodes => '$schema.node'", "node_key => 'node_id'" if !$known;
	return "SELECT FROM trellis.register_edges('$schema.edge', " . join(', ', @given) . ");\n";
}

# Makes the graph's relations in a schema, as the current role, and fills them
# from tables like the stage's.
sub graph_fill
{
	my ($world, $schema, $nodes, $edges) = @_;
	my ($node, $edge) = $world->{kind} eq 'views' ? qw(base_node base_edge) : qw(node edge);
	my @roles = edge_columns($world);
	my $sql;
	if ($world->{kind} eq 'graph')
	{
		$sql = "SELECT FROM trellis.create_graph('$schema');
			ALTER TABLE $schema.node ADD grp int, ADD lvl int, ADD owned_by name;
			ALTER TABLE $schema.edge ADD n int, ADD grp int, ADD lvl int, ADD owned_by name;
			INSERT INTO $schema.rel_type (rel, name) VALUES " . join(', ', map { '(' . ($_ + 1) . ", '$relations[$_]')" } 0 .. $#relations) . ";
			INSERT INTO $schema.node (node_id, ext_id, grp, lvl, owned_by) SELECT key, key, grp, lvl, owned_by FROM $nodes;";
	}
	else
	{
		$sql = make_tables($world, $schema);
		$sql .= "INSERT INTO $schema.$node SELECT key, grp, lvl, owned_by FROM $nodes;" if $world->{kind} ne 'bare';
	}
	my @targets = map { quoted($world->{names}{$_}) } @roles;
	my @values = map { $_ eq 'rel' && $world->{kind} eq 'graph' ? "(SELECT t.rel FROM $schema.rel_type t WHERE t.name = e.rel)" : staged($world, $_) } @roles;
	$sql .= "INSERT INTO $schema.$edge (n, grp, lvl, owned_by, " . join(', ', @targets) . ') SELECT e.n, e.grp, e.lvl, e.owned_by, ' . join(', ', @values) . " FROM $edges e;";
	$sql =~ s/\(n, grp, (.*) SELECT e\.n, e\.grp/(ukey, n, grp, $1 SELECT e.n::text, e.n, e.grp/ if $world->{kind} eq 'graph';
	$sql .= make_views($world, $schema);
	$sql .= "GRANT USAGE ON SCHEMA $schema TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA $schema TO PUBLIC;\n";
	$sql .= "ANALYZE $schema.$edge;" if chance(0.5);
	$sql .= register($world, $schema) if $world->{kind} !~ /^(?:graph|usual)$/;
	return $sql;
}

# What the current role sees of the tables, as temporary tables seen_node and
# seen_edge like the stage's.
sub graph_seen
{
	my ($world, $schema) = @_;
	my ($node, $edge) = $world->{kind} eq 'views' ? qw(base_node base_edge) : qw(node edge);
	my $nodes = $world->{kind} eq 'bare' ? 'SELECT * FROM stage_node WHERE false'
	  : "SELECT s.* FROM stage_node s WHERE s.key IN (SELECT v.node_id FROM $schema.$node v)";
	my $both = $world->{kind} eq 'bare' ? '' : 'AND s.src IN (SELECT key FROM seen_node) AND s.dst IN (SELECT key FROM seen_node)';
	return "CREATE TEMP TABLE seen_node AS $nodes;
		CREATE TEMP TABLE seen_edge AS SELECT s.* FROM stage_edge s WHERE s.n IN (SELECT v.n FROM $schema.$edge v) $both;
		GRANT SELECT ON seen_node, seen_edge TO PUBLIC;\n";
}

# ---- policies ----

# Roles, and what policies look at.
sub graph_helpers
{
	return join('', map { "CREATE ROLE $_;" } @roles, 'kgo_staff') . q{
		GRANT kgo_staff TO kgo_ann;
		GRANT CREATE ON DATABASE postgres TO kgo_owner;
		CREATE SCHEMA help;
		GRANT USAGE ON SCHEMA help TO PUBLIC;
		CREATE TABLE help.acl (who name, grp int);
		GRANT SELECT ON help.acl TO PUBLIC;
		INSERT INTO help.acl VALUES ('kgo_ann', 0), ('kgo_ann', 2), ('kgo_ben', 1), ('kgo_ben', 2), ('kgo_owner', 3), ('kgo_eve', 0), ('kgo_eve', 1), ('kgo_eve', 3);
		CREATE TABLE help.secret_acl AS SELECT * FROM help.acl WHERE grp <> 2;
		CREATE FUNCTION help.may_see(grp int) RETURNS bool LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
		  BEGIN RETURN EXISTS (SELECT FROM help.secret_acl a WHERE a.who = session_user OR a.grp = may_see.grp AND a.grp <= current_setting('app.level')::int); END $$;
		CREATE FUNCTION help.low(lvl int) RETURNS bool LANGUAGE plpgsql IMMUTABLE LEAKPROOF COST 0.001 AS $$ BEGIN RETURN lvl < 7; END $$;
		CREATE FUNCTION help.whim(lvl int) RETURNS bool LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN lvl <> current_setting('app.level')::int; END $$;
	};
}

my @conditions = (
	q{lvl <= current_setting('app.level')::int}, q{lvl >= current_setting('app.level')::int - 2}, q{lvl <> 4}, q{lvl % 2 = 0 OR grp = 1},
	q{owned_by = current_user}, q{owned_by <> current_user},
	q{grp IN (SELECT a.grp FROM help.acl a WHERE a.who = current_user)},
	q{EXISTS (SELECT FROM help.acl a WHERE a.who = current_user AND a.grp = %1$s.grp)},
	q{grp = ANY (string_to_array(current_setting('app.groups'), ',')::int[])},
	q{help.may_see(grp)}, q{help.low(lvl)}, q{help.whim(lvl)},
	q{(SELECT current_setting('app.level')::int) > 2}, q{true});

# Statements that give a table random policies, after taking away those that
# it has.
sub table_policies
{
	my ($table, $crossing) = @_;
	my $sql = "DO \$\$ DECLARE p name; BEGIN
		FOR p IN SELECT policyname FROM pg_policies WHERE schemaname || '.' || tablename = '$table' LOOP EXECUTE format('DROP POLICY %I ON $table', p); END LOOP; END \$\$;
		ALTER TABLE $table DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;";
	return $sql if chance(0.25);
	my @of = (@conditions, $crossing ? $crossing : ());
	my $short = $table =~ s/.*\.//r;
	foreach my $i (1 .. 1 + number(3))
	{
		my $kind = $i > 1 && chance(0.5) ? 'RESTRICTIVE' : 'PERMISSIVE';
		my $to = $i == 1 && chance(0.9) ? 'PUBLIC' : one_of('PUBLIC', 'kgo_staff', 'kgo_ben, kgo_eve');
		$sql .= sprintf("CREATE POLICY p$i ON $table AS $kind FOR SELECT TO $to USING (%s);", sprintf(one_of(@of), $short));
	}
	$sql .= "ALTER TABLE $table ENABLE ROW LEVEL SECURITY;";
	$sql .= "ALTER TABLE $table FORCE ROW LEVEL SECURITY;" if chance(0.5);
	return "$sql\n";
}

# Random policies on the graph in schema w.
sub graph_policies
{
	my ($world) = @_;
	my ($node, $edge) = $world->{kind} eq 'views' ? qw(base_node base_edge) : qw(node edge);
	my $crossing = $world->{kind} eq 'bare' ? undef : "EXISTS (SELECT FROM w.$node x WHERE x.node_id = %1\$s.\"$world->{names}{src}\")";
	my $sql = table_policies("w.$edge", $crossing);
	$sql .= table_policies("w.$node") if $world->{kind} ne 'bare';

	# those of a partition matter to who names it alone
	$sql .= table_policies('w.edge_1') if $world->{kind} eq 'partitioned';
	return $sql;
}

1;
