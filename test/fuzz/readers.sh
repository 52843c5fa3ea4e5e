#!/bin/bash
# readers.sh - fuzzes the C functions that read vectors, with clang's libFuzzer
#
# Usage: readers.sh SECONDS [target ...]    default: every target
#        PG_CONFIG=...      the server whose headers and libraries to use
#        FUZZ_JOBS=n        so many targets at a time, default: one a processor
#        FUZZ_MINIMISE=1    then reduce the corpus and the new inputs to the
#                           fewest that reach as much, and keep those
#
# Each target first runs the kept corpus and inputs at the limits, then makes
# new ones for SECONDS. Logs and findings are left in build/fuzz-readers. Exits
# with 77 where clang's fuzzer is not installed.
. "$(dirname "$0")/../tools/common.sh"

seconds=${1:?usage: readers.sh SECONDS [target ...]}
case $seconds in *[!0-9]*) die "not a number of seconds: $seconds" ;; esac
shift
all=(vector_in halfvec_in sparsevec_in vector_recv halfvec_recv sparsevec_recv
  typmod_in bytes_cast array_cast jsonb_cast)
if [ $# -gt 0 ]; then targets=("$@"); else targets=("${all[@]}"); fi
for target in "${targets[@]}"; do
  case " ${all[*]} " in *" $target "*) ;; *) die "no target $target" "they are: ${all[*]}" ;; esac
done
pg_config=${PG_CONFIG:-pg_config}
command -v "$pg_config" >/dev/null ||
  die "no $pg_config on this machine" "set PG_CONFIG=/path/to/pg_config"
cd "$TOP"
here=test/fuzz/readers
corpus=test/fuzz/corpus
out=build/fuzz-readers
jobs=${FUZZ_JOBS:-$(nproc)}
# all memory is given back after each input; looking for leaks costs time, and
# a container may forbid it
export ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
# signed overflow stays an error, although the server wraps
sanitize=address,undefined,float-divide-by-zero,float-cast-overflow
sources=("$here"/*.c src/types/parse.c src/types/dense.c src/types/dense_io.c
  src/types/dense_bytes.c src/types/dense_cast.c src/types/element.c
  src/types/memo.c src/types/sparse_parse.c src/types/sparsevec.c
  src/types/sparsevec_cast.c src/types/sparsevec_io.c src/kernels/*.c)

# The newest clang that has the fuzzer, or nothing.
find_clang() {
  local clang
  mkdir -p "$out"
  echo 'int LLVMFuzzerTestOneInput(const char *d, long n); int LLVMFuzzerTestOneInput(const char *d, long n) { return !d && n; }' >"$out/try.c"
  for clang in "${CLANG:-clang}" clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
    if command -v "$clang" >/dev/null &&
      "$clang" "-fsanitize=fuzzer,$sanitize" -o "$out/try" "$out/try.c" >"$out/try.log" 2>&1; then
      echo "$clang"
      return
    fi
  done
}

# The server's libraries for shared objects: with shortest_dec.c and so on.
server_library() { # name
  local folder
  for folder in "$("$pg_config" --pkglibdir)" "$("$pg_config" --libdir)"; do
    if [ -e "$folder/lib$1_shlib.a" ]; then
      echo "$folder/lib$1_shlib.a"
      return
    fi
  done
  die "no lib$1_shlib.a beside the server of $pg_config"
}

# One program for all targets: its name is the target.
build() { # clang
  local flags=(-std=gnu11 -O1 -g -fno-omit-frame-pointer
    -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare
    -Wno-missing-field-initializers -Wno-ignored-attributes
    "-fsanitize=fuzzer,$sanitize" -fno-sanitize-recover=all
    -ffunction-sections -fdata-sections -D_GNU_SOURCE -DUSE_ASSERT_CHECKING=1
    "-I$here" -Isrc "-I$("$pg_config" --includedir-server)")
  local common port target
  common=$(server_library pgcommon)
  port=$(server_library pgport)
  rm -rf "$out/objects"
  mkdir -p "$out/objects"
  printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -I '{}' sh -c \
    'source=$1; object=$2/$(basename "$(dirname "$source")")_$(basename "$source" .c).o; shift 2; exec "$@" -c -o "$object" "$source"' \
    sh '{}' "$out/objects" "$1" "${flags[@]}"
  # what no reader calls may stay undefined
  "$1" "-fsanitize=fuzzer,$sanitize" -Wl,--gc-sections -o "$out/readers" \
    "$out"/objects/*.o "$common" "$port" -lm
  for target in "${all[@]}"; do ln -f "$out/readers" "$out/$target"; done
}

# Inputs at the limits, too long to be kept.
limits() { # target
  local dir=$out/limits/$1
  rm -rf "$dir"
  mkdir -p "$dir"
  perl -e '
    my ($target, $dir) = @ARGV;
    sub put { my ($name, $text) = @_; open my $fh, ">:raw", "$dir/$name" or die; print $fh $text; close $fh or die; }
    for my $n (15999, 16000, 16001, 32767, 32768, 65536, 65537) {
      my $list = join ",", ("1") x $n;
      put($n, "[$list]") if $target =~ /^(vector|halfvec)_in|^jsonb/;
      put("open_$n", "[" . "0," x $n) if $target =~ /^(vector|halfvec)_in/;
      put("commas_$n", "," x $n) if $target =~ /_in$/;
      put($n, "{" . join(",", map { "$_:1" } reverse 1 .. $n) . "}/1000000000") if $target eq "sparsevec_in";
      put("zeros_$n", "{" . join(",", map { "$_:0" } 1 .. $n) . "}/16000") if $target eq "sparsevec_in";
      put($n, pack("nn", $n & 0xffff, 0) . "\0" x (4 * $n)) if $target eq "vector_recv";
      put($n, pack("nn", $n & 0xffff, 0) . "\0" x (2 * $n)) if $target eq "halfvec_recv";
      put($n, pack("NNN", 1000000000, $n, 0) . pack("N*", 0 .. $n - 1) . "\x3f\x80\0\0" x $n) if $target eq "sparsevec_recv";
      if ($target eq "bytes_cast") {
        put("float32_$n", "\0" . "\0" x (4 * $n));
        put("float16_$n", "\1" . "\0" x (2 * $n));
        put("int8_$n", "\2" . pack("f<", 0.5) . "\1" x $n);
      }
      put("int2_$n", "\0\1\0" . pack("l<", 1) . "\1\0" x $n) if $target eq "array_cast";
      put("nulls_$n", "\3\1\2" . pack("l<", 1) . "\0" x (4 * $n)) if $target eq "array_cast";
    }
    put("none", "");' "$1" "$dir"
}

run() { # target
  local log=$out/$1.log status=0 runs
  mkdir -p "$out/found/$1" "$corpus/$1"
  limits "$1"
  local options=(-print_final_stats=1 -artifact_prefix="$out/$1-" -timeout=20
    -rss_limit_mb=1024 -malloc_limit_mb=256)
  "$out/$1" "${options[@]}" -runs=0 -max_len=1000000 "$out/limits/$1" \
    "$corpus/$1" >"$log" 2>&1 || status=$?
  if [ $status -eq 0 ] && [ "$seconds" -gt 0 ]; then
    "$out/$1" "${options[@]}" -max_total_time="$seconds" -max_len=4096 \
      -dict="$here/$(dictionary "$1").dict" "$out/found/$1" "$corpus/$1" \
      >>"$log" 2>&1 || status=$?
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" |
    awk '{ n += $1 } END { print n + 0 }')
  if [ $status -eq 0 ]; then
    echo "ok - fuzz $1: $runs runs"
  else
    echo "not ok - fuzz $1: see $log and $out/$1-*"
    grep -E 'FINDING|ERROR: |runtime error' "$log" | sed 's/^/    /' || true
  fi
  return $status
}

dictionary() { # target
  case $1 in
    sparsevec_in) echo sparse ;;
    *_in | jsonb_cast) echo text ;;
    *) echo binary ;;
  esac
}

# Few inputs that together reach what all do, by the name of their content;
# those that a person has named stay.
minimise() { # target
  local kept=$corpus/$1 file
  rm -rf "$out/merged/$1"
  mkdir -p "$out/merged/$1"
  "$out/$1" -set_cover_merge=1 -max_len=4096 "$out/merged/$1" "$kept" \
    "$out/found/$1" >"$out/$1.merge.log" 2>&1
  find "$kept" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
  for file in "$kept"/*; do
    if [ -e "$file" ]; then
      rm -f "$out/merged/$1/$(sha1sum "$file" | cut -d' ' -f1)"
    fi
  done
  cp "$out/merged/$1"/* "$kept/"
}

mkdir -p "$out"
clang=$(find_clang)
if [ -z "$clang" ]; then
  say "skipped: no clang with -fsanitize=fuzzer here (Debian: clang, libclang-rt-14-dev)"
  exit 77
fi
build "$clang"
failed=0
running=0
for target in "${targets[@]}"; do
  if [ $running -ge "$jobs" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  (run "$target" && if [ -n "${FUZZ_MINIMISE:-}" ]; then minimise "$target"; fi) &
  running=$((running + 1))
done
for ((; running > 0; running--)); do wait -n || failed=1; done
exit $failed
