// SPDX-License-Identifier: BSD-2-Clause
/*
 * Multiboot headers at every place and with every flag; what the kernel is handed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image_rig.h"
#include "layout.h"
#include "memmap.h"
#include "multiboot.h"
#include "test.h"
#include "util.h"

#define MAGIC	  0x1badb002
#define FILE_SIZE 0x1000
#define HEADER	  0x40 /* in the file */

/* len bytes are there, of which [off, off + 12) become a header. */
static void put_header(uint8_t *image, size_t off, uint32_t flags)
{
	put_le32(image + off, MAGIC);
	put_le32(image + off + 4, flags);
	put_le32(image + off + 8, -(MAGIC + flags));
}

static void put_addresses(uint8_t *image, size_t off, uint32_t header, uint32_t load,
			  uint32_t load_end, uint32_t bss_end, uint32_t entry)
{
	put_le32(image + off + 12, header);
	put_le32(image + off + 16, load);
	put_le32(image + off + 20, load_end);
	put_le32(image + off + 24, bss_end);
	put_le32(image + off + 28, entry);
}

/* In an allocation of its size, for the sanitizer. */
static bool find(struct multiboot *m, const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool found;

	memcpy(copy, bytes, len);
	found = multiboot_find(m, copy, len);
	free(copy);
	return found;
}

static void finds_the_header(void **state)
{
	static const struct {
		size_t off, len;
		uint32_t flags;
		bool found;
	} t[] = {
		{ 0, 12, 3, true },
		{ 0, 11, 3, false },
		{ 4, 16, 0, true },
		{ 2, 64, 0, false }, /* not aligned */
		{ 8180, 8192, 0, true },
		{ 8180, 9000, 0, true },
		{ 8184, 9000, 0, false }, /* not wholly in the first 8 KiB */
		{ 8192, 9000, 0, false },
		{ 0, 32, 0x10000, true },
		{ 0, 31, 0x10000, false },
		{ 8160, 9000, 0x10000, true },
		{ 8164, 9000, 0x10000, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t image[9100] = { 0 };
		struct multiboot m;

		put_header(image, t[i].off, t[i].flags);
		if (find(&m, image, t[i].len) != t[i].found)
			fail_msg("row %zu", i);
		if (!t[i].found)
			continue;
		assert_int_equal(m.off, t[i].off);
		assert_int_equal(m.flags, t[i].flags);
		assert_int_equal(m.has_addresses, t[i].flags >> 16);
	}
}

static void wants_the_checksum(void **state)
{
	uint8_t image[256] = { 0 };
	struct multiboot m;

	(void)state;
	put_header(image, 16, 7);
	for (unsigned bit = 0; bit < 12 * 8; bit++) {
		image[16 + bit / 8] ^= 1 << bit % 8;
		assert_false(find(&m, image, sizeof(image)));
		image[16 + bit / 8] ^= 1 << bit % 8;
	}
	put_header(image, 4, 7);
	image[4 + 8] ^= 1; /* a false one before the true one */
	assert_true(find(&m, image, sizeof(image)));
	assert_int_equal(m.off, 16);
}

static void refuses_unknown_demands(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 32; bit++) {
		const struct multiboot m = { .flags = 1u << bit };
		const char *why;
		bool good = bit < 3 || bit > 15;

		assert_int_equal(multiboot_check(&m, &why), good ? 0 : -ENOEXEC);
		assert_true((why == NULL) == good);
	}
}

static void reads_address_fields(void **state)
{
	enum { END = 0x100000 + FILE_SIZE };
	static const struct {
		uint32_t header, load, load_end, bss_end, entry;
		const char *why; /* NULL: good, and then */
		struct image_segment s;
	} t[] = {
		{ 0x100040,
		  0x100000,
		  0x100800,
		  0x102000,
		  0x100100,
		  NULL,
		  { 0, 0x800, 0x100000, 0x2000 } },
		{ 0x100040, 0x100000, 0, 0, 0x100100, NULL, { 0, FILE_SIZE, 0x100000, FILE_SIZE } },
		{ 0x100040,
		  0x100000,
		  0,
		  END + 1,
		  0x100100,
		  NULL,
		  { 0, FILE_SIZE, 0x100000, FILE_SIZE + 1 } },
		{ 0x100040,
		  0x100040,
		  0x100800,
		  0,
		  0x100040,
		  NULL,
		  { 0x40, 0x7c0, 0x100040, 0x7c0 } },
		{ 0x100040, 0x100030, END, END, END - 1, NULL, { 0x30, 0xfd0, 0x100030, 0xfd0 } },
		{ 0x100040,
		  0x100000,
		  END,
		  END,
		  0x100000,
		  NULL,
		  { 0, FILE_SIZE, 0x100000, FILE_SIZE } },
		{ 0x100040, 0x100000, END + 1, 0, 0x100100, "truncated", { 0 } },
		{ 0x100040, 0x100000, 0xffffffff, 0, 0x100100, "truncated", { 0 } },
		{ 0x100040, 0x0fffff, 0, 0, 0x100100, "load address", { 0 } },
		{ 0x100040, 0x100041, 0, 0, 0x100100, "load address", { 0 } },
		{ 0, 0xffffffc0, 0, 0, 0xffffffc0, "load address", { 0 } },
		{ 0xffffffff, 0, 0, 0, 0, "load address", { 0 } },
		{ 0x100040, 0x100000, 0x0fffff, 0, 0x100100, "load end", { 0 } },
		{ 0x100040, 0x100000, 1, 0, 0x100100, "load end", { 0 } },
		{ 0x100040, 0x100000, 0x100800, 0x1007ff, 0x100100, "bss end", { 0 } },
		{ 0x100040, 0x100000, 0, END - 1, 0x100100, "bss end", { 0 } },
		{ 0x100040, 0x100000, 0, 1, 0x100100, "bss end", { 0 } },
		{ 0x100040,
		  0x100000,
		  0,
		  0xffffffff,
		  0x100100,
		  NULL,
		  { 0, FILE_SIZE, 0x100000, 0xffefffff } },
		{ 0xfffff040,
		  0xfffff000,
		  0,
		  0,
		  0xfffff000,
		  NULL,
		  { 0, FILE_SIZE, 0xfffff000, FILE_SIZE } },
		{ 0xfffff041, 0xfffff001, 0, 0, 0xfffff001, "4 GiB", { 0 } },
		{ 0x100040, 0x100000, 0x100800, 0, 0x100800, "entry lies outside", { 0 } },
		{ 0x100040, 0x100000, 0x100800, 0, 0x0fffff, "entry lies outside", { 0 } },
		{ 0x100040, 0x100040, 0x100040, 0, 0x100040, "no segment", { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t file[FILE_SIZE] = { 0 };
		struct multiboot m;
		struct image image;
		const char *why;
		int ret;

		put_header(file, HEADER, 0x10003);
		put_addresses(file, HEADER, t[i].header, t[i].load, t[i].load_end, t[i].bss_end,
			      t[i].entry);
		assert_true(find(&m, file, FILE_SIZE));
		ret = multiboot_image(&m, FILE_SIZE, &image, &why);
		if (ret != (t[i].why ? -ENOEXEC : 0) || !why != !t[i].why ||
		    (why && !strstr(why, t[i].why)))
			fail_msg("row %zu: %d, %s", i, ret, why ? why : "good");
		if (ret)
			continue;
		assert_int_equal(image.n, 1);
		assert_int_equal(image.entry, t[i].entry);
		if (memcmp(&image.segment[0], &t[i].s, sizeof(t[i].s)))
			fail_msg("row %zu: %#lx of %#lx bytes at %#lx, %#lx in memory", i,
				 (unsigned long)image.segment[0].off,
				 (unsigned long)image.segment[0].filesz,
				 (unsigned long)image.segment[0].gpa,
				 (unsigned long)image.segment[0].memsz);
	}
}

static void judge(const uint8_t *bytes, size_t size)
{
	struct multiboot m;
	struct image image;
	const char *why;
	int ret;

	if (!find(&m, bytes, size))
		return;
	assert_true(m.off % 4 == 0 && m.off + 12 <= size);
	ret = multiboot_check(&m, &why);
	if (!ret && m.has_addresses)
		ret = multiboot_image(&m, size, &image, &why);
	if (!ret && m.has_addresses)
		image_rig_judge(&image, size);
	else if (ret && (ret != -ENOEXEC || !why))
		fail_msg("%d, %s", ret, why ? why : "no reason");
}

/* The checksum would hide the rest: addresses are not in it. */
static void bounds_any_header(void **state)
{
	uint8_t image[128] = { 0 };

	(void)state;
	put_header(image, HEADER, 0x10003);
	put_addresses(image, HEADER, 0x100040, 0x100000, 0x100070, 0x102000, 0x100060);
	image_rig_mutate(image, sizeof(image), judge);
	put_addresses(image, HEADER, 0x100040, 0x100000, 0, 0, 0x100060);
	image_rig_mutate(image, sizeof(image), judge);
}

/* ---- the information structure ---- */

static void fills_the_info(void **state)
{
	static const struct mem_wish wish = { "stolen", MEM_STOLEN, 64 * MiB, 2 * MiB,
					      MEMMAP_ANYWHERE };
	const struct memmap_params p = { 4 * GiB, 40, NULL, 0, &wish, 1 };
	struct memmap map;
	struct boot_info info = {
		.map = &map,
		.initrd_gpa = 0xbeef000,
		.initrd_size = 0x12345,
		.cmdline_gpa = 0x20000,
	};
	uint8_t page[BOOT_PARAMS_SIZE];
	struct e820_entry e[BOOT_E820_MAX];
	const uint8_t *at, *module;
	int n;

	(void)state;
	assert_int_equal(memmap_plan(&map, &p), 0);
	n = boot_e820(&map, e, BOOT_E820_MAX);
	memset(page, 0xaa, sizeof(page));
	assert_int_equal(multiboot_info(page, 0x7000, &info), 0);
	assert_int_equal(get_le32(page), 1 << 0 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9);
	assert_int_equal(get_le32(page + 4), 640);
	assert_int_equal(get_le32(page + 8), (memmap_at(&map, MiB)->size) / KiB);
	assert_int_equal(get_le32(page + 12), 0);
	assert_int_equal(get_le32(page + 16), 0x20000);
	assert_int_equal(get_le32(page + 20), 1);
	module = page + get_le32(page + 24) - 0x7000;
	assert_in_range(module - page, 116, BOOT_PARAMS_SIZE - 16);
	assert_int_equal(get_le32(module), 0xbeef000);
	assert_int_equal(get_le32(module + 4), 0xbeef000 + 0x12345);
	assert_int_equal(get_le64(module + 8), 0);
	assert_string_equal((const char *)page + get_le32(page + 64) - 0x7000, "igdvm");
	assert_int_equal(get_le32(page + 44), n * 24);
	at = page + get_le32(page + 48) - 0x7000;
	assert_in_range(at - page, 116, BOOT_PARAMS_SIZE - n * 24);
	for (int i = 0; i < n; i++, at += 24) {
		assert_int_equal(get_le32(at), 20);
		assert_int_equal(get_le64(at + 4), e[i].addr);
		assert_int_equal(get_le64(at + 12), e[i].size);
		assert_int_equal(get_le32(at + 20), e[i].type);
	}
	for (; at < page + sizeof(page); at++)
		assert_int_equal(*at, 0);

	info.initrd_size = info.initrd_gpa = 0;
	assert_int_equal(multiboot_info(page, 0x7000, &info), 0);
	assert_int_equal(get_le32(page), 1 << 0 | 1 << 2 | 1 << 6 | 1 << 9);
	assert_int_equal(get_le64(page + 20), 0);
}

/* A plan of as many ranges as there can be; a hole where upper memory should begin. */
static void bounds_the_map(void **state)
{
	struct memmap map = { .range = { { 0, 0x9f000, MEM_RAM, "ram" } }, .n = 1 };
	const struct boot_info info = { .map = &map };
	uint8_t *page = malloc(BOOT_PARAMS_SIZE); /* for the sanitizer */

	(void)state;
	for (; map.n < MEMMAP_RANGES_MAX; map.n++)
		map.range[map.n] = (struct mem_range){ (map.n + 1) * MiB, MiB, MEM_RAM, "ram" };
	assert_int_equal(multiboot_info(page, 0, &info), 0);
	assert_int_equal(get_le32(page + 44), MEMMAP_RANGES_MAX * 24);
	assert_int_equal(get_le32(page + 4), 636);
	assert_int_equal(get_le32(page + 8), 0);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_header),	   cmocka_unit_test(wants_the_checksum),
		cmocka_unit_test(refuses_unknown_demands), cmocka_unit_test(reads_address_fields),
		cmocka_unit_test(bounds_any_header),	   cmocka_unit_test(fills_the_info),
		cmocka_unit_test(bounds_the_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
