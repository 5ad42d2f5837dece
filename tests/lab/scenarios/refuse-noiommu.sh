# A host without an IOMMU: vfio-pci does not take the GPU, and igdvm says what is missing.
# timeout: 90
# kernel: intel_iommu=off
# bind: none
# shellcheck shell=bash
. "$LAB_SRC/l1/lib.sh"

gpu_bind vfio-pci
vmm no-iommu 30 --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 1
expect_log 'IOMMU'
check "no igdvm left" [ -z "$(igdvm_processes)" ]
