/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_blk.h - a disk: requests of the guest to those of a struct disk.
 * Source: virtio 1.2 section 5.2.
 */
#ifndef IGDVM_DEV_VIRTIO_BLK_H
#define IGDVM_DEV_VIRTIO_BLK_H

#include "../disk.h"
#include "../virtio.h"

#define VIRTIO_BLK_CONFIG_SIZE 60
#define VIRTIO_BLK_SERIAL_MAX  20

struct virtio_blk_request;

struct virtio_blk {
	struct virtio_dev dev;
	struct disk disk;
	uint8_t config[VIRTIO_BLK_CONFIG_SIZE];
	char serial[VIRTIO_BLK_SERIAL_MAX]; /* zeroes behind it, unless it is that long */
	struct virtio_blk_request *slot;    /* one for each descriptor of each queue */
	unsigned in_flight;		    /* requests that the disk has */
	uint64_t pushed;		    /* queues that the driver is to hear of */
};

struct virtio_blk_params {
	struct disk_params disk; /* done and settled are this file's */
	const char *serial;	 /* NULL: none; at most VIRTIO_BLK_SERIAL_MAX bytes */
	unsigned queues;	 /* 1..VIRTIO_QUEUES_MAX */
};

/*
 * Open the disk; then ready for a transport. 0 or logged -errno. fini, before the transport's: what the
 * disk serves is waited for. It takes half-built and zeroed ones.
 */
int virtio_blk_init(struct virtio_blk *b, const struct virtio_blk_params *p);
void virtio_blk_fini(struct virtio_blk *b);

#endif
