// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "pci_rig.h"
#include "test.h"
#include "util.h"

struct gadget *gadget_of(struct pci_dev *d)
{
	return container_of(d, struct gadget, dev);
}

static void cfg_read(struct pci_dev *d, unsigned off, unsigned len)
{
	assert_true(len >= 1 && len <= 4 && off + len <= d->cfg_size);
	gadget_of(d)->reads++;
}

static void cfg_written(struct pci_dev *d, unsigned off, const uint8_t *data, unsigned len)
{
	struct gadget *g = gadget_of(d);

	assert_true(len >= 1 && len <= 4 && off + len <= d->cfg_size);
	g->writes++;
	g->last_off = off;
	g->last_len = len;
	memcpy(g->last, data, len);
}

static int bar_map(struct pci_dev *d, unsigned bar)
{
	assert_false(d->bar[bar].mapped);
	if (gadget_of(d)->refuse)
		return gadget_of(d)->refuse;
	gadget_of(d)->maps[bar]++;
	return 0;
}

static void bar_unmap(struct pci_dev *d, unsigned bar)
{
	assert_true(d->bar[bar].mapped);
	gadget_of(d)->unmaps[bar]++;
}

static const struct pci_ops ops = { cfg_read, cfg_written, bar_map, bar_unmap };
const struct pci_identity gadget_id = { 0x8086, 0x1234, 0x1af4, 0x5678, 0x9a };

int pci_rig_setup(void **state)
{
	static const uint8_t devfn[DEVS] = { DEVFN(2, 0), DEVFN(3, 0), DEVFN(31, 7) };
	const struct memmap_params p = { GiB, 36, NULL, 0, NULL, 0 };
	struct pci_rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	fake_irqchip_init(&rig->chip);
	if (memmap_plan(&rig->map, &p) ||
	    pci_bus_init(&rig->bus, &rig->pio, &rig->mmio, &rig->map, &rig->chip.chip))
		return -1;
	rig->high = memmap_find(&rig->map, MEM_PCI64)->gpa;
	for (unsigned i = 0; i < DEVS; i++) {
		pci_dev_init(&rig->dev[i].dev, "gadget", devfn[i], &gadget_id, 0x030001);
		rig->dev[i].dev.ops = &ops;
	}
	return 0;
}

int pci_rig_teardown(void **state)
{
	struct pci_rig *rig = *state;

	for (unsigned i = 0; i < DEVS; i++) {
		pci_remove(&rig->bus, &rig->dev[i].dev);
		for (unsigned k = 0; k < PCI_BARS_ALL; k++)
			assert_int_equal(rig->dev[i].maps[k], rig->dev[i].unmaps[k]);
	}
	pci_bus_fini(&rig->bus);
	pci_bus_fini(&rig->bus);
	assert_int_equal(rig->pio.n + rig->mmio.n, 0);
	bus_fini(&rig->pio);
	bus_fini(&rig->mmio);
	free(rig);
	return 0;
}

uint32_t rig_rd(struct pci_rig *rig, unsigned dev, unsigned off)
{
	uint8_t buf[4];

	pci_cfg_read(&rig->bus, rig->dev[dev].dev.devfn, off, buf, 4);
	return get_le32(buf);
}

void rig_wr(struct pci_rig *rig, unsigned dev, unsigned off, uint32_t value)
{
	uint8_t buf[4];

	put_le32(buf, value);
	pci_cfg_write(&rig->bus, rig->dev[dev].dev.devfn, off, buf, 4);
}

void rig_wr_bar(struct pci_rig *rig, unsigned dev, unsigned bar, uint32_t value)
{
	rig_wr(rig, dev, PCI_BAR0 + 4 * bar, value);
}

void rig_command(struct pci_rig *rig, unsigned dev, uint16_t value)
{
	pci_cfg_write(&rig->bus, rig->dev[dev].dev.devfn, PCI_COMMAND,
		      &(uint16_t){ htole16(value) }, 2);
}
