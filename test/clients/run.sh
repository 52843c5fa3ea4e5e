#!/bin/bash
# run.sh - runs programs that people use with vectors in PostgreSQL, unchanged
#
# Usage: run.sh PG_CONFIG [CLIENT ...]     against a private server with the
#                                          extension "vector" of compat/
#        run.sh --running [CLIENT ...]     against the server that PGHOST and
#                                          PGPORT name, whatever its "vector"
#
# CLIENT is the stem of a test beside this file (default: all). The packages
# are installed by name from the npm registry that npm is set up for, into
# build/clients; without node, npm or the registry the run is skipped with a
# notice. Each client gets a database of its own.
. "$(dirname "$0")/../tools/common.sh"

here=$TOP/test/clients
scratch=$TOP/build/clients
# The newest major versions that run on node 20. A new one is tried by raising
# the number here. @mastra/pg asks for node 22, but this one runs on 20.
packages=(pgvector@0.2 pg@8 postgres@3 drizzle-orm@0.45 kysely@0.28 knex@3
  sequelize@6 typeorm@1 reflect-metadata@0.2
  @langchain/community@1 @langchain/core@1
  @llamaindex/postgres@0.0 @llamaindex/core@0.6 @llamaindex/env@0.1
  @mastra/pg@1.27 @mastra/core@1.71 zod@4)
npm_options=(--no-package-lock --no-audit --no-fund --ignore-scripts
  --prefer-offline --loglevel=error)

skip() { # reason
  say "notice: the clients of npm were not run: $1"
  exit 0
}

# A stamp with the list says that the folder holds these packages.
installed() {
  [ -d "$scratch/node_modules" ] &&
    [ "$(cat "$scratch/installed" 2>/dev/null)" = "${packages[*]}" ]
}

install_packages() {
  local log=$scratch/install.log status=0
  installed && return 0
  rm -rf "$scratch"
  mkdir -p "$scratch"
  printf '{"private": true, "type": "module"}\n' >"$scratch/package.json"
  (cd "$scratch" && timeout 20 npm view --fetch-retries=0 pgvector version) \
    >"$log" 2>&1 || skip "the npm registry does not answer"
  # Peers are named above; npm's own choice would bring many more.
  (cd "$scratch" && timeout 300 npm install "${npm_options[@]}" \
    --legacy-peer-deps "${packages[@]}") >>"$log" 2>&1 || status=$?
  [ $status -ne 124 ] || skip "the npm registry took more than 5 minutes"
  [ $status -eq 0 ] ||
    die "npm could not install the clients" "$(tail -n 5 "$log")"
  printf '%s' "${packages[*]}" >"$scratch/installed"
}

check_node() {
  command -v node >/dev/null || skip "there is no node"
  command -v npm >/dev/null || skip "there is no npm"
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
    skip "$(node --version) is older than node 20.19"
}

# The administrator's part, before the client comes: CASCADE brings what the
# extension requires.
make_database() { # name
  local quiet="SET client_min_messages = warning"
  psql -X -q -d postgres -c "$quiet" -c "DROP DATABASE IF EXISTS \"$1\"" \
    -c "CREATE DATABASE \"$1\" TEMPLATE template0" &&
    psql -X -q -d "$1" -c "$quiet" -c 'CREATE EXTENSION vector CASCADE'
}

run_client() { # stem
  local database=client_${1//-/_}
  if ! make_database "$database"; then
    say "not ok - $1: its database could not be made"
    return 1
  fi
  # The test lies beside node_modules, where node looks for packages.
  (cd "$scratch" && PGDATABASE=$database timeout 120 node --no-warnings "$1.mjs")
}

run_clients() {
  local client status=0
  for client in "$@"; do run_client "$client" || status=1; done
  return $status
}

first=${1:?usage: run.sh PG_CONFIG|--running [CLIENT ...]}
shift
clients=("$@")
if [ ${#clients[@]} -eq 0 ]; then
  for file in "$here"/*.mjs; do
    stem=$(basename "$file" .mjs)
    if [ "$stem" != lib ]; then clients+=("$stem"); fi
  done
fi
check_node
install_packages
cp "$here"/*.mjs "$scratch/"
if [ "$first" = --running ]; then
  run_clients "${clients[@]}"
else
  "$TOP/test/tools/compat_server.sh" run "$first" -- \
    "$here/run.sh" --running "${clients[@]}"
fi
