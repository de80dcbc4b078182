#!/bin/sh
# configure.sh PRESET: runs CMake once; ninja runs it again by itself when a CMake file changes.
set -eu
cd "$(dirname "$0")/.."
preset=$1
case $preset in release) folder=build ;; *) folder=build-$preset ;; esac
[ -e "$folder/build.ninja" ] || cmake --preset "$preset" >"/tmp/bursar-configure.$$" 2>&1 || {
  cat "/tmp/bursar-configure.$$"; rm -f "/tmp/bursar-configure.$$"; exit 1; }
rm -f "/tmp/bursar-configure.$$"
