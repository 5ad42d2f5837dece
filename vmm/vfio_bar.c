// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfio_bar.c - BARs of an assigned device: memslots where they can be, traps where they cannot.
 * Knows regions and the two buses; config space is vfio_pci.c's.
 *
 * A mapping is for KVM alone: igdvm never touches it, as that would be SIGBUS once the device stops
 * decoding. What igdvm has to know it reads through VFIO, which answers with an error instead.
 */
#include <errno.h>

#include "log.h"
#include "pci_regs.h"
#include "vfio_pci.h"

#define PAGE	   (4 * KiB)
#define TRAP_WIDTH 8 /* VFIO splits wider accesses itself; PCI has no wider ones */

/* Bytes of a BAR that igdvm answers for: a shadow, or a part of MSI-X. */
struct own {
	uint64_t off, len;
	const struct bar_shadow *shadow; /* NULL: MSI-X */
	unsigned part;
};

/* The next of them that shares bytes with [off, off+len), from *i on; false at the end. */
static bool next_own(const struct vfio_pci *v, unsigned bar, uint64_t off, uint64_t len,
		     unsigned *i, struct own *o)
{
	while (*i < v->n_shadows + VFIO_MSIX_PARTS) {
		unsigned k = (*i)++, owner;

		if (k < v->n_shadows) {
			*o = (struct own){ v->shadow[k].off, v->shadow[k].len, &v->shadow[k], 0 };
			owner = v->shadow[k].bar;
		} else {
			const struct bar_part *p = &v->msix_part[k - v->n_shadows];

			*o = (struct own){ p->off, p->len, NULL, k - v->n_shadows };
			owner = p->bar;
		}
		if (owner == bar && ranges_overlap(off, len, o->off, o->len))
			return true;
	}
	return false;
}

/* Those of len bytes at off that are igdvm's. */
static void read_own(const struct vfio_pci *v, const struct own *o, uint64_t off, uint8_t *out,
		     unsigned len)
{
	uint64_t from = MAX(off, o->off), to = MIN(off + len, o->off + o->len);
	unsigned n = (unsigned)(to - from);

	out += from - off;
	if (o->shadow)
		for (unsigned k = 0; k < n; k++)
			out[k] = (uint8_t)(o->shadow->value >> 8 * (from + k - o->off));
	else if (o->part == VFIO_MSIX_TABLE)
		pci_msix_table_read(&v->msix, from - o->off, out, n);
	else
		pci_msix_pba_read(&v->msix, from - o->off, out, n);
}

static void trap_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct vfio_pci_bar *b = container_of(r, struct vfio_pci_bar, trap);
	struct vfio_dev *dev = b->owner->dev;
	struct own o;
	unsigned i = 0;

	if (dev->ops->read(dev, VFIO_BAR0 + b->index, off, buf, len))
		memset(buf, 0xff, len);
	while (next_own(b->owner, b->index, off, len, &i, &o))
		read_own(b->owner, &o, off, buf, len);
}

/* Who gets the byte at off: the device, MSI-X's table, or nobody. */
enum taker { TAKER_DEVICE, TAKER_TABLE, TAKER_NOBODY };

static enum taker taker_of(const struct vfio_pci_bar *b, uint64_t off)
{
	unsigned i = 0;
	struct own o;

	if (!next_own(b->owner, b->index, off, 1, &i, &o))
		return TAKER_DEVICE;
	return !o.shadow && o.part == VFIO_MSIX_TABLE ? TAKER_TABLE : TAKER_NOBODY;
}

static void trap_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct vfio_pci_bar *b = container_of(r, struct vfio_pci_bar, trap);
	struct vfio_pci *v = b->owner;
	uint8_t data[TRAP_WIDTH];

	memcpy(data, buf, len);
	if (b->filter)
		b->filter->write(b->filter, off, data, len);
	/* runs of bytes that go the same way */
	for (unsigned i = 0, end; i < len; i = end) {
		enum taker taker = taker_of(b, off + i);

		end = i + 1;
		while (end < len && taker_of(b, off + end) == taker)
			end++;
		if (taker == TAKER_TABLE)
			pci_msix_table_write(&v->msix, off + i - v->msix_part[VFIO_MSIX_TABLE].off,
					     data + i, end - i);
		else if (taker == TAKER_NOBODY || v->dev->ops->write(v->dev, VFIO_BAR0 + b->index,
								     off + i, data + i, end - i))
			log_guest(&v->limit, "%s: write to BAR%u at %#llx was not taken",
				  v->dev->host.name, b->index, (unsigned long long)off + i);
	}
}

static const struct bus_ops trap_ops = { trap_read, trap_write };

static struct bus *bus_of(const struct vfio_pci *v, unsigned bar)
{
	return v->pci.bar[bar].kind == PCI_BAR_IO ? v->bus->pio : v->bus->mmio;
}

int vfio_pci_shadow_bar(struct vfio_pci *v, const struct bar_shadow *row)
{
	if (v->n_shadows == VFIO_SHADOWS_MAX)
		return -ENOSPC;
	v->shadow[v->n_shadows++] = *row;
	return 0;
}

/* Start of the first page in [from, to) with bytes that are igdvm's, or to. */
static uint64_t next_trapped(const struct vfio_pci *v, unsigned bar, uint64_t from, uint64_t to)
{
	unsigned i = 0;
	struct own o;

	while (next_own(v, bar, from, to - from, &i, &o))
		to = ALIGN_DOWN(MAX(from, o.off), PAGE);
	return to;
}

static void map_part(struct vfio_pci *v, unsigned bar, struct vfio_area part)
{
	struct vfio_pci_bar *b = &v->bar[bar];
	void *p;

	if (!part.size || b->n_areas == VFIO_PARTS_MAX)
		return;
	p = v->dev->ops->map(v->dev, VFIO_BAR0 + bar, part.off, part.size);
	if (!p)
		return;
	b->hva[b->n_areas] = p;
	b->area[b->n_areas++] = part;
}

/*
 * Host mappings of the parts that VFIO gives, less the pages with bytes that are igdvm's. A part that
 * fails is trapped like the rest.
 */
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
		uint64_t end = area[i].off + area[i].size;

		if (!IS_ALIGNED(area[i].off | area[i].size, PAGE) || area[i].off > r->size ||
		    area[i].size > r->size - area[i].off)
			continue;
		for (uint64_t off = area[i].off, stop; off < end; off = stop + PAGE) {
			stop = next_trapped(v, bar, off, end);
			map_part(v, bar, (struct vfio_area){ off, stop - off });
		}
	}
	for (unsigned i = 0; i < b->n_areas; i++)
		covered += b->area[i].size;
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
				       v->dev->host.name, i, (unsigned long long)size);
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

/* ---- while the guest has the BAR mapped ---- */

static void remove_slots(struct vfio_pci *v, unsigned bar)
{
	struct vfio_pci_bar *b = &v->bar[bar];

	for (unsigned i = 0; b->slots && i < b->n_areas; i++)
		mem_unmap(v->mem, v->pci.bar[bar].gpa + b->area[i].off);
	b->slots = false;
}

static int add_slots(struct vfio_pci *v, unsigned bar)
{
	struct vfio_pci_bar *b = &v->bar[bar];
	uint64_t gpa = v->pci.bar[bar].gpa;

	if (b->slots || !b->n_areas)
		return 0;
	for (unsigned i = 0; i < b->n_areas; i++) {
		const struct mem_region r = {
			.gpa = gpa + b->area[i].off,
			.size = b->area[i].size,
			.hva = b->hva[i],
			.kind = MEM_KIND_MMIO,
			.readonly = !v->dev->region[VFIO_BAR0 + bar].writable,
			.name = "vfio bar",
		};
		int ret = mem_map(v->mem, &r);

		if (ret) {
			while (i-- > 0)
				mem_unmap(v->mem, gpa + b->area[i].off);
			return log_err(ret, "%s: BAR%u at %#llx: %m", v->dev->host.name, bar,
				       (unsigned long long)gpa);
		}
	}
	b->slots = true;
	return 0;
}

static void remove_trap(struct vfio_pci *v, unsigned bar)
{
	if (v->bar[bar].trapped)
		bus_remove(bus_of(v, bar), &v->bar[bar].trap);
	v->bar[bar].trapped = false;
}

static int add_trap(struct vfio_pci *v, unsigned bar)
{
	struct vfio_pci_bar *b = &v->bar[bar];
	int ret = 0;

	if (!b->trapped) {
		b->trap.base = v->pci.bar[bar].gpa;
		ret = bus_add(bus_of(v, bar), &b->trap);
		b->trapped = !ret;
	}
	return ret;
}

/* Memslots unless the device is lost, and a trap for what they leave. */
static int follow(struct vfio_pci *v, unsigned bar)
{
	int ret = v->lost ? 0 : add_slots(v, bar);

	if (v->lost)
		remove_slots(v, bar);
	if (!ret && v->bar[bar].slots && v->bar[bar].covered)
		remove_trap(v, bar);
	else if (!ret)
		ret = add_trap(v, bar);
	return ret;
}

static int probe(struct vfio_pci *v, unsigned bar)
{
	uint8_t data[4];

	return v->dev->ops->read(v->dev, VFIO_BAR0 + bar, v->bar[bar].area[0].off, data,
				 sizeof(data));
}

static void follow_all(struct vfio_pci *v)
{
	for (unsigned i = 0; i < PCI_BARS; i++)
		if (v->pci.bar[i].mapped && follow(v, i))
			log_guest(&v->limit, "%s: BAR%u is neither mapped nor trapped",
				  v->dev->host.name, i);
}

bool vfio_bar_mend(struct vfio_pci *v)
{
	for (unsigned i = 0; i < PCI_BARS; i++) {
		int ret = v->bar[i].slots ? probe(v, i) : 0;

		if (!ret)
			continue;
		/* the first time; a guest may be able to make it happen again and again */
		if (!v->times_lost++)
			log_warn("%s: BAR%u does not answer (%s): the device lost memory decoding "
				 "or power; the guest reads all ones until it enables it again",
				 v->dev->host.name, i, strerror(-ret));
		v->lost = true;
		follow_all(v);
		return true;
	}
	return false;
}

int vfio_bar_map(struct pci_dev *d, unsigned bar)
{
	struct vfio_pci *v = container_of(d, struct vfio_pci, pci);
	struct vfio_pci_bar *b = &v->bar[bar];
	int ret;

	/* the device is mapped when it is first wanted, not at start-up */
	if (!b->n_areas)
		map_areas(v, bar);
	if (v->lost && b->n_areas && !probe(v, bar)) {
		log_guest(&v->limit, "%s: it answers again", v->dev->host.name);
		v->lost = false;
		follow_all(v);
	}
	ret = follow(v, bar);
	if (ret)
		vfio_bar_unmap(d, bar);
	return ret;
}

void vfio_bar_unmap(struct pci_dev *d, unsigned bar)
{
	struct vfio_pci *v = container_of(d, struct vfio_pci, pci);

	remove_slots(v, bar);
	remove_trap(v, bar);
}
