// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_fs.c - a tag and queues; requests are FUSE's, and the back end's to answer.
 * Knows config space; must not know FUSE.
 */
#include <stdio.h>

#include "virtio_fs.h"

#define QUEUE_SIZE 1024 /* the driver's largest request goes with it */

/* struct virtio_fs_config: 5.11.4 */
#define CONFIG_TAG	  0
#define CONFIG_NUM_QUEUES 36

static struct vhost_user *back_of(struct virtio_dev *v)
{
	return &container_of(v, struct virtio_fs, dev)->back;
}

static int set_features(struct virtio_dev *v, uint64_t features)
{
	return vhost_user_set_features(back_of(v), features);
}

static int start(struct virtio_dev *v)
{
	return vhost_user_start(back_of(v));
}

static bool reset(struct virtio_dev *v)
{
	return vhost_user_reset(back_of(v));
}

static void call_changed(struct virtio_dev *v, unsigned n)
{
	vhost_user_call_changed(back_of(v), n);
}

static const struct virtio_ops ops = {
	.set_features = set_features,
	.start = start,
	.reset = reset,
	.call_changed = call_changed,
};

int virtio_fs_init(struct virtio_fs *f, const struct virtio_fs_params *p)
{
	struct vhost_user_params back = {
		.name = f->name,
		.path = p->path,
		.held = p->held,
		.owned = p->owned,
		.dev = &f->dev,
		.queues = p->queues + 1,
		.mem = p->mem,
		.loop = p->loop,
	};

	*f = (struct virtio_fs){ .dev = {
					 .name = f->name,
					 .ops = &ops,
					 .type = VIRTIO_TYPE_FS,
					 .class_code = 0x018000,    /* mass storage, other */
					 .n_queues = p->queues + 1, /* urgent requests first */
					 .queue_size = QUEUE_SIZE,
					 .config = f->config,
					 .config_size = VIRTIO_FS_CONFIG_SIZE,
				 } };
	snprintf(f->name, sizeof(f->name), "--fs %s", p->path);
	memcpy(f->config + CONFIG_TAG, p->tag, MIN(strlen(p->tag), (size_t)VIRTIO_FS_TAG_MAX));
	put_le32(f->config + CONFIG_NUM_QUEUES, p->queues);
	return vhost_user_init(&f->back, &back);
}

void virtio_fs_fini(struct virtio_fs *f)
{
	vhost_user_fini(&f->back);
}
