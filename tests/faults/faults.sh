#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Start a machine again and again, and let call number 1, 2, 3, ... to the host fail. Each time: either igdvm can do
# without, and the guest runs to its end; or it ends with an error's exit code and says why. It never hangs,
# is never killed, and leaves no file, no process and no changed terminal behind.
#
# usage: faults.sh plain|full|restart IGDVM-FAULTS DIR [FIRST [LAST]]   (DIR: of the payloads)
set -uo pipefail

machine=$1 igdvm=$(realpath "$2") payload=$(realpath "$3") first=${4:-1} last=${5:-100000}
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/../cli/cli.sh"

if [ ! -w /dev/kvm ]; then
  echo "SKIP /dev/kvm is absent, or not writable for this user"
  exit 77
fi

# a name of its own: what is left behind is found by it
cp "$igdvm" "faults-$machine"
igdvm=$PWD/faults-$machine

printf 'the first sector of a disk, igdvm%.0s' {1..31776} | head -c 1048576 >disk
case $machine in
plain) options=(--kernel "$payload/entry") done='^done 14 checks' good=0 ;;
full)
  options=(--kernel "$payload/virtio" --rng --disk "disk,serial=IGDVM-TEST,queues=2" --cpus 2 --memory "64M,prealloc"
    --control sock --report report.json --timeout 20s --expect '^done [0-9]* checks' --console null)
  done='^done [0-9]* checks' good=0
  ;;
restart)
  # the guest resets itself once, and is asked to end then
  options=(--kernel "$payload/end" --cmdline cf9 --memory 64M --on-reboot restart --timeout 2s)
  done='^ok about to cf9' good=124
  ;;
esac

# run N: with that call failing
run() {
  rm -f log out err
  FAULT_AT=$1 FAULT_LOG=log timeout -s KILL 30 "$igdvm" "${options[@]}" >out 2>err </dev/null
  code=$?
  what=$(head -n 1 log 2>/dev/null || true)
}

# judge N
judge() {
  checks=$((checks + 1))
  case $code in
  "$good")
    grep -q "$done" out || fail "call $1 ($what): exit code $good, but the guest did not get to its end: $(tail -n 2 err)"
    ;;
  1 | 2 | 33 | 35)
    # a vCPU that could not run on has crashed, as far as anybody can tell
    grep -q '^igdvm: ' err || fail "call $1 ($what): exit code $code, and no word about it"
    ! grep -q '^==\|runtime error' err || fail "call $1 ($what): $(grep -A 12 '^==\|runtime error' err | head -n 20)"
    ;;
  *) fail "call $1 ($what): exit code $code: $(tail -n 15 err)" ;;
  esac
  [ ! -e sock ] || fail "call $1 ($what): the control socket is left behind"
  rm -f sock
  ! pgrep -f "^$igdvm" >/dev/null || fail "call $1 ($what): a process is left: $(pgrep -af "^$igdvm")"
}

n=$first
while [ "$n" -le "$last" ]; do
  run "$n"
  [ -n "$what" ] || break # there were fewer calls
  judge "$n"
  tally="${tally:-}$what"$'\n'
  n=$((n + 1))
done
echo "$((n - first)) calls failed, by kind:"
awk 'NF { n[$1]++ } END { for (k in n) printf "%6d %s\n", n[k], k }' <<<"${tally:-}" | sort -rn | head -n 40
[ $((n - first)) -gt 50 ] || fail "only $((n - first)) calls were there to fail"
verdict
