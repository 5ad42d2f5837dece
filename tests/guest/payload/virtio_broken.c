// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio_broken.c - descriptor chains that no driver may make (virtio 1.2 section 2.7), for any queue of a
 * guest of 512 MiB.
 */
#include "virtio.h"

#define TABLE_OFFSET 0x10000

enum base { NOTHING, SCRATCH, ITS_BAR };

static const struct row {
	const char *what;
	struct {
		enum base base;
		uint64_t addr; /* from there on */
		uint32_t len;
		uint16_t flags, next;
	} ring[2];
} rows[] = {
	{ "no length", { { SCRATCH, 0, 0, D_WRITE, 0 } } },
	{ "nothing to read", { { SCRATCH, 0, 0, 0, 0 } } },
	{ "4 GiB less one", { { SCRATCH, 0, 0xffffffff, D_WRITE, 0 } } },
	{ "4 GiB less one to read", { { SCRATCH, 0, 0xffffffff, 0, 0 } } },
	{ "wrap", { { NOTHING, -8ul, 16, D_WRITE, 0 } } },
	{ "hole", { { NOTHING, 0xa0000000, 16, D_WRITE, 0 } } },
	{ "hole to read", { { NOTHING, 0xa0000000, 16, 0, 0 } } },
	{ "over the end of RAM", { { NOTHING, 512 * MiB - 8, 16, D_WRITE, 0 } } },
	{ "local APIC", { { NOTHING, LAYOUT_LAPIC, 16, D_WRITE, 0 } } },
	{ "its own BAR", { { ITS_BAR, 0, 16, D_WRITE, 0 } } },
	{ "follows itself", { { SCRATCH, 0, 16, D_NEXT, 0 } } },
	{ "circle", { { SCRATCH, 0, 16, D_NEXT, 1 }, { SCRATCH, 0, 16, D_NEXT, 0 } } },
	{ "next beyond the ring", { { SCRATCH, 0, 16, D_NEXT, RING_SIZE } } },
	{ "read behind write",
	  { { SCRATCH, 0, 16, D_NEXT | D_WRITE, 1 }, { SCRATCH, 0, 16, 0, 0 } } },
	{ "indirect, not negotiated", { { SCRATCH, TABLE_OFFSET, 16, D_INDIRECT, 0 } } },
};

const char *vdev_offer_broken(struct vdev *d, unsigned ring, unsigned i, uint64_t scratch)
{
	const uint64_t base[] = { 0, scratch, d->common };

	if (i >= ARRAY_SIZE(rows))
		return NULL;
	vdev_table(scratch + TABLE_OFFSET, 0, scratch, 16, D_WRITE, 0);
	for (unsigned k = 0; k < ARRAY_SIZE(rows[i].ring); k++)
		vdev_desc(d, ring, k, base[rows[i].ring[k].base] + rows[i].ring[k].addr,
			  rows[i].ring[k].len, rows[i].ring[k].flags, rows[i].ring[k].next);
	vdev_offer(d, ring, 0);
	return rows[i].what;
}
