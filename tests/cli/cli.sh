# cli.sh - igdvm's command line seen from outside. Sourced by the scripts beside it:
# they run in a directory of their own, gone in the end.
# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
checks=0 failures=0

fail() {
  echo "FAIL $*"
  failures=$((failures + 1))
}

# check EXIT REGEX COMMAND...: one line of standard error, which REGEX matches, and nothing else
check() {
  local want=$1 regex=$2 code
  shift 2
  timeout -s KILL 20 "$@" </dev/null >out 2>err
  code=$?
  checks=$((checks + 1))
  if [ $code != "$want" ]; then
    fail "exit code $code, want $want: ${*:0:8}"
  elif [ "$(wc -l <err)" != 1 ]; then
    fail "$(wc -l <err) lines on standard error, want 1: ${*:0:8}"
  elif ! grep -qE "^igdvm: $regex" err; then
    fail "message: ${*:0:8}"$'\n'"     $(cat err)"$'\n'"     does not match: $regex"
  elif [ -s out ]; then
    fail "standard output is not empty: ${*:0:8}"
  fi
}

# good COMMAND...: exit code 0, and nothing on standard error
good() {
  checks=$((checks + 1))
  "$@" >out 2>err || fail "exit code $?: $*"
  [ ! -s err ] || fail "standard error: $*: $(cat err)"
}

# The last command of a script.
verdict() {
  echo "$checks checks, $failures failed"
  [ "$failures" = 0 ]
}
