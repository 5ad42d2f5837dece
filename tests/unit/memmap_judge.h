/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memmap_judge.h - what is true of any plan of guest memory. Shares no code with the planner.
 */
#ifndef IGDVM_MEMMAP_JUDGE_H
#define IGDVM_MEMMAP_JUDGE_H

#include "memmap.h"

extern char what[512]; /* the case at hand, for messages */

#define must(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond))                                                                       \
			fail_msg("%s; not true: %s", what, #cond);                                 \
	} while (0)

/* Fail the test unless map is a plan for p. */
void judge_plan(const struct memmap *map, const struct memmap_params *p);

/* What memmap_plan() has to say of the wishes with an address, taken one by one; 0: nothing. */
int judge_exact_wishes(const struct memmap_params *p);

#endif
