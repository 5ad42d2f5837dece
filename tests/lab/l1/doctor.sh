# doctor.sh - igdvm doctor on this machine, and statements about its report. Sourced by scenarios.
# shellcheck shell=bash

. "$LAB_SRC/l1/lib.sh"

# doctor NAME STATUS ARGS...: a report as JSON, in $serial.
doctor() {
  vmm "$1" 60 doctor --json "${@:3}" "$GPU"
  expect_status "$2"
  check "nothing on standard error" [ ! -s "$log" ]
  check "31 checks" jq -e '.version == 1 and (.checks | length) == 31' "$serial"
}

# says ID STATUS REGEX: what the last report says of a check. jq shares no code with igdvm.
says() {
  local got
  got=$(jq -r --arg id "$1" '.checks[] | select(.id == $id) | "\(.status): \(.found)"' "$serial")
  check "$1 is $2, $3 (was $got)" grep -qE "^$2: .*$3" <<<"$got"
}

# mends ID REGEX
mends() {
  # shellcheck disable=SC2016 # jq's variables
  check "$1: the remedy has $2" jq -e --arg id "$1" --arg re "$2" \
    '.checks[] | select(.id == $id) | .remedy | test($re)' "$serial"
}
