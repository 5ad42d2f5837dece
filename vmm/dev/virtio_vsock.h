/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_vsock.h - sockets between host and guest, by the kernel's vhost-vsock.
 * Source: virtio 1.2 section 5.10; Linux drivers/vhost/vsock.c.
 */
#ifndef IGDVM_DEV_VIRTIO_VSOCK_H
#define IGDVM_DEV_VIRTIO_VSOCK_H

#include "../vhost.h"
#include "../virtio.h"

struct virtio_vsock {
	struct virtio_dev dev;
	struct vhost vhost;
	uint8_t config[8];
	char name[32];
};

/*
 * Take the address (3 to 0xfffffffe: vsock(7)); then ready for a transport. 0 or logged -errno: -EADDRINUSE where another machine of
 * the host has it. fini, before the transport's, takes half-built and zeroed ones.
 */
int virtio_vsock_init(struct virtio_vsock *v, uint32_t cid);
void virtio_vsock_fini(struct virtio_vsock *v);

#endif
