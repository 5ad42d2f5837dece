# demo.sh - the main job in the lab, for scripts/demo.sh to show and to judge.
# timeout: 400
# env: DEMO_WORDS
# shellcheck shell=bash
. "$LAB_SRC/l1/lib.sh"

vmm demo 300 --kernel "$KERNEL_GENERIC" --initrd "$LAB_DIR/l2-gpu.cpio.gz" --memory 512M \
  --cmdline "$DEMO_WORDS" --igd "$GPU"
expect_status 0
