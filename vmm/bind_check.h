/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_check.h - what the host uses must not be taken from under it.
 */
#ifndef IGDVM_BIND_CHECK_H
#define IGDVM_BIND_CHECK_H

#include "bind_state.h"

/*
 * Whether the host can do without the members of s that it still has: no active virtual functions;
 * and unless force, not the only lit display, no disk in use, no network card that is up, no bridge's
 * driver. 0 or logged -EBUSY.
 */
int bind_check(const struct bind_state *s, const char *root, bool force);

/* A bridge that leads to a bus: VFIO leaves those with the host, and so do we. */
bool bind_check_is_bus_bridge(const struct sysfs_dev *d);

/* A host, ISA or other bridge that is an endpoint: taken only from a driver, never from none. */
bool bind_check_is_bridge(const struct sysfs_dev *d);

/* True when a program has the group open. */
bool bind_check_group_open(const char *group, const char *root);

#endif
