#!/bin/bash
# fuzz.sh - throws hostile SQL at a private server; fails if a backend minds
#
# Usage: fuzz.sh [seconds] [seed]     default: 60 seconds, a random seed
#        PG_CONFIG=...       the server, with the extension installed in it
#        FUZZ_BATCH=n        only this batch of the seed
#        FUZZ_WITHOUT=a,b    leave out kinds of statements (see README.md)
#
# What failed stands in build/fuzz.
. "$(dirname "$0")/../tools/common.sh"

seconds=${1:-60}
seed=${2:-$((RANDOM * 32768 + RANDOM))}
case $seconds$seed in *[!0-9]*) die "not a number of seconds and a seed: $*" ;; esac
pg_config=${PG_CONFIG:-pg_config}
command -v "$pg_config" >/dev/null ||
  die "no $pg_config on this machine" "set PG_CONFIG=/path/to/pg_config"
cd "$TOP"
rm -rf build/fuzz
mkdir -p build/fuzz
test/tools/server.sh run "$pg_config" statement_timeout=4s work_mem=16MB \
  log_min_messages=warning log_statement=none max_prepared_transactions=4 -- \
  perl test/fuzz/fuzz.pl "$seconds" "$seed" build/fuzz
