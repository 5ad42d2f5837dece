// SPDX-License-Identifier: BSD-2-Clause
/*
 * devmem.c - map host pages, or say which of the kernel's guards refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

#include "devmem.h"
#include "host_file.h"
#include "util.h"

#define PAGE (4 * KiB)

#define LOCKDOWN "/sys/kernel/security/lockdown"
#define MODULE	 "/sys/module/igd_opregion"

/* Lockdown active: the file reads "none [integrity] confidentiality". */
static bool locked_down(void)
{
	char text[64] = "";
	FILE *f = fopen(LOCKDOWN, "re");

	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strstr(text, "[integrity]") || strstr(text, "[confidentiality]");
}

static void explain_open(const char *path, int err, char *why)
{
	bool mem = !strcmp(path, DEVMEM_PATH);

	if (err == -ENOENT && mem)
		snprintf(why, DEVMEM_WHY, "%s does not exist: this kernel has no CONFIG_DEVMEM",
			 path);
	else if (err == -ENOENT && !access(MODULE, F_OK))
		snprintf(why, DEVMEM_WHY,
			 "%s does not exist: the module igd_opregion shows nothing of this GPU; "
			 "dmesg | grep igd_opregion says why",
			 path);
	else if (err == -ENOENT)
		snprintf(why, DEVMEM_WHY, "%s does not exist; load the module igd_opregion", path);
	else if (mem && locked_down())
		snprintf(why, DEVMEM_WHY,
			 "%s is refused by kernel lockdown; load the module igd_opregion, or boot "
			 "the host with lockdown=none",
			 path);
	else if (err == -EACCES || err == -EPERM)
		snprintf(why, DEVMEM_WHY, "%s: %s; run as root%s", path, strerror(-err),
			 mem ? " (CAP_SYS_RAWIO is needed)"
			     : ", or give the file to this user by a udev rule");
	else
		snprintf(why, DEVMEM_WHY, "%s: %s", path, strerror(-err));
}

static void explain_map(const char *path, int err, uint64_t off, char *why)
{
	bool refused = err == -EPERM || err == -EINVAL || err == -EFAULT;

	if (strcmp(path, DEVMEM_PATH))
		snprintf(why, DEVMEM_WHY,
			 "%s does not map page %#llx: %s; load the module igd_opregion anew", path,
			 (unsigned long long)off, strerror(-err));
	else if (refused && locked_down())
		explain_open(path, -EPERM, why);
	else if (refused)
		snprintf(why, DEVMEM_WHY,
			 "%s refuses page %#llx (IO_STRICT_DEVMEM: firmware has it in ACPI NVS "
			 "memory); load the module igd_opregion, or boot the host with "
			 "iomem=relaxed",
			 path, (unsigned long long)off);
	else
		snprintf(why, DEVMEM_WHY, "%s at %#llx: %s", path, (unsigned long long)off,
			 strerror(-err));
}

static int open_file(const char *path, int flags, char *why)
{
	/* no O_SYNC: vfio has the page mapped write-back, and an uncached alias is refused (EAGAIN) */
	int fd = host_file_open(path, flags), ret = fd;

	if (fd < 0) {
		ret = -errno;
		explain_open(path, ret, why);
	}
	return ret;
}

int devmem_open(struct devmem *m, const char *path, char *why)
{
	snprintf(m->path, sizeof(m->path), "%s", path);
	m->fd = open_file(m->path, O_RDWR, why);
	return MIN(m->fd, 0);
}

void devmem_close(struct devmem *m)
{
	close_fd(&m->fd);
}

int devmem_map(const struct devmem *m, void *at, uint64_t off, size_t size, char *why)
{
	int ret;

	if (mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, m->fd, (off_t)off) !=
	    MAP_FAILED)
		return 0;
	ret = -errno;
	explain_map(m->path, ret, off, why);
	return ret;
}

int devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why)
{
	uint64_t first = ALIGN_DOWN(off, PAGE);
	size_t size = ALIGN_UP(off - first + len, PAGE);
	int fd = open_file(path, O_RDONLY, why), ret = 0;
	uint8_t *p;

	if (fd < 0)
		return fd;
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)first);
	if (p == MAP_FAILED) {
		ret = -errno;
		explain_map(path, ret, first, why);
	}
	close(fd);
	if (ret)
		return ret;
	memcpy(buf, p + (off - first), len);
	munmap(p, size);
	return 0;
}
