// SPDX-License-Identifier: BSD-2-Clause
/*
 * Headers of option ROMs: right ones, every way to be wrong, and random ones.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rom.h"
#include "rom_image.h"
#include "test.h"

#define LEGACY 8 /* units */
#define EFI    4

static uint8_t rom[(LEGACY + EFI + 1) * 512];
static struct rom_info info;
static char why[128];

static int setup(void **state)
{
	(void)state;
	memset(rom, 0xff, sizeof(rom));
	rom_image(rom, LEGACY, 0x8086, 0x1912, 0, 0);
	rom_image(rom + LEGACY * 512, EFI, 0x8086, 0x1912, 3, 1);
	return 0;
}

static int check(size_t size)
{
	/* exactly size bytes, so that a read behind them is noticed */
	uint8_t *copy = malloc(size ? size : 1);
	int ret;

	memcpy(copy, rom, size);
	memset(why, 0, sizeof(why));
	ret = rom_check(copy, size, 0x8086, 0x1912, &info, why, sizeof(why));
	free(copy);
	return ret;
}

static void walks_images(void **state)
{
	(void)state;
	assert_int_equal(check(sizeof(rom)), 0);
	assert_int_equal(info.images, 2);
	assert_int_equal(info.size, (LEGACY + EFI) * 512);
	assert_int_equal(info.legacy, 0);
	assert_int_equal(info.legacy_size, LEGACY * 512);
	assert_true(info.sums && info.lists);
	/* what is behind the first may be missing altogether */
	assert_int_equal(check(LEGACY * 512), 0);
	assert_int_equal(info.images, 1);
	assert_int_equal(info.size, LEGACY * 512);
	/* nothing behind the last counts */
	rom[ROM_IMAGE_PCIR + 21] = 0x80;
	assert_int_equal(check(sizeof(rom)), 0);
	assert_int_equal(info.images, 1);
	/* EFI only, or first */
	rom_image(rom, EFI, 0x8086, 0x1912, 3, 0);
	rom_image(rom + EFI * 512, LEGACY, 0x8086, 0x1912, 0, 1);
	rom[0x100] ^= 1; /* EFI images have no checksum */
	assert_int_equal(check(sizeof(rom)), 0);
	assert_int_equal(info.legacy, EFI * 512);
	assert_int_equal(info.legacy_size, LEGACY * 512);
	assert_true(info.sums);
	rom[ROM_IMAGE_PCIR + 21] = 0x80;
	assert_int_equal(check(sizeof(rom)), 0);
	assert_int_equal(info.legacy_size, 0);
}

static void refuses_wrong_headers(void **state)
{
	static const struct {
		unsigned off, len;
		uint32_t value;
		const char *why;
	} t[] = {
		{ 0, 1, 0, "image 1: no option ROM" },
		{ 1, 1, 0x55, "image 1: no option ROM" },
		{ 0x18, 2, 0x10, "image 1: its PCI data structure would be at 0x10" },
		{ 0x18, 2, 0xffff, "image 1: its PCI data structure would be at 0xffff" },
		{ 0x18, 2, sizeof(rom) - 0x17, "outside" },
		{ 0x18, 2, 0x44, "image 1: no PCI data structure at 0x44" },
		{ ROM_IMAGE_PCIR + 4, 2, 0x10de, "image 1: it is for vendor 10de, not 8086" },
		{ ROM_IMAGE_PCIR + 16, 2, 0, "image 1: it says it has 0 bytes" },
		{ ROM_IMAGE_PCIR + 16, 2, LEGACY + EFI + 2, "bytes, there are 6656" },
		{ 2, 1, 0, "image 1: its code says it has 0 bytes" },
		{ 2, 1, 0xff, "image 1: its code says" },
		{ LEGACY * 512 + ROM_IMAGE_PCIR, 1, 'p', "image 2: no PCI data structure" },
		{ LEGACY * 512 + ROM_IMAGE_PCIR + 16, 2, EFI + 2, "image 2: it says" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		setup(state);
		put_le(rom + t[i].off, t[i].len, t[i].value);
		assert_int_equal(check(sizeof(rom)), -EINVAL);
		if (!strstr(why, t[i].why))
			fail_msg("row %zu: %s", i, why);
	}
	for (size_t size = 0; size < LEGACY * 512; size++)
		assert_int_equal(check(size), -EINVAL);
}

static void knows_its_devices(void **state)
{
	(void)state;
	put_le16(rom + ROM_IMAGE_PCIR + 6, 0x1916);
	assert_int_equal(check(sizeof(rom)), 0);
	assert_false(info.lists);
	/* a list counts from revision 3 on */
	put_le16(rom + ROM_IMAGE_PCIR + 8, 0x18);
	put_le16(rom + ROM_IMAGE_PCIR + 0x18, 0x1902);
	put_le16(rom + ROM_IMAGE_PCIR + 0x1a, 0x1912);
	assert_int_equal(check(sizeof(rom)), 0);
	assert_false(info.lists);
	rom[ROM_IMAGE_PCIR + 12] = 3;
	assert_int_equal(check(sizeof(rom)), 0);
	assert_true(info.lists);
	/* and ends with 0 */
	put_le16(rom + ROM_IMAGE_PCIR + 0x18, 0);
	assert_int_equal(check(sizeof(rom)), 0);
	assert_false(info.lists);
	/* or where the image does */
	put_le16(rom + ROM_IMAGE_PCIR + 8, 0xffff);
	assert_int_equal(check(sizeof(rom)), 0);
	assert_false(info.lists);
}

static void mends_the_checksum(void **state)
{
	(void)state;
	assert_true(!check(sizeof(rom)) && info.sums);
	rom[0x200] ^= 0x5a;
	assert_int_equal(check(sizeof(rom)), 0);
	assert_false(info.sums);
	rom_fix_sum(rom, &info);
	assert_true(!check(sizeof(rom)) && info.sums);
	/* only as much as the code says */
	rom[LEGACY * 512 + 0x100] ^= 1;
	assert_true(!check(sizeof(rom)) && info.sums);
}

static void survives_anything(void **state)
{
	srand(1);
	for (unsigned n = 0; n < 20000; n++) {
		setup(state);
		for (int i = rand() % 6; i >= 0; i--)
			rom[(rand() % 2 ? 0 : LEGACY * 512) + (size_t)rand() % 0x60] =
				(uint8_t)rand();
		if (check((size_t)rand() % (sizeof(rom) + 1)))
			assert_int_not_equal(why[0], 0);
		else
			assert_true(info.images && info.size <= sizeof(rom));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(walks_images, setup),
		cmocka_unit_test_setup(refuses_wrong_headers, setup),
		cmocka_unit_test_setup(knows_its_devices, setup),
		cmocka_unit_test_setup(mends_the_checksum, setup),
		cmocka_unit_test(survives_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
