// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_host.c - the host of an igd_rig: sysfs, physical memory and its sources, all by wrapped calls.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "devmem.h"
#include "fakes.h"
#include "igd_rig.h"
#include "pci_regs.h"
#include "sysfs.h"
#include "test.h"
#include "util.h"

/* The host that the wrapped functions speak for. */
struct igd_rig *igd_rig_host;

bool __wrap_sysfs_exists(const struct sysfs_dev *d);
int __wrap_sysfs_number(const struct sysfs_dev *d, const char *attr, uint64_t *out);
int __wrap_sysfs_link(const struct sysfs_dev *d, const char *attr, char *buf, size_t size);
int __wrap_sysfs_config(const struct sysfs_dev *d, unsigned off, void *buf, size_t len);
int __wrap_devmem_open(struct devmem *m, const char *path, char *why);
void __wrap_devmem_close(struct devmem *m);
int __wrap_devmem_map(const struct devmem *m, void *at, uint64_t off, size_t size, char *why);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
int __wrap_munmap(void *at, size_t len);
int __real_munmap(void *at, size_t len);
bool __real_sysfs_exists(const struct sysfs_dev *d);
int __real_sysfs_number(const struct sysfs_dev *d, const char *attr, uint64_t *out);
int __real_sysfs_link(const struct sysfs_dev *d, const char *attr, char *buf, size_t size);
int __real_sysfs_config(const struct sysfs_dev *d, unsigned off, void *buf, size_t len);

/* A directory outside of sysfs is a fixture, and is there. */
static bool is_real(const struct sysfs_dev *d)
{
	return strncmp(d->dir, "/sys/", 5) != 0;
}

bool __wrap_sysfs_exists(const struct sysfs_dev *d)
{
	if (is_real(d))
		return !fake_fails(&igd_rig_host->fault, "sysfs exists") && __real_sysfs_exists(d);
	return !strcmp(d->dir, "/sys/bus/pci/devices/0000:00:02.0") && !igd_rig_host->absent &&
	       !fake_fails(&igd_rig_host->fault, "sysfs exists");
}

int __wrap_sysfs_link(const struct sysfs_dev *d, const char *attr, char *buf, size_t size)
{
	const char *target = NULL;

	if (is_real(d))
		return __real_sysfs_link(d, attr, buf, size);
	if (!strcmp(attr, "physfn"))
		target = igd_rig_host->physfn;
	else if (!strcmp(attr, "mdev_type"))
		target = igd_rig_host->mdev_type;
	if (!target)
		return -ENOENT;
	snprintf(buf, size, "%s", target);
	return 0;
}

int __wrap_sysfs_number(const struct sysfs_dev *d, const char *attr, uint64_t *out)
{
	const struct {
		const char *attr;
		uint64_t value;
	} gpu[] = { { "class", igd_rig_host->class_code },
		    { "vendor", igd_rig_host->vendor },
		    { "device", igd_rig_host->device } },
	  module[] = { { "page_offset", igd_rig_host->module_asls % 4096 },
		       { "vbt_page_offset", igd_rig_host->module_vbt % 4096 },
		       { "vbt_size", igd_rig_host->module_vbt_size } };
	bool of_module = !strcmp(d->dir, "/sys/class/igd-opregion/igd-opregion-0000:00:02.0");
	int ret = fake_fails(&igd_rig_host->fault, attr);

	if (ret || is_real(d))
		return ret ? ret : __real_sysfs_number(d, attr, out);
	for (size_t i = 0; i < ARRAY_SIZE(gpu); i++) {
		if (strcmp(attr, of_module ? module[i].attr : gpu[i].attr))
			continue;
		*out = of_module ? module[i].value : gpu[i].value;
		return 0;
	}
	return -ENOENT;
}

int __wrap_sysfs_config(const struct sysfs_dev *d, unsigned off, void *buf, size_t len)
{
	int ret = fake_fails(&igd_rig_host->fault, "sysfs config");
	const uint8_t *from = igd_rig_host->config;

	if (!ret && is_real(d))
		return __real_sysfs_config(d, off, buf, len);
	assert_true(off + len <= PCI_CFG_SIZE);
	if (!strcmp(d->name, "0000:00:00.0"))
		from = igd_rig_host->sysfs_host;
	else if (!strcmp(d->name, "0000:00:1f.0"))
		from = igd_rig_host->sysfs_lpc;
	if (!ret && !from)
		ret = -ENOENT;
	if (!ret && off + len > PCI_HEADER_SIZE && from != igd_rig_host->config &&
	    igd_rig_host->unprivileged)
		ret = -EIO;
	if (!ret)
		memcpy(buf, from + off, len);
	return ret;
}

/* ---- physical memory: a memfd, so that mappings of it are real ones ---- */

static const char memfd_name[] = "igd-rig-phys";

int __wrap_devmem_open(struct devmem *m, const char *path, char *why)
{
	bool module = !strcmp(path, "/dev/igd-opregion-0000:00:02.0");
	int ret = fake_fails(&igd_rig_host->fault, module ? "open module" : "open devmem");

	assert_true(module || !strcmp(path, DEVMEM_PATH));
	snprintf(m->path, sizeof(m->path), "%s", path);
	m->fd = -1;
	if (!ret && module)
		ret = igd_rig_host->module ? igd_rig_host->module_err : -ENOENT;
	if (ret) {
		snprintf(why, DEVMEM_WHY, "the test's %s is not there", path);
		return ret;
	}
	m->fd = dup(igd_rig_host->phys_fd);
	igd_rig_host->source_fds++;
	return 0;
}

void __wrap_devmem_close(struct devmem *m)
{
	igd_rig_host->source_fds -=
		m->fd >= 0 && !igd_rig_host->fixture; /* its are opened otherwise */
	close_fd(&m->fd);
}

/* What the module's device has at an offset: pages of the OpRegion, or of the extended VBT. */
static bool module_pages(uint64_t off, size_t size, uint64_t *hpa)
{
	bool vbt = off >= 0x10000000;
	uint64_t from = vbt ? igd_rig_host->module_vbt : igd_rig_host->module_asls;
	uint64_t len = vbt ? igd_rig_host->module_vbt_size : igd_rig_host->module_size;

	if (vbt)
		off -= 0x10000000;
	if (off + size > ALIGN_UP(from % 4096 + len, 4096))
		return false;
	*hpa = ALIGN_DOWN(from, 4096) + off;
	return true;
}

int __wrap_devmem_map(const struct devmem *m, void *at, uint64_t off, size_t size, char *why)
{
	bool module = strcmp(m->path, DEVMEM_PATH);
	int ret = fake_fails(&igd_rig_host->fault, "map pages");
	uint64_t hpa = off;

	assert_true(at && size && off % 4096 == 0 && size % 4096 == 0);
	if (!ret && module && !module_pages(off, size, &hpa))
		ret = -EINVAL;
	if (!ret && !module)
		ret = igd_rig_host->devmem_err;
	if (!ret && (hpa < HOST_PHYS || hpa + size > HOST_PHYS + HOST_PHYS_LEN))
		ret = -EPERM;
	if (ret) {
		snprintf(why, DEVMEM_WHY, "the test's %s refuses", m->path);
		return ret;
	}
	assert_ptr_equal(__real_mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
				     m->fd, (off_t)(hpa - HOST_PHYS)),
			 at);
	return 0;
}

unsigned igd_rig_live_mappings(struct igd_rig *rig)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, memfd_name) != NULL;
	fclose(f);
	return n - (rig->phys != NULL);
}

void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
	int err = igd_rig_host ? fake_fails(&igd_rig_host->fault, "mmap") : 0;
	void *p;

	if (err) {
		errno = -err;
		return MAP_FAILED;
	}
	p = __real_mmap(at, len, prot, flags, fd, off);
	if (igd_rig_host && p != MAP_FAILED && !(flags & MAP_FIXED))
		igd_rig_host->bytes_mapped += (int64_t)ALIGN_UP(len, 4096);
	return p;
}

int __wrap_munmap(void *at, size_t len)
{
	if (igd_rig_host)
		igd_rig_host->bytes_mapped -= (int64_t)ALIGN_UP(len, 4096);
	return __real_munmap(at, len);
}

int igd_rig_memory(struct igd_rig *rig)
{
	rig->phys_fd = memfd_create(memfd_name, MFD_CLOEXEC);
	if (rig->phys_fd < 0 || ftruncate(rig->phys_fd, HOST_PHYS_LEN))
		return -1;
	rig->phys = __real_mmap(NULL, HOST_PHYS_LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
				rig->phys_fd, 0);
	return rig->phys == MAP_FAILED ? -1 : 0;
}

void igd_rig_memory_fini(struct igd_rig *rig)
{
	__real_munmap(rig->phys, HOST_PHYS_LEN);
	close(rig->phys_fd);
}
