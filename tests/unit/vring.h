/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vring.h - guest memory, and a driver's side of virtqueues in it. For the tests of virtio.
 */
#ifndef IGDVM_VRING_H
#define IGDVM_VRING_H

#include "mem.h"
#include "memmap.h"
#include "virtq.h"

/* 4 GiB of RAM: below LAYOUT_LOW_LIMIT and from 4 GiB on, and a BAR in the PCI window. */
#define GUEST_LOW_END LAYOUT_LOW_LIMIT
#define GUEST_BAR     0xd0000000ULL
#define GUEST_HIGH    0x100000000ULL

struct guest_ram {
	struct memmap map;
	struct mem mem;
};
void guest_ram_init(struct guest_ram *g);
void guest_ram_fini(struct guest_ram *g);
/* Host address of guest memory; the test ends where there is no RAM. */
void *guest_at(struct guest_ram *g, uint64_t gpa, uint64_t len);

#define DESC_NEXT     1
#define DESC_WRITE    2
#define DESC_INDIRECT 4

struct vring {
	struct guest_ram *ram;
	struct virtq_setup setup;
	uint16_t avail_idx, used_idx;
};

/* A ring of size descriptors at gpa (a page boundary), all zero. */
void vring_init(struct vring *r, struct guest_ram *g, uint64_t gpa, uint16_t size);
/* Descriptor i of the table at gpa. */
void vring_table(struct vring *r, uint64_t table, unsigned i, uint64_t addr, uint32_t len,
		 uint16_t flags, uint16_t next);
void vring_desc(struct vring *r, unsigned i, uint64_t addr, uint32_t len, uint16_t flags,
		uint16_t next);
void vring_offer(struct vring *r, uint16_t head);
void vring_set_avail_idx(struct vring *r, uint16_t idx);
/* Bit 0 of the driver's flags; with the event index, where it wants to hear. */
void vring_no_interrupt(struct vring *r, bool on);
void vring_used_event(struct vring *r, uint16_t event);
uint16_t vring_avail_event(struct vring *r);
uint16_t vring_used_flags(struct vring *r);
/* The next used element; false when there is none. */
bool vring_take(struct vring *r, uint32_t *id, uint32_t *len);

#endif
