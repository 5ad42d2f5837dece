# i915 binds to the GPU without an OpRegion; ASLS must not show the host's address then.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

guest off gpu 200 "lab.i915 drm.debug=0x6 log_buf_len=4M loglevel=3" \
  --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU,opregion=off"
expect_status 0
expect_no_opregion
expect_stolen bdsm
expect_ids
expect_i915 without
expect_quiet_kernel
expect_released
