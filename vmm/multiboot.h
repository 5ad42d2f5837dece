/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * multiboot.h - Multiboot 1: the header in a kernel's first 8 KiB, and what the kernel is handed.
 *
 * Pure. Source: Multiboot Specification 0.6.96, chapter 3.
 */
#ifndef IGDVM_MULTIBOOT_H
#define IGDVM_MULTIBOOT_H

#include "boot.h"
#include "image.h"

#define MULTIBOOT_SEARCH 8192	    /* bytes from the file's begin that hold the whole header */
#define MULTIBOOT_MAGIC	 0x2badb002 /* EAX at the entry; EBX is the info page */

struct multiboot {
	uint32_t off; /* of the header in the file */
	uint32_t flags;
	bool has_addresses; /* the fields below say what is loaded, whatever the file's format */
	uint32_t header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr;
};

/* Find the header in the first len bytes of a file. */
bool multiboot_find(struct multiboot *m, const uint8_t *head, size_t len);

/* Whether this loader can do what the header asks. 0; or -ENOEXEC, with the reason in *why. */
int multiboot_check(const struct multiboot *m, const char **why);

/* What the address fields say, of a file of file_size bytes. 0; or -ENOEXEC and *why. */
int multiboot_image(const struct multiboot *m, uint64_t file_size, struct image *i,
		    const char **why);

/*
 * Fill the page at gpa: the information structure at its begin, then what it points to.
 * info: rsdp_gpa, setup_data_gpa and kernel_gpa have no meaning here.
 * -E2BIG: more than 128 e820 entries.
 */
int multiboot_info(uint8_t page[BOOT_PARAMS_SIZE], uint64_t gpa, const struct boot_info *info);

#endif
