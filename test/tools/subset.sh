#!/bin/bash
# subset.sh - makes the files of test/data out of a full data set
#
# Usage: DATA=FOLDER subset.sh [OUT]      (OUT: test/data)
#
# FOLDER holds the full set, unpacked:
#   debian/documents.tsv, edges.tsv, tags.tsv
#   minilm384/base.tsv, base.fvecs, queries.tsv, query.fvecs
# subset.pl says which documents are chosen and why.  The same FOLDER gives
# the same bytes, up to what another release of xz or zstd compresses
# differently.  labels.tsv and README.md are written by hand.
. "$(dirname "$0")/common.sh"

data=${DATA:?usage: DATA=FOLDER subset.sh [OUT]}
out=${1:-$TOP/test/data}
tools=$TOP/test/tools

for file in debian/{documents,edges,tags}.tsv minilm384/{base,queries}.tsv \
  minilm384/{base,query}.fvecs; do
  [ -r "$data/$file" ] || die "$data has no $file" \
    "DATA names the folder of the full data set, unpacked"
done
for program in perl xz zstd "${CC:-cc}"; do
  command -v "$program" >/dev/null || die "$program is not installed"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

"${CC:-cc}" -std=c99 -O2 -o "$work/vecpack" "$tools/vecpack.c" -lm
perl "$tools/subset.pl" "$data" "$work"

pack() { # NAME VECTORS
  "$work/vecpack" pick "$data/minilm384/$2" "$work/$1.fvecs" "$work/$1.rows"
  "$work/vecpack" pack "$work/$1.fvecs" "$work/$1.i8v"
  zstd -q -f -19 --single-thread "$work/$1.i8v" -o "$out/$1.i8v.zst"
}

for name in documents chunks edges tags; do
  xz -9e -T1 -c "$work/$name.tsv" >"$out/$name.tsv.xz"
  say "$name: $(($(wc -l <"$work/$name.tsv") - 1))"
done
cp "$work/queries.tsv" "$out/queries.tsv"
say "queries: $(($(wc -l <"$work/queries.tsv") - 1))"
pack chunks base.fvecs
pack queries query.fvecs
say "$(du -cb "$out"/* | tail -n 1 | cut -f 1) bytes in $out"
