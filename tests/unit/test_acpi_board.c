// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_acpi_board.c - devices in the ACPI tables: what is there when, and what never is.
 */
#include "../golden/acpi_walk.h"
#include "acpi.h"
#include "layout.h"
#include "memmap.h"
#include "test.h"
#include "util.h"

static const struct memmap map = { .range = { { 0, 0xa0000, MEM_RAM, "ram" } }, .n = 1 };
static const struct acpi_info info = { .topology = { 1, 1, 1 }, .map = &map };

static struct acpi_image build(const struct acpi_info *i)
{
	static uint8_t buf[LAYOUT_ACPI_MAX];
	int used = acpi_build(i, LAYOUT_ACPI, buf, sizeof(buf));

	assert_true(used > 0);
	return (struct acpi_image){ .bytes = buf, .size = (size_t)used, .gpa = LAYOUT_ACPI };
}

/* \_SB.KBD, and the flag in the FADT that goes with it. */
static void test_keyboard(void **state)
{
	static const uint8_t id[] = { 0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0, 0x03, 0x03 };
	static const uint8_t crs[] = { 0x47, 1, 0x60, 0, 0x60, 0, 1,	1, 0x47, 1,
				       0x64, 0, 0x64, 0, 1,    1, 0x22, 2, 0,	 0x79 };

	(void)state;
	for (int keyboard = 0; keyboard < 2; keyboard++) {
		struct acpi_info with = info;
		const uint8_t *fadt, *ssdt;
		struct acpi_image m;

		with.keyboard = keyboard;
		m = build(&with);
		fadt = acpi_find(&m, "FACP");
		ssdt = acpi_find(&m, "SSDT");
		assert_int_equal(get_le16(fadt + 109) & BIT(1), keyboard ? BIT(1) : 0);
		assert_true(acpi_sum_is_zero(fadt, acpi_length(fadt)));
		assert_int_equal(memmem(ssdt, acpi_length(ssdt), id, sizeof(id)) != NULL, keyboard);
		assert_int_equal(memmem(ssdt, acpi_length(ssdt), crs, sizeof(crs)) != NULL,
				 keyboard);
	}
}

/* What the machine does not have is not in the tables either. */
static void test_absent_tables(void **state)
{
	static const char *const absent[] = { "HPET", "WAET", "SRAT", "SLIT", "DMAR", "BGRT" };
	struct acpi_image m = build(&info);
	const uint8_t *dsdt = acpi_find(&m, "DSDT");
	static const uint8_t hpet_id[] = { 0x41, 0xd0, 0x01, 0x03 }; /* EisaId ("PNP0103") */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		assert_null(acpi_find(&m, absent[i]));
	assert_null(memmem(dsdt, acpi_length(dsdt), hpet_id, sizeof(hpet_id)));
}

/* Clock and pvpanic, which every guest has: id, then _CRS with ports and interrupt. */
static void test_fixed_devices(void **state)
{
	static const uint8_t clock[] = { 0x41, 0xd0, 0x0b, 0x00 };
	static const uint8_t clock_crs[] = { 0x47, 1, 0x70, 0, 0x70, 0, 1, 2, 0x22, 0, 1, 0x79 };
	static const uint8_t panic_crs[] = { 0x47, 1, 0x05, 5, 0x05, 5, 1, 1, 0x79 };
	struct acpi_image m = build(&info);
	const uint8_t *dsdt = acpi_find(&m, "DSDT");
	size_t size = acpi_length(dsdt);

	(void)state;
	assert_non_null(memmem(dsdt, size, clock, sizeof(clock)));
	assert_non_null(memmem(dsdt, size, clock_crs, sizeof(clock_crs)));
	assert_non_null(memmem(dsdt, size, "\x0dQEMU0001", 10));
	assert_non_null(memmem(dsdt, size, panic_crs, sizeof(panic_crs)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keyboard),
		cmocka_unit_test(test_absent_tables),
		cmocka_unit_test(test_fixed_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
