/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_member.h - one PCI function from its driver to vfio-pci, and back.
 */
#ifndef IGDVM_BIND_MEMBER_H
#define IGDVM_BIND_MEMBER_H

#include "bind_state.h"

#define BIND_DRIVER "vfio-pci"

/* Its driver_override, "" for none. 0 or logged -errno: what could not be put back is no text. */
int bind_member_override(const struct sysfs_dev *d, char *text, size_t size);

/* Afterwards vfio-pci has it. 0 or logged -errno, and it may be anywhere in between. */
int bind_member_take(const struct bind_member *m, const char *root);

/*
 * From anywhere in between to what m says was before. A driver that is neither vfio-pci nor the one
 * from before keeps it, with a warning: somebody meant it. 0 or logged -errno.
 */
int bind_member_restore(const struct bind_member *m, const char *root);

#endif
