# The OpRegion lies in ACPI NVS memory, and the host was booted with the remedy that igdvm names.
# opregion: nvs
# kernel: iomem=relaxed
# timeout: 400
# shellcheck shell=bash
. "$LAB_SRC/l1/contract.sh"
. "$LAB_SRC/l1/doctor.sh"

doctor doctor 0
says opregion-live ok 'by /dev/mem'

opregion_write 0xf8 00
guest auto gpu 90 lab.live --kernel "$KERNEL_GENERIC" --memory 512M --igd "$GPU"
expect_status 0
expect_opregion
check "the host sees what the guest wrote" [ "$(opregion_read 0xf8 1)" = 5a ]
expect_no_log 'iomem=relaxed'
expect_quiet_kernel
expect_released
