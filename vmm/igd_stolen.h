/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_stolen.h - graphics stolen memory, for igd.c only: its size and place, and the registers that
 * tell the driver, in config space and in BAR0.
 */
#ifndef IGDVM_IGD_STOLEN_H
#define IGDVM_IGD_STOLEN_H

#include "igd.h"

/* Size of stolen memory, GGC for the guest, and the wish for the planner. 0 or logged -errno. */
int igd_stolen_decide(struct igd *g, uint64_t ram);

/* GGC, BDSM and their mirrors as the plan says. 0 or logged -errno. */
int igd_stolen_shadow(struct igd *g, struct vfio_pci *v, const struct memmap *map);

#endif
