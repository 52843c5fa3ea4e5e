# TrellisOracle - tables, policies and random statements for the test that
# compares top-k searches with exact ones (080_knn_oracle.pl)

package TrellisOracle;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(oracle_tables oracle_filter_columns oracle_combination
  oracle_reset);

my $dims = 24;
my $rows = 4000;
my @roles = qw(oracle_owner oracle_ann oracle_ben oracle_eve);

# Sources: what a statement reads.
#   type     of what is searched, see %types
#   element  its expression, of the row t
#   tables   that policies are put on
#   view     of these tables by UNION ALL: a condition on the last of them
#   clause   between the table's columns and its rows
#   indexes  the distances of its ivf indexes; filtered ones with filter columns
my %sources = (
	plain => { type => 'vector', indexes => [qw(cosine l2 ip l1)] },
	nulls => { type => 'vector', indexes => [qw(cosine l2 ip l1)] },
	half => { type => 'halfvec', indexes => [qw(cosine l2 ip l1)] },
	sparse => { type => 'sparsevec', indexes => [qw(cosine l2 ip)] },
	bits => { type => 'bit', indexes => [qw(hamming jaccard)] },
	filtered => { type => 'vector', filtered => 1, indexes => [qw(cosine l2 ip)] },
	filtered_half => { type => 'halfvec', filtered => 1, indexes => [qw(cosine l1)] },
	filtered_bits => { type => 'bit', filtered => 1, indexes => [qw(hamming)] },
	filtered_sparse => { type => 'sparsevec', filtered => 1, indexes => [qw(cosine)] },
	filtered_nulls => { type => 'vector', filtered => 1, indexes => [qw(cosine ip)] },
	by_list => { type => 'vector', clause => 'PARTITION BY LIST (lang)', indexes => [qw(cosine l2)] },
	by_range => { type => 'vector', clause => 'PARTITION BY RANGE (created)', indexes => [qw(cosine ip)] },
	by_hash => { type => 'halfvec', clause => 'PARTITION BY HASH (id)', indexes => [qw(cosine l2)] },
	by_hash_filtered => { type => 'vector', clause => 'PARTITION BY HASH (id)', filtered => 1, indexes => [qw(cosine)] },
	halves => { type => 'vector', tables => [qw(left_half right_half)], view => '', indexes => [qw(cosine l2)] },
	halves_where => { type => 'vector', tables => [qw(upper_half lower_half)], view => 'WHERE c <> 17', indexes => [qw(cosine l2)] },
	cast_half => { type => 'halfvec', element => "(t.v::halfvec($dims))", indexes => [qw(cosine l2)] },
	signs => { type => 'signs', element => "(binary_quantize(t.v)::bit($dims))", indexes => [qw(hamming)] },
	partial => { type => 'vector', predicate => "flag AND lang IN ('de', 'en')", indexes => [qw(cosine l2)] },
	held => { type => 'vector', fixed => 1, indexes => [qw(cosine l2)] },
);
my @source_names = sort keys %sources;

my %types = (
	vector => { column => 'v', form => 'vector', classes => 'vector' },
	halfvec => { column => 'h', form => 'halfvec', classes => 'halfvec' },
	sparsevec => { column => 's', form => 'sparsevec', classes => 'sparsevec' },
	bit => { column => 'b', form => 'bit(64)', classes => 'bit' },
	signs => { column => 'g', form => "bit($dims)", classes => 'bit' },
);

my %operators = (cosine => '<=>', l2 => '<->', ip => '<#>', l1 => '<+>', hamming => '<~>', jaccard => '<%>');

# About what a tenth, a third and nearly all of the rows are within.
my %radii = (
	cosine => [ 0.15, 0.5, 0.95 ], l2 => [ 2, 3.5, 6 ], ip => [ -4, -1, 1 ],
	l1 => [ 8, 14, 25 ], hamming => [ 8, 20, 30 ], jaccard => [ 0.3, 0.6, 0.8 ]);

my $columns = "id int, topic int, tenant int, lang text, labels int[], tags text[], created timestamptz, owner name,
	c int, flag bool, body text, meta jsonb, span int4range, access_label int,
	v vector($dims), h halfvec($dims), s sparsevec($dims), b bit(64)";

# ---- tables ----

sub base_rows
{
	return qq{
	SELECT setseed(0.42);
	CREATE TABLE centre AS SELECT topic,
		(SELECT array_agg(random() * 2 - 1 + 0 * topic * j ORDER BY j) FROM generate_series(1, $dims) j) AS x
	  FROM generate_series(0, 29) topic;
	CREATE TABLE base AS
	  SELECT i.id, c.topic, floor(i.r1 * i.r1 * 12)::int AS tenant,
		(ARRAY['de', 'en', 'fr', 'it', NULL])[1 + floor(i.r2 * 5)] AS lang,
		(SELECT array_agg((1 + floor(random() * 20 + 0 * j))::int) FROM generate_series(1, i.id * 7 % 5) j) AS labels,
		(SELECT array_agg('tag' || floor(random() * 30 + 0 * j)) FROM generate_series(1, i.id * 3 % 4) j) AS tags,
		CASE WHEN i.id % 50 <> 0 THEN '2020-01-01 00:00+00'::timestamptz + i.r3 * '1500 days'::interval END AS created,
		(ARRAY['oracle_owner', 'oracle_ann', 'oracle_ben', 'oracle_eve'])[1 + floor(i.r4 * 4)]::name AS owner,
		floor(i.r5 * 100)::int AS c, CASE WHEN i.id % 31 <> 0 THEN i.r6 < 0.6 END AS flag,
		format('topic %s about %s', c.topic, floor(i.r6 * 50)) AS body,
		jsonb_build_object('lang', (ARRAY['de', 'en', 'fr'])[1 + floor(i.r4 * 3)], 'year', 2015 + floor(i.r3 * 10)) AS meta,
		int4range(floor(i.r1 * 1000)::int, floor(i.r1 * 1000)::int + 20) AS span,
		(SELECT (array_agg(label ORDER BY label))[1 + floor(i.r2 * 6)] FROM oracle_label) AS access_label,
		(SELECT array_agg(((x[j] + 0.7 * (random() + random() - 1)) * (0.7 + 0.6 * i.r5))::real ORDER BY j)
		   FROM generate_series(1, $dims) j)::vector($dims) AS v,
		(SELECT string_agg((random() < (((c.topic * 13 + j * 7) % 10) / 10.0))::int::text, '' ORDER BY j)
		   FROM generate_series(1, 64) j)::bit(64) AS b
	  FROM (SELECT id, random() r1, random() r2, random() r3, random() r4, random() r5, random() r6, floor(random() * random() * 30) AS topic
		FROM generate_series(1, $rows) id) i
	  JOIN centre c USING (topic) ORDER BY i.id;
	-- rows that are as near as others are
	UPDATE base SET v = o.v, b = o.b FROM base o WHERE base.id % 25 = 0 AND o.id = base.id - 1;
	CREATE TABLE query AS
	  SELECT qid, v, v::halfvec AS h, v::sparsevec AS s, b, binary_quantize(v)::bit($dims) AS g FROM (
		SELECT qid, CASE WHEN qid < 20 OR qid = 39
			THEN (SELECT array_agg(((v::real[])[j] + CASE WHEN qid < 20 THEN 0.3 * random() ELSE 0 END)::real ORDER BY j)
				FROM generate_series(1, $dims) j)::vector
			WHEN qid < 36 THEN (SELECT array_agg((random() * 2 - 1 + 0 * qid * j)::real) FROM generate_series(1, $dims) j)::vector
			WHEN qid = 36 THEN array_fill(0::real, '{$dims}')::vector
			WHEN qid = 38 THEN (SELECT array_agg(100 * (v::real[])[j] ORDER BY j) FROM generate_series(1, $dims) j)::vector END AS v,
			CASE WHEN qid < 20 THEN b WHEN qid = 36 THEN 0::bit(64) WHEN qid <> 37 THEN b # (qid * 1234567)::bit(64) END AS b
		FROM generate_series(0, 39) qid JOIN base ON base.id = qid * 97 + 5) o ORDER BY qid;
	CREATE TABLE team (id int PRIMARY KEY, plan text, region text);
	INSERT INTO team SELECT i, CASE WHEN i % 3 = 0 THEN 'gold' ELSE 'tin' END, 'r' || i % 4 FROM generate_series(0, 11) i;
	CREATE TABLE member (who name, tenant int, topic int);
	INSERT INTO member VALUES ('oracle_ann', 1, 3), ('oracle_ann', 4, 0), ('oracle_ben', 0, 1), ('oracle_eve', 11, 29),
		('oracle_owner', 0, 0), ('oracle_owner', 1, 1), ('oracle_owner', 2, 2);
	GRANT SELECT ON base, query, team, member TO PUBLIC;
	};
}

sub partitions
{
	my ($name, $clause) = @_;
	return '' if !$clause;
	return qq{
		CREATE TABLE ${name}_de PARTITION OF $name FOR VALUES IN ('de');
		CREATE TABLE ${name}_en PARTITION OF $name FOR VALUES IN ('en', 'fr');
		CREATE TABLE ${name}_rest PARTITION OF $name DEFAULT;} if $clause =~ /LIST/;
	return qq{
		CREATE TABLE ${name}_old PARTITION OF $name FOR VALUES FROM (MINVALUE) TO ('2021-01-01');
		CREATE TABLE ${name}_mid PARTITION OF $name FOR VALUES FROM ('2021-01-01') TO ('2022-06-01');
		CREATE TABLE ${name}_empty PARTITION OF $name FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
		CREATE TABLE ${name}_rest PARTITION OF $name DEFAULT;} if $clause =~ /RANGE/;
	return join '', map { "CREATE TABLE ${name}_$_ PARTITION OF $name FOR VALUES WITH (MODULUS 3, REMAINDER $_);" } 0 .. 2;
}

my $filter_columns = ", tenant, lang, labels, created, topic, c, ((meta->>'lang')), access_label";

sub make_table
{
	my ($name, $source, $where) = @_;
	my $type = $types{ $source->{type} };
	my $clause = $source->{clause} // '';
	my $element = $source->{element} ? ($source->{element} =~ s/t\.//r) : $type->{column};
	my $filters = $source->{filtered} ? $filter_columns : '';
	my $predicate = $source->{predicate} ? "WHERE $source->{predicate}" : '';
	my $v = $name =~ /nulls/ ? "CASE WHEN id % 19 = 0 THEN NULL WHEN id % 23 = 0 THEN array_fill(0::real, '{$dims}')::vector ELSE v END" : 'v';
	my $sql = "CREATE TABLE $name ($columns) $clause;" . partitions($name, $clause);

	# half of the rows are there when the index is built
	my $insert = "INSERT INTO $name SELECT id, topic, tenant, lang, labels, tags, created, owner, c, flag, body, meta, span, access_label,
		v, v::halfvec, v::sparsevec, b FROM (SELECT *, $v AS other FROM base WHERE $where) o (" . q{id, topic, tenant, lang, labels, tags,
		created, owner, c, flag, body, meta, span, access_label, unused, b, v)};
	$sql .= "$insert WHERE id % 4 < 2;";
	$sql .= "CREATE INDEX ON $name USING ivf ($element $type->{classes}_${_}_ops$filters) $predicate;" foreach @{ $source->{indexes} };
	$sql .= "$insert WHERE id % 4 > 1;";
	$sql .= "CREATE INDEX ON $name (id); CREATE INDEX ON $name (tenant); CREATE INDEX ON $name (topic); CREATE INDEX ON $name USING gin (labels);
		CREATE INDEX ON $name USING gin (tags); CREATE INDEX ON $name USING gist (span); CREATE INDEX ON $name USING brin (created);
		CREATE INDEX ON $name ((meta->>'lang')); CREATE INDEX ON $name (access_label);";

	# rows that have moved, and dead ones
	$sql .= "UPDATE $name SET c = c + 1 WHERE id % 20 = 3 AND c < 90; DELETE FROM $name WHERE id % 40 = 9; VACUUM ANALYZE $name;
		UPDATE $name SET c = c - 1 WHERE id % 20 = 3 AND c > 0; UPDATE $name SET v = o.v, h = o.v, s = o.v::sparsevec FROM base o
		WHERE $name.id % 29 = 5 AND $name.v IS NOT NULL AND o.id = 1 + ($name.id * 7) % $rows; DELETE FROM $name WHERE id % 40 = 19;
		ANALYZE $name; ALTER TABLE $name OWNER TO oracle_owner; GRANT SELECT, UPDATE ON $name TO PUBLIC;";
	return $sql;
}

# A policy whose combinations run beside a session that has locked and changed
# rows: it cannot be made each time.
my $fixed_policy = q{
	ALTER TABLE held ENABLE ROW LEVEL SECURITY;
	CREATE POLICY team ON held USING (tenant IN (SELECT m.tenant FROM member m WHERE m.who = current_user));
	CREATE POLICY own ON held USING (owner = current_user);
	CREATE POLICY old ON held AS RESTRICTIVE USING (topic < 20);
};

# SQL that makes everything; $filters: an ivf index takes filter columns.
sub oracle_tables
{
	my ($filters) = @_;
	my $sql = join '', map { "CREATE ROLE $_;" } @roles;
	$sql .= q{
		SELECT trellis.create_label(name) FROM unnest(ARRAY['hr', 'pii', 'legal']) name;
		SELECT trellis.bind_role('oracle_ann', 'ann'), trellis.bind_role('oracle_ben', 'ben', 2), trellis.bind_role('oracle_owner', 'otto', 1);
		SELECT trellis.grant_label('ann', 'hr'), trellis.grant_label('ann', 'pii'), trellis.grant_label('ben', 'legal'), trellis.grant_label('otto', 'hr');
		CREATE TABLE oracle_label AS SELECT trellis.label_id(e) AS label FROM unnest(ARRAY['hr', 'hr & pii', 'legal', 'hr | legal', 'pii & legal']) e;
		CREATE FUNCTION oracle_may_see(tenant int, topic int) RETURNS bool LANGUAGE plpgsql STABLE AS $$
		  BEGIN RETURN tenant % 2 = 0 OR topic = 3; END $$;
		CREATE FUNCTION oracle_odd(c int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT c % 7';
		CREATE FUNCTION oracle_run(query text) RETURNS TABLE (g int, id int, d float8, x text) LANGUAGE plpgsql AS $$
		  BEGIN RETURN QUERY EXECUTE query; END $$;
		CREATE FUNCTION oracle_volatile(c int) RETURNS bool LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN c < 60; END';
		CREATE FUNCTION oracle_cheap(c int) RETURNS bool LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$
		  BEGIN IF c = 5 THEN RAISE EXCEPTION 'met %', c; END IF; RETURN c > 1; END $$;
		CREATE FUNCTION oracle_slow(c int) RETURNS bool LANGUAGE plpgsql IMMUTABLE COST 1000 AS 'BEGIN RETURN c < 40; END';
	};
	$sql .= base_rows();
	foreach my $name (@source_names)
	{
		my $source = $sources{$name};
		next if $source->{filtered} && !$filters;
		if ($source->{tables})
		{
			$sql .= make_table($source->{tables}[$_], $source, "id % 2 = $_") foreach 0, 1;
			$sql .= "CREATE VIEW $name WITH (security_invoker) AS SELECT * FROM $source->{tables}[0] UNION ALL SELECT * FROM $source->{tables}[1] $source->{view};
				GRANT SELECT ON $name TO PUBLIC;";
			next;
		}
		$sql .= make_table($name, $source, 'true');
	}
	return "$sql$fixed_policy";
}

# A statement that fails where an ivf index takes no filter columns.
sub oracle_filter_columns
{
	return q{BEGIN; CREATE TABLE probe (v vector(3), tenant int, lang text, labels int[], created timestamptz, meta jsonb);
		CREATE INDEX ON probe USING ivf (v vector_cosine_ops, tenant, lang, labels, created, ((meta->>'lang'))); ROLLBACK;};
}

# ---- random choices ----

sub oracle_reset { srand($_[0]); return; }
sub number { return int(rand($_[0])); }
sub chance { return rand() < $_[0]; }
sub one_of { return $_[ int(rand(@_)) ]; }

# A value that may become a parameter: P always where there are any, M perhaps.
sub value
{
	my ($type, $text, $how) = @_;
	$how //= chance(0.5) ? 'P' : 'L';
	return "\x01$how\x02$type\x02$text\x03";
}

sub literal
{
	my ($type, $text) = @_;
	return $text if $type eq 'bigint';
	return $text eq 'NULL' ? "NULL::$type" : "'$text'::$type";
}

# The statement with its values in place.
sub literally
{
	my ($sql) = @_;
	$sql =~ s{\x01.\x02(.*?)\x02(.*?)\x03}{ literal($1, $2) }gse;
	return $sql;
}

# The statement with parameters, their types and their values.
sub with_parameters
{
	my ($sql) = @_;
	my (%number, @types, @values);
	$sql =~ s{\x01(.)\x02(.*?)\x02(.*?)\x03}{
		my ($how, $type, $text) = ($1, $2, $3);
		my $literal = literal($type, $text);
		if ($how eq 'P' && !$number{$literal})
		{
			push @types, $type;
			push @values, $literal;
			$number{$literal} = @types;
		}
		$how eq 'P' ? "\$$number{$literal}" : $literal;
	}gse;
	return ($sql, \@types, \@values);
}

# ---- WHERE ----

my @atoms = (
	sub { 't.tenant = ' . value('int', number(13)) },
	sub { 't.tenant = ' . value('int8', number(13)) },
	sub { 't.tenant IN (' . join(', ', map { number(13) } 0 .. number(4)) . ')' },
	sub { 't.tenant = ANY (' . value('int[]', '{' . join(',', map { number(13) } 1 .. number(5)) . '}') . ')' },
	sub { my $low = number(12); "t.tenant BETWEEN $low AND " . ($low + number(4)) },
	sub { 't.tenant <> ' . number(5) },
	sub { 't.lang IS NULL' },
	sub { 't.lang IS NOT NULL' },
	sub { 't.lang = ' . value('text', one_of(qw(de en fr xx))) },
	sub { q{t.lang IN ('de', 'it')} },
	sub { 't.lang = ANY (' . value('text[]', one_of('{de}', '{en,fr,NULL}', '{}')) . ')' },
	sub { 't.labels && ' . value('int[]', '{' . join(',', map { 1 + number(20) } 0 .. number(3)) . '}') },
	sub { 't.labels @> ' . value('int[]', '{' . join(',', map { 1 + number(20) } 0 .. number(2)) . '}') },
	sub { 't.labels <@ ' . value('int[]', '{1,2,3,4,5,6,7,8,9,10}') },
	sub { 't.labels IS NULL' },
	sub { 't.tags && ' . value('text[]', '{tag' . number(30) . ',tag' . number(30) . '}') },
	sub { "t.body LIKE 'topic " . number(10) . "%'" },
	sub { "t.body LIKE '%" . number(10) . "'" },
	sub { q{t.meta->>'lang' = } . value('text', one_of(qw(de en fr xx))) },
	sub { q{(t.meta->>'lang') IN ('de', 'fr')} },
	sub { q{(t.meta->>'year')::int >= } . (2015 + number(11)) },
	sub { q{t.meta @> '{"lang": "en"}'} },
	sub { 't.created >= ' . value('timestamptz', sprintf('202%d-0%d-01 00:00+00', number(5), 1 + number(9))) },
	sub { sprintf(q{t.created BETWEEN '202%d-03-01 00:00+00' AND '202%d-04-01 00:00+00'}, number(4), 1 + number(4)) },
	sub { 't.created IS NULL' },
	sub { one_of('t.flag', 'NOT t.flag', 't.flag IS NOT TRUE', 't.flag IS NULL') },
	sub { 't.topic = ' . value('int', number(30)) },
	sub { 't.topic < ' . value('int', number(30)) },
	sub { 't.topic > ' . value('int', number(10)) },
	sub { 't.c % 7 = ' . number(7) },
	sub { 't.c >= ' . value('int', number(100)) },
	sub { 't.c = ' . value('int', number(100)) },
	sub { 'oracle_odd(t.c) < ' . number(7) },
	sub { 'oracle_slow(t.c)' },
	sub { 'oracle_volatile(t.c)' },
	sub { sprintf('t.span && int4range(%d, %d)', map { $_, $_ + 150 } number(800)) },
	sub { 't.id % 1000 < ' . one_of(1, 10, 100) },
	sub { 't.id = ' . value('int', 1 + number($rows)) },
	sub { 't.owner = current_user' },
	sub { q{EXISTS (SELECT FROM team n WHERE n.id = t.tenant AND n.plan = 'gold')} },
	sub { q{NOT EXISTS (SELECT FROM team n WHERE n.id = t.tenant AND n.region = 'r1')} },
	sub { q{t.tenant IN (SELECT n.id FROM team n WHERE n.region = 'r2')} },
	sub { 't.topic = (SELECT max(m.topic) FROM member m)' },
	sub { '(t.tenant, t.lang) = (1, ' . value('text', 'de') . ')' },
	sub { "coalesce(t.lang, 'none') = 'none'" },
	sub { '(SELECT ' . one_of('true', 'current_setting(\'app.tenant\') <> \'99\'') . ')' },
	sub { one_of('t.tenant = -1', 'false', 'NULL::bool') });

sub tree
{
	my ($depth) = @_;
	return one_of(@atoms)->() if $depth == 0 || chance(0.4);
	return 'NOT (' . tree($depth - 1) . ')' if chance(0.15);
	my $join = one_of(' AND ', ' OR ');
	return '(' . join($join, map { tree($depth - 1) } 0 .. 1 + number(2)) . ')';
}

# What raises an error in some rows, what makes it safe, and a policy under
# which none of those is visible.
my @erring = (
	[ '10 / (t.c - 5) < 3', 't.c = 5', 'c <> 5' ],
	[ 'oracle_cheap(t.c)', 't.c = 5', 'c <> 5' ],
	[ 'sqrt((t.c - 3)::float8) > 1', 't.c < 3', 'c >= 3' ],
	[ q{t.body::int > 0 OR t.c < 90}, 'true', 'false' ],
	[ q{(CASE WHEN t.lang = 'it' THEN 'x' ELSE '1' END)::int = 1}, q{t.lang = 'it'}, q{lang <> 'it'} ]);

# ---- policies ----

# Of a table %s; a role they are for may be among them.
my %policies = (
	none => [],
	tenant => [ q{CREATE POLICY p ON %s USING (tenant = current_setting('app.tenant')::int)} ],
	tags => [ q{CREATE POLICY p ON %s USING (tags && string_to_array(current_setting('app.tags'), ','))} ],
	labels => [ q{CREATE POLICY p ON %s USING (labels && '{3,7}')} ],
	several => [
		q{CREATE POLICY p1 ON %s USING (tenant = 2)}, q{CREATE POLICY p2 ON %s USING (labels @> '{4}')},
		q{CREATE POLICY p3 ON %s USING (owner = current_user)}, q{CREATE POLICY p4 ON %s FOR SELECT TO oracle_ann USING (lang IS NULL)} ],
	restrictive => [
		q{CREATE POLICY p1 ON %s USING (topic < 8 OR flag)}, q{CREATE POLICY p2 ON %s AS RESTRICTIVE USING (created < '2023-01-01')},
		q{CREATE POLICY p3 ON %s AS RESTRICTIVE TO oracle_ben USING (lang = 'de')} ],
	exists => [ q{CREATE POLICY p ON %1$s USING (EXISTS (SELECT FROM member m WHERE m.who = current_user AND m.tenant = %1$s.tenant))} ],
	member => [ q{CREATE POLICY p ON %s USING (topic IN (SELECT m.topic FROM member m WHERE m.who = current_user))} ],
	owner => [ q{CREATE POLICY p ON %s USING (owner = current_user)} ],
	function => [ q{CREATE POLICY p ON %s USING (oracle_may_see(tenant, topic))} ],
	topic => [ q{CREATE POLICY p ON %s USING (topic = 2)} ],
	topics => [ q{CREATE POLICY p ON %s USING (topic > 12)} ],
	half => [ q{CREATE POLICY p ON %s USING (c < 50)} ],
	few => [ q{CREATE POLICY p ON %s USING (id %% 250 = 1)} ],
	near => [ q{CREATE POLICY p ON %s USING (span << int4range(100, 101))} ],
	nothing => [ q{CREATE POLICY p ON %s USING (false)} ],
	missing => [ q{ALTER TABLE %s ENABLE ROW LEVEL SECURITY} ]);
my @policy_names = sort keys %policies;

# Statements that put a policy on the tables.
sub policy
{
	my ($source, $name, $extra) = @_;
	my @sql;
	foreach my $table (@{ $source->{tables} })
	{
		if ($name eq 'protected')
		{
			push @sql, "SELECT trellis.protect('$table')";
			push @sql, "CREATE POLICY more ON $table AS RESTRICTIVE USING (c < 70)" if $extra;
		}
		elsif ($name ne 'none')
		{
			push @sql, map { sprintf($_, $table) } @{ $policies{$name} };
			push @sql, "ALTER TABLE $table ENABLE ROW LEVEL SECURITY";
			push @sql, "ALTER TABLE $table FORCE ROW LEVEL SECURITY" if $extra;
		}
	}
	return map { "$_;" } @sql;
}

# ---- ORDER BY ----

# The key that is sorted by and the clause, of a distance.
sub order
{
	my ($distance, $class, $shape) = @_;
	my $nulls = one_of('', '', ' NULLS LAST', ' NULLS FIRST');
	return ($distance, $distance) if $shape eq 'plain';
	return ($distance, "$distance, t.id") if $shape eq 'tied';
	return ($distance, 'd') if $shape eq 'alias';
	return ($distance, '3') if $shape eq 'position';
	return ($distance, "$distance$nulls") if $shape eq 'nulls';
	return ($distance, "$distance DESC$nulls") if $shape eq 'farthest';
	return ("1 - ($distance)", "1 - ($distance) DESC$nulls") if $shape eq 'similarity';
	return ("1 - ($distance)", "d DESC$nulls") if $shape eq 'similarity alias';
	return ("-($distance)", "-($distance) DESC$nulls") if $shape eq 'negative';
	return ("($distance) * -1", "($distance) * -1 DESC$nulls") if $shape eq 'product';
	die "no shape $shape";
}

my @shapes = (('plain') x 6, ('tied') x 2, ('alias') x 2, 'position', 'nulls', 'farthest', ('similarity') x 3,
	'similarity alias', ('negative') x 2, ('product') x 2);

# A condition on the distance.
sub range
{
	my ($distance, $class) = @_;
	my $radius = one_of(@{ $radii{$class} });
	return "$distance < " . value('float8', $radius) if chance(0.5);
	return "$distance <= $radius" if chance(0.3);
	return "$radius > $distance" if chance(0.3);
	return sprintf('1 - (%s) > %s', $distance, 1 - $radius);
}

# ---- LIMIT ----

sub limit
{
	my ($sorted) = @_;
	my $k = one_of(0, 1, 2, 5, 10, 10, 10, 50, 200, 100000);
	my $offset = chance(0.25) ? one_of(0, 1, 5, 20, 300) : undef;
	my $form = number(20);
	my $sql = '';

	return ('', undef, 0) if $form == 0 && chance(0.5);
	$sql = ' OFFSET ' . value('bigint', $offset) if defined $offset && $form < 10;
	return ("$sql LIMIT " . one_of('ALL', 'NULL'), undef, $offset // 0) if $form == 1;
	$sql .= ' LIMIT ' . value('bigint', $k, 'L') if $form < 7;
	$sql .= " LIMIT (SELECT $k)" if $form == 7;
	$sql .= ' LIMIT ' . value('bigint', $k, 'P') if $form >= 8 && $form < 15;
	$sql .= " FETCH FIRST $k ROWS ONLY" if $form >= 15 && $form < 18;
	$sql .= " FETCH FIRST $k ROWS " . ($sorted ? 'WITH TIES' : 'ONLY') if $form >= 18;
	$sql .= ' OFFSET ' . value('bigint', $offset) if defined $offset && $form >= 10;
	return ($sql, $k, $offset // 0);
}

# ---- shapes of plans ----

my @hows = (('literal') x 3, ('generic') x 3, ('custom') x 2, 'cursor', 'scroll', 'cte', 'materialized', 'source', 'pushed', 'after',
	('lateral') x 2, ('join') x 2, 'outer join', 'parallel', 'serializable', ('locking') x 2, 'subselect', 'plpgsql', 'handed over', 'planned before', 'distinct', 'grouped', 'window');

my @extras = ("''", "''", "''", 't.tenant', 't.body', 't.lang', 'md5(t::text)', "concat_ws('/', t.c, t.labels)");

# The statement; $limit is left out of what all rows are told by.
sub statement
{
	my ($c, $limit, $safe) = @_;
	my $from = "$c->{source} t";
	my @where = @{ $c->{where} };
	my $list = "0 AS g, t.id, $c->{key} AS d, ($c->{extra})::text AS x";
	my $how = $c->{how};

	push @where, $safe ? "CASE WHEN $c->{error}[1] THEN NULL ELSE $c->{error}[0] END" : "($c->{error}[0])" if $c->{error};
	if ($how =~ /join/)
	{
		$from .= $how eq 'join' ? ' JOIN team n ON n.id = t.tenant' : ' LEFT JOIN team n ON n.id = t.tenant AND n.id > 2';
		push @where, one_of(@{ $c->{join_where} });
	}
	my $where = @where ? ' WHERE ' . join(' AND ', @where) : '';
	my $order = " ORDER BY $c->{order}$limit";
	my $plain = "SELECT $list FROM $from$where$order";

	if ($how eq 'source')
	{
		return "WITH t AS NOT MATERIALIZED (SELECT * FROM $c->{source}) SELECT $list FROM t$where$order";
	}
	return "WITH w AS ($plain) SELECT * FROM w" if $how eq 'cte';
	return "WITH w AS MATERIALIZED ($plain) SELECT * FROM w" if $how eq 'materialized';
	return "SELECT * FROM ($plain) w" . ($limit eq '' ? '' : ' WHERE w.id % 3 <> 0') if $how eq 'after';
	if ($how eq 'pushed')
	{
		return "SELECT g, id, d, x FROM (SELECT $list, t.c AS c FROM $from$where OFFSET 0) w WHERE c % 3 <> 0 ORDER BY d $c->{direction}$limit"
		  if $c->{fenced};
		return "SELECT g, id, d, x FROM (SELECT $list, t.c AS c FROM $from$where) w WHERE c % 3 <> 0 ORDER BY d $c->{direction}$limit";
	}
	if ($how eq 'lateral')
	{
		my $lateral = $plain =~ s/^SELECT 0 AS g, /SELECT /r;
		return "SELECT q.qid AS g, w.* FROM query q CROSS JOIN LATERAL ($lateral) w WHERE q.qid IN ($c->{qids})";
	}
	return $plain =~ s/^SELECT/SELECT DISTINCT/r if $how eq 'distinct';
	if ($how eq 'grouped')
	{
		return "SELECT 0 AS g, t.id, min($c->{key}) AS d, max(($c->{extra})::text) AS x FROM $from$where GROUP BY t.id ORDER BY $c->{order}$limit";
	}
	if ($how eq 'window')
	{
		my $last = defined $c->{k} && $limit ne '' ? 'WHERE n <= ' . value('bigint', $c->{k}, 'L') : '';
		return "SELECT g, id, d, x FROM (SELECT $list, row_number() OVER (ORDER BY $c->{order}) AS n FROM $from$where) w $last ORDER BY n";
	}
	return $plain . $c->{lock};
}

# Statements that run it the way that the combination says.
sub run_statement
{
	my ($c, $sql) = @_;
	my $how = $c->{how};

	if (grep { $how eq $_ } 'generic', 'custom', 'handed over', 'planned before')
	{
		my ($text, $types, $values) = with_parameters($sql);
		my $declared = @$types ? '(' . join(', ', @$types) . ')' : '';
		my $given = @$values ? '(' . join(', ', @$values) . ')' : '';
		my @run = ('@plan', "EXPLAIN (COSTS OFF) EXECUTE s$given;", '@ignored', "EXECUTE s$given;", '@rows', "EXECUTE s$given;");
		# the plan may have been made before somebody asked for all that there is
		return ('SET LOCAL plan_cache_mode = force_generic_plan;', '@planned', "PREPARE s$declared AS $text;", '@ignored', "EXECUTE s$given;",
			'@executed', @run) if $how eq 'planned before';
		return ("SET LOCAL plan_cache_mode = force_${how}_plan;", "PREPARE s$declared AS $text;", @run) if $how ne 'handed over';
		return ('RESET SESSION AUTHORIZATION;', 'SET LOCAL plan_cache_mode = force_generic_plan;', "PREPARE s$declared AS $text;",
			'@ignored', "EXECUTE s$given;", $c->{role} eq 'superuser' ? () : "SET LOCAL SESSION AUTHORIZATION $c->{role};", @run);
	}
	my $text = literally($sql);
	if ($how eq 'cursor')
	{
		return ('@plan', "EXPLAIN (COSTS OFF) DECLARE c NO SCROLL CURSOR FOR $text;", '@rows', "DECLARE c NO SCROLL CURSOR FOR $text;",
			'FETCH 1 FROM c;', 'FETCH 4 FROM c;', 'FETCH 30 FROM c;', 'FETCH ALL FROM c;', 'FETCH ALL FROM c;', 'CLOSE c;');
	}
	if ($how eq 'scroll')
	{
		return ('@plan', "EXPLAIN (COSTS OFF) DECLARE c SCROLL CURSOR FOR $text;", '@ignored', "DECLARE c SCROLL CURSOR FOR $text;",
			'FETCH 7 FROM c;', 'FETCH BACKWARD 3 FROM c;', '@rows', 'MOVE ABSOLUTE 0 FROM c;', 'FETCH 5 FROM c;', 'FETCH ALL FROM c;', 'CLOSE c;');
	}
	return ('@plan', "EXPLAIN (COSTS OFF) $text;", '@rows', "SELECT * FROM oracle_run(\$q\$$text\$q\$);") if $how eq 'plpgsql';
	return ('@plan', "EXPLAIN (COSTS OFF) $text;", '@rows', "$text;");
}

# ---- a combination ----

sub choose_source
{
	my ($filters) = @_;
	my $name;
	do { $name = one_of(@source_names) } while ($sources{$name}{filtered} && !$filters);
	return $name;
}

# How the tested statement is planned.
sub nudges
{
	my ($how) = @_;
	my @sql;

	if (chance(0.5))
	{
		push @sql, 'enable_seqscan = off', 'enable_sort = off';
		push @sql, 'enable_bitmapscan = off' if chance(0.5);
	}
	push @sql, 'enable_nestloop = off' if chance(0.05);
	push @sql, 'enable_incremental_sort = off' if chance(0.1);
	push @sql, 'enable_partitionwise_join = on' if chance(0.1);
	push @sql, 'work_mem = \'64kB\'' if chance(0.1);
	push @sql, 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
	  'min_parallel_index_scan_size = 0', 'max_parallel_workers_per_gather = 2' if $how eq 'parallel';
	return map { "SET LOCAL $_;" } @sql;
}

# Changes of the transaction itself, before it searches.
sub changes
{
	my ($source) = @_;
	my $table = $source->{tables}[0];
	return (
		"UPDATE $table SET c = (c + 31) % 100 WHERE id % 200 = " . number(200) . ';',
		"DELETE FROM $table WHERE id % 150 = " . number(150) . ';',
		"INSERT INTO $table SELECT id + 100000, topic, tenant, lang, labels, tags, created, owner, c, flag, body, meta, span, access_label, v, h, s, b
			FROM $table WHERE id % 400 = " . number(400) . ';');
}

# The next combination: how to begin, what to run, what to expect.
#   name     for people
#   begin    statements before, of a superuser's session
#   full     statement: every row that may be returned, in order
#   exact    statement: as tested, without parameters
#   run      statements that test; @plan and @rows say what comes out, @planned
#            and @executed which recall is asked for
#   settings of the planner, for the tested one
#   and how to judge, see 080_knn_oracle.pl
sub oracle_combination
{
	my ($filters, $queries) = @_;
	my $name = choose_source($filters);
	my $source = { %{ $sources{$name} } };
	my $type = $types{ $source->{type} };
	my $class = one_of(@{ $source->{indexes} });
	my $element = $source->{element} // "t.$type->{column}";
	my $policy = chance(0.15) ? 'protected' : one_of(@policy_names);
	my $role = one_of('superuser', @roles, qw(oracle_ann oracle_ben oracle_eve));
	my $query = chance(0.9) ? number(36) : 36 + number(4);
	my %c = (source => $name, where => [], lock => '', role => $role);
	my @begin;

	$source->{tables} //= [$name];
	$policy = 'fixed' if $source->{fixed};
	$c{how} = one_of(@hows);
	$c{how} = 'locking' if $source->{fixed} && chance(0.5);
	$c{how} = 'literal' if $c{how} eq 'locking' && defined $source->{view};

	my $q = value($type->{form}, $queries->[$query]{ $type->{column} }, 'P');
	$q = "q.$type->{column}" if $c{how} eq 'lateral';
	$q = "(SELECT o.$type->{column} FROM query o WHERE o.qid = $query)" if $c{how} eq 'subselect';
	$c{qids} = join ', ', map { number(40) } 1 .. 3;
	my $distance = "$element $operators{$class} $q";
	my $shape = one_of(@shapes);
	$shape = one_of('alias', 'position') if $c{how} eq 'distinct' || $c{how} eq 'grouped';
	$shape = one_of('plain', 'tied', 'similarity') if $c{how} eq 'window';
	$shape = 'alias' if $c{how} eq 'pushed' && $shape !~ /similarity|negative/;
	$shape = 'plain' if $shape eq 'position' && $c{how} eq 'lateral';
	($c{key}, $c{order}) = order($distance, $class, $shape);
	$c{direction} = $c{order} =~ /(DESC.*)$/ ? $1 : '';
	$c{fenced} = chance(0.3);
	$c{extra} = one_of(@extras);
	$c{extra} = "''" if $c{extra} =~ /t::text/ && !chance(0.3);

	my $quals = one_of(0, 0, 1, 1, 2);
	push @{ $c{where} }, tree($_ % 2 + 1) foreach 1 .. $quals;
	if (chance(0.15))
	{
		push @{ $c{where} }, range($distance, $class);
		$c{ranged} = 1;
	}
	push @{ $c{where} }, $source->{predicate} if $source->{predicate} && chance(0.7);
	$c{join_where} = $c{how} eq 'join' ? [ one_of("n.plan = 'gold'", "n.region IN ('r0', 'r1')", 'n.id = t.topic') ] : ['(n.plan IS NULL OR t.c > 20)'];
	if (chance(0.08))
	{
		$c{error} = one_of(@erring);
		push @begin, "CREATE POLICY safe ON $_ AS RESTRICTIVE USING ($c{error}[2]);" foreach $source->{fixed} || chance(0.4) ? () : @{ $source->{tables} };
	}

	# whoever hands over sees what the policy hides
	$c{how} = 'generic' if $c{error} && $c{how} eq 'handed over';

	my ($limit, $k, $offset) = limit($c{how} ne 'locking' || !$source->{fixed});
	($limit, $k, $offset) = (' LIMIT 5', 5, 0) if $c{how} eq 'lateral' && !defined $k;
	$limit = ' LIMIT q.qid % 7' if $c{how} eq 'lateral' && chance(0.3);
	$c{k} = $k;
	$limit =~ s/WITH TIES/ONLY/ if $c{how} eq 'locking';
	$c{lock} = $c{how} eq 'locking' ? ' ' . one_of('FOR UPDATE', 'FOR SHARE', 'FOR NO KEY UPDATE') . ' SKIP LOCKED' : '';
	$limit = one_of(' LIMIT -1', ' OFFSET -1 LIMIT 5') if chance(0.005);

	unshift @begin, "SELECT set_config('app.tenant', '" . number(12) . "', true), set_config('app.tags', 'tag" . number(30) . ',tag' . number(30) . "', true);";
	push @begin, policy($source, $policy, chance(0.3)) if $policy ne 'fixed';
	push @begin, changes($source) if !$source->{fixed} && chance(0.1);
	push @begin, "SET LOCAL SESSION AUTHORIZATION $role;" if $role ne 'superuser';

	# are the rows hidden that a condition fails on?
	my $sql = join "\n", @begin;
	my $governed = $role ne 'superuser' && $sql =~ /ENABLE ROW|protect/ && ($role ne 'oracle_owner' || $sql =~ /FORCE|protect/);
	my $hidden = $governed && $sql =~ /POLICY safe/ ? 1 : 0;

	my $tested = statement(\%c, $limit, 0);
	return {
		name => "$name, $class, policy $policy, role $role, $shape, $c{how}",
		source => $name, how => $c{how}, shape => $shape, ranged => $c{ranged}, k => $k, offset => $offset, error => $c{error} ? 1 : 0, hidden => $hidden,
		begin => [ 'BEGIN' . ($c{how} eq 'serializable' ? ' ISOLATION LEVEL SERIALIZABLE' : '') . ';', @begin ],
		full => literally(statement(\%c, '', 1)) . ';',
		exact => literally($tested) . ';',
		settings => [ nudges($c{how}) ],
		run => [ run_statement(\%c, $tested) ] };
}

1;
