// SPDX-License-Identifier: BSD-2-Clause
/*
 * ELF headers, good ones and every kind of bad one; and the rules of struct image.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image_rig.h"
#include "layout.h"
#include "memmap.h"
#include "test.h"
#include "util.h"

#define FILE_SIZE 0x400

/* Offsets of fields: 32 bits, 64 bits. */
struct field {
	unsigned off[2], len[2];
};
static const struct field e_machine = { { 18, 18 }, { 2, 2 } }, e_type = { { 16, 16 }, { 2, 2 } },
			  e_entry = { { 24, 24 }, { 4, 8 } }, e_phoff = { { 28, 32 }, { 4, 8 } },
			  e_phentsize = { { 42, 54 }, { 2, 2 } },
			  e_phnum = { { 44, 56 }, { 2, 2 } }, p_type = { { 0, 0 }, { 4, 4 } },
			  p_offset = { { 4, 8 }, { 4, 8 } }, p_vaddr = { { 8, 16 }, { 4, 8 } },
			  p_paddr = { { 12, 24 }, { 4, 8 } }, p_filesz = { { 16, 32 }, { 4, 8 } },
			  p_memsz = { { 20, 40 }, { 4, 8 } }, p_align = { { 28, 48 }, { 4, 8 } };

static void set(uint8_t *base, const struct field *f, bool wide, uint64_t value)
{
	put_le(base + f->off[wide], f->len[wide], value);
}

static uint8_t *phdr(uint8_t *image, bool wide, unsigned n)
{
	return image + (wide ? 64 + n * 56 : 52 + n * 32);
}

static void set_phdr(uint8_t *image, bool wide, unsigned n, uint32_t type, uint64_t off,
		     uint64_t gpa, uint64_t filesz, uint64_t memsz)
{
	uint8_t *p = phdr(image, wide, n);

	set(p, &p_type, wide, type);
	set(p, &p_offset, wide, off);
	set(p, &p_vaddr, wide, gpa + 0x40000000);
	set(p, &p_paddr, wide, gpa);
	set(p, &p_filesz, wide, filesz);
	set(p, &p_memsz, wide, memsz);
	set(p, &p_align, wide, 4);
}

/* Two segments in descending order, one of zeros only, an empty one, a note, something else. */
static void make(uint8_t image[FILE_SIZE], bool wide)
{
	memset(image, 0, FILE_SIZE);
	memcpy(image, "\177ELF", 4);
	image[4] = wide ? 2 : 1;
	image[5] = image[6] = 1;
	set(image, &e_type, wide, 2);
	set(image, &e_machine, wide, wide ? 62 : 3);
	set(image, &e_entry, wide, 0x40200010);
	set(image, &e_phoff, wide, wide ? 64 : 52);
	set(image, &e_phentsize, wide, wide ? 56 : 32);
	set(image, &e_phnum, wide, 6);
	set_phdr(image, wide, 0, 1, 0x300, 0x400000, 0x100, 0x2000);
	set_phdr(image, wide, 1, 1, 0x200, 0x200000, 0x100, 0x100);
	set_phdr(image, wide, 2, 1, 0x400, 0x800000, 0, 0x1000);
	set_phdr(image, wide, 3, 1, 0, 0x200080, 0, 0);
	set_phdr(image, wide, 4, 4, 0x2e0, 0x2000e0, 0x20, 0x20);
	set_phdr(image, wide, 5, 0x6474e551, UINT64_MAX, 0, UINT64_MAX, UINT64_MAX);
}

static int parse(struct elf *e, const uint8_t *image, size_t size, const char **why)
{
	struct image_rig rig;
	const struct elf_file f = image_rig_init(&rig, image, size);
	int ret = elf_parse(e, &f, why);

	image_rig_fini(&rig);
	return ret;
}

static void reads_both_classes(void **state)
{
	uint8_t image[FILE_SIZE];
	const char *why;
	struct elf e;

	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		const struct image_segment want[] = {
			{ 0x200, 0x100, 0x200000, 0x100 },
			{ 0x300, 0x100, 0x400000, 0x2000 },
			{ 0x400, 0, 0x800000, 0x1000 },
		};

		make(image, wide);
		assert_true(elf_is(image));
		assert_int_equal(parse(&e, image, FILE_SIZE, &why), 0);
		assert_null(why);
		assert_int_equal(e.bits, wide ? 64 : 32);
		assert_int_equal(e.image.n, 3);
		assert_memory_equal(e.image.segment, want, sizeof(want));
		assert_int_equal(e.entry,
				 0x200010); /* physical, though the header has it virtual */
		assert_int_equal(e.n_notes, 1);
		assert_int_equal(e.note[0].off, 0x2e0);
		assert_int_equal(e.note[0].size, 0x20);
		assert_int_equal(e.note[0].align, 4);
		assert_int_equal(image_start(&e.image), 0x200000);
		assert_int_equal(image_end(&e.image), 0x801000);

		set(phdr(image, wide, 4), &p_align, wide, 8);
		set(image, &e_entry, wide, 0x123456); /* in no segment: as it stands */
		set(image, &e_type, wide, 3);
		assert_int_equal(parse(&e, image, FILE_SIZE, &why), 0);
		assert_int_equal(e.note[0].align, 8);
		assert_int_equal(e.entry, 0x123456);
	}
	image[0] = 0;
	assert_false(elf_is(image));
}

static void refuses_bad_headers(void **state)
{
	static const struct {
		int phdr; /* -1: the file header */
		const struct field *field;
		uint64_t value;	 /* in 32 bits without its upper half */
		const char *why; /* part of the reason; NULL: good */
		bool wide_only;
	} t[] = {
		{ -1, &e_machine, 40, "another machine", false },
		{ -1, &e_machine, 243, "another machine", false },
		{ -1, &e_type, 1, "not linked", false },
		{ -1, &e_type, 4, "not linked", false },
		{ -1, &e_phentsize, 0, "damaged", false },
		{ -1, &e_phentsize, 64, "damaged", false },
		{ -1, &e_phnum, 65, "damaged", false },
		{ -1, &e_phnum, 0xffff, "damaged", false },
		{ -1, &e_phnum, 64, "truncated", false },
		{ -1, &e_phnum, 0, NULL, false },
		{ -1, &e_phoff, FILE_SIZE, "truncated", false },
		{ -1, &e_phoff, FILE_SIZE + 1, "truncated", false },
		{ -1, &e_phoff, 0xffffffff, "truncated", false },
		{ -1, &e_phoff, UINT64_MAX - 100, "truncated", true },
		/* in the file */
		{ 0, &p_offset, 0x301, "truncated", false },
		{ 0, &p_offset, 0xffffffff, "truncated", false },
		{ 0, &p_offset, UINT64_MAX - 0x80, "truncated", true },
		{ 0, &p_filesz, 0x101, "truncated", false },
		{ 0, &p_filesz, 0xffffffff, "truncated", false },
		{ 0, &p_filesz, UINT64_MAX, "truncated", true },
		{ 0, &p_memsz, 0xff, "larger in the file", false },
		{ 0, &p_memsz, 0, "larger in the file", false },
		/* in memory */
		{ 0, &p_memsz, 0x400000, NULL, false },
		{ 0, &p_memsz, 0x400001, "overlap", false },
		{ 1, &p_memsz, 0x200000, NULL, false },
		{ 1, &p_memsz, 0x200001, "overlap", false },
		{ 2, &p_memsz, 0xff800000, NULL, false },
		{ 2, &p_memsz, 0xff800001, "beyond 4 GiB", false },
		{ 2, &p_memsz, UINT64_MAX, "beyond 4 GiB", true },
		{ 2, &p_memsz, UINT64_MAX - 0x7fffff, "beyond 4 GiB", true }, /* wraps to 0 */
		{ 0, &p_paddr, 0x1ff000, "overlap", false },
		{ 0, &p_paddr, 0x2000ff, "overlap", false },
		{ 0, &p_paddr, 0x200100, NULL, false },
		{ 0, &p_paddr, 0x200000, "overlap", false },
		{ 0, &p_paddr, 0xfffff000, "beyond 4 GiB", false },
		{ 0, &p_paddr, 0xffffe000, NULL, false },
		{ 0, &p_paddr, 1ULL << 32, "beyond 4 GiB", true },
		{ 0, &p_paddr, UINT64_MAX - 0x1000, "beyond 4 GiB", true },
		/* the one without bytes asks for nothing, wherever it is */
		{ 3, &p_paddr, 0xffffffff, NULL, false },
		{ 3, &p_offset, 0xffffffff, NULL, false },
		{ 3, &p_filesz, 1, "larger in the file", false },
		/* notes */
		{ 4, &p_offset, 0x3e1, "notes reach beyond", false },
		{ 4, &p_offset, UINT64_MAX - 0xf, "notes reach beyond", true },
		{ 4, &p_filesz, 0x121, "notes reach beyond", false },
		{ 4, &p_filesz, 0x120, NULL, false },
		{ 4, &p_type, 1, "overlap", false },
	};
	uint8_t image[FILE_SIZE];

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(t); i++) {
		bool wide = i % 2;
		const char *why;
		struct elf e;
		int ret;

		if (t[i / 2].wide_only && !wide)
			continue;
		make(image, wide);
		set(t[i / 2].phdr < 0 ? image : phdr(image, wide, (unsigned)t[i / 2].phdr),
		    t[i / 2].field, wide, t[i / 2].value);
		ret = parse(&e, image, FILE_SIZE, &why);
		if (ret != (t[i / 2].why ? -ENOEXEC : 0) || !why != !t[i / 2].why ||
		    (why && !strstr(why, t[i / 2].why)))
			fail_msg("row %zu, %s: %d, %s", i / 2, wide ? "64" : "32", ret,
				 why ? why : "good");
	}
}

/* Class and byte order go with the machine. */
static void refuses_other_machines(void **state)
{
	static const unsigned off[] = { 0, 3, 4, 5, 18 };
	uint8_t image[FILE_SIZE];

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(off); i++) {
		const char *why;
		struct elf e;

		make(image, i % 2);
		image[off[i / 2]] ^= 3;
		assert_int_equal(parse(&e, image, FILE_SIZE, &why), -ENOEXEC);
		assert_non_null(strstr(why, "another machine"));
	}
}

static void bounds_notes(void **state)
{
	const size_t size = FILE_SIZE + ELF_NOTE_MAX + 1;
	uint8_t *image = calloc(1, size);
	const char *why;
	struct elf e;

	(void)state;
	make(image, true);
	set_phdr(image, true, 4, 4, FILE_SIZE, 0, ELF_NOTE_MAX, 0);
	assert_int_equal(parse(&e, image, size, &why), 0);
	set_phdr(image, true, 4, 4, FILE_SIZE, 0, ELF_NOTE_MAX + 1, 0);
	assert_int_equal(parse(&e, image, size, &why), -ENOEXEC);
	assert_non_null(strstr(why, "64 KiB"));
	free(image);
}

/* As many as there can be: all load, all notes. */
static void takes_64_program_headers(void **state)
{
	static uint8_t image[64 + 64 * 56];
	const char *why;
	struct elf e;

	(void)state;
	for (uint32_t type = 1; type <= 4; type += 3) {
		make(image, true);
		set(image, &e_phnum, true, 64);
		for (unsigned i = 0; i < 64; i++)
			set_phdr(image, true, i, type, 0, (64 - i) * 0x1000, 1, 1);
		assert_int_equal(parse(&e, image, sizeof(image), &why), 0);
		assert_int_equal(type == 1 ? e.image.n : e.n_notes, 64);
	}
}

static void passes_on_read_errors(void **state)
{
	uint8_t image[FILE_SIZE];

	(void)state;
	make(image, true);
	for (unsigned n = 1; n <= 2; n++) {
		struct image_rig rig;
		const struct elf_file f = image_rig_init(&rig, image, FILE_SIZE);
		const char *why = "set";
		struct elf e;

		rig.fail_at = n;
		assert_int_equal(elf_parse(&e, &f, &why), -EIO);
		assert_null(why); /* the reader has said it */
		image_rig_fini(&rig);
	}
}

/* ---- any bytes ---- */

static void judge(const uint8_t *image, size_t size)
{
	struct image_rig rig;
	const struct elf_file f = image_rig_init(&rig, image, size);
	const char *why = NULL;
	struct elf e;
	int ret = elf_parse(&e, &f, &why);

	if (!ret) {
		assert_null(why);
		for (unsigned i = 0; i < e.n_notes; i++)
			assert_true(e.note[i].off <= size &&
				    e.note[i].size <= size - e.note[i].off &&
				    e.note[i].size <= ELF_NOTE_MAX);
		ret = image_set_entry(&e.image, e.entry, &why);
	}
	if (!ret)
		image_rig_judge(&e.image, size);
	else if (ret != -ENOEXEC || !why)
		fail_msg("%d, %s", ret, why ? why : "no reason");
	image_rig_fini(&rig);
}

static void bounds_any_image(void **state)
{
	uint8_t image[FILE_SIZE];

	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		make(image, wide);
		image_rig_mutate(image, FILE_SIZE, judge);
	}
}

/* ---- struct image ---- */

static void wants_an_entry_in_a_segment(void **state)
{
	static const struct {
		uint64_t entry;
		bool good;
	} t[] = {
		{ 0x1fffff, false },	{ 0x200000, true },    { 0x2000ff, true },
		{ 0x200100, false },	{ 0x401fff, true },    { 0x402000, false },
		{ 0x100200000, false }, { UINT64_MAX, false }, { 0, false },
	};
	struct image i = { 0 };
	const char *why;

	(void)state;
	assert_int_equal(image_set_entry(&i, 0, &why), -ENOEXEC);
	assert_non_null(strstr(why, "no segment to load"));
	assert_int_equal(image_add(&i, &(struct image_segment){ 0, 1, 0x200000, 0x100 }, 9, &why),
			 0);
	assert_int_equal(image_add(&i, &(struct image_segment){ 0, 0, 0x400000, 0x2000 }, 9, &why),
			 0);
	for (size_t n = 0; n < ARRAY_SIZE(t); n++) {
		int ret = image_set_entry(&i, t[n].entry, &why);

		if (ret != (t[n].good ? 0 : -ENOEXEC) || !why != t[n].good)
			fail_msg("entry %#lx: %d", (unsigned long)t[n].entry, ret);
		if (t[n].good)
			assert_int_equal(i.entry, t[n].entry);
	}
}

static void holds_64_segments(void **state)
{
	struct image i = { 0 };
	const char *why;

	(void)state;
	for (uint64_t n = 0; n < IMAGE_SEGMENTS_MAX; n++) {
		const struct image_segment s = { 0, 0, ((n * 37) % 64) * 0x1000, 0x1000 };

		assert_int_equal(image_add(&i, &s, 0, &why), 0);
	}
	for (uint64_t n = 0; n < IMAGE_SEGMENTS_MAX; n++)
		assert_int_equal(i.segment[n].gpa, n * 0x1000);
	assert_int_equal(image_add(&i, &(struct image_segment){ 0, 0, 0x100000, 1 }, 0, &why),
			 -ENOEXEC);
	assert_non_null(strstr(why, "64 segments"));
}

static void finds_what_is_not_in_ram(void **state)
{
	static const struct iova_range avoid = { 0x1800000, 0x18fffff };
	static const struct mem_wish stolen = { "stolen", MEM_STOLEN, 8 * MiB, 2 * MiB, 0x1000000 };
	const struct memmap_params p = { 64 * MiB, 36, &avoid, 1, &stolen, 1 };
	static const struct {
		uint64_t gpa, size;
		bool good;
	} t[] = {
		{ 0x100000, 0xf00000, true },
		{ 0x100000, 0xf00001, false }, /* into stolen memory */
		{ 0xfffff, 0x10, false },      /* boot data is below 1 MiB */
		{ 0x1000, 0x1000, false },
		{ 0xa0000, 0x1000, false },
		{ 0x1000000, 0x1000, false },
		{ 0x17ff000, 0x1000, false },
		{ 0x1a00000, 0x1000, true }, /* behind what the IOMMU reserves */
		{ 0x1900000, 0x1000, false },
		{ 0xc0000000, 0x1000, false }, /* PCI window */
		{ 0xfec00000, 0x1000, false },
		{ 0xb0000000, 0x1000, false }, /* nothing */
		{ 0, 0xffffffff, false },
	};
	struct memmap map;

	(void)state;
	assert_int_equal(memmap_plan(&map, &p), 0);
	for (size_t n = 0; n < ARRAY_SIZE(t); n++) {
		struct image i = {
			.segment = { { 0, 0, 0x200000, 1 }, { 0, 0, t[n].gpa, t[n].size } }, .n = 2
		};

		if (image_misplaced(&i, &map) != (t[n].good ? NULL : &i.segment[1]))
			fail_msg("row %zu", n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_both_classes),
		cmocka_unit_test(refuses_bad_headers),
		cmocka_unit_test(refuses_other_machines),
		cmocka_unit_test(bounds_notes),
		cmocka_unit_test(takes_64_program_headers),
		cmocka_unit_test(passes_on_read_errors),
		cmocka_unit_test(bounds_any_image),
		cmocka_unit_test(wants_an_entry_in_a_segment),
		cmocka_unit_test(holds_64_segments),
		cmocka_unit_test(finds_what_is_not_in_ram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
