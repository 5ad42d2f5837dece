/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sysfs.h - small reads below /sys/bus/pci/devices: attributes, links, config bytes.
 * Silent: the caller knows what a missing file means. Source: Linux Documentation/ABI/testing/sysfs-bus-pci.
 */
#ifndef IGDVM_SYSFS_H
#define IGDVM_SYSFS_H

#include <stddef.h>
#include <stdint.h>

#include "bdf.h"

/* True when the host has the function. */
int sysfs_exists(struct bdf bdf);

/* Attribute such as "class" as a number (C syntax). 0 or -errno. */
int sysfs_number(struct bdf bdf, const char *attr, uint64_t *out);

/* Last component of link `attr` ("driver", "iommu_group"). 0, -ENOENT when absent, or -errno. */
int sysfs_link(struct bdf bdf, const char *attr, char *buf, size_t size);

/* len bytes of config space from offset off, as the hardware has them. 0 or -errno (short: -EIO). */
int sysfs_config(struct bdf bdf, unsigned off, void *buf, size_t len);

#endif
