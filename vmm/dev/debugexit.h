/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev/debugexit.h - port 0xF4 of --debug-exit: a test that runs as the guest says how it went.
 * Source: QEMU hw/misc/debugexit.c and kvm-unit-tests' x86/run for where the port is, and that it is
 * four bytes long. There the exit code is (n << 1) | 1; here it is 64 + n.
 */
#ifndef IGDVM_DEV_DEBUGEXIT_H
#define IGDVM_DEV_DEBUGEXIT_H

#include "../bus.h"

struct stop;

#define DEBUG_EXIT_MAX 63 /* anything larger counts as this: no failure wraps around to 0 */

struct debugexit {
	struct bus_region region;
	struct stop *stop;
};

/* A write of any width stops the machine (STOP_DEBUG_EXIT). 0 or -errno of bus_add(). */
int debugexit_init(struct debugexit *d, struct bus *pio, struct stop *stop);
void debugexit_fini(struct debugexit *d, struct bus *pio);

#endif
