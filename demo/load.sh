#!/bin/bash
# load.sh - loads the demo's data into the database that PGHOST etc. name
#
# Usage: load.sh [DATA_FOLDER]      (default: test/data)
#
# Creates the extension and the tables. Prints the statements if ECHO=1, and a
# progress line for whatever takes longer than two seconds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-$here/../test/data}
. "$here/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-cc}" -O2 -o "$work/vecpack" "$here/../test/tools/vecpack.c" -lm

# The rows of a table, its vectors as the last column.
with_vectors() { # text-file vector-file
  paste <(unpack "$1") <(echo embedding; zstd -q -dc "$2" | "$work/vecpack" values -)
}
unpack() {
  case $1 in *.xz) xz -dc "$1" ;; *) cat "$1" ;; esac
}
copy_into() { # table, rows on standard input
  sql -c "COPY $1 FROM STDIN (HEADER, NULL '')"
}
expect_rows() { # table file
  local there here
  there=$(psql -qXAtc "SELECT count(*) FROM $1")
  here=$(($(unpack "$2" | wc -l) - 1))
  [ "$there" = "$here" ] || { echo "error: $1 has $there rows of $here" >&2; exit 1; }
}

sql -f "$here/tables.sql"
unpack "$data/documents.tsv.xz" | copy_into package
with_vectors "$data/chunks.tsv.xz" "$data/chunks.i8v.zst" | copy_into chunk
with_vectors "$data/queries.tsv" "$data/queries.i8v.zst" | copy_into question
unpack "$data/edges.tsv.xz" | copy_into dependency
unpack "$data/tags.tsv.xz" | copy_into tag
unpack "$data/labels.tsv" | copy_into label_rule
expect_rows package "$data/documents.tsv.xz"
expect_rows chunk "$data/chunks.tsv.xz"
expect_rows question "$data/queries.tsv"
expect_rows dependency "$data/edges.tsv.xz"
sql -c "VACUUM ANALYZE"
