/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader.h - kernel, initrd and boot data into guest memory.
 */
#ifndef IGDVM_LOADER_H
#define IGDVM_LOADER_H

#include <stdint.h>

#include "boot.h"

struct config;
struct mem;
struct memmap;

struct loader {
	const char *kernel_path, *initrd_path, *cmdline;
	int kernel_fd, initrd_fd;
	uint8_t head[BOOT_HEAD_SIZE];
	struct boot_kernel kernel;
	uint64_t kernel_gpa, initrd_gpa, initrd_size;
};

#define LOADER_DEFAULT_CMDLINE "console=ttyS0"

/*
 * Open both files and see that they, and the command line, are what a guest can start from.
 * 0 or logged -errno. loader_fini() closes the files; takes a zeroed or half-built loader.
 */
int loader_open(struct loader *l, const struct config *c);
void loader_fini(struct loader *l);

/* Decide where things go. 0 or logged -ENOSPC. */
int loader_place(struct loader *l, const struct memmap *map);

/* Read the files into place, then boot_params and all they point to. 0 or logged -errno. */
int loader_load(struct loader *l, struct mem *mem, const struct memmap *map, uint64_t rsdp_gpa);

#endif
