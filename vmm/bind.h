/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind.h - devices from their host drivers to vfio-pci, and back.
 *
 * An IOMMU group is taken whole: the device, and every other endpoint in it, because VFIO gives a
 * group to a guest only when no host driver has any of it. What was before is in a file of /run/igdvm
 * from before the first change until all is given back; a process that dies in between leaves it to
 * bind_mend(), or to the next bind_take().
 */
#ifndef IGDVM_BIND_H
#define IGDVM_BIND_H

#include "bind_state.h"

#define BIND_GROUPS_MAX 17 /* --igd and every --vfio, each in a group of its own */

/* What one process took. Only that process gives it back: not a child that it forks. */
struct bind {
	const char *root; /* "" for this host; see bind_sys.h */
	struct bind_state group[BIND_GROUPS_MAX];
	unsigned n_groups;
};

/* Nothing is taken yet. */
void bind_init(struct bind *b, const char *root);

/*
 * Take the device and its group; may be called for several. bdf is a PCI address, or a path in sysfs;
 * a mediated device needs nothing. What vfio-pci has already stays there and is not given back later.
 * force: though the host uses it. 0, or logged -errno: then all of this group is as it was.
 */
int bind_take(struct bind *b, const char *bdf, bool force);

/* All that was taken, in reverse. 0, or logged -errno: the file of what is not back remains. */
int bind_give_back(struct bind *b);

/* What was taken stays when this process ends, until bind_return(). 0, or logged -errno: given back. */
int bind_keep(struct bind *b);

/* Give back what bind_keep() or a dead process left of the device's group. 0 or logged -errno. */
int bind_return(const char *root, const char *bdf);

/* Give back what dead processes left. 0 or logged -errno. */
int bind_mend(const char *root);

#endif
