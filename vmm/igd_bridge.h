/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_bridge.h - what the GPU's driver reads of host bridge and LPC bridge, for igd.c only.
 */
#ifndef IGDVM_IGD_BRIDGE_H
#define IGDVM_IGD_BRIDGE_H

#include "igd.h"

/* Give the bridges the identities and registers that lpc= and host= ask for. */
void igd_bridge_clone(struct igd *g, struct bridges *bridges);

#endif
