#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The command line of `igdvm opregion`: what is wrong gives one line and the right exit code, and
# nothing on standard output; what is right gives what it should, wherever it goes to.
#
# usage: opregion.sh IGDVM MKIMAGES
set -uo pipefail

igdvm=$(realpath "$1") mkimages=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
checks=0 failures=0

fail() {
  echo "FAIL $*"
  failures=$((failures + 1))
}

# check EXIT REGEX ARGUMENT...: REGEX must match the one line of standard error
check() {
  local want=$1 regex=$2 code
  shift 2
  timeout -s KILL 20 "$igdvm" opregion "$@" </dev/null >out 2>err
  code=$?
  checks=$((checks + 1))
  [ $code = "$want" ] || fail "exit code $code, want $want: $*"
  [ "$(wc -l <err)" = 1 ] || fail "$(wc -l <err) lines on standard error: $*"
  grep -qE "^igdvm: $regex" err || fail "message: $*: $(cat err) does not match: $regex"
  [ ! -s out ] || fail "standard output is not empty: $*"
}

# good COMMAND...: exit code 0, and nothing on standard error
good() {
  checks=$((checks + 1))
  "$@" >out 2>err || fail "exit code $?: $*"
  [ ! -s err ] || fail "standard error: $*: $(cat err)"
}

"$mkimages" .
mkdir record empty
cp desktop.bin record/opregion
head -c 8191 desktop.bin >short
head -c 300 vbt.bin >short-vbt
head -c 8192 /dev/zero >zeros
: >nothing

check 2 'opregion: dump or decode\?; --help explains'
check 2 'opregion: unknown command "decoed"; the nearest is decode; --help' decoed
check 2 'opregion: unknown command ""; the nearest is' ''
check 2 'opregion: unknown option "--jsn"; the nearest is --json' decode --jsn
check 2 'opregion: unknown option "-j"; the nearest is' decode -j
check 2 'opregion: unknown option "--json=yes"; the nearest is --json' decode --json=yes
check 2 'opregion: --json is for decode' dump --json desktop.bin
check 2 'opregion: "a" and "b": name one' decode a b
check 2 'opregion: the BDF or FILE is empty' decode ''
check 1 'absent: No such file.*; name a PCI address or an image' decode absent
check 1 'empty/opregion: No such file.*; name' decode empty
check 1 '/dev/zero: not a regular file; name' decode /dev/zero
check 1 'nothing: the file is empty' decode nothing
check 1 'zeros: at offset 0: neither an OpRegion .* nor a VBT' decode zeros
check 1 'zeros: at offset 0: neither an OpRegion .* nor a VBT' dump zeros
check 1 'short: at offset 0x1fff: the OpRegion is cut off' decode short
check 1 'short-vbt: at offset 0x18: the VBT has [0-9]+ bytes, but only 300' decode short-vbt
check 1 '0000:ff:1f.7: no such PCI device; lspci' decode ff:1f.7

good "$igdvm" opregion decode desktop.bin
grep -q 'taken from mailbox 4' out || fail "decode desktop.bin"
good "$igdvm" opregion decode laptop.bin --json
jq -e '.vbt.panel.timing.horizontal.active == 1002' out >/dev/null || fail "decode --json"
good "$igdvm" opregion dump record
cmp -s out desktop.bin || fail "dump of a directory"
good "$igdvm" opregion decode ./record
for help in "help" "--help" "decode --help" "dump --help"; do
  # shellcheck disable=SC2086 # two words
  good "$igdvm" opregion $help
  grep -q 'usage: igdvm opregion dump|decode' out || fail "$help"
done

# a dump is not for terminals; a decode is, and what it shows cannot speak to them
if command -v script >/dev/null; then
  checks=$((checks + 2))
  script -qefc "$igdvm opregion dump desktop.bin" /dev/null >out 2>&1
  code=$?
  [ $code = 2 ] || fail "dump to a terminal: exit code $code"
  grep -q 'standard output a terminal; add > FILE' out || fail "dump to a terminal: $(cat out)"
  printf '\033]0;x\007' | dd of=desktop.bin bs=1 seek=24 conv=notrunc status=none
  script -qefc "$igdvm opregion decode desktop.bin" /dev/null >out 2>&1 || fail "decode to a terminal"
  grep -q $'\033' out && fail "the image's escape sequence reached the terminal"
  grep -qF '\x1b]0;x\x07' out || fail "the image's escape sequence is not shown"
fi

# where it cannot be written
for verb in dump decode "decode --json"; do
  checks=$((checks + 1))
  # shellcheck disable=SC2086 # two words
  "$igdvm" opregion $verb laptop.bin >/dev/full 2>err
  code=$?
  [ $code = 1 ] || fail "$verb to a full device: exit code $code"
  grep -q 'No space left' err || fail "$verb to a full device: $(cat err)"
done

echo "$checks checks, $failures failed"
[ "$failures" = 0 ]
