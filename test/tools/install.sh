#!/bin/bash
# install.sh - installs the built extension into the server's folders
#
# Usage: install.sh PG_CONFIG
. "$(dirname "$0")/common.sh"

pg_config=${1:?usage: install.sh PG_CONFIG}
cd "$TOP"
if [ -w "$("$pg_config" --pkglibdir)" ]; then
  make --no-print-directory PG_CONFIG="$pg_config" install >/dev/null
else
  as_root make --no-print-directory PG_CONFIG="$pg_config" install >/dev/null
fi
say "installed $(ls "$("$pg_config" --sharedir)"/extension/trellis--*.sql)"
