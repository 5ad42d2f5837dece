// SPDX-License-Identifier: BSD-2-Clause
/*
 * The plan of guest memory, judged by a checker that shares no code with the planner: first every
 * combination of a few memory sizes, host reservations, wishes and address widths, then thousands
 * of random ones.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "memmap.h"
#include "test.h"
#include "util.h"

#define HUGE_PAGE (2 * MiB)

static char what[512]; /* the case at hand, for messages */

#define must(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond))                                                                       \
			fail_msg("%s; not true: %s", what, #cond);                                 \
	} while (0)

static bool meets(const struct mem_range *r, const struct iova_range *a)
{
	return r->gpa <= a->last && r->gpa + r->size - 1 >= a->first;
}

static bool huge(uint64_t n)
{
	return n % HUGE_PAGE == 0;
}

/* True when what backed wishes take leaves whole huge pages, and [1 MiB, 2 MiB) is RAM. */
static bool in_huge_pages(const struct memmap_params *p)
{
	for (size_t i = 0; i < p->n_wish; i++)
		if (p->wish[i].gpa < HUGE_PAGE ||
		    (p->wish[i].type == MEM_STOLEN &&
		     (!huge(p->wish[i].size) || p->wish[i].align % HUGE_PAGE)))
			return false;
	for (size_t i = 0; i < p->n_avoid; i++)
		if (p->avoid[i].first < HUGE_PAGE)
			return false;
	return true;
}

static void check_range(const struct memmap *map, const struct memmap_params *p, size_t i)
{
	const struct mem_range *r = &map->range[i];
	const struct mem_traits *t = &mem_traits[r->type];
	uint64_t end = r->gpa + r->size;

	must(r->size && r->name && *r->name && (unsigned)r->type < MEM_TYPE_COUNT);
	must(end > r->gpa && end <= BIT(p->phys_bits));
	must(!i || map->range[i - 1].gpa + map->range[i - 1].size <= r->gpa);
	for (size_t k = 0; k < p->n_avoid; k++)
		must(!t->backed || !meets(r, &p->avoid[k]));
	must(memmap_at(map, r->gpa) == r && memmap_at(map, end - 1) == r);
	must(memmap_at(map, end) != r && memmap_find(map, r->type) <= r);
	if (r->type == MEM_RAM) {
		/* nothing of it in the last GiB below 4 GiB */
		must(end <= LAYOUT_LOW_LIMIT || r->gpa >= LAYOUT_4GIB);
		must(r->gpa == 0 || r->gpa == LAYOUT_HIGH_MEMORY || r->size < HUGE_PAGE ||
		     huge(r->gpa) || !in_huge_pages(p));
	}
	if (t->backed && r->size >= HUGE_PAGE && in_huge_pages(p))
		must(huge(end) || r->type == MEM_STOLEN);
}

/* The one range that answers a wish. */
static void check_wish(const struct memmap *map, const struct mem_wish *w)
{
	const struct mem_range *found = NULL;

	for (size_t i = 0; i < map->n; i++) {
		if (map->range[i].name != w->name)
			continue;
		must(!found);
		found = &map->range[i];
	}
	must(found && found->type == w->type && found->size == w->size);
	must(found->gpa % w->align == 0 && found->gpa + found->size <= LAYOUT_4GIB);
	must(found->gpa >= LAYOUT_HIGH_MEMORY);
	must(w->gpa == MEMMAP_ANYWHERE || w->gpa == found->gpa);
	must(w->gpa != MEMMAP_ANYWHERE || found->gpa + found->size <= LAYOUT_LOW_LIMIT);
}

static void check_plan(const struct memmap *map, const struct memmap_params *p)
{
	const struct mem_range *pci64 = memmap_find(map, MEM_PCI64), *last = &map->range[0];
	uint64_t backed = 0;

	must(map->n && map->n <= MEMMAP_RANGES_MAX);
	for (size_t i = 0; i < map->n; i++) {
		check_range(map, p, i);
		if (mem_traits[map->range[i].type].backed) {
			backed += map->range[i].size;
			last = &map->range[i];
		}
	}
	must(backed == p->ram_size);
	for (size_t i = 0; i < p->n_wish; i++)
		check_wish(map, &p->wish[i]);
	/* what a PC has, whatever was asked for */
	must(memmap_at(map, 0)->type == MEM_RAM && memmap_at(map, 0x9ffff)->type == MEM_RAM);
	must(memmap_find(map, MEM_LEGACY)->gpa == 0xa0000);
	must(memmap_find(map, MEM_LEGACY)->size == 0x60000);
	must(memmap_find(map, MEM_PCI32)->size >= 512 * MiB);
	must(memmap_at(map, LAYOUT_ECAM)->type == MEM_ECAM);
	must(memmap_at(map, LAYOUT_IOAPIC)->type == MEM_CHIP);
	must(memmap_at(map, LAYOUT_LAPIC)->type == MEM_CHIP);
	if (pci64) {
		must(pci64->gpa >= LAYOUT_4GIB && pci64->gpa >= last->gpa + last->size);
		must(pci64->gpa % GiB == 0 && pci64->gpa + pci64->size == BIT(p->phys_bits));
	} else {
		must(last->gpa + last->size + GiB > BIT(p->phys_bits) || p->phys_bits == 32);
	}
}

/* ---- every combination ---- */

#define MSI_WINDOW                                                                                 \
	{                                                                                          \
		0xfee00000, 0xfeefffff                                                             \
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
#define ANY MEMMAP_ANYWHERE

static const struct {
	const char *name;
	struct mem_wish w[2];
	size_t n;
	uint64_t taken; /* from RAM in one piece */
} wishes[] = {
	{ "none", { { 0 } }, 0, 0 },
	{ "opregion 8K", { OPREGION(0x2000, ANY) }, 1, 0 },
	{ "opregion 12K", { OPREGION(0x3000, ANY) }, 1, 0 },
	{ "opregion at", { OPREGION(0x3000, 0x10f6000) }, 1, 0 },
	{ "stolen 4M", { STOLEN(4 * MiB, HUGE_PAGE, ANY) }, 1, 4 * MiB },
	{ "stolen 64M", { OPREGION(0x2000, ANY), STOLEN(64 * MiB, HUGE_PAGE, ANY) }, 2, 64 * MiB },
	{ "stolen 64M by 64M", { STOLEN(64 * MiB, 64 * MiB, ANY) }, 1, 64 * MiB },
	{ "stolen 1G", { STOLEN(GiB, MiB, ANY), OPREGION(0x6000, ANY) }, 2, GiB },
	{ "stolen 8M at", { STOLEN(8 * MiB, HUGE_PAGE, 0x1000000) }, 1, 8 * MiB },
	{ "stolen 8M at odd", { STOLEN(8 * MiB, MiB, 0x1100000) }, 1, 8 * MiB },
	{ "stolen 5M at odd", { STOLEN(5 * MiB, MiB, 0xb00000) }, 1, 5 * MiB },
	{ "stolen 64M above RAM", { STOLEN(64 * MiB, MiB, 0xb8000000) }, 1, 64 * MiB },
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
					int ret = memmap_plan(&map, &p);

					sprintf(what, "RAM %llu MiB, avoid %s, wish %s, %u bits",
						sizes[s] / MiB, avoids[a].name, wishes[w].name,
						bits[b]);
					must(ret == (fits ? 0 : -ENOSPC));
					if (ret)
						continue;
					check_plan(&map, &p);
					planned++;
				}
			}
		}
	}
	assert_true(planned > 1500);
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
		{ "huge wish", GiB, 39, MSI_WINDOW, { OPREGION(5 * GiB, ANY) }, 1, -EINVAL },
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
		{ "off align", GiB, 39, MSI_WINDOW, { STOLEN(MiB, MiB, 0x1080000) }, 1, -EINVAL },
		{ "over 4G", GiB, 39, MSI_WINDOW, { OPREGION(0x2000, 0xfffff000) }, 1, -EINVAL },
		{ "above 4G", GiB, 39, MSI_WINDOW, { OPREGION(0x2000, 1ULL << 32) }, 1, -EINVAL },
		{ "32 bits", 4 * GiB, 32, MSI_WINDOW, { { 0 } }, 0, -ENOSPC },
		{ "over 36 bits", 64 * GiB, 36, MSI_WINDOW, { { 0 } }, 0, -ENOSPC },
		{ "over 52 bits", 1ULL << 52, 52, MSI_WINDOW, { { 0 } }, 0, -ENOSPC },
		{ "all of it", 0 - 2 * MiB, 52, MSI_WINDOW, { { 0 } }, 0, -ENOSPC },
		{ "page 0", GiB, 39, { 0, 0xfff }, { { 0 } }, 0, -ENOSPC },
		{ "legacy", GiB, 39, { 0xa0000, 0xfffff }, { { 0 } }, 0, -ENOSPC },
		{ "everything", GiB, 39, { 0x100000, UINT64_MAX }, { { 0 } }, 0, -ENOSPC },
		{ "all RAM", GiB, 39, MSI_WINDOW, { STOLEN(GiB, MiB, ANY) }, 1, -ENOSPC },
		{ "all RAM at", GiB, 39, MSI_WINDOW, { STOLEN(GiB, MiB, 0x1000000) }, 1, -ENOSPC },
		{ "wide OpRegion", GiB, 39, MSI_WINDOW, { OPREGION(3 * GiB, ANY) }, 1, -ENOSPC },
		{ "low wish", GiB, 39, MSI_WINDOW, { OPREGION(0x2000, 0x9f000) }, 1, -ENOSPC },
		{ "on BARs", GiB, 39, MSI_WINDOW, { OPREGION(0x2000, 0xd0000000) }, 1, -ENOSPC },
		{ "on LAPIC", GiB, 39, MSI_WINDOW, { OPREGION(0x2000, 0xfedff000) }, 1, -ENOSPC },
		{ "reserved",
		  GiB,
		  39,
		  { 0x2000000, 0x20fffff },
		  { STOLEN(8 * MiB, MiB, 0x1a00000) },
		  1,
		  -ENOSPC },
		{ "two at one",
		  GiB,
		  39,
		  MSI_WINDOW,
		  { OPREGION(0x2000, 0x1000000), STOLEN(MiB, MiB, 0x1000000) },
		  2,
		  -ENOSPC },
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
		check_plan(&map, &p);
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
			.gpa = rnd(3) ? MEMMAP_ANYWHERE : ALIGN_DOWN(rnd(3 * GiB), align),
		};
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
		int ret;

		random_params(&p, avoid, wish);
		sprintf(what, "seed %#llx, RAM %llu MiB, %u bits, %zu avoid, %zu wishes",
			(unsigned long long)start, (unsigned long long)(p.ram_size / MiB),
			p.phys_bits, p.n_avoid, p.n_wish);
		ret = memmap_plan(&map, &p);
		must(ret == 0 || ret == -ENOSPC);
		/* what nothing stands in the way of is not refused */
		must(ret == 0 || p.n_avoid || p.n_wish || p.ram_size + GiB > BIT(p.phys_bits));
		if (ret)
			continue;
		check_plan(&map, &p);
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
	assert_true(mem_traits[MEM_PCI32].pci_window && mem_traits[MEM_PCI64].pci_window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_its_promises),
		cmocka_unit_test(places_ranges_here),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_too_many_pieces),
		cmocka_unit_test(keeps_its_promises_at_random),
		cmocka_unit_test(traits_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
