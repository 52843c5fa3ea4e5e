#!/bin/bash
# lint.sh - static checks: C (cppcheck), shell (shellcheck), spelling (codespell)
#
# Usage: lint.sh PG_CONFIG
. "$(dirname "$0")/common.sh"
cd "$TOP"
pg_config=${1:?usage: lint.sh PG_CONFIG}
for tool in cppcheck shellcheck codespell; do
  command -v "$tool" >/dev/null || die "no $tool here" "apt-get install $tool"
done
status=0
say "shellcheck"
project_files test compat .ci | grep -E '\.sh$|/run$' | 
  xargs shellcheck -x -P SCRIPTDIR -P test/tools -S warning || status=1
say "cppcheck"
cppcheck --quiet --suppress=toomanyconfigs --error-exitcode=1 --inline-suppr --std=c11 \
  --enable=warning,portability --suppress=missingInclude \
  --suppress=unknownMacro --suppress=invalidPointerCast --suppress='*:*/server/*' \
  -I src -I "$("$pg_config" --includedir-server)" -I . src compat || status=1
say "codespell"
project_files . | grep -E '\.(c|h|md|sql|sh|pl|control)$' |
  xargs codespell --ignore-words-list=inout,te,ot,isnt,fo || status=1
exit $status
