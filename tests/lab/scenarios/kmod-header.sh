# The module igd_opregion and what firmware, or a guest with a live OpRegion, may have written:
# which OpRegions and extended VBTs it shows, and which not. The OpRegion lies in reserved memory,
# 64 KiB of it, so that /dev/mem can write there and see what the module's mapping writes.
# timeout: 300
# kernel: memmap=64K$0xfed90000
# shellcheck shell=bash
. "$LAB_SRC/l1/kmod.sh"

# le BYTES NUMBER: the number in hex, least significant byte first.
le() {
  local i
  for ((i = 0; i < $1; i++)); do printf '%02x' $(($2 >> 8 * i & 0xff)); done
}

# header KIB MAJOR MINOR MAILBOXES RVDA RVDS
header() {
  opregion_write 0x10 "$(le 4 "$1")"
  opregion_write 0x16 "$(le 1 "$3")$(le 1 "$2")"
  opregion_write 0x58 "$(le 4 "$4")"
  opregion_write 0x3ba "$(le 8 "$5")$(le 4 "$6")"
}

# vbt_not_shown NAME WHY HEADER...: the OpRegion is shown, the VBT its header points to is not.
vbt_not_shown() {
  header "${@:3}"
  module_loaded_on "$1"
  expect_device
  check "there is no VBT" [ "$(cat "$CLASS/vbt_size")" = 0 ]
  expect_try "mmap EINVAL" r shared r $VBT_AT 4096
  if [ -n "$2" ]; then
    expect_said "extended VBT not shown: $2"
  else
    check "the module says nothing bad" [ -z "$(dmesg | grep 'not shown')" ]
  fi
}

# not_shown NAME WHY
not_shown() {
  module_loaded_on "$1"
  expect_no_device
  if [ -n "$2" ]; then
    expect_said "OpRegion not shown: $2"
  else
    check "the module says nothing" [ -z "$(dmesg | grep igd_opregion:)" ]
  fi
}

module_loaded_on plain
expect_attributes 0 8192 0 0 2.0
node_write 0xf8 5a
check "the host sees what a mapping writes" [ "$(opregion_read 0xf8 1)" = 5a ]
opregion_write 0xf8 00
expect_bytes "a mapping sees what the host writes" 0xf8 00

# An extended VBT: relative from version 2.1 on, absolute in 2.0.
opregion_write 0x2000 2456425420
opregion_write 0x3e10 2456425421
header 8 2 1 0x0d 0x2000 0x1800
module_loaded_on relative
expect_attributes 0 8192 0 6144 2.1
expect_pages 2 $VBT_AT
expect_pages 2 0
expect_bytes "the VBT is there" $VBT_AT 2456425420
header 8 3 0 0x0d 0x3e10 0x1f1
module_loaded_on relative-unaligned
expect_attributes 0 8192 $((0xe10)) $((0x1f1)) 3.0
expect_pages 2 $VBT_AT
expect_bytes "the VBT is there" $((VBT_AT + 0xe10)) 2456425421
header 8 2 0 0x0d $((OPREGION_AT + 0x2000)) 0x1000
module_loaded_on absolute
expect_attributes 0 8192 0 4096 2.0
expect_pages 1 $VBT_AT
expect_bytes "the VBT is there" $VBT_AT 2456425420

# What a guest writes there later does not count.
header 16 2 1 0x0d 0x1000 0x8000
expect_attributes 0 8192 0 4096 2.0
expect_pages 2 0
expect_pages 1 $VBT_AT
expect_bytes "the VBT is where it was" $VBT_AT 2456425420

vbt_not_shown no-mailbox-3 '' 8 2 1 0x09 0x2000 0x1000
vbt_not_shown version-1 '' 8 1 1 0x0d 0x2000 0x1000
vbt_not_shown no-rvda '' 8 2 0 0x0d 0 0x1000
vbt_not_shown no-rvds '' 8 2 1 0x0d 0x2000 0
vbt_not_shown too-large 'RVDA 0x2000, RVDS 0x100001' 8 2 1 0x0d 0x2000 0x100001
vbt_not_shown wraps 'RVDA 0xffff' 8 2 1 0x0d 0xffffffffffffff00 0x1000
vbt_not_shown end-wraps 'no such address' 8 2 0 0x0d 0xfffffffffffff000 0x2000
vbt_not_shown ram 'page .* firmware' 8 2 0 0x0d 0x2000000 0x1000
vbt_not_shown runs-into-ram 'page 0x0*7f010000 .* firmware' 8 2 1 0x0d 0xf000 0x1001
# Places in the machine: nothing, and nothing in the PCI window; the GPU's BAR0; PCI config space,
# registers of the IOMMU and the firmware's ROM, all three in ranges that the firmware reserves.
vbt_not_shown nowhere 'page .* firmware' 8 2 0 0x0d 0xfed40000 0x1000
vbt_not_shown hole 'page .* firmware' 8 2 0 0x0d 0xe8000000 0x1000
vbt_not_shown bar 'page .* firmware' 8 2 0 0x0d "$(awk 'NR == 1 { print $1 }' "$GPU_SYS/resource")" 0x1000
vbt_not_shown ecam 'page .* firmware' 8 2 0 0x0d 0xb0000000 0x1000
vbt_not_shown iommu 'page .* firmware' 8 2 0 0x0d 0xfed90000 0x1000
vbt_not_shown rom 'memory at .* cannot be cached' 8 2 0 0x0d 0xfffc0000 0x1000

header 12 2 0 0x0d 0 0
module_loaded_on larger
expect_attributes 0 12288 0 0 2.0
expect_pages 3 0
header 1 2 0 0x0d 0 0
module_loaded_on smaller
expect_attributes 0 8192 0 0 2.0
expect_pages 2 0
header 0 2 0 0x0d 0 0
not_shown no-size 'no valid header'
header 1025 2 0 0x0d 0 0
not_shown too-large 'no valid header'
header 68 2 0 0x0d 0 0
not_shown larger-than-its-memory 'page 0x0*7f010000 .* firmware'
header 8 2 0 0x0d 0 0
opregion_write 0xf 6e
not_shown signature 'no valid header'
opregion_write 0xf 6d

# Other GPUs. The module is there when they come and go.
at=0x8018
opregion_write $at "$(opregion_read 0 8192)"
gpu_become asls=$((OPREGION_AT + at))
name=unaligned
expect_attributes 24 8192 0 0 2.0
expect_pages 3 0
expect_bytes "the OpRegion is there" 24 $SIGNATURE

gpu_become class=0x038000
name=class-0380
expect_attributes 0 8192 0 0 2.0
gpu_become class=0x020000
not_shown network-card ''
gpu_become asls=0
not_shown no-asls ''
gpu_become asls=0xffffffff
not_shown ones-in-asls ''
gpu_become asls=0x10000000
not_shown ram 'page 0x0*10000000 .* firmware'
gpu_become asls=$((OPREGION_AT + 0xf000))
not_shown runs-into-ram 'page 0x0*7f010000 .* firmware'
gpu_become
name='at last'
expect_attributes 0 8192 0 0 2.0
check "the kernel is well" [ -z "$(dmesg | grep -E 'BUG|WARNING|Oops|freeing invalid memtype')" ]
