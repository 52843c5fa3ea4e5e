#!/bin/bash
# run.sh - builds the C example client and runs it against a private server
#
# Usage: run.sh PG_CONFIG [EXTENSION]
#
# The libpq is the one of PG_CONFIG, or else the system's: a server's
# development files may lack it. Without its headers the run is skipped with a
# notice.
. "$(dirname "$0")/../../tools/common.sh"

pg_config=${1:?usage: run.sh PG_CONFIG [EXTENSION]}
extension=${2:-trellis}
here=$TOP/test/clients/c
build=$TOP/build/clients-c

include=
for config in "$pg_config" pg_config; do
  folder=$("$config" --includedir 2>/dev/null) || continue
  if [ -e "$folder/libpq-fe.h" ]; then
    include=$folder
    lib=$("$config" --libdir)
    break
  fi
done
if [ -z "$include" ]; then
  say "notice: the C client was not run: there is no libpq-fe.h"
  exit 0
fi

mkdir -p "$build"
"${CC:-gcc}" -std=gnu11 -O2 -Wall -Wextra -Werror -I"$include" \
  -o "$build/binary_client" "$here"/*.c -L"$lib" -Wl,-rpath,"$lib" -lpq -lm
"$TOP/test/tools/server.sh" run "$pg_config" -- \
  "$build/binary_client" "$extension"
