/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader.h - kernel, initrd and boot data into guest memory, and where the kernel is entered.
 */
#ifndef IGDVM_LOADER_H
#define IGDVM_LOADER_H

#include <stdint.h>

#include "boot.h"
#include "image.h"
#include "loader_file.h"
#include "multiboot.h"

struct config;
struct cpu_entry;
struct loader_format;
struct mem;
struct memmap;

struct loader {
	struct loader_file kernel, initrd;
	const struct loader_format *format; /* of the kernel, by its header */
	char what[80];			    /* the same in words */
	const char *cmdline;
	uint8_t head[MULTIBOOT_SEARCH]; /* of the kernel's file, zero-padded */
	struct boot_kernel header; /* a bzImage's; of others, what an initrd's place depends on */
	struct image image;	   /* where the file goes; a bzImage's once it is placed */
	uint64_t kernel_gpa, initrd_gpa;
};

#define LOADER_DEFAULT_CMDLINE "console=ttyS0"
#define LOADER_CONSOLE_CMDLINE "console=hvc0" /* where the virtio console has the terminal */
#define LOADER_STDIN	       "-"	      /* --kernel: standard input */

/*
 * Open both files and see that they, and the command line, are what a guest can start from.
 * 0 or logged -errno. loader_fini() closes the files; takes a zeroed or half-built loader.
 */
int loader_open(struct loader *l, const struct config *c);
void loader_fini(struct loader *l);

/* Decide where things go. 0 or logged -ENOSPC. */
int loader_place(struct loader *l, const struct memmap *map);

/*
 * Read the files into place, in memory that is zero, then boot data and all they point to; say what
 * kind of kernel it is. 0 or logged -errno.
 */
int loader_load(struct loader *l, struct mem *mem, const struct memmap *map, uint64_t rsdp_gpa);

/*
 * The device tree that the guest gets, but for its random numbers, into LAYOUT_SETUP_DATA_MAX bytes, after
 * loader_place(). Its size; -ENOENT: a kernel of this format gets none; -ENOSPC.
 */
int loader_dtb(const struct loader *l, const struct memmap *map, void *buf);

/* Registers of the boot CPU, after loader_load(). */
void loader_entry(const struct loader *l, struct cpu_entry *e);

#endif
