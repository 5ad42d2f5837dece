// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_vsock.c - config space; the queues for receiving and sending are the kernel's.
 *
 * The third queue, of events, tells a guest that its address changed, which happens to none of ours: what
 * the driver offers there is kept.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "../vhost_uapi.h"

#include "virtio_vsock.h"

#define QUEUE_SIZE   128
#define QUEUES	     3
#define QUEUES_VHOST 2
#define F_SEQPACKET  BIT(1)

static struct virtio_vsock *vsock_of(struct virtio_dev *dev)
{
	return container_of(dev, struct virtio_vsock, dev);
}

static int set_running(struct virtio_vsock *v, int on)
{
	return ioctl(v->vhost.fd, VHOST_VSOCK_SET_RUNNING, &on)
		       ? log_err(-errno, "%s: VHOST_VSOCK_SET_RUNNING: %m", v->name)
		       : 0;
}

static int start(struct virtio_dev *dev)
{
	struct virtio_vsock *v = vsock_of(dev);
	int ret = vhost_start(&v->vhost);

	if (ret)
		return ret;
	ret = set_running(v, 1);
	if (ret)
		vhost_stop(&v->vhost);
	return ret;
}

static bool reset(struct virtio_dev *dev)
{
	struct virtio_vsock *v = vsock_of(dev);

	set_running(v, 0);
	vhost_stop(&v->vhost);
	return true;
}

static void call_changed(struct virtio_dev *dev, unsigned n)
{
	vhost_call_changed(&vsock_of(dev)->vhost, n);
}

static const struct virtio_ops ops = {
	.start = start,
	.reset = reset,
	.call_changed = call_changed,
};

static int take_address(struct virtio_vsock *v, uint64_t cid)
{
	if (!ioctl(v->vhost.fd, VHOST_VSOCK_SET_GUEST_CID, &cid))
		return 0;
	if (errno == EADDRINUSE)
		return log_err(-errno,
			       "%s: another machine of this host has that address; take "
			       "another one",
			       v->name);
	return log_err(-errno, "%s: VHOST_VSOCK_SET_GUEST_CID: %m", v->name);
}

int virtio_vsock_init(struct virtio_vsock *v, uint32_t cid)
{
	const struct vhost_params p = {
		.name = v->name,
		.path = "/dev/vhost-vsock",
		.module = "vhost_vsock",
		.remedy = "leave --vsock out, or try a newer kernel",
		.dev = &v->dev,
		.queues = QUEUES_VHOST,
		.asked = ~0ull,
	};
	int ret;

	*v = (struct virtio_vsock){ .dev = {
					    .name = v->name,
					    .ops = &ops,
					    .type = VIRTIO_TYPE_VSOCK,
					    .class_code = 0x028000, /* network, other */
					    .offered = F_SEQPACKET,
					    .n_queues = QUEUES,
					    .queue_size = QUEUE_SIZE,
					    .config = v->config,
					    .config_size = sizeof(v->config),
				    } };
	snprintf(v->name, sizeof(v->name), "--vsock %u", cid);
	put_le64(v->config, cid);
	ret = vhost_init(&v->vhost, &p);
	return ret ? ret : take_address(v, cid);
}

void virtio_vsock_fini(struct virtio_vsock *v)
{
	vhost_fini(&v->vhost);
}
