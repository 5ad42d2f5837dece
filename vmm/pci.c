// SPDX-License-Identifier: BSD-2-Clause
/*
 * pci.c - config space and BARs of bus 0.
 * Knows masks, windows and the order of BAR changes; must not know any device or VFIO.
 */
#include <errno.h>

#include "layout.h"
#include "memmap.h"
#include "pci.h"
#include "pci_regs.h"

#define ADDR_ENABLE BIT(31) /* 0xCF8: config access through 0xCFC is on */

static void set_bytes(struct pci_dev *d, unsigned off, unsigned len, uint64_t val, uint64_t wmask)
{
	put_le(d->val + off, len, val);
	put_le(d->wmask + off, len, wmask);
}

void pci_dev_init(struct pci_dev *d, const char *name, uint8_t devfn, const struct pci_identity *id,
		  uint32_t class_code)
{
	*d = (struct pci_dev){ .name = name, .devfn = devfn, .cfg_size = PCI_CFG_SIZE };
	pci_set_identity(d, id);
	set_bytes(d, PCI_CLASS, 3, class_code, 0);
	set_bytes(d, PCI_COMMAND, 2, 0,
		  PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
			  PCI_COMMAND_SERR | PCI_COMMAND_INTX_OFF);
	set_bytes(d, PCI_CACHE_LINE, 1, 0, 0xff);
	set_bytes(d, PCI_LATENCY, 1, 0, 0xff);
	set_bytes(d, PCI_INT_LINE, 1, 0, 0xff);
}

void pci_set_identity(struct pci_dev *d, const struct pci_identity *id)
{
	set_bytes(d, PCI_VENDOR, 2, id->vendor, 0);
	set_bytes(d, PCI_DEVICE, 2, id->device, 0);
	set_bytes(d, PCI_REVISION, 1, id->revision, 0);
	set_bytes(d, PCI_SUBVENDOR, 2, id->subvendor, 0);
	set_bytes(d, PCI_SUBDEVICE, 2, id->subdevice, 0);
}

void pci_get_identity(const uint8_t *cfg, struct pci_identity *id)
{
	id->vendor = get_le16(cfg + PCI_VENDOR);
	id->device = get_le16(cfg + PCI_DEVICE);
	id->revision = cfg[PCI_REVISION];
	id->subvendor = get_le16(cfg + PCI_SUBVENDOR);
	id->subdevice = get_le16(cfg + PCI_SUBDEVICE);
}

static unsigned bar_register(unsigned bar)
{
	return bar == PCI_ROM_BAR ? PCI_ROM : PCI_BAR0 + 4 * bar;
}

void pci_set_bar(struct pci_dev *d, unsigned bar, enum pci_bar_kind kind, uint64_t size,
		 bool prefetch)
{
	unsigned off = bar_register(bar);
	uint32_t flags = prefetch ? PCI_BAR_IS_PREFETCH : 0;

	d->bar[bar] = (struct pci_bar){ .kind = kind, .size = size, .prefetch = prefetch };
	switch (kind) {
	case PCI_BAR_NONE:
		break;
	case PCI_BAR_IO:
		set_bytes(d, off, 4, PCI_BAR_IS_IO, ~(size - 1) & PCI_BAR_IO_MASK);
		break;
	case PCI_BAR_MEM32:
		set_bytes(d, off, 4, flags, ~(size - 1) & PCI_BAR_MEM_MASK);
		break;
	case PCI_BAR_MEM64:
		set_bytes(d, off, 8, flags | PCI_BAR_IS_64, ~(size - 1) & PCI_BAR_MEM_MASK);
		break;
	case PCI_BAR_ROM:
		set_bytes(d, off, 4, 0, (~(size - 1) & PCI_ROM_MASK) | PCI_ROM_ENABLE);
		break;
	}
}

void pci_add_cap(struct pci_dev *d, uint8_t off, uint8_t id)
{
	d->val[off] = id;
	d->val[off + PCI_CAP_NEXT] = d->val[PCI_CAP_POINTER];
	d->val[PCI_CAP_POINTER] = off;
	d->val[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
}

uint32_t pci_gsi(uint8_t dev, uint8_t pin)
{
	return LAYOUT_GSI_PCI + (dev + pin - 1u) % LAYOUT_GSI_PCI_COUNT;
}

void pci_set_intx(struct pci_dev *d, uint8_t pin)
{
	d->val[PCI_INT_PIN] = pin;
	d->val[PCI_INT_LINE] = pin ? (uint8_t)pci_gsi(d->devfn >> 3, pin) : 0;
}

static void update_line(struct pci_bus *b, const struct irq_line *line)
{
	bool level = false;

	for (unsigned i = 0; i < ARRAY_SIZE(b->dev); i++) {
		const struct pci_dev *d = b->dev[i];

		if (d && d->intx_level && d->intx.gsi == line->gsi &&
		    !(get_le16(d->val + PCI_COMMAND) & PCI_COMMAND_INTX_OFF))
			level = true;
	}
	irq_set(line, level);
}

void pci_intx(struct pci_bus *b, struct pci_dev *d, bool level)
{
	if (d->intx_level == level)
		return;
	d->intx_level = level;
	d->val[PCI_STATUS] = (uint8_t)((d->val[PCI_STATUS] & ~PCI_STATUS_INTERRUPT) |
				       (level ? PCI_STATUS_INTERRUPT : 0));
	update_line(b, &d->intx);
}

/* ---- BARs ---- */

static uint64_t bar_address(const struct pci_dev *d, unsigned bar)
{
	const uint8_t *reg = d->val + bar_register(bar);

	switch (d->bar[bar].kind) {
	case PCI_BAR_NONE:
		break;
	case PCI_BAR_IO:
		return get_le32(reg) & PCI_BAR_IO_MASK & 0xffffffff;
	case PCI_BAR_MEM32:
		return get_le32(reg) & PCI_BAR_MEM_MASK & 0xffffffff;
	case PCI_BAR_MEM64:
		return get_le64(reg) & PCI_BAR_MEM_MASK;
	case PCI_BAR_ROM:
		return get_le32(reg) & PCI_ROM_MASK;
	}
	return 0;
}

/* True when the whole BAR lies where BARs may: never on RAM, the interrupt controllers, ECAM. */
static bool in_window(const struct pci_bus *b, const struct pci_bar *bar, uint64_t addr)
{
	const struct mem_range *r;

	if (bar->kind == PCI_BAR_IO)
		return addr >= LAYOUT_PCI_IO && bar->size <= LAYOUT_PCI_IO_SIZE &&
		       addr - LAYOUT_PCI_IO <= LAYOUT_PCI_IO_SIZE - bar->size;
	r = memmap_at(b->map, addr);
	return r && mem_traits[r->type].pci_window && bar->size <= r->size &&
	       addr - r->gpa <= r->size - bar->size;
}

/* True when another mapped BAR of the same space is in the way. */
static bool occupied(const struct pci_bus *b, const struct pci_bar *bar, uint64_t addr)
{
	for (unsigned i = 0; i < ARRAY_SIZE(b->dev); i++) {
		for (unsigned k = 0; b->dev[i] && k < PCI_BARS_ALL; k++) {
			const struct pci_bar *o = &b->dev[i]->bar[k];

			if (o->mapped && o != bar &&
			    (o->kind == PCI_BAR_IO) == (bar->kind == PCI_BAR_IO) &&
			    ranges_overlap(o->gpa, o->size, addr, bar->size))
				return true;
		}
	}
	return false;
}

static bool decoding(const struct pci_dev *d, const struct pci_bar *bar)
{
	uint16_t command = get_le16(d->val + PCI_COMMAND);

	if (bar->kind == PCI_BAR_NONE)
		return false;
	if (bar->kind == PCI_BAR_ROM && !(d->val[PCI_ROM] & PCI_ROM_ENABLE))
		return false;
	return command & (bar->kind == PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY);
}

/* Unmap what no longer answers where it did. True when something was unmapped. */
static bool unmap_stale(struct pci_dev *d)
{
	bool any = false;

	for (unsigned i = 0; i < PCI_BARS_ALL; i++) {
		struct pci_bar *bar = &d->bar[i];

		if (!bar->mapped || (decoding(d, bar) && bar_address(d, i) == bar->gpa))
			continue;
		d->ops->bar_unmap(d, i);
		bar->mapped = false;
		any = true;
	}
	return any;
}

static void map_wanted(struct pci_bus *b, struct pci_dev *d)
{
	for (unsigned i = 0; i < PCI_BARS_ALL; i++) {
		struct pci_bar *bar = &d->bar[i];
		uint64_t addr = bar_address(d, i);

		if (bar->mapped || !decoding(d, bar) || !d->ops)
			continue;
		if (!in_window(b, bar, addr) || occupied(b, bar, addr)) {
			log_guest(&b->limit, "%s BAR%u at %#llx: no place for it, not mapped",
				  d->name, i, (unsigned long long)addr);
			continue;
		}
		bar->gpa = addr;
		bar->mapped = !d->ops->bar_map(d, i);
	}
}

/* The room that d left may be what another function waits for. */
static void map_others(struct pci_bus *b, const struct pci_dev *d)
{
	for (unsigned i = 0; i < ARRAY_SIZE(b->dev); i++)
		if (b->dev[i] && b->dev[i] != d)
			map_wanted(b, b->dev[i]);
}

void pci_update_bars(struct pci_bus *b, struct pci_dev *d)
{
	bool freed = unmap_stale(d);

	map_wanted(b, d);
	if (freed)
		map_others(b, d);
}

/* ---- placement before the guest starts ---- */

enum room_kind { ROOM_IO, ROOM_LOW, ROOM_HIGH };

/* Free room: a window at first; each BAR splits what it is put into. */
struct rooms {
	struct room {
		enum room_kind kind;
		uint64_t gpa, size;
	} room[1 + MEMMAP_RANGES_MAX + 256 * PCI_BARS_ALL];
	size_t n;
};

static void add_room(struct rooms *rooms, enum room_kind kind, uint64_t gpa, uint64_t size)
{
	rooms->room[rooms->n++] = (struct room){ kind, gpa, size };
}

/* An address for size bytes in the smallest room that has one; 0 when none has. */
static uint64_t take(struct rooms *rooms, enum room_kind kind, uint64_t size)
{
	struct room *best = NULL;
	uint64_t gpa, end;

	for (size_t i = 0; i < rooms->n; i++) {
		struct room *r = &rooms->room[i];
		uint64_t skip = ALIGN_UP(r->gpa, size) - r->gpa;

		if (r->kind == kind && skip <= r->size && r->size - skip >= size &&
		    (!best || r->size < best->size))
			best = r;
	}
	if (!best)
		return 0;
	gpa = ALIGN_UP(best->gpa, size);
	end = best->gpa + best->size;
	best->size = gpa - best->gpa;
	add_room(rooms, kind, gpa + size, end - gpa - size);
	return gpa;
}

static int assign_one(struct pci_dev *d, unsigned i, struct rooms *rooms)
{
	const struct pci_bar *bar = &d->bar[i];
	uint8_t *reg = d->val + bar_register(i);
	uint64_t addr = take(rooms, bar->kind == PCI_BAR_IO ? ROOM_IO : ROOM_LOW, bar->size);

	if (!addr && bar->kind == PCI_BAR_MEM64)
		addr = take(rooms, ROOM_HIGH, bar->size);
	if (!addr)
		return log_err(-ENOSPC,
			       "%s: BAR%u of %#llx bytes does not fit in the guest's PCI window",
			       d->name, i, (unsigned long long)bar->size);
	if (bar->kind == PCI_BAR_MEM64)
		put_le64(reg, addr | (get_le32(reg) & 0xf));
	else
		put_le32(reg, (uint32_t)(addr | (get_le32(reg) & 0xf)));
	return 0;
}

int pci_assign_bars(struct pci_bus *b)
{
	struct rooms rooms = { .n = 0 };

	add_room(&rooms, ROOM_IO, LAYOUT_PCI_IO, LAYOUT_PCI_IO_SIZE);
	for (size_t i = 0; i < b->map->n; i++) {
		const struct mem_range *r = &b->map->range[i];

		if (mem_traits[r->type].pci_window)
			add_room(&rooms, r->gpa < LAYOUT_4GIB ? ROOM_LOW : ROOM_HIGH, r->gpa,
				 r->size);
	}
	/* largest first: a small one is never in the only place for a large one */
	for (int bit = 63; bit >= 0; bit--) {
		for (unsigned i = 0; i < ARRAY_SIZE(b->dev); i++) {
			for (unsigned k = 0; b->dev[i] && k < PCI_BARS_ALL; k++) {
				int ret;

				if (b->dev[i]->bar[k].size != BIT(bit))
					continue;
				ret = assign_one(b->dev[i], k, &rooms);
				if (ret)
					return ret;
			}
		}
	}
	for (unsigned i = 0; i < ARRAY_SIZE(b->dev); i++)
		if (b->dev[i])
			pci_update_bars(b, b->dev[i]);
	return 0;
}

/* ---- config space ---- */

void pci_cfg_read(struct pci_bus *b, uint8_t devfn, unsigned off, void *buf, unsigned len)
{
	struct pci_dev *d = b->dev[devfn];

	memset(buf, 0xff, len);
	if (!d || len > 4 || off + len > d->cfg_size)
		return;
	if (d->ops && d->ops->cfg_read)
		d->ops->cfg_read(d, off, len);
	memcpy(buf, d->val + off, len);
}

void pci_cfg_write(struct pci_bus *b, uint8_t devfn, unsigned off, const void *buf, unsigned len)
{
	struct pci_dev *d = b->dev[devfn];
	uint8_t data[4];

	if (!d || len > sizeof(data) || off + len > d->cfg_size)
		return;
	memcpy(data, buf, len);
	for (unsigned i = 0; i < len; i++) {
		uint8_t *val = &d->val[off + i];

		*val = (uint8_t)((*val & ~d->wmask[off + i]) | (data[i] & d->wmask[off + i]));
		*val &= (uint8_t) ~(data[i] & d->w1c[off + i]);
	}
	if (ranges_overlap(off, len, PCI_COMMAND, 2) ||
	    ranges_overlap(off, len, PCI_BAR0, 4 * PCI_BARS) ||
	    ranges_overlap(off, len, PCI_ROM, 4))
		pci_update_bars(b, d);
	if (d->intx_level && ranges_overlap(off, len, PCI_COMMAND, 2))
		update_line(b, &d->intx);
	if (d->ops && d->ops->cfg_written)
		d->ops->cfg_written(d, off, data, len);
}

static void addr_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct pci_bus *b = container_of(r, struct pci_bus, addr_port);

	/* only a dword is this register's; smaller accesses belong to nobody (PCI 3.2.2.3.2) */
	memset(buf, 0xff, len);
	if (off == 0 && len == 4)
		put_le32(buf, b->addr);
}

static void addr_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct pci_bus *b = container_of(r, struct pci_bus, addr_port);

	if (off == 0 && len == 4)
		b->addr = get_le32(buf) & 0x80fffffc;
}

/* Bus 0's function that 0xCF8 points at, and the register; false when there is none. */
static bool selected(const struct pci_bus *b, uint64_t off, uint8_t *devfn, unsigned *reg)
{
	*devfn = (uint8_t)(b->addr >> 8);
	*reg = (b->addr & 0xfc) + (unsigned)off;
	return (b->addr & ADDR_ENABLE) && ((b->addr >> 16) & 0xff) == 0;
}

static void data_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct pci_bus *b = container_of(r, struct pci_bus, data_port);
	unsigned reg;
	uint8_t devfn;

	memset(buf, 0xff, len);
	if (selected(b, off, &devfn, &reg))
		pci_cfg_read(b, devfn, reg, buf, len);
}

static void data_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct pci_bus *b = container_of(r, struct pci_bus, data_port);
	unsigned reg;
	uint8_t devfn;

	if (selected(b, off, &devfn, &reg))
		pci_cfg_write(b, devfn, reg, buf, len);
}

/* ECAM: bits 11:0 register, 19:12 devfn, above that the bus (LAYOUT_ECAM_BUSES of them: bus 0) */
static void ecam_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct pci_bus *b = container_of(r, struct pci_bus, ecam);

	pci_cfg_read(b, (uint8_t)(off >> 12), off & 0xfff, buf, len);
}

static void ecam_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct pci_bus *b = container_of(r, struct pci_bus, ecam);

	pci_cfg_write(b, (uint8_t)(off >> 12), off & 0xfff, buf, len);
}

static const struct bus_ops addr_ops = { addr_read, addr_write };
static const struct bus_ops data_ops = { data_read, data_write };
static const struct bus_ops ecam_ops = { ecam_read, ecam_write };

int pci_bus_init(struct pci_bus *b, struct bus *pio, struct bus *mmio, const struct memmap *map,
		 struct irqchip *chip)
{
	int ret;

	*b = (struct pci_bus){ .pio = pio, .mmio = mmio, .map = map, .chip = chip };
	b->addr_port = (struct bus_region){ LAYOUT_PORT_PCI_ADDR, 4, 4, &addr_ops, "pci address" };
	b->data_port = (struct bus_region){ LAYOUT_PORT_PCI_DATA, 4, 4, &data_ops, "pci data" };
	b->ecam = (struct bus_region){ LAYOUT_ECAM, LAYOUT_ECAM_SIZE, 4, &ecam_ops, "ecam" };
	ret = bus_add(pio, &b->addr_port);
	if (!ret)
		ret = bus_add(pio, &b->data_port);
	if (!ret)
		ret = bus_add(mmio, &b->ecam);
	if (ret) {
		pci_bus_fini(b);
		return log_err(ret, "PCI: ports and ECAM: %m");
	}
	return 0;
}

void pci_bus_fini(struct pci_bus *b)
{
	if (!b->pio)
		return;
	bus_remove(b->pio, &b->addr_port);
	bus_remove(b->pio, &b->data_port);
	bus_remove(b->mmio, &b->ecam);
	b->pio = NULL;
}

static void mark_functions(struct pci_bus *b, uint8_t devfn)
{
	struct pci_dev **slot = &b->dev[devfn & ~7u];
	unsigned n = 0;

	for (unsigned fn = 0; fn < 8; fn++)
		n += slot[fn] != NULL;
	for (unsigned fn = 0; fn < 8; fn++) {
		uint8_t *header = slot[fn] ? &slot[fn]->val[PCI_HEADER] : NULL;

		if (header)
			*header = (uint8_t)((*header & ~PCI_HEADER_MULTI) |
					    (n > 1 ? PCI_HEADER_MULTI : 0));
	}
}

int pci_add(struct pci_bus *b, struct pci_dev *d)
{
	uint8_t pin = d->val[PCI_INT_PIN];

	if (b->dev[d->devfn])
		return -EEXIST;
	if (pin)
		d->intx = (struct irq_line){ b->chip, pci_gsi(d->devfn >> 3, pin) };
	b->dev[d->devfn] = d;
	mark_functions(b, d->devfn);
	return 0;
}

void pci_remove(struct pci_bus *b, struct pci_dev *d)
{
	bool freed = false;

	if (b->dev[d->devfn] != d)
		return;
	for (unsigned i = 0; i < PCI_BARS_ALL; i++) {
		if (d->bar[i].mapped)
			d->ops->bar_unmap(d, i);
		freed |= d->bar[i].mapped;
		d->bar[i].mapped = false;
	}
	pci_intx(b, d, false);
	b->dev[d->devfn] = NULL;
	mark_functions(b, d->devfn);
	if (freed)
		map_others(b, d);
}
