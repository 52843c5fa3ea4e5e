#!/bin/bash
# server.sh - a private throw-away server, run by an unprivileged user
#
# Usage: server.sh start PG_CONFIG [setting=value ...]
#          prints the server's folder; its socket is there, port 5432
#        server.sh stop PG_CONFIG FOLDER
#        server.sh run PG_CONFIG [setting=value ...] -- COMMAND ...
#          runs the command with PGHOST, PGPORT, PGUSER, PGDATABASE set for a
#          new server, and removes the server afterwards
#
# SERVER_LOGS=folder keeps the logs of servers that were stopped.
#
# No TCP. The folder is mode 0700 and owned by the server's account, so
# nobody else can connect.
. "$(dirname "$0")/common.sh"

start_server() {
  local bindir=$1 folder
  shift
  folder=$(as_server_user mktemp -d /tmp/trellis.XXXXXX)
  as_server_user "$bindir/initdb" -D "$folder/data" -U postgres -A trust \
    -E UTF8 --locale=C.UTF-8 --no-sync >"$folder.log" 2>&1 ||
    die "initdb failed" "$(tail -n 3 "$folder.log")"
  {
    printf "%s\n" "listen_addresses = ''" "unix_socket_directories = '$folder'" \
      "fsync = off" "shared_buffers = '256MB'" "max_wal_size = '2GB'" \
      "jit = off"
    local setting
    for setting in "$@"; do
      printf "%s = '%s'\n" "${setting%%=*}" "${setting#*=}"
    done
  } | as_server_user tee -a "$folder/data/postgresql.conf" >/dev/null
  as_server_user "$bindir/pg_ctl" -D "$folder/data" -l "$folder/server.log" \
    -w -s start >>"$folder.log" 2>&1 ||
    die "the server did not start" "$(tail -n 5 "$folder/server.log")"
  rm -f "$folder.log"
  printf '%s\n' "$folder"
}

stop_server() {
  local bindir=$1 folder=$2
  case $folder in /tmp/trellis.*) ;; *) die "not a server of ours: $folder" ;; esac
  as_server_user "$bindir/pg_ctl" -D "$folder/data" -m immediate -w -s stop || true
  if [ -n "${SERVER_LOGS:-}" ]; then
    cp "$folder/server.log" "$SERVER_LOGS/$(basename "$folder").log"
  fi
  rm -rf "$folder"
}

verb=${1:?usage: server.sh start|stop|run PG_CONFIG ...}
bindir=$("${2:?usage: server.sh start|stop|run PG_CONFIG ...}" --bindir)
shift 2
case $verb in
  start) start_server "$bindir" "$@" ;;
  stop) stop_server "$bindir" "$1" ;;
  run)
    settings=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
      settings+=("$1")
      shift
    done
    shift
    folder=$(start_server "$bindir" "${settings[@]}")
    trap 'stop_server "$bindir" "$folder"' EXIT
    export PGHOST=$folder PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    export PATH=$bindir:$PATH
    "$@"
    ;;
  *) die "unknown verb: $verb" ;;
esac
