#!/bin/bash
# run_tests.sh - builds, installs and runs every test; set-up has been done
#
# Usage: run_tests.sh PG_CONFIG
#
# One stage after another, each with its log under build/log; a stage that
# fails does not stop the later ones, one that exits with 77 was skipped.  The last line counts the tests.
# STAGES="installcheck tap" runs only these.
. "$(dirname "$0")/common.sh"

pg_config=${1:?usage: run_tests.sh PG_CONFIG}
command -v "$pg_config" >/dev/null ||
  die "no $pg_config on this machine" "set PG_CONFIG=/path/to/pg_config"
cd "$TOP"
mkdir -p build/log build/isolation
passed=0
failed=0
skipped=0
jobs=$(nproc)
warnings=(-Wall -Wextra -Werror)
# what PostgreSQL's own headers raise
quiet=(-Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers)

# Counts the tests that a log tells of: pg_regress ("test x ... ok" or TAP),
# TAP, and the lines "ok - what" of the scripts here.
count_log() { # log good|bad
  if [ "$2" = good ]; then
    grep -cE '^ok |\.\.\. ok( |$)' "$1" || true
  else
    grep -cE '^not ok |\.\.\. FAILED' "$1" || true
  fi
}

stage() { # name command ...
  local name=$1 log=build/log/$1.log begin=$SECONDS status=0 good bad
  shift
  case " ${STAGES:-$name} " in *" $name "*) ;; *) return ;; esac
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ $status -eq 77 ]; then
    printf '%-22s %s\n' "$name" "$(tail -n 1 "$log")"
    return
  fi
  good=$(count_log "$log" good)
  bad=$(count_log "$log" bad)
  if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ $status -eq 0 ] && grep -q '^notice: .* not run: ' "$log"; then
    skipped=$((skipped + 1))
    grep '^notice: .* not run: ' "$log"
  elif [ $status -eq 0 ] && [ "$good" -eq 0 ]; then good=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
  printf '%-22s %4d passed %4d failed %4d s\n' "$name" "$good" "$bad" \
    $((SECONDS - begin))
  if [ "$bad" -gt 0 ]; then
    sed 's/^/    /' "$log" | tail -n 40
    if [ -s regression.diffs ]; then head -n 100 regression.diffs; fi
    if [ -s build/isolation/regression.diffs ]; then
      head -n 100 build/isolation/regression.diffs
    fi
  fi
}

build() {
  make --no-print-directory -j"$jobs" PG_CONFIG="$pg_config" \
    WERROR_FLAGS="${warnings[*]} ${quiet[*]}" all compat
}

# A second build by clang, out of the way of the first.
build_clang() {
  rm -rf build/clang
  mkdir -p build/clang
  project_files Makefile trellis.control src sql/install compat |
    xargs cp --parents -t build/clang || return 1
  make --no-print-directory -C build/clang -j"$jobs" PG_CONFIG="$pg_config" \
    CC=clang CFLAGS="-O2 -fwrapv -fno-strict-aliasing -fPIC" with_llvm=no \
    WERROR_FLAGS="${warnings[*]} ${quiet[*]} -Wno-ignored-attributes" all compat || return 1
  rm -rf build/clang
}

installcheck() {
  rm -f regression.diffs build/isolation/regression.diffs
  test/tools/server.sh run "$pg_config" -- \
    make --no-print-directory PG_CONFIG="$pg_config" installcheck
}

tap() {
  local file files=()
  for file in test/t/*.pl; do
    case $file in *_compat.pl) ;; *) files+=("$file") ;; esac
  done
  test/tools/tap.sh "$pg_config" build/log/tap "${files[@]}"
}

# what needs the extension "vector" gets it in a copy of the server
compat() {
  test/tools/compat_server.sh with "$pg_config" -- bash -c \
    'test/tools/tap.sh "$PG_CONFIG" build/log/tap-compat test/t/*_compat.pl'
}

stage build build
stage install test/tools/install.sh "$pg_config"
stage build-clang build_clang
stage checks test/tools/checks.sh "$pg_config"
stage unit test/tools/unit.sh
stage fuzz-readers env PG_CONFIG="$pg_config" test/fuzz/readers.sh 5
stage setup test/tools/check_setup.sh
stage installcheck installcheck
stage tap tap
stage compat-install test/tools/check_compat.sh "$pg_config"
stage compat compat
stage clients-c test/clients/c/run.sh "$pg_config"
stage clients test/clients/run.sh "$pg_config"

say "logs are in build/log"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
