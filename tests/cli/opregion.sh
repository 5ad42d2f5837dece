#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The command line of `igdvm opregion`: what is wrong gives one line and the right exit code, and
# nothing on standard output; what is right gives what it should, wherever it goes to.
#
# usage: opregion.sh IGDVM MKIMAGES
set -uo pipefail

igdvm=$(realpath "$1") mkimages=$(realpath "$2")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

# bad EXIT REGEX ARGUMENT...
bad() { check "$1" "$2" "$igdvm" opregion "${@:3}"; }

"$mkimages" .
mkdir record empty
cp desktop.bin record/opregion
head -c 8191 desktop.bin >short
head -c 300 vbt.bin >short-vbt
head -c 8192 /dev/zero >zeros
: >nothing

bad 2 'opregion: dump or decode\?; --help explains'
bad 2 'opregion: unknown command "decoed"; the nearest is decode; --help' decoed
bad 2 'opregion: unknown command ""; the nearest is' ''
bad 2 'opregion: unknown option "--jsn"; the nearest is --json' decode --jsn
bad 2 'opregion: unknown option "-j"; the nearest is' decode -j
bad 2 'opregion: unknown option "--json=yes"; the nearest is --json' decode --json=yes
bad 2 'opregion: --json is for decode' dump --json desktop.bin
bad 2 'opregion: "a" and "b": name one' decode a b
bad 2 'opregion: the BDF or FILE is empty' decode ''
bad 1 'absent: No such file.*; name a PCI address or an image' decode absent
bad 1 'empty/opregion: No such file.*; name' decode empty
bad 1 '/dev/zero: not a regular file; name' decode /dev/zero
bad 1 'nothing: the file is empty' decode nothing
bad 1 'zeros: at offset 0: neither an OpRegion .* nor a VBT' decode zeros
bad 1 'zeros: at offset 0: neither an OpRegion .* nor a VBT' dump zeros
bad 1 'short: at offset 0x1fff: the OpRegion is cut off' decode short
bad 1 'short-vbt: at offset 0x18: the VBT has [0-9]+ bytes, but only 300' decode short-vbt
bad 1 '0000:ff:1f.7: no such PCI device; lspci' decode ff:1f.7

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

verdict
