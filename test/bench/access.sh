#!/bin/bash
# access.sh - what a label costs per row, and a login per transaction
#
# Usage: access.sh PG_CONFIG
#
# Sequential scans of 500,000 rows with 64 labels in memory, no parallel
# workers, jit off; the same rows with and without protection in turn, medians
# of ROUNDS rounds (default 15). "reads the row" counts a column behind the
# label, so that both plans take the row apart; "counts only" is a bare
# count(*), where a plan without a condition need not.
. "$(dirname "$0")/../tools/common.sh"

pg_config=${1:?usage: access.sh PG_CONFIG}
rounds=${ROUNDS:-15}
rows=500000
cd "$TOP"
folder=$(test/tools/server.sh start "$pg_config" shared_buffers=512MB)
work=$(mktemp -d)
trap 'test/tools/server.sh stop "$pg_config" "$folder"; rm -rf "$work"' EXIT
run_sql() { "$("$pg_config" --bindir)/psql" -qXAt -h "$folder" -U postgres postgres "$@"; }

run_sql >/dev/null <<S
CREATE EXTENSION trellis;
SELECT trellis.create_key();
SELECT trellis.create_label('l' || i) FROM generate_series(1, 128) i;
SELECT trellis.grant_label('p' || p, 'l' || i) FROM generate_series(1, 20) p, generate_series(1, 128) i;
SELECT count(trellis.label_id('l' || i || ' & l' || 129 - i)) FROM generate_series(1, 64) i;
CREATE TABLE plain AS SELECT i AS id, 1 + i % 64 AS access_label, md5(i::text) AS body FROM generate_series(1, $rows) i;
CREATE TABLE doc AS SELECT * FROM plain;
SELECT trellis.protect('doc');
CREATE ROLE app;
GRANT SELECT ON plain, doc TO app;
CREATE TABLE token AS SELECT p, trellis.sign(jsonb_build_object('sub', 'p' || p, 'exp', 4102444800)) AS token FROM generate_series(1, 20) p;
GRANT SELECT ON token TO app;
VACUUM ANALYZE;
S

{
  echo "SET max_parallel_workers_per_gather = 0; SET jit = off; SET ROLE app;"
  echo "SELECT trellis.login(token, true) FROM token WHERE p = 1 \\g /dev/null"
  echo "SELECT count(*) FROM plain \\g /dev/null"
  echo "SELECT count(*) FROM doc \\g /dev/null"
  echo "\\timing on"
  for _ in $(seq "$rounds"); do
    for what in '*' body; do
      echo "\\echo $what plain"
      echo "SELECT count($what) FROM plain \\g /dev/null"
      echo "\\echo $what trivial"
      echo "SELECT count($what) FROM plain WHERE access_label > 0 \\g /dev/null"
      echo "\\echo $what label"
      echo "SELECT count($what) FROM doc \\g /dev/null"
    done
  done
} >"$work/scan.sql"
run_sql -f "$work/scan.sql" |
  awk '/plain|trivial|label/ { k = $1 " " $2 } /^Time/ { print k, $2 }' >"$work/times"

median() { # what plan
  awk -v w="$1" -v p="$2" '$1 == w && $2 == p { print $3 }' "$work/times" |
    sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'
}
for what in body '*'; do
  title="reads the row"
  if [ "$what" = '*' ]; then title="counts only"; fi
  awk -v t="$title" -v n="$rows" -v a="$(median "$what" plain)" \
    -v b="$(median "$what" trivial)" -v c="$(median "$what" label)" 'BEGIN {
    printf "%-14s no policy %.1f ms, label > 0 %.1f ms, protected %.1f ms: %.1f ns/row above no policy, %.1f above a trivial condition\n",
      t, a, b, c, (c - a) * 1e6 / n, (c - b) * 1e6 / n }'
done

run_sql <<'S'
SET ROLE app;
SET client_min_messages = warning;
DO $$
DECLARE
  tokens text[] := ARRAY(SELECT token FROM token ORDER BY p);
  n int := 2000;
  begun timestamptz;
  before float8;
  one float8;
  many float8;
  readable bigint;
BEGIN
  begun := clock_timestamp();
  FOR i IN 1 .. n LOOP PERFORM trellis.login(tokens[1], true); END LOOP;
  before := extract(epoch FROM clock_timestamp() - begun) * 1e6 / n;
  begun := clock_timestamp();
  FOR i IN 1 .. n LOOP
    PERFORM trellis.login(tokens[1], true);
    SELECT count(*) INTO readable FROM generate_series(1, 64) id WHERE trellis.can_read(id);
  END LOOP;
  one := extract(epoch FROM clock_timestamp() - begun) * 1e6 / n;
  begun := clock_timestamp();
  FOR i IN 1 .. n LOOP
    PERFORM trellis.login(tokens[1 + i % 20], true);
    SELECT count(*) INTO readable FROM generate_series(1, 64) id WHERE trellis.can_read(id);
  END LOOP;
  many := extract(epoch FROM clock_timestamp() - begun) * 1e6 / n;
  RAISE WARNING 'login, 128 labels held: % us; login and a query over 64 labels: % us as one principal, % us as twenty in turn',
    round(before), round(one), round(many);
END $$;
S
