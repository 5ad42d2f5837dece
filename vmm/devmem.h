/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * devmem.h - host physical pages through a device file: /dev/mem, or one of the kernel module
 * igd_opregion. Nothing is logged: the caller may have another way.
 * Source: Linux drivers/char/mem.c; arch/x86/mm/init.c devmem_is_allowed(); kernel/resource.c.
 */
#ifndef IGDVM_DEVMEM_H
#define IGDVM_DEVMEM_H

#include <stddef.h>
#include <stdint.h>

#define DEVMEM_PATH	"/dev/mem"
#define DEVMEM_PATH_MAX 80

/* Every refusal is one line with cause and remedy in why, which has DEVMEM_WHY bytes. */
#define DEVMEM_WHY 320

struct devmem {
	int fd;
	char path[DEVMEM_PATH_MAX];
};

/* Open for reading and writing. 0 or -errno with why. */
int devmem_open(struct devmem *m, const char *path, char *why);
void devmem_close(struct devmem *m);

/*
 * Map bytes [off, off + size) of the file (whole pages) over [at, at + size), which the caller has
 * mapped and will unmap: readable, writable, cached, and there after devmem_close().
 * 0; or -errno with why, and at is not to be touched, only unmapped.
 */
int devmem_map(const struct devmem *m, void *at, uint64_t off, size_t size, char *why);

/* Copy bytes [off, off + len) of the file, opened for reading only. 0 or -errno with why. */
int devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why);

#endif
