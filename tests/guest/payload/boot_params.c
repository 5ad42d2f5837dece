// SPDX-License-Identifier: BSD-2-Clause
/*
 * boot_params.c - what the zero page says: e820, command line, initrd, ACPI, setup_data.
 * Sources: Linux Documentation/x86/boot.rst, zero-page.rst; Devicetree Specification 0.4 chapter 5.
 */
#include "guest.h"

#define ZP_RSDP		 0x070
#define ZP_RAMDISK_HIGH	 0x0c0
#define ZP_CMDLINE_HIGH	 0x0c8
#define HDR_VERSION	 0x206
#define HDR_LOADER	 0x210
#define HDR_RAMDISK	 0x218
#define HDR_RAMDISK_SIZE 0x21c
#define HDR_CMDLINE	 0x228
#define HDR_INITRD_MAX	 0x22c
#define HDR_SETUP_DATA	 0x250
#define HDR_PREF_ADDRESS 0x258
#define SETUP_DTB	 2
#define SETUP_RNG_SEED	 9

#define FDT_MAGIC 0xd00dfeed
enum { FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 9 };

static const uint8_t *zero_page;

static uint64_t field(unsigned off, unsigned len)
{
	return get(zero_page + off, len);
}

static void test_e820(void)
{
	uint64_t end = 0;
	bool sorted = true;

	for (unsigned i = 0; i < e820_entries(); i++) {
		uint64_t start, size;
		uint32_t type = e820_entry(i, &start, &size);

		print("e820 %016lx-%016lx %s\n", start, start + size - 1,
		      type == E820_RAM	      ? "usable"
		      : type == E820_RESERVED ? "reserved"
					      : "of unknown type");
		sorted &= start >= end && size;
		end = start + size;
	}
	report(sorted, "e820 is sorted, without overlap");
}

static void test_header(void)
{
	equal(field(HDR_VERSION, 2), 0x020f, "header of the file");
	equal(field(HDR_PREF_ADDRESS, 8), 0x200000, "preferred address of the file");
	equal(field(HDR_LOADER, 1), 0xff, "loader without a number");
	print("cmdline [%s]\n", command_line());
	report(e820_has(field(HDR_CMDLINE, 4), strlen(command_line()) + 1, E820_RAM) &&
		       !field(ZP_CMDLINE_HIGH, 4),
	       "command line in usable memory");
}

/* The file holds this line over and over: see CMakeLists.txt. */
static void test_initrd(void)
{
	static const char line[] = "a line of the initial RAM disk\n";
	uint64_t gpa = field(HDR_RAMDISK, 4) | field(ZP_RAMDISK_HIGH, 4) << 32;
	uint64_t size = field(HDR_RAMDISK_SIZE, 4), bad = 0;
	const char *text = (const char *)gpa;

	print("initrd of %lu bytes\n", size);
	if (!size) {
		equal(gpa, 0, "no initrd, no address");
		return;
	}
	report(e820_has(gpa, size, E820_RAM), "initrd in usable memory");
	report(gpa % 4096 == 0 && gpa + size - 1 <= field(HDR_INITRD_MAX, 4),
	       "initrd on a page, below the kernel's limit");
	for (uint64_t i = 0; i + sizeof(line) - 1 <= size; i += sizeof(line) - 1)
		bad += memcmp(text + i, line, sizeof(line) - 1) != 0;
	equal(bad, 0, "initrd bytes");
}

static void test_rsdp(void)
{
	const uint8_t *rsdp = (const uint8_t *)field(ZP_RSDP, 8);

	report(!memcmp(rsdp, "RSD PTR ", 8), "RSDP signature");
	report(acpi_sum_is_zero(rsdp, 20) && acpi_sum_is_zero(rsdp, get(rsdp + 20, 4)),
	       "RSDP checksums");
	report(e820_has((uint64_t)rsdp, get(rsdp + 20, 4), E820_RESERVED),
	       "RSDP in reserved memory");
}

static void test_seed(const uint8_t *data, uint64_t len)
{
	unsigned zeros = 0;

	report(len >= 32, "seed of 32 bytes");
	print("seed ");
	for (uint64_t i = 0; i < len; i++) {
		print("%02x", data[i]);
		zeros += !data[i];
	}
	print("\n");
	report(zeros < len / 2, "seed is not mostly zeros");
}

static uint32_t be32(const uint8_t *p)
{
	return __builtin_bswap32((uint32_t)get(p, 4));
}

static uint64_t be64(const uint8_t *p)
{
	return __builtin_bswap64(get(p, 8));
}

/* Nodes below /reserved-memory must each name a range that e820 reserves. */
static void test_dtb(const uint8_t *fdt, uint64_t len)
{
	const uint8_t *at = fdt + be32(fdt + 8), *strings = fdt + be32(fdt + 12);
	unsigned depth = 0, inside = 0, nodes = 0, wrong = 0;

	equal(be32(fdt), FDT_MAGIC, "device tree magic");
	equal(be32(fdt + 4), len, "device tree size");
	for (uint32_t token = be32(at); token != FDT_END; token = be32(at)) {
		at += 4;
		if (token == FDT_BEGIN_NODE) {
			depth++;
			if (depth == 2 && !memcmp(at, "reserved-memory", 16))
				inside = depth;
			nodes += inside && depth == inside + 1;
			at += (strlen((const char *)at) + 4) & ~3ull;
		} else if (token == FDT_END_NODE) {
			if (inside == depth)
				inside = 0;
			depth--;
		} else if (token == FDT_PROP) {
			const char *name = (const char *)strings + be32(at + 4);

			if (inside && depth == inside + 1 && !memcmp(name, "reg", 4))
				wrong += !e820_has(be64(at + 8), be64(at + 16), E820_RESERVED);
			at += 8 + ((be32(at) + 3) & ~3u);
		} else if (token != FDT_NOP) {
			report(false, "device tree token %x", token);
			return;
		}
	}
	report(nodes > 0 && !wrong, "device tree: reserved ranges are e820's");
}

static void test_setup_data(void)
{
	uint64_t seeds = 0, trees = 0;

	for (uint64_t gpa = field(HDR_SETUP_DATA, 8); gpa; gpa = get((const uint8_t *)gpa, 8)) {
		const uint8_t *node = (const uint8_t *)gpa;
		uint64_t type = get(node + 8, 4), len = get(node + 12, 4);

		report(e820_has(gpa, 16 + len, E820_RAM), "setup_data in usable memory");
		if (type == SETUP_RNG_SEED) {
			seeds++;
			test_seed(node + 16, len);
		} else if (type == SETUP_DTB) {
			trees++;
			test_dtb(node + 16, len);
		} else {
			report(false, "setup_data of type %lu", type);
		}
	}
	equal(seeds, 1, "one seed");
	equal(trees, 1, "one device tree");
}

void guest_main(uint8_t *boot_params)
{
	zero_page = boot_params;
	test_e820();
	test_header();
	test_initrd();
	test_rsdp();
	test_setup_data();
}
