// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_life.c - what the host says about an assigned device: it wants it back, or it broke.
 *
 * Both end the guest. Until the device is closed, whoever unbinds or removes it on the host waits in
 * the kernel, which asks again every 10 seconds (drivers/vfio/pci/vfio_pci_core.c,
 * vfio_pci_core_request(), vfio_pci_core_aer_err_detected()).
 * Knows the event loop and why a machine stops; not what stopping takes.
 */
#include <sys/epoll.h>

#include "log.h"
#include "stop.h"
#include "util.h"
#include "vfio_pci.h"

static const struct {
	unsigned index;
	const char *what;
} kinds[VFIO_NOTICES] = {
	{ VFIO_REQ, "the host asks for it back" },
	{ VFIO_ERR, "it reported an unrecoverable error" },
};

static void on_notice(struct loop_watch *w, uint32_t events)
{
	struct vfio_notice *n = container_of(w, struct vfio_notice, watch);
	struct vfio_pci *v = n->owner;

	(void)events;
	loop_unwatch(v->loop, w); /* once is enough */
	if (!stop_requested(v->stop))
		log_err(0, "%s: %s; the guest ends", v->dev->host.name, kinds[n->kind].what);
	stop_request(v->stop, STOP_DEVICE_LOST, 0);
}

static int start(struct vfio_pci *v, struct vfio_notice *n)
{
	int ret;

	n->watch.fd = irq_eventfd(v->dev->host.name);
	if (n->watch.fd < 0)
		return n->watch.fd;
	ret = loop_watch(v->loop, &n->watch, EPOLLIN);
	if (!ret)
		ret = v->dev->ops->set_irqs(v->dev, kinds[n->kind].index, 0, &n->watch.fd, 1);
	n->on = !ret;
	if (ret) {
		loop_unwatch(v->loop, &n->watch);
		close_fd(&n->watch.fd);
	}
	return ret;
}

int vfio_life_init(struct vfio_pci *v)
{
	int ret = 0;

	for (unsigned i = 0; i < VFIO_NOTICES && !ret; i++) {
		v->notice[i] = (struct vfio_notice){
			.watch = { .fd = -1, .fn = on_notice },
			.owner = v,
			.kind = i,
		};
		if (v->dev->irq[kinds[i].index].count)
			ret = start(v, &v->notice[i]);
	}
	return ret;
}

void vfio_life_fini(struct vfio_pci *v)
{
	for (unsigned i = 0; i < VFIO_NOTICES; i++) {
		struct vfio_notice *n = &v->notice[i];

		if (!n->on)
			continue;
		v->dev->ops->set_irqs(v->dev, kinds[i].index, 0, NULL, 0);
		loop_unwatch(v->loop, &n->watch);
		close_fd(&n->watch.fd);
		n->on = false;
	}
}
