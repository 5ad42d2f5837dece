/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_bridge.h - what the GPU's driver reads of host bridge and LPC bridge, for igd.c only.
 */
#ifndef IGDVM_IGD_BRIDGE_H
#define IGDVM_IGD_BRIDGE_H

#include "igd.h"

/*
 * Give the bridges the identities and registers that lpc= and host= ask for, once the guest's stolen
 * memory has its place. What the host does not show is said and left generic.
 */
void igd_bridge_clone(struct igd *g, struct bridges *bridges, const struct memmap *map);

#endif
