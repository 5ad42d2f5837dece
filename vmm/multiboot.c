// SPDX-License-Identifier: BSD-2-Clause
/*
 * multiboot.c - Multiboot 1: header in, information structure out.
 * Section numbers are the specification's, version 0.6.96.
 */
#include <errno.h>

#include "layout.h"
#include "memmap.h"
#include "multiboot.h"
#include "util.h"

/* clang-format off */
/* 3.1.1, the header */
#define HEADER_MAGIC	 0
#define   MAGIC_VALUE	   0x1badb002
#define HEADER_FLAGS	 4
#define   FLAG_PAGE_ALIGN  BIT(0) /* modules on page boundaries: ours always are */
#define   FLAG_MEMORY	   BIT(1)
#define   FLAG_VIDEO	   BIT(2) /* wishes only; without video there is nothing to tell */
#define   FLAGS_MANDATORY  GENMASK(15, 0)
#define   FLAG_ADDRESSES   BIT(16)
#define HEADER_CHECKSUM	 8
#define HEADER_SIZE	 12
#define HEADER_ADDR	 12
#define HEADER_LOAD	 16
#define HEADER_LOAD_END	 20
#define HEADER_BSS_END	 24
#define HEADER_ENTRY	 28
#define HEADER_SIZE_ADDR 32 /* with address fields */

/* 3.3, the information structure */
#define INFO_FLAGS	 0
#define   HAS_MEMORY	   BIT(0)
#define   HAS_CMDLINE	   BIT(2)
#define   HAS_MODULES	   BIT(3)
#define   HAS_MMAP	   BIT(6)
#define   HAS_LOADER	   BIT(9)
#define INFO_MEM_LOWER	 4 /* KiB */
#define INFO_MEM_UPPER	 8
#define INFO_CMDLINE	 16
#define INFO_MODS_COUNT	 20
#define INFO_MODS	 24
#define INFO_MMAP_LENGTH 44
#define INFO_MMAP	 48
#define INFO_LOADER	 64
#define INFO_SIZE	 120 /* 116 and padding */

/* a module: start, end, string, reserved */
#define MODULE_SIZE	 16
/* an entry of the map: size of what follows, address, length, type as in e820 */
#define MMAP_ENTRY	 24
/* clang-format on */

static const char LOADER_NAME[] = "igdvm";

#define LOADER_OFF (INFO_SIZE + MODULE_SIZE)
#define MMAP_OFF   (LOADER_OFF + 8)
_Static_assert(sizeof(LOADER_NAME) <= MMAP_OFF - LOADER_OFF, "the name fits");
_Static_assert(MMAP_OFF + BOOT_E820_MAX * MMAP_ENTRY <= BOOT_PARAMS_SIZE,
	       "all of it fits in the page");

bool multiboot_find(struct multiboot *m, const uint8_t *head, size_t len)
{
	len = MIN(len, MULTIBOOT_SEARCH);
	for (size_t off = 0; off + HEADER_SIZE <= len; off += 4) {
		const uint8_t *h = head + off;
		uint32_t flags = get_le32(h + HEADER_FLAGS);

		if (get_le32(h + HEADER_MAGIC) != MAGIC_VALUE ||
		    MAGIC_VALUE + flags + get_le32(h + HEADER_CHECKSUM) != 0)
			continue;
		*m = (struct multiboot){ .off = (uint32_t)off, .flags = flags };
		if (!(flags & FLAG_ADDRESSES))
			return true;
		if (len - off < HEADER_SIZE_ADDR)
			return false;
		m->has_addresses = true;
		m->header_addr = get_le32(h + HEADER_ADDR);
		m->load_addr = get_le32(h + HEADER_LOAD);
		m->load_end_addr = get_le32(h + HEADER_LOAD_END);
		m->bss_end_addr = get_le32(h + HEADER_BSS_END);
		m->entry_addr = get_le32(h + HEADER_ENTRY);
		return true;
	}
	return false;
}

int multiboot_check(const struct multiboot *m, const char **why)
{
	*why = NULL;
	if (!(m->flags & FLAGS_MANDATORY & ~(FLAG_PAGE_ALIGN | FLAG_MEMORY | FLAG_VIDEO)))
		return 0;
	*why = "its Multiboot header demands features that are not in Multiboot 1 (flag bits 3 to "
	       "15); build it without them";
	return -ENOEXEC;
}

int multiboot_image(const struct multiboot *m, uint64_t file_size, struct image *i,
		    const char **why)
{
	uint32_t before = m->header_addr - m->load_addr; /* bytes of the image before the header */
	uint64_t off = m->off - before, size, end;
	struct image_segment s;
	int ret;

	*i = (struct image){ 0 };
	*why = NULL;
	if (m->load_addr > m->header_addr || before > m->off) {
		*why = "its Multiboot header is damaged (load address against its own place); "
		       "build "
		       "it again";
		return -ENOEXEC;
	}
	/* 3.1.3: zero means up to the end of the file, and no bss */
	size = m->load_end_addr ? (uint64_t)m->load_end_addr - m->load_addr : file_size - off;
	end = m->bss_end_addr ? m->bss_end_addr : m->load_addr + size;
	if ((m->load_end_addr && m->load_end_addr < m->load_addr) || end < m->load_addr + size) {
		*why = "its Multiboot header is damaged (load end or bss end); build it again";
		return -ENOEXEC;
	}
	s = (struct image_segment){ off, size, m->load_addr, end - m->load_addr };
	ret = image_add(i, &s, file_size, why);
	return ret ? ret : image_set_entry(i, m->entry_addr, why);
}

/* KiB of RAM from start on, in one piece. */
static uint32_t ram_kib(const struct memmap *map, uint64_t start)
{
	const struct mem_range *r = memmap_at(map, start);

	return r && r->type == MEM_RAM ? (uint32_t)((r->size - (start - r->gpa)) / KiB) : 0;
}

int multiboot_info(uint8_t page[BOOT_PARAMS_SIZE], uint64_t gpa, const struct boot_info *info)
{
	uint64_t flags = HAS_MEMORY | HAS_CMDLINE | HAS_MMAP | HAS_LOADER;
	uint8_t *module = page + INFO_SIZE, *entry = page + MMAP_OFF;
	struct e820_entry e820[BOOT_E820_MAX];
	int n = boot_e820(info->map, e820, BOOT_E820_MAX);

	if (n < 0)
		return n;
	memset(page, 0, BOOT_PARAMS_SIZE);
	put_le32(page + INFO_MEM_LOWER, ram_kib(info->map, 0));
	put_le32(page + INFO_MEM_UPPER, ram_kib(info->map, LAYOUT_HIGH_MEMORY));
	put_le32(page + INFO_CMDLINE, (uint32_t)info->cmdline_gpa);
	put_le32(page + INFO_LOADER, (uint32_t)gpa + LOADER_OFF);
	memcpy(page + LOADER_OFF, LOADER_NAME, sizeof(LOADER_NAME));
	if (info->initrd_size) {
		flags |= HAS_MODULES;
		put_le32(page + INFO_MODS_COUNT, 1);
		put_le32(page + INFO_MODS, (uint32_t)gpa + INFO_SIZE);
		put_le32(module, (uint32_t)info->initrd_gpa);
		put_le32(module + 4, (uint32_t)(info->initrd_gpa + info->initrd_size));
	}
	put_le32(page + INFO_FLAGS, (uint32_t)flags);
	put_le32(page + INFO_MMAP, (uint32_t)gpa + MMAP_OFF);
	put_le32(page + INFO_MMAP_LENGTH, (uint32_t)n * MMAP_ENTRY);
	for (int i = 0; i < n; i++, entry += MMAP_ENTRY) {
		put_le32(entry, MMAP_ENTRY - 4);
		put_le64(entry + 4, e820[i].addr);
		put_le64(entry + 12, e820[i].size);
		put_le32(entry + 20, e820[i].type);
	}
	return 0;
}
