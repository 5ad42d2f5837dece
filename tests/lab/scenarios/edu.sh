# DMA through VT-d, MSI and INTx reach the guest: its module drives the device behind BAR5.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/lib.sh"

for cpus in 1 2; do
  guest "edu-$cpus" edu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --cpus "$cpus" --igd "$GPU"
  expect_status 0
  for what in id liveness factorial dma msi intx 'msi again'; do
    expect_line "$what" "^EDUTEST $what: ok"
  done
  expect_no_line "no kernel trouble" '^KERNEL-TROUBLE'
  expect_released
done
