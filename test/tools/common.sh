# common.sh - what the scripts beside it share; to be sourced
# shellcheck shell=bash

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export TOP

say() { printf '%s\n' "$*"; }

die() {
  printf 'error: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf 'hint: %s\n' "$line" >&2; done
  exit 1
}

# Runs a command with the rights to change the system.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this step needs root, and sudo is not here: $*" "run it as root"
  fi
}

# PostgreSQL refuses to run as root: the account that runs servers.
server_user() {
  if [ "$(id -u)" -eq 0 ]; then echo postgres; else id -un; fi
}

# Runs a command as that account.
as_server_user() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups \
      env HOME=/tmp LOGNAME=postgres USER=postgres "$@"
  else
    "$@"
  fi
}

# The project's files below the given paths, one a line; build products are
# left out. Works in a checkout and in an unpacked archive.
project_files() {
  if git -C "$TOP" rev-parse --git-dir >/dev/null 2>&1; then
    git -C "$TOP" ls-files --cached --others --exclude-standard -- "$@" |
      while read -r file; do if [ -e "$TOP/$file" ]; then echo "$file"; fi; done
  else
    (cd "$TOP" && find "$@" -type f ! -name '*.o' ! -name '*.bc' ! -name '*.d')
  fi
}
