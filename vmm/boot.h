/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - the Linux/x86 boot protocol: bzImage header, placement, boot_params, e820.
 *
 * Pure: works on bytes and on the plan; files and guest memory are loader.h's.
 * Source: Linux Documentation/x86/boot.rst (64-bit protocol) and zero-page.rst.
 */
#ifndef IGDVM_BOOT_H
#define IGDVM_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memmap;

#define BOOT_HEAD_SIZE	 1024	    /* bytes of the file that hold the whole setup header */
#define BOOT_PARAMS_SIZE 4096	    /* one page for what the kernel is handed, in every protocol */
#define BOOT_TABLES_SIZE (6 * 4096) /* PML4, PDPT, four page directories */
#define BOOT_GDT_SIZE	 32
#define BOOT_CS		 0x10 /* __BOOT_CS and __BOOT_DS of the protocol */
#define BOOT_DS		 0x18
#define BOOT_ENTRY_64	 0x200 /* from the load address */

/* What the setup header says; sizes in bytes. */
struct boot_kernel {
	uint16_t version;     /* protocol, 0x020c = 2.12 */
	uint64_t payload_off; /* protected-mode part, in the file */
	uint64_t payload_size;
	uint64_t pref_address, init_size, alignment;
	int relocatable;
	uint64_t initrd_max;  /* highest address initrd bytes may have */
	uint64_t cmdline_max; /* without the terminating zero */
};

/* Whether the first len bytes of a file are those of a kernel with a setup header. */
bool boot_is_linux(const uint8_t *head, size_t len);

/*
 * Parse the first BOOT_HEAD_SIZE bytes (zero-padded) of a kernel file of file_size bytes.
 * 0; or -ENOEXEC, with the reason in *why (static text).
 */
int boot_parse(struct boot_kernel *k, const uint8_t head[BOOT_HEAD_SIZE], uint64_t file_size,
	       const char **why);

/* Where the kernel goes: its preferred address, or if relocatable the next above it. -ENOSPC. */
int boot_place_kernel(const struct boot_kernel *k, const struct memmap *map, uint64_t *gpa);
/* Where size bytes of initrd go: as high as the kernel can take them, page-aligned. -ENOSPC. */
int boot_place_initrd(const struct boot_kernel *k, const struct memmap *map, uint64_t kernel_gpa,
		      uint64_t size, uint64_t *gpa);

struct boot_info {
	const struct memmap *map;
	uint64_t kernel_gpa;
	uint64_t initrd_gpa, initrd_size;
	uint64_t cmdline_gpa;
	uint64_t setup_data_gpa; /* 0: none */
	uint64_t rsdp_gpa;
};

/* Fill the zero page: the file's setup header plus info. -E2BIG: more than 128 e820 entries. */
int boot_params(uint8_t page[BOOT_PARAMS_SIZE], const uint8_t head[BOOT_HEAD_SIZE],
		const struct boot_info *info);

/* One e820 entry: the plan's ranges that the guest's firmware would list. */
struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
};
#define BOOT_E820_MAX 128
/* Entries written; -E2BIG when they do not fit. */
int boot_e820(const struct memmap *map, struct e820_entry *entry, size_t max);

/*
 * setup_data list at gpa: RNG seed and device tree, either may have length 0.
 * Bytes used; 0 when both are empty; -ENOSPC.
 */
int boot_setup_data(void *buf, size_t size, uint64_t gpa, const void *seed, size_t seed_len,
		    const void *dtb, size_t dtb_len);

/* Identity map of the first 4 GiB with 2 MiB pages, for tables at gpa. */
void boot_page_tables(uint8_t tables[BOOT_TABLES_SIZE], uint64_t gpa);
/* Flat 64-bit code at BOOT_CS, data at BOOT_DS. */
void boot_gdt(uint8_t gdt[BOOT_GDT_SIZE]);

#endif
