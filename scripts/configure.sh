#!/bin/sh
# configure.sh PRESET: runs CMake where it has not run yet; ninja runs it again by itself when a CMake file changes.
set -eu
cd "$(dirname "$0")/.."
preset=$1
case $preset in release) folder=build ;; *) folder=build-$preset ;; esac
# A checkout that was moved or copied must not build into the folder that it came from.
if [ -e "$folder/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$(pwd -P)" "$folder/CMakeCache.txt"; then
  echo "configure: $folder belongs to another checkout and is made anew"
  rm -rf "$folder"
fi
[ ! -e "$folder/build.ninja" ] || exit 0
mkdir -p "$folder"
cmake --preset "$preset" >"$folder/configure.log" 2>&1 || { cat "$folder/configure.log" >&2; exit 1; }
