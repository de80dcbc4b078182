#!/bin/sh
# test.sh [PRESET]: builds everything and runs every test that needs no minutes of load, in parallel and in random
# order. The last line counts them; the one before says how long each step took.
set -eu
cd "$(dirname "$0")/.."
preset=${1:-release}
case $preset in release) folder=build ;; *) folder=build-$preset ;; esac
jobs=${JOBS:-$(nproc)}
# Most tests wait for PostgreSQL or a peer, so more of them than there are cores run at once.
test_jobs=${TEST_JOBS:-$((jobs * 3))}
now() { date +%s; }

t0=$(now)
case $preset in
  asan | tsan)
    scripts/setup.sh build test sanitize
    export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
    export TSAN_OPTIONS="external_symbolizer_path=/usr/bin/llvm-symbolizer-19 ${TSAN_OPTIONS:-}"
    ;;
  *) scripts/setup.sh build test ;;
esac
t1=$(now)
scripts/configure.sh "$preset"
cmake --build --preset "$preset" -- -j "$jobs"
t2=$(now)
result=0
rm -rf "$folder/tests.xml" "$folder/statements"
mkdir "$folder/statements"
ctest --test-dir "$folder" --output-on-failure --parallel "$test_jobs" --schedule-random --no-tests=error \
  --output-junit tests.xml || result=$?
t3=$(now)

# ctest's own record: <testsuite … tests="N" failures="N" disabled="N" skipped="N" …>
count() { sed -n 's/.*[^a-z]'"$1"'="\([0-9]*\)".*/\1/p' "$folder/tests.xml" | head -1; }
[ -s "$folder/tests.xml" ] || { echo "test: ctest left no record of its tests in $folder/tests.xml" >&2; exit 1; }
total=$(count tests) failed=$(count failures) skipped=$(($(count skipped) + $(count disabled)))
scripts/security_map.py "$folder" || result=1  # docs/security.md names tests that ran

# What the tests' databases were asked (testing/postgres.cpp), against what there is to ask.
unrun=
for file in src/store/sql/*.sql; do
  name=$(basename "$file" .sql)
  grep -qrx "$name" "$folder/statements" || unrun="$unrun $name"
done
rm -rf "$folder/statements"
[ -z "$unrun" ] || { echo "test: no test ran these statements of src/store/sql:$unrun" >&2; result=1; }
echo "setup $((t1 - t0)) s, build $((t2 - t1)) s, tests $((t3 - t2)) s"
echo "$((total - failed - skipped)) passed, $failed failed, $skipped skipped"
exit "$result"
