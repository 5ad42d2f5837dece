// SPDX-License-Identifier: BSD-2-Clause
/*
 * memmap.c - lay out guest-physical memory.
 * Knows layout.h and what it is given; no host calls, no knowledge of who reads the plan.
 *
 * Order: fixed ranges; wishes with an exact address, wherever they want to be; the OpRegion, as high
 * as it goes below LAYOUT_LOW_LIMIT; RAM from the bottom up around all that; stolen memory cut from
 * the top of low RAM, where real machines have it; the PCI windows, below ECAM and above RAM, around
 * whatever lies in them.
 */
#include <errno.h>

#include "layout.h"
#include "memmap.h"
#include "util.h"

#define HUGE_PAGE     (2 * MiB)
#define PCI64_ALIGN   GiB
#define PIECE_ALIGN   MiB /* of the pieces that a PCI window is cut into */
#define PHYS_BITS_MIN 32
#define PHYS_BITS_MAX 52

const struct mem_traits mem_traits[MEM_TYPE_COUNT] = {
	[MEM_RAM] = { .name = "RAM", .e820 = E820_RAM, .backed = true },
	[MEM_LEGACY] = { .name = "legacy", .e820 = E820_RESERVED, .backed = true },
	[MEM_VGA] = { .name = "VGA", .e820 = E820_RESERVED },
	[MEM_STOLEN] = { .name = "stolen",
			 .e820 = E820_RESERVED,
			 .backed = true,
			 .reserved = true },
	[MEM_OPREGION] = { .name = "OpRegion", .e820 = E820_RESERVED, .reserved = true },
	[MEM_ECAM] = { .name = "ECAM", .e820 = E820_RESERVED, .reserved = true },
	[MEM_PCI32] = { .name = "PCI", .pci_window = true },
	[MEM_PCI64] = { .name = "PCI 64-bit", .pci_window = true },
	[MEM_CHIP] = { .name = "chipset" },
};

static const struct mem_range fixed[] = {
	{ 0, LAYOUT_LEGACY, MEM_RAM, "ram" },
	{ LAYOUT_LEGACY, LAYOUT_HIGH_MEMORY - LAYOUT_LEGACY, MEM_LEGACY, "legacy" },
	{ LAYOUT_ECAM, LAYOUT_ECAM_SIZE, MEM_ECAM, "ecam" },
	{ LAYOUT_IOAPIC, 4 * KiB, MEM_CHIP, "ioapic" },
	{ LAYOUT_LAPIC, 4 * KiB, MEM_CHIP, "lapic" },
	{ LAYOUT_KVM_IDENTITY, 16 * KiB, MEM_CHIP, "kvm" },
};

static int insert(struct memmap *map, struct mem_range r)
{
	size_t i = map->n;

	for (size_t k = 0; k < map->n; k++)
		if (ranges_overlap(map->range[k].gpa, map->range[k].size, r.gpa, r.size))
			return -EADDRINUSE;
	if (map->n == MEMMAP_RANGES_MAX)
		return -E2BIG;
	for (; i > 0 && map->range[i - 1].gpa > r.gpa; i--)
		map->range[i] = map->range[i - 1];
	map->range[i] = r;
	map->n++;
	return 0;
}

static struct mem_range wish_range(const struct mem_wish *w, uint64_t gpa)
{
	return (struct mem_range){ gpa, w->size, w->type, w->name };
}

/* Start of the highest aligned hole of size bytes below limit and at or above 1 MiB, or 0. */
static uint64_t highest_hole(const struct memmap *map, uint64_t limit, uint64_t size,
			     uint64_t align)
{
	uint64_t end = limit;

	for (size_t i = map->n; i > 0; i--) {
		const struct mem_range *r = &map->range[i - 1];

		if (r->gpa >= limit)
			continue;
		if (r->gpa + r->size < end && end >= size &&
		    ALIGN_DOWN(end - size, align) >= r->gpa + r->size)
			break;
		end = r->gpa;
	}
	if (end < size || ALIGN_DOWN(end - size, align) < LAYOUT_HIGH_MEMORY)
		return 0;
	return ALIGN_DOWN(end - size, align);
}

/* What keeps RAM away from [from, to): the lowest obstacle, grown to whole huge pages. */
static bool obstacle(const struct memmap *map, const struct memmap_params *p, uint64_t from,
		     uint64_t to, uint64_t *first, uint64_t *end)
{
	bool found = false;

	*first = to;
	for (size_t i = 0; i < map->n; i++) {
		const struct mem_range *r = &map->range[i];
		uint64_t lo = ALIGN_DOWN(r->gpa, HUGE_PAGE),
			 hi = ALIGN_UP(r->gpa + r->size, HUGE_PAGE);

		if (r->gpa < LAYOUT_HIGH_MEMORY || hi <= from || lo >= *first)
			continue;
		*first = lo;
		*end = hi;
		found = true;
	}
	for (size_t i = 0; i < p->n_avoid; i++) {
		uint64_t lo = ALIGN_DOWN(p->avoid[i].first, HUGE_PAGE);
		uint64_t hi = p->avoid[i].last >= UINT64_MAX - HUGE_PAGE
				      ? UINT64_MAX
				      : ALIGN_UP(p->avoid[i].last + 1, HUGE_PAGE);

		if (hi <= from || lo >= *first)
			continue;
		*first = lo;
		*end = hi;
		found = true;
	}
	return found;
}

/* Put up to *left bytes of RAM into [from, to), lowest first. */
static int fill_ram(struct memmap *map, const struct memmap_params *p, uint64_t from, uint64_t to,
		    uint64_t *left)
{
	while (*left && from < to) {
		uint64_t first, end, size;
		bool found = obstacle(map, p, from, to, &first, &end);

		size = first > from ? MIN(first - from, *left) : 0;
		if (size) {
			int ret = insert(map, (struct mem_range){ from, size, MEM_RAM, "ram" });

			if (ret)
				return ret;
			*left -= size;
		}
		if (!found)
			break;
		from = end;
	}
	return 0;
}

/* Turn the top of the highest low RAM range that is large enough into the wish. */
static int carve(struct memmap *map, const struct mem_wish *w)
{
	for (size_t i = map->n; i > 0; i--) {
		struct mem_range r = map->range[i - 1];
		uint64_t gpa, end = r.gpa + r.size;
		int ret;

		if (r.type != MEM_RAM || end > LAYOUT_LOW_LIMIT || r.gpa < LAYOUT_HIGH_MEMORY ||
		    r.size <= w->size || ALIGN_DOWN(end - w->size, w->align) <= r.gpa)
			continue;
		gpa = ALIGN_DOWN(end - w->size, w->align);
		map->range[i - 1].size = gpa - r.gpa;
		ret = insert(map, wish_range(w, gpa));
		if (!ret && gpa + w->size < end) {
			uint64_t above = gpa + w->size;

			ret = insert(map, (struct mem_range){ above, end - above, MEM_RAM, "ram" });
		}
		return ret;
	}
	return -ENOSPC;
}

/* True when the host reserves a part of it: what is mapped for DMA cannot lie there. */
static bool avoided(const struct memmap_params *p, const struct mem_wish *w)
{
	for (size_t i = 0; i < p->n_avoid; i++)
		if (p->avoid[i].first < w->gpa + w->size && p->avoid[i].last >= w->gpa)
			return true;
	return false;
}

static bool params_valid(const struct memmap_params *p)
{
	if (p->ram_size < MEMMAP_RAM_MIN || !IS_ALIGNED(p->ram_size, HUGE_PAGE) ||
	    p->phys_bits < PHYS_BITS_MIN || p->phys_bits > PHYS_BITS_MAX)
		return false;
	for (size_t i = 0; i < p->n_wish; i++) {
		const struct mem_wish *w = &p->wish[i];

		if (!w->size || !IS_ALIGNED(w->size, 4 * KiB) || w->size > BIT(PHYS_BITS_MAX) ||
		    w->align < 4 * KiB || (w->align & (w->align - 1)) ||
		    (w->type != MEM_STOLEN && w->type != MEM_OPREGION && w->type != MEM_VGA))
			return false;
		if (w->type == MEM_VGA && (w->gpa != LAYOUT_LEGACY || w->size != LAYOUT_VGA_SIZE))
			return false;
		if (w->gpa != MEMMAP_ANYWHERE && !IS_ALIGNED(w->gpa, w->align))
			return false;
	}
	for (size_t i = 0; i < p->n_avoid; i++)
		if (p->avoid[i].first > p->avoid[i].last)
			return false;
	return true;
}

/* The RAM behind the VGA window is lost, as in a real machine: all else stays where it is. */
static void yield_vga(struct memmap *map)
{
	for (size_t i = 0; i < map->n; i++) {
		struct mem_range *r = &map->range[i];

		if (r->type != MEM_LEGACY || r->gpa != LAYOUT_LEGACY)
			continue;
		r->gpa += LAYOUT_VGA_SIZE;
		r->size -= LAYOUT_VGA_SIZE;
	}
}

/* A wish with an address goes there or nowhere; ram_left loses what it takes. */
static int place_exact(struct memmap *map, const struct memmap_params *p, const struct mem_wish *w,
		       uint64_t *ram_left)
{
	/* ASLS has 32 bits */
	uint64_t limit = w->type == MEM_OPREGION ? LAYOUT_4GIB : BIT(p->phys_bits);
	int ret;

	if (w->size > limit || w->gpa > limit - w->size)
		return -ERANGE;
	if (w->type == MEM_VGA)
		yield_vga(map);
	ret = insert(map, wish_range(w, w->gpa));
	if (ret || !mem_traits[w->type].backed)
		return ret;
	if (avoided(p, w))
		return -EADDRNOTAVAIL;
	if (w->size >= *ram_left)
		return -ENOMEM;
	*ram_left -= w->size;
	return 0;
}

/* Fixed ranges, exact wishes, and what is placed before RAM. */
static int place_before_ram(struct memmap *map, const struct memmap_params *p, uint64_t *ram_left)
{
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fixed) && !ret; i++)
		ret = insert(map, fixed[i]);
	*ram_left -= LAYOUT_HIGH_MEMORY; /* RAM and legacy */
	for (size_t i = 0; i < p->n_wish && !ret; i++)
		if (p->wish[i].gpa != MEMMAP_ANYWHERE)
			ret = place_exact(map, p, &p->wish[i], ram_left);
	for (size_t i = 0; i < p->n_wish && !ret; i++) {
		const struct mem_wish *w = &p->wish[i];
		uint64_t gpa;

		if (w->gpa != MEMMAP_ANYWHERE || mem_traits[w->type].backed)
			continue;
		gpa = highest_hole(map, LAYOUT_LOW_LIMIT, w->size, w->align);
		ret = gpa ? insert(map, wish_range(w, gpa)) : -ENOSPC;
	}
	return ret;
}

/* RAM from 1 MiB on. What is below must be free of host reservations: the kernel boots there. */
static int place_ram(struct memmap *map, const struct memmap_params *p, uint64_t left)
{
	int ret;

	for (size_t i = 0; i < p->n_avoid; i++)
		if (p->avoid[i].first < LAYOUT_HIGH_MEMORY)
			return -ENOSPC;
	ret = fill_ram(map, p, LAYOUT_HIGH_MEMORY, LAYOUT_LOW_LIMIT, &left);
	if (!ret)
		ret = fill_ram(map, p, LAYOUT_4GIB, BIT(p->phys_bits), &left);
	if (!ret && left)
		ret = -ENOSPC;
	return ret;
}

/* The lowest range that ends above gpa, or NULL. */
static const struct mem_range *next_range(const struct memmap *map, uint64_t gpa)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->range[i].gpa + map->range[i].size > gpa)
			return &map->range[i];
	return NULL;
}

/* Make [from, to) a window, in pieces around what is there already. */
static int place_window(struct memmap *map, uint64_t from, uint64_t to, enum mem_type type,
			const char *name)
{
	int ret = 0;

	while (from < to && !ret) {
		const struct mem_range *r = next_range(map, from);
		bool cut = r && r->gpa < to;
		uint64_t end = cut ? ALIGN_DOWN(r->gpa, PIECE_ALIGN) : to;
		uint64_t next = cut ? ALIGN_UP(r->gpa + r->size, PIECE_ALIGN) : to;

		if (end > from)
			ret = insert(map, (struct mem_range){ from, end - from, type, name });
		from = next;
	}
	return ret;
}

static int place_windows(struct memmap *map, const struct memmap_params *p)
{
	uint64_t top = LAYOUT_4GIB;
	int ret = place_window(map, LAYOUT_PCI32, LAYOUT_PCI32 + LAYOUT_PCI32_SIZE, MEM_PCI32,
			       "pci32");

	for (size_t i = 0; i < map->n; i++)
		if (map->range[i].type == MEM_RAM)
			top = MAX(top, map->range[i].gpa + map->range[i].size);
	if (ret)
		return ret;
	return place_window(map, ALIGN_UP(top, PCI64_ALIGN), BIT(p->phys_bits), MEM_PCI64, "pci64");
}

int memmap_plan(struct memmap *map, const struct memmap_params *p)
{
	uint64_t left = p->ram_size;
	int ret;

	map->n = 0;
	if (!params_valid(p))
		return -EINVAL;
	ret = place_before_ram(map, p, &left);
	if (!ret)
		ret = place_ram(map, p, left);
	for (size_t i = 0; i < p->n_wish && !ret; i++)
		if (p->wish[i].gpa == MEMMAP_ANYWHERE && mem_traits[p->wish[i].type].backed)
			ret = carve(map, &p->wish[i]);
	return ret ? ret : place_windows(map, p);
}

const struct mem_range *memmap_find(const struct memmap *map, enum mem_type type)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->range[i].type == type)
			return &map->range[i];
	return NULL;
}

const struct mem_range *memmap_at(const struct memmap *map, uint64_t gpa)
{
	for (size_t i = 0; i < map->n; i++)
		if (gpa >= map->range[i].gpa && gpa - map->range[i].gpa < map->range[i].size)
			return &map->range[i];
	return NULL;
}
