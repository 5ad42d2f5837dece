// SPDX-License-Identifier: BSD-2-Clause
#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor_tree.h"
#include "util.h"

#define RELEASE "6.1.0-9-amd64"
#define CONFIG                                                                                     \
	"#\n# Linux/x86 6.1 Kernel Configuration\n#\nCONFIG_VFIO=m\nCONFIG_VFIO_PCI=m\n"           \
	"CONFIG_VFIO_PCI_IGD=y\nCONFIG_VFIO_PCI_VGA=y\nCONFIG_IO_STRICT_DEVMEM=y\n"

static char root[32];
static bool made;
static const char *denied[TREE_EDITS];
static size_t n_denied;

const char *tree_root(void)
{
	return root;
}

const char *tree_path(const char *path)
{
	static char buf[4][PATH_MAX];
	static unsigned next;
	char *to = buf[next++ % 4];

	snprintf(to, PATH_MAX, "%s%s", root, path);
	return to;
}

static const struct {
	const char *path, *text;
} files[] = {
	{ "/dev/kvm", "" },
	{ "/dev/mem", "" },
	{ "/dev/vfio/vfio", "" },
	{ "/dev/vfio/3", "" },
	{ "/proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet intel_iommu=on\n" },
	{ "/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme vmx sse2\n"
			   "address sizes\t: 39 bits physical, 48 bits virtual\n" },
	{ "/proc/fb", "" },
	{ "/proc/interrupts", "            CPU0\n   2:  0  IR-IO-APIC   2-edge  timer\n" },
	{ "/proc/iomem", "00000000-00000fff : Reserved\n00001000-7a5f2fff : System RAM\n"
			 "7a5f3000-7a602fff : Reserved\n7a603000-7a6fffff : ACPI Non-volatile "
			 "Storage\n80000000-efffffff : PCI Bus 0000:00\n"
			 "  c0000000-cfffffff : 0000:00:02.0\n"
			 "  de000000-deffffff : 0000:00:02.0\n" },
	{ "/proc/meminfo", "MemTotal:       16000000 kB\nMemFree:         1000000 kB\n"
			   "MemAvailable:   12000000 kB\n" },
	{ "/proc/self/limits", "Limit                     Soft Limit           Hard Limit\n"
			       "Max locked memory         unlimited            unlimited\n" },
	{ "/proc/self/status", "Name:\tigdvm\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n" },
	{ "/proc/sys/kernel/osrelease", RELEASE "\n" },
	{ "/boot/config-" RELEASE, CONFIG },
	{ "/sys/class/iommu/dmar0/intel-iommu/cap", "1c0000c40660462\n" },
	{ "/sys/class/iommu/dmar0/intel-iommu/ecap", "f050da\n" },
	{ "/sys/class/vtconsole/vtcon0/name", "(S) dummy device\n" },
	{ "/sys/class/vtconsole/vtcon0/bind", "1\n" },
	{ "/sys/firmware/acpi/tables/DMAR", "" },
	{ "/sys/kernel/iommu_groups/3/reserved_regions",
	  "0x00000000fee00000 0x00000000feefffff msi\n" },
	{ "/sys/kernel/security/lockdown", "[none] integrity confidentiality\n" },
	{ "/sys/module/kvm_intel/parameters/ept", "Y\n" },
	{ "/sys/module/vfio_iommu_type1/refcnt", "0\n" },
	{ TREE_GPU "/boot_vga", "1\n" },
	{ TREE_GPU "/power_state", "D0\n" },
	{ TREE_GPU "/power/runtime_status", "active\n" },
	{ TREE_GPU "/sriov_numvfs", "0\n" },
	{ TREE_GPU "/sriov_totalvfs", "7\n" },
	{ TREE_PCI "/0000:00:1f.3/class", "0x040300\n" },
	{ TREE_PCI "/0000:00:1f.3/vendor", "0x8086\n" },
	{ TREE_PCI "/0000:00:1f.0/class", "0x060100\n" },
	{ TREE_PCI "/0000:00:1f.0/vendor", "0x8086\n" },
};

static const struct {
	const char *path, *target;
} links[] = {
	{ "/sys/bus/pci/drivers/vfio-pci/module", "../../../../module/vfio_pci" },
	{ TREE_GPU "/driver", "../../drivers/vfio-pci" },
	{ TREE_GPU "/iommu_group", "../../../../kernel/iommu_groups/3" },
	{ TREE_GPU "/iommu", "../../../../class/iommu/dmar0" },
	{ TREE_PCI "/0000:00:1f.3/driver", "../../drivers/vfio-pci" },
	{ TREE_PCI "/0000:00:1f.3/iommu_group", "../../../../kernel/iommu_groups/9" },
	{ "/sys/kernel/iommu_groups/3/devices/0000:00:02.0",
	  "../../../../bus/pci/devices/0000:00:02.0" },
};

static void make_parents(const char *path)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *at = dir + strlen(root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		mkdir(dir, 0755);
	}
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void delete_at(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_at(const char *path, const void *bytes, size_t len)
{
	int fd;

	delete_at(path);
	make_parents(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert(fd >= 0);
	assert(write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static void link_at(const char *path, const char *target)
{
	delete_at(path);
	make_parents(path);
	assert(!symlink(target, path));
}

static void copy(const char *fixture, const char *name, const char *to)
{
	static uint8_t buf[64 * KiB];
	char from[PATH_MAX];
	size_t len;
	FILE *f;

	snprintf(from, sizeof(from), "%s/%s", fixture, name);
	f = fopen(from, "re");
	assert(f);
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	write_at(tree_path(to), buf, len);
}

static void poke(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	char *at;
	off_t off = (off_t)strtoul(text, &at, 16);

	assert(fd >= 0);
	while (*at) {
		uint8_t byte = (uint8_t)strtoul(at, &at, 16);

		assert(pwrite(fd, &byte, 1, off++) == 1);
	}
	close(fd);
}

void tree_make(const char *fixture)
{
	static const char *const attrs[] = { "class",  "vendor",   "device",
					     "config", "resource", "reset_method" };
	char to[PATH_MAX];

	if (made)
		delete_at(root);
	/* hundreds of hosts are made: not on a disk, if that can be avoided */
	snprintf(root, sizeof(root), "%s/igdvm-doctor-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	assert(mkdtemp(root));
	made = true;
	n_denied = 0;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		write_at(tree_path(files[i].path), files[i].text, strlen(files[i].text));
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		link_at(tree_path(links[i].path), links[i].target);
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		snprintf(to, sizeof(to), TREE_GPU "/%s", attrs[i]);
		copy(fixture, attrs[i], to);
	}
	copy(fixture, "lpc-bridge", TREE_PCI "/0000:00:1f.0/config");
	copy(fixture, "opregion-raw", "/opregion"); /* what /dev/mem shows at ASLS */
}

void tree_change(const struct tree_edit *edit, size_t n)
{
	for (size_t i = 0; i < n && edit[i].op; i++) {
		const char *path = tree_path(edit[i].path);

		switch (edit[i].op) {
		case TREE_WRITE:
			write_at(path, edit[i].text, strlen(edit[i].text));
			break;
		case TREE_LINK:
			link_at(path, edit[i].text);
			break;
		case TREE_DELETE:
			delete_at(path);
			break;
		case TREE_DENY:
			denied[n_denied++] = edit[i].path;
			break;
		case TREE_POKE:
			poke(path, edit[i].text);
			break;
		case TREE_END:
			break;
		}
	}
}

void tree_remove(void)
{
	if (made)
		delete_at(root);
	made = false;
}

bool tree_denied(const char *path)
{
	for (size_t i = 0; i < n_denied; i++)
		if (!strcmp(path, tree_path(denied[i])))
			return true;
	return false;
}

static char paths[128][PATH_MAX];
static size_t n_paths;

static int note_path(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_F && n_paths < ARRAY_SIZE(paths))
		snprintf(paths[n_paths++], PATH_MAX, "%s", path + strlen(root));
	return 0;
}

void tree_each(void (*visit)(const char *path, void *arg), void *arg)
{
	n_paths = 0;
	nftw(root, note_path, 16, FTW_PHYS);
	assert(n_paths < ARRAY_SIZE(paths));
	for (size_t i = 0; i < n_paths; i++)
		visit(paths[i], arg);
}
