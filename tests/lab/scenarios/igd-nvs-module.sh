# The OpRegion lies in ACPI NVS memory, which a stock kernel does not let /dev/mem map: live by the
# kernel module igd_opregion, and what becomes of it when module, driver or GPU go while it is mapped.
# opregion: nvs
# timeout: 600
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"
. "$LAB_SRC/l1/kmod.sh"

module_load

# both_ways NAME POLICY: host and guest see each other's bytes.
both_ways() {
  node_write 0xf0 00
  node_write 0xf8 00
  guest_start "$1" gpu lab.live --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU,opregion=$2"
  if guest_wait_line 90 'OPREGION guest wrote'; then
    check "the host sees what the guest wrote" [ "$(node_read 0xf8 1)" = 5a ]
    check "the module stays while it is mapped" refused rmmod igd_opregion
    node_write 0xf0 a5
  fi
  guest_wait 90
  expect_status 0
  expect_line "the guest sees what the host wrote" '^OPREGION guest reads a5'
  expect_opregion
  expect_log "live.*, by $NODE"
  expect_no_log 'iomem=relaxed'
  expect_quiet_kernel
  expect_released
}
both_ways live live
both_ways lazy lazy
both_ways auto auto

# The host takes the GPU back: the guest ends, nothing of the OpRegion is left in use.
for way in unbind remove; do
  guest_start "$way" tiny lab.end=stay --kernel "$KERNEL_CLOUD" --memory 256M \
    --igd "$GPU,opregion=live"
  guest_wait_line 90 'GUEST end'
  case $way in
  unbind) check "unbinding completes" sh -c "echo $GPU >$GPU_SYS/driver/unbind" ;;
  remove) check "removing completes" sh -c "echo 1 >$GPU_SYS/remove" ;;
  esac
  guest_wait 30
  expect_status 125
  expect_log "$GPU: the host asks for it back"
  check "no igdvm left" [ -z "$(igdvm_processes)" ]
  [ $way = unbind ] || echo 1 >/sys/bus/pci/rescan
  gpu_bind vfio-pci
  expect_device
  expect_bytes "the OpRegion is as it was" 0 $SIGNATURE
done
both_ways again live

name=module
rmmod igd_opregion
guest without gpu 90 '' --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 0
expect_opregion
expect_log 'OpRegion .*copied.*igd_opregion'
expect_released
