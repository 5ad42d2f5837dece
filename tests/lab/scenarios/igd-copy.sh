# i915 binds to the GPU, opregion=copy.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

opregion_write 0xf0 00
opregion_write 0xf8 00
before=$(opregion_read 0 8192)
guest_start copy gpu "lab.live lab.i915 drm.debug=0x6 log_buf_len=4M loglevel=3" \
  --kernel "$KERNEL_GENERIC" --memory 512M --cpus 2 --igd "$GPU,opregion=copy"
if guest_wait_line 90 'OPREGION guest wrote'; then
  check "the host's OpRegion is as it was" [ "$(opregion_read 0 8192)" = "$before" ]
  opregion_write 0xf0 a5
fi
guest_wait 200
opregion_write 0xf0 00
expect_status 0
expect_line "the guest does not see what the host wrote" '^OPREGION guest reads 00'
check "the host's OpRegion is still as it was" [ "$(opregion_read 0 8192)" = "$before" ]
expect_opregion
expect_stolen bdsm
expect_ids
expect_i915 with
expect_quiet_kernel
expect_released
