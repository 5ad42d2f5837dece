/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus.h - who answers at a port or at an MMIO address.
 *
 * Pure. One struct bus for ports, one for memory. Reads that nobody claims give all ones, writes
 * are dropped. Callers hold the device lock; regions change only under it.
 */
#ifndef IGDVM_BUS_H
#define IGDVM_BUS_H

#include <stddef.h>
#include <stdint.h>

struct bus_region;

/* off is relative to the region; off + len stays inside it; len is 1..region->width. */
struct bus_ops {
	/* Fill all len bytes. */
	void (*read)(struct bus_region *r, uint64_t off, void *buf, unsigned len);
	void (*write)(struct bus_region *r, uint64_t off, const void *buf, unsigned len);
};

/* Embedded in the device, which finds itself by container_of(). */
struct bus_region {
	uint64_t base, size; /* size > 0, base + size does not wrap */
	unsigned width;	     /* widest access ops take: 1, 2, 4 or 8; wider ones arrive in pieces */
	const struct bus_ops *ops;
	const char *name;
};

struct bus {
	struct bus_region **region; /* ascending base */
	size_t n, room;
};

void bus_fini(struct bus *bus);

/*
 * Add a region. Where two regions overlap, the one with the higher base answers: port 0xCF9 (reset)
 * lies inside 0xCF8..0xCFB (PCI address). -EINVAL: empty or wrapping; -EEXIST: same base; -ENOMEM.
 */
int bus_add(struct bus *bus, struct bus_region *r);
void bus_remove(struct bus *bus, struct bus_region *r); /* no-op when absent */

/*
 * Any addr, any len. The owner of the first byte gets as much of the access as its size and width
 * allow; what is left goes to whoever owns the next byte.
 */
void bus_read(struct bus *bus, uint64_t addr, void *buf, size_t len);
void bus_write(struct bus *bus, uint64_t addr, const void *buf, size_t len);

#endif
