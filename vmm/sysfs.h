/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sysfs.h - small reads in the sysfs directory of a device: attributes, links, config bytes; and writes.
 *
 * The directory is a PCI function's, a mediated device's, or one that `igdvm record` wrote.
 * Silent: the caller knows what a missing file means. Sources: Linux
 * Documentation/ABI/testing/sysfs-bus-pci, Documentation/driver-api/vfio-mediated-device.rst.
 */
#ifndef IGDVM_SYSFS_H
#define IGDVM_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYSFS_NAME_MAX 40
#define SYSFS_DIR_MAX  256

struct sysfs_dev {
	char name
		[SYSFS_NAME_MAX]; /* as VFIO calls it: "0000:00:02.0", or a mediated device's UUID */
	char dir[SYSFS_DIR_MAX];
};

/*
 * What text names: a PCI address, or the absolute path of a device's directory. Opens nothing.
 * 0; -EINVAL: neither; -ENAMETOOLONG.
 */
int sysfs_dev_init(struct sysfs_dev *d, const char *text);

/* True when the host has the device. */
bool sysfs_exists(const struct sysfs_dev *d);

/* Attribute such as "class" as a number (C syntax). 0 or -errno. */
int sysfs_number(const struct sysfs_dev *d, const char *attr, uint64_t *out);

/* First line of an attribute, without its end; cut to size. 0 or -errno. */
int sysfs_text(const struct sysfs_dev *d, const char *attr, char *buf, size_t size);

/* Last component of link `attr` ("driver", "iommu_group"). 0, -ENOENT when absent, or -errno. */
int sysfs_link(const struct sysfs_dev *d, const char *attr, char *buf, size_t size);

/* len bytes of config space from offset off, as the hardware has them. 0 or -errno (short: -EIO). */
int sysfs_config(const struct sysfs_dev *d, unsigned off, void *buf, size_t len);

/*
 * Write text to the attribute at path, in one write(): what the kernel does of it is done when this
 * returns. 0, or -errno, which is the kernel's answer.
 */
int sysfs_write(const char *path, const char *text);

#endif
