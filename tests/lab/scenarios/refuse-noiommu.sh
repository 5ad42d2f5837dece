# A host without an IOMMU: vfio-pci does not take the GPU, and igdvm says what is missing.
# timeout: 90
# kernel: intel_iommu=off
# bind: none
# shellcheck shell=bash
. "$LAB_SRC/l1/doctor.sh"

gpu_bind vfio-pci
vmm no-iommu 30 --kernel "$KERNEL_CLOUD" --memory 256M --igd "$GPU"
expect_status 1
expect_log 'IOMMU'
check "no igdvm left" [ -z "$(igdvm_processes)" ]

doctor doctor 1
says iommu failure "switched off on the kernel's command line"
mends iommu 'take intel_iommu=off'
says interrupt-remapping unknown 'no IOMMU'
says iommu-group failure 'in no IOMMU group'
says iommu-width unknown 'no VT-d unit'
