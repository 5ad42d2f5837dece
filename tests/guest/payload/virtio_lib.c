// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio_lib.c - the driver behind virtio.h.
 */
#include "virtio.h"

#define VENDOR	   0x1af4
#define COMMAND	   0x04
#define BAR0	   0x10
#define CAPS	   0x34
#define PIN_GSI(d) (LAYOUT_GSI_PCI + ((d) >> 3) % LAYOUT_GSI_PCI_COUNT) /* INTA */
#define WAIT_TSC   3000000000ull
#define RING_AREA  0x1000000ul /* 16 MiB: nothing else is there */
#define RING_STEP  0x4000ul
#define HEADERS	   0x1800000ul /* of disk requests */

static struct vdev *interrupted; /* whose pin it is */

static void read_caps(struct vdev *d)
{
	uint64_t bar = read32(ecam(d->devfn, BAR0)) & ~0xful;

	for (unsigned at = read8(ecam(d->devfn, CAPS)); at; at = read8(ecam(d->devfn, at + 1))) {
		uint64_t where = bar + read32(ecam(d->devfn, at + 8));

		if (read8(ecam(d->devfn, at)) == 0x11) {
			d->msix = at;
			d->table = bar + (read32(ecam(d->devfn, at + 4)) & ~7u);
		}
		if (read8(ecam(d->devfn, at)) != 0x09)
			continue;
		switch (read8(ecam(d->devfn, at + 3))) {
		case 1:
			d->common = where;
			break;
		case 2:
			d->notify = where;
			d->multiplier = read32(ecam(d->devfn, at + 16));
			break;
		case 3:
			d->isr = where;
			break;
		case 4:
			d->config = where;
			break;
		}
	}
}

bool vdev_find(struct vdev *d, unsigned type)
{
	memset(d, 0, sizeof(*d));
	for (d->devfn = 0; d->devfn < 256; d->devfn += 8) {
		if (read32(ecam(d->devfn, 0)) != (VENDOR | (0x1040 + type) << 16))
			continue;
		write16(ecam(d->devfn, COMMAND), 6);
		read_caps(d);
		return true;
	}
	return false;
}

uint8_t vdev_status(struct vdev *d)
{
	return read8(d->common + C_STATUS);
}

void vdev_reset(struct vdev *d)
{
	uint64_t start = rdtsc();

	write8(d->common + C_STATUS, 0);
	while (vdev_status(d) && rdtsc() - start < WAIT_TSC)
		;
}

uint8_t vdev_negotiate(struct vdev *d, uint32_t features)
{
	vdev_reset(d);
	write8(d->common + C_STATUS, 1);
	write8(d->common + C_STATUS, 3);
	write32(d->common + C_WANTED_SELECT, 0);
	write32(d->common + C_WANTED, features);
	write32(d->common + C_WANTED_SELECT, 1);
	write32(d->common + C_WANTED, 1);
	write8(d->common + C_STATUS, 0xb);
	return vdev_status(d);
}

void vdev_rings(struct vdev *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t base = RING_AREA + ((d->devfn >> 3) * RINGS_MAX + i) * RING_STEP;

		d->ring[i] = (struct ring){ base, base + 0x1000, base + 0x2000, 0, 0 };
		memset((void *)d->ring[i].desc, 0, 16 * RING_SIZE);
		memset((void *)d->ring[i].avail, 0, 4 + 2 * RING_SIZE);
		memset((void *)d->ring[i].used, 0, 4 + 8 * RING_SIZE);
		write16(d->common + C_QUEUE_SELECT, (uint16_t)i);
		write16(d->common + C_QUEUE_SIZE, RING_SIZE);
		write64(d->common + C_QUEUE_DESC, d->ring[i].desc);
		write64(d->common + C_QUEUE_DRIVER, d->ring[i].avail);
		write64(d->common + C_QUEUE_DEVICE, d->ring[i].used);
		write16(d->common + C_QUEUE_ENABLE, 1);
	}
}

/* The pin stays up until the ISR is read. */
static void on_pin(struct irq_frame *f)
{
	(void)f;
	read8(interrupted->isr);
}

static void set_vectors(struct vdev *d, unsigned rings)
{
	for (unsigned i = 0; i < rings; i++) {
		write32(d->table + 16 * i, LAYOUT_LAPIC);
		write32(d->table + 16 * i + 4, 0);
		write32(d->table + 16 * i + 8, d->vector + i);
		write32(d->table + 16 * i + 12, 0);
		write16(d->common + C_QUEUE_SELECT, (uint16_t)i);
		write16(d->common + C_QUEUE_VECTOR, (uint16_t)i);
		irq_handle(d->vector + i, NULL);
	}
}

void vdev_start(struct vdev *d, unsigned rings, unsigned vector, bool msix)
{
	unsigned gsi = PIN_GSI(d->devfn);

	d->vector = vector;
	vdev_negotiate(d, 0);
	write16(ecam(d->devfn, d->msix + 2), msix ? 0x8000 : 0);
	if (vector && msix) {
		set_vectors(d, rings);
	} else if (vector) {
		interrupted = d;
		irq_handle(vector, on_pin);
		ioapic_route(gsi, vector, IRQ_LEVEL);
	}
	if (msix || !vector)
		ioapic_route(gsi, 0xff, IRQ_MASKED);
	vdev_rings(d, rings);
	write8(d->common + C_STATUS, S_DRIVER_OK);
}

void vdev_table(uint64_t gpa, unsigned i, uint64_t addr, uint32_t len, uint16_t flags,
		uint16_t next)
{
	write64(gpa + 16 * i, addr);
	write32(gpa + 16 * i + 8, len);
	write16(gpa + 16 * i + 12, flags);
	write16(gpa + 16 * i + 14, next);
}

void vdev_desc(struct vdev *d, unsigned ring, unsigned i, uint64_t addr, uint32_t len,
	       uint16_t flags, uint16_t next)
{
	vdev_table(d->ring[ring].desc, i, addr, len, flags, next);
}

void vdev_offer(struct vdev *d, unsigned ring, uint16_t head)
{
	struct ring *r = &d->ring[ring];

	write16(r->avail + 4 + 2 * (r->avail_idx % RING_SIZE), head);
	write16(r->avail + 2, ++r->avail_idx);
}

void vdev_kick(struct vdev *d, unsigned ring)
{
	write16(d->common + C_QUEUE_SELECT, (uint16_t)ring);
	write16(d->notify + d->multiplier * read16(d->common + C_QUEUE_NOTIFY), (uint16_t)ring);
}

bool vdev_wait(struct vdev *d, unsigned ring, uint32_t *written)
{
	struct ring *r = &d->ring[ring];
	uint64_t start = rdtsc();

	while (read16(r->used + 2) == r->used_idx)
		if (rdtsc() - start > WAIT_TSC)
			return false;
	*written = read32(r->used + 4 + 8 * (r->used_idx % RING_SIZE) + 4);
	r->used_idx++;
	return true;
}

void blk_offer(struct vdev *d, unsigned ring, unsigned first, uint32_t type, uint64_t sector,
	       void *data, uint32_t len)
{
	uint64_t header = HEADERS + (ring * RING_SIZE + first) * 64;
	uint16_t write = type == BLK_OUT ? 0 : D_WRITE, i = (uint16_t)first;

	write32(header, type);
	write32(header + 4, 0);
	write64(header + 8, sector);
	write8(header + 16, 0xff);
	vdev_desc(d, ring, i, header, 16, D_NEXT, (uint16_t)(i + 1));
	i++;
	if (len) {
		vdev_desc(d, ring, i, (uint64_t)data, len, D_NEXT | write, (uint16_t)(i + 1));
		i++;
	}
	vdev_desc(d, ring, i, header + 16, 1, D_WRITE, 0);
	vdev_offer(d, ring, (uint16_t)first);
}

uint8_t blk_request(struct vdev *d, unsigned ring, uint32_t type, uint64_t sector, void *data,
		    uint32_t len)
{
	uint32_t written;

	blk_offer(d, ring, 0, type, sector, data, len);
	vdev_kick(d, ring);
	if (!vdev_wait(d, ring, &written))
		return 0xff;
	return read8(HEADERS + ring * RING_SIZE * 64 + 16);
}
