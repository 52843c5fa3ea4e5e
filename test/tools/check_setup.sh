#!/bin/bash
# check_setup.sh - setup.sh touches no cluster and puts Debian's setting back
#
# Method: setup.sh runs with stand-ins for apt-get, apt-cache and dpkg-query
# that record what they see, in an empty folder in place of
# /etc/postgresql-common.
. "$(dirname "$0")/common.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin" "$dir/etc"
bad=0

check() { # what command ...
  local what=$1
  shift
  if "$@"; then echo "ok - $what"; else
    echo "not ok - $what"
    bad=1
  fi
}

stand_in() { # name, script on standard input
  { echo '#!/bin/bash'; cat; } >"$dir/bin/$1"
  chmod +x "$dir/bin/$1"
}

stand_in dpkg-query <<'S'
# nothing is installed but what the stand-in of apt-get has installed
name=${!#}
grep -qx "$name" "$STATE/installed" 2>/dev/null && echo 'ii '
S
stand_in apt-cache <<'S'
# knows nothing before the package lists have been read
[ -e "$STATE/updated" ] || exit 100
echo 'postgresql'
echo '  Depends: postgresql-15'
S
stand_in apt-get <<'S'
for word in "$@"; do
  case $word in
    update) touch "$STATE/updated" ;;
    postgresql-common) printf '%s' "$ORIGINAL" >"$TRELLIS_CREATECLUSTER_DIR/createcluster.conf" ;;
    postgresql-15) cp "$TRELLIS_CREATECLUSTER_DIR/createcluster.conf" "$STATE/seen" ;;
  esac
  case $word in -* | update | install) ;; *) echo "$word" >>"$STATE/installed" ;; esac
done
if [ "${FAIL_ON:-}" ] && [[ " $* " == *" $FAIL_ON "* ]]; then exit 100; fi
exit 0
S
stand_in sudo <<'S'
exec "$@"
S

original=$'# a comment\n#create_main_cluster = true\nstart_conf = auto\n'
run_setup() { # folder [variable=value]
  local state=$1
  shift
  mkdir -p "$state/etc"
  env PATH="$dir/bin:$PATH" STATE="$state" ORIGINAL="$original" \
    PG_CONFIG=/nonexistent/pg_config TRELLIS_CREATECLUSTER_DIR="$state/etc" \
    "$@" "$TOP/test/tools/setup.sh" test >"$state/out" 2>&1
}
conf_is_original() { [ "$(cat "$1/etc/createcluster.conf")" = "${original%$'\n'}" ]; }
seen_false() {
  grep -qx 'create_main_cluster = false' "$1/seen" &&
    [ "$(grep -c create_main_cluster "$1/seen")" -eq 1 ]
}

check "set-up succeeds where nothing is installed" run_setup "$dir/a"
check "it installs the server and its development files" \
  grep -qx postgresql-server-dev-15 "$dir/a/installed"
check "no cluster is created while the server is installed" seen_false "$dir/a"
check "the setting is put back afterwards" conf_is_original "$dir/a"
check "a second set-up installs nothing" \
  bash -c 'before=$(wc -l <"$1/installed"); shift; "$@"; [ "$before" = "$(wc -l <"'"$dir/a"'/installed")" ]' _ \
  "$dir/a" env PATH="$dir/bin:$PATH" STATE="$dir/a" ORIGINAL="$original" \
  PG_CONFIG=/nonexistent/pg_config TRELLIS_CREATECLUSTER_DIR="$dir/a/etc" \
  "$TOP/test/tools/setup.sh" test
failing_setup() { ! run_setup "$dir/b" FAIL_ON=postgresql-15; }
check "a failed installation is reported" failing_setup
check "the setting is put back after a failure too" conf_is_original "$dir/b"

# the machine itself: set-up noted what was there and may have installed the
# real package since
conf=/etc/postgresql-common/createcluster.conf
same_clusters() { diff <(ls -d /etc/postgresql/*/* 2>/dev/null) "$TOP/build/clusters.before"; }
same_setting() {
  if [ -e "$TOP/build/createcluster.before" ]; then
    cmp "$conf" "$TOP/build/createcluster.before"
  else
    ! grep -qE '^create_main_cluster *= *false' "$conf"
  fi
}
if [ -e "$TOP/build/clusters.before" ] && [ -e "$conf" ]; then
  check "the machine has the clusters that it had before" same_clusters
  check "the machine's setting is as it was" same_setting
fi
exit $bad
