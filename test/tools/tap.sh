#!/bin/bash
# tap.sh - runs TAP tests as the account that runs servers
#
# Usage: tap.sh PG_CONFIG LOGS FILE ...
#
# From a copy of the tests that this account may write to. LOGS is the folder
# that gets the servers' logs of a failed run, or with SERVER_LOGS set of every run.
. "$(dirname "$0")/common.sh"

usage="usage: tap.sh PG_CONFIG LOGS FILE ..."
pg_config=${1:?$usage}
logs=${2:?$usage}
shift 2
cd "$TOP"

# it is emptied
if [ -f "$logs" ]; then
  say "$usage"
  exit 2
fi
pgxs=$(dirname "$("$pg_config" --pgxs)")
status=0
copy=$(as_server_user mktemp -d /tmp/trellis_tap.XXXXXX)
cp -r test demo README.md "$copy/"
if [ "$(id -u)" -eq 0 ]; then chown -R postgres: "$copy"; fi
(
  cd "$copy"
  as_server_user env PATH="$("$pg_config" --bindir):$PATH" \
    PERL5LIB="$pgxs/../../src/test/perl" \
    PG_REGRESS="$pgxs/../../src/test/regress/pg_regress" \
    TESTDATADIR="$copy/tmp_check" TESTLOGDIR="$copy/tmp_check/log" \
    DATA="${DATA:-}" prove -v "$@"
) || status=$?
rm -rf "$logs"
if [ $status -ne 0 ] || [ -n "${SERVER_LOGS:-}" ]; then
  mkdir -p "$(dirname "$logs")"
  cp -r "$copy/tmp_check/log" "$logs" || true
fi
if [ $status -ne 0 ]; then tail -n 20 "$logs"/regress_log_* || true; fi
rm -rf "$copy"
exit $status
