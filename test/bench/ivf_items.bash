# ivf_items.bash - the figures of ivf.sh, one function each; to be sourced
# shellcheck shell=bash disable=SC2154

peer_efs="10 20 40 60 80 100 140 200 300 400"
our_probes="1 4 16 32 64 128 256"
our_targets="0.5 0.8 0.9 0.93 0.95 0.97 0.98 0.985 0.99 0.995"

# The settings of a curve, one a line: series, setting.
curve_settings() { # side
  local x
  if [ "$1" = ours ]; then
    for x in $our_probes; do echo "probes SET trellis.ivf_probes = $x"; done
    for x in $our_targets; do echo "target SET trellis.target_recall = $x"; done
  else
    for x in $peer_efs; do echo "peer SET hnsw.ef_search = $x"; done
  fi
}

# Measures every setting once, ours and theirs in turn; appends to a file:
# series, value, recall, qps, p50, p95, p99, cpu.
curve_round() { # file
  local mine theirs
  curve_settings ours >"$work/settings.ours"
  if other; then curve_settings theirs >"$work/settings.theirs"; else : >"$work/settings.theirs"; fi
  paste -d'|' "$work/settings.ours" "$work/settings.theirs" | while IFS='|' read -r mine theirs; do
    curve_point ours "$mine" >>"$1"
    curve_point theirs "$theirs" >>"$1"
  done
}

curve_point() { # side "series statement"
  if [ -z "$2" ]; then return; fi
  echo "${2%% *} ${2##* } $(client "$1" postgres -g "$truth" -s "SET enable_seqscan = off" -s "${2#* }" </dev/null)"
}

# Medians over rounds, in the order of settings.
curve_medians() { # file
  local series value
  cut -d' ' -f1,2 "$1" | awk '!seen[$0]++' | while read -r series value; do
    awk -v s="$series" -v v="$value" '$1 == s && $2 == v' "$1" >"$work/point"
    echo "$series $value $(awk '{ print $3; exit }' "$work/point")" \
      "$(for c in 4 5 6 7 8; do median_of $c <"$work/point"; done | paste -sd' ')"
  done
}

# A column's value where the series reaches a recall, between two points by
# the logarithms of what is missed and of the value.
at_recall() { # medians series column recall
  awk -v s="$2" -v c="$3" -v r="$4" '
    function x(recall) { return -log(1 - recall > 1e-5 ? 1 - recall : 1e-5) }
    $1 == s && (n == 0 || $3 > last) { n++; rec[n] = last = $3; val[n] = $c }
    END {
      if (n == 0 || rec[n] < r) { print "nan"; exit }
      if (rec[1] >= r) { print val[1]; exit }
      for (i = 2; rec[i] < r; i++);
      share = (x(r) - x(rec[i - 1])) / (x(rec[i]) - x(rec[i - 1]))
      printf "%.1f\n", exp(log(val[i - 1]) + share * (log(val[i]) - log(val[i - 1])))
    }' "$1"
}

item_1() {
  local raw=$work/curve.raw medians=$out/ivf_curve.txt recall wanted ours theirs
  ensure_index
  : >"$raw"
  for _ in $(seq "$rounds"); do curve_round "$raw"; done
  curve_medians "$raw" >"$medians"
  say "series value recall qps p50_us p95_us p99_us server_cpu_us"
  cat "$medians"
  for recall in 0.95 0.99; do
    wanted=$([ $recall = 0.95 ] && echo ">= 4" || echo ">= 8")
    ours=$(at_recall "$medians" target 4 $recall)
    theirs=-
    if other; then theirs=$(at_recall "$medians" peer 4 $recall); fi
    figure "queries/s at recall $recall" "$ours" "$theirs" "$(ratio "$ours" "$theirs")" "$wanted"
    ours=$(at_recall "$medians" target 8 $recall)
    if other; then theirs=$(at_recall "$medians" peer 8 $recall); fi
    figure "  server's CPU us/query" "$ours" "$theirs" "$(ratio "$theirs" "$ours")"
  done
  awk -f test/bench/ivf_plot.awk "$medians" >"$out/ivf.svg"
  say "plot: $out/ivf.svg"
}

ratio() { # a b
  case "$1|$2" in
    *nan* | -\|* | *\|- | \|* | *\|) echo - ;;
    *) calc "$1 / $2" ;;
  esac
}

# The client's medians over rounds, with no option set, both sides in turn.
default_rounds() {
  local side
  for side in "${sides[@]}"; do : >"$work/default.$side"; done
  for _ in $(seq "$rounds"); do
    for side in "${sides[@]}"; do client "$side" postgres -g "$truth" >>"$work/default.$side"; done
  done
}

default_of() { # side column
  if [ -e "$work/default.$1" ]; then median_of "$2" <"$work/default.$1"; else echo -; fi
}

item_2() {
  local column=1 name
  ensure_index
  default_rounds
  for name in "recall, no option set" "  queries/s" "  latency us, median" "  latency us, 95 %" "  latency us, 99 %"; do
    figure "$name" "$(default_of ours $column)" "$(default_of theirs $column)" - \
      "$([ $column = 1 ] && echo ">= 0.95")"
    column=$((column + 1))
  done
  plan=$(sql ours postgres "EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY embedding <=>
    (SELECT embedding FROM fresh WHERE id = 0) LIMIT 10" | grep -c item_index || true)
  figure "  planner takes the index" "$([ "$plan" -gt 0 ] && echo yes || echo NO)" - - yes
}

item_3() {
  local side processes
  for processes in 1 2; do
    for side in "${sides[@]}"; do
      build "$side" $processes >"$work/build.$processes.$side"
    done
    figure "build s, $processes process(es)" "$(built ours $processes 1)" "$(built theirs $processes 1)" \
      "$(ratio "$(built theirs $processes 1)" "$(built ours $processes 1)")" ">= 12"
  done
}

built() { # side processes column
  local file=$work/build.$2.$1
  if [ -e "$file" ]; then cut -d' ' -f"$3" "$file"; else echo -; fi
}

index_bytes() { # side
  if [ "$1" = theirs ] && ! other; then echo -; else sql "$1" postgres "SELECT pg_relation_size('item_index')"; fi
}

item_4() {
  local mine theirs
  ensure_index
  mine=$(index_bytes ours)
  theirs=$(index_bytes theirs)
  figure "index size, bytes" "$mine" "$theirs" "$(ratio "$mine" "$theirs")" "<= 0.28"
  figure "  bytes/row" "$(ratio "$mine" "$rows")" "$(ratio "$theirs" "$rows")" -
}

item_5() {
  local mine theirs wal
  if [ ! -e "$work/build.2.ours" ]; then build ours 2 >"$work/build.2.ours"; fi
  ensure_index
  mine=$(index_bytes ours)
  theirs=$(index_bytes theirs)
  wal=$(built ours 2 2)
  figure "WAL of the build, bytes" "$wal" "$(built theirs 2 2)" -
  figure "  to index size" "$(ratio "$wal" "$mine")" "$(ratio "$(built theirs 2 2)" "$theirs")" - "ours <= 1.1"
}

# ---- life: on copies of the database ----

fresh_copy() { # side
  sql "$1" postgres "DROP DATABASE IF EXISTS life"
  sql "$1" postgres "CREATE DATABASE life TEMPLATE postgres STRATEGY file_copy"
  sql "$1" life "CHECKPOINT"
}

# New rows, 1,000 a transaction; prints rows per second, the index's WAL per
# row, and how much of that are page images.
insert_rows() { # side
  local i start end before after
  fresh_copy "$1"
  before=$(place "$1")
  start=$(date +%s.%N)
  for i in $(seq 0 1000 $((inserts - 1))); do
    echo "INSERT INTO item SELECT id + 1000000, embedding FROM fresh WHERE id >= $i AND id < $((i + 1000));"
  done | sql "$1" life
  end=$(date +%s.%N)
  after=$(place "$1")
  echo "$(calc "$inserts / ($end - $start)")" \
    "$(relation_wal "$1" life item_index "$before" "$after" | awk -v n="$inserts" '{ printf "%.0f %.0f", $1 / n, $2 / n }')"
}

life_figures() { # item's function, names' limits by column ...
  local side
  for side in "${sides[@]}"; do "$1" "$side" >"$work/life.$side"; done
}

life() { # side column
  if [ -e "$work/life.$1" ]; then cut -d' ' -f"$2" "$work/life.$1"; else echo -; fi
}

item_6() {
  ensure_index
  life_figures insert_rows
  figure "inserts/s" "$(life ours 1)" "$(life theirs 1)" "$(ratio "$(life ours 1)" "$(life theirs 1)")" ">= 8"
  figure "  the index's WAL, bytes/row" "$(life ours 2)" "$(life theirs 2)" "$(ratio "$(life ours 2)" "$(life theirs 2)")" "<= 0.333"
  figure "    of that, page images" "$(life ours 3)" "$(life theirs 3)" -
}

# Deletes a tenth, then vacuums; prints seconds, the index's WAL and that of
# page images.
vacuum_rows() { # side
  local start end before after
  fresh_copy "$1"
  sql "$1" life "DELETE FROM item WHERE id % 10 = 3"
  sql "$1" life "CHECKPOINT"
  before=$(place "$1")
  start=$(date +%s.%N)
  sql "$1" life "VACUUM item"
  end=$(date +%s.%N)
  after=$(place "$1")
  echo "$(calc "$end - $start") $(relation_wal "$1" life item_index "$before" "$after")"
}

item_7() {
  ensure_index
  life_figures vacuum_rows
  figure "VACUUM after deleting 10 %, s" "$(life ours 1)" "$(life theirs 1)" "$(ratio "$(life theirs 1)" "$(life ours 1)")" ">= 10"
  figure "  the index's WAL, bytes" "$(life ours 2)" "$(life theirs 2)" "$(ratio "$(life ours 2)" "$(life theirs 2)")" "<= 0.1"
  figure "    of that, page images" "$(life ours 3)" "$(life theirs 3)" -
}

# Recall, queries per second of a table in database "life", with no option.
life_recall() { # table truth
  client ours life -g "$2" -s "SET enable_seqscan = off" \
    -S "SELECT id FROM $1 ORDER BY embedding <=> \$1 LIMIT 10"
}

# Ours as it is, after VACUUM, and built anew.
compare_fresh() { # name table truth
  local grown vacuumed anew
  sql ours life "ANALYZE $2"
  grown=$(life_recall "$2" "$3")
  sql ours life "VACUUM $2"
  vacuumed=$(life_recall "$2" "$3")
  sql ours life "REINDEX TABLE $2"
  anew=$(life_recall "$2" "$3")
  say "$1: recall, queries/s, latencies, cpu: $grown; after VACUUM: $vacuumed; anew: $anew"
  figure "recall $1 (peer: anew)" "${grown%% *}" "${anew%% *}" "$(calc "${grown%% *} - ${anew%% *}")" ">= -0.02"
  figure "  after VACUUM" "${vacuumed%% *}" "${anew%% *}" "$(calc "${vacuumed%% *} - ${anew%% *}")" ">= -0.02"
  figure "  queries/s, after VACUUM" "$(cut -d' ' -f2 <<<"$vacuumed")" "$(cut -d' ' -f2 <<<"$anew")" -
}

item_8() {
  fresh_copy ours
  {
    echo "CREATE TABLE grown AS SELECT * FROM item WHERE id % 10 = 0;"
    echo "CREATE INDEX ON grown USING ivf (embedding vector_cosine_ops);"
    local i
    for i in $(seq 0 1000 $((rows - 1))); do
      echo "INSERT INTO grown SELECT * FROM item WHERE id % 10 <> 0 AND id >= $i AND id < $((i + 1000));"
    done
  } | sql ours life
  compare_fresh "after growing 10 x" grown "$truth"
  sql ours life "DROP TABLE grown"
  if [ -e "$set_folder/base.tsv" ] || [ -e "$set_folder/base.tsv.xz" ]; then topic_change; fi
}

# Half of the rows make way for rows of another topic.
topic_change() {
  local half
  if [ -e "$set_folder/base.tsv" ]; then cat "$set_folder/base.tsv"; else xz -dc "$set_folder/base.tsv.xz"; fi |
    awk -F'\t' -v n="$rows" 'NR > 1 && $1 < n { print $1 "\t" ($2 ~ /^deb:/ ? "d" : "w") }' >"$work/topics"
  {
    echo "CREATE TABLE topic (id int, t text);"
    echo "COPY topic FROM STDIN;"
    cat "$work/topics"
    printf '%s\n' '\.' "ANALYZE topic;"
  } | sql ours life
  half=$(sql ours life "SELECT least(count(*) FILTER (WHERE t = 'd'), count(*) FILTER (WHERE t = 'w') / 2) FROM topic")
  half=$((half < 25000 ? half : 25000))
  {
    echo "CREATE TABLE moved AS SELECT i.* FROM item i JOIN topic USING (id) WHERE t = 'w' ORDER BY id LIMIT $((2 * half));"
    echo "CREATE INDEX ON moved USING ivf (embedding vector_cosine_ops);"
    echo "DELETE FROM moved WHERE id IN (SELECT id FROM moved ORDER BY id LIMIT $half);"
    echo "VACUUM moved;"
    echo "INSERT INTO moved SELECT i.* FROM item i JOIN topic USING (id) WHERE t = 'd' ORDER BY id LIMIT $half;"
  } | sql ours life
  exact_answers ours life moved "$work/moved.ivecs"
  compare_fresh "after replacing 50 %" moved "$work/moved.ivecs"
}

# ---- many connections, little memory, overhead ----

# The least ef_search with which the peer reaches recall 0.95.
peer_setting() {
  local ef got
  if ! other; then return; fi
  for ef in 40 50 60 70 80 100 120 160 200 300 400 800; do
    got=$(recall_of theirs postgres -s "SET hnsw.ef_search = $ef")
    if awk "BEGIN { exit !($got >= 0.95) }"; then break; fi
  done
  echo "SET hnsw.ef_search = $ef"
}

with_setting() { # side: the client's arguments that reach recall 0.95
  settings=()
  if [ "$1" = theirs ]; then settings=(-s "$at95"); fi
}

item_9() {
  local side connections
  ensure_index
  at95=$(peer_setting)
  for connections in 1 2 8 32; do
    for side in "${sides[@]}"; do : >"$work/many.$side"; done
    for _ in $(seq 3); do
      for side in "${sides[@]}"; do
        with_setting "$side"
        client "$side" postgres -c $connections -t "${SECONDS_EACH:-3}" "${settings[@]}" >>"$work/many.$side"
      done
    done
    figure "queries/s, $connections connection(s), recall >= 0.95" "$(median_of 2 <"$work/many.ours")" \
      "$(if other; then median_of 2 <"$work/many.theirs"; else echo -; fi)" - \
      "$([ $connections = 32 ] && echo "no fall from 2")"
  done
}

restart_with() { # side shared_buffers
  control "$1" -o "-c shared_buffers=$2" restart
}

# Pages of the index read and met in memory per query, median latency.
little_memory() { # side
  local kb
  kb=$(($(index_bytes "$1") / 10240))
  restart_with "$1" "${kb}kB"
  sql "$1" postgres "SELECT pg_stat_reset()" >/dev/null
  with_setting "$1"
  client "$1" postgres -u 0 "${settings[@]}" >"$work/cold.$1"
  sleep 1
  echo "$(sql "$1" postgres "SELECT idx_blks_read, idx_blks_hit FROM pg_statio_user_indexes
    WHERE indexrelname = 'item_index'" | awk -F'|' -v n="$queries" '{ printf "%.1f %.1f", $1 / n, $2 / n }')" \
    "$(cut -d' ' -f3,4 "$work/cold.$1")"
  restart_with "$1" 1GB
}

item_10() {
  ensure_index
  at95=$(peer_setting)
  life_figures little_memory
  figure "shared_buffers = index / 10: pages read/query" "$(life ours 1)" "$(life theirs 1)" \
    "$(ratio "$(life ours 1)" "$(life theirs 1)")" "< 1"
  figure "  pages in memory/query" "$(life ours 2)" "$(life theirs 2)" -
  figure "  latency us, median" "$(life ours 3)" "$(life theirs 3)" -
  figure "  latency us, 95 %" "$(life ours 4)" "$(life theirs 4)" -
}

item_11() {
  local server_headers probes file kernels
  ensure_index
  server_headers=$("$pg_config" --includedir-server)
  ${CC:-gcc} -std=gnu11 -O2 -ffunction-sections -Wl,--gc-sections \
    -Isrc -I"$server_headers" -o "$work/kernels" \
    test/bench/ivf_kernels.c src/index/ivf/{shape,encode,forms,reach}.c src/kernels/*.c -lm -ldl
  sql ours postgres "CHECKPOINT"
  file=${folder[ours]}/data/$(sql ours postgres "SELECT pg_relation_filepath('item_index')")
  : >"$work/kernels.raw"
  for probes in $our_probes; do
    "$work/kernels" "$file" "$store/query.fvecs" "$queries" "$probes" >>"$work/kernels.raw"
  done
  say "in process, us/query: probes rows reranked rotate table rank scan rerank kernels"
  cat "$work/kernels.raw"
  "$work/kernels" "$file" "$store/query.fvecs" "$queries" 0 >"$work/kernels.default"
  say "default:"
  cat "$work/kernels.default"
  for _ in $(seq "$rounds"); do
    client ours postgres -S "SELECT 1" >>"$work/nothing"
    client ours postgres -S "SELECT g FROM generate_series(1, 10) g WHERE \$1 IS NOT NULL" >>"$work/same"
    client ours postgres >>"$work/all"
  done
  kernels=$(awk '{ print $NF }' "$work/kernels.default")
  say "what PostgreSQL adds, over the kernels' $kernels us (first latencies, then the server's CPU time):"
  added 3 "latency" "<= 2"
  added 6 "server's CPU time"
}

# The search's time less that of a statement that searches nothing, over the
# kernels' time.
added() { # column name wanted
  local all nothing same
  all=$(median_of "$1" <"$work/all")
  nothing=$(median_of "$1" <"$work/nothing")
  same=$(median_of "$1" <"$work/same")
  figure "$2 us: search; kernels alone" "$all" - "$kernels"
  figure "  SELECT 1; same parameter, ten rows" "$nothing" - "$same"
  figure "  (search - SELECT 1) / kernels" "$(calc "($all - $nothing) / $kernels")" - - "${3:-}"
  figure "  (search - same parameter) / kernels" "$(calc "($all - $same) / $kernels")" - -
}
