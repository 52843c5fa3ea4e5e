#!/bin/bash
# knn.sh - top-10 under row-level policies on 120,000 real vectors, beside a peer's
#
# Usage: DATA=folder [PEER=pg_config] knn.sh PG_CONFIG
#
# DATA      folder with the set minilm384 (a folder of that name)
# PEER      pg_config of a server in which an extension "vector" with an access
#           method hnsw is installed; without it, no comparison
# QUERIES   queries per measurement, default 300
# ROUNDS    measurements of each, default 3; medians are quoted
# ROWS      rows in the table, default all
# KEEP      folder that remembers the peer's server, its index and the exact
#           answers between runs
#
# Policies show 50, 10, 1 and 0.1 % of the rows: by a random column, and by one
# that follows the vectors' topic, which is made so: 32 rows are pivots, numbered
# by their distance from the first; a row's topic is its place among all,
# ordered by the nearest pivot's number and the distance from it, in thousandths.
# Each policy is for a role of its own, whose sessions send the searches.
#
#   ours, filter columns    ivf (embedding, bucket, topic), btree (bucket), btree (topic)
#   ours, btree             ivf (embedding), btree (bucket), btree (topic)
#   the peer                hnsw (embedding) m = 16, ef_construction = 64,
#                           the same btrees, iterative scan, relaxed order
#
# Cosine, 10 neighbours, no option of search set but the peer's iterative scan,
# the plan that each planner chooses. Servers, statements and what is measured
# are as in ivf.sh. Leaves build/bench/knn.txt, a table.
. "$(dirname "$0")/../tools/common.sh"
. "$(dirname "$0")/sides.bash"

pg_config=${1:?usage: knn.sh PG_CONFIG}
queries=${QUERIES:-300}
rounds=${ROUNDS:-3}
begin_bench
table=$out/knn.txt
: >"$table"
statement='SELECT id FROM item ORDER BY embedding <=> $1 LIMIT 10'
shares="500 100 10 1"
kinds="bucket topic"
variants=()

# ---- data ----

# What a database holds: the rows, and a role and a policy for each share.
policies() {
  local kind share
  echo "ALTER TABLE item ENABLE ROW LEVEL SECURITY;"
  for kind in $kinds; do
    for share in $shares; do
      echo "DO \$\$ BEGIN CREATE ROLE knn_${kind}_$share; EXCEPTION WHEN duplicate_object THEN END \$\$;"
      echo "CREATE POLICY ${kind}_$share ON item TO knn_${kind}_$share USING ($kind < $share);"
    done
  done
  echo "GRANT SELECT ON item TO PUBLIC;"
}

# Numbers of bucket and topic, to a file that both sides read.
make_topics() {
  {
    echo "CREATE TABLE raw (id int, embedding vector(384));"
    echo "COPY raw FROM STDIN;"
    base_rows
    printf '%s\n' '\.'
    cat <<'SQL'
CREATE TABLE pivot AS
  SELECT row_number() OVER (ORDER BY p.embedding <=> f.embedding, p.id) AS number, p.embedding
  FROM (SELECT * FROM raw WHERE id % (SELECT count(*) / 32 FROM raw) = 0 ORDER BY id LIMIT 32) p,
    (SELECT embedding FROM raw WHERE id = 0) f;
COPY (
  SELECT id, (hashint4(id)::bigint + 2147483648) % 1000,
    (row_number() OVER (ORDER BY number, distance, id) - 1) * 1000 / count(*) OVER ()
  FROM raw, LATERAL (SELECT number, pivot.embedding <=> raw.embedding AS distance
    FROM pivot ORDER BY distance, number LIMIT 1) nearest ORDER BY id) TO STDOUT;
DROP TABLE raw, pivot;
SQL
  } | sql ours knn_filter >"$topics.new"
  mv "$topics.new" "$topics"
}

fill() { # side database
  {
    echo "CREATE TABLE loaded (id int PRIMARY KEY, embedding vector(384));"
    echo "CREATE TABLE numbers (id int PRIMARY KEY, bucket int, topic int);"
    echo "COPY loaded FROM STDIN;"
    base_rows
    printf '%s\n' '\.' "COPY numbers FROM STDIN;"
    cat "$topics"
    printf '%s\n' '\.' "CREATE TABLE item AS SELECT id, bucket, topic, embedding FROM loaded JOIN numbers USING (id) ORDER BY id;"
    echo "DROP TABLE loaded, numbers;"
    policies
  } | sql "$1" "$2"
}

has_database() { # side database
  [ -n "$(sql "$1" postgres "SELECT 1 FROM pg_database WHERE datname = '$2'")" ]
}

# A variant's database, with its indexes.
open_variant() { # variant
  local side database
  side=$(side_of "$1")
  database=knn_$1
  say "loading and indexing: $1"
  if [ "$1" = peer ] && has_database "$side" "$database"; then
    if [ "$(sql "$side" "$database" "SELECT count(*) FROM item")" = "$rows" ] &&
      [ -n "$(sql "$side" "$database" "SELECT 1 FROM pg_class WHERE relname = 'item_ready'")" ]; then
      variants+=("$1")
      return
    fi
    sql "$side" postgres "DROP DATABASE $database"
  fi
  if ! has_database "$side" "$database"; then make_database "$side" "$database"; fi
  fill "$side" "$database"
  if ! indexes "$1" | sql "$side" "$database" 2>"$work/index.error"; then
    say "not measured: $1: $(head -n 1 "$work/index.error")"
    return
  fi
  sql "$side" "$database" "VACUUM ANALYZE item"
  sql "$side" "$database" "CREATE TABLE item_ready ()"
  variants+=("$1")
}

make_database() { # side database
  sql "$1" postgres "CREATE DATABASE $2"
  sql "$1" "$2" "CREATE EXTENSION $([ "$1" = ours ] && echo trellis || echo vector)"
}

side_of() { if [ "$1" = peer ]; then echo theirs; else echo ours; fi; } # variant

indexes() { # variant
  local btrees="CREATE INDEX ON item (bucket); CREATE INDEX ON item (topic);"
  case $1 in
    filter) echo "$btrees CREATE INDEX ON item USING ivf (embedding vector_cosine_ops, bucket, topic);" ;;
    btree) echo "$btrees CREATE INDEX ON item USING ivf (embedding vector_cosine_ops);" ;;
    peer) echo "$btrees CREATE INDEX ON item USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64);" ;;
  esac
}

# ---- measuring ----

# The role that a policy is for; without one, who made the table.
role_of() { if [ "$1" = all ]; then echo postgres; else echo "knn_${1}_$2"; fi; } # kind share

truth_of() { echo "$store/knn.$rows.$queries.$1.$2.ivecs"; } # kind share

exact_answers() { # kind share
  local file
  file=$(truth_of "$1" "$2")
  if [ -e "$file" ]; then return; fi
  client ours "knn_${variants[0]}" -u 0 -w "$file.new" -S "$statement" \
    -s "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'trellis.enable_knn'" \
    -s "SET enable_indexscan = off" -s "SET enable_bitmapscan = off" \
    -s "SET max_parallel_workers_per_gather = 0" -s "SET ROLE $(role_of "$1" "$2")" >/dev/null
  mv "$file.new" "$file"
}

# One measurement: recall, median and 95 % in ms, rows, queries short of rows.
measure() { # variant kind share
  local settings=(-s "SET ROLE $(role_of "$2" "$3")")
  if [ "$1" = peer ]; then settings+=(-s "SET hnsw.iterative_scan = relaxed_order"); fi
  client "$(side_of "$1")" "knn_$1" -g "$(truth_of "$2" "$3")" "${settings[@]}" -S "$statement" |
    awk '{ printf "%.4f %.4f %.4f %.2f %d\n", $1, $3 / 1000, $4 / 1000, $7, $8 }'
}

measure_all() { # kind share
  local variant
  exact_answers "$1" "$2"
  for variant in "${variants[@]}"; do : >"$work/$variant.$1.$2"; done
  for _ in $(seq "$rounds"); do
    for variant in "${variants[@]}"; do measure "$variant" "$1" "$2" >>"$work/$variant.$1.$2"; done
  done
}

# What scans the table in the planner's choice.
plan_of() { # variant kind share
  sql "$(side_of "$1")" "knn_$1" <<SQL | grep -oE 'Custom Scan \(\w+\)|Seq Scan|Bitmap Heap Scan|Index Scan using \w+' | head -n 1
SELECT embedding AS query FROM item WHERE id = 17
\gset
SET ROLE $(role_of "$2" "$3");
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY embedding <=> :'query' LIMIT 10;
SQL
}

value() { # variant kind share column
  if [ -e "$work/$1.$2.$3" ]; then median_of "$4" <"$work/$1.$2.$3"; else echo nan; fi
}

# A variant's cell: rows, recall, median, 95 %.
cell() { # variant kind share
  if [ ! -e "$work/$1.$2.$3" ]; then
    echo -
    return
  fi
  local short
  short=$(value "$1" "$2" "$3" 5)
  printf '%5.2f%s %.3f %7.3f %7.3f' "$(value "$1" "$2" "$3" 4)" "$([ "$short" = 0 ] && echo " " || echo "!")" \
    "$(value "$1" "$2" "$3" 1)" "$(value "$1" "$2" "$3" 2)" "$(value "$1" "$2" "$3" 3)"
}

# What falls short of the aims: all rows, recall 0.95, at most 3 times the
# unfiltered search and 3 ms; nowhere slower than the peer (by more than 5 %),
# and at least 5 times as fast where its recall is below.
verdict() { # variant kind share
  if [ ! -e "$work/$1.$2.$3" ]; then
    echo -
    return
  fi
  awk -v short="$(value "$1" "$2" "$3" 5)" -v recall="$(value "$1" "$2" "$3" 1)" -v ms="$(value "$1" "$2" "$3" 2)" \
    -v free="$(value "$1" all 1000 2)" -v theirs="$(value peer "$2" "$3" 2)" -v found="$(value peer "$2" "$3" 1)" \
    -v shorts="$(value peer "$2" "$3" 5)" 'BEGIN {
      if (short > 0) bad = bad " rows"
      if (recall < 0.95) bad = bad " recall"
      if (ms > 3 * free) bad = bad " unfiltered"
      if (ms > 3) bad = bad " 3ms"
      if (theirs != "nan" && ms > 1.05 * theirs) bad = bad " slower"
      if (theirs != "nan" && (found < 0.95 || shorts > 0) && ms * 5 > theirs) bad = bad " 5x"
      print bad == "" ? "met" : "MISSED:" bad }'
}

ratio() { # a b
  case "$1 $2" in *nan*) echo - ;; *) awk "BEGIN { printf \"%.2f\", $1 / $2 }" ;; esac
}

line() { printf '%-7s %7s  %-31s  %-31s  %-31s %8s %8s %8s %8s  %s\n' "$@" | tee -a "$table"; }

print_line() { # kind share
  local filter btree
  filter=$(value filter "$1" "$2" 2)
  btree=$(value btree "$1" "$2" 2)
  line "$1" "$(calc "$2 / 10") %" "$(cell filter "$1" "$2")" "$(cell btree "$1" "$2")" "$(cell peer "$1" "$2")" \
    "$(ratio "$(value peer "$1" "$2" 2)" "$filter")" "$(ratio "$(value peer "$1" "$2" 2)" "$btree")" \
    "$(ratio "$filter" "$(value filter all 1000 2)")" "$(ratio "$btree" "$(value btree all 1000 2)")" \
    "$(verdict filter "$1" "$2"), $(verdict btree "$1" "$2")"
}

print_plans() {
  local variant kind share
  say ""
  say "what scans the table:"
  for variant in "${variants[@]}"; do
    for kind in $kinds; do
      for share in $shares; do
        printf '  %-7s %-7s %5s %%  %s\n' "$variant" "$kind" "$(calc "$share / 10")" \
          "$(plan_of "$variant" "$kind" "$share")"
      done
    done
  done | tee -a "$table"
}

main() {
  local kind share variant
  prepare_data
  topics=$store/knn.$rows.topics
  open_side ours "$pg_config"
  if [ -n "${PEER:-}" ]; then open_side theirs "$PEER"; else say "no PEER: measuring alone"; fi
  make_database ours knn_filter
  if [ ! -e "$topics" ]; then make_topics; fi
  for variant in filter btree; do open_variant $variant; done
  if other; then open_variant peer; fi
  line policy shows "ours, filter columns" "ours, btree" peer "peer to" "peer to" "filter" "btree" ""
  line "" "" "rows  recall  p50 ms  p95 ms" "rows  recall  p50 ms  p95 ms" "rows  recall  p50 ms  p95 ms" \
    "filter" "btree" "to all" "to all" "aims: filter, btree"
  measure_all all 1000
  print_line all 1000
  for kind in $kinds; do
    for share in $shares; do
      measure_all "$kind" "$share"
      print_line "$kind" "$share"
    done
  done
  say "(!: answers with fewer rows than there are; to all: p50 to that without a policy)" | tee -a "$table"
  print_plans
  say "the table is in $table"
}

{ main; exit; }
