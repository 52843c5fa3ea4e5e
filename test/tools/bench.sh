#!/bin/bash
# bench.sh - every measurement, one after another
#
# Usage: [DATA=folder] [PEER=pg_config] bench.sh PG_CONFIG
#
# DATA   folder with the vector set minilm384 (base.i8v.zst or base.fvecs),
#        for measurements on more data than the project carries
# PEER   pg_config of another server, in which an extension "vector" with the
#        same type and operators is installed; without it, no comparison
#
# Each script of test/bench runs alone, too; ivf.sh, the longest, takes ITEMS,
# QUERIES and ROUNDS for a quick look.
. "$(dirname "$0")/common.sh"

pg_config=${1:?usage: bench.sh PG_CONFIG}
cd "$TOP"
mkdir -p build/bench

say "== ns per distance, operands in cache"
${CC:-gcc} -std=gnu11 -O2 -Isrc -o build/bench/kernels_bench \
  test/bench/kernels_bench.c src/kernels/*.c -lm
build/bench/kernels_bench

say ""
say "== ns per call of the inverted lists' kernels, GFLOP/s of products"
${CC:-gcc} -std=gnu11 -O2 -Isrc -o build/bench/scan_bench \
  test/bench/scan_bench.c src/kernels/*.c -lm
build/bench/scan_bench

for script in test/bench/*.sh; do
  [ -e "$script" ] || continue
  say ""
  say "== $(sed -n '2s/^# [a-z_]*\.sh - //p' "$script")"
  "$script" "$pg_config"
done
