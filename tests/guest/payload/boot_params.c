// SPDX-License-Identifier: BSD-2-Clause
/*
 * boot_params.c - what the zero page says: handover.c's part, the file's header, setup_data.
 * Sources: Linux Documentation/x86/boot.rst, zero-page.rst; Devicetree Specification 0.4 chapter 5.
 */
#include "handover.h"

#define HDR_VERSION	 0x206
#define HDR_LOADER	 0x210
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

static void test_header(void)
{
	equal(field(HDR_VERSION, 2), 0x020f, "header of the file");
	equal(field(HDR_PREF_ADDRESS, 8), 0x200000, "preferred address of the file");
	equal(field(HDR_LOADER, 1), 0xff, "loader without a number");
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
	handover_test();
	test_header();
	test_setup_data();
}
