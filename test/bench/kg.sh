#!/bin/bash
# kg.sh - walks over the Debian package graph, beside recursive queries
#
# Usage: DATA=folder kg.sh PG_CONFIG
#
# Loads debian/edges.tsv (all relations but built-from and built-using; every
# name is a node) through the writers, then measures in one backend, jit off,
# warm, medians over the same STARTS nodes (default 100), taking turns:
#
#   trellis     functions of the extension
#   recursive   WITH RECURSIVE ... UNION on the same tables
#   pgRouting   pgr_dijkstra and pgr_bdDijkstra, the faster, where the server
#               has the extension (Debian: postgresql-15-pgrouting)
#   arrays      kg_csr.c: breadth-first search over the edges in memory, in C
#   half        the same call on a copy of the graph with a policy that hides
#               half of the nodes, from the same role
. "$(dirname "$0")/../tools/common.sh"

pg_config=${1:?usage: kg.sh PG_CONFIG}
starts=${STARTS:-100}
cd "$TOP"
if [ -z "${DATA:-}" ]; then
  say "skipped: DATA names no folder with the set debian"
  exit 0
fi

edges() {
  if [ -e "$DATA/debian/edges.tsv" ]; then
    cat "$DATA/debian/edges.tsv"
  else
    xz -dc "$DATA/debian/edges.tsv.xz"
  fi
}

mkdir -p build/bench
${CC:-gcc} -std=gnu11 -O2 -o build/bench/kg_csr test/bench/kg_csr.c
folder=$(test/tools/server.sh start "$pg_config" shared_buffers=512MB \
  work_mem=64MB autovacuum=off)
trap 'test/tools/server.sh stop "$pg_config" "$folder"' EXIT
export PGHOST=$folder PGUSER=postgres PGDATABASE=postgres PGOPTIONS="-c client_min_messages=warning"
psql() { "$("$pg_config" --bindir)/psql" -qX -v ON_ERROR_STOP=1 "$@"; }

psql -c "CREATE EXTENSION trellis" \
  -c "CREATE TABLE raw (src text, rel text, dst text, src_id text, dst_id text, con text, alt text)"
edges | psql -c "COPY raw FROM STDIN (FORMAT csv, DELIMITER E'\t', QUOTE E'\x01', HEADER)"
routing=false
if psql -c "CREATE EXTENSION pgrouting CASCADE" 2>build/bench/pgrouting.log; then routing=true; fi
psql -v starts="$starts" -v routing="$routing" -At -F ' ' -f test/bench/kg.sql
