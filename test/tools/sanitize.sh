#!/bin/bash
# sanitize.sh - the suite on a server with assertions, AddressSanitizer and UBSan
#
# Usage: sanitize.sh PG_CONFIG
#        STAGES="installcheck tap"   only these stages of run_tests.sh
#        SANITIZE_DIR=folder         in the place of build/sanitize; the account
#                                    that runs servers must reach it
#
# Builds a server of PG_CONFIG's major version from Debian's source package, of
# the archives that apt takes packages from, once: the folder keeps it. Then
# builds a copy of this tree by the same flags and tests it there. Fails where a
# test fails, and where a log of a server or test holds a sanitizer's report, a
# failed assertion, a crash, or a warning of a buffer, relation or other resource
# that was not given back, though every test may have passed.
#
# asan/valgrind/memcheck.h makes a freed chunk, the bytes after a chunk and an
# unpinned page poison. Not looked at: memory of malloc at exit, signed overflow
# (the server is compiled to wrap), npm's clients (they run no C of ours).
. "$(dirname "$0")/common.sh"

pg_config=${1:?usage: sanitize.sh PG_CONFIG}
cd "$TOP"
major=$("$pg_config" --version | grep -oE '[0-9]+' | head -n 1)
dir=${SANITIZE_DIR:-$TOP/build/sanitize}/$major
server=$dir/server
flags="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0
export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1

# apt with the source packages of Debian's archives, in lists of its own
apt() { # apt-get|apt-cache, arguments
  "$1" -q -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::State::Lists="$dir/lists" -o Dir::Cache::pkgcache= \
    -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User="$(id -un)" "${@:2}"
}

# The newest version whose files the archive still has, without Debian's
# patches: they install into the machine's own folders whatever the prefix.
fetch_source() {
  local version keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$dir/lists/partial"
  apt-get indextargets 'Created-By: Packages' 'Origin: Debian' \
    --format "deb-src [signed-by=$keys] \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" |
    sort -u >"$dir/sources.list"
  [ -s "$dir/sources.list" ] || die "apt knows no archive of Debian" "run apt-get update"
  apt apt-get update
  for version in $(apt apt-cache showsrc --only-source "postgresql-$major" |
    sed -n 's/^Version: //p' | sort -urV); do
    if (cd "$dir" && apt apt-get --download-only source "postgresql-$major=$version"); then
      dpkg-source --skip-patches -x "$dir"/*.dsc "$dir/source"
      return
    fi
  done
  die "the archives have no source of postgresql-$major"
}

# As the account that runs servers, which cannot write into the system.
build_server() {
  set -e
  rm -rf "$dir"
  mkdir -p "$dir"
  fetch_source
  cp -r "$TOP/test/tools/asan" "$dir/"
  install -d -o "$(server_user)" "$server" "$dir/objects"
  cd "$dir/objects"
  as_server_user ../source/configure --prefix="$server" --enable-cassert --enable-debug \
    --enable-tap-tests --with-openssl --with-icu --without-llvm --without-readline \
    CPPFLAGS="-I$dir/asan -DUSE_VALGRIND" \
    CFLAGS="-O1 -g $flags"
  as_server_user make -s -j"$(nproc)" -C src all
  as_server_user make -s -C src install
  rm -rf "$dir/objects"
  touch "$dir/complete"
}

copy_tree() {
  rm -rf "$dir/tree"
  mkdir -p "$dir/tree/build/log"
  project_files . | xargs cp --parents -t "$dir/tree"
  install -d -o "$(server_user)" "$dir/tree/build/log/servers"
}

# One word for a compiler with flags, as tests expect it.
compiler() { # name, command
  printf '#!/bin/sh\nexec %s "$@"\n' "$2" >"$dir/$1"
  chmod 755 "$dir/$1"
}

mkdir -p "$dir" build/log
as_server_user test -x "$dir" ||
  die "$(server_user) cannot reach $dir" "set SANITIZE_DIR to a folder that it can"
if [ ! -e "$dir/complete" ]; then
  say "building a PostgreSQL $major with sanitizers; see build/log/sanitize-server.log"
  # in a process of its own that no || keeps from stopping at errors
  (build_server) >build/log/sanitize-server.log 2>&1 &
  wait $! || die "the server was not built" "$(tail -n 3 build/log/sanitize-server.log)"
fi
case $("$server/bin/pg_config" --pkglibdir) in
  "$server"/*) ;;
  *) die "$server would install elsewhere" ;;
esac
copy_tree
status=0
# a test's program is compiled as the libpq that it links with
compiler cc "gcc $flags"
compiler cross-cc "aarch64-linux-gnu-gcc -fsanitize=undefined -fsanitize-undefined-trap-on-error"
CC=$dir/cc CROSS_CC=$dir/cross-cc SERVER_LOGS=$dir/tree/build/log/servers \
  PG_TEST_TIMEOUT_DEFAULT=${PG_TEST_TIMEOUT_DEFAULT:-1800} \
  STAGES=${STAGES:-build install unit installcheck tap compat clients-c} \
  "$dir/tree/test/tools/run_tests.sh" "$server/bin/pg_config" || status=$?
say "logs are in $dir/tree/build/log"
# the server's own fault, see 070_ivf_crash.pl
known='TRAP: .*!IsTransactionOrTransactionBlock().*pgstat\.c'
if grep -rnE 'AddressSanitizer|runtime error: |TRAP: |terminated by signal ([4678]|11)|WARNING: .* leak|resource was not closed|detected write past|problem in (alloc|Generation|slab)' \
  "$dir/tree/build/log" | grep -v "$known"; then
  say "not ok - the logs hold findings"
  status=1
else
  say "ok - the logs hold no finding"
fi
exit $status
