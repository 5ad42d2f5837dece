/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_balloon.h - memory that the guest does without goes back to the host.
 * Source: virtio 1.2 section 5.5.
 */
#ifndef IGDVM_DEV_VIRTIO_BALLOON_H
#define IGDVM_DEV_VIRTIO_BALLOON_H

#include "../virtio.h"

struct memmap;

/* Features: section 5.5.3. */
#define VIRTIO_BALLOON_F_STATS_VQ	BIT(1)
#define VIRTIO_BALLOON_F_DEFLATE_ON_OOM BIT(2)
#define VIRTIO_BALLOON_F_REPORTING	BIT(5)

/* Pages of one request that are given back; Linux sends 256 of them, Windows 1024. */
#define VIRTIO_BALLOON_PAGES_MAX 4096

struct virtio_balloon_config {
	uint32_t num_pages, actual; /* 4 KiB each: wanted, and inflated as the driver says */
};

struct virtio_balloon {
	struct virtio_dev dev;
	struct virtio_balloon_config config;
	const struct memmap *map;
	uint64_t ram_size;
};

/*
 * Ready for a transport. Only RAM that the map gives the guest for use is ever given back. ram_size:
 * bytes of it all, for virtio_balloon_set_target().
 */
void virtio_balloon_init(struct virtio_balloon *b, const struct memmap *map, uint64_t ram_size);

/* How many bytes the guest shall be left with: all of its memory, or more, empties the balloon. */
void virtio_balloon_set_target(struct virtio_balloon *b, uint64_t bytes);

#endif
