# i915 reads an extended VBT through the OpRegion that igdvm makes: both of its outputs are there.
# set: full
# timeout: 600
# shellcheck shell=bash
. "$LAB_SRC/l1/i915.sh"

# extended NAME OPTIONS: the VBT has two outputs, mailbox 4 has none.
extended() {
  guest "$1" gpu 200 "lab.i915 drm.debug=0x6 log_buf_len=4M loglevel=3" \
    --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU$2"
  expect_status 0
  expect_opregion
  expect_line "i915 reads the extended VBT" 'I915 .*Found valid VBT in ACPI OpRegion \(RVDA\)'
  expect_i915 with
  expect_line "the first output" '^CONNECTOR card0-DP-1'
  expect_line "the second output" '^CONNECTOR card0-DP-2'
  expect_no_line "no third" '^CONNECTOR card0-(DP-3|HDMI)'
  expect_quiet_kernel
  expect_released
}

opregion_become version=2.0 rvda=0x7f004000 at=0x4000 vbt-size=9000 ports=2
extended absolute ,opregion=copy
opregion_become version=2.1 rvda=0x2000 at=0x2000 vbt-size=9000 ports=2
extended relative ,opregion=live
