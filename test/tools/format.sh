#!/bin/bash
# format.sh - indents the C files as PostgreSQL's own are
#
# Needs pg_bsd_indent (Debian: pg-bsd-indent). Type names come from
# test/tools/typedefs.list and from the tree's own typedefs.
. "$(dirname "$0")/common.sh"
cd "$TOP"
command -v pg_bsd_indent >/dev/null ||
  die "no pg_bsd_indent here" "apt-get install pg-bsd-indent"
mkdir -p build
types=build/typedefs.list
{
  cat test/tools/typedefs.list
  project_files src compat test | grep '\.[ch]$' | xargs sed -nE \
    -e 's/^\}[[:space:]]*([A-Za-z_0-9]+);.*/\1/p' \
    -e 's/^typedef (struct|enum|union) ([A-Za-z_0-9]+).*/\2/p'
} | sort -u >"$types"
project_files src compat test | grep '\.[ch]$' | while read -r file; do
  # the second step takes back a space too many in function headers
  pg_bsd_indent -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 \
    -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4 "-U$types" "$file" "$file.new" &&
    sed -i -E 's/^([A-Za-z_][A-Za-z_0-9 ]*[A-Za-z_0-9])[[:space:]]+\*$/\1 */' "$file.new" &&
    if ! cmp -s "$file" "$file.new"; then
      say "formatted $file"
      cp "$file.new" "$file"
    fi
  rm -f "$file.new" "$(basename "$file").BAK"
done
