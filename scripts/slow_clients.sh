#!/bin/sh
# slow_clients.sh [ARGUMENTS of slow_clients.py]: builds, installs slowhttptest, and measures what a normal client notices of
# 2,000 slow ones for a minute each: slow heads, slow bodies, slow readers, plain and over TLS. About seven minutes, best on
# an idle machine. Prints a table and fails when a promise of docs/slow-clients.md is missed.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh build slow
scripts/configure.sh release
cmake --build --preset release --target bursar -- -j "${JOBS:-$(nproc)}"
exec scripts/slow_clients.py "$@"
