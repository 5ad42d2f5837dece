// SPDX-License-Identifier: BSD-2-Clause
/*
 * boot.c - from a bzImage's header and the plan to what the kernel finds in memory.
 */
#include <errno.h>

#include "boot.h"
#include "layout.h"
#include "memmap.h"
#include "util.h"

/* struct setup_header, offsets in the file and in the zero page alike */
/* clang-format off */
#define HDR_START	 0x1f1
#define HDR_SETUP_SECTS	 0x1f1
#define HDR_SYSSIZE	 0x1f4 /* protected-mode part in 16-byte units */
#define HDR_VID_MODE	 0x1fa
#define   VID_MODE_NORMAL  0xffff
#define HDR_BOOT_FLAG	 0x1fe
#define   BOOT_FLAG	   0xaa55
#define HDR_JUMP_LEN	 0x201 /* the header ends at 0x202 + this */
#define HDR_MAGIC	 0x202
#define   HDR_S		   0x53726448 /* "HdrS" */
#define HDR_VERSION	 0x206
#define HDR_LOADER	 0x210
#define   LOADER_UNDEFINED 0xff
#define HDR_LOADFLAGS	 0x211
#define   LOADED_HIGH	   BIT(0)
#define HDR_RAMDISK	 0x218
#define HDR_RAMDISK_SIZE 0x21c
#define HDR_CMDLINE	 0x228
#define HDR_INITRD_MAX	 0x22c
#define HDR_ALIGNMENT	 0x230
#define HDR_RELOCATABLE	 0x234
#define HDR_XLOADFLAGS	 0x236
#define   XLF_KERNEL_64	   BIT(0)
#define HDR_CMDLINE_SIZE 0x238
#define HDR_SETUP_DATA	 0x250
#define HDR_PREF_ADDRESS 0x258
#define HDR_INIT_SIZE	 0x260
#define HDR_END_MAX	 0x290

/* struct boot_params */
#define ZP_RSDP		 0x070
#define ZP_RAMDISK_HIGH	 0x0c0
#define ZP_RAMDISK_SIZE_HIGH 0x0c4
#define ZP_CMDLINE_HIGH	 0x0c8
#define ZP_E820_ENTRIES	 0x1e8
#define ZP_E820_TABLE	 0x2d0
#define   E820_ENTRY_SIZE  20
/* clang-format on */

#define SETUP_DTB      2
#define SETUP_RNG_SEED 9
#define SETUP_HEADER   16

#define PROTOCOL_MIN 0x020c
#define SECTOR	     512
#define PAGE	     (4 * KiB)

bool boot_is_linux(const uint8_t *head, size_t len)
{
	return len >= HDR_MAGIC + 4 && get_le16(head + HDR_BOOT_FLAG) == BOOT_FLAG &&
	       get_le32(head + HDR_MAGIC) == HDR_S;
}

int boot_parse(struct boot_kernel *k, const uint8_t head[BOOT_HEAD_SIZE], uint64_t file_size,
	       const char **why)
{
	unsigned sects = head[HDR_SETUP_SECTS] ? head[HDR_SETUP_SECTS] : 4;

	*why = NULL;
	if (file_size < BOOT_HEAD_SIZE)
		*why = "truncated: too short for a kernel";
	else if (!boot_is_linux(head, BOOT_HEAD_SIZE))
		*why = "not a bzImage (no boot signature)";
	else if (get_le16(head + HDR_VERSION) < PROTOCOL_MIN)
		*why = "its boot protocol is older than 2.12; a kernel from 3.8 on is needed";
	else if (!(head[HDR_LOADFLAGS] & LOADED_HIGH))
		*why = "a zImage, which loads low; a bzImage is needed";
	else if (!(get_le16(head + HDR_XLOADFLAGS) & XLF_KERNEL_64))
		*why = "a 32-bit kernel without 64-bit entry; an x86-64 bzImage is needed";
	if (*why)
		return -ENOEXEC;
	*k = (struct boot_kernel){
		.version = get_le16(head + HDR_VERSION),
		.payload_off = (sects + 1) * SECTOR,
		.payload_size = (uint64_t)get_le32(head + HDR_SYSSIZE) * 16,
		.pref_address = get_le64(head + HDR_PREF_ADDRESS),
		.init_size = get_le32(head + HDR_INIT_SIZE),
		.alignment = get_le32(head + HDR_ALIGNMENT),
		.relocatable = head[HDR_RELOCATABLE],
		.initrd_max = get_le32(head + HDR_INITRD_MAX),
		.cmdline_max = get_le32(head + HDR_CMDLINE_SIZE),
	};
	if (k->payload_off >= file_size || !k->payload_size ||
	    k->payload_size > ALIGN_UP(file_size - k->payload_off, 16))
		*why = "truncated: shorter than its header says";
	else if (0x202u + head[HDR_JUMP_LEN] < HDR_INIT_SIZE + 4 || k->alignment < PAGE ||
		 (k->alignment & (k->alignment - 1)) || k->alignment > GiB ||
		 k->pref_address >= LAYOUT_4GIB)
		*why = "its header is damaged (length, alignment or preferred address)";
	if (*why)
		return -ENOEXEC;
	/* what is in the file, however the last unit is padded */
	k->payload_size = MIN(k->payload_size, file_size - k->payload_off);
	k->init_size = MAX(k->init_size, k->payload_size);
	return 0;
}

/* Kernel and initrd go into low RAM from 1 MiB on: below is boot data. */
static int low_ram(const struct mem_range *r)
{
	return r->type == MEM_RAM && r->gpa >= LAYOUT_HIGH_MEMORY && r->gpa < LAYOUT_4GIB;
}

int boot_place_kernel(const struct boot_kernel *k, const struct memmap *map, uint64_t *gpa)
{
	const struct mem_range *r = memmap_at(map, k->pref_address);

	if (r && low_ram(r) && k->init_size <= r->size - (k->pref_address - r->gpa)) {
		*gpa = k->pref_address;
		return 0;
	}
	/* never lower: the kernel would move itself up to its preferred address (head_64.S) */
	for (size_t i = 0; i < map->n && k->relocatable; i++) {
		uint64_t start = ALIGN_UP(MAX(map->range[i].gpa, k->pref_address), k->alignment);

		r = &map->range[i];
		if (!low_ram(r) || start - r->gpa >= r->size ||
		    k->init_size > r->size - (start - r->gpa))
			continue;
		*gpa = start;
		return 0;
	}
	return -ENOSPC;
}

int boot_place_initrd(const struct boot_kernel *k, const struct memmap *map, uint64_t kernel_gpa,
		      uint64_t size, uint64_t *gpa)
{
	uint64_t limit = k->initrd_max + 1;

	for (size_t i = map->n; i > 0; i--) {
		const struct mem_range *r = &map->range[i - 1];
		uint64_t end = MIN(r->gpa + r->size, limit), start;

		if (!low_ram(r) || end <= r->gpa)
			continue;
		/* above the kernel if there is room, else below it */
		for (int below = 0; below < 2; below++) {
			if (below)
				end = MIN(end, kernel_gpa);
			if (end < r->gpa || size > end - r->gpa)
				break;
			start = ALIGN_DOWN(end - size, PAGE);
			if (start < r->gpa || ranges_overlap(start, size, kernel_gpa, k->init_size))
				continue;
			*gpa = start;
			return 0;
		}
	}
	return -ENOSPC;
}

int boot_e820(const struct memmap *map, struct e820_entry *entry, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];

		if (!mem_traits[r->type].e820)
			continue;
		if (n == max)
			return -E2BIG;
		entry[n++] = (struct e820_entry){ r->gpa, r->size, mem_traits[r->type].e820 };
	}
	return (int)n;
}

int boot_params(uint8_t page[BOOT_PARAMS_SIZE], const uint8_t head[BOOT_HEAD_SIZE],
		const struct boot_info *info)
{
	unsigned end = MIN(0x202u + head[HDR_JUMP_LEN], (unsigned)HDR_END_MAX);
	struct e820_entry e820[BOOT_E820_MAX];
	int n = boot_e820(info->map, e820, BOOT_E820_MAX);

	if (n < 0)
		return n;
	memset(page, 0, BOOT_PARAMS_SIZE);
	memcpy(page + HDR_START, head + HDR_START, end - HDR_START);
	put_le16(page + HDR_VID_MODE, VID_MODE_NORMAL);
	page[HDR_LOADER] = LOADER_UNDEFINED;
	page[HDR_LOADFLAGS] = head[HDR_LOADFLAGS] & LOADED_HIGH;
	put_le32(page + HDR_RAMDISK, (uint32_t)info->initrd_gpa);
	put_le32(page + ZP_RAMDISK_HIGH, (uint32_t)(info->initrd_gpa >> 32));
	put_le32(page + HDR_RAMDISK_SIZE, (uint32_t)info->initrd_size);
	put_le32(page + ZP_RAMDISK_SIZE_HIGH, (uint32_t)(info->initrd_size >> 32));
	put_le32(page + HDR_CMDLINE, (uint32_t)info->cmdline_gpa);
	put_le32(page + ZP_CMDLINE_HIGH, (uint32_t)(info->cmdline_gpa >> 32));
	put_le64(page + HDR_SETUP_DATA, info->setup_data_gpa);
	put_le64(page + ZP_RSDP, info->rsdp_gpa);
	page[ZP_E820_ENTRIES] = (uint8_t)n;
	for (int i = 0; i < n; i++) {
		uint8_t *e = page + ZP_E820_TABLE + i * E820_ENTRY_SIZE;

		put_le64(e, e820[i].addr);
		put_le64(e + 8, e820[i].size);
		put_le32(e + 16, e820[i].type);
	}
	return 0;
}

/* Append one node; *last is the place of the pointer that leads to it. */
static int add_node(uint8_t *buf, size_t size, size_t *used, uint64_t gpa, uint8_t **last,
		    uint32_t type, const void *data, size_t len)
{
	uint8_t *node = buf + *used;

	if (!len)
		return 0;
	if (size - *used < SETUP_HEADER || size - *used - SETUP_HEADER < len)
		return -ENOSPC;
	if (*last)
		put_le64(*last, gpa + *used);
	put_le64(node, 0);
	put_le32(node + 8, type);
	put_le32(node + 12, (uint32_t)len);
	memcpy(node + SETUP_HEADER, data, len);
	*last = node;
	*used = MIN(ALIGN_UP(*used + SETUP_HEADER + len, 16), size);
	return 0;
}

int boot_setup_data(void *buf, size_t size, uint64_t gpa, const void *seed, size_t seed_len,
		    const void *dtb, size_t dtb_len)
{
	uint8_t *last = NULL;
	size_t used = 0;
	int ret = add_node(buf, size, &used, gpa, &last, SETUP_RNG_SEED, seed, seed_len);

	if (!ret)
		ret = add_node(buf, size, &used, gpa, &last, SETUP_DTB, dtb, dtb_len);
	return ret ? ret : (int)used;
}

/* Intel SDM vol. 3A 4.5: present, writable; page-size bit in a directory entry */
#define PTE_TABLE 0x03
#define PTE_2MIB  0x83

void boot_page_tables(uint8_t tables[BOOT_TABLES_SIZE], uint64_t gpa)
{
	memset(tables, 0, BOOT_TABLES_SIZE);
	put_le64(tables, (gpa + PAGE) | PTE_TABLE);
	for (unsigned i = 0; i < 4; i++)
		put_le64(tables + PAGE + 8 * i, (gpa + (2 + i) * PAGE) | PTE_TABLE);
	for (unsigned i = 0; i < 4 * 512; i++)
		put_le64(tables + 2 * PAGE + 8 * i, i * 2 * MiB | PTE_2MIB);
}

void boot_gdt(uint8_t gdt[BOOT_GDT_SIZE])
{
	memset(gdt, 0, BOOT_GDT_SIZE);
	put_le64(gdt + BOOT_CS, 0x00af9b000000ffff); /* 64-bit code, present, accessed */
	put_le64(gdt + BOOT_DS, 0x00cf93000000ffff); /* data, 4 GiB limit */
}
