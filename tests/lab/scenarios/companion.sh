# Devices besides the GPU: in its IOMMU group and next to it in the guest, without a GPU, and taken
# back by the host while the guest runs.
# timeout: 400
# group: shared
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

# A virtio random number generator: a function of the GPU's slot, and so of its group.
RNG=0000:00:02.1
RNG_SYS=/sys/bus/pci/devices/$RNG

rng_bind() {
  [ ! -e "$RNG_SYS/driver" ] || echo "$RNG" >"$RNG_SYS/driver/unbind"
  echo "$1" >"$RNG_SYS/driver_override"
  echo "$RNG" >/sys/bus/pci/drivers_probe
}

id=$(config_id $RNG)

# Not bound: refused, by name and with the remedy.
vmm unbound 30 --kernel "$KERNEL_CLOUD" --memory 256M --vfio "$RNG"
expect_status 1
expect_log "$RNG.*virtio-pci.*vfio-pci is needed"

rng_bind vfio-pci
before=$(od -A n -t x1 "$RNG_SYS/config")

guest beside edu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU" --vfio "$RNG,addr=02.1" --verbose
expect_status 0
expect_log "^igdvm: (debug: )?$RNG: (reset by|no reset)"
for what in dma msi intx; do
  expect_line "the GPU's $what works beside it" "^EDUTEST $what: ok"
done
expect_released

guest lspci gpu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU" --vfio "$RNG,addr=02.1"
expect_status 0
expect_opregion
expect_ids
expect_line "the companion is where it was asked for" "^LSPCI 00:02.1 .*\\[$id\\]"
expect_quiet_kernel
expect_released

# Beside the LPC bridge, and without --igd.
guest alone gpu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --vfio "$RNG,addr=1f.3"
expect_status 0
expect_line "it is where it was asked for" "^LSPCI 00:1f.3 .*\\[$id\\]"
expect_no_line "there is no GPU" '^LSPCI 00:02'
expect_released

# A disk controller of another IOMMU group: both groups in one address space. Its driver in the guest
# finds it, and that it has no disks.
AHCI=0000:00:1f.2
AHCI_SYS=/sys/bus/pci/devices/$AHCI
for device in "$AHCI_SYS"/iommu_group/devices/*; do
  [ ! -e "$device/driver" ] || basename "$device" >"$device/driver/unbind"
done
echo vfio-pci >"$AHCI_SYS/driver_override"
echo "$AHCI" >/sys/bus/pci/drivers_probe
check "it is in another group" [ "$(readlink "$AHCI_SYS/iommu_group")" != "$(readlink "$GPU_SYS/iommu_group")" ]
guest groups edu 90 lab.ahci --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU" \
  --vfio "$RNG,addr=02.1" --vfio "$AHCI,addr=1f.2"
expect_status 0
for what in dma msi intx; do
  expect_line "the GPU's $what works" "^EDUTEST $what: ok"
done
expect_line "the disk controller works" '^AHCI .*AHCI 0001.0000 .* 6 ports'
expect_released
check "the other group is free" sh -c ": <>/dev/vfio/$(basename "$(readlink "$AHCI_SYS/iommu_group")")"

vmm no-function-0 30 --kernel "$KERNEL_CLOUD" --memory 256M --vfio "$RNG,addr=05.1"
expect_status 2
expect_log "$RNG at guest address 05.1"

# The host wants it back: the driver's unbind completes because the guest ends.
guest_start wanted tiny lab.end=stay --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU" --vfio "$RNG"
guest_wait_line 90 'GUEST end'
check "the unbind completes" sh -c "echo $RNG >$RNG_SYS/driver/unbind"
guest_wait 30
expect_status 125
expect_log "$RNG: the host asks for it back"
rng_bind virtio-pci
check "the host's driver has it" [ "$(basename "$(readlink "$RNG_SYS/driver")")" = virtio-pci ]
rng_bind vfio-pci
check "its config space is as it was" [ "$(od -A n -t x1 "$RNG_SYS/config")" = "$before" ]
expect_released
