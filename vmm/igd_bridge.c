// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_bridge.c - the platform around the GPU: drivers find the PCH by the LPC bridge's ids.
 * Knows the bridges' config space as VFIO shows the host's; must not know OpRegion or KVM.
 */
#include <errno.h>

#include "bridge.h"
#include "igd_bridge.h"
#include "igd_regs.h"
#include "log.h"
#include "pci_regs.h"
#include "vfio.h"

/* Give a bridge the host's ids, from the copy of its config space that VFIO has. */
static void clone_bridge(struct igd *g, uint32_t subtype, struct pci_dev *bridge)
{
	int region = vfio_find_region(g->dev, VFIO_INTEL_TYPE, subtype);
	uint8_t cfg[PCI_HEADER_SIZE];
	struct pci_identity id;

	if (region < 0 || g->dev->ops->read(g->dev, (unsigned)region, 0, cfg, sizeof(cfg))) {
		log_warn("%s: VFIO does not show the host's %s, the guest gets a generic one and "
			 "must guess the platform",
			 g->host.name, bridge->name);
		return;
	}
	pci_get_identity(cfg, &id);
	pci_set_identity(bridge, &id);
	log_debug("%s: %s is %04x:%04x", g->host.name, bridge->name, id.vendor, id.device);
}

void igd_bridge_clone(struct igd *g, struct bridges *bridges)
{
	if (g->config.lpc == LPC_CLONE) {
		clone_bridge(g, VFIO_INTEL_HOST_CFG, &bridges->host);
		clone_bridge(g, VFIO_INTEL_LPC_CFG, &bridges->lpc);
	}
}
