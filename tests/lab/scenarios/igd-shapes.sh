# OpRegions and platforms that are not as most are: what the guest gets of each, under each policy.
# timeout: 600
# shellcheck shell=bash
. "$LAB_SRC/l1/payload.sh"
. "$LAB_SRC/l1/contract.sh"

VBT_AT=0x7f004000 # where an absolute RVDA points: 16 KiB into the OpRegion's range

# shape NAME OPTIONS REGEX: the guest that reads everything; what it must say of the OpRegion.
shape() {
  contract "$1" "$2" "$(stolen_addresses),$VBT_AT" opregion
  expect_line "the OpRegion is $3" "^OpRegion $3\$"
}

# refused NAME OPTIONS REGEX
refused() {
  vmm "$1" 30 --kernel "$PAYLOAD" --igd "$GPU$2"
  expect_status 1
  expect_log "$3"
  check "the guest did not start" [ ! -s "$serial" ]
  expect_released
}

model kbl

# The VBT is larger than mailbox 4 and lies apart: at a host address, which no guest can follow.
opregion_become version=2.0 rvda=$VBT_AT at=0x4000 vbt-size=9000
shape vbt-absolute-copy ,opregion=copy '2\.[1-9] mailboxes d RVDA 2000 RVDS 2328'
shape vbt-absolute "" '2\.[1-9] mailboxes d RVDA 2000 RVDS 2328'
expect_log 'copied'
refused vbt-absolute-live ,opregion=live 'opregion=live is not possible'

# The same at an offset from the OpRegion, right behind it: everything can stay as it is.
opregion_become version=2.1 rvda=0x2000 at=0x2000 vbt-size=9000
shape vbt-relative-copy ,opregion=copy '2\.1 mailboxes d RVDA 2000 RVDS 2328'
shape vbt-relative-live ,opregion=live '2\.1 mailboxes d RVDA 2000 RVDS 2328'
shape vbt-relative-lazy ,opregion=lazy '2\.1 mailboxes d RVDA 2000 RVDS 2328'
opregion_become version=2.1 rvda=0x5000 at=0x5000 vbt-size=9000
shape vbt-gap-copy ,opregion=copy '2\.1 mailboxes d RVDA 2000 RVDS 2328'
shape vbt-gap-live ,opregion=live '2\.1 mailboxes d RVDA 5000 RVDS 2328'
opregion_become version=3.0 rvda=0x2000 at=0x2000 vbt-size=9000
shape vbt-relative-3.0 "" '3\.0 mailboxes d RVDA 2000 RVDS 2328'

# A version before extended VBTs: what stands in RVDA is not one.
opregion_become version=1.0
shape version-1.0 "" '1\.0 mailboxes d RVDA 0 RVDS 0'

# The header says 16 KiB, the kernel reads 8 (more than that crashes it).
opregion_become size=16
shape size-16-copy ,opregion=copy '2\.0 mailboxes d RVDA 0 RVDS 0'
shape size-16-live ,opregion=live '2\.0 mailboxes d RVDA 0 RVDS 0'

# Firmware offers SWSCI. In a copy nobody would answer, so the guest's driver must not ask.
opregion_become mailboxes=0x0f
shape swsci-copy ,opregion=copy '2\.0 mailboxes d RVDA 0 RVDS 0'
shape swsci-live ,opregion=live '2\.0 mailboxes f RVDA 0 RVDS 0'

# Not at the start of a page: live, the guest finds it at the same place in its page.
OPREGION_AT=0x7f000018
model kbl
shape unaligned-live ,opregion=live '2\.0 mailboxes d RVDA 0 RVDS 0'
expect_line "at the same place in its page" '^ASLS [0-9a-f]*018$'
shape unaligned-copy ,opregion=copy '2\.0 mailboxes d RVDA 0 RVDS 0'
OPREGION_AT=$LAB_ASLS

# Firmware without an OpRegion.
model kbl asls=0
contract none "" "$(stolen_addresses)"

# The second display adapter of its host. VFIO shows neither OpRegion nor bridges of it before Linux 6.15.
model kbl class=0x038000
contract secondary-payload "" "$(stolen_addresses)" opregion
opregion_become version=2.0 rvda=$VBT_AT at=0x4000 vbt-size=9000
shape secondary-vbt ,opregion=copy '2\.[1-9] mailboxes d RVDA 2000 RVDS 2328'
opregion_become
guest secondary gpu 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 0
expect_line "the guest sees a display controller" '^LSPCI 00:02.0 Display controller \[0380\]'
expect_ids
expect_opregion
expect_quiet_kernel
expect_released

# What is at 00:1f.0 is no LPC bridge: VFIO does not open such a GPU.
model kbl lpcclass=0x068000
vmm other-lpc 30 --kernel "$PAYLOAD" --igd "$GPU"
expect_status 1
expect_log "$GPU: VFIO_GROUP_GET_DEVICE_FD: Invalid argument; dmesg has the kernel's reason"
check "which it has" sh -c "dmesg | grep -q 'vfio-pci $GPU: Failed to setup Intel IGD regions'"
expect_released

# There is none: the guest has one of igdvm's invention.
model kbl
echo 1 >/sys/bus/pci/devices/0000:00:1f.0/remove
guest no-lpc gpu 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 0
expect_log "$GPU: neither VFIO nor sysfs shows the host's LPC bridge"
expect_opregion
expect_function 00:00.0
expect_function 00:02.0
expect_line "the guest has some ISA bridge" '^LSPCI 00:1f.0 ISA bridge'
expect_quiet_kernel
expect_released
