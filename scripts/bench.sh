#!/bin/sh
# bench.sh [ARGUMENTS of bench/bench.py]: builds, measures this machine's Bursar beside pgbench in about five minutes, prints a
# table and leaves build/bench.json. Fails when a request needs more instructions than bench/budget.json allows.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh build bench
scripts/configure.sh release
cmake --build --preset release --target bursar bursar_bench -- -j "${JOBS:-$(nproc)}"
exec bench/bench.py build "$@"
