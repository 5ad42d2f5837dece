/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/virtio_fs.h - a directory of the host, as its back end shows it.
 * Source: virtio 1.2 section 5.11.
 */
#ifndef IGDVM_DEV_VIRTIO_FS_H
#define IGDVM_DEV_VIRTIO_FS_H

#include "../vhost_user.h"

#define VIRTIO_FS_TAG_MAX     36
#define VIRTIO_FS_CONFIG_SIZE 40
#define VIRTIO_FS_QUEUES_MAX  (VIRTIO_QUEUES_MAX - 1)

struct virtio_fs {
	struct virtio_dev dev;
	struct vhost_user back;
	char name[160]; /* for messages */
	uint8_t config[VIRTIO_FS_CONFIG_SIZE];
};

struct virtio_fs_params {
	const char *path; /* the back end's socket */
	int held;	  /* a connection to it, or -1 */
	bool owned;	  /* which another machine had before */
	const char *tag;  /* 1..VIRTIO_FS_TAG_MAX bytes */
	unsigned queues;  /* of requests: 1..VIRTIO_FS_QUEUES_MAX */
	const struct mem *mem;
	struct loop *loop;
};

/*
 * Connect to the back end; then ready for a transport. 0 or logged -errno; fini, before the transport's,
 * in any case. It takes zeroed ones.
 */
int virtio_fs_init(struct virtio_fs *f, const struct virtio_fs_params *p);
void virtio_fs_fini(struct virtio_fs *f);

#endif
