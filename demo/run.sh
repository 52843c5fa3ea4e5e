#!/bin/bash
# run.sh - the main job, end to end, on a private throw-away server
#
# Usage: [KEEP=1] run.sh PG_CONFIG
#
# Prints every statement verbatim with its rows and milliseconds. KEEP=1
# leaves the server up and says how to connect to it.
. "$(dirname "$0")/../test/tools/common.sh"
. "$(dirname "$0")/lib.sh"

pg_config=${1:?usage: run.sh PG_CONFIG}
cd "$TOP"
export ECHO=1

work=$(mktemp -d)
folder=$(test/tools/server.sh start "$pg_config")
stop() {
  rm -rf "$work"
  test/tools/server.sh stop "$pg_config" "$folder"
}
trap stop EXIT
export PGHOST=$folder PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
PATH=$("$pg_config" --bindir):$PATH
export PGOPTIONS='-c search_path=kb,public'

if [ -t 1 ]; then bold=$(tput bold 2>/dev/null || true) plain=$(tput sgr0 2>/dev/null || true); else bold='' plain=''; fi
chapter() { printf '\n%s%s%s\n' "$bold" "=== $1" "$plain"; shift; printf '%s\n' "$@"; }

# A statement as the demo runs it: its comment and text, ids filled in.
statement() { sed "s/:question/$question/g" "demo/query_$1.sql"; }

# Asks as the superuser, who sees everything.
ask() { # query
  say ""
  statement "$1" | sql -f -
}

# The same statement as two principals, their answers side by side.
side_by_side() { # query
  say ""
  statement "$1"
  { say "alice:"; principal_answer alice "$1"; } >"$work/left"
  { say "bob:"; principal_answer bob "$1"; } >"$work/right"
  awk -v left="$work/left" -v right="$work/right" '
    BEGIN {
      while ((getline line < left) > 0) { l[++n] = line; if (length(line) > w) w = length(line) }
      while ((getline line < right) > 0) r[++m] = line
      for (i = 1; i <= (n > m ? n : m); i++) printf "%-" w "s  |  %s\n", l[i], r[i]
    }'
  for who in alice bob; do sed "s/^psql[^N]*/$who: /" "$work/notices.$who"; done
}

# One principal's rows and time, in a transaction of its own.
principal_answer() { # principal query
  {
    # shellcheck disable=SC2028
    echo "BEGIN; SELECT trellis.login('$(token_of "$1")') \g /dev/null"
    echo '\timing on'
    statement "$2"
    echo '\timing off'
    echo 'COMMIT;'
  } | psql -qX -U app -v ON_ERROR_STOP=1 2>"$work/notices.$1" | sed -e '/^Timing/d' -e '/^$/d'
}

# The graph around a package as a picture, where Graphviz can draw it.
draw() {
  local dot=$work/graph.dot svg=build/demo.svg
  say ""
  statement picture
  statement picture | psql -qXAt -v ON_ERROR_STOP=1 -f - >"$dot"
  say ""
  sed -n '1,6p' "$dot"
  say "  ... $(wc -l <"$dot") lines"
  say ""
  if ! command -v dot >/dev/null; then
    say "notice: no Graphviz here, so this is not drawn (apt-get install graphviz)"
    return
  fi
  mkdir -p build
  dot -Tsvg -o "$svg" "$dot"
  say "drawn by dot: $svg, $(grep -c 'class="node"' "$svg") nodes, $(grep -c 'class="edge"' "$svg") edges"
}

token_of() { cat "$work/token.$1"; }

say "trellis: the Debian package archive as a company's knowledge base."
say "12,271 packages, their descriptions as 11,914 vectors, 95,867 dependencies."
say "The questions are rows with vectors computed ahead of time, as a back end"
say "would send them; the server embeds nothing."

chapter "1. Load the warehouse" "Plain tables and COPY; vector(384) is a column type."
demo/load.sh

chapter "2. Build the graph" "A schema of ordinary tables; upserts take batches."
sql -f demo/graph.sql

chapter "3. Decide who may read what" "Labels, principals, and policies that PostgreSQL itself enforces."
sql -f demo/access.sql

question=4
chapter "4. Ask, seeing everything" \
  "Question $question: \"$(psql -qXAtc "SELECT body FROM question WHERE id = $question")\""
ask nearest
ask grouped
ask graph
ask rank
ask path
ask ways
draw

chapter "5. Ask again as two principals" \
  "A back end connects as the role app and logs each request in with a signed token." \
  "Alice holds the labels public, ops and security; bob holds public and research."
for who in alice bob; do
  psql -qXAtc "SELECT trellis.sign(jsonb_build_object('sub', '$who'))" >"$work/token.$who"
done
psql -qXAtc "SELECT trellis.sign('{\"sub\": \"alice\", \"act\": \"scout\"}')" >"$work/token.scout"
say ""
say "-- for every answer below:  BEGIN; SELECT trellis.login(\$1); <statement> COMMIT;"
for query in nearest grouped graph rank path ways; do side_by_side "$query"; done

chapter "6. Without a token, or with a forged one" "No identity, no rows. A changed claim breaks the signature."
PGUSER=app sql -c "SELECT count(*) AS rows_without_a_token FROM package"
forged=$(token_of bob | awk -F. -v claims="$(printf '{"sub":"alice","exp":4102444800}' | base64 | tr -d '\n=' | tr '/+' '_-')" '{ print $1 "." claims "." $3 }')
say ""
say "SELECT trellis.login('${forged:0:40}...');   -- bob's signature under alice's name"
if PGUSER=app psql -qX -v VERBOSITY=verbose -c "SELECT trellis.login('$forged')" >"$work/forged" 2>&1; then
  die "a forged token was accepted"
fi
grep -E '^(psql:.*)?(ERROR|DETAIL|HINT)' "$work/forged" | sed 's/^psql:[^E]*//'

chapter "7. What was hidden" "Counted by the superuser, with each principal's eyes."
say ""
cat demo/query_hidden.sql
for who in alice bob scout; do
  case $who in scout) as="the agent scout, acting for alice" ;; *) as=$who ;; esac
  say ""
  say "logged in as $as:"
  {
    echo "BEGIN; SELECT trellis.login('$(token_of $who)') \g /dev/null"
    echo '\timing on'
    cat demo/query_hidden.sql
    echo '\timing off'
    echo "COMMIT;"
  } | psql -qX -v ON_ERROR_STOP=1 -P footer=off -f - | sed '/^Timing is/d'
done

if [ "${KEEP:-}" = 1 ]; then
  trap - EXIT
  rm -rf "$work"
  chapter "The server is still up" \
    "psql as superuser:   psql -h $folder -U postgres postgres" \
    "as the back end:     psql -h $folder -U app postgres" \
    "a token for alice:   SELECT trellis.sign('{\"sub\": \"alice\"}')   (as superuser)" \
    "stop and remove it:  test/tools/server.sh stop $pg_config $folder"
else
  chapter "Done" "The server is removed. make demo KEEP=1 leaves it up."
fi
