# `igdvm opregion` on the GPU of this machine: by /dev/mem, then by the kernel module.
# timeout: 200
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"
. "$LAB_SRC/l1/kmod.sh"

same() { cmp "$serial" "$LAB_OPREGION"; }

shown_by() {
  vmm "dump-$1" 20 opregion dump "$GPU"
  expect_status 0
  check "the dump is the OpRegion" same
  vmm "decode-$1" 20 opregion decode "$GPU"
  expect_status 0
  expect_line "read by $2" "read by +$2\$"
  expect_line "a VBT with its output" 'kind +DisplayPort'
  expect_line "no problems" 'problems: none'
}

shown_by mem /dev/mem
module_load
shown_by module "$NODE"
vmm json 20 opregion decode --json "$GPU"
expect_status 0
expect_line "the same as JSON" '"kind": "DisplayPort"'
rmmod igd_opregion
expect_released
