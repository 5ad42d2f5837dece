// SPDX-License-Identifier: BSD-2-Clause
/*
 * The plan of guest memory, judged by memmap_judge: first every combination of a few memory sizes, host
 * reservations, wishes and address widths, then thousands of random ones.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "memmap.h"
#include "memmap_judge.h"
#include "test.h"
#include "util.h"

#define HUGE_PAGE (2 * MiB)

/* ---- every combination ---- */

#define MSI_WINDOW                                                                                 \
	{                                                                                          \
		0xfee00000, 0xfeefffff                                                             \
	}
#define NONE                                                                                       \
	{                                                                                          \
		0x100000000000000, 0x100000000000000                                               \
	}
#define HT_HOLE                                                                                    \
	{                                                                                          \
		0xfd00000000, 0xffffffffff                                                         \
	}
#define RMRR                                                                                       \
	{                                                                                          \
		0x1f700000, 0x1f7fffff                                                             \
	}
#define STRADDLES                                                                                  \
	{                                                                                          \
		0xbff00000, 0x1080fffff                                                            \
	}
#define ABOVE                                                                                      \
	{                                                                                          \
		0x123456000, 0x123457fff                                                           \
	}

static const struct {
	const char *name;
	struct iova_range r[5];
	size_t n;
} avoids[] = {
	{ "none", { { 0, 0 } }, 0 },
	{ "msi", { MSI_WINDOW }, 1 },
	{ "rmrr", { MSI_WINDOW, RMRR }, 2 },
	{ "straddles", { STRADDLES }, 1 },
	{ "above", { MSI_WINDOW, ABOVE }, 2 },
	{ "ht", { MSI_WINDOW, HT_HOLE }, 2 },
	{ "all", { HT_HOLE, ABOVE, STRADDLES, RMRR, MSI_WINDOW }, 5 },
};

#define OPREGION(size, gpa)                                                                        \
	{                                                                                          \
		"opregion", MEM_OPREGION, size, 4 * KiB, gpa                                       \
	}
#define STOLEN(size, align, gpa)                                                                   \
	{                                                                                          \
		"stolen", MEM_STOLEN, size, align, gpa                                             \
	}
#define VGA(size, gpa)                                                                             \
	{                                                                                          \
		"vga", MEM_VGA, size, 4 * KiB, gpa                                                 \
	}
#define ANY MEMMAP_ANYWHERE

static const struct {
	const char *name;
	struct mem_wish w[2];
	size_t n;
	uint64_t taken; /* from RAM in one piece, anywhere */
} wishes[] = {
	{ "none", { { 0 } }, 0, 0 },
	{ "opregion 8K", { OPREGION(0x2000, ANY) }, 1, 0 },
	{ "opregion 12K", { OPREGION(0x3000, ANY) }, 1, 0 },
	{ "opregion at", { OPREGION(0x3000, 0x10f6000) }, 1, 0 },
	{ "stolen 4M", { STOLEN(4 * MiB, HUGE_PAGE, ANY) }, 1, 4 * MiB },
	{ "stolen 64M", { OPREGION(0x2000, ANY), STOLEN(64 * MiB, HUGE_PAGE, ANY) }, 2, 64 * MiB },
	{ "stolen 64M by 64M", { STOLEN(64 * MiB, 64 * MiB, ANY) }, 1, 64 * MiB },
	{ "stolen 1G", { STOLEN(GiB, MiB, ANY), OPREGION(0x6000, ANY) }, 2, GiB },
	{ "stolen 8M at", { STOLEN(8 * MiB, HUGE_PAGE, 0x1000000) }, 1, 0 },
	{ "stolen 8M at odd", { STOLEN(8 * MiB, MiB, 0x1100000) }, 1, 0 },
	{ "stolen 5M at odd", { STOLEN(5 * MiB, MiB, 0xb00000) }, 1, 0 },
	{ "stolen 64M at 32M", { STOLEN(64 * MiB, MiB, 0x2000000) }, 1, 0 },
	{ "stolen 64M above RAM", { STOLEN(64 * MiB, MiB, 0xb8000000) }, 1, 0 },
	{ "stolen 64M over the limit", { STOLEN(64 * MiB, MiB, 0xbe300000) }, 1, 0 },
	{ "stolen 72M on BARs",
	  { STOLEN(72 * MiB, MiB, 0xd3f00000), OPREGION(0x3000, ANY) },
	  2,
	  0 },
	{ "stolen 64M before ECAM", { STOLEN(64 * MiB, MiB, 0xf4000000) }, 1, 0 },
	{ "stolen 64M after ECAM", { STOLEN(64 * MiB, MiB, 0xf8100000) }, 1, 0 },
	{ "stolen 1G at", { STOLEN(GiB, MiB, 0x60000000) }, 1, 0 },
	{ "stolen 72M high", { STOLEN(72 * MiB, MiB, 0x47b800000) }, 1, 0 },
	{ "stolen 2G + 8M at 4G", { STOLEN(2 * GiB + 8 * MiB, MiB, 4 * GiB) }, 1, 0 },
	{ "stolen 4G + 8M high", { STOLEN(4 * GiB + 8 * MiB, MiB, 0x47b700000) }, 1, 0 },
	{ "two at",
	  { STOLEN(32 * MiB, MiB, 0xe0000000),
	    { "opregion", MEM_OPREGION, 0x3000, 4 * KiB, 0xe2000000 } },
	  2,
	  0 },
	{ "vga", { VGA(0x20000, 0xa0000) }, 1, 0 },
	{ "vga and stolen 64M",
	  { STOLEN(64 * MiB, HUGE_PAGE, ANY), VGA(0x20000, 0xa0000) },
	  2,
	  64 * MiB },
	{ "opregion on BARs", { OPREGION(0x3000, 0xd0123000) }, 1, 0 },
};

static void keeps_its_promises(void **state)
{
	static const uint64_t sizes[] = {
		32 * MiB, 128 * MiB, 512 * MiB, 3 * GiB, 4 * GiB, 8 * GiB, 64 * GiB,
	};
	static const unsigned bits[] = { 36, 39, 46, 48, 52 };
	struct memmap map;
	unsigned planned = 0;

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (size_t a = 0; a < ARRAY_SIZE(avoids); a++) {
			for (size_t w = 0; w < ARRAY_SIZE(wishes); w++) {
				for (size_t b = 0; b < ARRAY_SIZE(bits); b++) {
					const struct memmap_params p = {
						.ram_size = sizes[s],
						.phys_bits = bits[b],
						.avoid = avoids[a].r,
						.n_avoid = avoids[a].n,
						.wish = wishes[w].w,
						.n_wish = wishes[w].n,
					};
					/* 64 GiB and the hole are more than 36 bits; the wish is
					   taken from the RAM above 1 MiB, which keeps a bit */
					bool fits = BIT(bits[b]) >= sizes[s] + GiB &&
						    wishes[w].taken < sizes[s] - 2 * MiB;
					int exact = judge_exact_wishes(&p);
					int ret = memmap_plan(&map, &p);

					sprintf(what, "RAM %llu MiB, avoid %s, wish %s, %u bits",
						sizes[s] / MiB, avoids[a].name, wishes[w].name,
						bits[b]);
					must(ret == (exact ? exact : fits ? 0 : -ENOSPC));
					if (ret)
						continue;
					judge_plan(&map, &p);
					planned++;
				}
			}
		}
	}
	assert_true(planned > 2500);
}

/* Plans known to the last byte. */
static void places_ranges_here(void **state)
{
	static const struct mem_wish wish[] = { OPREGION(0x3000, ANY),
						STOLEN(64 * MiB, HUGE_PAGE, ANY) };
	static const struct iova_range avoid[] = { MSI_WINDOW, RMRR };
	static const struct mem_range expect[] = {
		{ 0, 0xa0000, MEM_RAM, "ram" },
		{ 0xa0000, 0x60000, MEM_LEGACY, "legacy" },
		{ 0x100000, 0x1f500000, MEM_RAM, "ram" },
		{ 0x1f800000, 0x9c600000, MEM_RAM, "ram" },
		{ 0xbbe00000, 0x4000000, MEM_STOLEN, "stolen" },
		{ 0xbfffd000, 0x3000, MEM_OPREGION, "opregion" },
		{ 0xc0000000, 0x38000000, MEM_PCI32, "pci32" },
		{ 0xf8000000, 0x100000, MEM_ECAM, "ecam" },
		{ 0xfec00000, 0x1000, MEM_CHIP, "ioapic" },
		{ 0xfee00000, 0x1000, MEM_CHIP, "lapic" },
		{ 0xfeffc000, 0x4000, MEM_CHIP, "kvm" },
		{ 0x100000000, 0x40400000, MEM_RAM, "ram" },
		{ 0x180000000, 0x7e80000000, MEM_PCI64, "pci64" },
	};
	const struct memmap_params p = { 4 * GiB, 39, avoid, 2, wish, 2 };
	struct memmap map;

	(void)state;
	/* 0x1f600000..0x1f800000 and 0xbfe00000..0xc0000000 are lost to the reservations: +4 MiB */
	assert_int_equal(memmap_plan(&map, &p), 0);
	assert_int_equal(map.n, ARRAY_SIZE(expect));
	for (size_t i = 0; i < map.n; i++) {
		assert_int_equal(map.range[i].gpa, expect[i].gpa);
		assert_int_equal(map.range[i].size, expect[i].size);
		assert_int_equal(map.range[i].type, expect[i].type);
		assert_string_equal(map.range[i].name, expect[i].name);
	}
}

/* Stolen memory at the host's address: what is cut where, to the last byte. */
static void flows_around(void **state)
{
	static const struct {
		uint64_t ram;
		struct mem_wish wish;
		struct mem_range range[12]; /* but for legacy and chipset; to the first of size 0 */
	} t[] = {
		{ 2 * GiB, /* below TOLUD, larger than what is left of RAM */
		  STOLEN(GiB, MiB, 0x60000000),
		  { { 0, 0xa0000, MEM_RAM, "ram" },
		    { 0x100000, 0x3ff00000, MEM_RAM, "ram" },
		    { 0x60000000, 0x40000000, MEM_STOLEN, "stolen" },
		    { 0xc0000000, 0x38000000, MEM_PCI32, "pci32" },
		    { 0x100000000, 0x7f00000000, MEM_PCI64, "pci64" } } },
		{ 2 * GiB,
		  STOLEN(72 * MiB, MiB, 0xd3f00000), /* in the window */
		  { { 0, 0xa0000, MEM_RAM, "ram" },
		    { 0x100000, 0x7b700000, MEM_RAM, "ram" },
		    { 0xc0000000, 0x13f00000, MEM_PCI32, "pci32" },
		    { 0xd3f00000, 0x4800000, MEM_STOLEN, "stolen" },
		    { 0xd8700000, 0x1f900000, MEM_PCI32, "pci32" },
		    { 0x100000000, 0x7f00000000, MEM_PCI64, "pci64" } } },
		{ 4 * GiB,
		  STOLEN(64 * MiB, MiB, 0xbe300000), /* across its start */
		  { { 0, 0xa0000, MEM_RAM, "ram" },
		    { 0x100000, 0xbe100000, MEM_RAM, "ram" },
		    { 0xbe300000, 0x4000000, MEM_STOLEN, "stolen" },
		    { 0xc2300000, 0x35d00000, MEM_PCI32, "pci32" },
		    { 0x100000000, 0x3de00000, MEM_RAM, "ram" },
		    { 0x140000000, 0x7ec0000000, MEM_PCI64, "pci64" } } },
		{ 24 * GiB,
		  STOLEN(72 * MiB, MiB, 0x47b900000), /* RAM on both sides */
		  { { 0, 0xa0000, MEM_RAM, "ram" },
		    { 0x100000, 0xbff00000, MEM_RAM, "ram" },
		    { 0xc0000000, 0x38000000, MEM_PCI32, "pci32" },
		    { 0x100000000, 0x37b800000, MEM_RAM, "ram" },
		    { 0x47b900000, 0x4800000, MEM_STOLEN, "stolen" },
		    { 0x480200000, 0x1c0000000, MEM_RAM, "ram" },
		    { 0x680000000, 0x7980000000, MEM_PCI64, "pci64" } } },
		{ 8 * GiB,
		  STOLEN(72 * MiB, MiB, 0x47b900000), /* in the upper window */
		  { { 0, 0xa0000, MEM_RAM, "ram" },
		    { 0x100000, 0xbff00000, MEM_RAM, "ram" },
		    { 0xc0000000, 0x38000000, MEM_PCI32, "pci32" },
		    { 0x100000000, 0x13b800000, MEM_RAM, "ram" },
		    { 0x240000000, 0x23b900000, MEM_PCI64, "pci64" },
		    { 0x47b900000, 0x4800000, MEM_STOLEN, "stolen" },
		    { 0x480100000, 0x7b7ff00000, MEM_PCI64, "pci64" } } },
		{ 32 * MiB, /* as low as it goes */
		  STOLEN(8 * MiB, MiB, 0x100000),
		  { { 0, 0xa0000, MEM_RAM, "ram" },
		    { 0x100000, 0x800000, MEM_STOLEN, "stolen" },
		    { 0xa00000, 0x1700000, MEM_RAM, "ram" },
		    { 0xc0000000, 0x38000000, MEM_PCI32, "pci32" },
		    { 0x100000000, 0x7f00000000, MEM_PCI64, "pci64" } } },
	};
	struct memmap map;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct memmap_params p = { t[i].ram, 39, NULL, 0, &t[i].wish, 1 };
		const struct mem_range *e = t[i].range;

		sprintf(what, "row %zu", i);
		must(memmap_plan(&map, &p) == 0);
		judge_plan(&map, &p);
		for (size_t k = 0; k < map.n; k++) {
			const struct mem_range *r = &map.range[k];

			if (r->type == MEM_LEGACY || r->type == MEM_ECAM || r->type == MEM_CHIP)
				continue;
			sprintf(what, "row %zu, %#llx of %#llx", i, (unsigned long long)r->gpa,
				(unsigned long long)r->size);
			must(r->gpa == e->gpa && r->size == e->size && r->type == e->type);
			must(!strcmp(r->name, e->name));
			e++;
		}
		must(e->size == 0);
	}
}

/* ---- what is refused ---- */

static void refuses(void **state)
{
	static const struct {
		const char *name;
		uint64_t ram;
		unsigned bits;
		struct iova_range avoid;
		struct mem_wish wish[2];
		size_t n_wish;
		int ret;
	} t[] = {
		{ "no RAM", 0, 39, MSI_WINDOW, { { 0 } }, 0, -EINVAL },
		{ "too little", 30 * MiB, 39, MSI_WINDOW, { { 0 } }, 0, -EINVAL },
		{ "odd page", 32 * MiB + 4096, 39, MSI_WINDOW, { { 0 } }, 0, -EINVAL },
		{ "odd MiB", 33 * MiB, 39, MSI_WINDOW, { { 0 } }, 0, -EINVAL },
		{ "31 bits", GiB, 31, MSI_WINDOW, { { 0 } }, 0, -EINVAL },
		{ "53 bits", GiB, 53, MSI_WINDOW, { { 0 } }, 0, -EINVAL },
		{ "backwards", GiB, 39, { 0x2000000, 0x1ffffff }, { { 0 } }, 0, -EINVAL },
		{ "no size", GiB, 39, MSI_WINDOW, { STOLEN(0, MiB, ANY) }, 1, -EINVAL },
		{ "no align", GiB, 39, MSI_WINDOW, { STOLEN(MiB, 0, ANY) }, 1, -EINVAL },
		{ "align 2K", GiB, 39, MSI_WINDOW, { STOLEN(MiB, 2048, ANY) }, 1, -EINVAL },
		{ "align 12K", GiB, 39, MSI_WINDOW, { STOLEN(MiB, 12288, ANY) }, 1, -EINVAL },
		{ "RAM wish",
		  GiB,
		  39,
		  MSI_WINDOW,
		  { { "w", MEM_RAM, MiB, MiB, ANY } },
		  1,
		  -EINVAL },
		{ "vga anywhere", GiB, 39, MSI_WINDOW, { VGA(0x20000, ANY) }, 1, -EINVAL },
		{ "vga elsewhere", GiB, 39, MSI_WINDOW, { VGA(0x20000, 0xc0000) }, 1, -EINVAL },
		{ "long vga", GiB, 39, MSI_WINDOW, { VGA(0x60000, 0xa0000) }, 1, -EINVAL },
		{ "two of them",
		  GiB,
		  39,
		  MSI_WINDOW,
		  { VGA(0x20000, 0xa0000), VGA(0x20000, 0xa0000) },
		  2,
		  -EADDRINUSE },
		{ "off align", GiB, 39, MSI_WINDOW, { STOLEN(MiB, MiB, 0x1080000) }, 1, -EINVAL },
		{ "huge wish", GiB, 39, MSI_WINDOW, { OPREGION(1ULL << 53, ANY) }, 1, -EINVAL },
		{ "5G OpRegion", GiB, 39, MSI_WINDOW, { OPREGION(5 * GiB, ANY) }, 1, -ENOSPC },
		{ "5G stolen", 8 * GiB, 39, MSI_WINDOW, { STOLEN(5 * GiB, MiB, ANY) }, 1, -ENOSPC },
		{ "over 4G", GiB, 39, MSI_WINDOW, { OPREGION(0x2000, 0xfffff000) }, 1, -ERANGE },
		{ "above 4G", GiB, 39, MSI_WINDOW, { OPREGION(0x2000, 1ULL << 32) }, 1, -ERANGE },
		{ "5G at", GiB, 39, MSI_WINDOW, { OPREGION(5 * GiB, 1 * GiB) }, 1, -ERANGE },
		{ "over 39 bits",
		  GiB,
		  39,
		  MSI_WINDOW,
		  { STOLEN(2 * MiB, MiB, (1ULL << 39) - MiB) },
		  1,
		  -ERANGE },
		{ "last of 39 bits",
		  GiB,
		  39,
		  MSI_WINDOW,
		  { STOLEN(MiB, MiB, (1ULL << 39) - MiB) },
		  1,
		  0 },
		{ "wraps",
		  GiB,
		  39,
		  MSI_WINDOW,
		  { STOLEN(2 * MiB, MiB, 0ULL - 2 * MiB) },
		  1,
		  -ERANGE },
		{ "32 bits", 4 * GiB, 32, MSI_WINDOW, { { 0 } }, 0, -ENOSPC },
		{ "over 36 bits", 64 * GiB, 36, MSI_WINDOW, { { 0 } }, 0, -ENOSPC },
		{ "over 52 bits", 1ULL << 52, 52, MSI_WINDOW, { { 0 } }, 0, -ENOSPC },
		{ "all of it", 0 - 2 * MiB, 52, MSI_WINDOW, { { 0 } }, 0, -ENOSPC },
		{ "page 0", GiB, 39, { 0, 0xfff }, { { 0 } }, 0, -ENOSPC },
		{ "legacy", GiB, 39, { 0xa0000, 0xfffff }, { { 0 } }, 0, -ENOSPC },
		{ "everything", GiB, 39, { 0x100000, UINT64_MAX }, { { 0 } }, 0, -ENOSPC },
		{ "all RAM", GiB, 39, MSI_WINDOW, { STOLEN(GiB, MiB, ANY) }, 1, -ENOSPC },
		{ "all RAM at", GiB, 39, MSI_WINDOW, { STOLEN(GiB, MiB, 0x1000000) }, 1, -ENOMEM },
		{ "wide OpRegion", GiB, 39, MSI_WINDOW, { OPREGION(3 * GiB, ANY) }, 1, -ENOSPC },
		{ "in low RAM",
		  GiB,
		  39,
		  MSI_WINDOW,
		  { OPREGION(0x2000, 0x50000) },
		  1,
		  -EADDRINUSE },
		{ "at 0", GiB, 39, MSI_WINDOW, { STOLEN(4 * MiB, MiB, 0) }, 1, -EADDRINUSE },
		{ "legacy", GiB, 39, MSI_WINDOW, { OPREGION(0x2000, 0x9f000) }, 1, -EADDRINUSE },
		{ "on ECAM", GiB, 39, NONE, { STOLEN(MiB, MiB, 0xf8000000) }, 1, -EADDRINUSE },
		{ "into ECAM",
		  GiB,
		  39,
		  NONE,
		  { STOLEN(2 * MiB, MiB, 0xf7f00000) },
		  1,
		  -EADDRINUSE },
		{ "on IOAPIC", GiB, 39, NONE, { STOLEN(MiB, MiB, 0xfec00000) }, 1, -EADDRINUSE },
		{ "on LAPIC", GiB, 39, NONE, { OPREGION(0x2000, 0xfedff000) }, 1, -EADDRINUSE },
		{ "on KVM", GiB, 39, NONE, { STOLEN(MiB, MiB, 0xfef00000) }, 1, -EADDRINUSE },
		{ "on all", 4 * GiB, 39, NONE, { STOLEN(GiB, MiB, 0xf0000000) }, 1, -EADDRINUSE },
		{ "OpRegion on RMRR",
		  GiB,
		  39,
		  { 0x2000000, 0x20fffff },
		  { OPREGION(0x2000, 0x2000000) },
		  1,
		  0 }, /* no DMA map covers it */
		{ "reserved",
		  GiB,
		  39,
		  { 0x2000000, 0x20fffff },
		  { STOLEN(8 * MiB, MiB, 0x1a00000) },
		  1,
		  -EADDRNOTAVAIL },
		{ "two at one",
		  GiB,
		  39,
		  MSI_WINDOW,
		  { OPREGION(0x2000, 0x1000000), STOLEN(MiB, MiB, 0x1000000) },
		  2,
		  -EADDRINUSE },
	};
	struct memmap map;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct memmap_params p = { t[i].ram, t[i].bits, &t[i].avoid,
						 1,	   t[i].wish, t[i].n_wish };
		int ret = memmap_plan(&map, &p);

		if (ret != t[i].ret)
			fail_msg("%s: %d, not %d", t[i].name, ret, t[i].ret);
	}
}

/* Reservations that cut RAM into more pieces than a plan holds. */
static void refuses_too_many_pieces(void **state)
{
	struct iova_range avoid[2 * MEMMAP_RANGES_MAX];
	struct memmap_params p = { 8 * GiB, 39, avoid, 0, NULL, 0 };
	struct memmap map;
	size_t most = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(avoid); i++)
		avoid[i] = (struct iova_range){ (16 * i + 8) * MiB, (16 * i + 8) * MiB + 4095 };
	for (p.n_avoid = 0; p.n_avoid < ARRAY_SIZE(avoid); p.n_avoid++) {
		int ret = memmap_plan(&map, &p);

		sprintf(what, "%zu reservations", p.n_avoid);
		must(ret == 0 || ret == -E2BIG);
		if (ret)
			continue;
		judge_plan(&map, &p);
		most = p.n_avoid;
	}
	assert_in_range(most, 40, MEMMAP_RANGES_MAX);
}

/* ---- random ---- */

static uint64_t seed;

static uint64_t rnd(uint64_t below)
{
	/* xorshift64*, Vigna 2014 */
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (seed * 0x2545f4914f6cdd1d >> 11) % below;
}

static void random_params(struct memmap_params *p, struct iova_range avoid[8],
			  struct mem_wish wish[3])
{
	static const char *const names[] = { "wish0", "wish1", "wish2" };

	*p = (struct memmap_params){ .phys_bits = 32 + (unsigned)rnd(21), .avoid = avoid };
	p->ram_size = MEMMAP_RAM_MIN + HUGE_PAGE * rnd(rnd(2) ? 256 : 40000);
	p->n_avoid = rnd(8);
	for (size_t i = 0; i < p->n_avoid; i++) {
		/* often near RAM, of any length, seldom at 1 MiB sharp */
		uint64_t first = rnd(4) ? MiB * (2 + rnd(8191)) + rnd(512) * 4096
					: LAYOUT_HIGH_MEMORY + rnd(1ULL << 42);

		avoid[i] = (struct iova_range){ first, first + rnd(1ULL << (12 + rnd(24))) };
	}
	p->wish = wish;
	p->n_wish = rnd(4);
	for (size_t i = 0; i < p->n_wish; i++) {
		bool stolen = rnd(2);
		uint64_t align = stolen ? MiB << rnd(6) : (4 * KiB) << rnd(4);

		wish[i] = (struct mem_wish){
			.name = names[i],
			.type = stolen ? MEM_STOLEN : MEM_OPREGION,
			.size = stolen ? MiB * (1 + rnd(64)) : 4 * KiB * (1 + rnd(8)),
			.align = align,
			.gpa = MEMMAP_ANYWHERE,
		};
		/* a third has an address: in low RAM, in the PCI window or near it, high up */
		if (rnd(3) == 0) {
			static const uint64_t from[] = { 0, 0xbe000000, 4 * GiB };
			size_t k = rnd(ARRAY_SIZE(from));
			uint64_t to[] = { 3 * GiB, 4 * GiB, 2ULL << p->phys_bits };

			wish[i].gpa = ALIGN_DOWN(from[k] + rnd(to[k] - from[k]), align);
		}
	}
}

static void keeps_its_promises_at_random(void **state)
{
	struct iova_range avoid[8];
	struct mem_wish wish[3];
	struct memmap_params p;
	struct memmap map;
	unsigned planned = 0;

	(void)state;
	for (uint64_t i = 1; i <= 40000; i++) {
		uint64_t start = seed = i * 0x9e3779b97f4a7c15;
		int exact, ret;

		random_params(&p, avoid, wish);
		sprintf(what, "seed %#llx, RAM %llu MiB, %u bits, %zu avoid, %zu wishes",
			(unsigned long long)start, (unsigned long long)(p.ram_size / MiB),
			p.phys_bits, p.n_avoid, p.n_wish);
		ret = memmap_plan(&map, &p);
		exact = judge_exact_wishes(&p);
		must(exact ? ret == exact : ret == 0 || ret == -ENOSPC);
		/* what nothing stands in the way of is not refused */
		must(ret == 0 || p.n_avoid || p.n_wish || p.ram_size + GiB > BIT(p.phys_bits));
		if (ret)
			continue;
		judge_plan(&map, &p);
		planned++;
	}
	assert_true(planned > 10000);
}

/* ---- what a type means ---- */

static void traits_agree(void **state)
{
	(void)state;
	for (int i = 0; i < MEM_TYPE_COUNT; i++) {
		const struct mem_traits *t = &mem_traits[i];

		assert_non_null(t->name);
		/* a window for BARs is neither memory nor listed; what is reserved says so in e820 */
		assert_false(t->pci_window && (t->e820 || t->backed || t->reserved));
		assert_true(!t->reserved || t->e820 == E820_RESERVED);
		assert_true(t->e820 != E820_RAM || (t->backed && i == MEM_RAM));
	}
	assert_int_equal(mem_traits[MEM_RAM].e820, E820_RAM);
	assert_true(mem_traits[MEM_STOLEN].reserved && mem_traits[MEM_STOLEN].backed);
	assert_true(mem_traits[MEM_OPREGION].reserved && !mem_traits[MEM_OPREGION].backed);
	assert_true(mem_traits[MEM_VGA].e820 == E820_RESERVED && !mem_traits[MEM_VGA].backed);
	assert_true(mem_traits[MEM_PCI32].pci_window && mem_traits[MEM_PCI64].pci_window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_its_promises),
		cmocka_unit_test(places_ranges_here),
		cmocka_unit_test(flows_around),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_too_many_pieces),
		cmocka_unit_test(keeps_its_promises_at_random),
		cmocka_unit_test(traits_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
