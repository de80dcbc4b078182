#!/bin/sh
# The edit loop: format and clang-tidy of the files that differ from the main branch, tidy rules, unit and store tests.
set -eu
cd "$(dirname "$0")/.."
scripts/configure.sh release
base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
changed=$({ git diff --name-only --diff-filter=d "$base"; git ls-files --others --exclude-standard; } | sort -u |
  grep -E '\.(cpp|hpp)$' || true)
if [ -n "$changed" ]; then
  echo "$changed" | xargs clang-format-19 --dry-run --Werror
fi
cmake --build --preset release
units=$(echo "$changed" | grep '\.cpp$' || true)
if [ -n "$units" ]; then
  # The precompiled header belongs to another compiler run; clang-tidy reads the headers themselves.
  echo "$units" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build --quiet
fi
ctest --test-dir build --output-on-failure --parallel "$(nproc)" -R '^(Tidy|base|domain|store)' --no-tests=error
