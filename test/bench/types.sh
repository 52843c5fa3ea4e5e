#!/bin/bash
# types.sh - scans of PLAIN columns per type, metric and dimension, beside a peer
#
# Usage: [DATA=folder] [PEER=pg_config] types.sh PG_CONFIG
#
# ROUNDS     measurements of each statement, default 15
# TYPES      default "vector halfvec bit sparsevec"
# DIMS       default "128 384 768 1536 3072"
# TABLE_KB   size of a table, default 4096
# PARTS      rows that all are made from and the most in a table, default 16000
# QUANTILE   of the rounds that is quoted, default 0.5; on a busy machine 0.1
#            comes closer to what an undisturbed run takes
#
# Both servers run at the same time with the same settings; the rounds of one
# type and dimension alternate between them, and medians are quoted. Tables
# are small, so that they stay in the processor's cache and the kernels count;
# TABLE_KB=65536 PARTS=45000 shows tables that do not. A statement scans its
# table many times, in one process, with jit off:
#
#   SELECT sum((SELECT count(v <-> 'query') + g FROM vector_384))
#   FROM generate_series(1, 50) g;
#
# Times are the CPU time of the server process, which is what passes on an idle
# machine; work beside it disturbs them less. "net" is the time beyond that of
# the same statement with count(v). The scan without the distance does not read
# the elements, so that net holds their way from the cache, too.
#
# A vector of 3072 dimensions does not fit on a page in line. Its rows are
# those of 1536, each joined to itself in a materialised CTE (in memory).
. "$(dirname "$0")/../tools/common.sh"

pg_config=${1:?usage: types.sh PG_CONFIG}
rounds=${ROUNDS:-15}
types=${TYPES:-vector halfvec bit sparsevec}
dims_list=${DIMS:-128 384 768 1536 3072}
table_kb=${TABLE_KB:-4096}
parts=${PARTS:-16000}
cd "$TOP"

work=$(mktemp -d)
servers=()
cleanup() {
  local pair
  for pair in "${servers[@]}"; do test/tools/server.sh stop "${pair%%|*}" "${pair#*|}"; done
  rm -rf "$work"
}
trap cleanup EXIT

sql() { # folder
  psql -qAtX -v ON_ERROR_STOP=1 -h "$1" -U postgres postgres
}

# The vectors of 384 dimensions from which all others are made, as COPY text
# of real vectors where there is DATA.
if [ -n "${DATA:-}" ]; then
  ${CC:-gcc} -O2 -o "$work/vecpack" test/tools/vecpack.c -lm
  base=$DATA/minilm384/base.fvecs
  if [ ! -e "$base" ]; then
    zstd -q -dc "$DATA/minilm384/base.i8v.zst" >"$work/base.i8v"
    base=$work/base.fvecs
    "$work/vecpack" unpack "$work/base.i8v" "$base"
  fi
  "$work/vecpack" copy "$base" 0 "$parts" >"$work/part"
else
  say "no DATA: pseudo-random elements"
fi

# Bytes of a row's value.
value_size() { # type dims
  case $1 in
    vector) echo $((8 + 4 * $2)) ;;
    halfvec) echo $((8 + 2 * $2)) ;;
    bit) echo $((8 + $2 / 8)) ;;
    sparsevec) echo $((16 + $2)) ;;
    *) die "unknown type: $1" ;;
  esac
}

rows_of() { # type dims
  local rows=$((table_kb * 1024 / ($(value_size "$1" "$2") + 40)))
  echo $((rows < parts ? rows : parts))
}

in_memory() { [ "$1 $2" = "vector 3072" ]; } # type dims

fill_tables() {
  local type dims
  for type in $types; do
    for dims in $dims_list; do
      if in_memory "$type" "$dims"; then
        echo "CALL fill('half_of_3072', 'vector', 1536, $(rows_of vector 3072));"
      else
        echo "CALL fill('${type}_$dims', '$type', $dims, $(rows_of "$type" "$dims"));"
      fi
    done
  done
}

# Shared buffers for everything, and for scans that do not bypass them: those
# of tables beyond a quarter do.
buffers_mb() {
  local tables=0 type dims mb
  for type in $types; do for dims in $dims_list; do tables=$((tables + 1)); done; done
  mb=$((table_kb * (tables > 5 ? tables : 5) * 5 / 4 / 1024 + parts / 200))
  echo $((mb > 512 ? mb : 512))
}

# Starts a server with the extension and fills its tables; prints its folder.
load() { # pg_config extension
  local folder
  folder=$(test/tools/server.sh start "$1" "shared_buffers=$(buffers_mb)MB" work_mem=256MB \
    max_parallel_workers_per_gather=0 jit=off autovacuum=off) || return 1
  {
    echo "CREATE EXTENSION $2;"
    if [ -n "${DATA:-}" ]; then
      echo "CREATE TABLE loaded (id int, v vector(384)); COPY loaded FROM STDIN;"
      cat "$work/part"
      printf '%s\n' '\.' \
        "CREATE TABLE part AS SELECT row_number() OVER (ORDER BY id) - 1 AS id, v FROM loaded;"
    else
      echo "SELECT setseed(0.25);"
      echo "CREATE TABLE part AS SELECT i AS id, array_agg(random() - 0.5)::vector(384) AS v
            FROM generate_series(0, $parts - 1) i, generate_series(1, 384) GROUP BY i;"
    fi
    echo "ANALYZE part;"
    cat test/bench/types.sql
    fill_tables
    echo "CHECKPOINT;"
  } | sql "$folder" >/dev/null || return 1
  printf '%s\n' "$folder"
}

metrics_of() { # type
  if [ "$1" = bit ]; then echo "hamming:<~> jaccard:<%>"; else echo "l2:<-> ip:<#> cosine:<=> l1:<+>"; fi
}

# How often a statement scans its table: 30 ms or more.
passes_of() { # dims rows
  echo $((1 + 30000000 / (60 + $1 / 8) / $2))
}

# Prints "type dims metric ms" per statement, ms of CPU time; metric "none" is the bare scan.
# Before the clock runs, one statement loads what a session loads once.
round() { # folder type dims rows
  local type=$2 dims=$3 passes pair table="$2_$3" with=""
  passes=$(passes_of "$dims" "$4")
  if in_memory "$type" "$dims"; then
    table=wide
    with="WITH wide AS MATERIALIZED (SELECT v || v AS v FROM half_of_3072) "
  fi
  {
    printf '%s\n' "${with}SELECT v AS q FROM $table OFFSET 17 LIMIT 1 \gset"
    statement() { # expression
      printf '%s\n' "${with}SELECT sum((SELECT count($1) + g FROM $table)) FROM generate_series(1, $passes) g;"
    }
    statement "v = :'q'"
    printf '%s\n' "SET client_min_messages = log;" "SET log_statement_stats = on;"
    for pair in none:none $(metrics_of "$type"); do
      printf '\\warn metric %s\n' "${pair%%:*}"
      if [ "$pair" = none:none ]; then statement v; else statement "v ${pair#*:} :'q'"; fi
    done
  } | sql "$1" 2>&1 >/dev/null | awk -v label="$type $dims" '
    / ERROR: / { print > "/dev/stderr" }
    $1 == "metric" { metric = $2 }
    $2 !~ /^\[/ && $4 == "user," { print label, metric, 1000 * ($2 + $5) }'
}

# From both servers' "type dims metric ms" to one line per case.
report() { # rows passes
  awk -v rows="$1" -v passes="$2" -v quantile="${QUANTILE:-0.5}" '
    function quoted(key,   n, i, j, t, x) {
      n = count[key]
      for (i = 1; i <= n; i++) x[i] = sample[key, i]
      for (i = 2; i <= n; i++)
        for (j = i; j > 1 && x[j - 1] > x[j]; j--) { t = x[j]; x[j] = x[j - 1]; x[j - 1] = t }
      i = 1 + quantile * (n - 1)
      t = x[int(i)]
      return i > int(i) ? t + (i - int(i)) * (x[int(i) + 1] - t) : t
    }
    { key = $1 " " $4; sample[key, ++count[key]] = $5
      if ($1 == "ours" && !seen[$4]++) { order[++metrics] = $4; label = $2 " " $3 } }
    END {
      split(label, part, " ")
      ns = 1e6 / (rows * passes)
      for (i = 1; i <= metrics; i++) {
        a = quoted("ours " order[i]); a0 = quoted("ours none")
        printf "%-9s %-7s %5d %6d %8.1f %8.1f %8.1f", part[1], order[i], part[2], rows, a, a * ns, (a - a0) * ns
        if (count["peer none"]) {
          b = quoted("peer " order[i]); b0 = quoted("peer none")
          printf " %8.1f %8.1f %8.1f %6.2f", b, b * ns, (b - b0) * ns, a / b
          if (order[i] != "none") printf " %6.2f", (a - a0) / (b - b0)
        }
        print ""
      }
    }'
}

ours=$(load "$pg_config" trellis) || exit 1
servers+=("$pg_config|$ours")
theirs=
header="type      metric   dims   rows       ms   ns/row      net"
if [ -n "${PEER:-}" ]; then
  theirs=$(load "$PEER" vector) || exit 1
  servers+=("$PEER|$theirs")
  header="$header  peer ms   ns/row      net  ratio    net"
else
  say "no PEER: measuring alone"
fi
say "$header"
for type in $types; do
  for dims in $dims_list; do
    rows=$(rows_of "$type" "$dims")
    : >"$work/samples"
    for _ in $(seq "$rounds"); do
      round "$ours" "$type" "$dims" "$rows" | sed 's/^/ours /' >>"$work/samples"
      if [ -n "$theirs" ]; then
        round "$theirs" "$type" "$dims" "$rows" | sed 's/^/peer /' >>"$work/samples"
      fi
    done
    report "$rows" "$(passes_of "$dims" "$rows")" <"$work/samples" | tee -a "$work/report"
  done
done
if [ -n "$theirs" ]; then
  awk '$2 != "none" { n++; slow += $11 > 1.05; fast += $11 <= 1 / 1.3 }
    $2 != "none" && $3 >= 768 { wide++; aim += $11 <= 1 / 1.3 }
    END { printf "%d cases: %d above 1.05; of %d at 768 dimensions and more, %d are 1.3 times faster\n", n, slow, wide, aim }' \
    "$work/report"
fi
