# i915 binds to the GPUs of the matrix, up to Kaby Lake.
# set: full
# timeout: 800
# shellcheck shell=bash
. "$LAB_SRC/l1/i915.sh"
i915_models ivb hsw bdw skl kbl
