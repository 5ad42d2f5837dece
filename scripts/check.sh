#!/usr/bin/env bash
# check.sh - install what is needed, lint, build, run every test: unit, golden, guest and lab.
# Ends with the summary of ctest. About 25 minutes on two cores, half of it the lab.
#   --quick   without the lab and the sanitizer build
#   --full    with all of the lab: every GPU, policy and kernel; ten minutes more
set -euo pipefail
cd "$(dirname "$0")/.."

quick='' beside=(-LE lab-full)
case ${1:-} in
'') ;;
--quick) quick=1 ;;
--full) beside=() ;;
*)
  echo "usage: scripts/check.sh [--quick|--full]" >&2
  exit 2
  ;;
esac
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
build tsan
say "lab: kernels, modules, images"
tests/lab/prepare.sh
say "unit, golden and guest tests under AddressSanitizer and UBSan"
ctest --preset asan -j "$jobs"
say "unit and guest tests under ThreadSanitizer"
# Left out: one maps more than its shadow has room for, one measures memory. Its runtime finds no place
# for the shadow under the address randomisation of newer kernels.
setarch -R ctest --preset tsan -j "$jobs"
say "all tests"
ctest --preset release -j "$jobs" "${beside[@]}"
