// SPDX-License-Identifier: BSD-2-Clause
/*
 * virtio.c - the status register's state machine, features, queues that are taken once.
 * Knows drivers and their order of doing things; must not know any device or any bus.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "virtio.h"

/* Every bit that a driver may set. NEEDS_RESET is the device's. */
#define STATUS_DRIVERS                                                                             \
	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_DRIVER_OK |              \
	 VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_FAILED)

bool virtio_running(const struct virtio_dev *v)
{
	return v->started && !v->resetting && !(v->status & VIRTIO_STATUS_NEEDS_RESET);
}

void virtio_kick(struct virtio_dev *v, unsigned n)
{
	/* fails only when as many kicks wait as a counter holds: it is readable then */
	if (n < v->n_queues)
		eventfd_write(v->queue[n].kick_fd, 1);
}

/* ---- queues ---- */

static void on_kick(struct loop_watch *w, uint32_t events)
{
	struct virtio_queue *q = container_of(w, struct virtio_queue, watch);
	eventfd_t count;

	(void)events;
	eventfd_read(q->kick_fd, &count);
	if (virtio_running(q->dev) && q->ring.size)
		q->dev->ops->kick(q->dev, (unsigned)(q - q->dev->queue));
}

void virtio_enable_queue(struct virtio_dev *v, unsigned n)
{
	struct virtio_queue *q = n < v->n_queues ? &v->queue[n] : NULL;
	unsigned flags = (v->features & VIRTIO_F_INDIRECT_DESC ? VIRTQ_INDIRECT : 0) |
			 (v->features & VIRTIO_F_EVENT_IDX ? VIRTQ_EVENT_IDX : 0);
	int ret;

	if (!q || q->ring.size || v->started || v->resetting ||
	    !(v->status & VIRTIO_STATUS_FEATURES_OK)) {
		log_guest(&v->log, "%s: queue %u: not the time to enable it", v->name, n);
		return;
	}
	ret = q->want.size > v->queue_size ? -EINVAL
					   : virtq_init(&q->ring, v->mem, &q->want, flags);
	if (ret)
		virtio_broken(v, n, ret);
}

void virtio_broken(struct virtio_dev *v, unsigned n, int err)
{
	log_guest(&v->log, "%s: queue %u: errno %d: no request until the driver resets the device",
		  v->name, n, -err);
	if (v->status & VIRTIO_STATUS_NEEDS_RESET)
		return;
	v->status |= VIRTIO_STATUS_NEEDS_RESET;
	if (v->status & VIRTIO_STATUS_DRIVER_OK)
		v->transport->ops->config_changed(v->transport);
}

void virtio_each_chain(struct virtio_dev *v, unsigned n, virtio_chain_fn *fn)
{
	struct virtq *ring = &v->queue[n].ring;
	struct iovec iov[VIRTQ_SIZE_MAX];
	unsigned left = ring->size;
	struct virtq_chain c;
	int ret = 0;

	virtq_kicks_off(ring);
	do {
		while (left && virtio_running(v) &&
		       (ret = virtq_pop(ring, iov, v->queue_size, &c)) > 0) {
			left--;
			fn(v, n, &c);
		}
		if (ret < 0)
			virtio_broken(v, n, ret);
		if (!virtio_running(v))
			return;
		if (!left)
			virtio_kick(v, n);
	} while (left && virtq_kicks_on(ring));
	virtio_signal(v, n);
}

void virtio_push(struct virtio_dev *v, unsigned n, uint16_t head, size_t written)
{
	if (virtio_running(v))
		virtq_push(&v->queue[n].ring, head, (uint32_t)MIN(written, (size_t)UINT32_MAX));
}

void virtio_signal(struct virtio_dev *v, unsigned n)
{
	if (virtio_running(v) && virtq_need_signal(&v->queue[n].ring))
		v->transport->ops->signal(v->transport, n);
}

void virtio_config_changed(struct virtio_dev *v)
{
	v->generation++;
	if (v->status & VIRTIO_STATUS_DRIVER_OK)
		v->transport->ops->config_changed(v->transport);
}

void virtio_calls_changed(struct virtio_dev *v)
{
	for (unsigned n = 0; n < v->n_queues && v->started && v->ops->call_changed; n++)
		v->ops->call_changed(v, n);
}

int virtio_hear(struct virtio_dev *v, unsigned n, bool on)
{
	return loop_watch(v->loop, &v->queue[n].watch, on ? EPOLLIN : 0);
}

int virtio_call_fd(struct virtio_dev *v, unsigned n)
{
	return v->transport->ops->call_fd(v->transport, n);
}

/* ---- the way to DRIVER_OK, and back ---- */

void virtio_set_features(struct virtio_dev *v, uint32_t select, uint32_t value)
{
	unsigned shift = 32 * select;

	if (select > 1 || v->status & VIRTIO_STATUS_FEATURES_OK || v->resetting)
		return;
	v->wanted = (v->wanted & ~(0xffffffffULL << shift)) | (uint64_t)value << shift;
}

/* False: FEATURES_OK does not stay set, which is how the driver learns (3.1.1). */
static bool accept_features(struct virtio_dev *v)
{
	if (v->wanted & ~v->offered || !(v->wanted & VIRTIO_F_VERSION_1) ||
	    (v->ops->set_features && v->ops->set_features(v, v->wanted))) {
		log_guest(&v->log, "%s: features %#llx are not what is offered, %#llx", v->name,
			  (unsigned long long)v->wanted, (unsigned long long)v->offered);
		return false;
	}
	v->features = v->wanted;
	return true;
}

static void start(struct virtio_dev *v)
{
	if (!(v->status & VIRTIO_STATUS_NEEDS_RESET) && v->ops->start && v->ops->start(v))
		v->status |= VIRTIO_STATUS_NEEDS_RESET;
	if (v->status & VIRTIO_STATUS_NEEDS_RESET) {
		v->transport->ops->config_changed(v->transport);
		return;
	}
	v->started = true;
	/* what a driver made available too early, with a kick that nobody heard */
	for (unsigned n = 0; n < v->n_queues; n++)
		if (v->queue[n].ring.size)
			virtio_kick(v, n);
}

void virtio_reset_done(struct virtio_dev *v)
{
	if (!v->resetting)
		return;
	for (unsigned n = 0; n < v->n_queues; n++) {
		v->queue[n].ring = (struct virtq){ 0 };
		v->queue[n].want = (struct virtq_setup){ .size = v->queue_size };
	}
	v->wanted = v->features = 0;
	v->status = 0;
	v->started = v->resetting = false;
	v->transport->ops->reset(v->transport);
}

static void reset(struct virtio_dev *v)
{
	v->resetting = true;
	if (!v->started || !v->ops->reset || v->ops->reset(v))
		virtio_reset_done(v);
}

void virtio_set_status(struct virtio_dev *v, uint8_t value)
{
	uint8_t added = value & STATUS_DRIVERS & (uint8_t)~v->status;

	if (v->resetting)
		return;
	if (!value) {
		reset(v);
		return;
	}
	if (added & VIRTIO_STATUS_FEATURES_OK && !accept_features(v))
		added &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
	if (!((v->status | added) & VIRTIO_STATUS_FEATURES_OK))
		added &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
	v->status |= added;
	if (added & VIRTIO_STATUS_DRIVER_OK)
		start(v);
}

/* ---- before the driver and after it ---- */

static int queue_init(struct virtio_dev *v, struct virtio_queue *q)
{
	q->dev = v;
	q->want.size = v->queue_size;
	q->kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (q->kick_fd < 0)
		return log_err(-errno, "%s: eventfd: %m", v->name);
	q->watch = (struct loop_watch){ .fd = q->kick_fd, .fn = on_kick };
	return v->ops->kick ? loop_watch(v->loop, &q->watch, EPOLLIN) : 0;
}

int virtio_init(struct virtio_dev *v, const struct mem *mem, struct loop *loop,
		struct virtio_transport *t)
{
	int ret = 0;

	v->mem = mem;
	v->loop = loop;
	v->transport = t;
	v->offered |= VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;
	for (unsigned n = 0; n < VIRTIO_QUEUES_MAX; n++)
		v->queue[n] = (struct virtio_queue){ .kick_fd = -1 };
	for (unsigned n = 0; n < v->n_queues && !ret; n++)
		ret = queue_init(v, &v->queue[n]);
	if (ret)
		virtio_fini(v);
	return ret;
}

void virtio_fini(struct virtio_dev *v)
{
	if (!v->transport)
		return;
	for (unsigned n = 0; n < v->n_queues; n++) {
		loop_unwatch(v->loop, &v->queue[n].watch);
		close_fd(&v->queue[n].kick_fd);
	}
	v->transport = NULL;
}
