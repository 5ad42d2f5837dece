/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * devmem.h - host physical pages through /dev/mem.
 * Source: Linux drivers/char/mem.c; arch/x86/mm/init.c devmem_is_allowed(); kernel/resource.c.
 */
#ifndef IGDVM_DEVMEM_H
#define IGDVM_DEVMEM_H

#include <stddef.h>
#include <stdint.h>

struct devmem {
	void *hva; /* first page; NULL when nothing is mapped */
	size_t size;
};

/*
 * Map [hpa, hpa + size) (page-aligned) readable, writable and cached; the file is closed again.
 * 0; or -errno with the cause and the remedy, as one line without the name of what is mapped, in
 * why. Not logged: the caller may have another way.
 */
int devmem_map(struct devmem *m, uint64_t hpa, size_t size, char *why, size_t why_size);
void devmem_unmap(struct devmem *m);

#endif
