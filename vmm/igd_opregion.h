/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_opregion.h - where the guest's OpRegion comes from; used by igd.c only.
 */
#ifndef IGDVM_IGD_OPREGION_H
#define IGDVM_IGD_OPREGION_H

#include "igd.h"

/* Decide the policy, get hold of the pages, set opregion_len (0: none). 0 or logged -errno. */
int igd_opregion_probe(struct igd *g);
/* Back the plan's OpRegion range with them. 0 or logged -errno. */
int igd_opregion_map(struct igd *g, struct mem *mem, const struct memmap *map);
void igd_opregion_fini(struct igd *g);

#endif
