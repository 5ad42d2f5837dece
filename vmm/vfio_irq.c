// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_irq.c - interrupts of an assigned device, from VFIO's eventfd to the guest without igdvm.
 *
 * INTx is level-triggered: VFIO masks it when it fires; the guest's EOI signals the resample
 * eventfd, which unmasks it in VFIO. MSI needs no such round trip, nor does MSI-X (vfio_msix.c). VFIO
 * allows one of the three at a time.
 */
#include "log.h"
#include "pci_regs.h"
#include "vfio_pci.h"

static void intx_disable(struct vfio_pci *v)
{
	if (!v->intx_on)
		return;
	v->dev->ops->set_irqs(v->dev, VFIO_INTX, 0, NULL, 0);
	v->chip->ops->detach(v->chip, v->pci.intx.gsi, v->intx_fd);
	close_fd(&v->intx_fd);
	close_fd(&v->intx_unmask_fd);
	v->intx_on = false;
}

int vfio_intx_enable(struct vfio_pci *v)
{
	const struct irqchip_ops *chip = v->chip->ops;
	uint32_t gsi = v->pci.intx.gsi;
	int ret;

	if (v->intx_on || !v->pci.intx.chip)
		return 0;
	ret = v->intx_fd = irq_eventfd(v->dev->host.name);
	if (ret >= 0)
		ret = v->intx_unmask_fd = irq_eventfd(v->dev->host.name);
	if (ret >= 0)
		ret = chip->attach(v->chip, gsi, v->intx_fd, v->intx_unmask_fd);
	if (ret < 0) {
		close_fd(&v->intx_fd);
		close_fd(&v->intx_unmask_fd);
		return ret;
	}
	v->intx_on = true;
	ret = v->dev->ops->set_irqs(v->dev, VFIO_INTX, 0, &v->intx_fd, 1);
	if (!ret)
		ret = v->dev->ops->set_unmask(v->dev, VFIO_INTX, v->intx_unmask_fd);
	if (ret)
		intx_disable(v);
	return ret;
}

/* What the guest's MSI capability says. */
struct msi_state {
	bool enabled;
	unsigned vectors;
	uint64_t address;
	uint32_t data, masked;
};

static struct msi_state read_msi(const struct vfio_pci *v)
{
	const uint8_t *cap = v->pci.val + v->msi_cap;
	uint16_t control = get_le16(cap + MSI_CONTROL);
	bool wide = control & MSI_CONTROL_64;
	struct msi_state s = {
		.enabled = control & MSI_CONTROL_ENABLE,
		.vectors = 1u << FIELD_GET(MSI_CONTROL_ENABLED, control),
		.address = get_le32(cap + MSI_ADDRESS),
		.data = get_le16(cap + (wide ? MSI_DATA_64 : MSI_DATA_32)),
	};
	unsigned capable = 1u << FIELD_GET(MSI_CONTROL_CAPABLE, control);

	s.vectors = MIN(s.vectors, capable);
	s.vectors = MIN(s.vectors, v->dev->irq[VFIO_MSI].count);
	s.vectors = MIN(s.vectors, (unsigned)VFIO_MSI_MAX);
	if (wide)
		s.address |= (uint64_t)get_le32(cap + MSI_ADDRESS_HIGH) << 32;
	if (control & MSI_CONTROL_MASKABLE)
		s.masked = get_le32(cap + (wide ? MSI_MASK_64 : MSI_MASK_32));
	return s;
}

/* A masked vector is detached: its eventfd keeps the event until it is attached again. */
static int follow_vector(struct vfio_pci *v, unsigned i, const struct msi_state *s)
{
	struct vfio_vector *vec = &v->msi[i];
	bool masked = s->masked & BIT(i);
	/* several vectors: the device replaces the low bits of the data (PCI 3.0, 6.8.1.6) */
	uint32_t data = s->vectors > 1 ? (s->data & ~(s->vectors - 1)) | i : s->data;
	int ret = v->chip->ops->msi_route(v->chip, vec->gsi, s->address, data);

	if (!ret && !masked && !vec->attached) {
		ret = v->chip->ops->attach(v->chip, vec->gsi, vec->fd, -1);
		vec->attached = !ret;
	} else if (!ret && masked && vec->attached) {
		irq_drain(vec->fd);
		ret = v->chip->ops->detach(v->chip, vec->gsi, vec->fd);
		vec->attached = false;
	}
	return ret;
}

static void free_vectors(struct vfio_pci *v)
{
	while (v->n_msi) {
		struct vfio_vector *vec = &v->msi[--v->n_msi];

		if (vec->attached)
			v->chip->ops->detach(v->chip, vec->gsi, vec->fd);
		v->chip->ops->msi_free(v->chip, vec->gsi);
		close_fd(&vec->fd);
	}
}

/*
 * When the host refuses, the enable bit stays as the guest wrote it, as a register does, and there is
 * no INTx either (PCI 3.0, 6.8.1.3: not with messages enabled). The same number of vectors or more is
 * not tried again: each try is a line in the log, which the guest must not fill.
 */
static void enable_msi(struct vfio_pci *v, const struct msi_state *s)
{
	int fds[VFIO_MSI_MAX], ret = 0;

	if (v->msi_refused && s->vectors >= v->msi_refused)
		return;
	for (unsigned i = 0; i < s->vectors && !ret; i++) {
		struct vfio_vector *vec = &v->msi[i];

		*vec = (struct vfio_vector){ .fd = -1 };
		ret = v->chip->ops->msi_alloc(v->chip, &vec->gsi);
		if (ret)
			break;
		v->n_msi = i + 1;
		ret = vec->fd = irq_eventfd(v->dev->host.name);
		if (ret >= 0)
			ret = follow_vector(v, i, s);
		fds[i] = vec->fd;
	}
	if (!ret)
		ret = v->dev->ops->set_irqs(v->dev, VFIO_MSI, 0, fds, s->vectors);
	v->msi_on = !ret;
	if (ret) {
		free_vectors(v);
		v->msi_refused = s->vectors;
		log_warn("%s: the guest gets no messages (%u vectors), and no INTx while it has "
			 "messages enabled",
			 v->dev->host.name, s->vectors);
	}
}

static void disable_msi(struct vfio_pci *v)
{
	if (!v->msi_on)
		return;
	v->dev->ops->set_irqs(v->dev, VFIO_MSI, 0, NULL, 0);
	free_vectors(v);
	v->msi_on = false;
}

static void follow_msi(struct vfio_pci *v)
{
	struct msi_state s = read_msi(v);

	if (v->msi_on && s.vectors != v->n_msi)
		disable_msi(v);
	if (!v->msi_on) {
		enable_msi(v, &s);
		return;
	}
	for (unsigned i = 0; i < v->n_msi; i++)
		follow_vector(v, i, &s);
}

/* With both switched on, which a guest must not do, MSI-X counts. */
static enum vfio_irq_mode wanted(const struct vfio_pci *v)
{
	if (pci_msix_enabled(&v->msix))
		return VFIO_MODE_MSIX;
	return v->msi_cap && read_msi(v).enabled ? VFIO_MODE_MSI : VFIO_MODE_INTX;
}

static void all_off(struct vfio_pci *v)
{
	vfio_msix_disable(v);
	disable_msi(v);
	intx_disable(v);
}

void vfio_irq_cfg_written(struct vfio_pci *v, unsigned off, unsigned len)
{
	enum vfio_irq_mode mode = wanted(v);
	bool changed = mode != v->irq_mode;

	if (changed) {
		all_off(v);
		v->irq_mode = mode;
		if (mode == VFIO_MODE_MSIX)
			vfio_msix_enable(v);
		else if (mode == VFIO_MODE_INTX)
			vfio_intx_enable(v);
	}
	if (mode == VFIO_MODE_MSI && (changed || ranges_overlap(off, len, v->msi_cap, v->msi_len)))
		follow_msi(v);
	pci_msix_cfg_written(&v->msix, off, len);
}

void vfio_irq_fini(struct vfio_pci *v)
{
	all_off(v);
	vfio_msix_fini(v);
}
