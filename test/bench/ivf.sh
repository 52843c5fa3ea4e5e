#!/bin/bash
# ivf.sh - the index ivf on 120,000 real vectors, beside a peer's HNSW
#
# Usage: DATA=folder [PEER=pg_config] ivf.sh PG_CONFIG
#
# DATA      folder with the set minilm384 (a folder of that name), with its
#           queries, true neighbours and keys
# PEER      pg_config of a server in which an extension "vector" with an access
#           method hnsw is installed; without it, no comparison
# ITEMS     which figures, default all:
#             1 queries per second and recall    7 vacuum
#             2 recall with no option            8 recall after growth and drift
#             3 build time                       9 many connections
#             4 size                            10 small shared_buffers
#             5 WAL of the build                11 what PostgreSQL adds
#             6 inserts
# QUERIES   queries per measurement, default 2000 (of the set's 10,000)
# ROUNDS    measurements of each setting, default 5; medians are quoted
# ROWS      rows in the table, default all; true neighbours of fewer rows are
#           computed
# INSERTS   rows that item 6 inserts, a multiple of 1,000, default 20000 (at most)
# KEEP      folder that remembers the peer's server and its index between runs,
#           and what was unpacked
#
# Both servers run at the same time with the same settings; measurements
# alternate between them, so that a change of the machine's speed meets both.
# Cosine, 10 neighbours, one connection, prepared statements with binary
# parameters, everything in shared_buffers, fsync off, no autovacuum. Leaves
# build/bench/ivf.txt, a table, and build/bench/ivf.svg, a plot.
. "$(dirname "$0")/../tools/common.sh"
. "$(dirname "$0")/sides.bash"
. "$(dirname "$0")/ivf_items.bash"

pg_config=${1:?usage: ivf.sh PG_CONFIG}
items=${ITEMS:-1 2 3 4 5 6 7 8 9 10 11}
queries=${QUERIES:-2000}
rounds=${ROUNDS:-5}
inserts=${INSERTS:-20000}
begin_bench
table=$out/ivf.txt
: >"$table"

# ---- data ----

fill() { # side extension
  {
    echo "CREATE EXTENSION $2;"
    echo "CREATE TABLE item (id int, embedding vector(384));"
    echo "COPY item FROM STDIN;"
    base_rows
    printf '%s\n' '\.' "CREATE UNLOGGED TABLE fresh (id int PRIMARY KEY, embedding vector(384));"
    echo "COPY fresh FROM STDIN;"
    "$work/vecpack" copy "$store/query.fvecs"
    # twice as many: each query's mean with the next but one
    printf '%s\n' '\.' "INSERT INTO fresh SELECT a.id + 10000, a.embedding + b.embedding"
    echo "FROM fresh a JOIN fresh b ON b.id = (a.id + 2) % 10000;"
    echo "VACUUM ANALYZE;"
  } | sql "$1" postgres
}

# A side with its rows; the peer's may be there from an earlier run.
open_filled() { # side pg_config extension
  open_side "$1" "$2"
  if [ -z "$(sql "$1" postgres "SELECT 1 FROM pg_class WHERE relname = 'fresh' AND reltuples > 0")" ]; then
    fill "$1" "$3"
  fi
}

prepare() {
  prepare_data
  open_filled ours "$pg_config" trellis
  if [ -n "${PEER:-}" ]; then open_filled theirs "$PEER" vector; else say "no PEER: measuring alone"; fi
  truth=$store/truth.ivecs
  if [ ! -e "$truth" ]; then
    if [ "$rows" = "$all_rows" ]; then
      zstd -q -dc "$set_folder/gt_cosine.ivecs.zst" >"$truth"
    else
      exact_answers ours postgres item "$truth"
    fi
  fi
}

# ---- measuring ----

exact_answers() { # side database table file
  client "$1" "$2" -w "$4" -s "SET enable_indexscan = off" \
    -s "SET max_parallel_workers_per_gather = 0" \
    -S "SELECT id FROM $3 ORDER BY embedding <=> \$1 LIMIT 10" >/dev/null
}

recall_of() { # side database [client's arguments ...]
  client "$1" "$2" -g "$truth" "${@:3}" | cut -d' ' -f1
}

has_index() { # side
  [ -n "$(sql "$1" postgres "SELECT 1 FROM pg_class WHERE relname = 'item_index'")" ]
}

index_clause() { # side
  if [ "$1" = ours ]; then
    echo "USING ivf (embedding vector_cosine_ops)"
  else
    echo "USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64)"
  fi
}

# Bytes of WAL about a relation between two places, and those of them that
# are full page images.
relation_wal() { # side database relation start end
  local node
  node=$(sql "$1" "$2" "SELECT coalesce(nullif(d.dattablespace, 0), 1663) || '/' || d.oid || '/' ||
    pg_relation_filenode('$3') FROM pg_database d WHERE d.datname = current_database()")
  as_server_user "$("${config[$1]}" --bindir)/pg_waldump" --stats -R "$node" \
    -p "${folder[$1]}/data/pg_wal" -s "$4" -e "$5" |
    awk '$1 == "Total" { gsub(/\[[^]]*\]/, ""); print $5 + 0, $4 + 0; exit }'
}

# Where the log has come to, with everything before it on disk.
place() { sql "$1" postgres "SELECT pg_switch_wal()"; } # side

# Builds the index anew; prints seconds and the bytes of its WAL.
build() { # side processes
  local start end before after
  sql "$1" postgres "DROP INDEX IF EXISTS item_index"
  sql "$1" postgres "CHECKPOINT"
  before=$(place "$1")
  start=$(date +%s.%N)
  sql "$1" postgres "SET max_parallel_maintenance_workers = $(($2 - 1));
    CREATE INDEX item_index ON item $(index_clause "$1")"
  end=$(date +%s.%N)
  after=$(place "$1")
  echo "$(calc "$end - $start") $(relation_wal "$1" postgres item_index "$before" "$after")"
}

# Queries need an index and a warm cache.
ensure_index() {
  local side
  for side in "${sides[@]}"; do
    if ! has_index "$side"; then
      say "building the index: $side"
      build "$side" 2 >/dev/null
    fi
    sql "$side" postgres "SELECT count(*) FROM item WHERE embedding IS NULL" >/dev/null
  done
}

# One line of the table; "limit" is a condition on the ratio or on ours.
figure() { # name ours theirs ratio wanted
  printf '%-44s %14s %14s %10s   %s\n' "$1" "$2" "$3" "$4" "${5:-}" | tee -a "$table"
}

main() {
  local item
  prepare
  figure figure trellis peer ratio wanted
  for item in $items; do
    say "-- item $item"
    "item_$item"
  done
  say ""
  say "the table is in $table"
}

{ main; exit; }
