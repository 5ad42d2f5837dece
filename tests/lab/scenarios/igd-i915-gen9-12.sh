# i915 binds to the GPUs of the matrix, from Coffee Lake on.
# set: full
# timeout: 800
# shellcheck shell=bash
. "$LAB_SRC/l1/i915.sh"
i915_models cfl icl tgl adl
