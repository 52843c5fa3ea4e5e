# sides.bash - two servers that are measured beside each other, and their data;
# to be sourced, after common.sh
# shellcheck shell=bash disable=SC2154
#
# "ours" has the extension that is tested, "theirs" a peer's. Whoever sources
# this sets pg_config and queries, and looks at DATA, PEER, ROWS and KEEP as
# the head of ivf.sh tells.

declare -A folder config
sides=()

# Sets set_folder, work (removed at the end), out, keep and store.
begin_bench() {
  cd "$TOP" || exit 1
  if [ -z "${DATA:-}" ]; then
    say "skipped: DATA names no folder with the set minilm384"
    exit 0
  fi
  set_folder=$DATA/minilm384
  if [ ! -e "$set_folder" ]; then set_folder=$DATA; fi
  work=$(mktemp -d)
  out=build/bench
  mkdir -p "$out"
  keep=${KEEP:-}
  if [ -n "$keep" ]; then mkdir -p "$keep"; fi
  store=${keep:-$work}
  trap cleanup EXIT
}

# ---- servers ----

control() { # side pg_ctl's arguments ...
  local side=$1
  shift
  as_server_user "$("${config[$side]}" --bindir)/pg_ctl" -D "${folder[$side]}/data" \
    -l "${folder[$side]}/server.log" -w -s "$@"
}

cleanup() {
  local side
  for side in "${sides[@]}"; do
    if [ -n "$keep" ] && [ "$side" = theirs ]; then
      control "$side" -m fast stop || true
    else
      test/tools/server.sh stop "${config[$side]}" "${folder[$side]}"
    fi
  done
  rm -rf "$work"
}

# Starts a side's server; the peer's may be there from an earlier run.
open_side() { # side pg_config
  local side=$1
  config[$side]=$2
  if [ "$side" = theirs ] && [ -n "$keep" ] && [ -e "$keep/$side" ]; then
    folder[$side]=$(cat "$keep/$side")
    control "$side" start
    sides+=("$side")
    return
  fi
  folder[$side]=$(test/tools/server.sh start "$2" shared_buffers=1GB \
    maintenance_work_mem=1GB max_wal_size=32GB checkpoint_timeout=1h \
    autovacuum=off max_connections=100)
  sides+=("$side")
  if [ "$side" = theirs ] && [ -n "$keep" ]; then echo "${folder[$side]}" >"$keep/$side"; fi
}

other() { [ ${#sides[@]} -gt 1 ]; }

# A statement's output, or a script's from standard input.
sql() { # side database [statement]
  local arguments=(-qAtX -v ON_ERROR_STOP=1 -h "${folder[$1]}" -U postgres "$2")
  if [ $# -gt 2 ]; then arguments+=(-c "$3"); fi
  PGOPTIONS="-c client_min_messages=warning" psql "${arguments[@]}"
}

# ---- data ----

unpack() { # name: prints the .fvecs file
  local file=$set_folder/$1.fvecs
  if [ ! -e "$file" ]; then
    file=$store/$1.fvecs
    if [ ! -e "$file" ]; then
      zstd -q -dc "$set_folder/$1.i8v.zst" >"$work/$1.i8v"
      "$work/vecpack" unpack "$work/$1.i8v" "$file"
    fi
  fi
  printf '%s\n' "$file"
}

# Builds the tools and unpacks the vectors: sets base, all_rows and rows.
prepare_data() {
  ${CC:-gcc} -O2 -o "$work/vecpack" test/tools/vecpack.c -lm
  ${CC:-gcc} -std=gnu11 -O2 -I"$("$pg_config" --includedir)" \
    -o "$work/client" test/bench/ivf_client.c -lpq -lpthread
  base=$(unpack base)
  if [ ! -e "$store/query.fvecs" ]; then
    cp "$(unpack query)" "$store/query.fvecs.new"
    mv "$store/query.fvecs.new" "$store/query.fvecs"
  fi
  all_rows=$(($(stat -c %s "$base") / (4 * 385)))
  rows=${ROWS:-$all_rows}
  rows=$((rows < all_rows ? rows : all_rows))
}

# COPY text of the table's rows.
base_rows() { "$work/vecpack" copy "$base" 0 "$rows"; }

# ---- measuring ----

# A line of the client's figures: recall qps p50 p95 p99 cpu rows short
client() { # side database the client's arguments ...
  local side=$1 database=$2
  shift 2
  "$work/client" -h "${folder[$side]}" -d "$database" -q "$store/query.fvecs" \
    -n "$queries" "$@"
}

median() { sort -n | awk '{ x[NR] = $1 } END { print (NR % 2) ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'; }

# Median of a column of lines.
median_of() { # column < lines
  awk -v c="$1" '{ print $c }' | median
}

calc() { awk "BEGIN { printf \"%.4g\", $1 }"; }
