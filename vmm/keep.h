/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keep.h - what outlives one machine where several follow each other (--on-reboot restart), or where
 * something is to be cleared away behind it.
 *
 * Opened before the first of them, by the process that starts their processes. Each machine takes copies.
 */
#ifndef IGDVM_KEEP_H
#define IGDVM_KEEP_H

#include <sys/types.h>

#include "config.h"
#include "loader.h"

#define KEEP_OUTPUTS 3 /* --serial, --console, --debugcon */

struct keep {
	const struct config *config;
	struct loader
		loader; /* kernel and initrd as they were at the start, one can be standard input */
	int fs[CONFIG_FS_MAX];	  /* connections of --fs: a back end serves one and ends */
	int output[KEEP_OUTPUTS]; /* FIFOs, whose readers shall see no end in between; or -1 */
	int control;		  /* the socket of --control, or -1 */
	bool control_is_ours;	  /* else it was passed, and who did so takes it away */
	pid_t owner;		  /* the process that holds all this */
};

/* 0, or the exit code of what failed (it was logged). Then keep_close() too. */
int keep_open(struct keep *k, const struct config *c);
void keep_close(struct keep *k);

/* Before another machine: connect anew to back ends that are gone. 0, or the exit code; logged. */
int keep_refresh(struct keep *k);

#endif
