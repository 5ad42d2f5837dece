# One GPU of each kind of register layout: what the guest sees in config space, without a driver.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

# look NAME PARAMETERS...: a guest with a GPU that has these parameters of fakeigd.
look() {
  gpu_become "${@:2}"
  guest "$1" gpu 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
  expect_status 0
  expect_opregion
  expect_ids
  expect_quiet_kernel
  expect_released
}

# GMS, the size of stolen memory, is in bits 7:3 of GGC, in steps of 32 MiB.
look sandy-bridge devid=0x0126 hostid=0x0104 lpcid=0x1c4f ggc=0x0109 bdsm=0x7a000001
expect_stolen bdsm

# GMS in bits 15:8, in steps of 32 MiB.
look broadwell devid=0x1616 hostid=0x1604 lpcid=0x9cc3 ggc=0x0141 bdsm=0x7a000001
expect_stolen bdsm

# GMS has steps of 4 MiB from 0xf0 on: 60 MiB. BDSM has 64 bits from here on, above 4 GiB if it likes.
look tiger-lake devid=0x9a49 hostid=0x9a14 lpcid=0xa082 ggc=0xfe41 bdsm64=0x47b800001
expect_stolen bdsm64
check "stolen memory has 60 MiB" [ $((0x$(gpu_config 0x50 2) >> 8)) -eq $((0xfe)) ]

look alder-lake devid=0x46a6 hostid=0x4621 lpcid=0x5182 ggc=0x0241 bdsm64=0x7b800001
expect_stolen bdsm64
