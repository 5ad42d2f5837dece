#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Where messages go: --log-file, --log-json.
#
# usage: log.sh IGDVM IMAGE
set -uo pipefail

igdvm=$(realpath "$1") image=$(realpath "$2")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

if [ ! -w /dev/kvm ]; then
  echo "SKIP /dev/kvm is absent, or not writable for this user"
  exit 77
fi

# ran CODE COMMAND...: that exit code; out and err are left
ran() {
  local want=$1 code
  shift
  checks=$((checks + 1))
  timeout -s KILL 60 "$@" >out 2>err </dev/null
  code=$?
  [ $code = "$want" ] || fail "exit code $code, want $want: ${*:0:9}: $(cat err)"
}

# json FILE COUNT: so many lines, each an object with exactly these members
json() {
  checks=$((checks + 1))
  [ "$(wc -l <"$1")" -ge "$2" ] || fail "$(wc -l <"$1") lines: $(cat "$1")"
  while read -r line; do
    jq -e 'keys == ["level", "message", "time"] and (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z$"))
      and (.level | IN("error", "warning", "info", "debug"))' <<<"$line" >/dev/null || fail "not so: $line"
  done <"$1"
}

run=("$igdvm" --kernel "$image" --serial null)
ran 0 "${run[@]}" --log-file log
[ ! -s err ] || fail "standard error, although there is a file: $(cat err)"
grep -q '^igdvm: --kernel .*: bzImage' log || fail "the file: $(cat log)"
lines=$(wc -l <log)
ran 0 "${run[@]}" --log-file log --on-reboot restart
[ "$(wc -l <log)" -gt "$lines" ] || fail "the file was not appended to"

ran 0 "${run[@]}" --log-json --verbose
json err 1
ran 0 "${run[@]}" --log-json --log-file json --verbose
json json 1
[ ! -s err ] || fail "standard error, although there is a file: $(cat err)"

# why there is no guest is told in both places
ran 2 "${run[@]}" --initrd absent --log-file early
diff err early || fail "an early error is not in both"
[ "$(wc -l <err)" = 1 ] || fail "early: $(cat err)"
ran 2 "${run[@]}" --initrd $'a\n"\xff\\b' --log-file early.json --log-json
json early.json 1
jq -e '.message | contains("\"\ufffd\\b")' early.json >/dev/null || fail "bytes: $(cat early.json)"
# what happens later is for the file alone
ran 2 "${run[@]}" --log-file early --cpus 0
[ "$(wc -l <early)" = 1 ] || fail "a wrong option came into the file: there was none yet"

mkdir dir
check 2 '--log-file dir: Is a directory; name a file' "${run[@]}" --log-file dir
check 2 '--log-file absent/log: No such file or directory; name a file' "${run[@]}" --log-file absent/log
ran 0 "${run[@]}" --log-file new --dump-config
[ ! -e new ] || fail "--dump-config made a log"
verdict
