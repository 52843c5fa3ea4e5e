#!/bin/bash
#
# run_neon.sh
#	Cross-compiles kernels_test for AArch64 and runs it under qemu-user.
#
# Usage: run_neon.sh BUILD_DIR
#
# Needs Debian's gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and
# qemu-user-static (or qemu-user); without them it fails, since no kernel is
# shipped that no test has run.  CROSS_CC and QEMU override what it looks for.

set -euo pipefail

if [ $# -ne 1 ]; then
	echo "usage: run_neon.sh BUILD_DIR" >&2
	exit 2
fi
build_dir=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# The first of the commands that exists, or a failure that names the package.
first_command() {
	local package=$1 name
	shift
	for name in "$@"; do
		if command -v "$name"; then
			return 0
		fi
	done
	echo "run_neon.sh: $1 not found: install $package" >&2
	return 1
}

cc=$(first_command "gcc-aarch64-linux-gnu and libc6-dev-arm64-cross" \
	"${CROSS_CC:-aarch64-linux-gnu-gcc}")
qemu=$(first_command qemu-user-static \
	"${QEMU:-qemu-aarch64-static}" qemu-aarch64)

mkdir -p "$build_dir"
"$cc" -std=gnu11 -O2 -static -Wall -Wextra -Werror -Wmissing-prototypes \
	-Wdeclaration-after-statement -I "$root/src" \
	-o "$build_dir/kernels_test.aarch64" \
	"$root"/test/unit/kernels_*.c "$root"/src/kernels/*.c -lm

"$qemu" "$build_dir/kernels_test.aarch64" scalar neon
