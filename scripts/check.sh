#!/bin/sh
# The edit loop, under two minutes when all is built: the format of every C++ file, clang-tidy of those that differ
# from the main branch, the rules of style, unit and store tests.
set -eu
cd "$(dirname "$0")/.."
started=$(date +%s)
jobs=${JOBS:-$(nproc)}
step() { echo "check: $* ($(($(date +%s) - started)) s)"; }

scripts/setup.sh build test check
scripts/configure.sh release

base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
changed=$(mktemp)
trap 'rm -f "$changed"' EXIT
{ git diff --name-only -z --diff-filter=d "$base"; git ls-files --others --exclude-standard -z; } |
  sort -zu | grep -zE '\.cpp$' >"$changed" || true

step "format"
find src tests testing bench fuzz -name '*.[ch]pp' -print0 | xargs -0 clang-format-19 --dry-run --Werror

step "build"
cmake --build --preset release -- -j "$jobs"

step "clang-tidy of the changed sources"
xargs -0 -r -n 1 -P "$jobs" clang-tidy-19 -p build --quiet <"$changed" || {
  echo "check: clang-tidy objects, see above" >&2; exit 1; }

step "style, unit and store tests"
ctest --test-dir build --output-on-failure --parallel "$((jobs * 3))" --no-tests=error \
  --label-regex '^(tidy|base|pg|domain|auth|store)$'
step "done"
