#!/bin/bash
# chroot.sh - a fresh Debian in a folder, to try the project as a stranger does
#
# Usage: chroot.sh make SUITE       a bare system with git and make, from
#                                   nothing or from the archive kept of it
#        chroot.sh clone SUITE      a clone of HEAD in it, /root/trellis
#        chroot.sh run SUITE COMMAND ...
#
# Root only. The folder is CHROOTS (default /var/tmp/trellis-chroots); packages
# come from the mirrors that this machine's apt uses. A command runs in mount
# and process namespaces of its own: what it mounts or starts is gone when it
# returns.
. "$(dirname "$0")/common.sh"

chroots=${CHROOTS:-/var/tmp/trellis-chroots}
verb=${1:?usage: chroot.sh make|clone|run SUITE}
suite=${2:?usage: chroot.sh make|clone|run SUITE}
shift 2
root=$chroots/$suite
[ "$(id -u)" -eq 0 ] || die "chroots need root" "run it as root"

run() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child --propagation private bash -c '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive TERM=dumb \
      chroot "$root" "$@"' bash "$root" "$@"
}

# The address of the archive that the host takes packages from.
mirror() { # label
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Label: $1" |
    sort -u | head -n 1
}

write_sources() {
  {
    echo "deb $(mirror Debian) $suite main"
    if [ "$suite" != sid ]; then
      echo "deb $(mirror Debian) $suite-updates main"
      if [ -n "$(mirror Debian-Security)" ]; then
        echo "deb $(mirror Debian-Security) $suite-security main"
      fi
    fi
  } >"$root/etc/apt/sources.list"
  echo '127.0.0.1 localhost' >"$root/etc/hosts"
  # a frozen mirror, whose dates the host does not check either
  if apt-config dump | grep -qi '^Acquire::Check-Valid-Until "false"'; then
    printf 'Acquire::Check-Valid-Until "false";\nAcquire::Check-Date "false";\n' \
      >"$root/etc/apt/apt.conf.d/99valid-until"
  fi
}

make_chroot() {
  local kept=$chroots/$suite.tar
  command -v debootstrap >/dev/null || die "no debootstrap here" "apt-get install debootstrap"
  mkdir -p "$chroots"
  rm -rf --one-file-system "$root"
  if [ -s "$kept" ]; then
    tar --numeric-owner -C "$chroots" -xpf "$kept"
    return
  fi
  [ -n "$(mirror Debian)" ] || die "apt knows no Debian archive" "run apt-get update"
  debootstrap --variant=minbase "$suite" "$root" "$(mirror Debian)"
  write_sources
  run apt-get -q update
  run apt-get -y -q install --no-install-recommends git make ca-certificates
  run apt-get clean
  # as on a fresh image, the package lists are still to be read
  rm -rf "$root"/var/lib/apt/lists/*
  tar --numeric-owner --one-file-system -C "$chroots" -cf "$kept.new" "$suite"
  mv "$kept.new" "$kept"
}

case $verb in
  make) make_chroot ;;
  clone)
    rm -rf "$root/root/trellis"
    git clone -q "$TOP" "$root/root/trellis"
    ;;
  run) run "$@" ;;
  *) die "unknown verb: $verb" ;;
esac
