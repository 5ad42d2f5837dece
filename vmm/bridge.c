// SPDX-License-Identifier: BSD-2-Clause
/*
 * bridge.c - host bridge and LPC bridge, by default with the ids of Q35 and ICH9, which every guest
 * knows as a virtual board's.
 */
#include "bridge.h"
#include "pci_regs.h"

static const struct pci_identity host_id = { .vendor = 0x8086, .device = 0x29c0 };
static const struct pci_identity lpc_id = { .vendor = 0x8086, .device = 0x2918, .revision = 2 };

int bridges_init(struct bridges *b, struct pci_bus *bus)
{
	int ret;

	b->bus = bus;
	pci_dev_init(&b->host, "host bridge", DEVFN(0, 0), &host_id, CLASS_HOST_BRIDGE);
	pci_dev_init(&b->lpc, "LPC bridge", DEVFN(0x1f, 0), &lpc_id, CLASS_ISA_BRIDGE);
	ret = pci_add(bus, &b->host);
	return ret ? ret : pci_add(bus, &b->lpc);
}

void bridges_fini(struct bridges *b)
{
	if (!b->bus)
		return;
	pci_remove(b->bus, &b->host);
	pci_remove(b->bus, &b->lpc);
	b->bus = NULL;
}
