/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_rig.h - a PCI bus and three functions that count what happens to them. For the tests of pci.
 */
#ifndef IGDVM_PCI_RIG_H
#define IGDVM_PCI_RIG_H

#include "fakes.h"
#include "layout.h"
#include "memmap.h"
#include "pci.h"
#include "pci_regs.h"

#define LOW  LAYOUT_PCI32
#define DEVS 3

/* A function that counts what happens to its BARs. */
struct gadget {
	struct pci_dev dev;
	unsigned maps[PCI_BARS_ALL], unmaps[PCI_BARS_ALL];
	int refuse; /* what bar_map returns */
	unsigned reads, writes, last_off, last_len;
	uint8_t last[4];
};

struct pci_rig {
	struct bus pio, mmio;
	struct memmap map;
	struct fake_irqchip chip;
	struct pci_bus bus;
	struct gadget dev[DEVS]; /* 00:02.0, 00:03.0, 00:1f.7 */
	uint64_t high;		 /* window above RAM */
};

extern const struct pci_identity gadget_id;
struct gadget *gadget_of(struct pci_dev *d);

/* For cmocka. No function is on the bus yet; teardown sees that every BAR was unmapped. */
int pci_rig_setup(void **state);
int pci_rig_teardown(void **state);
#define PCI_TEST(f) cmocka_unit_test_setup_teardown(f, pci_rig_setup, pci_rig_teardown)

/* Dwords of the config space of function number dev, as the guest reads and writes them. */
uint32_t rig_rd(struct pci_rig *rig, unsigned dev, unsigned off);
void rig_wr(struct pci_rig *rig, unsigned dev, unsigned off, uint32_t value);
void rig_wr_bar(struct pci_rig *rig, unsigned dev, unsigned bar, uint32_t value);
void rig_command(struct pci_rig *rig, unsigned dev, uint16_t value);

#endif
