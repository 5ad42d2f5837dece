#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every wrong argument, file or host gives one line that names object, cause and remedy, and the right
# exit code: 2 for what the user can change on the command line, 1 for trouble with the host.
#
# usage: bad_input.sh arguments|host IGDVM IMAGE
# (IMAGE: a bzImage that works; kernels of other formats are beside it)
set -uo pipefail

group=$1 igdvm=$(realpath "$2") image=$(realpath "$3")
pvh=${image%/*}/pvh multiboot=${image%/*}/multiboot raw=${image%/*}/multiboot_raw
# shellcheck source=tests/cli/cli.sh
. "$(dirname "$0")/cli.sh"

# image_with FILE OFFSET BYTES [IMAGE]: the image with bytes (printf's escapes) changed
image_with() {
  cp "${4-$image}" "$1" && chmod u+w "$1"
  # shellcheck disable=SC2059 # the escapes are the point
  printf "$3" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}

bad_kernels() {
  : >empty
  mkfifo fifo
  mkdir dir
  head -c 600 "$image" >short
  head -c 2000 "$image" >truncated
  head -c 100000 /dev/zero | tr '\0' '#' >text
  image_with magic 0x202 XXXX
  image_with flag 0x1fe '\0\0'
  image_with protocol 0x206 '\x0b\x02'
  image_with only32 0x236 '\0\0'
  image_with zimage 0x211 '\0'
  image_with align0 0x230 '\0\0\0\0'
  image_with align3 0x230 '\x03\0\0\0'
  image_with preferred 0x258 '\0\0\0\0\x08\0\0\0'
  image_with overflow 0x258 '\xff\xff\xff\xff\xff\xff\xff\xff'
  image_with sectors 0x1f1 '\xff'
  image_with size 0x1f4 '\xff\xff\xff\xff'
  image_with memory 0x260 '\xff\xff\xff\x7f'

  local rows=(
    'missing    No such file'
    'empty      .*empty'
    'dir        .*not a regular file'
    'fifo       .*not a regular file'
    '/dev/zero  .*not a regular file'
    'short      .*too short'
    'truncated  .*truncated'
    'text       .*not a bzImage.*vmlinuz'
    'magic      .*not a bzImage.*vmlinuz'
    'flag       .*not a bzImage.*vmlinuz'
    'protocol   .*boot protocol.*a kernel from .* needed'
    'only32     .*32-bit kernel.*x86-64 bzImage is needed'
    'zimage     .*zImage.*a bzImage is needed'
    'align0     .*header is damaged.*alignment'
    'align3     .*header is damaged.*alignment'
    'preferred  .*header is damaged.*preferred address'
    'overflow   .*header is damaged.*preferred address'
    'sectors    .*truncated'
    'size       .*truncated'
  )
  for row in "${rows[@]}"; do
    read -r file regex <<<"$row"
    check 2 "--kernel $file: $regex" "$igdvm" --kernel "$file"
  done
}

# Offsets: System V ABI, 64-bit headers; the first program header is at 64. Multiboot: its chapter 3.1.
bad_formats() {
  local ones='\xff\xff\xff\xff\xff\xff\xff\xff' note
  note=$(LC_ALL=C grep -obUaP 'Xen\0' "$pvh" | head -n 1 | cut -d: -f1)
  image_with machine 18 '\xb7\0' "$pvh"
  image_with class 4 '\1' "$pvh"
  image_with order 5 '\2' "$pvh"
  image_with object 16 '\1\0' "$pvh"
  image_with core 16 '\4\0' "$pvh"
  image_with entsize 54 '\x37\0' "$pvh"
  image_with phnum 56 '\xff\xff' "$pvh"
  image_with phoff 32 "$ones" "$pvh"
  image_with noload 64 '\0\0\0\0' "$pvh"
  image_with offset 72 "$ones" "$pvh"
  image_with wrap 88 "$ones" "$pvh"
  image_with high 92 '\1\0\0\0' "$pvh"
  image_with filesz 96 '\xff\xff\xff\x7f' "$pvh"
  image_with memsz 104 '\0\0\0\0' "$pvh"
  image_with huge 104 "$ones" "$pvh"
  image_with overlap 144 '\0\x10\x20\0' "$pvh"
  image_with nonote 176 '\0\0\0\0' "$pvh"
  image_with entry $((note + 4)) '\0\0\x30\0' "$pvh"
  head -c 63 "$pvh" >shortelf
  head -c 100 "$pvh" >nophdr
  head -c 8192 "$pvh" >cutelf
  image_with demand 0x1004 '\x0b\0\0\0\xf3\x4f\x52\xe4' "$multiboot"
  image_with mbentry 24 '\xff\xff\xff\xff' "$multiboot"
  image_with loadaddr 16 '\xff\xff\xff\xff' "$raw"
  image_with loadend 20 '\1\0\0\0' "$raw"
  image_with bssend 24 '\1\0\0\0' "$raw"
  image_with rawentry 28 '\1\0\0\0' "$raw"
  head -c 5000 "$raw" >rawcut

  local rows=(
    'machine    an ELF file for another machine; an x86 kernel is needed'
    'class      an ELF file for another machine'
    'order      an ELF file for another machine'
    'object     an ELF file that is not linked.*give the linked kernel'
    'core       an ELF file that is not linked'
    'entsize    its ELF header is damaged.*build it again'
    'phnum      its ELF header is damaged'
    'phoff      truncated: its program headers.*copy it again'
    'noload     its entry lies outside of every segment; link it again'
    'offset     truncated: a segment.*copy it again'
    'wrap       a segment reaches beyond 4 GiB of guest memory; link it lower'
    'high       a segment reaches beyond 4 GiB'
    'filesz     truncated: a segment'
    'memsz      .*damaged: a segment is larger in the file than in memory; build'
    'huge       a segment reaches beyond 4 GiB'
    'overlap    two of its segments overlap in memory; link it again'
    'nonote     an ELF file with neither a PVH entry note.*give its bzImage'
    'entry      its entry lies outside of every segment'
    'shortelf   truncated: shorter than an ELF header'
    'nophdr     truncated: its program headers'
    'cutelf     truncated: a segment'
    'demand     its Multiboot header demands features.*build it without'
    'mbentry    its entry lies outside of every segment'
    'loadaddr   its Multiboot header is damaged \(load address.*build it again'
    'loadend    its Multiboot header is damaged \(load end'
    'bssend     its Multiboot header is damaged \(load end or bss end'
    'rawentry   its entry lies outside of every segment'
    'rawcut     truncated: a segment'
  )
  for row in "${rows[@]}"; do
    read -r file regex <<<"$row"
    check 2 "--kernel $file: $regex" "$igdvm" --kernel "$file"
  done
}

bad_standard_input() {
  check 2 '--kernel -: standard input is empty; pipe it in' "$igdvm" --kernel -
  check 2 '--kernel -: not a bzImage.*vmlinuz' sh -c "echo text | '$igdvm' --kernel -"
  check 2 '--kernel -: standard input: Is a directory; pipe it in' sh -c "'$igdvm' --kernel - <dir"
  check 2 '--kernel -: truncated' sh -c "head -c 2000 '$pvh' | '$igdvm' --kernel -"
  truncate -s 1025M endless
  check 2 '--kernel -: more than 1 GiB on standard input; name a file' \
    sh -c "'$igdvm' --kernel - <endless"
}

bad_values() {
  local rows=(
    # option value | message behind "--option"
    'memory 0 | : "0" is too small, the least is 32M'
    'memory 31M | : "31M" is too small, the least is 32M'
    'memory 512 | : "512" is too small.*a number without K, M, G or T counts bytes'
    'memory 33M | : "33M" is not a multiple of 2M.*34M'
    'memory NaN | : "NaN" is not a size; it takes SIZE, such as'
    'memory -1G | : "-1G" is not a size'
    'memory 1.5G | : "1.5G" is not a size'
    'memory 99999999999999999999 | : ".*" is too large, the most is'
    'memory 18446744073709551615T | : ".*" is too large, the most is'
    'memory size=1G,size=2G | : "size" is given twice'
    'memory sise=1G | : unknown key "sise"; the nearest is "size"'
    'cpus 0 | : "0" is out of range; it takes 1 to'
    'cpus -1 | : "-1" is not a number; it takes 1 to'
    'cpus two | : "two" is not a number; it takes 1 to'
    'cpus 99999999999999999999 | : ".*" is out of range; it takes 1 to'
    'igd x | : "x" is not a PCI address.*0000:00:02.0'
    'igd 0000:00:02 | : "0000:00:02" is not a PCI address.*lspci'
    'igd 0000:00:02.8 | : ".*" is not a PCI address'
    'igd 0000:00:20.0 | : ".*" is not a PCI address'
    'igd 10000:00:02.0x | : ".*" is not a PCI address'
    'igd opregion=off | : the BDF\|PATH is missing'
    'igd 0000:00:02.0,gen=nope | gen=nope: no such generation; one of .*kbl'
    'igd 0000:00:02.0,opregion=maybe | opregion: "maybe" is unknown; it takes auto\|live\|lazy'
    'igd 0000:00:02.0,stolen=1K | stolen: "1K" is too small'
    'igd 0000:00:02.0,oprgion=off | : unknown key "oprgion"; the nearest is "opregion"'
    'serial bogus | : "bogus" is unknown; it takes auto\|tty\|null\|file=F'
    'debugcon tty | : "tty" is unknown; it takes off\|stderr\|null\|file=F'
    'debugcon file= | : "file" needs an argument'
    'smbios uuid=1-2 | uuid: "1-2" is no UUID; write it as uuidgen does'
    'serial file= | : "file" needs an argument'
    'net t,mac=01:00:5e:00:00:01 | mac: "01:.*" is the address of no single card: the first byte must be even'
    'net t,mac=1 | mac: "1" is no address; it takes XX:XX:XX:XX:XX:XX'
    'net mac=02:00:00:00:00:01 | : it takes one of tap=NAME, fd=N and passt=SOCKET'
    'net passt=s,queues=2 | queues: a descriptor or a socket is one pair'
    'net fd=1 | fd: "1" is out of range'
  )
  for row in "${rows[@]}"; do
    read -r option value <<<"${row%% | *}"
    check 2 "--$option ?${row#* | }" "$igdvm" --kernel "$image" "--$option" "$value"
  done
}

bad_options() {
  check 2 '--kernel is missing: --kernel F' "$igdvm"
  check 2 '--kernel needs a value' "$igdvm" --kernel
  check 2 '--kernel needs a value' "$igdvm" --kernel ''
  check 2 '--kernel is given twice; keep one' "$igdvm" --kernel "$image" --kernel "$image"
  check 2 '--kernel needs a value, but the option "--cpus" follows' "$igdvm" --kernel --cpus 2
  check 2 'unknown option "--kernl"; the nearest is --kernel, --help' "$igdvm" --kernl x
  check 2 '--dry-run: "maybe" is neither "on" nor "off"' "$igdvm" --kernel "$image" --dry-run=maybe
  check 2 '"extra" is neither an option nor the command' "$igdvm" --kernel "$image" extra
}

bad_initrds() {
  local long
  truncate -s 600M large
  for file in missing empty dir fifo /dev/zero; do
    check 2 "--initrd $file: (No such file|.*empty|.*not a regular file)" \
      "$igdvm" --kernel "$image" --initrd "$file"
  done
  long=$(head -c 2048 /dev/zero | tr '\0' a)
  check 2 '--cmdline: 2048 bytes, this kernel takes 2047; shorten it' \
    "$igdvm" --kernel "$image" --cmdline "$long"
  image_with shortline 0x238 '\x0a\0\0\0'
  check 2 '--cmdline: 11 bytes, this kernel takes 10; shorten it' \
    "$igdvm" --kernel shortline --cmdline '01234567890'
}

# igdvm record, and what it wrote in place of a GPU. fixture/ has just enough to be looked at.
bad_fixtures() {
  local gpu=0000:00:02.0 args
  mkdir fixture full && touch full/x
  echo 0x030000 >fixture/class && echo 0x8086 >fixture/vendor && echo 0x5916 >fixture/device
  head -c 256 /dev/zero >fixture/config
  for args in '' "$gpu" "$gpu a b" "--help a"; do
    # shellcheck disable=SC2086 # words to be split
    check 2 'record: two arguments are needed: igdvm record BDF DIR' "$igdvm" record $args
  done
  check 2 'record: "00:02" is not a PCI address like' "$igdvm" record 00:02 new
  check 1 '/nonexistent/gpu: no such PCI device; lspci' "$igdvm" record /nonexistent/gpu new
  check 1 'full: it is not empty; name a directory' "$igdvm" record "$PWD/fixture" full
  check 1 'empty: Not a directory; name a directory' "$igdvm" record "$PWD/fixture" empty
  check 1 'a/b: No such file or directory; name a directory' "$igdvm" record "$PWD/fixture" a/b
  head -c 64 /dev/zero >fixture/config
  check 1 'fixture: its config space cannot be read whole.*run as root' \
    "$igdvm" record "$PWD/fixture" new
  [ ! -e new ] || fail "a refused record left a directory"

  args="--kernel $image --igd $gpu --dry-run --fixture"
  # shellcheck disable=SC2086
  {
    check 2 '--fixture fixture stands in for a GPU.*give --igd BDF and --dry-run' \
      "$igdvm" --kernel "$image" --igd "$gpu" --fixture fixture
    check 1 'missing: no such directory' "$igdvm" $args missing
    check 1 "$gpu: class, vendor and device in sysfs: No such file" "$igdvm" $args full
    check 1 'fixture/manifest: No such file.*name a directory that "igdvm record" wrote' \
      "$igdvm" $args fixture
    echo 'igdvm fixture 9' >fixture/manifest
    check 1 'fixture/manifest: its first line is not .*recorded again' "$igdvm" $args fixture
    echo 'igdvm fixture 1' >fixture/manifest
    check 1 'fixture/regions: No such file.*copy the whole directory' "$igdvm" $args fixture
    printf '7 0x100 rw- 0 0\n7 0x100 rw- 0 0\n' >fixture/regions
    check 1 'fixture/regions: line 2 is about a region' "$igdvm" $args fixture
    printf '7 0x100 rw- 0 0\n' >fixture/regions && echo 0 >fixture/irqs
    check 1 'fixture/irqs: line 1 is not' "$igdvm" $args fixture
    : >fixture/irqs
    check 1 'fixture/config: 64 bytes, 256 are needed' "$igdvm" $args fixture
  }
}

# What needs /dev/kvm to be found out.
bad_sizes() {
  check 2 '--memory 4294967296M: no place for it in [0-9]+-bit guest addresses.*lower it' \
    "$igdvm" --kernel "$image" --memory 4096T
  check 2 '--memory [0-9]+M: this host has [0-9]+M, and prealloc takes all of it; lower it' \
    "$igdvm" --kernel "$image" --memory 2048T,prealloc
  check 2 '--memory [0-9]+M: this host has [0-9]+M, and devices pin all of it; lower it' \
    "$igdvm" --kernel "$image" --memory 2048T --igd 00:02.0
  check 1 '--memory hugepages=1G: there is no whole page in it; raise it, or choose 2M' \
    "$igdvm" --kernel "$image" --memory 512M,hugepages=1G
  check 1 '--memory hugepages=2M: (2097152 pages are needed, [0-9]+ are free: echo [0-9]+ > .*/nr_hugepages|this host has no)' \
    "$igdvm" --kernel "$image" --memory 4T,hugepages=2M
  check 2 '--cpus topology: 2:2:2 is 8 vCPUs, --cpus says 4' \
    "$igdvm" --kernel "$image" --cpus 4,topology=2:2:2
  check 2 '--cpus 4096: KVM allows [0-9]+ on this host; lower it' \
    "$igdvm" --kernel "$image" --cpus 4096
  image_with placed 144 '\0\0\0\xb0' "$pvh"
  check 2 '--kernel placed: its segment at 0xb0000000, .* KiB, is not in guest RAM.*raise --memory' \
    "$igdvm" --kernel placed
  image_with low 144 '\0\0\1\0' "$pvh"
  check 2 '--kernel low: its segment at 0x10000, .*from 1 MiB on.*link it' "$igdvm" --kernel low
  check 2 '--kernel memory: 2048 MiB in one piece.*raise --memory' "$igdvm" --kernel memory
  check 2 '--initrd large: its [0-9]+ MiB do not fit.*raise --memory' \
    "$igdvm" --kernel "$image" --initrd large
  check 1 '--serial file=/nonexistent/x: No such file.*name a file' \
    "$igdvm" --kernel "$image" --serial file=/nonexistent/x
  check 1 '--debugcon file=/nonexistent/x: No such file.*name a file' \
    "$igdvm" --kernel "$image" --debugcon file=/nonexistent/x
  check 1 'standard output is closed.*--serial null' \
    sh -c "exec '$igdvm' --kernel '$image' >&-"
}

bad_devices() {
  local absent device
  for device in 1e 1d 1c 1b 1a; do
    [ -e "/sys/bus/pci/devices/0000:ff:$device.7" ] || absent=0000:ff:$device.7
  done
  check 1 "$absent: no such PCI device; lspci" "$igdvm" --kernel "$image" --igd "$absent"
  for device in /sys/bus/pci/devices/*; do
    [ -e "$device/class" ] || continue
    read -r class <"$device/class"
    [ "${class:0:4}" != 0x03 ] || continue
    check 1 "${device##*/}: class ${class:2} is no display device; --igd takes an Intel GPU" \
      "$igdvm" --kernel "$image" --igd "${device##*/}"
    return
  done
  echo "-- not tested: a device that is no display device; this host has none"
}

# Taps need root, or a user and network namespace of our own.
bad_networks() {
  local run=("$igdvm" --kernel "$image" --net) where=(unshare --net)
  : >file
  check 1 '--net tap=nonexist: no such interface; as root: ip tuntap add dev nonexist' "${run[@]}" nonexist
  check 1 '--net tap=lo: (it is no tap|/dev/net/tun: |this user may not)' "${run[@]}" lo
  check 1 '--net fd=900: Bad file descriptor; open a tap' "${run[@]}" fd=900
  check 1 '--net fd=9: it is no open tap' sh -c "exec '$igdvm' --kernel '$image' --net fd=9 9<>file"
  check 1 '--net fd=9: it is no open tap' \
    sh -c "exec '$igdvm' --kernel '$image' --net fd=9 9</dev/null"
  check 1 '--net passt=nothing: No such file.*start passt first: passt --socket nothing' \
    "${run[@]}" passt=nothing
  check 1 '--net passt=file: Connection refused; start passt' "${run[@]}" passt=file
  check 2 '--net: two cards have one tap' "${run[@]}" t --net t
  check 2 '--net vhost: the kernel serves taps only; drop vhost=on' "${run[@]}" passt=s,vhost=on
  check 2 '--net vhost: "maybe" is unknown; it takes on.off.auto' "${run[@]}" t,vhost=maybe

  [ "$(id -u)" = 0 ] || where=(unshare --net --map-root-user)
  # shellcheck disable=SC2016 # $0 and $1 are the inner shell's
  local tap='ip tuntap add dev t mode tap user 12345 && eval "$0" && exec "$@"'
  if ! "${where[@]}" sh -c "$tap" true true 2>/dev/null; then
    echo "-- not tested: taps; none can be made here"
    return
  fi
  check 1 '--net tap=t: it is no tap of several queues; make one: ip tuntap add dev NAME mode tap multi_queue' \
    "${where[@]}" sh -c "$tap" true "${run[@]}" t,queues=2
  check 1 '--net tap=t: this user may not use it; as root: ip tuntap del dev t' \
    "${where[@]}" sh -c "$tap" true setpriv --bounding-set=-net_admin "${run[@]}" t
  check 1 '--net tap=t: /dev/net/tun: Permission denied; open it to this user, or give fd=N' \
    "${where[@]}" --mount sh -c "$tap" \
    'mount -t tmpfs tmpfs /dev/net && touch /dev/net/tun && chmod 0 /dev/net/tun' \
    setpriv --bounding-set=-dac_override,-dac_read_search "${run[@]}" t
  check 1 '--net tap=t: /dev/net/tun: No such file or directory; load the module: modprobe tun' \
    "${where[@]}" --mount sh -c "$tap" 'mount -t tmpfs tmpfs /dev/net' "${run[@]}" t

  # shellcheck disable=SC2016 # the inner shell's
  local dev='mkdir dev && mount --rbind /dev dev && mount -t tmpfs tmpfs /dev && mkdir /dev/net &&
    for f in kvm null net/tun; do touch /dev/$f && mount --bind dev/$f /dev/$f || exit; done'
  check 1 '--net tap=t: /dev/vhost-net: No such file or directory; modprobe vhost_net' \
    "${where[@]}" --mount sh -c "$tap" "rm -rf dev && $dev" "${run[@]}" t,vhost=on
  check 1 '--net tap=t: /dev/vhost-net: Permission denied; give this user the right to it' \
    "${where[@]}" --mount sh -c "$tap" "rm -rf dev && $dev && touch /dev/vhost-net && chmod 0 /dev/vhost-net" \
    setpriv --bounding-set=-dac_override,-dac_read_search "${run[@]}" t,vhost=on
  check 1 '--net tap=t: VHOST_SET_OWNER: ' \
    "${where[@]}" --mount sh -c "$tap" "rm -rf dev && $dev && touch /dev/vhost-net" "${run[@]}" t,vhost=on
}

# In a /dev of our own, and without root's right to override file modes.
bad_kvm() {
  local where=(unshare --mount)
  [ "$(id -u)" = 0 ] || where=(unshare --mount --map-root-user)
  if ! "${where[@]}" mount -t tmpfs tmpfs /dev 2>/dev/null; then
    echo "-- not tested: absent /dev/kvm; no mount namespace here"
    return
  fi
  # shellcheck disable=SC2016 # $0 and $1 are the inner shell's
  local dev='mount -t tmpfs tmpfs /dev && eval "$0" &&
    exec setpriv --bounding-set=-dac_override,-dac_read_search "$1" --kernel "$2"'
  check 1 '/dev/kvm: No such file.*load kvm' \
    "${where[@]}" sh -c "$dev" true "$igdvm" "$image"
  check 1 '/dev/kvm: Permission denied; add this user to group kvm' \
    "${where[@]}" sh -c "$dev" 'touch /dev/kvm && chmod 0 /dev/kvm' "$igdvm" "$image"
  check 1 '(/dev/kvm|KVM_GET_API_VERSION): .+' \
    "${where[@]}" sh -c "$dev" 'touch /dev/kvm' "$igdvm" "$image"
}

if [ "$group" = arguments ]; then
  bad_kernels
  bad_formats
  bad_standard_input
  bad_values
  bad_options
  bad_initrds
  bad_fixtures
else
  if [ ! -w /dev/kvm ]; then
    echo "SKIP /dev/kvm is absent, or not writable for this user"
    exit 77
  fi
  truncate -s 600M large
  image_with memory 0x260 '\xff\xff\xff\x7f'
  bad_sizes
  bad_devices
  bad_networks
  bad_kvm
fi
verdict
