# The OpRegion lies in ACPI NVS memory, which a stock kernel does not let /dev/mem map.
# opregion: nvs
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"
. "$LAB_SRC/l1/doctor.sh"

doctor doctor 0
says opregion-memory ok 'in ACPI Non-volatile Storage'
says opregion-live warning 'a copy: .*IO_STRICT_DEVMEM'
mends opregion-live iomem=relaxed

guest auto gpu 90 '' --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU"
expect_status 0
expect_opregion
expect_quiet_kernel
expect_log 'OpRegion .* copied'
expect_log 'iomem=relaxed'
expect_released

vmm live 30 --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU,opregion=live"
expect_status 1
expect_log 'iomem=relaxed'
expect_released
