// SPDX-License-Identifier: BSD-2-Clause
/*
 * pci_msix.c - MSI-X as the guest sees it.
 * Knows the table, the capability and the interrupt controller; must not know who raises vectors.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "log.h"
#include "pci.h"
#include "pci_msix.h"
#include "pci_regs.h"

#define REFUSALS_MAX                                                                               \
	16 /* tries that may fail: each is a line in the log, which a guest must not fill */

/* Bytes of an entry the guest may write; the rest is reserved, or aligns the address. */
static const uint8_t entry_mask[MSIX_ENTRY_SIZE] = {
	0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
};

int pci_msix_init(struct pci_msix *x, struct pci_dev *d, struct irqchip *chip,
		  const struct pci_msix_ops *ops, unsigned n)
{
	*x = (struct pci_msix){ .dev = d, .chip = chip, .ops = ops };
	if (!n || n > PCI_MSIX_VECTORS_MAX)
		return log_err(-EINVAL, "%s: %u MSI-X vectors: there may be 1 to %u", d->name, n,
			       PCI_MSIX_VECTORS_MAX);
	x->table = calloc(n, MSIX_ENTRY_SIZE);
	x->vector = calloc(n, sizeof(*x->vector));
	if (!x->table || !x->vector) {
		pci_msix_fini(x);
		return log_err(-ENOMEM, "%s: MSI-X table: %m", d->name);
	}
	x->n = n;
	for (unsigned i = 0; i < n; i++) {
		x->vector[i].fd = -1;
		x->table[i * MSIX_ENTRY_SIZE + MSIX_ENTRY_CONTROL] = MSIX_ENTRY_MASKED;
	}
	return 0;
}

uint64_t pci_msix_table_size(const struct pci_msix *x)
{
	return (uint64_t)x->n * MSIX_ENTRY_SIZE;
}

uint64_t pci_msix_pba_size(const struct pci_msix *x)
{
	return ALIGN_UP(x->n, 64) / 8;
}

int pci_msix_fd(struct pci_msix *x, unsigned vector)
{
	struct pci_msix_vector *v;

	if (vector >= x->n)
		return -EINVAL;
	v = &x->vector[vector];
	if (v->fd < 0)
		v->fd = irq_eventfd(x->dev->name);
	return v->fd;
}

/* ---- one vector ---- */

static void detach(struct pci_msix *x, struct pci_msix_vector *v)
{
	if (!v->attached)
		return;
	irq_drain(v->fd);
	x->chip->ops->detach(x->chip, v->gsi, v->fd);
	v->attached = false;
}

static void release(struct pci_msix *x, struct pci_msix_vector *v)
{
	detach(x, v);
	if (v->has_gsi)
		x->chip->ops->msi_free(x->chip, v->gsi);
	v->has_gsi = false;
}

static int connect(struct pci_msix *x, unsigned i)
{
	const struct irqchip_ops *chip = x->chip->ops;
	const uint8_t *entry = x->table + i * MSIX_ENTRY_SIZE;
	struct pci_msix_vector *v = &x->vector[i];
	int ret = pci_msix_fd(x, i);

	if (ret < 0)
		return ret;
	if (!v->has_gsi) {
		ret = chip->msi_alloc(x->chip, &v->gsi);
		if (ret)
			return ret;
		v->has_gsi = true;
	}
	ret = chip->msi_route(x->chip, v->gsi, get_le64(entry + MSIX_ENTRY_ADDRESS),
			      get_le32(entry + MSIX_ENTRY_DATA));
	if (!ret && !v->attached) {
		/* what is pending is delivered by this */
		ret = chip->attach(x->chip, v->gsi, v->fd, -1);
		v->attached = !ret;
	}
	if (!ret && x->ops && !v->armed) {
		ret = x->ops->arm(x, i, v->fd);
		v->armed = !ret;
	}
	return ret;
}

static uint16_t control_of(const struct pci_msix *x)
{
	return x->cap ? get_le16(x->dev->val + x->cap + MSIX_CONTROL) : 0;
}

bool pci_msix_enabled(const struct pci_msix *x)
{
	return control_of(x) & MSIX_CONTROL_ENABLE;
}

/* Make the interrupt controller agree with what the guest wrote. */
static void follow(struct pci_msix *x, unsigned i)
{
	struct pci_msix_vector *v = &x->vector[i];
	bool masked = (control_of(x) & MSIX_CONTROL_MASKED) ||
		      (x->table[i * MSIX_ENTRY_SIZE + MSIX_ENTRY_CONTROL] & MSIX_ENTRY_MASKED);

	if (!pci_msix_enabled(x)) {
		release(x, v);
		v->armed = v->refused = false;
		return;
	}
	if (masked) {
		detach(x, v);
		return;
	}
	if (v->refused || (!v->has_gsi && x->refusals >= REFUSALS_MAX) || !connect(x, i))
		return;
	release(x, v);
	v->refused = true;
	if (!x->refusals++)
		log_warn("%s: the guest gets no messages of MSI-X vector %u", x->dev->name, i);
}

static void follow_all(struct pci_msix *x)
{
	for (unsigned i = 0; i < x->n; i++)
		follow(x, i);
}

void pci_msix_notify(struct pci_msix *x, unsigned vector)
{
	const uint64_t one = 1;
	int fd;

	if (vector >= x->n || (x->vector[vector].fd < 0 && x->refusals >= REFUSALS_MAX))
		return;
	fd = pci_msix_fd(x, vector);
	if (fd < 0)
		x->refusals++;
	/* full after 2^64 signals that nobody took: it is pending all the same */
	else if (write(fd, &one, sizeof(one)) < 0)
		return;
}

/* ---- capability ---- */

void pci_msix_set_cap(struct pci_msix *x, uint8_t cap, uint8_t table_bar, uint32_t table_off,
		      uint8_t pba_bar, uint32_t pba_off)
{
	struct pci_dev *d = x->dev;

	x->cap = cap;
	put_le16(d->val + cap + MSIX_CONTROL, (uint16_t)(x->n - 1));
	put_le32(d->val + cap + MSIX_TABLE, table_off | table_bar);
	put_le32(d->val + cap + MSIX_PBA, pba_off | pba_bar);
	memset(d->wmask + cap, 0, MSIX_SIZE);
	put_le16(d->wmask + cap + MSIX_CONTROL, MSIX_CONTROL_ENABLE | MSIX_CONTROL_MASKED);
}

void pci_msix_cfg_written(struct pci_msix *x, unsigned off, unsigned len)
{
	if (x->cap && ranges_overlap(off, len, x->cap + MSIX_CONTROL, 2))
		follow_all(x);
}

void pci_msix_reset(struct pci_msix *x)
{
	if (x->cap)
		put_le16(x->dev->val + x->cap + MSIX_CONTROL, (uint16_t)(x->n - 1));
	follow_all(x);
	memset(x->table, 0, pci_msix_table_size(x));
	for (unsigned i = 0; i < x->n; i++) {
		x->table[i * MSIX_ENTRY_SIZE + MSIX_ENTRY_CONTROL] = MSIX_ENTRY_MASKED;
		if (x->vector[i].fd >= 0)
			irq_drain(x->vector[i].fd);
	}
}

void pci_msix_fini(struct pci_msix *x)
{
	for (unsigned i = 0; i < x->n; i++) {
		release(x, &x->vector[i]);
		close_fd(&x->vector[i].fd);
	}
	free(x->vector);
	free(x->table);
	x->vector = NULL;
	x->table = NULL;
	x->n = 0;
	x->cap = 0;
}

/* ---- table and pending bits ---- */

/* Bytes of [off, off+len) in front of size. */
static unsigned inside(uint64_t off, unsigned len, uint64_t size)
{
	return off < size ? (unsigned)MIN((uint64_t)len, size - off) : 0;
}

void pci_msix_table_read(const struct pci_msix *x, uint64_t off, void *buf, unsigned len)
{
	unsigned n = inside(off, len, pci_msix_table_size(x));

	memset(buf, 0, len);
	if (n)
		memcpy(buf, x->table + off, n);
}

void pci_msix_table_write(struct pci_msix *x, uint64_t off, const void *buf, unsigned len)
{
	const uint8_t *data = buf;
	unsigned n = inside(off, len, pci_msix_table_size(x));

	for (unsigned i = 0; i < n; i++) {
		uint8_t mask = entry_mask[(off + i) % MSIX_ENTRY_SIZE];
		uint8_t *byte = x->table + off + i;

		*byte = (uint8_t)((*byte & ~mask) | (data[i] & mask));
	}
	for (unsigned i = 0; i < n; i++)
		if (!i || !((off + i) % MSIX_ENTRY_SIZE))
			follow(x, (unsigned)((off + i) / MSIX_ENTRY_SIZE));
}

static bool is_pending(const struct pci_msix_vector *v)
{
	struct pollfd p = { .fd = v->fd, .events = POLLIN };

	return v->fd >= 0 && !v->attached && poll(&p, 1, 0) == 1;
}

void pci_msix_pba_read(const struct pci_msix *x, uint64_t off, void *buf, unsigned len)
{
	uint8_t *out = buf;
	unsigned n = inside(off, len, pci_msix_pba_size(x));

	memset(out, 0, len);
	for (unsigned i = 0; i < 8 * n && 8 * off + i < x->n; i++)
		if (is_pending(&x->vector[8 * off + i]))
			out[i / 8] |= (uint8_t)BIT(i % 8);
}
