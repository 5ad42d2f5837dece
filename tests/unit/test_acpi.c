// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_acpi.c - the tables, read back as an operating system reads them.
 * Decodes AML and resource descriptors by itself; uses of aml.h only what it tests on its own.
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
#include "aml.h"
#include "layout.h"
#include "memmap.h"
#include "util.h"

#define GPA LAYOUT_ACPI

/* Every kind of range, and some that the planner does not make today. */
static const struct memmap map_igd = {
	.range = {
		{ 0x0, 0xa0000, MEM_RAM, "ram" },
		{ 0xa0000, 0x60000, MEM_LEGACY, "legacy" },
		{ 0x100000, 0x7ff00000, MEM_RAM, "ram" },
		{ 0x80000000, 0x4000000, MEM_STOLEN, "stolen" },
		{ 0x9fffe000, 0x2000, MEM_OPREGION, "opregion" },
		{ 0xc0000000, 0x1000000, MEM_PCI32, "pci32" },
		{ 0xd0000000, 0x30000000, MEM_PCI32, "pci32" },
		{ LAYOUT_ECAM, LAYOUT_ECAM_SIZE, MEM_ECAM, "ecam" },
		{ 0x100000000, 0x40000000, MEM_RAM, "ram" },
		{ 0x140000000, 0x10000000, MEM_STOLEN, "stolen" },
		{ 0x8000000000, 0x8000000000, MEM_PCI64, "pci64" },
	},
	.n = 11,
};

static const struct memmap map_plain = {
	.range = {
		{ 0x0, 0xa0000, MEM_RAM, "ram" },
		{ LAYOUT_PCI32, LAYOUT_PCI32_SIZE, MEM_PCI32, "pci32" },
		{ LAYOUT_ECAM, LAYOUT_ECAM_SIZE, MEM_ECAM, "ecam" },
	},
	.n = 3,
};

static const struct acpi_prt one_row[] = { { 2, 0, 18 } };

static const struct acpi_info info_igd = {
	.topology = { 1, 2, 1 }, .map = &map_igd, .prt = one_row, .n_prt = 1
};

static uint8_t image_buf[LAYOUT_ACPI_MAX];

static struct acpi_image build_at(const struct acpi_info *info, uint64_t gpa)
{
	int used;

	memset(image_buf, 0xa5, sizeof(image_buf));
	used = acpi_build(info, gpa, image_buf, sizeof(image_buf));
	assert_true(used > 0);
	return (struct acpi_image){ .bytes = image_buf, .size = (size_t)used, .gpa = gpa };
}

static struct acpi_image build(const struct acpi_info *info)
{
	return build_at(info, GPA);
}

static void check_table(const struct acpi_image *m, uint64_t gpa, const char *signature)
{
	const uint8_t *t = acpi_at(m, gpa);

	assert_non_null(t);
	assert_memory_equal(t, signature, 4);
	assert_int_equal(gpa % 16, 0);
	assert_true(acpi_sum_is_zero(t, acpi_length(t)));
	assert_memory_equal(t + 10, "IGDVM IGDVM   ", 14);
}

static void test_pointers_and_checksums(void **state)
{
	static const char *const listed[] = { "FACP", "SSDT", "APIC", "MCFG" };
	static const uint64_t gpas[] = { GPA, GPA + 0x10, GPA + 0x20, GPA + 0x30, 0x7fff0000 };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(gpas); k++) {
		struct acpi_image m = build_at(&info_igd, gpas[k]);
		const uint8_t *rsdp = m.bytes, *xsdt = acpi_xsdt(&m), *fadt;

		assert_memory_equal(rsdp, "RSD PTR ", 8);
		assert_int_equal(rsdp[15], 2);
		assert_int_equal(get_le32(rsdp + 16), 0);
		assert_int_equal(get_le32(rsdp + 20), 36);
		assert_true(acpi_sum_is_zero(rsdp, 20));
		assert_true(acpi_sum_is_zero(rsdp, 36));
		check_table(&m, get_le64(rsdp + 24), "XSDT");
		assert_int_equal(acpi_length(xsdt), 36 + 8 * ARRAY_SIZE(listed));
		for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
			check_table(&m, get_le64(xsdt + 36 + 8 * i), listed[i]);

		fadt = acpi_find(&m, "FACP");
		check_table(&m, get_le32(fadt + 40), "DSDT");
		assert_int_equal(get_le64(fadt + 140), get_le32(fadt + 40));
		assert_int_equal(get_le32(fadt + 36) % 64, 0);
		assert_int_equal(get_le64(fadt + 132), 0);
		assert_memory_equal(acpi_find(&m, "FACS"), "FACS\x40\0\0\0", 8);
	}
}

/* Tables follow one another without overlap, and the last one ends where the image does. */
static void test_tables_are_disjoint(void **state)
{
	static const char *const all[] = { "FACP", "FACS", "DSDT", "SSDT", "APIC", "MCFG" };
	struct acpi_image m = build(&info_igd);
	const uint8_t *end = acpi_xsdt(&m) + acpi_length(acpi_xsdt(&m));

	(void)state;
	assert_true(acpi_xsdt(&m) >= m.bytes + 36);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const uint8_t *t = acpi_find(&m, all[i]);

		assert_true(t >= end && t < end + 64);
		for (const uint8_t *gap = end; gap < t; gap++)
			assert_int_equal(*gap, 0);
		end = t + acpi_length(t);
	}
	assert_ptr_equal(end, m.bytes + m.size);
	assert_int_equal(image_buf[m.size], 0xa5);
}

static void check_gas(const uint8_t *gas, uint8_t bits, uint8_t access, uint64_t port)
{
	assert_int_equal(gas[0], 1); /* I/O */
	assert_int_equal(gas[1], bits);
	assert_int_equal(gas[2], 0);
	assert_int_equal(gas[3], access);
	assert_int_equal(get_le64(gas + 4), port);
}

static void test_fadt(void **state)
{
	struct acpi_image m = build(&info_igd);
	const uint8_t *f = acpi_find(&m, "FACP");

	(void)state;
	assert_int_equal(acpi_length(f), 276);
	assert_int_equal(f[8], 6);
	assert_int_equal(get_le16(f + 46), LAYOUT_GSI_SCI);
	assert_int_equal(get_le32(f + 48), 0); /* SMI_CMD */
	assert_int_equal(get_le32(f + 56), LAYOUT_PORT_PM1_EVT);
	assert_int_equal(get_le32(f + 64), LAYOUT_PORT_PM1_CNT);
	assert_int_equal(f[88], 4);
	assert_int_equal(f[89], 2);
	for (size_t i = 90; i < 96; i++) /* PM2, PM timer, GPE, _CST */
		assert_int_equal(f[i], 0);
	assert_true(get_le16(f + 96) > 100);
	assert_true(get_le16(f + 98) > 1000);
	assert_int_equal(get_le16(f + 109), BIT(0) | BIT(2) | BIT(4));
	assert_int_equal(f[108], LAYOUT_CMOS_CENTURY);
	assert_int_equal(get_le32(f + 112), BIT(0) | BIT(2) | BIT(5) | BIT(6) | BIT(10));
	check_gas(f + 116, 8, 1, 0xcf9);
	assert_int_equal(f[128], 0x06);
	check_gas(f + 148, 32, 2, LAYOUT_PORT_PM1_EVT);
	check_gas(f + 172, 16, 2, LAYOUT_PORT_PM1_CNT);
	for (size_t i = 184; i < 268; i++) /* the other register blocks */
		assert_int_equal(f[i], 0);
}

static void test_mcfg(void **state)
{
	struct acpi_image m = build(&info_igd);
	const uint8_t *t = acpi_find(&m, "MCFG");

	(void)state;
	assert_int_equal(acpi_length(t), 60);
	assert_int_equal(get_le64(t + 44), LAYOUT_ECAM);
	assert_int_equal(get_le16(t + 52), 0);
	assert_int_equal(t[54], 0);
	assert_int_equal(t[55], LAYOUT_ECAM_BUSES - 1);
}

static void test_dsdt_sleep_type(void **state)
{
	static const uint8_t s5[] = { 0x08, '_',	   'S', '5',  '_',
				      0x12, 0x08,	   4,	0x0a, LAYOUT_S5_TYPE,
				      0x0a, LAYOUT_S5_TYPE };
	struct acpi_image m = build(&info_igd);
	const uint8_t *dsdt = acpi_find(&m, "DSDT");

	(void)state;
	assert_non_null(memmem(dsdt, acpi_length(dsdt), s5, sizeof(s5)));
}

/* Section 20.2.4. *p is moved behind the length; the end of the package is returned. */
static const uint8_t *pkg_end(const uint8_t **p)
{
	const uint8_t *start = *p;
	unsigned more = start[0] >> 6;
	size_t length = more ? start[0] & 0x0f : start[0];

	for (unsigned i = 1; i <= more; i++)
		length |= (size_t)start[i] << (8 * i - 4);
	*p = start + 1 + more;
	return start + length;
}

/* Section 20.2.3, integers. */
static uint64_t aml_read_int(const uint8_t **p)
{
	static const uint8_t width[] = { [0x0a] = 1, [0x0b] = 2, [0x0c] = 4, [0x0e] = 8 };
	uint8_t op = *(*p)++;
	uint64_t v;

	if (op <= 1)
		return op;
	assert_true(op < sizeof(width) && width[op]);
	v = get_le(*p, width[op]) & (~0ULL >> (64 - 8 * width[op]));
	*p += width[op];
	return v;
}

struct resource {
	char kind; /* 'B'us, 'I'/O, 'M'emory; small letter: used by the device itself */
	uint64_t first, last;
};

/* Descriptors of the n-th _CRS of a table; returns how many, or -1 if there is no such _CRS. */
static int read_crs(const uint8_t *table, unsigned n, struct resource *res, int max)
{
	const uint8_t *p = table, *end;
	uint64_t size;
	int count = 0;

	do {
		p = memmem(p + 1, (size_t)(table + acpi_length(table) - p - 1), "\x08_CRS\x11", 6);
		if (!p)
			return -1;
	} while (n--);
	p += 6;
	end = pkg_end(&p);
	size = aml_read_int(&p);
	assert_int_equal(size, end - p);
	while (*p != 0x79) {
		assert_true(count < max);
		if (*p == 0x47) {
			assert_int_equal(get_le16(p + 2), get_le16(p + 4));
			res[count++] = (struct resource){ 'i', get_le16(p + 2),
							  get_le16(p + 2) + p[7] - 1U };
			p += 8;
		} else if (*p == 0x86) {
			assert_int_equal(get_le16(p + 1), 9);
			res[count++] = (struct resource){ 'm', get_le32(p + 4),
							  (uint64_t)get_le32(p + 4) +
								  get_le32(p + 8) - 1 };
			p += 12;
		} else {
			size_t w = *p == 0x88 ? 2 : *p == 0x87 ? 4 : 8;
			uint64_t mask = ~0ULL >> (64 - 8 * w);
			uint64_t first = get_le(p + 6 + w, w) & mask,
				 last = get_le(p + 6 + 2 * w, w) & mask;

			assert_true(*p == 0x88 || *p == 0x87 || *p == 0x8a);
			assert_int_equal(get_le16(p + 1), 3 + 5 * w);
			assert_int_equal(p[4] & 0x0c, 0x0c);
			assert_int_equal(get_le(p + 6 + 3 * w, w) & mask, 0);
			assert_int_equal(get_le(p + 6 + 4 * w, w) & mask, last - first + 1);
			res[count++] =
				(struct resource){ (char)("MIB"[p[3]] | (p[4] & 1 ? 0x20 : 0)),
						   first, last };
			p += 6 + 5 * w;
		}
	}
	assert_ptr_equal(p + 2, end);
	return count;
}

static void check_crs(const uint8_t *table, unsigned n, const struct resource *want, int count)
{
	struct resource got[16];

	assert_int_equal(read_crs(table, n, got, ARRAY_SIZE(got)), count);
	for (int i = 0; i < count; i++) {
		assert_int_equal(got[i].kind, want[i].kind);
		assert_int_equal(got[i].first, want[i].first);
		assert_int_equal(got[i].last, want[i].last);
	}
}

/* In the order of the SSDT: PCI0, MRES, IGDO. */
static void test_resources_are_the_plan(void **state)
{
	static const struct resource pci[] = {
		{ 'B', 0, LAYOUT_ECAM_BUSES - 1 },
		{ 'i', 0xcf8, 0xcff },
		{ 'I', LAYOUT_PCI_IO, LAYOUT_PCI_IO_LAST },
		{ 'M', 0xc0000000, 0xc0ffffff },
		{ 'M', 0xd0000000, 0xffffffff },
		{ 'M', 0x8000000000, 0xffffffffff },
	};
	static const struct resource board[] = {
		{ 'm', 0x80000000, 0x83ffffff },
		{ 'm', LAYOUT_ECAM, LAYOUT_ECAM + LAYOUT_ECAM_SIZE - 1 },
		{ 'm', 0x140000000, 0x14fffffff },
	};
	static const struct resource opregion[] = { { 'm', 0x9fffe000, 0x9fffffff } };
	struct acpi_image m = build(&info_igd);
	const uint8_t *ssdt = acpi_find(&m, "SSDT");

	(void)state;
	check_crs(ssdt, 0, pci, ARRAY_SIZE(pci));
	check_crs(ssdt, 1, board, ARRAY_SIZE(board));
	check_crs(ssdt, 2, opregion, ARRAY_SIZE(opregion));
	assert_non_null(memmem(ssdt, acpi_length(ssdt), ACPI_OPREGION_HID, 9));
}

static void test_resources_without_igd(void **state)
{
	static const struct resource board[] = {
		{ 'm', LAYOUT_ECAM, LAYOUT_ECAM + LAYOUT_ECAM_SIZE - 1 },
	};
	const struct acpi_info info = { .topology = { 1, 1, 1 }, .map = &map_plain };
	struct acpi_image m = build(&info);
	const uint8_t *ssdt = acpi_find(&m, "SSDT");
	struct resource none[1];

	(void)state;
	check_crs(ssdt, 1, board, ARRAY_SIZE(board));
	assert_int_equal(read_crs(ssdt, 2, none, 1), -1);
	assert_null(memmem(ssdt, acpi_length(ssdt), ACPI_OPREGION_HID, 8));
}

static void test_interrupt_routing(void **state)
{
	static const size_t sizes[] = { 1, 2, 16, ACPI_PRT_MAX };
	struct acpi_prt prt[ACPI_PRT_MAX];
	struct acpi_info info = info_igd;

	(void)state;
	for (size_t i = 0; i < ACPI_PRT_MAX; i++)
		prt[i] = (struct acpi_prt){ (uint8_t)(i / 4), i % 4, (uint32_t)(i * 5000000) };
	info.prt = prt;
	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		struct acpi_image m;
		const uint8_t *ssdt, *p, *end;

		info.n_prt = sizes[k];
		m = build(&info);
		ssdt = acpi_find(&m, "SSDT");
		p = memmem(ssdt, acpi_length(ssdt), "\x08_PRT\x12", 6);
		assert_non_null(p);
		p += 6;
		end = pkg_end(&p);
		assert_int_equal(*p++, sizes[k]);
		for (size_t i = 0; i < sizes[k]; i++) {
			const uint8_t *row_end;

			assert_int_equal(*p++, 0x12);
			row_end = pkg_end(&p);
			assert_int_equal(*p++, 4);
			assert_int_equal(aml_read_int(&p), (uint64_t)prt[i].dev << 16 | 0xffff);
			assert_int_equal(aml_read_int(&p), prt[i].pin);
			assert_int_equal(aml_read_int(&p), 0);
			assert_int_equal(aml_read_int(&p), prt[i].gsi);
			assert_ptr_equal(p, row_end);
		}
		assert_ptr_equal(p, end);
	}
}

static void test_no_routing_no_prt(void **state)
{
	struct acpi_info info = info_igd;
	struct acpi_image m;
	const uint8_t *ssdt;

	(void)state;
	info.n_prt = 0;
	m = build(&info);
	ssdt = acpi_find(&m, "SSDT");
	assert_null(memmem(ssdt, acpi_length(ssdt), "_PRT", 4));
}

/* PkgLength at each change of its form: the length must lead exactly to the end. */
static void test_package_lengths(void **state)
{
	static const size_t bodies[] = { 0,    1,    57,   58,	 59,	60,
					 4087, 4088, 4089, 4090, 70000, 1100000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		size_t size = bodies[i] + 16, mark;
		struct bytes b = { .buf = malloc(size), .size = size };
		const uint8_t *p = b.buf + 1;

		mark = aml_scope_begin(&b, "ABCD");
		bytes_zero(&b, bodies[i]);
		aml_end(&b, mark);
		assert_false(bytes_overflowed(&b));
		assert_int_equal(b.buf[0], 0x10);
		assert_ptr_equal(pkg_end(&p), b.buf + b.len);
		assert_memory_equal(p, "ABCD", 4);
		assert_ptr_equal(p + 4 + bodies[i], b.buf + b.len);
		free(b.buf);
	}
}

static void test_names_and_ids(void **state)
{
	static const uint8_t want[] = {
		0x10, 0x0b, '\\', 0x2e, '_',  'S', 'B', '_', 'P', 'C', 'I', /* two segments */
		'0',  0x08, '_',  'U',	'I',  'D',			    /* one */
		0x08, 0x2f, 3,	  'A',	'_',  '_', '_', 'B', 'C', '_', '_',
		'D',  'E',  'F',  'G',	      /* three */
		0x0c, 0x41, 0xd0, 0x0c, 0x02, /* PNP0C02 */
	};
	uint8_t buf[64];
	struct bytes b = { .buf = buf, .size = sizeof(buf) };

	(void)state;
	aml_end(&b, aml_scope_begin(&b, "\\_SB.PCI0"));
	aml_name(&b, "_UID");
	aml_name(&b, "A.BC.DEFG");
	aml_eisa_id(&b, "PNP0C02");
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
}

/* Every size that is too small is refused, with nothing written behind it (ASan watches too). */
static void test_too_small(void **state)
{
	size_t need = build(&info_igd).size;

	(void)state;
	for (size_t size = 0; size <= need; size++) {
		uint8_t *buf = malloc(size + 1);

		buf[size] = 0xa5;
		assert_int_equal(acpi_build(&info_igd, GPA, buf, size),
				 size < need ? -ENOSPC : (int)need);
		assert_int_equal(buf[size], 0xa5);
		if (size == need)
			assert_memory_equal(buf, image_buf, need);
		free(buf);
	}
}

static void test_invalid(void **state)
{
	struct acpi_info info = info_igd;

	(void)state;
	assert_int_equal(acpi_build(&info, GPA + 8, image_buf, sizeof(image_buf)), -EINVAL);
	assert_int_equal(acpi_build(&info, LAYOUT_4GIB, image_buf, sizeof(image_buf)), -EINVAL);
	assert_int_equal(acpi_build(&info, LAYOUT_4GIB - 16, image_buf, 17), -EINVAL);
	info.n_prt = ACPI_PRT_MAX + 1;
	assert_int_equal(acpi_build(&info, GPA, image_buf, sizeof(image_buf)), -EINVAL);
	info = info_igd;
	info.topology = (struct topology){ 1, 0, 1 };
	assert_int_equal(acpi_build(&info, GPA, image_buf, sizeof(image_buf)), -EINVAL);
	info.topology = (struct topology){ 1, 100000, 1 };
	assert_int_equal(acpi_build(&info, GPA, image_buf, sizeof(image_buf)), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pointers_and_checksums),
		cmocka_unit_test(test_tables_are_disjoint),
		cmocka_unit_test(test_fadt),
		cmocka_unit_test(test_mcfg),
		cmocka_unit_test(test_dsdt_sleep_type),
		cmocka_unit_test(test_resources_are_the_plan),
		cmocka_unit_test(test_resources_without_igd),
		cmocka_unit_test(test_interrupt_routing),
		cmocka_unit_test(test_no_routing_no_prt),
		cmocka_unit_test(test_package_lengths),
		cmocka_unit_test(test_names_and_ids),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
