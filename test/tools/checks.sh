#!/bin/bash
# checks.sh - what the tree promises about itself, checked as text
#
# Usage: checks.sh PG_CONFIG
#
# Layers of src/, lengths of functions and files, tests without expected
# output, PostgreSQL versions looked at outside compat.h, exported C symbols,
# settings in the README.  Prints "ok - what" or "not ok - what".
. "$(dirname "$0")/common.sh"
cd "$TOP"
set +e +o pipefail
bad=0

report() { # what, then the offending lines on standard input
  local lines
  lines=$(cat)
  if [ -z "$lines" ]; then
    echo "ok - $1"
  else
    echo "not ok - $1"
    printf '%s\n' "$lines" | sed 's/^/    /'
    bad=1
  fi
}

c_files() { project_files src compat | grep '\.[ch]$'; }

# What a room may include besides itself; an index room is named by no other.
allowed_rooms() {
  case $1 in
    core) echo kernels ;;
    kernels) echo ;;
    types) echo core kernels ;;
    index) echo core kernels types ;;
    kg) echo core types ;;
    knn) echo core kernels types index ;;
    access) echo core ;;
    *) echo core kernels types access kg ;;
  esac
}

layer_violations() {
  local file room target allowed
  while read -r file; do
    room=$(printf '%s' "$file" | cut -d/ -f2)
    case $room in *.c | *.h) continue ;; esac
    allowed=" $room $(allowed_rooms "$room") "
    sed -n 's/^#include "\([a-z_]*\/.*\)"$/\1/p' "$file" | while read -r target; do
      # PostgreSQL has folders of the same names
      [ -f "src/$target" ] || continue
      target=${target%%/*}
      case $allowed in *" $target "*) ;; *) echo "$file includes $target" ;; esac
    done
  done < <(c_files)
}

long_functions() {
  c_files | grep '\.c$' | xargs awk '
    FNR == 1 { start = 0 }
    /^\{/ { start = FNR }
    /^\}/ && start { if (FNR - start - 1 > 100) print FILENAME ":" start ": " FNR - start - 1 " lines"; start = 0 }'
}

# A library of its own: of src/ it shares what tells servers apart, no code.
compat_violations() {
  project_files compat | grep '\.[ch]$' | xargs grep -nE '^#include "(core|kernels|types|kg|access)/' |
    while IFS=: read -r file line include; do
      path=$(printf '%s' "$include" | cut -d'"' -f2)
      if [ -f "src/$path" ] && [ "$path" != core/compat.h ]; then echo "$file:$line: $include"; fi
    done
}

layer_violations | report "rooms include only what the layer rule allows"
compat_violations | report "compat includes nothing of src but core/compat.h"
long_functions | report "no function is longer than 100 lines"
c_files | xargs wc -l | awk '$2 != "total" && $1 > 800 { print $2 ": " $1 }' |
  report "no file is longer than 800 lines"
c_files | xargs grep -ln PG_VERSION_NUM | grep -v '^src/core/compat.h$' |
  report "versions are told apart in compat.h only"
c_files | grep '\.c$' | grep -v '^src/kernels/' | while read -r file; do
  grep -m 1 '^#include' "$file" | grep -q '"postgres.h"' || echo "$file"
done | report "postgres.h is included first"
c_files | grep '^src/kernels/' | xargs grep -l '"postgres.h"' |
  report "the kernels know nothing of PostgreSQL"
for file in sql/*.sql; do
  [ -s "expected/$(basename "$file" .sql).out" ] || echo "$file"
done | report "every SQL test has its expected output"
for file in expected/*.out; do
  [ -f "sql/$(basename "$file" .out).sql" ] || echo "$file"
done | report "every expected output has its test"
for file in test/isolation/specs/*.spec; do
  [ -e "$file" ] || continue
  [ -s "test/isolation/expected/$(basename "$file" .spec).out" ] || echo "$file"
done | report "every isolation test has its expected output"
for library in trellis.so compat/trellis_vector.so; do
  nm -D --defined-only "$library" | awk '$2 == "T" || $2 == "D" || $2 == "B" || $2 == "R" { print $3 }' |
    grep -vE '^(trl_|pg_finfo_trl_|_PG_init$|Pg_magic_func$|_init$|_fini$)' |
    report "exported symbols of $library start with trl_"
done
grep -ohE '"(trellis|hnsw|ivfflat)\.[a-z_]+"' src/core/guc.c compat/settings.c | tr -d '"' | sort -u | while read -r name; do
  grep -q "\`$name\`" README.md || echo "$name"
done | report "every setting stands in the README"
c_files | while read -r file; do
  head -n 2 "$file" | grep -q "^ \* $(basename "$file") - " || echo "$file"
done | report "every C file opens with its purpose"
project_files test compat .ci | grep -E '\.sh$|/run$' | xargs grep -L '^set -euo pipefail\|common.sh"' |
  report "every script stops at errors"
# perl has a JSON reader of its own
perl -MJSON::PP -e '
  local $/;
  open my $meta, "<", "META.json" or die "META.json: $!\n";
  my $m = eval { decode_json(<$meta>) } or do { print "not JSON: $@"; exit };
  open my $control, "<", "trellis.control" or die "trellis.control: $!\n";
  my ($version) = <$control> =~ /^default_version = .([0-9.]+)./m;
  for (qw(name abstract version maintainer license provides meta-spec)) { print "no $_\n" unless $m->{$_} }
  print "version $m->{version}, not $version\n" if $m->{version} ne $version;
  my $p = $m->{provides}{trellis};
  print "provides $p->{version} as $p->{file}\n"
    if $p->{version} ne $version || $p->{file} ne "trellis--$version.sql";
  print "no $p->{docfile}\n" unless -e $p->{docfile};' |
  report "META.json is complete and of the same version"
exit $bad
