#!/bin/sh
# fuzz.sh [TARGET…]: builds the fuzz targets and runs each FUZZ_SECONDS (60), FUZZ_JOBS (2) at a time, on its seeds
# (fuzz/seeds) and on what earlier runs found interesting (build-fuzz/corpus). Closes with a table; fails when an input
# broke a promise: it is kept in build-fuzz/found and becomes a test of the unit that it breaks.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh build sanitize
scripts/configure.sh fuzz
cmake --build --preset fuzz --target fuzzers -- -j "${JOBS:-$(nproc)}"

seconds=${FUZZ_SECONDS:-60}
folder=$PWD/build-fuzz
# shellcheck disable=SC2046 # a word a target
[ $# -gt 0 ] || set -- $(for seeds in fuzz/seeds/*/; do basename "$seeds"; done)
for target in "$@"; do
  [ -x "$folder/${target}_fuzz" ] || { echo "fuzz: there is no target '$target'; fuzz/CMakeLists.txt lists them" >&2; exit 2; }
  mkdir -p "$folder/corpus/$target" "$folder/found/$target" "$folder/log"
done
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 FUZZ_FOLDER="$folder" FUZZ_SECONDS="$seconds"

echo "fuzz: $# targets, $seconds s each"
# An input that takes seconds is a finding too: every reader promises linear time.
# shellcheck disable=SC2016 # the inner shell's variables
printf '%s\n' "$@" | xargs -P "${FUZZ_JOBS:-2}" -I{} sh -c '
  target=$1
  dictionary=fuzz/$target.dict
  [ ! -e "$dictionary" ] || dictionary="-dict=$dictionary"
  [ -e "fuzz/$target.dict" ] || dictionary=""
  result=ok
  "$FUZZ_FOLDER/${target}_fuzz" -max_total_time="$FUZZ_SECONDS" -max_len=10000 -timeout=5 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$FUZZ_FOLDER/found/$target/" $dictionary \
    "$FUZZ_FOLDER/corpus/$target" "fuzz/seeds/$target" >"$FUZZ_FOLDER/log/$target.log" 2>&1 || result=FOUND
  echo "$result" >"$FUZZ_FOLDER/log/$target.result"
' sh {}

failed=0
printf '\n%-20s %14s %10s %10s  %s\n' TARGET EXECUTIONS PER_SECOND COVERAGE RESULT
for target in "$@"; do
  log=$folder/log/$target.log
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
  result=$(cat "$folder/log/$target.result")
  [ "$result" = ok ] || failed=1
  printf '%-20s %14s %10s %10s  %s\n' "$target" "${executions:-?}" "${rate:-?}" "${coverage:-?}" "$result"
done
[ "$failed" = 0 ] || echo "fuzz: the inputs are in build-fuzz/found, the stories in build-fuzz/log" >&2
exit "$failed"
