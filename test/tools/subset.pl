#!/usr/bin/perl
# subset.pl - chooses the documents of test/data out of a full data set
#
# Usage: subset.pl DATA OUT        (subset.sh calls it)
#
# Reads DATA/debian/*.tsv and DATA/minilm384/*.tsv; writes the text files of
# test/data, uncompressed, to OUT, with the row numbers of the vectors that
# belong to them (chunks.rows, queries.rows).  The same input gives the same
# bytes: ties are broken by document id, and the scores use only operations
# that IEEE 754 rounds correctly.
#
# How documents are chosen:
#  1. Seeds are well-known packages and the sources of the story questions.
#  2. Among the documents that have an embedding and an edge to a kept one,
#     the best connected is kept next, until there are DOCUMENTS:
#         score = (sum over kept neighbours of degree^(-1/4))^2
#                 / (own degree * own embeddings^(3/2))
#     so a document whose neighbours are here comes before one whose
#     neighbours are elsewhere, a hub counts less than a close relative, and
#     a long text must deserve its vectors.  Each section has a ceiling.
#  3. Documents without an embedding are kept if at least BRIDGE kept ones
#     are their neighbours, so that hubs such as libc6 stay in the graph.
use strict;
use warnings;

use constant {
	DOCUMENTS  => 10050,    # with at least one embedding
	BRIDGE     => 6,
	EMBEDDINGS => 8,        # at most, of one document
	WEIGHT     => 10000,    # weights are integers: sums do not round
	SYNOPSES   => 200,      # questions besides those of the story
	PASSAGES   => 100,
};

my @SEEDS = qw(
  ansible apache2 apparmor blender borgbackup chromium clamav coq cryptsetup
  cups dovecot-core emacs exim4 fail2ban gap ghostscript gimp git gnome-shell
  gnuplot gnuradio gpg haproxy imagemagick inkscape krita lighttpd maxima mutt
  ncbi-blast+ nginx octave openssh-client perl php8.2 postgresql-15
  postgresql-common puppet python3 python3-matplotlib python3-numpy r-base-core
  r-cran-ggplot2 redis rsync samba scilab scribus texlive-base thunderbird tor
  vim wireshark);

# Ceilings on the documents of a section that have an embedding: archives of
# one programming language would crowd out what people ask about.
my $CEILING = 900;
my %CEILING = (
	libs => 700, python => 700,
	perl => 400, libdevel => 400, devel => 400, doc => 300,
	map({ $_ => 150 } qw(cli-mono fonts gnustep golang haskell introspection
		  java javascript lisp ocaml php ruby rust zope)),
	map({ $_ => 0 } qw(debug localization oldlibs tasks)));

# Edges that make two documents neighbours; all types are written.
my %NEIGHBOUR = map { $_ => 1, "$_-alt" => 1 }
  qw(depends pre-depends recommends suggests enhances);

# The story: key of the question => its theme.
my @STORY = (
	['held:deb:833:0',     'web server'],
	['deb-synopsis:50829', 'backup'],
	['held:deb:44166:1',   'disk encryption'],
	['deb-synopsis:50948', 'intrusion'],
	['deb-synopsis:935',   'firewall'],
	['deb-synopsis:4066',  'viruses'],
	['deb-synopsis:42959', 'database'],
	['deb-synopsis:60437', 'genomes'],
	['deb-synopsis:17681', 'molecules'],
	['held:deb:43761:0',   'image editing'],
	['deb-synopsis:42750', 'scanned text'],
	['deb-synopsis:57336', 'chess'],
);

my %QUESTION = ('deb-synopsis' => 'synopsis', 'held' => 'passage');

my ($data, $out) = @ARGV;
die "usage: subset.pl DATA OUT\n" unless @ARGV == 2;

# Calls the function with the columns of each row, by name.
sub each_row
{
	my ($path, $function) = @_;
	open(my $file, '<', $path) or die "$path: $!\n";
	chomp(my $head = <$file>);
	my @names = split(/\t/, $head, -1);
	while (my $line = <$file>)
	{
		chomp $line;
		my %row;
		@row{@names} = split(/\t/, $line, -1);
		$function->(\%row);
	}
	close $file or die "$path: $!\n";
	return;
}

sub writer
{
	my ($name, @columns) = @_;
	open(my $file, '>', "$out/$name") or die "$out/$name: $!\n";
	print $file join("\t", @columns), "\n" if @columns;
	return $file;
}

# Descriptions hold "\n" between paragraphs, which is COPY's own escape; any
# other backslash is text.
sub escape
{
	my ($text, $paragraphs) = @_;
	if ($paragraphs)
	{
		$text =~ s/\\(?!n)/\\\\/g;
	}
	else
	{
		$text =~ s/\\/\\\\/g;
	}
	return $text;
}

# ---- read ----

my (%document, %id_of, @columns);
my %chunks;       # document id -> rows of the vector file
my %neighbour;    # document id -> { document id }

{
	open(my $file, '<', "$data/debian/documents.tsv")
	  or die "$data/debian/documents.tsv: $!\n";
	chomp(my $head = <$file>);
	@columns = split(/\t/, $head, -1);
	close $file;
}
each_row(
	"$data/debian/documents.tsv",
	sub {
		my ($row) = @_;
		$document{ $row->{id} } = $row;
		$id_of{ $row->{name} } = $row->{id};
	});
each_row(
	"$data/minilm384/base.tsv",
	sub {
		my ($row) = @_;
		return unless $row->{key} =~ /^deb:(\d+):(\d+)$/;
		push @{ $chunks{$1} }, { %$row, paragraph => $2 };
	});
each_row(
	"$data/debian/edges.tsv",
	sub {
		my ($row) = @_;
		my ($src, $dst) = @$row{qw(src_id dst_id)};
		return if $dst eq '' || $src == $dst || !$NEIGHBOUR{ $row->{rel} };
		$neighbour{$src}{$dst} = 1;
		$neighbour{$dst}{$src} = 1;
	});

# ---- choose ----

my (%kept, %in_section, %sum, %score, @heap);

# A binary heap of [score, id]: highest score first, then lowest id.
sub before
{
	my ($a, $b) = @_;
	return $a->[0] > $b->[0] || ($a->[0] == $b->[0] && $a->[1] < $b->[1]);
}

sub push_heap
{
	my ($item) = @_;
	my $at = @heap;
	while ($at > 0)
	{
		my $parent = ($at - 1) >> 1;
		last unless before($item, $heap[$parent]);
		$heap[$at] = $heap[$parent];
		$at = $parent;
	}
	$heap[$at] = $item;
	return;
}

sub pop_heap
{
	my $top  = $heap[0];
	my $last = pop @heap;
	return $top unless @heap;
	my $at = 0;
	while ((my $child = 2 * $at + 1) < @heap)
	{
		$child++
		  if $child + 1 < @heap && before($heap[ $child + 1 ], $heap[$child]);
		last unless before($heap[$child], $last);
		$heap[$at] = $heap[$child];
		$at = $child;
	}
	$heap[$at] = $last;
	return $top;
}

sub degree
{
	my ($id) = @_;
	return scalar keys %{ $neighbour{$id} };
}

sub keep
{
	my ($id) = @_;
	return if $kept{$id};
	$kept{$id} = 1;
	$in_section{ $document{$id}{section} }++;
	return unless degree($id);
	my $weight = int(WEIGHT / sqrt(sqrt(degree($id))));
	foreach my $other (keys %{ $neighbour{$id} })
	{
		next if $kept{$other} || !$chunks{$other};
		my $embeddings = @{ $chunks{$other} };
		next if $embeddings > EMBEDDINGS;
		$sum{$other} += $weight;
		$score{$other} = $sum{$other} * $sum{$other} /
		  (degree($other) * $embeddings * sqrt($embeddings));
		push_heap([ $score{$other}, $other ]);
	}
	return;
}

foreach my $story (@STORY)
{
	my ($id) = $story->[0] =~ /:(\d+)/;
	keep($id);
}
foreach my $name (@SEEDS)
{
	die "no document is called $name\n" unless $id_of{$name};
	keep($id_of{$name});
}
my $embedded = grep { $chunks{$_} } keys %kept;
while ($embedded < DOCUMENTS && @heap)
{
	my ($score, $id) = @{ pop_heap() };
	next if $kept{$id} || $score != $score{$id};
	my $section = $document{$id}{section};
	my $ceiling = $CEILING{$section} // $CEILING;
	next if ($in_section{$section} // 0) >= $ceiling;
	keep($id);
	$embedded++;
}

my @bridges;
foreach my $id (keys %neighbour)
{
	next if $kept{$id} || $chunks{$id};
	my $near = grep { $kept{$_} } keys %{ $neighbour{$id} };
	push @bridges, $id if $near >= BRIDGE;
}
$kept{$_} = 1 foreach @bridges;
my @kept = sort { $a <=> $b } keys %kept;

# ---- write ----

my $file = writer('documents.tsv', @columns);
foreach my $id (@kept)
{
	print $file join("\t",
		map({ escape($document{$id}{$_}, $_ eq 'description') } @columns)),
	  "\n";
}
close $file or die "documents.tsv: $!\n";

$file = writer('chunks.tsv', qw(key document_id paragraph text));
my $rows = writer('chunks.rows');
foreach my $id (@kept)
{
	foreach my $chunk (
		sort { $a->{paragraph} <=> $b->{paragraph} } @{ $chunks{$id} // [] })
	{
		print $file join("\t",
			$chunk->{key}, $id, $chunk->{paragraph}, escape($chunk->{text})),
		  "\n";
		print $rows "$chunk->{idx}\n";
	}
}
close $file or die "chunks.tsv: $!\n";
close $rows or die "chunks.rows: $!\n";

my %edge;
each_row(
	"$data/debian/edges.tsv",
	sub {
		my ($row) = @_;
		my ($src, $rel, $dst) = @$row{qw(src_id rel dst_id)};
		return if $dst eq '' || !$kept{$src} || !$kept{$dst};
		die "edge $src $rel $dst is there twice\n" if $edge{$src}{$rel}{$dst};
		$edge{$src}{$rel}{$dst} = [ @$row{qw(constraint alt)} ];
	});
$file = writer('edges.tsv', qw(src_id rel dst_id constraint alt));
foreach my $src (sort { $a <=> $b } keys %edge)
{
	foreach my $rel (sort keys %{ $edge{$src} })
	{
		my $to = $edge{$src}{$rel};
		print $file join("\t", $src, $rel, $_, @{ $to->{$_} }), "\n"
		  foreach sort { $a <=> $b } keys %$to;
	}
}
close $file or die "edges.tsv: $!\n";

$file = writer('tags.tsv', qw(document_id tag));
my %tags;
each_row("$data/debian/tags.tsv",
	sub { $tags{ $_[0]{pkg_id} }{ $_[0]{tag} } = 1; });
foreach my $id (@kept)
{
	print $file "$id\t$_\n" foreach sort keys %{ $tags{$id} // {} };
}
close $file or die "tags.tsv: $!\n";

# Questions: the story first, then the first ones of each kind in the order
# of the data set.
my %theme = map { $_->[0] => $_->[1] } @STORY;
my (%chosen, @questions);
my %left = (synopsis => SYNOPSES, passage => PASSAGES);
each_row(
	"$data/minilm384/queries.tsv",
	sub {
		my ($row) = @_;
		return
		  unless $row->{key} =~ /^(?:(held):deb|(deb-synopsis)):(\d+)/
		  && $kept{$3}
		  && ($chunks{$3} || $theme{ $row->{key} });
		my $kind = $QUESTION{ $1 // $2 };
		return unless $theme{ $row->{key} } || $left{$kind}-- > 0;
		my $question = { %$row, kind => $kind, document_id => $3 };
		if   ($theme{ $row->{key} }) { $chosen{ $row->{key} } = $question; }
		else                         { push @questions, $question; }
	});
foreach my $story (reverse @STORY)
{
	my ($key, $theme) = @$story;
	die "no question has the key $key\n" unless $chosen{$key};
	unshift @questions, { %{ $chosen{$key} }, theme => $theme };
}
$file = writer('queries.tsv', qw(id key kind document_id theme text));
$rows = writer('queries.rows');
foreach my $id (0 .. $#questions)
{
	my $question = $questions[$id];
	print $file join("\t",
		$id, @$question{qw(key kind document_id)},
		$question->{theme} // '',
		escape($question->{text})),
	  "\n";
	print $rows "$question->{idx}\n";
}
close $file or die "queries.tsv: $!\n";
close $rows or die "queries.rows: $!\n";
