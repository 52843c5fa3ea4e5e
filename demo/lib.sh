# lib.sh - how the demo runs and shows SQL; to be sourced
# shellcheck shell=bash

# Runs psql; with ECHO=1 it shows each statement, its rows and its time, and a
# line a second for whatever has run longer than two seconds.
sql() {
  if [ "${ECHO:-0}" = 1 ]; then
    watch_long &
    local watcher=$! status=0
    psql -X -v ON_ERROR_STOP=1 -e -P footer=off -c '\timing on' "$@" 2>&1 |
      sed -u -e '/^Timing is on\.$/d' -e '/^SET$/d' || status=$?
    kill $watcher 2>/dev/null || true
    wait $watcher 2>/dev/null || true
    return $status
  fi
  psql -qX -v ON_ERROR_STOP=1 "$@" >/dev/null
}

# What runs, once a second, from the third second on.
watch_long() {
  while sleep 1; do
    psql -qXAt 2>/dev/null <<'Q' || true
SELECT format('   ... %s s%s', extract(epoch FROM now() - query_start)::int,
              ', ' || tuples_processed || ' rows so far')
  FROM pg_stat_activity a LEFT JOIN pg_stat_progress_copy p USING (pid)
 WHERE a.pid <> pg_backend_pid() AND state = 'active' AND backend_type = 'client backend'
   AND now() - query_start > interval '2 s';
Q
  done
}
