#!/bin/bash
# unit.sh - builds and runs the C tests: access and types here, kernels also for ARM
#
# Every level that this machine has is tested natively; NEON is tested on
# emulated aarch64, so no kernel is shipped that nothing has run.
. "$(dirname "$0")/common.sh"
cd "$TOP"
mkdir -p build/unit
${CC:-gcc} -std=gnu11 -O2 -g -Wall -Wextra -Werror -Itest/unit/stub -Isrc \
  -o build/unit/access_test test/unit/access_test.c \
  src/access/{base64url,json,jwt,sha256}.c
build/unit/access_test
${CC:-gcc} -std=gnu11 -O2 -g -Wall -Wextra -Werror -Itest/unit/stub -Isrc \
  -o build/unit/prefetch_test test/unit/prefetch_test.c
build/unit/prefetch_test
${CC:-gcc} -std=gnu11 -O2 -g -Wall -Wextra -Werror -Isrc \
  -Wmissing-prototypes -Wdeclaration-after-statement \
  -o build/unit/kernels_test test/unit/kernels_*.c src/kernels/*.c -lm
build/unit/kernels_test
test/unit/run_neon.sh build/unit
