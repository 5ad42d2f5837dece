# A mediated device, as GVT-g makes them: a copy of its own OpRegion, nothing else of the host's, and its
# driver learns where the guest has it.
# timeout: 200
# shellcheck shell=bash
. "$LAB_SRC/l1/payload.sh"

model kbl
modprobe mdev
insmod "$LAB_DIR/modules/fakevgpu.ko" "opregion=$OPREGION_AT"
uuid=3a0c2a4e-7c6e-4d0a-9b57-5d8d2f1c6e01
echo $uuid >"$(echo /sys/class/mdev_bus/fakevgpu/mdev_supported_types/*/create)"
GPU=/sys/bus/mdev/devices/$uuid
GPU_SYS=$GPU
vgpu=/sys/module/fakevgpu/parameters

# parameter NAME
parameter() { cat "$vgpu/$1"; }

check "there is a device" [ -e "$GPU/iommu_group" ]
contract mdev "" "$(stolen_addresses)" opregion doorbells
asls=$(line '^ASLS ([0-9a-f]*)')
check "its driver knows the guest's OpRegion (0x$asls, was told $(parameter asls))" \
  [ $((0x$asls)) -eq "$(parameter asls)" ]
check "and hears when the guest rings (was $(parameter swsci))" [ "$(parameter swsci)" -ne 0 ]
contract mdev-copy ,opregion=copy "$(stolen_addresses)" opregion doorbells

contract mdev-off ,opregion=off "$(stolen_addresses)" doorbells
check "its driver is told of no OpRegion" [ "$(parameter asls)" -eq 0 ]

vmm mdev-live 30 --kernel "$PAYLOAD" --igd "$GPU,opregion=live"
expect_status 1
expect_log 'mediated device'
expect_released

name=removed
check "the device can be removed" sh -c "echo 1 >$GPU/remove"
check "and its driver, too" rmmod fakevgpu
