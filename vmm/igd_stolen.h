/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_stolen.h - graphics stolen memory, for igd.c only: its size and place, and the registers that
 * tell the driver, in config space and in BAR0.
 *
 * One reserved range holds both parts, as firmware lays them out: the GTT's (GSM, size by GGMS), and
 * behind it the data's (DSM, size by GMS, base in BDSM).
 */
#ifndef IGDVM_IGD_STOLEN_H
#define IGDVM_IGD_STOLEN_H

#include "igd.h"

/*
 * Size and place of stolen memory, GGC for the guest, and the wish for the planner. ram is the
 * guest's memory in bytes. 0 or logged -errno.
 */
int igd_stolen_decide(struct igd *g, uint64_t ram);

/*
 * The planner could not do it (err is memmap_plan()'s). 1: with stolen=auto, the host's address was
 * given up, which is logged, and another plan is worth trying. 0: stolen memory was not in the way.
 * Logged err: it was, where the user wants it.
 */
int igd_stolen_relax(struct igd *g, int err);

/* GGC, BDSM, BGSM and all their mirrors as the plan says. 0 or logged -errno. */
int igd_stolen_shadow(struct igd *g, struct vfio_pci *v, const struct memmap *map);

#endif
