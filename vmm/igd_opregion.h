/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_opregion.h - which OpRegion the guest gets; used by igd.c only.
 */
#ifndef IGDVM_IGD_OPREGION_H
#define IGDVM_IGD_OPREGION_H

#include "igd.h"

/* What the option alone tells: combinations, files. 0 or logged -errno. */
int igd_opregion_check(const struct config_igd *c);
/* "live": as the command line has it. */
const char *igd_policy_name(enum opregion_policy p);

/* Decide the policy, get hold of the pages, set opregion_len (0: none). 0 or logged -errno. */
int igd_opregion_probe(struct igd *g);
/*
 * Back the plan's OpRegion range with them, or have the first access do it, and say what becomes of
 * the doorbells. 0 or logged -errno.
 */
int igd_opregion_map(struct igd *g, const struct igd_parts *p);
void igd_opregion_fini(struct igd *g);

#endif
