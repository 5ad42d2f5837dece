#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Virtio devices that cannot be had: what bad_input.sh is for the rest of the command line. Network cards
# are there too, as theirs need namespaces.
#
# usage: bad_virtio.sh IGDVM IMAGE
set -uo pipefail

igdvm=$(realpath "$1") image=$(realpath "$2")
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

run=("$igdvm" --kernel "$image")

# What the command line alone shows to be wrong.
bad_arguments() {
  local row args
  local rows=(
    # arguments | message
    '--disk | --disk needs a value'
    '--disk d,format=qcow2 | --disk: unknown key "format"'
    '--disk d,aio=native | --disk aio: "native" is unknown; it takes uring'
    '--disk d,queues=0 | --disk queues: "0" is out of range; it takes 1 to'
    '--disk d,queues=9999 | --disk queues: "9999" is out of range'
    '--disk d,serial=a-serial-number-of-more-than-20 | --disk serial: .*20'
    '--disk d,addr=20.0 | --disk addr: "20.0" is'
    '--disk d,addr=04.0 --disk e,addr=04.0 | --disk addr: 04.0 is the address of --disk too; give each its own'
    '--net t,addr=04.0 --disk d,addr=04.0 | --net addr: 04.0 is the address of --disk too'
    '--fs s,tag=a,addr=05.1 --input e,addr=05.1 | --input addr: 05.1 is the address of --fs too'
    '--igd 00:02.0 --vsock 3,addr=02.0 | --vsock addr: 02.0 is the address of --igd too'
    '--vfio 01:00.0,addr=03.0 --vfio 01:00.1,addr=03.0 | --vfio addr: 03.0 is the address of --vfio too'
    '--disk d,addr=1f.0 | .*1f.0.*'
    '--disk d,addr=00.0 | .*00.0.*'
    '--vsock 2 | --vsock: "2" is out of range; it takes 3 to'
    '--vsock 4294967295 | --vsock: .*out of range'
    '--vsock host | --vsock: "host" is not a number'
    '--vsock 3 --vsock 4 | --vsock is given twice'
    '--rng --rng | --rng is given twice'
    '--balloon | --balloon needs a value'
    '--balloon 1 | --balloon: "1" is too small, the least is 32M'
    '--balloon 1T | --balloon: the target is more than the guest has, --memory 512M; lower it'
    '--balloon all --igd 00:02.0 | --balloon: with --igd all of the guest.s memory is pinned'
    '--balloon all --vfio 00:03.0 | --balloon: with --vfio all'
    '--balloon all --memory 512M,hugepages=2M | --balloon: it gives back pages of 4 KiB'
    '--console bogus | --console: "bogus" is unknown; it takes off\|tty\|null\|file=F'
    '--console tty --serial tty | --serial tty and --console tty: there is one terminal'
    '--input | --input needs a value'
    '--input event0,grap | --input: unknown key "grap"; the nearest is "grab"'
    '--fs s | --fs: tag=NAME is missing: --fs SOCKET,tag=NAME'
    '--fs s,tag= | --fs tag'
    '--fs s,tag=a-tag-that-is-much-too-long-for-a-file-system | --fs tag: .*36'
    '--fs s,tag=a --fs t,tag=a | --fs: two have the tag "a"; the guest tells them apart'
    '--fs s,tag=a --fs s,tag=b | --fs: two have the socket s; a back end serves one'
    '--on-reboot halt | --on-reboot: "halt" is unknown; it takes exit\|restart'
  )
  for row in "${rows[@]}"; do
    args=${row%% | *}
    # shellcheck disable=SC2086 # words to be split
    check 2 "${row#* | }" "${run[@]}" $args
  done
}

bad_disks() {
  : >empty
  mkdir dir
  mkfifo fifo
  truncate -s 1M disk
  truncate -s 1000 odd
  check 1 '--disk missing: No such file or directory; make one: truncate' "${run[@]}" --disk missing
  check 1 '--disk empty: it is empty; give it a size' "${run[@]}" --disk empty
  check 1 '--disk dir: Is a directory' "${run[@]}" --disk dir
  check 1 '--disk dir: Is a directory' "${run[@]}" --disk dir,ro
  check 1 '--disk fifo: neither a regular file nor a block device' "${run[@]}" --disk fifo
  check 1 '--disk fifo: neither a regular file nor a block device' "${run[@]}" --disk fifo,ro
  check 1 '--disk /dev/zero: neither a regular file nor a block device' "${run[@]}" --disk /dev/zero
  check 1 '--disk disk: another virtual machine has it open; stop that one' "${run[@]}" --disk disk --disk disk
  check 1 '--disk disk: another virtual machine has it open' "${run[@]}" --disk disk --disk disk,ro
  chmod 400 disk
  check 1 '--disk disk: Permission denied; or give it with ro' \
    setpriv --bounding-set=-dac_override,-dac_read_search "${run[@]}" --disk disk
}

bad_others() {
  check 1 '--input missing: No such file.*/proc/bus/input/devices lists them' "${run[@]}" --input missing
  check 1 '--input /dev/null: no input device; it takes one such as /dev/input/event0' "${run[@]}" --input /dev/null
  check 1 '--console file=/nonexistent/x: No such file.*name a file' "${run[@]}" --console file=/nonexistent/x
  check 1 '--fs missing: No such file.*start its back end first' "${run[@]}" --fs missing,tag=a
  check 1 '--fs disk: Connection refused; start its back end first' "${run[@]}" --fs disk,tag=a
  [ -e /dev/vhost-vsock ] ||
    check 1 '--vsock 42: /dev/vhost-vsock: No such file or directory; modprobe vhost_vsock' "${run[@]}" --vsock 42
}

if [ ! -w /dev/kvm ]; then
  echo "SKIP /dev/kvm is absent, or not writable for this user"
  exit 77
fi
bad_arguments
bad_disks
bad_others
verdict
