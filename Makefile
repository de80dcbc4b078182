# make run       installs what is missing, builds, and starts everything on this machine
# make test      installs, builds, and runs every test that needs no minutes of load
# make soak      minutes of load, kills and restarts on real processes; closes with what it saw, in numbers
# make check     the edit loop: format, tidy rules, clang-tidy on changed files, unit and store tests
# make fuzz      one minute of invented input for every reader of the trust boundary; FUZZ_SECONDS=600 for ten
# make bench     measures accepts and whole lives beside pgbench; about five minutes, best on an idle machine
# make build     build/bursar
# make fmt       formats every source file
# make setup     installs what `make test` and `make check` need
# make clean     removes what was built
export JOBS ?= $(shell nproc)

.PHONY: help run test soak check fuzz bench build fmt setup clean

help:
	@sed -n 's/^# //p' Makefile

run: build
	@build/bursar up

test:
	@scripts/test.sh

soak:
	@scripts/soak.sh

check:
	@scripts/check.sh

fuzz:
	@scripts/fuzz.sh

bench:
	@scripts/bench.sh

build:
	@scripts/setup.sh build
	@scripts/configure.sh release
	@cmake --build --preset release --target bursar -- -j $(JOBS)

fmt:
	@scripts/setup.sh check
	@find src tests testing bench fuzz -name '*.[ch]pp' -print0 | xargs -0 clang-format-19 -i

setup:
	@scripts/setup.sh

clean:
	rm -rf build build-debug build-asan build-tsan build-fuzz
