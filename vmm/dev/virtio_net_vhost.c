// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_net_vhost.c - packets by the kernel: a /dev/vhost-net for each pair of queues, which it connects
 * to that queue of the tap.
 *
 * Knows which rings go there and when; the control queue is virtio_net.c's in any case, and so is which
 * queues of the tap are attached. Headers are as the tap has them: 12 bytes, the driver's and the tap's.
 * A tap that is deleted meanwhile is not noticed: the kernel drops the packets. Source: Linux
 * drivers/vhost/net.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "../vhost_uapi.h"

#include "virtio_net.h"

#define OTHERWISE "igdvm moves the packets"
#define REMEDY	  "vhost=off does without the kernel"

/* ---- opening ---- */

void virtio_net_vhost_fini(struct virtio_net *n)
{
	for (unsigned i = 0; n->vhost && i < n->net.pairs; i++)
		vhost_fini(&n->vhost[i]);
	free(n->vhost);
	n->vhost = NULL;
	n->served = 0;
}

static int open_all(struct virtio_net *n)
{
	struct vhost_params p = {
		.name = n->net.label,
		.path = "/dev/vhost-net",
		.module = "vhost_net",
		.remedy = REMEDY,
		.otherwise = n->wanted == NET_VHOST_AUTO ? OTHERWISE : NULL,
		.dev = &n->dev,
		.queues = 2,
		.needed = VIRTIO_NET_F_MRG_RXBUF,
	};
	int ret = 0;

	n->vhost = calloc(n->net.pairs, sizeof(*n->vhost));
	if (!n->vhost)
		return log_err(-ENOMEM, "%s: %m", n->net.label);
	for (unsigned i = 0; i < n->net.pairs && !ret; i++) {
		p.first = 2 * i;
		ret = vhost_init(&n->vhost[i], &p);
	}
	return ret;
}

int virtio_net_vhost_init(struct virtio_net *n)
{
	int ret;

	if (n->wanted == NET_VHOST_OFF)
		return 0;
	ret = open_all(n);
	if (!ret) {
		log_debug("%s: the kernel moves the packets (vhost-net)", n->net.label);
		return 0;
	}
	virtio_net_vhost_fini(n);
	return n->wanted == NET_VHOST_AUTO ? 0 : ret;
}

/* ---- start and stop ---- */

static bool has_ring(const struct virtio_net *n, unsigned q)
{
	return n->dev.queue[q].ring.size;
}

/* fd: the tap's; -1: none, and what was being done has been done when this returns. */
static int set_backend(struct virtio_net *n, unsigned q, int fd)
{
	struct vhost_vring_file backend = { q % 2, fd };

	return ioctl(n->vhost[q / 2].fd, VHOST_NET_SET_BACKEND, &backend) ? -errno : 0;
}

/* Connect queue after queue. 0 or -errno; *q is how far it got. */
static int connect_queues(struct virtio_net *n, unsigned pairs, unsigned *q)
{
	int ret = 0;

	for (*q = 0; *q < 2 * pairs && !ret; *q += !ret)
		if (has_ring(n, *q))
			ret = set_backend(n, *q, n->net.fd[*q / 2]);
	return ret;
}

static void refused(const struct virtio_net *n, int err, bool begun)
{
	static const char *what = "VHOST_NET_SET_BACKEND";

	errno = -err;
	if (n->wanted == NET_VHOST_AUTO && !begun)
		log_debug("%s: %s: %m; " OTHERWISE, n->net.label, what);
	else
		log_err(err, "%s: %s: %m; " REMEDY, n->net.label, what);
}

static void disconnect_queues(struct virtio_net *n, unsigned queues)
{
	for (unsigned q = 0; q < queues; q++) {
		int ret = has_ring(n, q) ? set_backend(n, q, -1) : 0;

		if (ret)
			log_err(ret, "%s: taking queue %u back: %m", n->net.label, q);
	}
}

/* All queues of pairs, or none. *begun: the kernel may have served some of it. */
static int start_pairs(struct virtio_net *n, unsigned pairs, bool *begun)
{
	unsigned started, queues = 0;
	int ret = 0;

	for (started = 0; started < pairs && !ret; started += !ret)
		ret = vhost_start(&n->vhost[started]);
	if (!ret) {
		ret = connect_queues(n, pairs, &queues);
		*begun = queues;
		if (ret)
			refused(n, ret, *begun);
	}
	if (!ret)
		return 0;
	disconnect_queues(n, queues);
	while (started)
		vhost_stop(&n->vhost[--started]);
	return ret;
}

static int hear_the_others(struct virtio_net *n)
{
	int ret = 0;

	for (unsigned q = 0; q < n->dev.n_queues && !ret; q++)
		ret = virtio_hear(&n->dev, q, q / 2 >= n->served);
	return ret;
}

int virtio_net_vhost_start(struct virtio_net *n)
{
	unsigned pairs = n->dev.features & VIRTIO_NET_F_MQ ? n->net.pairs : 1;
	bool begun = false;
	int ret;

	if (!n->vhost)
		return 0;
	ret = start_pairs(n, pairs, &begun);
	if (!ret)
		n->served = pairs;
	else if (n->wanted == NET_VHOST_AUTO && !begun)
		virtio_net_vhost_fini(n);
	else
		return ret;
	ret = hear_the_others(n);
	if (ret)
		virtio_net_vhost_stop(n);
	return ret;
}

void virtio_net_vhost_stop(struct virtio_net *n)
{
	disconnect_queues(n, 2 * n->served);
	for (; n->served; n->served--)
		vhost_stop(&n->vhost[n->served - 1]);
}

void virtio_net_vhost_call_changed(struct virtio_dev *v, unsigned q)
{
	struct virtio_net *n = container_of(v, struct virtio_net, dev);

	if (q / 2 < n->served)
		vhost_call_changed(&n->vhost[q / 2], q);
}
