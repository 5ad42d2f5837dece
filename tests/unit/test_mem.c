// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_vfio.h"
#include "layout.h"
#include "memmap.h"
#include "test.h"
#include "util.h"

#define PAGE (4 * KiB)

/* Nothing ever looks at these: a page-aligned address stands for the host's pages. */
#define HVA(n) ((void *)(uintptr_t)(0x7000000 + (n)*PAGE))

static struct mem_region region(uint64_t gpa, uint64_t size, enum mem_kind kind)
{
	return (struct mem_region){
		.gpa = gpa, .size = size, .hva = HVA(1), .kind = kind, .name = "test"
	};
}

static int map_pages(struct mem *m, uint64_t first, uint64_t n)
{
	const struct mem_region r = region(first * PAGE, n * PAGE, MEM_KIND_SHARED);

	return mem_map(m, &r);
}

/* ---- from the plan ---- */

static void backs_the_plan(void **state)
{
	static const struct iova_range avoid[] = { { 0x4000000, 0x40fffff } };
	static const struct mem_wish wish[] = {
		{ "opregion", MEM_OPREGION, 0x2000, 4 * KiB, MEMMAP_ANYWHERE },
		{ "stolen", MEM_STOLEN, 32 * MiB, 2 * MiB, MEMMAP_ANYWHERE },
	};
	static const uint64_t sizes[] = { 64 * MiB, 256 * MiB, 4 * GiB };
	struct memmap map;
	struct mem m;

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		const struct memmap_params p = { sizes[s], 40, avoid, 1, wish, 2 };
		uint64_t total = 0;

		assert_int_equal(memmap_plan(&map, &p), 0);
		assert_int_equal(mem_init(&m, &map), 0);
		for (size_t i = 0; i < m.n; i++) {
			const struct mem_region *r = &m.region[i];

			assert_int_equal(r->kind, MEM_KIND_RAM);
			assert_false(r->readonly);
			assert_int_equal(((uintptr_t)r->hva ^ r->gpa) & (2 * MiB - 1), 0);
			/* neighbours are one region */
			assert_true(!i || r[-1].gpa + r[-1].size < r->gpa);
			total += r->size;
		}
		assert_int_equal(total, sizes[s]);
		for (size_t i = 0; i < map.n; i++) {
			const struct mem_range *r = &map.range[i];
			uint8_t *p8 = mem_at(&m, r->gpa, r->size);

			assert_true(mem_traits[r->type].backed == (p8 != NULL));
			if (!p8)
				continue;
			/* both ends are there, zero, writable */
			assert_int_equal(p8[0] | p8[r->size - 1], 0);
			p8[0] = p8[r->size - 1] = 1;
		}
		mem_fini(&m);
		assert_int_equal(m.n, 0);
		mem_fini(&m);
	}
}

/* Huge pages need the same place within 2 MiB in the guest and in the host. */
static void places_ram_for_huge_pages(void **state)
{
	struct memmap map = { .n = 1 };
	struct mem m;

	(void)state;
	for (uint64_t gpa = 0; gpa < 4 * MiB; gpa += 0x33000) {
		map.range[0] = (struct mem_range){ gpa, 3 * MiB, MEM_RAM, "ram" };
		assert_int_equal(mem_init(&m, &map), 0);
		assert_int_equal(((uintptr_t)m.region[0].hva - gpa) % (2 * MiB), 0);
		memset(mem_at(&m, gpa, 3 * MiB), 1, 3 * MiB);
		mem_fini(&m);
	}
}

static void takes_a_zeroed_one(void **state)
{
	struct fake_listener l;
	struct mem m = { 0 };

	(void)state;
	fake_listener_init(&l, NULL, 1, NULL);
	mem_fini(&m);
	mem_unmap(&m, 0);
	mem_unlisten(&m, &l.listener);
	mem_forget(&m, &l.listener);
	assert_null(mem_at(&m, 0, 1));
	assert_int_equal(l.breaches, 0);
}

/* Not enough address space: nothing is left mapped. */
static void refuses_what_the_host_has_not(void **state)
{
	const struct memmap map = {
		.range = { { 0, 2 * MiB, MEM_RAM, "ram" },
			   { 4 * MiB, 1ULL << 48, MEM_RAM, "ram" } },
		.n = 2,
	};
	struct mem m;

	(void)state;
	assert_int_equal(mem_init(&m, &map), -ENOMEM);
	assert_int_equal(m.n, 0);
}

/* ---- pointers ---- */

static void finds_only_ram_and_only_whole(void **state)
{
	static const struct {
		uint64_t gpa, len;
		bool there;
	} t[] = {
		{ 0x10000, 1, true },
		{ 0x10000, 0x2000, true },
		{ 0x11fff, 1, true },
		{ 0x11fff, 0, true },
		{ 0xffff, 1, false },
		{ 0xffff, 2, false },
		{ 0x10000, 0x2001, false },
		{ 0x11fff, 2, false },
		{ 0x12000, 1, false },
		{ 0x12000, 0, false },
		{ 0x10001, UINT64_MAX, false },
		{ 0x10001, UINT64_MAX - 0x10000, false },
		{ UINT64_MAX, 1, false },
		{ UINT64_MAX, UINT64_MAX, false },
		{ 0, 1, false },
		/* RAM follows RAM, but they are two regions */
		{ 0x20000, 0x1000, true },
		{ 0x20fff, 2, false },
		{ 0x21000, 0x1000, true },
		/* shared pages and a BAR */
		{ 0x30000, 1, false },
		{ 0x40000, 1, false },
	};
	static const struct mem_region regions[] = {
		{ 0x10000, 0x2000, HVA(0), MEM_KIND_RAM, false, "a" },
		{ 0x21000, 0x1000, HVA(16), MEM_KIND_RAM, false, "c" },
		{ 0x20000, 0x1000, HVA(32), MEM_KIND_RAM, false, "b" },
		{ 0x30000, 0x1000, HVA(48), MEM_KIND_SHARED, false, "shared" },
		{ 0x40000, 0x1000, HVA(64), MEM_KIND_MMIO, false, "bar" },
	};
	struct mem m = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++)
		assert_int_equal(mem_map(&m, &regions[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		if (!mem_at(&m, t[i].gpa, t[i].len) == t[i].there)
			fail_msg("%#lx + %#lx", (unsigned long)t[i].gpa, (unsigned long)t[i].len);
	assert_ptr_equal(mem_at(&m, 0x10123, 4), (char *)HVA(0) + 0x123);
	assert_ptr_equal(mem_at(&m, 0x21004, 4), (char *)HVA(16) + 4);
}

/* ---- the map ---- */

static void refuses_bad_regions(void **state)
{
	static const struct {
		struct mem_region r;
		int ret;
	} t[] = {
		{ { .gpa = 0x1000, .size = 0, .hva = HVA(0) }, -EINVAL },
		{ { .gpa = 0x1001, .size = 0x1000, .hva = HVA(0) }, -EINVAL },
		{ { .gpa = 0x1000, .size = 0x1800, .hva = HVA(0) }, -EINVAL },
		{ { .gpa = 0x1000, .size = 0x1000, .hva = (void *)0x7000010 }, -EINVAL },
		{ { .gpa = 0 - 0x1000ULL, .size = 0x2000, .hva = HVA(0) }, -EINVAL },
		{ { .gpa = 0 - 0x1000ULL, .size = 0x1000, .hva = HVA(0) }, -EINVAL },
		{ { .gpa = 0x1000, .size = 0 - 0x1000ULL, .hva = HVA(0) }, -EINVAL },
		/* [0x4000, 0x6000) is taken */
		{ { .gpa = 0x4000, .size = 0x2000, .hva = HVA(0) }, -EEXIST },
		{ { .gpa = 0x5000, .size = 0x1000, .hva = HVA(0) }, -EEXIST },
		{ { .gpa = 0x3000, .size = 0x2000, .hva = HVA(0) }, -EEXIST },
		{ { .gpa = 0x3000, .size = 0x8000, .hva = HVA(0) }, -EEXIST },
		{ { .gpa = 0x5000, .size = 0x8000, .hva = HVA(0) }, -EEXIST },
		{ { .gpa = 0x3000, .size = 0x1000, .hva = HVA(0) }, 0 },
		{ { .gpa = 0x6000, .size = 0x1000, .hva = HVA(0) }, 0 },
		{ { .gpa = 0 - 0x2000ULL, .size = 0x1000, .hva = HVA(0) }, 0 },
	};
	struct mem m = { 0 };

	(void)state;
	assert_int_equal(map_pages(&m, 4, 2), 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		if (mem_map(&m, &t[i].r) != t[i].ret)
			fail_msg("row %zu", i);
	assert_int_equal(m.n, 4);
}

static void holds_so_many_and_no_more(void **state)
{
	struct mem m = { 0 };

	(void)state;
	for (uint64_t i = 0; i < MEM_REGIONS_MAX; i++)
		assert_int_equal(map_pages(&m, 2 * (MEM_REGIONS_MAX - i), 1), 0);
	assert_int_equal(map_pages(&m, 1, 1), -ENOSPC);
	assert_null(mem_at(&m, PAGE, 1));
	assert_null(mem_at(&m, UINT64_MAX, 1));
	mem_unmap(&m, 2 * PAGE);
	assert_int_equal(map_pages(&m, 1, 1), 0);
	assert_int_equal(m.n, MEM_REGIONS_MAX);
}

/* Map and unmap at random against an array of pages. */
static void agrees_with_a_page_table(void **state)
{
	enum { PAGES = 64 };
	uint64_t owner[PAGES] = { 0 }, seed = 1; /* owner: first page + 1, 0 for none */
	struct fake_listener l;
	struct mem m = { 0 };

	(void)state;
	fake_listener_init(&l, NULL, 1, NULL);
	assert_int_equal(mem_listen(&m, &l.listener), 0);
	for (unsigned round = 0; round < 20000; round++) {
		uint64_t first, n;
		bool taken = false;

		seed = seed * 6364136223846793005 + 1442695040888963407;
		first = (seed >> 33) % PAGES;
		n = 1 + (seed >> 40) % 6;
		if (seed >> 63) {
			mem_unmap(&m, first * PAGE);
			for (uint64_t i = 0; owner[first] == first + 1 && i < PAGES; i++)
				if (i != first && owner[i] == first + 1)
					owner[i] = 0;
			owner[first] = owner[first] == first + 1 ? 0 : owner[first];
		} else {
			for (uint64_t i = first; i < MIN(first + n, (uint64_t)PAGES); i++)
				taken |= owner[i] != 0;
			if (first + n > PAGES)
				continue;
			assert_int_equal(map_pages(&m, first, n), taken ? -EEXIST : 0);
			for (uint64_t i = first; !taken && i < first + n; i++)
				owner[i] = first + 1;
		}
		for (size_t i = 0; i < m.n; i++) {
			const struct mem_region *r = &m.region[i];

			assert_true(!i || r[-1].gpa + r[-1].size <= r->gpa);
			for (uint64_t a = r->gpa; a < r->gpa + r->size; a += PAGE)
				assert_int_equal(owner[a / PAGE], r->gpa / PAGE + 1);
		}
		assert_int_equal(l.n, m.n);
		assert_int_equal(l.breaches, 0);
	}
	mem_unlisten(&m, &l.listener);
	assert_int_equal(l.n, 0);
	assert_int_equal(l.breaches, 0);
}

/* ---- listeners ---- */

struct rig {
	struct mem m;
	struct fake_fault fault;
	struct fake_listener l[3];
	char trace[512];
};

static void rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->fault.err = -EIO;
	for (int i = 0; i < 3; i++)
		fake_listener_init(&rig->l[i], &rig->fault, i, rig->trace);
}

static void tells_listeners_in_order(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_int_equal(map_pages(&rig.m, 2, 1), 0);
	assert_int_equal(map_pages(&rig.m, 1, 1), 0);
	assert_int_equal(mem_listen(&rig.m, &rig.l[0].listener), 0);
	assert_int_equal(mem_listen(&rig.m, &rig.l[1].listener), 0);
	assert_string_equal(rig.trace, "+0:1000 +0:2000 +1:1000 +1:2000 ");
	rig.trace[0] = '\0';
	assert_int_equal(map_pages(&rig.m, 3, 1), 0);
	assert_string_equal(rig.trace, "+1:3000 +0:3000 ");
	rig.trace[0] = '\0';
	assert_int_equal(map_pages(&rig.m, 3, 1), -EEXIST);
	mem_unmap(&rig.m, 0x4000);
	mem_unmap(&rig.m, 0x3001);
	assert_string_equal(rig.trace, "");
	mem_unmap(&rig.m, 0x2000);
	assert_string_equal(rig.trace, "-1:2000 -0:2000 ");
	rig.trace[0] = '\0';
	mem_unlisten(&rig.m, &rig.l[0].listener);
	mem_unlisten(&rig.m, &rig.l[0].listener);
	assert_string_equal(rig.trace, "-0:3000 -0:1000 ");
	rig.trace[0] = '\0';
	mem_forget(&rig.m, &rig.l[1].listener);
	mem_forget(&rig.m, &rig.l[1].listener);
	mem_fini(&rig.m);
	assert_string_equal(rig.trace, "");
}

/* The n-th telling fails, for each n: then nobody knows of the region that failed. */
static void takes_back_what_one_refused(void **state)
{
	struct rig rig;

	(void)state;
	for (unsigned n = 1; n <= 3; n++) {
		rig_init(&rig);
		for (int i = 0; i < 3; i++)
			assert_int_equal(mem_listen(&rig.m, &rig.l[i].listener), 0);
		assert_int_equal(map_pages(&rig.m, 8, 1), 0);
		rig.fault.calls = 0;
		rig.fault.fail_at = n;
		assert_int_equal(map_pages(&rig.m, 4, 1), -EIO);
		assert_int_equal(rig.m.n, 1);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(rig.l[i].breaches, 0);
			assert_int_equal(rig.l[i].n, 1);
			assert_int_equal(rig.l[i].gpa[0], 0x8000);
		}
		/* the next attempt finds it free */
		assert_int_equal(map_pages(&rig.m, 4, 1), 0);
		mem_fini(&rig.m);
	}
}

/* The n-th region is refused by a newcomer: it is told to forget the others, and not asked again. */
static void drops_a_listener_that_fails(void **state)
{
	struct rig rig;

	(void)state;
	for (unsigned n = 1; n <= 3; n++) {
		rig_init(&rig);
		for (uint64_t i = 1; i <= 3; i++)
			assert_int_equal(map_pages(&rig.m, i, 1), 0);
		assert_int_equal(mem_listen(&rig.m, &rig.l[0].listener), 0);
		rig.fault.calls = 0;
		rig.fault.fail_at = n;
		assert_int_equal(mem_listen(&rig.m, &rig.l[1].listener), -EIO);
		assert_int_equal(rig.l[1].n, 0);
		assert_int_equal(rig.l[1].breaches, 0);
		assert_int_equal(map_pages(&rig.m, 9, 1), 0);
		assert_int_equal(rig.l[1].n, 0);
		assert_int_equal(rig.l[0].n, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backs_the_plan),
		cmocka_unit_test(places_ram_for_huge_pages),
		cmocka_unit_test(takes_a_zeroed_one),
		cmocka_unit_test(refuses_what_the_host_has_not),
		cmocka_unit_test(finds_only_ram_and_only_whole),
		cmocka_unit_test(refuses_bad_regions),
		cmocka_unit_test(holds_so_many_and_no_more),
		cmocka_unit_test(agrees_with_a_page_table),
		cmocka_unit_test(tells_listeners_in_order),
		cmocka_unit_test(takes_back_what_one_refused),
		cmocka_unit_test(drops_a_listener_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
