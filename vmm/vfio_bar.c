// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_bar.c - BARs of an assigned device: memslots where they can be, traps where they cannot.
 * Knows regions and the two buses; config space is vfio_pci.c's.
 */
#include <errno.h>

#include "log.h"
#include "pci_regs.h"
#include "vfio_pci.h"

#define PAGE	   (4 * KiB)
#define TRAP_WIDTH 8 /* VFIO splits wider accesses itself; PCI has no wider ones */

static void trap_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct vfio_pci_bar *b = container_of(r, struct vfio_pci_bar, trap);
	struct vfio_dev *dev = b->owner->dev;

	if (dev->ops->read(dev, VFIO_BAR0 + b->index, off, buf, len))
		memset(buf, 0xff, len);
}

static void trap_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct vfio_pci_bar *b = container_of(r, struct vfio_pci_bar, trap);
	struct vfio_dev *dev = b->owner->dev;

	if (dev->ops->write(dev, VFIO_BAR0 + b->index, off, buf, len))
		log_guest(&b->owner->limit, "%s: write to BAR%u at %#llx was not taken", dev->name,
			  b->index, (unsigned long long)off);
}

static const struct bus_ops trap_ops = { trap_read, trap_write };

static struct bus *bus_of(const struct vfio_pci *v, unsigned bar)
{
	return v->pci.bar[bar].kind == PCI_BAR_IO ? v->bus->pio : v->bus->mmio;
}

/* Host mappings of the parts that VFIO gives; a part that fails is trapped like the rest. */
static void map_areas(struct vfio_pci *v, unsigned bar)
{
	const struct vfio_region *r = &v->dev->region[VFIO_BAR0 + bar];
	const struct vfio_area all = { 0, r->size };
	const struct vfio_area *area = r->n_areas ? r->area : &all;
	unsigned n = r->n_areas ? r->n_areas : 1;
	struct vfio_pci_bar *b = &v->bar[bar];
	uint64_t covered = 0;

	if (!r->mappable || v->pci.bar[bar].kind == PCI_BAR_IO)
		return;
	for (unsigned i = 0; i < n; i++) {
		void *p;

		if (!area[i].size || !IS_ALIGNED(area[i].off | area[i].size, PAGE) ||
		    area[i].off > r->size || area[i].size > r->size - area[i].off)
			continue;
		p = v->dev->ops->map(v->dev, VFIO_BAR0 + bar, area[i].off, area[i].size);
		if (!p)
			continue;
		b->hva[b->n_areas] = p;
		b->area[b->n_areas++] = area[i];
		covered += area[i].size;
	}
	b->covered = covered == r->size;
}

int vfio_bar_init(struct vfio_pci *v)
{
	for (unsigned i = 0; i < PCI_BARS; i++) {
		uint32_t reg = get_le32(v->pci.val + PCI_BAR0 + 4 * i);
		uint64_t size = v->dev->region[VFIO_BAR0 + i].size;
		enum pci_bar_kind kind = PCI_BAR_MEM32;

		v->bar[i].owner = v;
		v->bar[i].index = i;
		put_le32(v->pci.val + PCI_BAR0 + 4 * i, 0);
		put_le32(v->pci.wmask + PCI_BAR0 + 4 * i, 0);
		if (!size)
			continue;
		if (size & (size - 1))
			return log_err(-EINVAL, "%s: BAR%u of %#llx bytes: not a power of two",
				       v->dev->name, i, (unsigned long long)size);
		if (reg & PCI_BAR_IS_IO)
			kind = PCI_BAR_IO;
		else if ((reg & PCI_BAR_IS_64) && i + 1 < PCI_BARS)
			kind = PCI_BAR_MEM64;
		pci_set_bar(&v->pci, i, kind, size,
			    kind != PCI_BAR_IO && (reg & PCI_BAR_IS_PREFETCH));
		v->bar[i].trap = (struct bus_region){ 0, size, TRAP_WIDTH, &trap_ops, "vfio bar" };
		if (kind == PCI_BAR_MEM64) {
			i++;
			v->bar[i].owner = v;
			v->bar[i].index = i;
		}
	}
	return 0;
}

void vfio_bar_fini(struct vfio_pci *v)
{
	for (unsigned i = 0; i < PCI_BARS; i++) {
		struct vfio_pci_bar *b = &v->bar[i];

		while (b->n_areas) {
			b->n_areas--;
			v->dev->ops->unmap(v->dev, b->hva[b->n_areas], b->area[b->n_areas].size);
		}
	}
}

int vfio_bar_map(struct pci_dev *d, unsigned bar)
{
	struct vfio_pci *v = container_of(d, struct vfio_pci, pci);
	struct vfio_pci_bar *b = &v->bar[bar];
	uint64_t gpa = d->bar[bar].gpa;
	int ret = 0;

	/* the device is mapped when it is first wanted, not at start-up */
	if (!b->n_areas)
		map_areas(v, bar);
	for (unsigned i = 0; i < b->n_areas; i++) {
		const struct mem_region r = {
			.gpa = gpa + b->area[i].off,
			.size = b->area[i].size,
			.hva = b->hva[i],
			.kind = MEM_KIND_MMIO,
			.readonly = !v->dev->region[VFIO_BAR0 + bar].writable,
			.name = "vfio bar",
		};

		ret = mem_map(v->mem, &r);
		if (ret) {
			while (i-- > 0)
				mem_unmap(v->mem, gpa + b->area[i].off);
			return log_err(ret, "%s: BAR%u at %#llx: %m", v->dev->name, bar,
				       (unsigned long long)gpa);
		}
	}
	if (b->covered)
		return 0;
	b->trap.base = gpa;
	ret = bus_add(bus_of(v, bar), &b->trap);
	if (ret)
		for (unsigned i = 0; i < b->n_areas; i++)
			mem_unmap(v->mem, gpa + b->area[i].off);
	return ret;
}

void vfio_bar_unmap(struct pci_dev *d, unsigned bar)
{
	struct vfio_pci *v = container_of(d, struct vfio_pci, pci);
	struct vfio_pci_bar *b = &v->bar[bar];

	for (unsigned i = 0; i < b->n_areas; i++)
		mem_unmap(v->mem, d->bar[bar].gpa + b->area[i].off);
	if (!b->covered)
		bus_remove(bus_of(v, bar), &b->trap);
}
