/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_rig.h - a virtio device without a bus: a transport that counts interrupts, a driver that
 * negotiates, and a loop that is run by hand.
 */
#ifndef IGDVM_VIRTIO_RIG_H
#define IGDVM_VIRTIO_RIG_H

#include "virtio.h"
#include "vring.h"

#define RIG_RINGS     4
#define RIG_RING_SIZE 16
#define RIG_DATA      0x1000000ULL /* memory for requests */

struct virtio_rig {
	struct guest_ram ram;
	pthread_mutex_t lock;
	struct loop loop;
	struct virtio_transport transport;
	struct virtio_dev *dev;
	unsigned signals[VIRTIO_QUEUES_MAX], config_changes, resets;
	struct vring ring[RIG_RINGS];
};

void virtio_rig_init(struct virtio_rig *rig);
void virtio_rig_fini(struct virtio_rig *rig);

/* Initialise the device; -errno of virtio_init(). */
int virtio_rig_attach(struct virtio_rig *rig, struct virtio_dev *dev);
/* All the way to DRIVER_OK with these features, VERSION_1 too, and a ring for each queue (the first four). */
void virtio_rig_drive(struct virtio_rig *rig, uint64_t features);
/* Callbacks of the loop that are due, as many as there are; wait for the first up to ms. */
void virtio_rig_run(struct virtio_rig *rig, int ms);

/*
 * Offer a chain on ring n as descriptors 0.. and kick: out_len bytes at RIG_DATA to read, in_len bytes at
 * RIG_DATA + 1 MiB to write, each left out when 0. Then run the loop until it comes back, 2 s at most.
 * Bytes written, as the device says; -1: it does not come back.
 */
int64_t virtio_rig_request(struct virtio_rig *rig, unsigned n, uint32_t out_len, uint32_t in_len);
uint8_t *virtio_rig_out(struct virtio_rig *rig);
uint8_t *virtio_rig_in(struct virtio_rig *rig);

#endif
