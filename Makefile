# make run   installs what is missing, builds, and starts everything on this machine
# make test  installs, builds, and runs every test that needs no minutes of load
JOBS ?= $(shell nproc)
TEST_JOBS ?= $(shell echo $$(( $$(nproc) * 3 )))

.PHONY: help setup build run test check fmt clean

help:
	@sed -n 's/^# //p' Makefile

setup:
	@scripts/setup.sh

build: setup
	@scripts/configure.sh release
	@cmake --build --preset release --target bursar -- -j $(JOBS)

run: build
	@build/bursar up

test: setup
	@scripts/configure.sh release
	@cmake --build --preset release -- -j $(JOBS)
	@ctest --test-dir build --output-on-failure --parallel $(TEST_JOBS) --schedule-random --no-tests=error

# check: format, tidy rules, clang-tidy on changed files, unit and store tests; for the edit loop
check: setup
	@scripts/check.sh

fmt:
	@git ls-files '*.cpp' '*.hpp' | xargs -r clang-format-19 -i

clean:
	rm -rf build build-debug build-asan build-tsan
