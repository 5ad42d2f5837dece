#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The command line of `igdvm doctor`: wrong usage is one line and exit code 2; a report is exit code 0 or
# 1 and goes to standard output alone, on this host too, whatever it has and whoever asks.
#
# usage: doctor.sh IGDVM FIXTURES
set -uo pipefail

igdvm=$(realpath "$1") fixtures=$(realpath "$2")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

# bad REGEX ARGUMENT...
bad() { check 2 "$1" "$igdvm" doctor "${@:2}"; }

cp -r "$fixtures/kbl" "$fixtures/mtl" .
cp -r kbl other
echo 'igdvm fixture 9' >other/manifest
mkdir empty

bad 'doctor: unknown option "--jsn"; the nearest is --json; --help' --jsn
bad 'doctor: unknown option "-j"; the nearest is' -j
bad 'doctor: unknown option "--"; the nearest is' --
bad 'doctor: "" is not a PCI address' ''
bad 'doctor: --json takes no value' --json=yes
bad 'doctor: --memory needs a value: SIZE' --memory
bad 'doctor: --memory needs a value: SIZE' --memory=
bad 'doctor: --fixture needs a value: DIR' --json --fixture
bad 'doctor: --memory is given twice' --memory 1G --memory=2G
bad 'doctor: --memory: "much"' --memory much
bad 'doctor: --memory: "1M"' --memory 1M
bad 'doctor: "00:02" is not a PCI address like' 00:02
bad 'doctor: "0000:00:02.0" and "0000:00:03.0": name one device' 0000:00:02.0 0000:00:03.0
bad 'absent/manifest: No such file' --fixture absent
bad 'empty/manifest: No such file' --fixture empty
bad 'other/manifest: its first line' --fixture other
bad '.*the path is too long' --fixture "$(printf '%0300d' 0)"

good "$igdvm" doctor --fixture kbl
grep -q '^  ok       generation           8086:5916 is Kaby Lake' out || fail "kbl: no generation"
good "$igdvm" doctor --json --fixture=kbl --memory=1G 00:02.0
jq -e '.version == 1 and .device == "0000:00:02.0" and .memory == 1073741824' out >/dev/null ||
  fail "kbl: JSON"
good "$igdvm" doctor --help
grep -q 'usage: igdvm doctor' out || fail "--help"

# report NAME COMMAND...: this host, which may have anything: JSON, and an exit code that fits it
report() {
  local code
  checks=$((checks + 1))
  timeout -s KILL 20 "${@:2}" </dev/null >out 2>err
  code=$?
  [ ! -s err ] || fail "$1: standard error: $(cat err)"
  jq -e --argjson code $code '(.failures > 0) == ($code == 1) and $code < 2 and .version == 1 and
    (.checks | length) >= 12' out >/dev/null || fail "$1: exit code $code, $(head -c 300 out)"
}
report host "$igdvm" doctor --json
report "no such device" "$igdvm" doctor --json ffff:1f:1f.7
jq -e '.failures > 0 and (.checks[-1] | .id == "device" and .status == "failure")' out >/dev/null ||
  fail "a device that is not there"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  cp "$igdvm" igdvm && chmod 755 . igdvm
  report nobody setpriv --reuid 65534 --regid 65534 --clear-groups ./igdvm doctor --json
fi

# where it cannot be written
for form in "" --json; do
  checks=$((checks + 1))
  # shellcheck disable=SC2086 # no option, no word
  "$igdvm" doctor --fixture kbl $form >/dev/full 2>err
  code=$?
  [ $code = 1 ] || fail "doctor $form to a full device: exit code $code"
  grep -q 'No space left' err || fail "doctor $form to a full device: $(cat err)"
done

# no colour, no escape: not even on a terminal
if command -v script >/dev/null; then
  checks=$((checks + 1))
  script -qefc "$igdvm doctor --fixture mtl" /dev/null >out 2>&1 || fail "to a terminal: exit code $?"
  grep -q $'\033' out && fail "an escape sequence"
  grep -q '  warning  class                0380' out || fail "to a terminal: $(cat out)"
fi

verdict
