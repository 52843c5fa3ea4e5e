#!/bin/bash
# matrix.sh - "make test" on PostgreSQL 17 and 18, each in a fresh chroot
#
# Debian 13 (trixie) has PostgreSQL 17, unstable (sid) has 18. Root only; takes
# some minutes each. SUITES="trixie sid" chooses.
. "$(dirname "$0")/common.sh"
cd "$TOP"
status=0
for suite in ${SUITES:-trixie sid}; do
  mkdir -p build/log
  log=build/log/matrix-$suite.log
  if {
    test/tools/chroot.sh make "$suite" &&
      test/tools/chroot.sh clone "$suite" &&
      test/tools/chroot.sh run "$suite" make -C /root/trellis test &&
      test/tools/chroot.sh run "$suite" pg_config --version
  } >"$log" 2>&1; then
    say "$suite: $(tail -n 1 "$log"): $(grep -E '^[0-9]+ passed' "$log" | tail -n 1)"
  else
    say "$suite: FAILED, see $log"
    tail -n 60 "$log"
    status=1
  fi
done
exit $status
