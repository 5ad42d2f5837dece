// SPDX-License-Identifier: BSD-2-Clause
/*
 * bind_check.c - displays, disks, network cards, virtual functions: is one in use?
 * Knows sysfs; changes nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "bind_check.h"
#include "bind_console.h"
#include "bind_sys.h"
#include "log.h"
#include "pci_regs.h"
#include "util.h"

#define FORCE "; --force takes it nevertheless"

static bool has_base_class(const struct sysfs_dev *d, unsigned base)
{
	uint64_t class_code;

	return !sysfs_number(d, "class", &class_code) && class_code >> 16 == base;
}

/* VFIO's rule, too: Linux drivers/vfio/vfio.c, vfio_dev_driver_allowed(); pcieport since 5.19 */
bool bind_check_is_bus_bridge(const struct sysfs_dev *d)
{
	uint8_t type;

	return !sysfs_config(d, PCI_HEADER, &type, 1) && FIELD_GET(PCI_HEADER_TYPE, type);
}

bool bind_check_is_bridge(const struct sysfs_dev *d)
{
	return has_base_class(d, CLASS_BRIDGE);
}

bool bind_check_group_open(const char *group, const char *root)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/dev/vfio/%s", root, group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY;
	close(fd);
	return false;
}

/* ---- displays ---- */

static bool is_hosts(const struct sysfs_dev *d)
{
	char driver[SYSFS_NAME_MAX];

	bind_sys_driver(d, driver);
	return *driver && strcmp(driver, "vfio-pci") && strcmp(driver, "pci-stub");
}

static bool another_display(const struct bind_state *s, const char *root)
{
	bool another = false;
	struct sysfs_dev d;
	glob_t g;

	bind_sys_glob(&g, root, "/sys/bus/pci/devices/*");
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *bdf = strrchr(g.gl_pathv[i], '/') + 1;
		bool taken = false;

		for (unsigned k = 0; k < s->n_members; k++)
			taken |= !strcmp(bdf, s->member[k].bdf);
		bind_sys_dev(&d, root, bdf);
		another |= !taken && has_base_class(&d, CLASS_DISPLAY) && is_hosts(&d);
	}
	globfree(&g);
	return another;
}

/* "DP-1" when that connector shows a picture. False: none does. */
static bool lit_connector(const struct sysfs_dev *d, char *name, size_t size)
{
	char enabled[16];
	bool lit = false;
	glob_t g;

	bind_sys_glob(&g, d->dir, "/drm/card*/card*-*");
	for (size_t i = 0; i < g.gl_pathc && !lit; i++) {
		bind_sys_text(g.gl_pathv[i], "enabled", enabled, sizeof(enabled));
		lit = !strcmp(enabled, "enabled");
		if (lit)
			snprintf(name, size, "%s", strchr(strrchr(g.gl_pathv[i], '/'), '-') + 1);
	}
	globfree(&g);
	return lit;
}

static int check_display(const struct bind_state *s, const struct sysfs_dev *d, const char *root)
{
	uint64_t boot_vga = 0;
	char connector[64];

	if (!has_base_class(d, CLASS_DISPLAY) || another_display(s, root))
		return 0;
	if (lit_connector(d, connector, sizeof(connector)))
		return log_err(-EBUSY,
			       "%s: it is the only display of the host, and %s is lit; work over "
			       "SSH and end what draws there" FORCE,
			       d->name, connector);
	sysfs_number(d, "boot_vga", &boot_vga);
	if (boot_vga && bind_console_any(root))
		return log_err(-EBUSY,
			       "%s: it is the only display of the host, and has its console; work "
			       "over SSH" FORCE,
			       d->name);
	return 0;
}

/* ---- disks and network cards ---- */

/*
 * A file system, swap, RAID and LVM each claim their disk, and whoever asks for it alone then gets
 * EBUSY (open(2), O_EXCL without O_CREAT).
 */
static bool disk_claimed(const char *root, const char *disk)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/dev/%s", root, disk);
	for (char *at = path + strlen(root) + strlen("/dev/"); (at = strchr(at, '!')); at++)
		*at = '/'; /* as the kernel's name for /dev/cciss/c0d0 has it */
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY;
	close(fd);
	return false;
}

/* nvme0c1n2 is one way to nvme0n2, which hangs on no PCI device (drivers/nvme/host/multipath.c). */
static const char *head_of(const char *disk, char *head, size_t size)
{
	unsigned subsystem, controller, space;
	int n = 0;

	if (sscanf(disk, "nvme%uc%un%u%n", &subsystem, &controller, &space, &n) != 3 || disk[n])
		return disk;
	snprintf(head, size, "nvme%un%u", subsystem, space);
	return head;
}

static int check_disks(const struct sysfs_dev *d, const char *root)
{
	char head[64];
	int ret = 0;
	glob_t g;

	bind_sys_glob(&g, root, "/sys/class/block/*");
	for (size_t i = 0; i < g.gl_pathc && !ret; i++) {
		const char *disk = strrchr(g.gl_pathv[i], '/') + 1;

		if (!bind_sys_passes(g.gl_pathv[i], d->name))
			continue;
		disk = head_of(disk, head, sizeof(head));
		if (disk_claimed(root, disk))
			ret = log_err(-EBUSY,
				      "%s: the host uses its disk %s (mounted, swap, RAID or LVM); "
				      "unmount it" FORCE,
				      d->name, disk);
	}
	globfree(&g);
	return ret;
}

static int check_networks(const struct sysfs_dev *d, const char *root)
{
	char flags[32];
	int ret = 0;
	glob_t g;

	bind_sys_glob(&g, root, "/sys/class/net/*");
	for (size_t i = 0; i < g.gl_pathc && !ret; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;

		if (!bind_sys_passes(g.gl_pathv[i], d->name))
			continue;
		bind_sys_text(g.gl_pathv[i], "flags", flags, sizeof(flags));
		if (strtoul(flags, NULL, 0) & IFF_UP)
			ret = log_err(-EBUSY,
				      "%s: its network interface %s is up; ip link set %s "
				      "down" FORCE,
				      d->name, name, name);
	}
	globfree(&g);
	return ret;
}

/* ---- all ---- */

/* They go with their function's driver, whoever has them. */
static int check_functions(const struct sysfs_dev *d)
{
	uint64_t n = 0;

	sysfs_number(d, "sriov_numvfs", &n);
	if (!n)
		return 0;
	return log_err(
		-EBUSY,
		"%s: %llu of its virtual functions exist and would go with its driver; echo 0 "
		"> /sys/bus/pci/devices/%s/sriov_numvfs, or take one of them instead",
		d->name, (unsigned long long)n, d->name);
}

static int check_bridge(const struct sysfs_dev *d, const char *driver)
{
	if (!bind_check_is_bridge(d))
		return 0;
	return log_err(-EBUSY,
		       "%s: a bridge of the host that %s has, in one IOMMU group with the device; "
		       "unbind that driver" FORCE,
		       d->name, driver);
}

static int check_member(const struct bind_state *s, const struct bind_member *m, const char *root,
			bool force)
{
	char driver[SYSFS_NAME_MAX];
	struct sysfs_dev d;
	int ret;

	bind_sys_dev(&d, root, m->bdf);
	bind_sys_driver(&d, driver);
	if (!strcmp(driver, "vfio-pci"))
		return 0;
	ret = check_functions(&d);
	if (!ret && !force)
		ret = check_display(s, &d, root);
	if (ret || force || !*driver)
		return ret;
	ret = check_bridge(&d, driver);
	if (!ret)
		ret = check_disks(&d, root);
	return ret ? ret : check_networks(&d, root);
}

int bind_check(const struct bind_state *s, const char *root, bool force)
{
	int ret = 0;

	for (unsigned i = 0; i < s->n_members && !ret; i++)
		ret = check_member(s, &s->member[i], root, force);
	return ret;
}
