#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# --version tells the version, and the commit as it is now, not as it was when cmake ran.
#
# usage: version.sh IGDVM SOURCE BUILD
set -uo pipefail

igdvm=$(realpath "$1") source=$(realpath "$2") build=$(realpath "$3")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

good "$igdvm" --version
grep -qxE 'igdvm [0-9]+\.[0-9]+\.[0-9]+' <(head -n 1 out) || fail "the first line: $(head -n 1 out)"
for fact in commit compiler 'build type' features libraries; do
  grep -q "^$fact: ." out || fail "no $fact"
done
! grep -qF "$source" out || fail "it tells where it was built"

# The script that a build runs, in a repository of our own.
header() { cmake -DSOURCE="$PWD/repo" -DHEADER="$PWD/commit.h" -P "$source/gen/version.cmake" || fail "version.cmake"; }
git() { command git -C repo -c user.name=x -c user.email=x@example.org -c commit.gpgsign=false "$@"; }
mkdir repo
header
grep -qx '#define IGDVM_COMMIT ""' commit.h || fail "no repository: $(cat commit.h)"
git init -q
echo 1 >repo/file
git add file
git commit -qm one
header
[ "$(cat commit.h)" = "#define IGDVM_COMMIT \"$(git rev-parse --short=12 HEAD)\"" ] || fail "first: $(cat commit.h)"
touch -d 2001-01-01 commit.h
header
[ "$(stat -c %Y commit.h)" = "$(date -d 2001-01-01 +%s)" ] || fail "written without need"
git tag v9.9.9
echo 2 >repo/file
header
grep -q -- '-dirty"$' commit.h || fail "changed: $(cat commit.h)"
git commit -qam two
header
[ "$(cat commit.h)" = "#define IGDVM_COMMIT \"$(git rev-parse --short=12 HEAD)\"" ] || fail "second: $(cat commit.h)"
mkdir repo/sub
mv commit.h old.h
cmake -DSOURCE="$PWD/repo/sub" -DHEADER="$PWD/commit.h" -P "$source/gen/version.cmake"
grep -qx '#define IGDVM_COMMIT ""' commit.h || fail "a directory of another repository: $(cat commit.h)"
checks=$((checks + 7))
[ -e "$build/firmware/commit.h" ] || fail "this build has no header"
verdict
