// SPDX-License-Identifier: BSD-2-Clause
/*
 * boot32.c - what PVH or Multiboot hands over, checked and turned into a zero page, before guest_main().
 */
#include "handover.h"

#define MULTIBOOT_MAGIC 0x2badb002
#define MULTIBOOT_FLAGS (1 << 0 | 1 << 2 | 1 << 6 | 1 << 9) /* memory, command line, map, loader */
#define MULTIBOOT_MODS	(1 << 3)
#define MMAP_ENTRY	24
#define PVH_MAGIC	0x336ec578
#define PVH_MEMMAP_SIZE 24

static uint8_t zero_page[4096];

static void put(unsigned off, unsigned len, uint64_t v)
{
	memcpy(zero_page + off, &v, len);
}

static void add_e820(uint64_t start, uint64_t size, uint64_t type)
{
	unsigned off = ZP_E820_TABLE + zero_page[ZP_E820_ENTRIES]++ * ZP_E820_SIZE;

	put(off, 8, start);
	put(off + 8, 8, size);
	put(off + 16, 4, type);
}

/* ---- Multiboot ---- */

/* As systems without another pointer find it: ACPI 6.5, 5.2.5.1. */
static uint64_t scan_for_rsdp(void)
{
	for (uint64_t gpa = LAYOUT_ACPI; gpa < LAYOUT_HIGH_MEMORY; gpa += 16)
		if (!memcmp((const void *)gpa, "RSD PTR ", 8))
			return gpa;
	return 0;
}

static void multiboot_modules(const uint8_t *info)
{
	const uint8_t *module = (const uint8_t *)get(info + 24, 4);

	if (!(get(info, 4) & MULTIBOOT_MODS))
		return;
	equal(get(info + 20, 4), 1, "one module");
	equal(get(module + 8, 4) | get(module + 12, 4), 0, "module without a string");
	put(HDR_RAMDISK, 4, get(module, 4));
	put(HDR_RAMDISK_SIZE, 4, get(module + 4, 4) - get(module, 4));
}

static void from_multiboot(const uint8_t *info)
{
	const uint8_t *at = (const uint8_t *)get(info + 48, 4), *end = at + get(info + 44, 4);
	uint64_t upper = 0;

	print("Multiboot\n");
	equal(get(info, 4) & ~MULTIBOOT_MODS, MULTIBOOT_FLAGS, "Multiboot flags");
	report(!memcmp((const void *)get(info + 64, 4), "igdvm", 6), "boot loader name");
	for (; at < end; at += get(at, 4) + 4) {
		equal(get(at, 4), MMAP_ENTRY - 4, "size of a map entry");
		add_e820(get(at + 4, 8), get(at + 12, 8), get(at + 20, 4));
		if (get(at + 4, 8) == MiB)
			upper = get(at + 12, 8) / KiB;
	}
	report(at == end, "the map ends with an entry");
	equal(get(info + 4, 4), 640, "lower memory");
	equal(get(info + 8, 4), upper, "upper memory is the map's");
	put(HDR_CMDLINE, 4, get(info + 16, 4));
	put(ZP_RSDP, 8, scan_for_rsdp());
	multiboot_modules(info);
}

/* ---- PVH ---- */

static void from_pvh(const uint8_t *info)
{
	const uint8_t *at = (const uint8_t *)get(info + 40, 8);
	const uint8_t *module = (const uint8_t *)get(info + 16, 8);

	print("PVH\n");
	equal(get(info, 4), PVH_MAGIC, "start info magic");
	equal(get(info + 4, 4), 1, "start info version");
	equal(get(info + 8, 4), 0, "start info flags");
	equal(get(info + 52, 4), 0, "reserved field");
	for (uint64_t i = get(info + 48, 4); i; i--, at += PVH_MEMMAP_SIZE) {
		add_e820(get(at, 8), get(at + 8, 8), get(at + 16, 4));
		equal(get(at + 20, 4), 0, "reserved field of a map entry");
	}
	put(HDR_CMDLINE, 4, get(info + 24, 8));
	put(ZP_RSDP, 8, get(info + 32, 8));
	if (!get(info + 12, 4)) {
		equal((uint64_t)module, 0, "no module, no list");
		return;
	}
	equal(get(info + 12, 4), 1, "one module");
	equal(get(module + 16, 8) | get(module + 24, 8), 0, "module without a command line");
	put(HDR_RAMDISK, 4, get(module, 8));
	put(HDR_RAMDISK_SIZE, 4, get(module + 8, 8));
}

void guest_prepare(void)
{
	const uint8_t *info = (const uint8_t *)(uint64_t)entry32_state.ebx;

	entry_state.rsi = (uint64_t)zero_page;
	put(HDR_INITRD_MAX, 4, 0xffffffff);
	if (entry32_state.eax == MULTIBOOT_MAGIC)
		from_multiboot(info);
	else
		from_pvh(info);
}
