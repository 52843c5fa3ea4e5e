#!/bin/bash
# refuse_foreign.sh - fails where another extension "vector" is installed
#
# Usage: refuse_foreign.sh EXTENSION_FOLDER VERSION
#
# Our own files are known by their first lines. What is looked at are the
# files that installing would overwrite and uninstalling would remove.
set -euo pipefail

folder=${1:?usage: refuse_foreign.sh EXTENSION_FOLDER VERSION}
version=${2:?usage: refuse_foreign.sh EXTENSION_FOLDER VERSION}

ours() { head -n 1 "$1" | grep -qiE '^(#|--) the compatibility extension of trellis'; }

for file in "$folder/vector.control" "$folder/vector--$version.sql"; do
  [ -e "$file" ] || [ -L "$file" ] || continue
  if [ -r "$file" ] && ours "$file"; then continue; fi
  package=$({ dpkg-query -S "$file" 2>/dev/null || rpm -qf "$file" 2>/dev/null; } |
    head -n 1 | cut -d: -f1) || true
  {
    echo "error: $file belongs to another extension \"vector\" (pgvector); nothing was changed"
    if [ -n "$package" ]; then
      echo "hint: remove the package $package first, when no database uses it any more."
    else
      echo "hint: remove that extension first (\"make uninstall\" where it was built), when no database uses it any more."
    fi
    echo "hint: both extensions have the name \"vector\"; a server can have the files of one of them."
  } >&2
  exit 1
done
