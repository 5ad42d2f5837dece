// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "layout.h"
#include "memmap.h"
#include "test.h"
#include "util.h"

#define PAGE	  (4 * KiB)
#define FILE_SIZE (10 * MiB)
#define SECTS	  30

/* A header as Debian's kernels have it. */
static void make_head(uint8_t head[BOOT_HEAD_SIZE])
{
	memset(head, 0xc5, BOOT_HEAD_SIZE);
	memset(head + 0x1f1, 0, 0x268 - 0x1f1);
	head[0x1f1] = SECTS;
	put_le32(head + 0x1f4, (uint32_t)((FILE_SIZE - (SECTS + 1) * 512) / 16));
	put_le16(head + 0x1fe, 0xaa55);
	head[0x200] = 0xeb;
	head[0x201] = 0x6a; /* the header ends at 0x26c */
	memcpy(head + 0x202, "HdrS", 4);
	put_le16(head + 0x206, 0x020f);
	head[0x211] = 0x01;
	put_le32(head + 0x22c, 0x7fffffff);
	put_le32(head + 0x230, 0x200000);
	head[0x234] = 1;
	put_le16(head + 0x236, 0x7f);
	put_le32(head + 0x238, 2047);
	put_le64(head + 0x258, 0x1000000);
	put_le32(head + 0x260, 0x2400000);
}

static void reads_the_header(void **state)
{
	uint8_t head[BOOT_HEAD_SIZE];
	struct boot_kernel k;
	const char *why;

	(void)state;
	make_head(head);
	assert_int_equal(boot_parse(&k, head, FILE_SIZE, &why), 0);
	assert_null(why);
	assert_int_equal(k.version, 0x20f);
	assert_int_equal(k.payload_off, 31 * 512);
	assert_int_equal(k.payload_size, FILE_SIZE - 31 * 512);
	assert_int_equal(k.pref_address, 0x1000000);
	assert_int_equal(k.init_size, 0x2400000);
	assert_int_equal(k.alignment, 0x200000);
	assert_true(k.relocatable);
	assert_int_equal(k.initrd_max, 0x7fffffff);
	assert_int_equal(k.cmdline_max, 2047);
	head[0x1f1] = 0; /* means 4 */
	assert_int_equal(boot_parse(&k, head, FILE_SIZE, &why), 0);
	assert_int_equal(k.payload_off, 5 * 512);
}

static void refuses_bad_headers(void **state)
{
	enum { PAYLOAD = FILE_SIZE - (SECTS + 1) * 512 };
	static const struct {
		unsigned off, len;
		uint64_t value;
		uint64_t file_size;
		const char *why; /* part of the reason; NULL: good */
	} t[] = {
		{ 0, 1, 0, FILE_SIZE, NULL },
		{ 0x1fe, 2, 0xaa54, FILE_SIZE, "not a bzImage" },
		{ 0x1fe, 2, 0, FILE_SIZE, "not a bzImage" },
		{ 0x202, 1, 'h', FILE_SIZE, "not a bzImage" },
		{ 0x205, 1, 0, FILE_SIZE, "not a bzImage" },
		{ 0x206, 2, 0x020b, FILE_SIZE, "older than 2.12" },
		{ 0x206, 2, 0, FILE_SIZE, "older than 2.12" },
		{ 0x206, 2, 0x020c, FILE_SIZE, NULL },
		{ 0x206, 2, 0xffff, FILE_SIZE, NULL },
		{ 0x211, 1, 0xfe, FILE_SIZE, "zImage" },
		{ 0x211, 1, 0xff, FILE_SIZE, NULL },
		{ 0x236, 2, 0xfffe, FILE_SIZE, "32-bit kernel" },
		{ 0x236, 2, 0x0001, FILE_SIZE, NULL },
		/* sizes against the file */
		{ 0, 1, 0, 1023, "too short" },
		{ 0, 1, 0, 0, "too short" },
		{ 0, 1, 0, 1024, "truncated" },
		{ 0, 1, 0, (SECTS + 1) * 512, "truncated" },
		{ 0, 1, 0, (SECTS + 1) * 512 + 1, "truncated" },
		{ 0, 1, 0, FILE_SIZE - 1, NULL }, /* padded unit */
		{ 0, 1, 0, FILE_SIZE - 15, NULL },
		{ 0, 1, 0, FILE_SIZE - 16, "truncated" },
		{ 0, 1, 0, FILE_SIZE + 16, NULL }, /* a signature may follow */
		{ 0x1f1, 1, SECTS + 1, FILE_SIZE, "truncated" },
		{ 0x1f1, 1, SECTS - 1, FILE_SIZE, NULL },
		{ 0x1f4, 4, 0, FILE_SIZE, "truncated" },
		{ 0x1f4, 4, PAYLOAD / 16 + 1, FILE_SIZE, "truncated" },
		{ 0x1f4, 4, 0xffffffff, FILE_SIZE, "truncated" },
		{ 0x1f4, 4, 1, FILE_SIZE, NULL },
		/* alignment: power of two, a page to a GiB */
		{ 0x230, 4, 0, FILE_SIZE, "damaged" },
		{ 0x230, 4, 0x800, FILE_SIZE, "damaged" },
		{ 0x230, 4, 0x300000, FILE_SIZE, "damaged" },
		{ 0x230, 4, 0x80000000, FILE_SIZE, "damaged" },
		{ 0x230, 4, 0x40000000, FILE_SIZE, NULL },
		{ 0x230, 4, 0x1000, FILE_SIZE, NULL },
		{ 0x258, 8, 1ULL << 32, FILE_SIZE, "damaged" },
		{ 0x258, 8, UINT64_MAX, FILE_SIZE, "damaged" },
		{ 0x258, 8, 0xffffffff, FILE_SIZE, NULL },
		{ 0x258, 8, 0, FILE_SIZE, NULL },
		/* any value will do, or is placement's to refuse */
		{ 0x22c, 4, 0, FILE_SIZE, NULL },
		{ 0x234, 1, 0, FILE_SIZE, NULL },
		{ 0x238, 4, 0, FILE_SIZE, NULL },
		{ 0x260, 4, 0, FILE_SIZE, NULL },
		{ 0x260, 4, 0xffffffff, FILE_SIZE, NULL },
	};
	uint8_t head[BOOT_HEAD_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct boot_kernel k;
		const char *why;
		int ret;

		make_head(head);
		put_le(head + t[i].off, t[i].len, t[i].value);
		ret = boot_parse(&k, head, t[i].file_size, &why);
		if (ret != (t[i].why ? -ENOEXEC : 0) || !why != !t[i].why ||
		    (why && !strstr(why, t[i].why)))
			fail_msg("row %zu: %d, %s", i, ret, why ? why : "good");
	}
}

/* ---- placement ---- */

static const struct mem_range *ram_at(const struct memmap *map, uint64_t gpa, uint64_t size)
{
	const struct mem_range *r = memmap_at(map, gpa);

	return r && r->type == MEM_RAM && size <= r->size - (gpa - r->gpa) ? r : NULL;
}

/* What holds for any header that is accepted: the payload is in the file, placement is in RAM. */
static void check_kernel(const uint8_t *head, uint64_t file_size, const struct memmap *map)
{
	struct boot_kernel k;
	uint64_t gpa, initrd;
	const char *why;
	int ret = boot_parse(&k, head, file_size, &why);

	if (ret) {
		assert_int_equal(ret, -ENOEXEC);
		assert_non_null(why);
		return;
	}
	assert_true(k.payload_size && k.payload_off < file_size);
	assert_true(k.payload_size <= file_size - k.payload_off);
	assert_true(k.init_size >= k.payload_size);
	ret = boot_place_kernel(&k, map, &gpa);
	if (ret) {
		assert_int_equal(ret, -ENOSPC);
		return;
	}
	assert_non_null(ram_at(map, gpa, k.init_size));
	assert_in_range(gpa, LAYOUT_HIGH_MEMORY, LAYOUT_LOW_LIMIT);
	assert_true(gpa == k.pref_address ||
		    (k.relocatable && gpa % k.alignment == 0 && gpa > k.pref_address));
	for (uint64_t size = 1; size < 8 * GiB; size *= 7) {
		ret = boot_place_initrd(&k, map, gpa, size, &initrd);
		if (ret) {
			assert_int_equal(ret, -ENOSPC);
			continue;
		}
		assert_non_null(ram_at(map, initrd, size));
		assert_in_range(initrd, LAYOUT_HIGH_MEMORY, LAYOUT_LOW_LIMIT);
		assert_true(initrd % PAGE == 0 && initrd + size - 1 <= k.initrd_max);
		assert_true(initrd + size <= gpa || initrd >= gpa + k.init_size);
	}
}

static void plan(struct memmap *map, uint64_t ram, uint64_t stolen, uint64_t stolen_gpa)
{
	static const struct iova_range avoid[] = { { 0x1800000, 0x18fffff },
						   { 0xfee00000, 0xfeefffff } };
	const struct mem_wish wish = { "stolen", MEM_STOLEN, stolen, 2 * MiB, stolen_gpa };
	const struct memmap_params p = { ram, 40, avoid, 2, &wish, stolen != 0 };

	assert_int_equal(memmap_plan(map, &p), 0);
}

/* Every byte of the header with every value, then noise. */
static void bounds_any_header(void **state)
{
	uint64_t file_size = FILE_SIZE, seed = 88172645463325252;
	uint8_t head[BOOT_HEAD_SIZE];
	struct memmap map;

	(void)state;
	plan(&map, 5 * GiB, 64 * MiB, MEMMAP_ANYWHERE);
	for (unsigned off = 0x1f1; off < 0x270; off++) {
		for (unsigned value = 0; value < 256; value++) {
			make_head(head);
			head[off] = (uint8_t)value;
			check_kernel(head, FILE_SIZE, &map);
		}
	}
	for (unsigned round = 0; round < 20000; round++) {
		make_head(head);
		for (unsigned i = 0; i < 4; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			if (i == 3)
				file_size = (seed >> 20) % (2 * FILE_SIZE);
			else
				head[0x20c + seed % 0x60] = (uint8_t)(seed >> 32);
		}
		check_kernel(head, file_size, &map);
	}
}

static void places_around_what_is_taken(void **state)
{
	static const struct {
		uint64_t ram, stolen, stolen_gpa;
		uint64_t pref, init_size, alignment;
		int relocatable;
		uint64_t gpa; /* 0: no room */
	} t[] = {
		/* avoid, always there: 0x1800000..0x1a00000 */
		{ GiB, 0, 0, 0x1000000, 0x800000, 0x200000, 1, 0x1000000 },
		{ GiB, 0, 0, 0x1000000, 0x800001, 0x200000, 1, 0x1a00000 },
		{ GiB, 0, 0, 0x1000000, 0x800001, 0x200000, 0, 0 },
		{ GiB, 0, 0, 0x1000000, 0x800001, 0x1000000, 1, 0x2000000 },
		{ GiB, 0, 0, 0x17fffff, 2, 0x1000, 1, 0x1a00000 },
		{ GiB, 0, 0, 0, 0x1000, 0x1000, 1, 0x100000 },
		{ GiB, 0, 0, 0x9f000, 0x1000, 0x200000, 1, 0x200000 },
		{ GiB, 0, 0, 0x30000000, 0x20000000, 0x200000, 1, 0 }, /* room below only */
		{ GiB, 0, 0, 0xffffffff, 0x1000, 0x1000, 0, 0 },
		{ GiB, 0, 0, 0xd0000000, 0x1000, 0x1000, 0, 0 },
		/* stolen memory where the kernel wants to be, and at the end of RAM */
		{ GiB, 8 * MiB, 0x1000000, 0x1000000, 0x600000, 0x200000, 1, 0x1a00000 },
		{ GiB, 8 * MiB, 0x1000000, 0x1000000, 0x600000, 0x200000, 0, 0 },
		{ GiB, 8 * MiB, 0x1000000, 0x1000000, 0x2000000, 0x1000000, 1, 0x2000000 },
		{ 256 * MiB, 64 * MiB, 0x2000000, 0x1000000, 0x600000, 0x200000, 1, 0x1000000 },
		{ 256 * MiB, 64 * MiB, 0x2000000, 0x1000000, 0x3000000, 0x200000, 1, 0x6000000 },
		{ 256 * MiB, 64 * MiB, 0x2000000, 0x1000000, 0xc000000, 0x200000, 1, 0 },
		{ 2 * GiB, GiB, 0x60000000, 0x1000000, 0x4000000, 0x200000, 1, 0x1a00000 },
		{ GiB, 512 * MiB, MEMMAP_ANYWHERE, 0x1000000, 480 * MiB, MiB, 1, 0x1a00000 },
		{ GiB, 512 * MiB, MEMMAP_ANYWHERE, 0x1000000, 490 * MiB, MiB, 1, 0 },
		/* RAM above 4 GiB is no place for it */
		{ 16 * GiB, 0, 0, 0x1000000, 0xfffff000, 0x200000, 1, 0 },
		{ 32 * MiB, 0, 0, 0x1000000, 0x1000000, 0x200000, 1, 0 },
	};
	struct memmap map;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct boot_kernel k = { .pref_address = t[i].pref,
					       .init_size = t[i].init_size,
					       .alignment = t[i].alignment,
					       .relocatable = t[i].relocatable };
		uint64_t gpa = 0;

		plan(&map, t[i].ram, t[i].stolen, t[i].stolen_gpa);
		if (boot_place_kernel(&k, &map, &gpa) != (t[i].gpa ? 0 : -ENOSPC) ||
		    gpa != t[i].gpa)
			fail_msg("row %zu: %#lx", i, (unsigned long)gpa);
	}
}

static void places_the_initrd_high(void **state)
{
	static const struct {
		uint64_t ram, stolen, kernel, size, max;
		uint64_t gpa; /* 0: no room */
	} t[] = {
		{ 512 * MiB, 0, 0x2000000, 0x1000, 0x7fffffff, 0x201ff000 },
		{ 512 * MiB, 0, 0x2000000, 1, 0x7fffffff, 0x201ff000 },
		{ 512 * MiB, 0, 0x2000000, 0x1001, 0x7fffffff, 0x201fe000 },
		{ 512 * MiB, 32 * MiB, 0x2000000, 0x1000, 0x7fffffff, 0x1e1ff000 },
		{ 8 * GiB, 0, 0x2000000, 0x1000, 0x7fffffff, 0x7ffff000 },
		{ 8 * GiB, 0, 0x2000000, 0x1000, 0xffffffff, 0xbffff000 },
		{ 8 * GiB, 0, 0x2000000, 0x1000, 0x37ffffff, 0x37fff000 },
		{ 8 * GiB, 0, 0x2000000, 0x1000, 0x37fffffe, 0x37ffe000 },
		/* the kernel is 16 MiB; no room above it, but below */
		{ 512 * MiB, 0, 0x1f200000, 0x1000, 0x7fffffff, 0x1f1ff000 },
		{ 512 * MiB, 0, 0x1f1ff000, 0x1000, 0x7fffffff, 0x201ff000 },
		{ 512 * MiB, 0, 0x1a00000, 0x1000, 0x1a00fff, 0x17ff000 },
		{ 512 * MiB, 0, 0x2000000, 0x1000, 0xfffff, 0 },
		{ 512 * MiB, 0, 0x2000000, 0x1000, 0, 0 },
		{ 512 * MiB, 0, 0x2000000, 0x1000, 0x100ffe, 0 },
		{ 512 * MiB, 0, 0x2000000, 0x1000, 0x100fff, 0x100000 },
		{ 512 * MiB, 0, 0x2000000, 490 * MiB, 0x7fffffff, 0 },
		{ 512 * MiB, 0, 0x2000000, 5 * GiB, 0x7fffffff, 0 },
		{ 512 * MiB, 0, 0x2000000, UINT64_MAX, 0x7fffffff, 0 },
	};
	struct memmap map;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct boot_kernel k = { .init_size = 16 * MiB, .initrd_max = t[i].max };
		uint64_t gpa = 0;

		plan(&map, t[i].ram, t[i].stolen, MEMMAP_ANYWHERE);
		if (boot_place_initrd(&k, &map, t[i].kernel, t[i].size, &gpa) !=
			    (t[i].gpa ? 0 : -ENOSPC) ||
		    gpa != t[i].gpa)
			fail_msg("row %zu: %#lx", i, (unsigned long)gpa);
	}
}

/* ---- e820 and the zero page ---- */

static void lists_the_plan(void **state)
{
	static const uint64_t sizes[] = { 64 * MiB, GiB, 3 * GiB, 4 * GiB, 64 * GiB };
	struct e820_entry e[BOOT_E820_MAX];
	struct memmap map;

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		uint64_t usable = 0;
		int n, at = 0;

		plan(&map, sizes[s], 8 * MiB, MEMMAP_ANYWHERE);
		n = boot_e820(&map, e, BOOT_E820_MAX);
		for (size_t i = 0; i < map.n; i++) {
			const struct mem_range *r = &map.range[i];

			if (!mem_traits[r->type].e820)
				continue;
			assert_true(at < n);
			assert_int_equal(e[at].addr, r->gpa);
			assert_int_equal(e[at].size, r->size);
			assert_int_equal(e[at].type, r->type == MEM_RAM ? 1 : 2);
			usable += r->type == MEM_RAM ? r->size : 0;
			at++;
		}
		assert_int_equal(at, n);
		assert_int_equal(usable, sizes[s] - 8 * MiB - 0x60000);
		for (size_t max = 0; max < (size_t)n; max++)
			assert_int_equal(boot_e820(&map, e, max), -E2BIG);
		assert_int_equal(boot_e820(&map, e, (size_t)n), n);
	}
}

static void fills_the_zero_page(void **state)
{
	static const unsigned jumps[] = { 0x6a, 0x66, 0x00, 0x30, 0x8e, 0xff };
	uint8_t head[BOOT_HEAD_SIZE], page[BOOT_PARAMS_SIZE];
	struct memmap map;
	struct boot_info info = {
		.map = &map,
		.kernel_gpa = 0x1000000,
		.initrd_gpa = 0x123456000,
		.initrd_size = 0x2abcdef01,
		.cmdline_gpa = 0x300020000,
		.setup_data_gpa = 0x40000,
		.rsdp_gpa = 0xe0000,
	};

	(void)state;
	plan(&map, 4 * GiB, 8 * MiB, MEMMAP_ANYWHERE);
	for (size_t j = 0; j < ARRAY_SIZE(jumps); j++) {
		unsigned end = MIN(0x202 + jumps[j], 0x290u);
		struct e820_entry e[BOOT_E820_MAX];
		int n = boot_e820(&map, e, BOOT_E820_MAX);

		make_head(head);
		head[0x201] = (uint8_t)jumps[j];
		head[0x211] = 0xff; /* loadflags: the loader's bits are cleared */
		memset(page, 0xaa, sizeof(page));
		assert_int_equal(boot_params(page, head, &info), 0);
		assert_int_equal(get_le64(page + 0x070), 0xe0000);
		assert_int_equal(get_le32(page + 0x0c0), 0x1);
		assert_int_equal(get_le32(page + 0x0c4), 0x2);
		assert_int_equal(get_le32(page + 0x0c8), 0x3);
		assert_int_equal(get_le16(page + 0x1fa), 0xffff);
		assert_int_equal(page[0x210], 0xff);
		assert_int_equal(page[0x211], 0x01);
		assert_int_equal(get_le32(page + 0x218), 0x23456000);
		assert_int_equal(get_le32(page + 0x21c), 0xabcdef01);
		assert_int_equal(get_le32(page + 0x228), 0x20000);
		assert_int_equal(get_le64(page + 0x250), 0x40000);
		assert_int_equal(page[0x1e8], n);
		for (int i = 0; i < n; i++) {
			assert_int_equal(get_le64(page + 0x2d0 + 20 * i), e[i].addr);
			assert_int_equal(get_le64(page + 0x2d8 + 20 * i), e[i].size);
			assert_int_equal(get_le32(page + 0x2e0 + 20 * i), e[i].type);
		}
		/* what is neither the file's header nor said above is zero */
		memset(page + 0x070, 0, 8);
		memset(page + 0x0c0, 0, 12);
		memset(page + 0x1e8, 0, 1);
		memset(page + 0x2d0, 0, 20 * (size_t)n);
		for (unsigned i = 0; i < sizeof(page); i++) {
			bool ours = (i >= 0x1fa && i < 0x1fc) || (i >= 0x210 && i < 0x212) ||
				    (i >= 0x218 && i < 0x220) || (i >= 0x228 && i < 0x22c) ||
				    (i >= 0x250 && i < 0x258);

			if (!ours && page[i] != (i >= 0x1f1 && i < end ? head[i] : 0))
				fail_msg("byte %#x: %#x", i, page[i]);
		}
	}
}

/* ---- setup_data ---- */

static void bounds_setup_data(void **state)
{
	enum { GPA = 0x40000, SEED = 32, DTB = 77 };
	uint8_t seed[SEED], dtb[DTB];

	(void)state;
	memset(seed, 0x11, sizeof(seed));
	memset(dtb, 0x22, sizeof(dtb));
	for (size_t s = 0; s <= SEED; s += 8) {
		for (size_t d = 0; d <= DTB; d += 11) {
			size_t first = s ? ALIGN_UP(16 + s, 16) : 0;
			size_t need = d ? first + 16 + d : s ? 16 + s : 0;

			for (size_t size = 0; size < 200; size++) {
				uint8_t *buf = malloc(size + 1); /* for the sanitizer */
				int ret;

				memset(buf, 0x33, size + 1);
				ret = boot_setup_data(buf, size, GPA, seed, s, dtb, d);
				assert_int_equal(buf[size], 0x33);
				if (size < need) {
					assert_int_equal(ret, -ENOSPC);
					free(buf);
					continue;
				}
				assert_true(ret >= (int)need && ret <= (int)size);
				if (s) {
					assert_int_equal(get_le64(buf), d ? GPA + first : 0);
					assert_int_equal(get_le32(buf + 8), 9);
					assert_int_equal(get_le32(buf + 12), s);
					assert_memory_equal(buf + 16, seed, s);
				}
				if (d) {
					assert_int_equal(get_le64(buf + first), 0);
					assert_int_equal(get_le32(buf + first + 8), 2);
					assert_int_equal(get_le32(buf + first + 12), d);
					assert_memory_equal(buf + first + 16, dtb, d);
				}
				free(buf);
			}
		}
	}
}

/* ---- what the processor starts with ---- */

static void maps_four_gib(void **state)
{
	static const uint64_t at[] = { LAYOUT_BOOT_PML4, 0x7654321000 };
	static uint8_t t[BOOT_TABLES_SIZE];

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(at); a++) {
		unsigned present = 0;

		memset(t, 0xee, sizeof(t));
		boot_page_tables(t, at[a]);
		for (unsigned i = 0; i < sizeof(t) / 8; i++)
			present += t[8 * i] & 1;
		assert_int_equal(present, 1 + 4 + 4 * 512);
		for (uint64_t gpa = 0; gpa < 4 * GiB; gpa += 2 * MiB) {
			uint64_t e = get_le64(t); /* PML4, PDPT, directory: present, writable */

			for (unsigned level = 3; level >= 2; level--) {
				uint64_t table = e & ~0xfffULL;

				assert_int_equal(e & 0xfff, 3);
				assert_in_range(table, at[a], at[a] + sizeof(t) - PAGE);
				e = get_le64(t + (table - at[a]) +
					     8 * ((gpa >> (3 + 9 * level)) & 511));
			}
			assert_int_equal(e, gpa | 0x83);
		}
	}
}

static void describes_flat_segments(void **state)
{
	uint8_t gdt[BOOT_GDT_SIZE];

	(void)state;
	memset(gdt, 0xee, sizeof(gdt));
	boot_gdt(gdt);
	assert_int_equal(get_le64(gdt) | get_le64(gdt + 8), 0);
	/* base 0, limit 4 GiB, present, ring 0; code with L and without D, data with B */
	assert_int_equal(get_le64(gdt + BOOT_CS) & ~BIT(40), 0x00af9a000000ffff);
	assert_int_equal(get_le64(gdt + BOOT_DS) & ~BIT(40), 0x00cf92000000ffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_header),
		cmocka_unit_test(refuses_bad_headers),
		cmocka_unit_test(bounds_any_header),
		cmocka_unit_test(places_around_what_is_taken),
		cmocka_unit_test(places_the_initrd_high),
		cmocka_unit_test(lists_the_plan),
		cmocka_unit_test(fills_the_zero_page),
		cmocka_unit_test(bounds_setup_data),
		cmocka_unit_test(maps_four_gib),
		cmocka_unit_test(describes_flat_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
