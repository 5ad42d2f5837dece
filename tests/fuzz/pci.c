// SPDX-License-Identifier: BSD-2-Clause
/*
 * pci.c - any accesses to config space, and to an MSI-X table behind a BAR.
 *
 * An input is a list of (what, where, value). Three functions with BARs of all kinds are on the bus, one has MSI-X. BARs
 * may be mapped inside the windows only, and never one over another.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "irq.h"
#include "layout.h"
#include "memmap.h"
#include "pci.h"
#include "pci_regs.h"
#include "util.h"

#define DEVS  3
#define ENTRY 8 /* bytes of one access in the input */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct bench {
	struct bus pio, mmio;
	struct memmap map;
	struct pci_bus bus;
	struct pci_dev dev[DEVS];
	bool mapped[DEVS][PCI_BARS_ALL];
} b;

static int set_line(struct irqchip *c, uint32_t gsi, bool level)
{
	(void)c;
	(void)gsi;
	(void)level;
	return 0;
}

static const struct irqchip_ops chip_ops = { .set_line = set_line };
static struct irqchip chip = { &chip_ops };

/* Inside one of the plan's windows for BARs. */
static bool in_window(uint64_t gpa, uint64_t size)
{
	for (size_t i = 0; i < b.map.n; i++) {
		const struct mem_range *r = &b.map.range[i];

		if ((r->type == MEM_PCI32 || r->type == MEM_PCI64) && gpa >= r->gpa &&
		    gpa - r->gpa <= r->size && size <= r->size - (gpa - r->gpa))
			return true;
	}
	return false;
}

static int bar_map(struct pci_dev *d, unsigned bar)
{
	size_t n = (size_t)(d - b.dev);
	const struct pci_bar *p = &d->bar[bar];

	if (b.mapped[n][bar] || (p->kind != PCI_BAR_IO && !in_window(p->gpa, p->size)))
		abort();
	b.mapped[n][bar] = true;
	return 0;
}

static void bar_unmap(struct pci_dev *d, unsigned bar)
{
	size_t n = (size_t)(d - b.dev);

	if (!b.mapped[n][bar])
		abort();
	b.mapped[n][bar] = false;
}

static const struct pci_ops ops = { .bar_map = bar_map, .bar_unmap = bar_unmap };

static void build(void)
{
	static const struct pci_identity id = { 0x8086, 0x1234, 0x1af4, 0x5678, 1 };
	static const uint8_t devfn[DEVS] = { DEVFN(2, 0), DEVFN(3, 0), DEVFN(31, 7) };
	const struct memmap_params p = { GiB, 36, NULL, 0, NULL, 0 };

	memset(&b, 0, sizeof(b));
	if (memmap_plan(&b.map, &p) || pci_bus_init(&b.bus, &b.pio, &b.mmio, &b.map, &chip))
		abort();
	for (unsigned i = 0; i < DEVS; i++) {
		pci_dev_init(&b.dev[i], "gadget", devfn[i], &id, 0x030000);
		b.dev[i].ops = &ops;
		pci_set_bar(&b.dev[i], 0, PCI_BAR_MEM64, 4 * MiB << i, i & 1);
		pci_set_bar(&b.dev[i], 2, PCI_BAR_MEM32, 4096, false);
		pci_set_bar(&b.dev[i], 4, PCI_BAR_IO, 64, false);
		pci_set_intx(&b.dev[i], 1);
		pci_add_cap(&b.dev[i], 0x40, 0x09);
		if (pci_add(&b.bus, &b.dev[i]))
			abort();
	}
	if (pci_assign_bars(&b.bus))
		abort();
}

static void access_once(const uint8_t *e)
{
	static const unsigned sizes[] = { 1, 2, 4, 4 };
	unsigned len = sizes[e[0] >> 6], port = 0xcf8 + (e[0] >> 3 & 7);
	uint8_t data[4] = { 0 };
	uint64_t ecam = LAYOUT_ECAM + ((uint64_t)e[1] << 12) + (get_le16(e + 2) & 0xfff);

	memcpy(data, e + 4, 4);
	switch (e[0] & 7) {
	case 0:
		bus_write(&b.pio, port, data, len);
		break;
	case 1:
		bus_read(&b.pio, port, data, len);
		break;
	case 2:
		bus_write(&b.mmio, ecam, data, len);
		break;
	case 3:
		bus_read(&b.mmio, ecam, data, len);
		break;
	case 4: /* an address that most often is a function's */
		put_le32(data,
			 0x80000000 | (uint32_t)b.dev[e[1] % DEVS].devfn << 8 | (e[2] & 0xfc));
		bus_write(&b.pio, 0xcf8, data, 4);
		memcpy(data, e + 4, 4);
		bus_write(&b.pio, 0xcfc + (e[3] & 3), data, len);
		break;
	case 5:
		pci_cfg_write(&b.bus, b.dev[e[1] % DEVS].devfn, get_le16(e + 2) & 0xffc, data, 4);
		break;
	default: /* BARs and COMMAND, which move things */
		pci_cfg_write(&b.bus, b.dev[e[1] % DEVS].devfn, PCI_BAR0 + 4 * (e[2] % 6), data, 4);
		put_le16(data, e[3]);
		pci_cfg_write(&b.bus, b.dev[e[1] % DEVS].devfn, PCI_COMMAND, data, 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len < ENTRY || len > 512 * ENTRY)
		return -1;
	build();
	for (size_t at = 0; at + ENTRY <= len; at += ENTRY)
		access_once(bytes + at);
	for (unsigned i = 0; i < DEVS; i++) {
		pci_remove(&b.bus, &b.dev[i]);
		for (unsigned k = 0; k < PCI_BARS_ALL; k++)
			if (b.mapped[i][k])
				abort();
	}
	pci_bus_fini(&b.bus);
	bus_fini(&b.pio);
	bus_fini(&b.mmio);
	return 0;
}
