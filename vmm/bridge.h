/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bridge.h - the two functions every board has: host bridge 00:00.0 and LPC bridge 00:1f.0.
 * They only exist, with ids; igd may give them those of the host.
 */
#ifndef IGDVM_BRIDGE_H
#define IGDVM_BRIDGE_H

#include "pci.h"

struct bridges {
	struct pci_dev host, lpc;
	struct pci_bus *bus;
};

/* Put both on the bus. 0 or -errno of pci_add(). */
int bridges_init(struct bridges *b, struct pci_bus *bus);
void bridges_fini(struct bridges *b);

#endif
