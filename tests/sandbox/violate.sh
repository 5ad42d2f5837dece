#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A thread that calls what it may not ends igdvm: one line names thread and call, exit code 159, the
# terminal is as it was. With --sandbox log the same is said, and the guest goes on.
#
# usage: violate.sh THREAD IGDVM-VIOLATE DIR   (DIR: of the payloads)
set -uo pipefail

thread=$1 igdvm=$(realpath "$2") payload=$(realpath "$3")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/../cli/cli.sh"

if [ ! -w /dev/kvm ]; then
  echo "SKIP /dev/kvm is absent, or not writable for this user"
  exit 77
fi

printf 'the first sector of a disk, igdvm%.0s' {1..31776} | head -c 1048576 >disk
command=("$igdvm" --kernel "$payload/virtio" --rng --disk "disk,serial=IGDVM-TEST,queues=2,aio=threads")
[ "$thread" != control ] || command+=(--control sock)

# caught ACT NAME: with that in the message
caught() {
  local code
  checks=$((checks + 1))
  VIOLATE="$thread $1" "${command[@]}" </dev/null >out 2>err
  code=$?
  [ $code = 159 ] || fail "$1: exit code $code, want 159: $(cat err)"
  [ "$(grep -c "^igdvm: sandbox: the $thread thread called $2 ([0-9]*), which it may not" err)" = 1 ] ||
    fail "$1: $(cat err)"
  [ "$(wc -l <err)" = 2 ] || fail "$1: more than one line besides the kernel's: $(cat err)"
  [ ! -e sock ] || fail "$1: the control socket is left"
}

"${command[@]}" </dev/null >out 2>err || fail "without a violation: exit code $?: $(cat err)"
for act in openat execve socket fork mmap mprotect ptrace; do
  caught $act $act
done
caught ioctl ioctl
caught ioctl-high ioctl
# other numbers for the same functions: the kernel ends it, nobody is asked
checks=$((checks + 1))
VIOLATE="$thread x32" "${command[@]}" </dev/null >out 2>err
code=$?
[ $code = 159 ] || fail "x32: exit code $code, want 159 (SIGSYS)"

# log: said, and carried out
checks=$((checks + 1))
VIOLATE="$thread socket" "${command[@]}" --sandbox log </dev/null >out 2>err || fail "log: exit code $?"
grep -q "^igdvm: sandbox: $thread thread: socket$" err || fail "log: $(cat err)"
grep -q "was not caught" err || fail "log: it did not go on"
[ "$(grep -c 'sandbox:' err)" = 1 ] || fail "log: more is missing on the list: $(cat err)"
# off: nothing said
checks=$((checks + 1))
VIOLATE="$thread socket" "${command[@]}" --sandbox off </dev/null >out 2>err || fail "off: exit code $?"
! grep -q 'sandbox:' err || fail "off: $(cat err)"

# the terminal, which is raw while the guest runs
checks=$((checks + 1))
cat >on_a_terminal <<END
#!/bin/sh
before=\$(stty -g)
VIOLATE="$thread openat" ${command[*]} --cmdline "" >/dev/null 2>err
echo "code \$?"
[ "\$(stty -g)" = "\$before" ] && echo restored
END
chmod +x on_a_terminal
script -qec ./on_a_terminal /dev/null </dev/null >out 2>&1
grep -q "code 159" out || fail "terminal: $(cat out err)"
grep -q "^restored" out || fail "the terminal is not as it was: $(cat out)"
verdict
