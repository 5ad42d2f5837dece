# Debian's next kernel as the guest: its i915 binds, opregion=copy.
# set: full
# timeout: 400
# needs: bzImage-newer
# shellcheck shell=bash
. "$LAB_SRC/l1/i915.sh"

model kbl
guest newer gpu-newer 250 "lab.i915 drm.debug=0x6 log_buf_len=4M loglevel=3" \
  --kernel "$LAB_DIR/bzImage-newer" --memory 512M --igd "$GPU,opregion=copy"
expect_status 0
expect_line "the guest is Linux 6.12" '^GUEST up: Linux 6\.12'
expect_opregion
expect_stolen bdsm
expect_ids
expect_i915 with "$m_pch"
expect_quiet_kernel
expect_released
