# Whatever becomes of the guest, of igdvm or of the device: the GPU comes back as it was, and a driver of
# the host's works with it. What else ends igdvm, and when: handback.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

gpu_dump() { od -A n -v -t x1 "$GPU_SYS/config"; }
before=$(gpu_dump)

# The host's driver uses registers, DMA, MSI and INTx, and gives the GPU back to vfio-pci.
expect_host_driver() {
  dmesg -C
  insmod "$LAB_DIR/modules/edutest.ko"
  gpu_bind edutest
  check "the host's driver binds" [ -e "$GPU_SYS/driver/module/drivers/pci:edutest" ]
  check "its DMA and its interrupts work" \
    [ "$(dmesg | grep -cE 'EDUTEST (dma|msi|intx|msi again): ok')" -eq 4 ]
  rmmod edutest
  gpu_bind vfio-pci
}

expect_handed_back() {
  expect_released
  check "the GPU's config space is as it was" [ "$(gpu_dump)" = "$before" ]
  expect_host_driver
}

# The guest's driver has switched on bus mastering and MSI; poweroff -f leaves them so.
guest poweroff edu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU"
expect_status 0
expect_line "the guest has used the GPU" '^EDUTEST msi again: ok'
expect_handed_back

guest crash edu 90 "reboot=t lab.end=reboot" --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU"
expect_status 33
expect_line "the guest has used the GPU" '^EDUTEST msi again: ok'
expect_handed_back

guest_start kill tiny lab.end=stay --kernel "$KERNEL_CLOUD" --memory 256M --cpus 2 --igd "$GPU"
if guest_wait_line 90 'GUEST end'; then
  # Threads have names of their own; the last one is a vCPU's.
  threads=("/proc/$pid/task"/*)
  report "  --    kill: SIGKILL for thread $(cat "${threads[-1]}/comm")"
  check "it is not the main thread" [ "${threads[-1]##*/}" != "$pid" ]
  kill -KILL "${threads[-1]##*/}"
fi
guest_wait 15
expect_status 137
expect_handed_back

# The device is pulled while the guest runs. The kernel waits until igdvm has let go.
guest_start pulled tiny lab.end=stay --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
if guest_wait_line 90 'GUEST end'; then
  check "the removal completes" sh -c "echo 1 >$GPU_SYS/remove"
fi
guest_wait 15
expect_status 125
expect_log "$GPU: .*host"
check "igdvm says so in one line" [ "$(grep -c "$GPU: .*host.*back" "$log")" -eq 1 ]
check "the device is gone" [ ! -e "$GPU_SYS" ]
vmm gone 30 --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 1
expect_log "$GPU: no such PCI device"

# And put back.
echo 1 >/sys/bus/pci/rescan
gpu_bind vfio-pci
expect_host_driver
guest at-last tiny 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 32
expect_released
