#!/bin/bash
# stranger.sh - the README's two commands on a fresh Debian 12 with git and make
#
# Root only. Runs "make demo" and "make test" in a bare chroot, each twice,
# and looks whether a server or a cluster was left behind.
. "$(dirname "$0")/common.sh"
cd "$TOP"
suite=bookworm
bad=0

in_chroot() { test/tools/chroot.sh run "$suite" "$@"; }

check() { # what command ...
  local what=$1
  shift
  if "$@"; then say "ok - $what"; else
    say "not ok - $what"
    bad=1
  fi
}

# one namespace for the command and the look at what it left
clean_run() { # target
  # shellcheck disable=SC2016
  in_chroot bash -c '
    make -C /root/trellis "$1" || exit 1
    for process in /proc/[0-9]*; do
      case $(cat "$process/comm" 2>/dev/null) in postgres*) echo "a server was left"; exit 1 ;; esac
    done
    for left in /tmp/trellis* /etc/postgresql/*/*; do
      [ -e "$left" ] && { echo "left behind: $left"; exit 1; }
    done
    exit 0' bash "$1"
}

test/tools/chroot.sh make "$suite" >/dev/null
test/tools/chroot.sh clone "$suite"
check "there is no pg_config to begin with" in_chroot bash -c '! command -v pg_config'
not_built() { ! in_chroot make -C /root/trellis all; }
check "make all without it fails loudly" not_built
for round in first second; do
  check "make demo, $round time, leaves nothing behind" clean_run demo
  check "make test, $round time, leaves nothing behind" clean_run test
done
exit $bad
