#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# --on-reboot=restart with a guest that resets at once: its output goes on in the same file or FIFO, its
# kernel is the one that was opened, and signals still end it.
#
# usage: restart.sh IGDVM IMAGE   (IMAGE: tests/guest/payload/end.c)
set -uo pipefail

igdvm=$(realpath "$1") image=$(realpath "$2")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

if [ ! -w /dev/kvm ]; then
  echo "SKIP /dev/kvm is absent, or not writable for this user"
  exit 77
fi

# restarts FILE OUTPUT: run with --serial file=FILE until OUTPUT tells of five starts, then hang up
restarts() {
  local pid n=0
  checks=$((checks + 1))
  cp "$image" kernel
  "$igdvm" --kernel kernel --cmdline cf9 --memory 64M --on-reboot restart --serial "file=$1" 2>errors &
  pid=$!
  for _ in {1..200}; do
    n=$(grep -c '^ok about to cf9' "$2")
    [ "$n" -lt 1 ] || rm -f kernel
    [ "$n" -lt 5 ] || break
    sleep 0.1
  done
  kill -HUP $pid
  wait $pid
  status=$?
  [ "$n" -ge 5 ] || fail "$1: $n starts: $(tail -n 2 errors)"
  [ "$status" = 129 ] || fail "$1: exit code $status, want 129"
  grep -q 'the guest resets: starting it again' errors || fail "$1: nothing says that it restarts"
}

: >out
echo older >out
restarts out out
! grep -q older out || fail "the first start keeps what was in the file"

# A signal may come while a guest runs or between two of them; the guest has no use for the button.
for _ in {1..10}; do
  checks=$((checks + 1))
  : >out
  "$igdvm" --kernel "$image" --cmdline cf9 --memory 64M --on-reboot restart --serial file=out 2>errors &
  pid=$!
  for _ in {1..200}; do
    [ "$(grep -c '^ok about to cf9' out)" -lt 2 ] || break
    sleep 0.1
  done
  sleep 0.0$((RANDOM % 10))
  kill -TERM $pid
  wait $pid
  status=$?
  [ "$status" = 32 ] || fail "SIGTERM: exit code $status, want 32: $(tail -n 2 errors)"
  grep -q 'was asked to power off' errors || fail "SIGTERM: nothing says why it ends: $(tail -n 2 errors)"
done

mkfifo fifo
: >got
cat fifo >got &
restarts fifo got
wait
verdict
