#!/bin/sh
# The edit loop, under two minutes when all is built: format and clang-tidy of the C++ files that differ from the main
# branch, the rules of style, unit and store tests.
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
  sort -zu | grep -zE '\.(cpp|hpp)$' >"$changed" || true

step "format of $(tr -cd '\0' <"$changed" | wc -c) changed files"
xargs -0 -r clang-format-19 --dry-run --Werror <"$changed"

step "build"
cmake --build --preset release -- -j "$jobs"

step "clang-tidy of the changed sources"
grep -zE '\.cpp$' "$changed" | xargs -0 -r -n 1 -P "$jobs" clang-tidy-19 -p build --quiet || {
  echo "check: clang-tidy objects, see above" >&2; exit 1; }

step "style, unit and store tests"
ctest --test-dir build --output-on-failure --parallel "$((jobs * 3))" --no-tests=error \
  --label-regex '^(tidy|base|pg|domain|auth|store)$'
step "done"
