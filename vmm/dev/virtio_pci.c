// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/virtio_pci.c - capabilities, the BAR's parts, notifications, interrupts.
 * Knows what lies where; what registers mean is virtio_common.c's, what a vector does is pci_msix's.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "../pci_regs.h"
#include "virtio_common.h"
#include "virtio_pci.h"

#define VIRTIO_REVISION 1

/* ISR: 4.1.4.5 */
#define ISR_QUEUE  BIT(0)
#define ISR_CONFIG BIT(1)

/* struct virtio_pci_cap: 4.1.4 */
#define CAP_LEN		2
#define CAP_TYPE	3
#define CAP_BAR		4
#define CAP_OFFSET	8
#define CAP_LENGTH	12
#define CAP_SIZE	16
#define CAP_DATA	16 /* of the window: pci_cfg_data; of notify: the multiplier */
#define CAP_WINDOW_SIZE 20

static struct virtio_pci *to_virtio(struct pci_dev *d)
{
	return container_of(d, struct virtio_pci, pci);
}

/* ---- interrupts ---- */

static unsigned vectors(const struct virtio_pci *p)
{
	return p->dev->n_queues + 1;
}

static void set_isr(struct virtio_pci *p, uint8_t isr)
{
	p->isr = isr;
	pci_intx(p->parts.bus, &p->pci, isr != 0);
}

static void interrupt(struct virtio_pci *p, uint16_t vector, uint8_t isr)
{
	if (!pci_msix_enabled(&p->msix))
		set_isr(p, p->isr | isr);
	else if (vector != VIRTIO_NO_VECTOR)
		pci_msix_notify(&p->msix, vector);
}

static struct virtio_pci *of_transport(struct virtio_transport *t)
{
	return container_of(t, struct virtio_pci, transport);
}

static void signal_queue(struct virtio_transport *t, unsigned n)
{
	struct virtio_pci *p = of_transport(t);

	interrupt(p, p->vector[n], ISR_QUEUE);
}

static void config_changed(struct virtio_transport *t)
{
	struct virtio_pci *p = of_transport(t);

	interrupt(p, p->config_vector, ISR_CONFIG);
}

static int call_fd(struct virtio_transport *t, unsigned n)
{
	struct virtio_pci *p = of_transport(t);

	if (!pci_msix_enabled(&p->msix))
		return p->pin_fd;
	return p->vector[n] == VIRTIO_NO_VECTOR ? -1 : pci_msix_fd(&p->msix, p->vector[n]);
}

static void on_pin(struct loop_watch *w, uint32_t events)
{
	struct virtio_pci *p = container_of(w, struct virtio_pci, pin_watch);
	eventfd_t count;

	(void)events;
	eventfd_read(p->pin_fd, &count);
	if (virtio_running(p->dev))
		interrupt(p, VIRTIO_NO_VECTOR, ISR_QUEUE);
}

static void driver_gone(struct virtio_transport *t)
{
	struct virtio_pci *p = of_transport(t);

	p->feature_select = p->wanted_select = 0;
	p->queue_select = 0;
	p->config_vector = VIRTIO_NO_VECTOR;
	for (unsigned n = 0; n < VIRTIO_QUEUES_MAX; n++)
		p->vector[n] = VIRTIO_NO_VECTOR;
	set_isr(p, 0);
}

static const struct virtio_transport_ops transport_ops = {
	.signal = signal_queue,
	.config_changed = config_changed,
	.call_fd = call_fd,
	.reset = driver_gone,
};

/* ---- the BAR ---- */

/* Reading takes what it reads, and lowers the pin (4.1.4.5.1). */
static void isr_read(struct virtio_pci *p, unsigned off, void *buf, unsigned len)
{
	(void)off;
	(void)len;
	*(uint8_t *)buf = p->isr;
	set_isr(p, 0);
}

static void config_read(struct virtio_pci *p, unsigned off, void *buf, unsigned len)
{
	if (off < p->dev->config_size)
		memcpy(buf, p->dev->config + off, MIN(len, p->dev->config_size - off));
}

static void config_write(struct virtio_pci *p, unsigned off, const void *buf, unsigned len)
{
	struct virtio_dev *v = p->dev;

	if (v->ops->config_write && off < v->config_size && !v->resetting)
		v->ops->config_write(v, off, buf, MIN(len, v->config_size - off));
}

/* Only where KVM does not take the write first. */
static void notify_write(struct virtio_pci *p, unsigned off, const void *buf, unsigned len)
{
	(void)buf;
	(void)len;
	virtio_kick(p->dev, off / VIRTIO_PCI_MULTIPLIER);
}

static void msix_table_read(struct virtio_pci *p, unsigned off, void *buf, unsigned len)
{
	pci_msix_table_read(&p->msix, off, buf, len);
}

static void msix_table_write(struct virtio_pci *p, unsigned off, const void *buf, unsigned len)
{
	pci_msix_table_write(&p->msix, off, buf, len);
}

static void msix_pba_read(struct virtio_pci *p, unsigned off, void *buf, unsigned len)
{
	pci_msix_pba_read(&p->msix, off, buf, len);
}

/* off and len stay inside the part; len is 1 to 4; a read that leaves bytes alone gives 0 there. */
static const struct part {
	unsigned off, size;
	void (*read)(struct virtio_pci *p, unsigned off, void *buf, unsigned len);
	void (*write)(struct virtio_pci *p, unsigned off, const void *buf, unsigned len);
} parts[] = {
	{ VIRTIO_PCI_COMMON, VIRTIO_COMMON_SIZE, virtio_common_read, virtio_common_write },
	{ VIRTIO_PCI_ISR, 1, isr_read, NULL },
	{ VIRTIO_PCI_CONFIG, 0x1000, config_read, config_write },
	{ VIRTIO_PCI_NOTIFY, VIRTIO_QUEUES_MAX *VIRTIO_PCI_MULTIPLIER, NULL, notify_write },
	{ VIRTIO_PCI_MSIX_TABLE, 0x1000, msix_table_read, msix_table_write },
	{ VIRTIO_PCI_MSIX_PBA, 0x1000, msix_pba_read, NULL },
};

/* What of [off, off + len) the part has: *len bytes at *skip of the access. */
static bool part_of(const struct part *part, unsigned off, unsigned *skip, unsigned *len)
{
	unsigned first = MAX(off, part->off), end = MIN(off + *len, part->off + part->size);

	*skip = first - off;
	*len = end - first;
	return first < end;
}

static void bar_read(struct virtio_pci *p, unsigned off, void *buf, unsigned len)
{
	memset(buf, 0, len);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		unsigned skip, n = len;

		if (part_of(&parts[i], off, &skip, &n) && parts[i].read)
			parts[i].read(p, off + skip - parts[i].off, (char *)buf + skip, n);
	}
}

static void bar_write(struct virtio_pci *p, unsigned off, const void *buf, unsigned len)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		unsigned skip, n = len;

		if (part_of(&parts[i], off, &skip, &n) && parts[i].write)
			parts[i].write(p, off + skip - parts[i].off, (const char *)buf + skip, n);
	}
}

static void region_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	bar_read(container_of(r, struct virtio_pci, bar), (unsigned)off, buf, len);
}

static void region_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	bar_write(container_of(r, struct virtio_pci, bar), (unsigned)off, buf, len);
}

static const struct bus_ops region_ops = { region_read, region_write };

/* ---- config space ---- */

/* The access that the window (4.1.4.9) stands for; 0 when it is none that a driver may make. */
static unsigned window_access(const struct virtio_pci *p, uint32_t *off)
{
	const uint8_t *cap = p->pci.val + VIRTIO_PCI_CAP_WINDOW;
	uint32_t len = get_le32(cap + CAP_LENGTH);

	*off = get_le32(cap + CAP_OFFSET);
	if (cap[CAP_BAR] || (len != 1 && len != 2 && len != 4) || *off % len ||
	    *off > VIRTIO_PCI_BAR_SIZE - len)
		return 0;
	return len;
}

static bool in_window(unsigned off, unsigned len)
{
	return ranges_overlap(off, len, VIRTIO_PCI_CAP_WINDOW + CAP_DATA, 4);
}

static void cfg_read(struct pci_dev *d, unsigned off, unsigned len)
{
	struct virtio_pci *p = to_virtio(d);
	uint32_t at;
	unsigned n;

	if (!in_window(off, len))
		return;
	n = window_access(p, &at);
	if (n)
		bar_read(p, at, d->val + VIRTIO_PCI_CAP_WINDOW + CAP_DATA, n);
}

static void cfg_written(struct pci_dev *d, unsigned off, const uint8_t *data, unsigned len)
{
	struct virtio_pci *p = to_virtio(d);
	uint32_t at;
	unsigned n;

	(void)data;
	if (in_window(off, len)) {
		n = window_access(p, &at);
		if (n)
			bar_write(p, at, d->val + VIRTIO_PCI_CAP_WINDOW + CAP_DATA, n);
	}
	pci_msix_cfg_written(&p->msix, off, len);
	if (pci_msix_enabled(&p->msix) != p->messages) {
		p->messages = !p->messages;
		set_isr(p, 0); /* the pin is not used with messages, and starts anew without */
		virtio_calls_changed(p->dev);
	}
}

static void detach_kicks(struct virtio_pci *p)
{
	for (unsigned n = 0; n < p->dev->n_queues; n++)
		if (p->kick_attached[n])
			p->parts.kicks->ops->detach(p->parts.kicks,
						    p->bar.base + VIRTIO_PCI_NOTIFY +
							    n * VIRTIO_PCI_MULTIPLIER,
						    p->dev->queue[n].kick_fd);
	memset(p->kick_attached, 0, sizeof(p->kick_attached));
}

/* Where KVM refuses, kicks leave the guest: slower, and right. */
static int bar_map(struct pci_dev *d, unsigned bar)
{
	struct virtio_pci *p = to_virtio(d);
	int ret;

	p->bar = (struct bus_region){ d->bar[bar].gpa, VIRTIO_PCI_BAR_SIZE, 4, &region_ops,
				      d->name };
	ret = bus_add(p->parts.bus->mmio, &p->bar);
	for (unsigned n = 0; n < p->dev->n_queues && !ret; n++)
		p->kick_attached[n] =
			!p->parts.kicks->ops->attach(p->parts.kicks,
						     p->bar.base + VIRTIO_PCI_NOTIFY +
							     n * VIRTIO_PCI_MULTIPLIER,
						     p->dev->queue[n].kick_fd);
	return ret;
}

static void bar_unmap(struct pci_dev *d, unsigned bar)
{
	struct virtio_pci *p = to_virtio(d);

	(void)bar;
	detach_kicks(p);
	bus_remove(p->parts.bus->mmio, &p->bar);
}

static const struct pci_ops pci_ops = { cfg_read, cfg_written, bar_map, bar_unmap };

static const struct cap {
	uint8_t at, len, type;
	uint32_t offset, size;
} caps[] = {
	{ VIRTIO_PCI_CAP_COMMON, CAP_SIZE, 1, VIRTIO_PCI_COMMON, VIRTIO_COMMON_SIZE },
	{ VIRTIO_PCI_CAP_NOTIFY, CAP_SIZE + 4, 2, VIRTIO_PCI_NOTIFY,
	  VIRTIO_QUEUES_MAX *VIRTIO_PCI_MULTIPLIER },
	{ VIRTIO_PCI_CAP_ISR, CAP_SIZE, 3, VIRTIO_PCI_ISR, 1 },
	{ VIRTIO_PCI_CAP_CONFIG, CAP_SIZE, 4, VIRTIO_PCI_CONFIG, 0x1000 },
	{ VIRTIO_PCI_CAP_WINDOW, CAP_WINDOW_SIZE, 5, 0, 0 },
};

/* Each goes in front of the list: the first of the table is the last to come. */
static void add_caps(struct virtio_pci *p)
{
	struct pci_dev *d = &p->pci;
	uint8_t *window = d->wmask + VIRTIO_PCI_CAP_WINDOW;

	pci_add_cap(d, VIRTIO_PCI_CAP_MSIX, PCI_CAP_ID_MSIX);
	pci_msix_set_cap(&p->msix, VIRTIO_PCI_CAP_MSIX, 0, VIRTIO_PCI_MSIX_TABLE, 0,
			 VIRTIO_PCI_MSIX_PBA);
	for (size_t i = ARRAY_SIZE(caps); i > 0; i--) {
		uint8_t *cap = d->val + caps[i - 1].at;

		pci_add_cap(d, caps[i - 1].at, PCI_CAP_ID_VENDOR);
		cap[CAP_LEN] = caps[i - 1].len;
		cap[CAP_TYPE] = caps[i - 1].type;
		put_le32(cap + CAP_OFFSET, caps[i - 1].offset);
		put_le32(cap + CAP_LENGTH, caps[i - 1].size);
	}
	put_le32(d->val + VIRTIO_PCI_CAP_NOTIFY + CAP_DATA, VIRTIO_PCI_MULTIPLIER);
	window[CAP_BAR] = 0xff;
	memset(window + CAP_OFFSET, 0xff, CAP_WINDOW_SIZE - CAP_OFFSET);
}

/* ---- before the driver and after it ---- */

static int pin_init(struct virtio_pci *p)
{
	p->pin_fd = irq_eventfd(p->dev->name);
	if (p->pin_fd < 0)
		return p->pin_fd;
	p->pin_watch = (struct loop_watch){ .fd = p->pin_fd, .fn = on_pin };
	return loop_watch(p->parts.loop, &p->pin_watch, EPOLLIN);
}

int virtio_pci_init(struct virtio_pci *p, struct virtio_dev *dev, uint8_t devfn,
		    const struct virtio_pci_parts *wired)
{
	const struct pci_identity id = {
		.vendor = VIRTIO_PCI_VENDOR,
		.device = VIRTIO_PCI_DEVICE(dev->type),
		.subvendor = VIRTIO_PCI_VENDOR,
		.subdevice = VIRTIO_PCI_DEVICE(dev->type),
		.revision = VIRTIO_REVISION,
	};
	int ret;

	*p = (struct virtio_pci){
		.dev = dev, .transport.ops = &transport_ops, .parts = *wired, .pin_fd = -1
	};
	pci_dev_init(&p->pci, dev->name, devfn, &id, dev->class_code);
	p->pci.ops = &pci_ops;
	pci_set_bar(&p->pci, 0, PCI_BAR_MEM32, VIRTIO_PCI_BAR_SIZE, false);
	pci_set_intx(&p->pci, 1);
	driver_gone(&p->transport);
	ret = virtio_init(dev, wired->mem, wired->loop, &p->transport);
	if (!ret)
		ret = pci_msix_init(&p->msix, &p->pci, wired->bus->chip, NULL, vectors(p));
	if (!ret)
		ret = pin_init(p);
	if (!ret) {
		add_caps(p);
		ret = pci_add(wired->bus, &p->pci);
	}
	if (ret == -EEXIST)
		log_err(ret, "%s: guest address %02x.%x is the %s's already; give it another addr=",
			dev->name, devfn >> 3, devfn & 7, wired->bus->dev[devfn]->name);
	if (ret)
		virtio_pci_fini(p);
	return ret;
}

void virtio_pci_fini(struct virtio_pci *p)
{
	if (!p->dev)
		return;
	pci_remove(p->parts.bus, &p->pci);
	loop_unwatch(p->parts.loop, &p->pin_watch);
	close_fd(&p->pin_fd);
	pci_msix_fini(&p->msix);
	virtio_fini(p->dev);
	p->dev = NULL;
}
