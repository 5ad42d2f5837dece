// SPDX-License-Identifier: BSD-2-Clause
/*
 * pvh.c - the note with the PVH entry, and the start info that the kernel gets.
 * Knows notes and hvm_start_info version 1; where the page lies is the loader's.
 */
#include <errno.h>

#include "pvh.h"
#include "util.h"

/* clang-format off */
#define NOTE_HEADER	   12 /* name size, descriptor size, type */
#define NOTE_PHYS32_ENTRY  18 /* XEN_ELFNOTE_PHYS32_ENTRY */
#define NOTE_NAME	   "Xen"

/* struct hvm_start_info */
#define START_MAGIC	   0
#define   MAGIC_VALUE	     0x336ec578 /* "xEn3" with the high bit of "E" set */
#define START_VERSION	   4
#define START_NR_MODULES   12
#define START_MODLIST	   16
#define START_CMDLINE	   24
#define START_RSDP	   32
#define START_MEMMAP	   40 /* from version 1 on */
#define START_MEMMAP_COUNT 48
#define START_SIZE	   56

/* struct hvm_modlist_entry: address, size, command line, reserved */
#define MODULE_SIZE	   32
/* struct hvm_memmap_table_entry: address, size, type as in e820, reserved */
#define MEMMAP_ENTRY	   24
/* clang-format on */

_Static_assert(START_SIZE + MODULE_SIZE + BOOT_E820_MAX * MEMMAP_ENTRY <= BOOT_PARAMS_SIZE,
	       "all of it fits in the page");

/* One note at off, left bytes before the segment's end. 1: it is the one, *entry was set. */
static int read_note(const struct elf_file *f, uint64_t off, uint64_t left, unsigned align,
		     uint64_t *length, uint64_t *entry)
{
	uint8_t head[NOTE_HEADER], name[sizeof(NOTE_NAME)], desc[8];
	uint64_t name_size, desc_size, desc_off;
	int ret = f->read(f->ctx, off, head, sizeof(head));

	if (ret)
		return ret;
	name_size = get_le32(head);
	desc_size = get_le32(head + 4);
	desc_off = ALIGN_UP(NOTE_HEADER + name_size, align);
	*length = ALIGN_UP(desc_off + desc_size, align);
	if (get_le32(head + 8) != NOTE_PHYS32_ENTRY || name_size != sizeof(name) ||
	    (desc_size != 4 && desc_size != 8) || desc_off + desc_size > left)
		return 0;
	ret = f->read(f->ctx, off + NOTE_HEADER, name, sizeof(name));
	if (!ret)
		ret = f->read(f->ctx, off + desc_off, desc, desc_size);
	if (ret || memcmp(name, NOTE_NAME, sizeof(name)))
		return ret;
	*entry = get_le(desc, desc_size);
	return 1;
}

int pvh_find_entry(struct elf *e, const struct elf_file *f, const char **why)
{
	*why = NULL;
	for (unsigned i = 0; i < e->n_notes; i++) {
		const struct elf_note *n = &e->note[i];
		uint64_t length, entry = 0;

		for (uint64_t at = 0; at < n->size && n->size - at >= NOTE_HEADER; at += length) {
			int ret =
				read_note(f, n->off + at, n->size - at, n->align, &length, &entry);

			if (ret == 1)
				ret = image_set_entry(&e->image, entry, why) ?: 1;
			if (ret)
				return ret;
		}
	}
	return 0;
}

int pvh_start_info(uint8_t page[BOOT_PARAMS_SIZE], uint64_t gpa, const struct boot_info *info)
{
	uint8_t *module = page + START_SIZE, *entry = module + MODULE_SIZE;
	struct e820_entry e820[BOOT_E820_MAX];
	int n = boot_e820(info->map, e820, BOOT_E820_MAX);

	if (n < 0)
		return n;
	memset(page, 0, BOOT_PARAMS_SIZE);
	put_le32(page + START_MAGIC, MAGIC_VALUE);
	put_le32(page + START_VERSION, 1);
	put_le64(page + START_CMDLINE, info->cmdline_gpa);
	put_le64(page + START_RSDP, info->rsdp_gpa);
	put_le64(page + START_MEMMAP, gpa + START_SIZE + MODULE_SIZE);
	put_le32(page + START_MEMMAP_COUNT, (uint32_t)n);
	if (info->initrd_size) {
		put_le32(page + START_NR_MODULES, 1);
		put_le64(page + START_MODLIST, gpa + START_SIZE);
		put_le64(module, info->initrd_gpa);
		put_le64(module + 8, info->initrd_size);
	}
	for (int i = 0; i < n; i++, entry += MEMMAP_ENTRY) {
		put_le64(entry, e820[i].addr);
		put_le64(entry + 8, e820[i].size);
		put_le32(entry + 16, e820[i].type);
	}
	return 0;
}
