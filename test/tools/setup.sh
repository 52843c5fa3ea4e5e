#!/bin/bash
# setup.sh - installs the Debian packages that building and testing need
#
# Usage: setup.sh demo|test|sanitize
#
# Installs only what is missing and says what. Debian's server package would
# create a cluster and start it: while packages are installed,
# create_main_cluster is false, and the file is put back as it was after.
. "$(dirname "$0")/common.sh"

goal=${1:?usage: setup.sh demo|test|sanitize}
# a test points these at a folder of its own
conf_dir=${TRELLIS_CREATECLUSTER_DIR:-/etc/postgresql-common}
conf=$conf_dir/createcluster.conf
backup=

installed() { # package
  dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^.i'
}

apt_install() {
  say "installing: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get \
    -o DPkg::Lock::Timeout=600 -y -q --no-install-recommends \
    install "$@" >>"$log" 2>&1 ||
    die "apt-get could not install: $*" "the end of $log says why" \
      "$(tail -n 3 "$log" | tr '\n' ' ')"
}

# The major version that this distribution packages, or the one of PG_CONFIG.
server_major() {
  local config=${PG_CONFIG:-pg_config}
  if command -v "$config" >/dev/null &&
    [ -x "$("$config" --bindir)/postgres" ]; then
    "$config" --version | grep -oE '[0-9]+' | head -n 1
  else
    # fails before the package lists have been read
    { apt-cache depends postgresql 2>/dev/null || true; } |
      sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
  fi
}

keep_cluster_away() {
  backup=$(mktemp)
  as_root cp -p "$conf" "$backup"
  as_root sed -i '/^[#[:space:]]*create_main_cluster/d' "$conf"
  printf 'create_main_cluster = false\n' | as_root tee -a "$conf" >/dev/null
}

restore_cluster_setting() {
  [ -n "$backup" ] || return 0
  as_root cp -p "$backup" "$conf"
  as_root rm -f "$backup"
  backup=
}
trap restore_cluster_setting EXIT

packages=(gcc libc6-dev make xz-utils zstd)
if [ "$goal" = sanitize ]; then
  # what sanitize.sh unpacks and builds a server with
  packages+=(bison dpkg-dev flex libicu-dev libssl-dev pkg-config zlib1g-dev)
  goal="test"
fi
if [ "$goal" = test ]; then
  packages+=(libipc-run-perl libpq-dev python3-igraph clang gcc-aarch64-linux-gnu
    libc6-dev-arm64-cross qemu-user-static util-linux)
fi

# What clang's sanitizers and fuzzer link with, of the version that is here.
fuzzer_runtime() {
  if [ "$goal" = test ] && command -v clang >/dev/null; then
    clang --version | sed -n 's/.*clang version \([0-9]*\)\..*/libclang-rt-\1-dev/p'
  fi
}

missing() {
  local package
  for package in "$@"; do installed "$package" || echo "$package"; done
}

# What check_setup.sh compares with afterwards.
note_what_was_there() {
  [ -z "${TRELLIS_CREATECLUSTER_DIR:-}" ] || return 0
  mkdir -p "$TOP/build"
  ls -d /etc/postgresql/*/* >"$TOP/build/clusters.before" 2>/dev/null || true
  rm -f "$TOP/build/createcluster.before"
  if [ -e "$conf" ]; then cp "$conf" "$TOP/build/createcluster.before"; fi
}
note_what_was_there

if ! command -v dpkg-query >/dev/null; then
  say "not a Debian system: taking the tools that are here" \
    "(needed: PostgreSQL 15 to 18 with its development files, gcc, make, xz, zstd)"
  exit 0
fi

mkdir -p "$TOP/build"
log=$TOP/build/setup.log
major=$(server_major)
server=()
if [ -n "$major" ]; then server=("postgresql-$major" "postgresql-server-dev-$major"); fi
mapfile -t runtime < <(fuzzer_runtime)
mapfile -t lacking < <(missing "${packages[@]}" "${runtime[@]}" "${server[@]}" postgresql-common)
if [ ${#lacking[@]} -eq 0 ] && [ -n "$major" ]; then exit 0; fi

: >"$log"
say "reading the package lists"
as_root apt-get -o DPkg::Lock::Timeout=600 -q update >>"$log" 2>&1 ||
  die "apt-get update failed" "the end of $log says why"
major=${major:-$(server_major)}
[ -n "$major" ] || die "the package lists name no PostgreSQL server"
server=("postgresql-$major" "postgresql-server-dev-$major")

mapfile -t lacking < <(missing "${packages[@]}")
if [ ${#lacking[@]} -gt 0 ]; then apt_install "${lacking[@]}"; fi
mapfile -t runtime < <(fuzzer_runtime)
mapfile -t lacking < <(missing "${runtime[@]}")
if [ ${#lacking[@]} -gt 0 ]; then apt_install "${lacking[@]}"; fi
mapfile -t lacking < <(missing "${server[@]}" postgresql-common)
if [ ${#lacking[@]} -gt 0 ]; then
  installed postgresql-common || apt_install postgresql-common
  keep_cluster_away
  apt_install "${lacking[@]}"
  restore_cluster_setting
fi
