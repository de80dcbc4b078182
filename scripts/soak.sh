#!/bin/sh
# soak.sh [GTEST ARGUMENT…]: builds what is missing and runs the soak (docs/soak.md): minutes of load and kills on real
# processes. Ends with a summary in numbers, and not with 0 when one expectation failed. Never longer than ten minutes.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh build test
scripts/configure.sh release
cmake --build --preset release --target bursar soak_test -- -j "${JOBS:-$(nproc)}"
result=0
timeout --kill-after=10 570 build/soak_test "$@" || result=$?
[ "$result" -ne 124 ] || echo "soak: FAILED, stopped after 570 s" >&2
exit "$result"
