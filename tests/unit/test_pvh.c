// SPDX-License-Identifier: BSD-2-Clause
/*
 * The note that says where a PVH kernel is entered, and the start info it gets.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_rig.h"
#include "layout.h"
#include "memmap.h"
#include "pvh.h"
#include "test.h"
#include "util.h"

#define FILE_SIZE 0x300
#define NOTES	  0x100 /* in the file */
#define ENTRY	  0x1000040

/* Append a note; its size with padding. */
static size_t add_note(uint8_t *at, unsigned align, const char *name, uint32_t type,
		       const void *desc, uint32_t desc_size)
{
	uint32_t name_size = (uint32_t)strlen(name) + 1;
	size_t desc_off = ALIGN_UP(12 + name_size, align);

	put_le32(at, name_size);
	put_le32(at + 4, desc_size);
	put_le32(at + 8, type);
	memcpy(at + 12, name, name_size);
	memcpy(at + desc_off, desc, desc_size);
	return ALIGN_UP(desc_off + desc_size, align);
}

/* As Linux' notes are: others around the one. entry_size 0: without it. Ends where the notes end. */
static size_t make_notes(uint8_t *notes, unsigned align, uint64_t entry, uint32_t entry_size)
{
	size_t at = 0;

	at += add_note(notes + at, align, "Linux", 0x100, "6.1", 4);
	at += add_note(notes + at, align, "Xen", 6, "linux", 6);
	at += add_note(notes + at, align, "GNU", 18, &entry, 8);
	if (entry_size)
		at += add_note(notes + at, align, "Xen", 18, &entry, entry_size);
	return at + add_note(notes + at, align, "Xen", 8, "generic", 8);
}

/* One segment at 16 MiB, and the notes as given. */
static void make(uint8_t image[FILE_SIZE], unsigned align, uint64_t entry, uint32_t entry_size)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	uint8_t *load = image + 64, *note = load + 56;
	size_t size;

	memset(image, 0, FILE_SIZE);
	memcpy(image, ident, sizeof(ident));
	put_le16(image + 16, 2);
	put_le16(image + 18, 62);
	put_le64(image + 24, ENTRY);
	put_le64(image + 32, 64);
	put_le16(image + 54, 56);
	put_le16(image + 56, 2);
	put_le32(load, 1);
	put_le64(load + 24, 0x1000000);
	put_le64(load + 32, FILE_SIZE);
	put_le64(load + 40, 0x100000);
	size = make_notes(image + NOTES, align, entry, entry_size);
	put_le32(note, 4);
	put_le64(note + 8, NOTES);
	put_le64(note + 32, size);
	put_le64(note + 48, align);
}

static int find(struct elf *e, const uint8_t *image, size_t size, const char **why)
{
	struct image_rig rig;
	const struct elf_file f = image_rig_init(&rig, image, size);
	int ret = elf_parse(e, &f, why);

	if (!ret)
		ret = pvh_find_entry(e, &f, why);
	image_rig_fini(&rig);
	return ret;
}

static void finds_the_entry(void **state)
{
	static const struct {
		unsigned align;
		uint32_t size;
		uint64_t entry;
		int ret;
	} t[] = {
		{ 4, 8, ENTRY, 1 },
		{ 4, 4, ENTRY, 1 },
		{ 8, 8, ENTRY, 1 },
		{ 8, 4, ENTRY, 1 },
		{ 4, 0, ENTRY, 0 },		  /* no such note */
		{ 4, 2, ENTRY, 0 },		  /* of a size that is no address's */
		{ 4, 4, 0x100000000 + ENTRY, 1 }, /* four bytes are four bytes */
		{ 4, 8, 0x100000000 + ENTRY, -ENOEXEC },
		{ 4, 8, UINT64_MAX, -ENOEXEC },
		{ 4, 8, 0x1000000, 1 },
		{ 4, 8, 0xffffff, -ENOEXEC },
		{ 4, 8, 0x10fffff, 1 },
		{ 4, 8, 0x1100000, -ENOEXEC },
		{ 4, 8, 0, -ENOEXEC },
	};
	uint8_t image[FILE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *why;
		struct elf e;
		int ret;

		make(image, t[i].align, t[i].entry, t[i].size);
		ret = find(&e, image, FILE_SIZE, &why);
		if (ret != t[i].ret || (why != NULL) != (ret < 0))
			fail_msg("row %zu: %d, %s", i, ret, why ? why : "no reason");
		if (ret == 1)
			assert_int_equal(e.image.entry, t[i].entry & UINT32_MAX);
		if (ret < 0)
			assert_non_null(strstr(why, "entry lies outside"));
	}
}

/* A kernel without segments has no place for the entry. */
static void wants_segments(void **state)
{
	uint8_t image[FILE_SIZE];
	const char *why;
	struct elf e;

	(void)state;
	make(image, 4, ENTRY, 8);
	put_le32(image + 64, 0);
	assert_int_equal(find(&e, image, FILE_SIZE, &why), -ENOEXEC);
	assert_non_null(strstr(why, "no segment to load"));
}

/* The notes end in the middle of the one. */
static void stays_in_the_segment(void **state)
{
	uint8_t image[FILE_SIZE];
	const char *why;
	struct elf e;
	size_t end;

	(void)state;
	make(image, 4, ENTRY, 8);
	end = get_le64(image + 64 + 56 + 32) - 24; /* the last note: 12 + 4 + 8 */
	for (size_t size = 0; size <= end; size++) {
		put_le64(image + 64 + 56 + 32, size);
		assert_int_equal(find(&e, image, FILE_SIZE, &why), size == end);
	}
}

static void passes_on_read_errors(void **state)
{
	uint8_t image[FILE_SIZE];
	unsigned n = 1;
	int ret = 0;

	(void)state;
	make(image, 4, ENTRY, 8);
	for (; ret != 1; n++) {
		struct image_rig rig;
		const struct elf_file f = image_rig_init(&rig, image, FILE_SIZE);
		const char *why = NULL;
		struct elf e;

		rig.fail_at = n;
		ret = elf_parse(&e, &f, &why);
		if (!ret)
			ret = pvh_find_entry(&e, &f, &why);
		assert_int_equal(ret, n <= rig.reads ? -EIO : 1);
		assert_null(why);
		image_rig_fini(&rig);
	}
	assert_in_range(n, 6, 20); /* two of the headers, some of the notes */
}

static void judge(const uint8_t *image, size_t size)
{
	const char *why = NULL;
	struct elf e;
	int ret = find(&e, image, size, &why);

	if (ret == 1)
		image_rig_judge(&e.image, size);
	else if (ret && (ret != -ENOEXEC || !why))
		fail_msg("%d, %s", ret, why ? why : "no reason");
}

static void bounds_any_image(void **state)
{
	uint8_t image[FILE_SIZE];

	(void)state;
	make(image, 4, ENTRY, 8);
	image_rig_mutate(image, FILE_SIZE, judge);
}

/* ---- start info ---- */

static void plan(struct memmap *map)
{
	static const struct mem_wish wish = { "stolen", MEM_STOLEN, 64 * MiB, 2 * MiB,
					      MEMMAP_ANYWHERE };
	const struct memmap_params p = { 4 * GiB, 40, NULL, 0, &wish, 1 };

	assert_int_equal(memmap_plan(map, &p), 0);
}

static void fills_the_start_info(void **state)
{
	struct memmap map;
	struct boot_info info = {
		.map = &map,
		.initrd_gpa = 0xbeef000,
		.initrd_size = 0x12345,
		.cmdline_gpa = 0x20000,
		.rsdp_gpa = 0xe0000,
	};
	uint8_t page[BOOT_PARAMS_SIZE];
	struct e820_entry e[BOOT_E820_MAX];
	const uint8_t *at, *module;
	int n;

	(void)state;
	plan(&map);
	n = boot_e820(&map, e, BOOT_E820_MAX);
	memset(page, 0xaa, sizeof(page));
	assert_int_equal(pvh_start_info(page, 0x7000, &info), 0);
	assert_int_equal(get_le32(page), 0x336ec578);
	assert_int_equal(get_le32(page + 4), 1);
	assert_int_equal(get_le32(page + 8), 0);
	assert_int_equal(get_le32(page + 12), 1);
	assert_int_equal(get_le64(page + 24), 0x20000);
	assert_int_equal(get_le64(page + 32), 0xe0000);
	assert_int_equal(get_le32(page + 48), n);
	assert_int_equal(get_le32(page + 52), 0);
	assert_in_range(get_le64(page + 16), 0x7000 + 56, 0x8000 - 32);
	module = page + get_le64(page + 16) - 0x7000;
	assert_int_equal(get_le64(module), 0xbeef000);
	assert_int_equal(get_le64(module + 8), 0x12345);
	assert_int_equal(get_le64(module + 16) | get_le64(module + 24), 0);
	assert_in_range(get_le64(page + 40), 0x7000 + 56, 0x8000 - (uint64_t)n * 24);
	at = page + get_le64(page + 40) - 0x7000;
	assert_true(at >= module + 32 || at + 24 * n <= module);
	for (int i = 0; i < n; i++, at += 24) {
		assert_int_equal(get_le64(at), e[i].addr);
		assert_int_equal(get_le64(at + 8), e[i].size);
		assert_int_equal(get_le32(at + 16), e[i].type);
		assert_int_equal(get_le32(at + 20), 0);
	}
	for (; at < page + sizeof(page); at++)
		assert_int_equal(*at, 0);

	info.initrd_size = info.initrd_gpa = 0;
	assert_int_equal(pvh_start_info(page, 0x7000, &info), 0);
	assert_int_equal(get_le32(page + 12), 0);
	assert_int_equal(get_le64(page + 16), 0);
}

/* The most there can be, and one more. */
static void bounds_the_map(void **state)
{
	struct memmap map = { 0 };
	const struct boot_info info = { .map = &map };
	uint8_t *page = malloc(BOOT_PARAMS_SIZE); /* for the sanitizer */

	(void)state;
	_Static_assert(MEMMAP_RANGES_MAX <= BOOT_E820_MAX, "a whole plan fits");
	for (; map.n < MEMMAP_RANGES_MAX; map.n++)
		map.range[map.n] = (struct mem_range){ map.n * MiB, MiB, MEM_RAM, "ram" };
	assert_int_equal(pvh_start_info(page, 0, &info), 0);
	assert_int_equal(get_le32(page + 48), MEMMAP_RANGES_MAX);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_entry),	cmocka_unit_test(wants_segments),
		cmocka_unit_test(stays_in_the_segment), cmocka_unit_test(passes_on_read_errors),
		cmocka_unit_test(bounds_any_image),	cmocka_unit_test(fills_the_start_info),
		cmocka_unit_test(bounds_the_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
