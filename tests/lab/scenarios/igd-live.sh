# i915 binds to the GPU, opregion=live.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

opregion_write 0xf0 00
opregion_write 0xf8 00
guest_start live gpu "lab.live lab.i915 drm.debug=0x6 log_buf_len=4M loglevel=3" \
  --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU,opregion=live"
if guest_wait_line 90 'OPREGION guest wrote'; then
  check "the host sees what the guest wrote" [ "$(opregion_read 0xf8 1)" = 5a ]
  opregion_write 0xf0 a5
fi
guest_wait 200
expect_status 0
expect_line "the guest sees what the host wrote" '^OPREGION guest reads a5'
expect_opregion
expect_stolen bdsm
expect_ids
expect_i915 with
expect_quiet_kernel
expect_released
