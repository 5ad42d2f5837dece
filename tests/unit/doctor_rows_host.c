// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_rows_host.c - rows about the host.
 */
#include <errno.h>

#include "doctor_rows.h"
#include "util.h"

/* clang-format off */

const struct doctor_row doctor_rows_host[] = {
	ROW("kvm", OK, "API version 12", NULL),
	ROW("kvm", FAILURE, "may not open", "chgrp kvm /dev/kvm", CHANGE(DENY("/dev/kvm"))),
	ROW("kvm", FAILURE, "No such file", "modprobe kvm_intel", CHANGE(DELETE("/dev/kvm"))),
	ROW("kvm", FAILURE, "neither VT-x nor", "firmware setup",
	    CHANGE(DELETE("/dev/kvm"), WRITE("/proc/cpuinfo", "flags\t: fpu\n"))),
	ROW("kvm", FAILURE, "No such device", "modprobe kvm_amd",
	    CHANGE(WRITE("/proc/cpuinfo", "flags\t: fpu svm\n")), .kvm_err = -ENODEV),
	ROW("kvm", FAILURE, "KVM_CAP_X is missing", "newer kernel", .kvm_missing = "KVM_CAP_X"),
	ROW("kvm", FAILURE, "API version 11", "kernel", .kvm_version = 11),

	ROW("nested", OK, "second page table", NULL),
	ROW("nested", WARNING, "virtual machine itself", "that has the GPU",
	    CHANGE(WRITE("/proc/cpuinfo", "flags\t: fpu hypervisor vmx\n"))),
	ROW("nested", WARNING, "second page table", "ept=1",
	    CHANGE(WRITE("/sys/module/kvm_intel/parameters/ept", "N\n"))),
	ROW("nested", UNKNOWN, "no flags", NULL, CHANGE(DELETE("/proc/cpuinfo"))),

	ROW("kernel", OK, "Linux 6.1.0-9-amd64", NULL),
	ROW("kernel", OK, "nowhere", NULL, CHANGE(DELETE(KCONFIG))),
	ROW("kernel", WARNING, "Linux 5.10.0", "6.1 or newer",
	    CHANGE(WRITE("/proc/sys/kernel/osrelease", "5.10.0-30-amd64\n"))),
	ROW("kernel", UNKNOWN, "a version", NULL,
	    CHANGE(WRITE("/proc/sys/kernel/osrelease", "next\n"))),
	ROW("kernel", UNKNOWN, "osrelease", NULL, CHANGE(DELETE("/proc/sys/kernel/osrelease"))),
	ROW("kernel", UNKNOWN, "osrelease", NULL,
	    CHANGE(WRITE("/proc/sys/kernel/osrelease", "../../../etc/passwd\n"))),

	ROW("vfio-pci", OK, "is there", NULL),
	ROW("vfio-pci", WARNING, "not in /lib/modules", "modprobe vfio-pci",
	    CHANGE(DELETE("/sys/bus/pci/drivers/vfio-pci"))),
	ROW("vfio-pci", WARNING, "not loaded", "modprobe vfio-pci",
	    CHANGE(DELETE("/sys/bus/pci/drivers/vfio-pci"),
	           DELETE(KCONFIG),
	           WRITE("/lib/modules/6.1.0-9-amd64/kernel/drivers/vfio/pci/vfio-pci.ko.zst", ""))),
	ROW("vfio-pci", FAILURE, "CONFIG_VFIO_PCI", "linux-image-amd64",
	    CHANGE(DELETE("/sys/bus/pci/drivers/vfio-pci"),
	           WRITE(KCONFIG, "# CONFIG_VFIO_PCI is not set\nCONFIG_VFIO_PCI_IGD=y\n"))),
	ROW("vfio-pci", UNKNOWN, "neither", "modprobe vfio-pci",
	    CHANGE(DELETE("/sys/bus/pci/drivers/vfio-pci"), DELETE(KCONFIG))),

	ROW("vfio-pci-igd", OK, "is on", NULL),
	ROW("vfio-pci-igd", OK, "is on", NULL,
	    CHANGE(DELETE(KCONFIG),
	           WRITE("/lib/modules/6.1.0-9-amd64/config", "CONFIG_VFIO_PCI_IGD=y\n"))),
	ROW("vfio-pci-igd", WARNING, "without", "igd_opregion",
	    CHANGE(WRITE(KCONFIG, "CONFIG_VFIO_PCI=y\n"))),
	ROW("vfio-pci-igd", UNKNOWN, "nowhere", NULL, CHANGE(DELETE(KCONFIG))),
	ROW("vfio-pci-igd", UNKNOWN, "nowhere", NULL,
	    CHANGE(WRITE(KCONFIG, "not a configuration\n"))),

	ROW("vfio-pci-vga", OK, "is on", NULL),
	ROW("vfio-pci-vga", WARNING, "without", "linux-image",
	    CHANGE(WRITE(KCONFIG, "CONFIG_VFIO_PCI=y\n"))),
	ROW("vfio-pci-vga", UNKNOWN, "nowhere", NULL, CHANGE(DELETE(KCONFIG))),

	ROW("iommu", OK, "on: 1 unit, dmar0", NULL),
	ROW("iommu", FAILURE, "does not announce", "VT-d): Enabled",
	    CHANGE(NO_UNITS, DELETE("/sys/firmware/acpi/tables/DMAR"))),
	ROW("iommu", FAILURE, "the kernel does not use it", "add intel_iommu=on",
	    CHANGE(NO_UNITS, CMDLINE("quiet"))),
	ROW("iommu", FAILURE, "command line", "take intel_iommu=off",
	    CHANGE(NO_UNITS, CMDLINE("intel_iommu=off quiet"))),
	ROW("iommu", FAILURE, "in spite of", "dmesg", CHANGE(NO_UNITS)),
	ROW("iommu", FAILURE, "igfx_off", "take igfx_off",
	    CHANGE(CMDLINE("intel_iommu=on,igfx_off"))),

	ROW("interrupt-remapping", OK, "on", NULL),
	ROW("interrupt-remapping", UNKNOWN, "no IOMMU", NULL, CHANGE(NO_UNITS)),
	ROW("interrupt-remapping", UNKNOWN, "/proc/interrupts", NULL,
	    CHANGE(DELETE("/proc/interrupts"))),
	ROW("interrupt-remapping", FAILURE, "off", "dmesg",
	    CHANGE(WRITE("/proc/interrupts", " 2: IO-APIC\n"))),
	ROW("interrupt-remapping", FAILURE, "cannot do it", "allow_unsafe_interrupts=1",
	    CHANGE(WRITE("/proc/interrupts", "\n"),
	           WRITE("/sys/class/iommu/dmar0/intel-iommu/ecap", "f050d2\n"))),
	ROW("interrupt-remapping", FAILURE, "command line says so", "take intremap=off",
	    CHANGE(WRITE("/proc/interrupts", "\n"), CMDLINE("intremap=off"))),
	ROW("interrupt-remapping", WARNING, "allow_unsafe_interrupts", "firmware setup",
	    CHANGE(WRITE("/proc/interrupts", "\n"),
	           WRITE("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n"))),

	ROW("vfio-container", OK, "may open", NULL),
	ROW("vfio-container", FAILURE, "does not exist", "modprobe vfio-pci",
	    CHANGE(DELETE("/dev/vfio/vfio"))),
	ROW("vfio-container", FAILURE, "may not open", "chmod 666", CHANGE(DENY("/dev/vfio/vfio"))),
	ROW("vfio-container", WARNING, "vfio_iommu_type1", "modprobe vfio_iommu_type1",
	    CHANGE(DELETE("/sys/module/vfio_iommu_type1"))),

	ROW("memory", OK, "512 MiB", NULL),
	ROW("memory", WARNING, "11718 MiB are available", "lower --memory", .memory = 14 * GiB),
	ROW("memory", FAILURE, "has 15625 MiB", "--memory 7812M", .memory = 16 * GiB),
	ROW("memory", UNKNOWN, "meminfo", NULL, CHANGE(WRITE("/proc/meminfo", "nonsense\n"))),

	ROW("memlock", OK, "CAP_IPC_LOCK", NULL),
	ROW("memlock", OK, "no limit", NULL, CHANGE(NO_CAPS)),
	ROW("memlock", OK, "524288 KiB may be locked", NULL,
	    CHANGE(NO_CAPS,
	           WRITE("/proc/self/limits", "Max locked memory  536870912  536870912  bytes\n"))),
	ROW("memlock", FAILURE, "8192 KiB may be locked", "ulimit -l 524288",
	    CHANGE(NO_CAPS,
	           WRITE("/proc/self/limits", "Max locked memory  8388608  unlimited  bytes\n"))),
	ROW("memlock", FAILURE, "524287 KiB may be locked", "limits.d",
	    CHANGE(NO_CAPS,
	           WRITE("/proc/self/limits", "Max locked memory  536870911  536870911 bytes\n"))),
	ROW("memlock", UNKNOWN, "limits", NULL,
	    CHANGE(NO_CAPS, WRITE("/proc/self/limits", "Max locked memory\n"))),
};
/* clang-format on */

const size_t doctor_n_rows_host = ARRAY_SIZE(doctor_rows_host);
