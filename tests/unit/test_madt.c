// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_madt.c - processors and interrupt controllers, as an operating system reads them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../golden/acpi_walk.h"
#include "acpi.h"
#include "layout.h"
#include "memmap.h"
#include "util.h"

static const struct memmap map = {
	.range = { { 0x0, 0xa0000, MEM_RAM, "ram" },
		   { LAYOUT_PCI32, LAYOUT_PCI32_SIZE, MEM_PCI32, "pci32" },
		   { LAYOUT_ECAM, LAYOUT_ECAM_SIZE, MEM_ECAM, "ecam" } },
	.n = 3,
};
static const struct acpi_info one_cpu = { .topology = { 1, 1, 1 }, .map = &map };

static struct acpi_image build(const struct acpi_info *info)
{
	static uint8_t buf[LAYOUT_ACPI_MAX];
	int used = acpi_build(info, LAYOUT_ACPI, buf, sizeof(buf));

	assert_true(used > 0);
	return (struct acpi_image){ .bytes = buf, .size = (size_t)used, .gpa = LAYOUT_ACPI };
}

/* How often an entry type occurs; processors must be those of the topology, in their order. */
static void count_madt(const uint8_t *madt, const struct topology *t, unsigned count[16])
{
	unsigned cpu = 0;

	memset(count, 0, 16 * sizeof(count[0]));
	for (size_t i = 44; i < acpi_length(madt); i += madt[i + 1]) {
		const uint8_t *e = madt + i;
		uint32_t id = cpu < topology_cpus(t) ? topology_apic_id(t, cpu) : UINT32_MAX;

		assert_in_range(e[0], 0, 15);
		count[e[0]]++;
		if (e[0] == 0) {
			assert_int_equal(e[1], 8);
			assert_int_equal(e[2], id);
			assert_int_equal(e[3], id);
			cpu++;
			assert_int_equal(get_le32(e + 4), 1);
		} else if (e[0] == 9) {
			assert_int_equal(e[1], 16);
			assert_int_equal(get_le32(e + 4), id);
			assert_int_equal(get_le32(e + 8), 1);
			assert_int_equal(get_le32(e + 12), id);
			cpu++;
		}
		assert_true(e[1] >= 2);
	}
	assert_int_equal(cpu, topology_cpus(t));
}

static void test_madt_processors(void **state)
{
	static const struct {
		struct topology topology;
		unsigned xapic; /* how many have ids 0..254 */
	} t[] = {
		{ { 1, 1, 1 }, 1 },
		{ { 1, 2, 1 }, 2 },
		{ { 1, 254, 1 }, 254 },
		{ { 1, 255, 1 }, 255 },
		{ { 1, 256, 1 }, 255 },
		{ { 1, 300, 1 }, 255 },
		{ { 1, 1024, 1 }, 255 },
		{ { 2, 3, 1 }, 6 },
		{ { 2, 64, 2 }, 255 },
		/* 8 ids a socket: 32 sockets below 255, with 5 of them used */
		{ { 40, 5, 1 }, 160 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		unsigned cpus = topology_cpus(&t[i].topology);
		struct acpi_info info = one_cpu;
		struct acpi_image m;
		unsigned count[16];

		info.topology = t[i].topology;
		m = build(&info);
		count_madt(acpi_find(&m, "APIC"), &info.topology, count);
		assert_int_equal(count[0], t[i].xapic);
		assert_int_equal(count[9], cpus - t[i].xapic);
		assert_int_equal(count[10], cpus > t[i].xapic);
		assert_int_equal(count[1], 1);
		assert_int_equal(count[2], 2);
		assert_int_equal(count[4], 1);
		assert_true(acpi_sum_is_zero(acpi_find(&m, "APIC"),
					     acpi_length(acpi_find(&m, "APIC"))));
	}
}

static void test_madt_interrupts(void **state)
{
	static const uint8_t tail[] = {
		1,  12, 0,    0, 0x00, 0x00, 0xc0, 0xfe, 0,    0, 0, 0, /* IOAPIC 0, GSI 0 */
		2,  10, 0,    0, 2,    0,    0,	   0,	 0,    0,	/* timer: GSI 2 */
		2,  10, 0,    9, 9,    0,    0,	   0,	 0x0d, 0, /* SCI: level, active high */
		4,  6,	0xff, 0, 0,    1,			  /* NMI: LINT1 */
		10, 12, 0,    0, 0xff, 0xff, 0xff, 0xff, 1,    0, 0, 0,
	};
	struct acpi_info info = one_cpu;
	struct acpi_image m;
	const uint8_t *madt;

	(void)state;
	info.topology = (struct topology){ 1, 1, 1 };
	m = build(&info);
	madt = acpi_find(&m, "APIC");
	assert_int_equal(get_le32(madt + 36), LAYOUT_LAPIC);
	assert_int_equal(get_le32(madt + 40), 1); /* PCAT_COMPAT */
	assert_int_equal(acpi_length(madt), 44 + 8 + sizeof(tail) - 12);
	assert_memory_equal(madt + 52, tail, sizeof(tail) - 12);
	info.topology = (struct topology){ 1, 256, 1 };
	m = build(&info);
	madt = acpi_find(&m, "APIC");
	assert_int_equal(acpi_length(madt), 44 + 255 * 8 + 16 + sizeof(tail));
	assert_memory_equal(madt + 44 + 255 * 8 + 16, tail, sizeof(tail));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_madt_processors),
		cmocka_unit_test(test_madt_interrupts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
