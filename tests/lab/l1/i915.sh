# i915.sh - the stock driver on GPUs of the table. Sourced by scenarios.
# shellcheck shell=bash

. "$LAB_SRC/l1/contract.sh"
. "$LAB_SRC/l1/models.sh"

# i915_models ROW...: all that must hold of a guest whose driver has probed the GPU.
i915_models() {
  local row at
  for row in "$@"; do
    model "$row"
    guest "$row" gpu 200 "lab.i915 drm.debug=0x6 log_buf_len=4M loglevel=3" \
      --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU"
    at=(bdsm)
    [ "$m_at" != c0+f0 ] || at=(bdsm64 at-host)
    expect_status 0
    expect_opregion
    expect_stolen "${at[@]}"
    expect_ids
    expect_i915 with "$m_pch"
    expect_quiet_kernel
    expect_released
  done
}
