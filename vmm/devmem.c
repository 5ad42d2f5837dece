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
#include "util.h"

/* Lockdown active: the file reads "none [integrity] confidentiality". */
static bool locked_down(void)
{
	char text[64] = "";
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");

	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strstr(text, "[integrity]") || strstr(text, "[confidentiality]");
}

static void explain(int err, uint64_t hpa, bool opened, char *why, size_t size)
{
	if (err == -ENOENT)
		snprintf(why, size, "/dev/mem does not exist: this kernel has no CONFIG_DEVMEM");
	else if (locked_down())
		snprintf(why, size,
			 "/dev/mem is refused by kernel lockdown; switch Secure Boot off, or boot "
			 "the host with lockdown=none");
	else if (opened && (err == -EPERM || err == -EINVAL || err == -EFAULT))
		snprintf(why, size,
			 "/dev/mem refuses page %#llx (IO_STRICT_DEVMEM: firmware has it in ACPI "
			 "NVS "
			 "memory); boot the host with iomem=relaxed",
			 (unsigned long long)hpa);
	else if (err == -EACCES || err == -EPERM)
		snprintf(why, size, "/dev/mem: %s; run as root (CAP_SYS_RAWIO is needed)",
			 strerror(-err));
	else
		snprintf(why, size, "/dev/mem at %#llx: %s", (unsigned long long)hpa,
			 strerror(-err));
}

int devmem_map(struct devmem *m, uint64_t hpa, size_t size, char *why, size_t why_size)
{
	/* no O_SYNC: vfio has the page mapped write-back, and an uncached alias is refused (EAGAIN) */
	int fd = open("/dev/mem", O_RDWR | O_CLOEXEC), ret;
	void *p;

	*m = (struct devmem){ 0 };
	if (fd < 0) {
		ret = -errno;
		explain(ret, hpa, false, why, why_size);
		return ret;
	}
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)hpa);
	ret = p == MAP_FAILED ? -errno : 0;
	close(fd);
	if (ret) {
		explain(ret, hpa, true, why, why_size);
		return ret;
	}
	*m = (struct devmem){ p, size };
	return 0;
}

void devmem_unmap(struct devmem *m)
{
	if (m->hva)
		munmap(m->hva, m->size);
	*m = (struct devmem){ 0 };
}
