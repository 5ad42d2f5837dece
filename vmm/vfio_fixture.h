/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio_fixture.h - a recorded device in place of a real one.
 *
 * A fixture is the directory that `igdvm record` writes (tool_record.h). Its attributes and links are
 * read by sysfs_*() as if it were the device's own directory; this file makes the rest a struct
 * vfio_dev. Format of the files: docs/fixtures.md.
 */
#ifndef IGDVM_VFIO_FIXTURE_H
#define IGDVM_VFIO_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "vfio.h"

#define FIXTURE_MAGIC "igdvm fixture 1" /* first line of the file "manifest" */

/* Which file holds which bytes of which region. */
struct fixture_file {
	const char *name;
	int region;	   /* index, or -1: the device-specific one of this subtype */
	uint32_t subtype;  /* of Intel's */
	uint32_t off, len; /* len 0: all of the region, and the file must be there */
};
#define FIXTURE_FILES 6
extern const struct fixture_file fixture_files[FIXTURE_FILES];

/* Region of d that a row is about, or -ENOENT where d has none, or one that ends before. */
int vfio_fixture_region(const struct vfio_dev *d, const struct fixture_file *f);

/*
 * Read the fixture host->dir: what the device has into *d, the IOMMU's reserved ranges into *i, the
 * width of the host's physical addresses into *phys_bits. Reads of regions give the recorded bytes,
 * 0 where nothing was recorded; writes and mappings go to memory; interrupts are accepted; there is
 * no reset. 0 or logged -errno, naming the file. vfio_dev_fini() as for any device.
 */
int vfio_fixture_init(struct vfio_dev *d, struct iommu *i, unsigned *phys_bits,
		      const struct sysfs_dev *host);

#endif
