// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_smbios.c - structures as a reader finds them; what they say is the golden test's (dmidecode).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "layout.h"
#include "memmap.h"
#include "smbios.h"
#include "test.h"
#include "util.h"

static struct memmap map = {
	.range = {
		{ 0, 0xa0000, MEM_RAM, "ram" },
		{ 0xa0000, 0x60000, MEM_LEGACY, "legacy" },
		{ 0x100000, 0x7ff00000, MEM_RAM, "ram" },
		{ 0x80000000, 0x4000000, MEM_STOLEN, "stolen" },
		{ LAYOUT_4GIB, 5 * TiB, MEM_RAM, "ram" },
	},
	.n = 5,
};
static struct config config;
static uint8_t image[LAYOUT_SMBIOS_MAX + 1];

static int setup(void **state)
{
	(void)state;
	config = (struct config){ .cpus = 2, .topology = { 1, 2, 1 }, .memory = 1 * GiB };
	return 0;
}

/* The n-th structure of a type, or NULL. Checks that the walk ends with type 127 at the last byte. */
static const uint8_t *find(uint8_t type, unsigned n)
{
	const uint8_t *p = image + SMBIOS_TABLE_OFFSET, *end = p + get_le32(image + 12);
	const uint8_t *found = NULL;
	uint8_t last = 0;

	while (p < end) {
		assert_true(end - p >= 6 && p[1] >= 4);
		last = p[0];
		if (p[0] == type && !n--)
			found = p;
		for (p += p[1]; p[0] || p[1]; p++)
			assert_true(end - p > 2);
		p += 2;
	}
	assert_ptr_equal(p, end);
	assert_int_equal(last, 127);
	return found;
}

static const char *string(const uint8_t *structure, unsigned n)
{
	const char *s = (const char *)structure + structure[1];

	while (--n)
		s += strlen(s) + 1;
	return s;
}

static unsigned build(uint64_t gpa)
{
	uint8_t sum = 0;
	int used;

	memset(image, 0xa5, sizeof(image));
	used = smbios_build(&config, &map, gpa, image, LAYOUT_SMBIOS_MAX);
	assert_true(used > 0);
	for (unsigned i = 0; i < 24; i++)
		sum += image[i];
	assert_int_equal(sum, 0);
	assert_memory_equal(image, "_SM3_", 5);
	assert_int_equal(image[6], 24);
	assert_int_equal(get_le32(image + 12), used - SMBIOS_TABLE_OFFSET);
	assert_int_equal(get_le64(image + 16), gpa + SMBIOS_TABLE_OFFSET);
	assert_int_equal(image[used], 0xa5);
	return (unsigned)used;
}

static void every_structure(void **state)
{
	static const uint8_t once[] = { 0, 1, 3, 4, 16, 17, 32, 127 };

	(void)state;
	build(LAYOUT_SMBIOS);
	for (size_t i = 0; i < ARRAY_SIZE(once); i++) {
		assert_non_null(find(once[i], 0));
		assert_null(find(once[i], 1));
	}
	assert_non_null(find(19, 2));
	assert_null(find(19, 3)); /* RAM, neither legacy nor stolen */
	assert_null(find(11, 0));
	assert_null(find(2, 0));
}

static void handles_differ(void **state)
{
	uint8_t seen[65536 / 8] = { 0 };

	(void)state;
	config.memory = 4096 * TiB;
	build(LAYOUT_SMBIOS);
	for (const uint8_t *p = image + SMBIOS_TABLE_OFFSET; p[0] != 127; p += 2) {
		uint16_t handle = get_le16(p + 2);

		assert_false(seen[handle / 8] & BIT(handle % 8));
		seen[handle / 8] |= BIT(handle % 8);
		for (p += p[1]; p[0] || p[1]; p++)
			;
	}
}

static void identity(void **state)
{
	static const uint8_t none[16];
	const uint8_t *system;

	(void)state;
	build(LAYOUT_SMBIOS);
	system = find(1, 0);
	assert_int_equal(system[7], 0); /* no serial number */
	assert_memory_equal(system + 8, none, 16);

	config.n_smbios = 3;
	config.smbios[0].serial = "first";
	config.smbios[0].uuid = (struct config_uuid){ true, { 0xff } };
	config.smbios[1].serial = "last";
	config.smbios[2].uuid =
		(struct config_uuid){ true,
				      { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };
	build(LAYOUT_SMBIOS);
	system = find(1, 0);
	assert_string_equal(string(system, system[7]), "last");
	assert_memory_equal(system + 8, "\3\2\1\0\5\4\7\6\10\11\12\13\14\15\16\17", 16);
	assert_null(find(11, 0));
}

static void oem_strings(void **state)
{
	static char text[CONFIG_SMBIOS_MAX][32];
	const uint8_t *oem;

	(void)state;
	for (unsigned i = 0; i < CONFIG_SMBIOS_MAX; i++) {
		snprintf(text[i], sizeof(text[i]), "io.systemd.credential:n%u=v", i);
		config.smbios[i].oem = text[i];
		config.n_smbios = i + 1;
		build(LAYOUT_SMBIOS);
		oem = find(11, 0);
		assert_int_equal(oem[1], 5);
		assert_int_equal(oem[4], i + 1);
		assert_string_equal(string(oem, i + 1), text[i]);
		assert_string_equal(string(oem, 1), text[0]);
	}
}

/* Half of the room there is; more than all of it is refused, see smbios_build(). */
static void longest_strings(void **state)
{
	static char big[LAYOUT_SMBIOS_MAX / 2];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	config.n_smbios = 1;
	config.smbios[0].oem = big;
	build(LAYOUT_SMBIOS);
	assert_string_equal(string(find(11, 0), 1), big);
}

/* One for each socket, with what is in it. */
static void processors(void **state)
{
	static const struct {
		struct topology t;
		unsigned told;
	} t[] = {
		{ { 1, 1, 1 }, 1 },   { { 1, 254, 1 }, 1 },  { { 1, 255, 1 }, 1 },
		{ { 1, 256, 1 }, 1 }, { { 1, 4096, 1 }, 1 }, { { 1, 4, 2 }, 1 },
		{ { 2, 3, 1 }, 2 },   { { 64, 1, 2 }, 64 },  { { 4096, 1, 1 }, 64 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		unsigned all[] = { t[i].t.cores, t[i].t.cores, t[i].t.cores * t[i].t.threads };

		config.topology = t[i].t;
		config.cpus = topology_cpus(&t[i].t);
		build(LAYOUT_SMBIOS);
		assert_null(find(4, t[i].told));
		for (unsigned n = 0; n < t[i].told; n++) {
			const uint8_t *cpu = find(4, n);
			char name[16];

			assert_int_equal(cpu[1], 0x30);
			snprintf(name, sizeof(name), "CPU %u", n);
			assert_string_equal(string(cpu, cpu[4]), name);
			for (unsigned k = 0; k < 3; k++) {
				assert_int_equal(cpu[0x23 + k], MIN(all[k], 255U));
				assert_int_equal(get_le16(cpu + 0x2a + 2 * k), all[k]);
			}
		}
	}
}

static void sizes_of_memory(void **state)
{
	static const struct {
		uint64_t ram;
		unsigned devices;
		uint32_t array;
		uint64_t array_ext;
		uint16_t mib;
		uint32_t mib_ext;
	} t[] = {
		{ 32 * MiB, 1, 32 * KiB, 0, 32, 0 },
		{ 32766 * MiB, 1, 32766 * KiB, 0, 32766, 0 },
		{ 32 * GiB, 1, 32 * MiB, 0, 0x7fff, 32768 },
		{ 2 * TiB - 2 * MiB, 1, 0x80000000 - 2048, 0, 0x7fff, 2097150 },
		{ 2 * TiB, 1, 0x80000000, 2 * TiB, 0x7fff, 2097152 },
		{ 1024 * TiB, 1, 0x80000000, 1024 * TiB, 0x7fff, 0x40000000 },
		{ 1024 * TiB + 2 * MiB, 2, 0x80000000, 1024 * TiB + 2 * MiB, 0x7fff, 0x40000000 },
		{ 4096 * TiB, 4, 0x80000000, 4096 * TiB, 0x7fff, 0x40000000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint64_t sum = 0;
		const uint8_t *s;
		unsigned n = 0;

		config.memory = t[i].ram;
		build(LAYOUT_SMBIOS);
		s = find(16, 0);
		assert_int_equal(get_le32(s + 7), t[i].array);
		assert_int_equal(get_le16(s + 13), t[i].devices);
		assert_true(get_le64(s + 15) == t[i].array_ext);
		s = find(17, 0);
		assert_int_equal(get_le16(s + 12), t[i].mib);
		assert_int_equal(get_le32(s + 28), t[i].mib_ext);
		for (; (s = find(17, n)); n++)
			sum += get_le16(s + 12) == 0x7fff ? get_le32(s + 28) : get_le16(s + 12);
		assert_int_equal(n, t[i].devices);
		assert_true(sum == t[i].ram / MiB);
	}
}

static void mapped_addresses(void **state)
{
	const uint8_t *s;

	(void)state;
	build(LAYOUT_SMBIOS);
	s = find(19, 1);
	assert_int_equal(get_le32(s + 4), 0x100000 / KiB);
	assert_int_equal(get_le32(s + 8), 0x80000000 / KiB - 1);
	assert_int_equal(get_le64(s + 15), 0);
	s = find(19, 2); /* beyond 4 TiB: in bytes */
	assert_int_equal(get_le32(s + 4), UINT32_MAX);
	assert_int_equal(get_le32(s + 8), UINT32_MAX);
	assert_true(get_le64(s + 15) == LAYOUT_4GIB);
	assert_true(get_le64(s + 23) == LAYOUT_4GIB + 5 * TiB - 1);
}

/* Memory of exactly the size that is given: AddressSanitizer sees what is beyond. */
static void any_size_of_buffer(void **state)
{
	unsigned need = build(LAYOUT_SMBIOS);

	(void)state;
	for (unsigned size = 0; size <= need; size++) {
		uint8_t *buf = malloc(size ? size : 1);

		assert_int_equal(smbios_build(&config, &map, LAYOUT_SMBIOS, buf, size),
				 size < need ? -ENOSPC : (int)need);
		free(buf);
	}
	assert_int_equal(smbios_build(&config, &map, 8, image, sizeof(image)), -EINVAL);
}

/* Linux looks at each 16 bytes from 0xf0000 to 1 MiB (drivers/firmware/dmi_scan.c). */
static void where_it_is_found(void **state)
{
	(void)state;
	assert_true(LAYOUT_SMBIOS >= 0xf0000 && LAYOUT_SMBIOS % 16 == 0);
	assert_true(LAYOUT_SMBIOS + LAYOUT_SMBIOS_MAX <= LAYOUT_HIGH_MEMORY);
	assert_true(LAYOUT_ACPI + LAYOUT_ACPI_MAX <= LAYOUT_SMBIOS);
}

int main(void)
{
#define SMBIOS_TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		SMBIOS_TEST(every_structure),	 SMBIOS_TEST(handles_differ),
		SMBIOS_TEST(identity),		 SMBIOS_TEST(oem_strings),
		SMBIOS_TEST(longest_strings),	 SMBIOS_TEST(processors),
		SMBIOS_TEST(sizes_of_memory),	 SMBIOS_TEST(mapped_addresses),
		SMBIOS_TEST(any_size_of_buffer), SMBIOS_TEST(where_it_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
