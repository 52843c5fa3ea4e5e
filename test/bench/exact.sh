#!/bin/bash
# exact.sh - exact top-10 over 100,000 vectors of 384 dimensions, beside a peer
#
# Usage: DATA=folder [PEER=pg_config] exact.sh PG_CONFIG
#
# Both servers run at the same time with the same settings; rounds alternate
# between them, so that a change of the machine's speed meets both. Quotes
# medians of ROUNDS rounds (default 15) of 4 queries, warm, jit off, with and
# without parallel workers.
. "$(dirname "$0")/../tools/common.sh"

pg_config=${1:?usage: exact.sh PG_CONFIG}
rows=${ROWS:-100000}
rounds=${ROUNDS:-15}
cd "$TOP"
if [ -z "${DATA:-}" ]; then
  say "skipped: DATA names no folder with the set minilm384"
  exit 0
fi

work=$(mktemp -d)
servers=()
cleanup() {
  local pair
  for pair in "${servers[@]}"; do test/tools/server.sh stop "${pair%%|*}" "${pair#*|}"; done
  rm -rf "$work"
}
trap cleanup EXIT

${CC:-gcc} -O2 -o "$work/vecpack" test/tools/vecpack.c -lm
base=$DATA/minilm384/base.fvecs
if [ ! -e "$base" ]; then
  zstd -q -dc "$DATA/minilm384/base.i8v.zst" >"$work/base.i8v"
  "$work/vecpack" unpack "$work/base.i8v" "$work/base.fvecs"
  base=$work/base.fvecs
fi

# Starts a server with the extension and loads the rows; prints its folder.
load() { # pg_config extension
  local folder
  folder=$(test/tools/server.sh start "$1" shared_buffers=512MB)
  {
    echo "CREATE EXTENSION $2;"
    echo "CREATE TABLE item (id int, embedding vector(384));"
    echo "COPY item FROM STDIN;"
    "$work/vecpack" copy "$base" 0 "$rows"
    printf '%s\n' '\.' "VACUUM ANALYZE item;"
  } | psql -qX -h "$folder" -U postgres postgres >/dev/null
  printf '%s\n' "$folder"
}

# Milliseconds of four queries in one session.
round() { # folder workers
  psql -qX -h "$1" -U postgres postgres <<S | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
SET max_parallel_workers_per_gather = $2;
SET jit = off;
SELECT count(*) FROM item;
PREPARE top(vector) AS SELECT id FROM item ORDER BY embedding <=> \$1 LIMIT 10;
SELECT embedding AS a FROM item WHERE id = 17 \gset
SELECT embedding AS b FROM item WHERE id = 4711 \gset
\o /dev/null
EXECUTE top(:'a');
\timing on
\o
\pset format unaligned
\pset tuples_only on
EXECUTE top(:'a');
EXECUTE top(:'b');
EXECUTE top(:'a');
EXECUTE top(:'b');
S
}

median() { sort -n "$1" | awk '{ x[NR] = $1 } END { print (NR % 2) ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'; }

ours=$(load "$pg_config" trellis)
servers+=("$pg_config|$ours")
theirs=
if [ -n "${PEER:-}" ]; then
  theirs=$(load "$PEER" vector)
  servers+=("$PEER|$theirs")
else
  say "no PEER: measuring alone"
fi

for workers in 0 2; do
  : >"$work/ours"
  : >"$work/theirs"
  for _ in $(seq "$rounds"); do
    round "$ours" $workers >>"$work/ours"
    if [ -n "$theirs" ]; then round "$theirs" $workers >>"$work/theirs"; fi
  done
  mine=$(median "$work/ours")
  line="workers $workers: trellis $mine ms"
  if [ -n "$theirs" ]; then
    other=$(median "$work/theirs")
    line="$line, peer $other ms, ratio $(awk -v a="$mine" -v b="$other" 'BEGIN { printf "%.3f", a / b }')"
  fi
  say "$line"
done
