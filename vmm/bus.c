// SPDX-License-Identifier: BSD-2-Clause
/*
 * bus.c - a sorted array of regions, and how accesses are cut to fit them.
 * Knows addresses; does not know what a device is, nor who takes the lock.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "util.h"

/* What one piece of an access meets. */
struct piece {
	struct bus_region *r; /* NULL: nobody answers */
	uint64_t off;	      /* in r */
	size_t len;
};

void bus_fini(struct bus *bus)
{
	free(bus->region);
	*bus = (struct bus){ 0 };
}

/* Number of regions whose base is <= addr. */
static size_t bus_rank(const struct bus *bus, uint64_t addr)
{
	size_t lo = 0, hi = bus->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (bus->region[mid]->base <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int bus_add(struct bus *bus, struct bus_region *r)
{
	size_t at;

	if (!r->size || !r->width || r->base + r->size < r->base)
		return -EINVAL;
	at = bus_rank(bus, r->base);
	if (at && bus->region[at - 1]->base == r->base)
		return -EEXIST;
	if (bus->n == bus->room) {
		size_t room = bus->room ? 2 * bus->room : 16;
		void *bigger = reallocarray(bus->region, room, sizeof(struct bus_region *));

		if (!bigger)
			return -ENOMEM;
		bus->region = bigger;
		bus->room = room;
	}
	memmove(&bus->region[at + 1], &bus->region[at],
		(bus->n - at) * sizeof(struct bus_region *));
	bus->region[at] = r;
	bus->n++;
	return 0;
}

void bus_remove(struct bus *bus, struct bus_region *r)
{
	for (size_t i = 0; i < bus->n; i++) {
		if (bus->region[i] != r)
			continue;
		bus->n--;
		memmove(&bus->region[i], &bus->region[i + 1],
			(bus->n - i) * sizeof(struct bus_region *));
		return;
	}
}

/* Largest power of two that is at most n; n > 0. */
static size_t natural_size(size_t n)
{
	while (n & (n - 1))
		n &= n - 1;
	return n;
}

/*
 * The first piece of the len bytes at addr. Whoever owns its first byte gets as much of the access
 * as its size and width allow, even where another region begins inside: a dword written to 0xCF8
 * is a PCI address, although 0xCF9 alone is the reset register.
 */
static struct piece bus_piece(const struct bus *bus, uint64_t addr, size_t len)
{
	size_t rank = bus_rank(bus, addr);

	for (size_t i = rank; i-- > 0;) {
		struct bus_region *r = bus->region[i];
		uint64_t off = addr - r->base;

		if (off >= r->size)
			continue;
		len = MIN(len, r->size - off);
		return (struct piece){ r, off, natural_size(MIN(len, r->width)) };
	}
	/* No region reaches the last address: an access over the end never comes to 0 again. */
	if (rank < bus->n)
		len = MIN(len, bus->region[rank]->base - addr);
	return (struct piece){ NULL, 0, len };
}

void bus_read(struct bus *bus, uint64_t addr, void *buf, size_t len)
{
	uint8_t *at = buf;

	while (len) {
		struct piece p = bus_piece(bus, addr, len);

		if (p.r)
			p.r->ops->read(p.r, p.off, at, (unsigned)p.len);
		else
			memset(at, 0xff, p.len);
		at += p.len;
		len -= p.len;
		addr += p.len;
	}
}

void bus_write(struct bus *bus, uint64_t addr, const void *buf, size_t len)
{
	const uint8_t *at = buf;

	while (len) {
		struct piece p = bus_piece(bus, addr, len);

		if (p.r)
			p.r->ops->write(p.r, p.off, at, (unsigned)p.len);
		at += p.len;
		len -= p.len;
		addr += p.len;
	}
}
