#!/bin/bash
# compat_server.sh - a server that has the compatibility extension "vector"
#
# Usage: compat_server.sh run PG_CONFIG [setting=value ...] -- COMMAND ...
#          runs the command with PGHOST, PGPORT, PGUSER, PGDATABASE set for a
#          new private server (as server.sh does), and removes the server
#          afterwards; nothing is created in it: the administrator's step,
#          psql -c 'CREATE EXTENSION vector CASCADE', is the command's to do
#        compat_server.sh with PG_CONFIG -- COMMAND ...
#          the same without a server: PG_CONFIG and PATH name the programs of
#          the copy, for commands that start servers of their own
#        compat_server.sh copy PG_CONFIG FOLDER
#          makes the copy in FOLDER (which exists and is empty), without the
#          compatibility extension; prints its pg_config
#
# The extension's files are never put into the server of PG_CONFIG, which may
# be the machine's. They go to a copy below /tmp: the programs are copied,
# since PostgreSQL finds its folders from the place of its program, and the
# rest are links, so that it costs some 15 MB and a second. trellis must be
# installed in the server of PG_CONFIG. Files named vector* there (another
# extension's) are not seen by the copy.
. "$(dirname "$0")/common.sh"

usage="usage: compat_server.sh run|with|copy PG_CONFIG ..."

# Links to all entries of a folder but those that match the patterns.
link_entries() { # from, to, pattern ...
  local from=$1 to=$2 entry name pattern skip
  shift 2
  mkdir -p "$to"
  for entry in "$from"/*; do
    name=$(basename "$entry")
    skip=
    for pattern in "$@"; do
      # shellcheck disable=SC2254
      case $name in $pattern) skip=yes ;; esac
    done
    if [ -z "$skip" ]; then ln -s "$entry" "$to/$name"; fi
  done
}

make_copy() { # pg_config, folder
  local config=$1 root=$2 bin lib share copy
  bin=$("$config" --bindir)
  lib=$("$config" --pkglibdir)
  share=$("$config" --sharedir)
  [ -e "$share/extension/trellis.control" ] ||
    die "trellis is not installed in $share/extension" "run make install first"
  mkdir -p "$root$bin"
  cp -a "$bin/." "$root$bin/"
  link_entries "$lib" "$root$lib" 'vector.so' 'trellis_vector.so' bitcode
  link_entries "$share" "$root$share" extension
  link_entries "$share/extension" "$root$share/extension" 'vector.control' 'vector--*.sql'
  copy=$root$bin/pg_config
  [ -x "$copy" ] || cp -L "$(command -v "$config")" "$copy"
  [ "$("$copy" --sharedir)" = "$root$share" ] ||
    die "this server's programs do not look for their folders beside them:" \
      "$("$copy" --sharedir) is not $root$share"
  printf '%s\n' "$copy"
}

# Sets "farm" and "copy": a server's folders with the extension in them.
make_compat() { # pg_config
  farm=$(mktemp -d /tmp/trellis_compat.XXXXXX)
  trap 'rm -rf "$farm"' EXIT
  # the account that runs servers reads it
  chmod 755 "$farm"
  copy=$(make_copy "$1" "$farm")
  make --no-print-directory -s -C "$TOP" PG_CONFIG="$1" compat >&2
  make --no-print-directory -s -C "$TOP" PG_CONFIG="$copy" install-compat >&2
}

verb=${1:?$usage}
pg_config=${2:?$usage}
shift 2
case $verb in
  copy) make_copy "$pg_config" "${1:?$usage}" ;;
  with)
    [ "${1:-}" = -- ] || die "$usage"
    shift
    make_compat "$pg_config"
    PG_CONFIG=$copy PATH=$(dirname "$copy"):$PATH "$@"
    ;;
  run)
    make_compat "$pg_config"
    PG_CONFIG=$copy "$TOP/test/tools/server.sh" run "$copy" "$@"
    ;;
  *) die "unknown verb: $verb" "$usage" ;;
esac
