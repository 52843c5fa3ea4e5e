#!/bin/bash
# check_compat.sh - installing the extension "vector" overwrites nobody's files
#
# Usage: check_compat.sh PG_CONFIG
#
# Method: all is done to a copy of the server's folders (compat_server.sh);
# what another extension would have put there is made by hand.
. "$(dirname "$0")/common.sh"

pg_config=${1:?usage: check_compat.sh PG_CONFIG}
cd "$TOP"
dir=$(mktemp -d /tmp/trellis_compat.XXXXXX)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/farm"
bad=0

check() { # what command ...
  local what=$1
  shift
  if "$@"; then echo "ok - $what"; else
    echo "not ok - $what"
    bad=1
  fi
}

copy=$(test/tools/compat_server.sh copy "$pg_config" "$dir/farm")
extension=$("$copy" --sharedir)/extension
files() { find "$dir/farm" | sort; }
machine() { find "$("$pg_config" --pkglibdir)" "$("$pg_config" --sharedir)" -printf '%p %s %T@\n' | sort; }
run_make() { make --no-print-directory PG_CONFIG="$copy" "$@" >"$dir/out" 2>&1; }
fails() { ! "$@"; }
says() { grep -q "$@" "$dir/out"; }
same() { [ "$(cat "$1")" = "$2" ]; }

run_make all compat || cat "$dir/out"
files >"$dir/before"
machine >"$dir/machine"

run_make -n install
check "make install has nothing to do with it" fails says -E 'vector\.control|trellis_vector'
check "make install-compat installs" run_make install-compat
files | comm -13 "$dir/before" - | xargs -n 1 basename >"$dir/out"
check "its files are three" same "$dir/out" \
  "$(printf '%s\n' trellis_vector.so vector--0.8.6.sql vector.control | sort)"
check "no library is named vector.so" test ! -e "$("$copy" --pkglibdir)/vector.so"
check "it may be installed over itself" run_make install-compat
check "make uninstall-compat removes" run_make uninstall-compat
check "and leaves nothing" diff "$dir/before" <(files)
check "it does so a second time" run_make uninstall-compat
check "DESTDIR is a place to install to" run_make install-compat DESTDIR="$dir/dest"
check "with the same folders" test -e "$dir/dest$extension/vector.control"

foreign() { # file
  echo "comment = 'vector data type and ivfflat and hnsw access methods'" >"$1"
  files >"$dir/with_foreign"
  check "$2: install-compat refuses" fails run_make install-compat
  check "$2: the error names the file" says "error: $1 belongs to another extension"
  check "$2: and says how to go on" says "hint: .*remove"
  check "$2: uninstall-compat refuses" fails run_make uninstall-compat
  check "$2: nothing came, nothing went" diff "$dir/with_foreign" <(files)
  check "$2: its bytes stay" same "$1" \
    "comment = 'vector data type and ivfflat and hnsw access methods'"
  rm "$1"
}
foreign "$extension/vector.control" "another's control file"
foreign "$extension/vector--0.8.6.sql" "another's script"

ln -s "$dir/nowhere" "$extension/vector.control"
check "a link into nowhere is not written through" fails run_make install-compat
check "the link's target was not made" test ! -e "$dir/nowhere"
rm "$extension/vector.control"

check "the server that was copied is as it was" diff "$dir/machine" <(machine)
make --no-print-directory help >"$dir/out"
check "make help lists both targets" bash -c 'grep -q install-compat "$1" && grep -q uninstall-compat "$1"' _ "$dir/out"
exit $bad
