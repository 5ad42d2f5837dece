// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_msix.c - MSI-X of an assigned device: table and pending bits emulated, vectors from VFIO.
 *
 * The guest never sees the device's own table: the host's messages are in it. A vector is armed in
 * VFIO when the guest first unmasks it, so that the host spends no vector on one that is not used.
 * Knows capability and VFIO; what a table does is pci_msix.c's.
 */
#include <errno.h>

#include "log.h"
#include "pci_regs.h"
#include "vfio_pci.h"

static unsigned count_vectors(const struct vfio_pci *v, const uint8_t *cap)
{
	unsigned n = FIELD_GET(MSIX_CONTROL_VECTORS, get_le16(cap + MSIX_CONTROL)) + 1;

	return MIN(n, v->dev->irq[VFIO_MSIX].count);
}

/* Table and pending bits as the capability has them. */
static void find_parts(const uint8_t *cap, unsigned vectors, struct bar_part part[VFIO_MSIX_PARTS])
{
	uint32_t table = get_le32(cap + MSIX_TABLE), pba = get_le32(cap + MSIX_PBA);

	part[VFIO_MSIX_TABLE] = (struct bar_part){ table & MSIX_BAR, table & ~MSIX_BAR,
						   vectors * (uint64_t)MSIX_ENTRY_SIZE };
	part[VFIO_MSIX_PBA] =
		(struct bar_part){ pba & MSIX_BAR, pba & ~MSIX_BAR, ALIGN_UP(vectors, 64) / 8 };
}

bool vfio_msix_fits(const struct vfio_pci *v, const uint8_t *cap)
{
	unsigned vectors = count_vectors(v, cap);
	struct bar_part part[VFIO_MSIX_PARTS];

	if (!vectors || v->msix.n)
		return false;
	find_parts(cap, vectors, part);
	for (unsigned i = 0; i < VFIO_MSIX_PARTS; i++) {
		const struct bar_part *p = &part[i];
		const struct pci_bar *bar = p->bar < PCI_BARS ? &v->pci.bar[p->bar] : NULL;

		if (bar && (bar->kind == PCI_BAR_MEM32 || bar->kind == PCI_BAR_MEM64) &&
		    p->off <= bar->size && p->len <= bar->size - p->off)
			continue;
		log_warn("%s: MSI-X is hidden: %u vectors at %#llx of BAR%u, which does not have "
			 "that",
			 v->dev->host.name, vectors, (unsigned long long)p->off, p->bar);
		return false;
	}
	if (part[0].bar != part[1].bar ||
	    !ranges_overlap(part[0].off, part[0].len, part[1].off, part[1].len))
		return true;
	log_warn("%s: MSI-X is hidden: its table and its pending bits overlap", v->dev->host.name);
	return false;
}

/* ---- vectors ---- */

/*
 * An index that is fixed has to go off to get more vectors. What the device raises meanwhile is lost,
 * as it is with other monitors; kernels from 6.5 on do without.
 */
static int rearm(struct vfio_pci *v, unsigned vector, int fd)
{
	const struct vfio_ops *ops = v->dev->ops;
	unsigned before = v->msix_armed;
	int fds[PCI_MSIX_VECTORS_MAX], ret;

	for (unsigned i = 0; i < vector; i++)
		fds[i] = v->msix.vector[i].armed ? v->msix.vector[i].fd : -1;
	fds[vector] = fd;
	ops->set_irqs(v->dev, VFIO_MSIX, 0, NULL, 0);
	v->msix_armed = vector + 1;
	ret = ops->set_irqs(v->dev, VFIO_MSIX, 0, fds, vector + 1);
	if (!ret)
		return 0;
	v->msix_armed = before;
	if (ops->set_irqs(v->dev, VFIO_MSIX, 0, fds, before))
		v->msix_armed = 0;
	return ret;
}

static int arm(struct pci_msix *x, unsigned vector, int fd)
{
	struct vfio_pci *v = container_of(x, struct vfio_pci, msix);
	int ret;

	if (!v->msix_armed)
		return -ENODEV; /* said when it was refused */
	if (vector >= v->msix_armed && v->dev->irq[VFIO_MSIX].fixed)
		return rearm(v, vector, fd);
	ret = v->dev->ops->set_irqs(v->dev, VFIO_MSIX, vector, &fd, 1);
	if (!ret)
		v->msix_armed = MAX(v->msix_armed, vector + 1);
	return ret;
}

static const struct pci_msix_ops ops = { .arm = arm };

/*
 * The device's own enable bit follows the guest's at once: firmware of some devices behaves by it long
 * before the first vector is used.
 */
void vfio_msix_enable(struct vfio_pci *v)
{
	const int none = -1;

	if (v->msix_refused)
		return;
	v->msix_refused = v->dev->ops->set_irqs(v->dev, VFIO_MSIX, 0, &none, 1);
	v->msix_armed = !v->msix_refused;
	if (v->msix_refused)
		log_warn("%s: the guest gets no MSI-X messages, and no INTx while it has MSI-X "
			 "enabled",
			 v->dev->host.name);
}

void vfio_msix_disable(struct vfio_pci *v)
{
	if (v->msix_armed)
		v->dev->ops->set_irqs(v->dev, VFIO_MSIX, 0, NULL, 0);
	v->msix_armed = 0;
}

int vfio_msix_init(struct vfio_pci *v, unsigned off)
{
	const uint8_t *cap = v->pci.val + off;
	const struct bar_part *part = v->msix_part;
	int ret = pci_msix_init(&v->msix, &v->pci, v->chip, &ops, count_vectors(v, cap));

	if (ret)
		return ret;
	find_parts(cap, v->msix.n, v->msix_part);
	pci_msix_set_cap(&v->msix, (uint8_t)off, (uint8_t)part[VFIO_MSIX_TABLE].bar,
			 (uint32_t)part[VFIO_MSIX_TABLE].off, (uint8_t)part[VFIO_MSIX_PBA].bar,
			 (uint32_t)part[VFIO_MSIX_PBA].off);
	return 0;
}

void vfio_msix_fini(struct vfio_pci *v)
{
	pci_msix_fini(&v->msix);
}
