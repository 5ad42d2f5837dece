/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio.h - a driver for virtio over PCI, for payloads: one that behaves, and whose every step can be
 * done wrong. Source: virtio 1.2 sections 2.7, 4.1.
 */
#ifndef GUEST_VIRTIO_H
#define GUEST_VIRTIO_H

#include "guest.h"

#define VIRTIO_NET     1
#define VIRTIO_BLK     2
#define VIRTIO_CONSOLE 3
#define VIRTIO_RNG     4
#define VIRTIO_BALLOON 5
#define VIRTIO_INPUT   18
#define VIRTIO_VSOCK   19
#define VIRTIO_FS      26

/* Common configuration, by name as in 4.1.4.3. */
#define C_FEATURE_SELECT 0x00
#define C_FEATURE	 0x04
#define C_WANTED_SELECT	 0x08
#define C_WANTED	 0x0c
#define C_CONFIG_VECTOR	 0x10
#define C_NUM_QUEUES	 0x12
#define C_STATUS	 0x14
#define C_QUEUE_SELECT	 0x16
#define C_QUEUE_SIZE	 0x18
#define C_QUEUE_VECTOR	 0x1a
#define C_QUEUE_ENABLE	 0x1c
#define C_QUEUE_NOTIFY	 0x1e
#define C_QUEUE_DESC	 0x20
#define C_QUEUE_DRIVER	 0x28
#define C_QUEUE_DEVICE	 0x30

#define S_DRIVER_OK   0x0f
#define S_NEEDS_RESET 0x40

#define D_NEXT	   1
#define D_WRITE	   2
#define D_INDIRECT 4

#define RINGS_MAX 8
#define RING_SIZE 16

struct ring {
	uint64_t desc, avail, used;
	uint16_t avail_idx, used_idx;
};

struct vdev {
	unsigned devfn;
	uint64_t common, notify, isr, config; /* guest-physical, by the capabilities */
	uint32_t multiplier;
	unsigned msix; /* offset of the capability */
	uint64_t table;
	unsigned vector; /* interrupt vector of queue 0; queue n has vector + n, with MSI-X */
	struct ring ring[RINGS_MAX];
};

/* Find the device of this type; false when there is none. Its BAR answers from here on. */
bool vdev_find(struct vdev *d, unsigned type);

/* Write 0 to the status and wait until it reads so. */
void vdev_reset(struct vdev *d);
/* Status up to FEATURES_OK, with VERSION_1 and these; the status. */
uint8_t vdev_negotiate(struct vdev *d, uint32_t features);
/* Empty rings in memory, described to the device and enabled. */
void vdev_rings(struct vdev *d, unsigned n);
/* All of it, to DRIVER_OK, with interrupts on `vector` by MSI-X, or by the pin; 0: none. */
void vdev_start(struct vdev *d, unsigned rings, unsigned vector, bool msix);

void vdev_desc(struct vdev *d, unsigned ring, unsigned i, uint64_t addr, uint32_t len,
	       uint16_t flags, uint16_t next);
/* Descriptor i of the table at gpa. */
void vdev_table(uint64_t gpa, unsigned i, uint64_t addr, uint32_t len, uint16_t flags,
		uint16_t next);
void vdev_offer(struct vdev *d, unsigned ring, uint16_t head);
void vdev_kick(struct vdev *d, unsigned ring);
/* Wait about a second for the next used element; false: none came. */
bool vdev_wait(struct vdev *d, unsigned ring, uint32_t *written);
uint8_t vdev_status(struct vdev *d);

/*
 * Offer chain i of those that break a rule, in this ring: what it is, or NULL, there are no more. Memory
 * from `scratch` on is the chains'.
 */
const char *vdev_offer_broken(struct vdev *d, unsigned ring, unsigned i, uint64_t scratch);

/* One request of a disk: header, data in or out, status. The status byte, or 0xff: it did not come back. */
#define BLK_IN	  0
#define BLK_OUT	  1
#define BLK_FLUSH 4
#define BLK_ID	  8
uint8_t blk_request(struct vdev *d, unsigned ring, uint32_t type, uint64_t sector, void *data,
		    uint32_t len);
/* The parts of it: fill descriptors first.. and offer them, without a kick. */
void blk_offer(struct vdev *d, unsigned ring, unsigned first, uint32_t type, uint64_t sector,
	       void *data, uint32_t len);

#endif
