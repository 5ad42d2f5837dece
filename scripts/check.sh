#!/usr/bin/env bash
# check.sh - install what is needed, lint, build, run every test: unit, golden, guest and lab.
# Ends with the summary of ctest. About 10 minutes on two cores, half of it the lab.
#   --quick   without the lab and the sanitizer build
set -euo pipefail
cd "$(dirname "$0")/.."

quick=
[ "${1:-}" = --quick ] && quick=1
jobs=$(nproc)

say() { printf '\n== %s\n' "$*"; }

build() {
  say "build: $1"
  cmake --preset "$1" >"build/$1.log" 2>&1 || { cat "build/$1.log"; return 1; }
  cmake --build --preset "$1" -- --quiet
}

mkdir -p build
say "packages"
scripts/bootstrap.sh
say "lint"
scripts/lint.sh

build dev
build clang
build release
if [ -n "$quick" ]; then
  say "tests without the lab"
  exec ctest --preset release -j "$jobs" -LE lab
fi
build asan
say "lab: kernels, modules, images"
tests/lab/prepare.sh
say "unit, golden and guest tests under AddressSanitizer and UBSan"
ctest --preset asan -j "$jobs"
say "all tests"
ctest --preset release -j "$jobs"
