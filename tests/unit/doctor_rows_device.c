// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_rows_device.c - rows about the GPU and what is around it.
 */
#include "doctor_rows.h"
#include "util.h"

/* clang-format off */

#define IOMEM_NVS WRITE("/proc/iomem", "7a5f3000-7a602fff : ACPI Non-volatile Storage\n")
#define BAR2	  "c0000000-cfffffff : 0000:00:02.0\n"
#define RESERVED  "/sys/kernel/iommu_groups/3/reserved_regions"
#define BRIDGE	  TREE_PCI "/0000:00:1f.0"
#define AUDIO	  TREE_PCI "/0000:00:1f.3"
#define SECOND	  TREE_PCI "/0000:00:02.1"
#define CAP	  "/sys/class/iommu/dmar0/intel-iommu/cap"
/* A second member of the group. */
#define MEMBER(driver_link) \
	LINK("/sys/kernel/iommu_groups/3/devices/0000:00:02.1", "x"), \
	WRITE(SECOND "/class", "0x010000\n"), driver_link
#define VF	  LINK(TREE_GPU "/physfn", "../0000:00:03.0")
/* An extended VBT of 1 KiB: the bytes of RVDA, and one right behind the OpRegion. */
#define RVDA(bytes) POKE("/opregion", "3ba " bytes), POKE("/opregion", "3c2 0 4"), \
		    POKE("/opregion", "2000 24 56 42 54")
#define VERSION_2_1 POKE("/opregion", "16 1")
#define VTCON1(bound, device) \
	WRITE("/sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n"), \
	WRITE("/sys/class/vtconsole/vtcon1/bind", bound "\n"), \
	LINK("/sys/class/graphics/fb0/device", "../../" device)

const struct doctor_row doctor_rows_device[] = {
	ROW("device", OK, "8086:5916, class 0300", NULL),
	ROW("device", OK, "a virtual function", NULL,
	    CHANGE(VF)),
	ROW("device", FAILURE, "no PCI device", "lspci", CHANGE(DELETE(TREE_GPU))),
	ROW("device", FAILURE, "no display device of Intel", "lspci",
	    CHANGE(WRITE(TREE_GPU "/class", "0x020000\n"))),
	ROW("device", FAILURE, "no display device of Intel", "lspci",
	    CHANGE(WRITE(TREE_GPU "/vendor", "0x1002\n"))),
	ROW("device", FAILURE, "cannot be read", "sysfs", CHANGE(WRITE(TREE_GPU "/device", "\n"))),

	ROW("class", OK, "0300", NULL),
	ROW("class", OK, "6.15", NULL,
	    CHANGE(WRITE(TREE_GPU "/class", "0x038000\n"),
	           WRITE("/proc/sys/kernel/osrelease", "6.15.2\n"))),
	ROW("class", OK, "0380", NULL, CHANGE(WRITE(TREE_GPU "/class", "0x038000\n"), VF)),
	ROW("class", WARNING, "0380", "Primary Display",
	    CHANGE(WRITE(TREE_GPU "/class", "0x038000\n"))),

	ROW("generation", OK, "Kaby Lake", NULL),
	ROW("generation", OK, "Nova Lake", NULL, CHANGE(WRITE(TREE_GPU "/device", "0xd750\n"))),
	ROW("generation", FAILURE, "8086:0bad", "gen=NAME",
	    CHANGE(WRITE(TREE_GPU "/device", "0x0bad\n"))),
	ROW("generation", FAILURE, "DG2", "--vfio 0000:00:02.0",
	    CHANGE(WRITE(TREE_GPU "/device", "0x5690\n"))),

	ROW("driver", OK, "vfio-pci", NULL),
	ROW("driver", FAILURE, "i915", "echo 0000:00:02.0 > /sys/bus/pci/devices/0000:00:02.0/driver/unbind",
	    CHANGE(LINK(TREE_GPU "/driver", "../../drivers/i915"))),
	ROW("driver", FAILURE, "none", "echo vfio-pci >", CHANGE(DELETE(TREE_GPU "/driver"))),

	ROW("iommu-group", OK, "group 3, alone", NULL),
	ROW("iommu-group", OK, "with others", NULL, CHANGE(MEMBER(DELETE("/none")))),
	ROW("iommu-group", OK, "(pcieport)", NULL,
	    CHANGE(MEMBER(LINK(SECOND "/driver", "../pcieport")))),
	ROW("iommu-group", FAILURE, "0000:00:02.1 (virtio-pci)", "for d in 0000:00:02.1; do",
	    CHANGE(MEMBER(LINK(SECOND "/driver", "../virtio-pci")))),
	ROW("iommu-group", OK, "(shpchp)", NULL,
	    CHANGE(MEMBER(LINK(SECOND "/driver", "../shpchp")),
	           WRITE(SECOND "/config", "..............\x81................................................."))),
	ROW("iommu-group", FAILURE, "in no IOMMU group", "intel_iommu=on",
	    CHANGE(DELETE(TREE_GPU "/iommu_group"))),
	ROW("iommu-group", FAILURE, "vfio-noiommu", "VT-d",
	    CHANGE(WRITE("/sys/kernel/iommu_groups/3/name", "vfio-noiommu\n"))),

	ROW("vfio-group", OK, "/dev/vfio/3", NULL),
	ROW("vfio-group", FAILURE, "may not open", "chown $USER /dev/vfio/3",
	    CHANGE(DENY("/dev/vfio/3"))),
	ROW("vfio-group", FAILURE, "there is no", "CONFIG_VFIO_GROUP",
	    CHANGE(DELETE("/dev/vfio/3"))),
	ROW("vfio-group", UNKNOWN, "comes with", NULL,
	    CHANGE(DELETE("/dev/vfio/3"), LINK(TREE_GPU "/driver", "../../drivers/i915"))),
	ROW("vfio-group", UNKNOWN, "no IOMMU group", NULL, CHANGE(DELETE(TREE_GPU "/iommu_group"))),

	ROW("reserved-regions", OK, "msi", NULL),
	ROW("reserved-regions", OK, "direct-relaxable", NULL,
	    CHANGE(WRITE(RESERVED, "0x7b000000 0x7f7fffff direct-relaxable\n"))),
	ROW("reserved-regions", OK, "none", NULL,
	    CHANGE(WRITE(RESERVED, ""))),
	ROW("reserved-regions", FAILURE, "0x1000-0x1fff direct", "RMRR",
	    CHANGE(WRITE(RESERVED, "0xfee00000 0xfeefffff msi\n0x1000 0x1fff direct\n"))),
	ROW("reserved-regions", FAILURE, "line 1", "report",
	    CHANGE(WRITE(RESERVED, "zero one\n"))),
	ROW("reserved-regions", UNKNOWN, "cannot be read", NULL,
	    CHANGE(DELETE(RESERVED))),

	ROW("iommu-width", OK, "39 bits, the guest's processor has 39", NULL),
	ROW("iommu-width", OK, "48 bits", NULL,
	    CHANGE(WRITE(CAP, "2f0400\n"))),
	ROW("iommu-width", OK, "39 bits", NULL, CHANGE(WRITE(CAP, "2f0200\n"))),
	ROW("iommu-width", WARNING, "39 bits, the guest's processor has 46", "--memory",
	    CHANGE(WRITE("/proc/cpuinfo", "flags : fpu\naddress sizes : 46 bits physical\n"))),
	ROW("iommu-width", FAILURE, "guest memory ends at 0x8000200000", "at most 523264M",
	    .memory = 511 * GiB + 2 * MiB),
	ROW("iommu-width", OK, "39 bits", NULL, .memory = 511 * GiB),
	ROW("iommu-width", OK, "39 bits", NULL, CHANGE(DELETE(TREE_GPU "/iommu"))),
	ROW("iommu-width", OK, "guest memory fits", NULL, CHANGE(DELETE("/proc/cpuinfo"))),
	ROW("iommu-width", UNKNOWN, "no VT-d unit", NULL,
	    CHANGE(WRITE(CAP, "many\n"))),

	ROW("asls", OK, "0x7a5f3000", NULL),
	ROW("asls", WARNING, "0: firmware", "Primary Display",
	    CHANGE(POKE(TREE_GPU "/config", "fc 0 0 0 0"))),
	ROW("asls", WARNING, "0xffffffff", "file=F",
	    CHANGE(POKE(TREE_GPU "/config", "fc ff ff ff ff"))),
	ROW("asls", FAILURE, "all ones", "reboot",
	    CHANGE(POKE(TREE_GPU "/config", "0 ff ff ff ff"))),
	ROW("asls", UNKNOWN, "cannot read", "root",
	    CHANGE(WRITE(TREE_GPU "/config", "0123456789"))),
	ROW("asls", OK, "virtual function", NULL,
	    CHANGE(LINK(TREE_GPU "/physfn", "../0000:00:03.0"))),

	ROW("opregion", OK, "version 2.0, 8 KiB, the VBT in mailbox 4", NULL),
	ROW("opregion", OK, "2.0, 8 KiB, a VBT of 1024 bytes at RVDA 0x7a5f5000 (a host address)", NULL,
	    CHANGE(RVDA("0 50 5f 7a"))),
	ROW("opregion", OK, "2.1, 8 KiB, a VBT of 1024 bytes at RVDA 0x2000 (relative)", NULL,
	    CHANGE(RVDA("0 20"), VERSION_2_1)),
	ROW("opregion", WARNING, "without a VBT", "vbt=F2",
	    CHANGE(RVDA("0 20"), VERSION_2_1, POKE("/opregion", "2000 0"))),
	ROW("opregion", OK, "a virtual function", NULL, CHANGE(VF)),
	ROW("opregion", WARNING, "without a VBT", "vbt=F2", CHANGE(POKE("/opregion", "400 0"))),
	ROW("opregion", FAILURE, "IntelGraphicsMem", "reboot", CHANGE(POKE("/opregion", "0 58"))),
	ROW("opregion", FAILURE, "size field", "firmware update",
	    CHANGE(POKE("/opregion", "10 0 0 0 0"))),
	ROW("opregion", UNKNOWN, "nobody shows it", "igd_opregion", CHANGE(DELETE("/dev/mem"))),
	ROW("opregion", UNKNOWN, "there is no OpRegion", NULL,
	    CHANGE(POKE(TREE_GPU "/config", "fc 0 0 0 0"))),

	ROW("opregion-memory", OK, "in Reserved", NULL),
	ROW("opregion-memory", OK, "in ACPI Non-volatile", NULL, CHANGE(IOMEM_NVS)),
	ROW("opregion-memory", WARNING, "System RAM", "memmap=64K$0x7a5f0000",
	    CHANGE(WRITE("/proc/iomem", "00001000-7fffffff : System RAM\n"))),
	ROW("opregion-memory", WARNING, "PCI Bus", "opregion=copy",
	    CHANGE(WRITE("/proc/iomem", "70000000-7fffffff : PCI Bus 0000:00\n"))),
	ROW("opregion-memory", WARNING, "has nothing", "opregion=copy",
	    CHANGE(WRITE("/proc/iomem", "00001000-00001fff : Reserved\n"))),
	ROW("opregion-memory", UNKNOWN, "no addresses", "root",
	    CHANGE(WRITE("/proc/iomem", "00000000-00000000 : Reserved\n"))),
	ROW("opregion-memory", UNKNOWN, "no addresses", "root", CHANGE(DELETE("/proc/iomem"))),

	ROW("opregion-live", OK, "by /dev/mem", NULL),
	ROW("opregion-live", OK, "by the module", NULL,
	    CHANGE(WRITE("/dev/igd-opregion-0000:00:02.0", ""), DELETE("/dev/mem"))),
	ROW("opregion-live", OK, "by /dev/mem", NULL, CHANGE(RVDA("0 20"), VERSION_2_1)),
	ROW("opregion-live", WARNING, "by host address", "firmware update",
	    CHANGE(RVDA("0 50 5f 7a"))),
	ROW("opregion-live", WARNING, "too far away", "firmware update",
	    CHANGE(RVDA("0 0 0 1"), VERSION_2_1)),
	ROW("opregion-live", WARNING, "not for this user", "udev rule",
	    CHANGE(WRITE("/dev/igd-opregion-0000:00:02.0", ""),
	           DENY("/dev/igd-opregion-0000:00:02.0"))),
	ROW("opregion-live", WARNING, "CONFIG_DEVMEM", "igd_opregion", CHANGE(DELETE("/dev/mem"))),
	ROW("opregion-live", WARNING, "lockdown", "Secure Boot: Disabled",
	    CHANGE(WRITE("/dev/mem", "refuses"),
	           WRITE("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n"))),
	ROW("opregion-live", WARNING, "CAP_SYS_RAWIO", "root", CHANGE(DENY("/dev/mem"))),
	ROW("opregion-live", WARNING, "CAP_SYS_RAWIO", "root",
	    CHANGE(WRITE("/dev/mem", "refuses"), NO_CAPS)),
	ROW("opregion-live", WARNING, "IO_STRICT_DEVMEM", "iomem=relaxed",
	    CHANGE(WRITE("/dev/mem", "refuses"), IOMEM_NVS)),
	ROW("opregion-live", WARNING, "refuses page 0x7a5f3000", "igd_opregion",
	    CHANGE(WRITE("/dev/mem", "refuses"), IOMEM_NVS, CMDLINE("iomem=relaxed"))),
	ROW("opregion-live", WARNING, "(STRICT_DEVMEM)", "firmware",
	    CHANGE(WRITE("/dev/mem", "refuses"),
	           WRITE("/proc/iomem", "00001000-7fffffff : System RAM\n"))),
	ROW("opregion-live", UNKNOWN, "shows no OpRegion", NULL, CHANGE(POKE("/opregion", "0 58"))),
	ROW("opregion-live", UNKNOWN, "there is no OpRegion", NULL,
	    CHANGE(POKE(TREE_GPU "/config", "fc 0 0 0 0"))),

	ROW("stolen", OK, "64 MiB", NULL),
	ROW("stolen", WARNING, "128 MiB gets 32 MiB", "--memory 256M", .memory = 128 * MiB),
	ROW("stolen", WARNING, "none aside", "DVMT", CHANGE(POKE(TREE_GPU "/config", "50 c1 0"))),
	ROW("stolen", OK, "behind BAR2", NULL, CHANGE(WRITE(TREE_GPU "/device", "0x7d55\n"))),
	ROW("stolen", OK, "a virtual function", NULL, CHANGE(VF)),
	ROW("stolen", OK, "the host's address", NULL,
	    CHANGE(WRITE(TREE_GPU "/device", "0x9a49\n"), POKE(TREE_GPU "/config", "50 c1 fe"))),
	ROW("stolen", WARNING, "not where the GPU's firmware looks", "--memory",
	    CHANGE(WRITE(TREE_GPU "/device", "0x9a49\n"), POKE(TREE_GPU "/config", "50 c1 20"))),
	ROW("stolen", UNKNOWN, "generation", NULL, CHANGE(WRITE(TREE_GPU "/device", "0x0bad\n"))),
	ROW("stolen", UNKNOWN, "cannot read", "root", CHANGE(WRITE(TREE_GPU "/config", "0123"))),

	ROW("framebuffer", OK, "holds nothing", NULL),
	ROW("framebuffer", OK, "holds nothing", NULL,
	    CHANGE(WRITE("/proc/iomem", BAR2 "d0000000-d0ffffff : simpledrm\n"))),
	ROW("framebuffer", FAILURE, "efifb holds 0xc0000000-0xc07e8fff", "efi-framebuffer.0 >",
	    CHANGE(WRITE("/proc/iomem", BAR2 "  c0000000-c07e8fff : efifb\n"))),
	ROW("framebuffer", FAILURE, "BOOTFB holds", "sysfb_init",
	    CHANGE(WRITE("/proc/iomem", BAR2 "  c0000000-c07e8fff : BOOTFB\n"))),
	ROW("framebuffer", FAILURE, "simpledrm", "simple-framebuffer.0 >",
	    CHANGE(WRITE("/proc/iomem", BAR2 "  c0000000-c07e8fff : simpledrm\n"))),
	ROW("framebuffer", WARNING, "vesafb is at work", "vesa-framebuffer",
	    CHANGE(WRITE("/proc/iomem", "00000000-00000000 : PCI\n"),
	           WRITE("/proc/fb", "0 VESA VGA\n"))),
	ROW("framebuffer", OK, "nobody's hands", NULL,
	    CHANGE(WRITE("/proc/iomem", "00000000-00000000 : PCI\n"),
	           WRITE("/proc/fb", "0 i915drmfb\n"))),
	ROW("framebuffer", UNKNOWN, "cannot be read", NULL, CHANGE(DELETE("/proc/iomem"))),

	ROW("console", OK, "no console", NULL),
	ROW("console", WARNING, "vtcon1 draws on fb0", "echo 0 > /sys/class/vtconsole/vtcon1/bind",
	    CHANGE(VTCON1("1", "0000:00:02.0"))),
	ROW("console", WARNING, "vtcon1", "SSH",
	    CHANGE(VTCON1("1", "efi-framebuffer.0"))),
	ROW("console", OK, "not on this GPU", NULL,
	    CHANGE(VTCON1("1", "0000:01:00.0"))),
	ROW("console", OK, "no console", NULL,
	    CHANGE(VTCON1("0", "0000:00:02.0"))),

	ROW("reset", OK, "by flr", NULL),
	ROW("reset", OK, "does not say", NULL,
	    CHANGE(DELETE(TREE_GPU "/reset_method"), WRITE(TREE_GPU "/reset", ""))),
	ROW("reset", WARNING, "no way", "reboot", CHANGE(DELETE(TREE_GPU "/reset_method"))),
	ROW("reset", WARNING, "no way", "reboot", CHANGE(WRITE(TREE_GPU "/reset_method", "\n"))),

	ROW("power", OK, "D0", NULL),
	ROW("power", OK, "D3hot", NULL, CHANGE(WRITE(TREE_GPU "/power_state", "D3hot\n"))),
	ROW("power", WARNING, "D3cold", "power/control",
	    CHANGE(WRITE(TREE_GPU "/power_state", "D3cold\n"))),
	ROW("power", WARNING, "does not know", "power/control",
	    CHANGE(WRITE(TREE_GPU "/power_state", "unknown\n"))),
	ROW("power", FAILURE, "failed", "reboot",
	    CHANGE(WRITE(TREE_GPU "/power/runtime_status", "error\n"))),
	ROW("power", UNKNOWN, "no power_state", NULL, CHANGE(DELETE(TREE_GPU "/power_state"))),

	ROW("sriov", OK, "none of 7", NULL),
	ROW("sriov", OK, "no SR-IOV", NULL, CHANGE(DELETE(TREE_GPU "/sriov_numvfs"))),
	ROW("sriov", FAILURE, "2 virtual functions", "echo 0 > " TREE_GPU "/sriov_numvfs",
	    CHANGE(WRITE(TREE_GPU "/sriov_numvfs", "2\n"))),
	ROW("sriov", UNKNOWN, "no number", NULL, CHANGE(WRITE(TREE_GPU "/sriov_numvfs", "some\n"))),

	ROW("lpc-bridge", OK, "8086:9d4e, Sunrise Point LP", NULL),
	ROW("lpc-bridge", OK, "8086:9d84, Cannon Lake PCH LP", NULL,
	    CHANGE(POKE(BRIDGE "/config", "2 84"))),
	ROW("lpc-bridge", WARNING, "none at 1f.0", "lpc=8086:ID",
	    CHANGE(DELETE(BRIDGE))),
	ROW("lpc-bridge", OK, "asks for none", NULL,
	    CHANGE(DELETE(BRIDGE), WRITE(TREE_GPU "/device", "0x7d55\n"))),
	ROW("lpc-bridge", WARNING, "8086:1234", "try it",
	    CHANGE(POKE(BRIDGE "/config", "2 34 12"))),
	ROW("lpc-bridge", WARNING, "no LPC bridge", "lpc=8086:ID",
	    CHANGE(POKE(BRIDGE "/config", "b 2"))),

	ROW("audio", OK, "vfio-pci", NULL),
	ROW("audio", OK, "no sound function", NULL, CHANGE(DELETE(AUDIO))),
	ROW("audio", WARNING, "0000:00:1f.3 stays with the host (snd_hda_intel)", "--vfio 0000:00:1f.3",
	    CHANGE(LINK(AUDIO "/driver", "../../drivers/snd_hda_intel"))),
	ROW("audio", FAILURE, "GPU's group", "driver/unbind",
	    CHANGE(LINK(AUDIO "/driver", "../../drivers/snd_hda_intel"),
	           LINK(AUDIO "/iommu_group", "../../../../kernel/iommu_groups/3"))),
};
/* clang-format on */

const size_t doctor_n_rows_device = ARRAY_SIZE(doctor_rows_device);
