// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "layout.h"
#include "memmap_judge.h"
#include "test.h"
#include "util.h"

#define HUGE_PAGE (2 * MiB)

char what[512];

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
	must(found->gpa % w->align == 0);
	must(found->gpa >= LAYOUT_HIGH_MEMORY || w->type == MEM_VGA);
	must(w->type != MEM_OPREGION || found->gpa + found->size <= LAYOUT_4GIB);
	must(w->gpa == MEMMAP_ANYWHERE || w->gpa == found->gpa);
	must(w->gpa != MEMMAP_ANYWHERE || found->gpa + found->size <= LAYOUT_LOW_LIMIT);
}

/* True when some range covers a part of the MiB at gpa. */
static bool occupied(const struct memmap *map, uint64_t gpa)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->range[i].gpa < gpa + MiB && map->range[i].gpa + map->range[i].size > gpa)
			return true;
	return false;
}

/*
 * Every MiB of [from, to) is a window's, whole, unless something else is in it; no window is
 * elsewhere. Pieces are told by their ends: between two there is always something.
 */
static void check_windows(const struct memmap *map, enum mem_type type, uint64_t from, uint64_t to)
{
	uint64_t at = from;

	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];

		if (r->type != type)
			continue;
		must(r->gpa >= at && r->gpa + r->size <= to);
		must(r->gpa % MiB == 0 && (r->gpa + r->size) % MiB == 0);
		for (; at < r->gpa; at += MiB) /* what was left out */
			must(occupied(map, at) && memmap_at(map, at) != r);
		at = r->gpa + r->size;
		must(at == to || occupied(map, at));
	}
	for (; at < to && at - from < 8 * GiB; at += MiB)
		must(occupied(map, at));
}

void judge_plan(const struct memmap *map, const struct memmap_params *p)
{
	uint64_t backed = 0, top = LAYOUT_4GIB, vga = memmap_find(map, MEM_VGA) ? 0x20000 : 0;

	must(map->n && map->n <= MEMMAP_RANGES_MAX);
	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];

		check_range(map, p, i);
		if (mem_traits[r->type].backed)
			backed += r->size;
		if (r->type == MEM_RAM && r->gpa + r->size > top)
			top = r->gpa + r->size;
	}
	must(backed == p->ram_size - vga);
	for (size_t i = 0; i < p->n_wish; i++)
		check_wish(map, &p->wish[i]);
	/* what a PC has, whatever was asked for */
	must(memmap_at(map, 0)->type == MEM_RAM && memmap_at(map, 0x9ffff)->type == MEM_RAM);
	must(memmap_find(map, MEM_LEGACY)->gpa == 0xa0000 + vga);
	must(memmap_find(map, MEM_LEGACY)->size == 0x60000 - vga);
	must(!vga || (memmap_at(map, 0xa0000)->type == MEM_VGA &&
		      memmap_at(map, 0xbffff)->type == MEM_VGA));
	must(memmap_at(map, LAYOUT_ECAM)->type == MEM_ECAM);
	must(memmap_at(map, LAYOUT_IOAPIC)->type == MEM_CHIP);
	must(memmap_at(map, LAYOUT_LAPIC)->type == MEM_CHIP);
	check_windows(map, MEM_PCI32, LAYOUT_LOW_LIMIT, LAYOUT_ECAM);
	check_windows(map, MEM_PCI64, (top + GiB - 1) / GiB * GiB, BIT(p->phys_bits));
}

int judge_exact_wishes(const struct memmap_params *p)
{
	static const struct mem_range taken[] = {
		{ 0, 0x100000, MEM_RAM, "low" },
		{ 0xf8000000, 0x100000, MEM_ECAM, "ecam" },
		{ 0xfec00000, 0x1000, MEM_CHIP, "ioapic" },
		{ 0xfee00000, 0x1000, MEM_CHIP, "lapic" },
		{ 0xfeffc000, 0x4000, MEM_CHIP, "kvm" },
	};
	uint64_t left = p->ram_size - 0x100000;

	for (size_t i = 0; i < p->n_wish; i++) {
		const struct mem_wish *w = &p->wish[i];
		bool stolen = w->type == MEM_STOLEN;

		if (w->gpa == MEMMAP_ANYWHERE || w->type == MEM_VGA)
			continue;
		if (w->gpa + w->size > (stolen ? 1ULL << p->phys_bits : 1ULL << 32))
			return -ERANGE;
		for (size_t k = 0; k < ARRAY_SIZE(taken); k++)
			if (w->gpa < taken[k].gpa + taken[k].size &&
			    w->gpa + w->size > taken[k].gpa)
				return -EADDRINUSE;
		for (size_t k = 0; k < i; k++)
			if (p->wish[k].gpa != MEMMAP_ANYWHERE &&
			    w->gpa < p->wish[k].gpa + p->wish[k].size &&
			    w->gpa + w->size > p->wish[k].gpa)
				return -EADDRINUSE;
		for (size_t k = 0; k < p->n_avoid; k++)
			if (stolen && p->avoid[k].first < w->gpa + w->size &&
			    p->avoid[k].last >= w->gpa)
				return -EADDRNOTAVAIL;
		if (stolen && w->size >= left)
			return -ENOMEM;
		left -= stolen ? w->size : 0;
	}
	return 0;
}
