# igdvm record, and a dry run on what it wrote: the same decisions as on the device itself.
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"

args=(--kernel "$KERNEL_CLOUD" --memory 256M --dry-run)

# plan NAME ARGS...: a dry run; what it says is in $serial.
plan() {
  vmm "$1" 30 "${args[@]}" "${@:2}"
  expect_status 0
}

# What a plan says, but for who showed the OpRegion's pages.
told() { sed 's/^\( *opregion is  *live\), by .*/\1/' "$1"; }

same() { diff <(told "$1") <(told "$2") >&3; }

# The same whether VFIO or sysfs was asked: nothing of BAR0, and no capability's state.
decisions() { told "$1" | grep -v '^    in BAR0 \|  register other '; }

same_decisions() { diff <(decisions "$1") <(decisions "$2") >&3; }

before=$(gpu_config 0x50 4)
vmm record 30 record "$GPU" "$work/bound"
expect_status 0
expect_log "$GPU: recorded in"
expect_released
for file in config config-vfio opregion opregion-raw host-bridge lpc-bridge bar0-108000 bar0-138000 \
  regions irqs reserved_regions phys_bits manifest; do
  check "there is $file" [ -e "$work/bound/$file" ]
done
check "the OpRegion is the host's" \
  [ "$(od -An -v -tx1 "$work/bound/opregion-raw" | tr -d ' \n')" = "$(opregion_read 0 8192)" ]
check "the GPU is as it was" [ "$(gpu_config 0x50 4)" = "$before" ]

for keys in opregion=auto opregion=live opregion=copy opregion=off,stolen=off,lpc=off; do
  plan "device-$keys" --igd "$GPU,$keys"
  device=$serial
  plan "fixture-$keys" --igd "$GPU,$keys" --fixture "$work/bound"
  check "$keys: the fixture gives what the device gives" same "$device" "$serial"
done
expect_released

# Nobody has the GPU: sysfs and /dev/mem tell what VFIO would.
plan device --igd "$GPU"
device=$serial
gpu_unbind
vmm record-unbound 30 record "$GPU" "$work/unbound"
expect_status 0
check "the manifest says so" grep -q '^driver: none: no VFIO' "$work/unbound/manifest"
check "the OpRegion is as VFIO shows it" cmp "$work/bound/opregion" "$work/unbound/opregion"
for bridge in host-bridge lpc-bridge; do
  check "the $bridge too" cmp "$work/bound/$bridge" "$work/unbound/$bridge"
done
check "no page of BAR0" [ ! -e "$work/unbound/bar0-108000" ]
plan unbound --igd "$GPU" --fixture "$work/unbound"
check "the same decisions" same_decisions "$device" "$serial"

# refused NAME STATUS REGEX ARGS...
refused() {
  vmm "$1" 30 record "${@:4}"
  expect_status "$2"
  expect_log "$3"
  check "one line" [ "$(wc -l <"$log")" = 1 ]
}
refused not-empty 1 'it is not empty' "$GPU" "$work/unbound"
refused no-gpu 1 'only Intel GPUs' 0000:00:1f.0 "$work/new"
refused absent 1 'no such PCI device' 0000:00:1e.0 "$work/new"
gpu_bind vfio-pci
exec 9<>"/dev/vfio/$(basename "$(readlink "$GPU_SYS/iommu_group")")"
refused busy 1 'another program has the device' "$GPU" "$work/new"
exec 9>&-
check "no directory is left of those" [ ! -e "$work/new" ]
