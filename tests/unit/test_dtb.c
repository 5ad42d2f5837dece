// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_dtb.c - the device tree, read back with libfdt and compared with the plan.
 */
#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dtb.h"
#include "layout.h"
#include "memmap.h"
#include "util.h"

static const uint8_t seed[] = { 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5 };

static uint8_t tree[LAYOUT_SETUP_DATA_MAX];

static struct memmap make_plan(uint64_t ram)
{
	static const struct mem_wish wishes[] = {
		{ "opregion", MEM_OPREGION, 8 * KiB, 4 * KiB, MEMMAP_ANYWHERE },
		{ "stolen", MEM_STOLEN, 32 * MiB, 1 * MiB, MEMMAP_ANYWHERE },
	};
	const struct memmap_params params = {
		.ram_size = ram, .phys_bits = 40, .wish = wishes, .n_wish = ARRAY_SIZE(wishes)
	};
	struct memmap map;

	assert_int_equal(memmap_plan(&map, &params), 0);
	return map;
}

static void build(const struct dtb_info *info)
{
	int used;

	used = dtb_build(info, tree, sizeof(tree));
	assert_true(used > 0);
	assert_int_equal(fdt_totalsize(tree), used);
	assert_int_equal(fdt_check_full(tree, (size_t)used), 0);
}

static const void *get(int node, const char *name, int len)
{
	int got;
	const void *value = fdt_getprop(tree, node, name, &got);

	assert_non_null(value);
	assert_int_equal(got, len);
	return value;
}

static uint64_t get_u64(int node, const char *name, int index, int count)
{
	const fdt64_t *cells = get(node, name, 8 * count);
	fdt64_t v;

	memcpy(&v, cells + index, sizeof(v));
	return fdt64_to_cpu(v);
}

static void check_string(int node, const char *name, const char *want)
{
	assert_string_equal(get(node, name, (int)strlen(want) + 1), want);
}

static int find(const char *parent, const char *name, uint64_t address)
{
	char path[128];
	int node;

	snprintf(path, sizeof(path), "%s/%s@%" PRIx64, parent, name, address);
	node = fdt_path_offset(tree, path);
	assert_true(node >= 0);
	return node;
}

static int count_children(int node)
{
	int child, n = 0;

	fdt_for_each_subnode(child, tree, node) n++;
	return n;
}

static void check_reg(int node, const struct mem_range *r)
{
	assert_int_equal(get_u64(node, "reg", 0, 2), r->gpa);
	assert_int_equal(get_u64(node, "reg", 1, 2), r->size);
}

static void test_memory_and_reserved(void **state)
{
	static const uint64_t sizes[] = { 128 * MiB, 512 * MiB, 4 * GiB, 64 * GiB };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		const struct memmap map = make_plan(sizes[k]);
		int ram = 0, reserved = 0, node;

		build(&(struct dtb_info){ .map = &map, .cmdline = "" });
		assert_int_equal(fdt_address_cells(tree, 0), 2);
		assert_int_equal(fdt_size_cells(tree, 0), 2);
		check_string(0, "compatible", "igdvm");
		for (size_t i = 0; i < map.n; i++) {
			const struct mem_range *r = &map.range[i];

			if (r->type == MEM_RAM) {
				node = find("", "memory", r->gpa);
				check_string(node, "device_type", "memory");
				check_reg(node, r);
				ram++;
			} else if (mem_traits[r->type].reserved) {
				node = find("/reserved-memory", r->name, r->gpa);
				check_reg(node, r);
				get(node, "no-map", 0);
				reserved++;
			}
		}
		node = fdt_path_offset(tree, "/reserved-memory");
		get(node, "ranges", 0);
		assert_int_equal(fdt_address_cells(tree, node), 2);
		assert_int_equal(fdt_size_cells(tree, node), 2);
		assert_int_equal(count_children(node), reserved);
		assert_int_equal(count_children(0), ram + 3); /* chosen, reserved-memory, pci */
	}
}

static void test_igd_ranges_are_named(void **state)
{
	const struct memmap map = make_plan(GiB);
	int node;

	(void)state;
	build(&(struct dtb_info){ .map = &map, .cmdline = "" });
	node = fdt_node_offset_by_compatible(tree, -1, DTB_OPREGION_COMPATIBLE);
	assert_true(node >= 0);
	check_reg(node, memmap_find(&map, MEM_OPREGION));
	node = fdt_node_offset_by_compatible(tree, -1, DTB_STOLEN_COMPATIBLE);
	assert_true(node >= 0);
	check_reg(node, memmap_find(&map, MEM_STOLEN));
}

static void test_pci(void **state)
{
	const struct memmap map = make_plan(4 * GiB);
	const struct mem_range *low = memmap_find(&map, MEM_PCI32),
			       *high = memmap_find(&map, MEM_PCI64);
	const uint8_t *ranges;
	int node;

	(void)state;
	build(&(struct dtb_info){ .map = &map, .cmdline = "" });
	node = find("", "pci", LAYOUT_ECAM);
	check_string(node, "compatible", "pci-host-ecam-generic");
	check_string(node, "status", "reserved"); /* or Linux drives the bus twice */
	assert_int_equal(get_u64(node, "reg", 0, 2), LAYOUT_ECAM);
	assert_int_equal(get_u64(node, "reg", 1, 2), LAYOUT_ECAM_SIZE);
	assert_int_equal(get_u64(node, "bus-range", 0, 1), LAYOUT_ECAM_BUSES - 1);
	ranges = get(node, "ranges", 2 * 28);
	assert_int_equal(fdt32_ld((const fdt32_t *)ranges), 0x02000000);
	assert_int_equal(fdt64_ld((const fdt64_t *)(ranges + 4)), low->gpa);
	assert_int_equal(fdt64_ld((const fdt64_t *)(ranges + 12)), low->gpa);
	assert_int_equal(fdt64_ld((const fdt64_t *)(ranges + 20)), low->size);
	assert_int_equal(fdt32_ld((const fdt32_t *)(ranges + 28)), 0x03000000);
	assert_int_equal(fdt64_ld((const fdt64_t *)(ranges + 32)), high->gpa);
	assert_int_equal(fdt64_ld((const fdt64_t *)(ranges + 40)), high->gpa);
	assert_int_equal(fdt64_ld((const fdt64_t *)(ranges + 48)), high->size);
}

static void test_chosen(void **state)
{
	const struct memmap map = make_plan(GiB);
	struct dtb_info info = { .map = &map, .cmdline = "console=ttyS0 quiet" };
	int node;

	(void)state;
	build(&info);
	node = fdt_path_offset(tree, "/chosen");
	check_string(node, "bootargs", info.cmdline);
	assert_null(fdt_getprop(tree, node, "linux,initrd-start", NULL));
	assert_null(fdt_getprop(tree, node, "linux,initrd-end", NULL));
	assert_null(fdt_getprop(tree, node, "rng-seed", NULL));

	info.initrd_gpa = 0x3fe00000;
	info.initrd_size = 0x12345;
	info.rng_seed = seed;
	info.rng_seed_len = sizeof(seed);
	build(&info);
	node = fdt_path_offset(tree, "/chosen");
	assert_int_equal(get_u64(node, "linux,initrd-start", 0, 1), 0x3fe00000);
	assert_int_equal(get_u64(node, "linux,initrd-end", 0, 1), 0x3fe12345);
	assert_memory_equal(get(node, "rng-seed", sizeof(seed)), seed, sizeof(seed));
}

/* What x86 Linux would take for hardware besides ACPI's: see dtb.c. */
static void test_nothing_that_acpi_has(void **state)
{
	const struct memmap map = make_plan(GiB);

	(void)state;
	build(&(struct dtb_info){ .map = &map, .cmdline = "" });
	assert_true(fdt_path_offset(tree, "/cpus") < 0);
	assert_true(fdt_node_offset_by_prop_value(tree, -1, "device_type", "cpu", 4) < 0);
	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL))
		assert_null(fdt_getprop(tree, node, "interrupt-controller", NULL));
}

/* Every size that is too small is refused, with nothing written behind it (ASan watches too). */
static void test_too_small(void **state)
{
	const struct memmap map = make_plan(4 * GiB);
	const struct dtb_info info = { .map = &map,
				       .cmdline = "console=ttyS0",
				       .rng_seed = seed,
				       .rng_seed_len = sizeof(seed) };
	size_t need;

	(void)state;
	build(&info);
	need = fdt_totalsize(tree);
	for (size_t size = 0; size < need + 64; size++) {
		uint8_t *buf = malloc(size + 1);
		int ret;

		buf[size] = 0xa5;
		ret = dtb_build(&info, buf, size);
		assert_true(ret == -ENOSPC || (size >= need && ret == (int)need));
		assert_int_equal(buf[size], 0xa5);
		free(buf);
	}
	assert_int_equal(dtb_build(&info, tree, need + 64), need);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_and_reserved),
		cmocka_unit_test(test_igd_ranges_are_named),
		cmocka_unit_test(test_pci),
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_nothing_that_acpi_has),
		cmocka_unit_test(test_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
