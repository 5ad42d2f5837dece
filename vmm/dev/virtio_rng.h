/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_rng.h - random bytes of the host's kernel for the guest.
 * Source: virtio 1.2 section 5.4.
 */
#ifndef IGDVM_DEV_VIRTIO_RNG_H
#define IGDVM_DEV_VIRTIO_RNG_H

#include "../virtio.h"

/* Most bytes of one request: a guest that asks for gigabytes gets the start of them. */
#define VIRTIO_RNG_MAX 4096

struct virtio_rng {
	struct virtio_dev dev;
};

/* Ready for a transport. */
void virtio_rng_init(struct virtio_rng *r);

#endif
