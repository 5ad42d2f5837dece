/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opregion_read.h - the bytes of an OpRegion, from a file or from this machine.
 *
 * Reads only, and once: what is returned is a snapshot. Knows the three places where Linux shows an
 * OpRegion; knows nothing of its contents but where the extended VBT is.
 */
#ifndef IGDVM_OPREGION_READ_H
#define IGDVM_OPREGION_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devmem.h"
#include "opregion.h"
#include "sysfs.h"

#define OPREGION_IMAGE_MAX (OPREGION_SIZE + OPREGION_VBT_MAX)
#define OPREGION_PLACES	   3
#define OPREGION_WHY	   (DEVMEM_WHY + 64) /* with what it is about */

struct opregion_image {
	uint8_t *bytes; /* of a device: 8 KiB, then the extended VBT if there is one */
	size_t len;
	char source[128]; /* of a device: what it was read from */
	/*
	 * Of a device: the extended VBT was put right behind, and RVDA says so, as VFIO shows it. A
	 * version of 2.0, which has no relative RVDA, became 2.1. This is what firmware wrote:
	 */
	bool made_relative;
	uint8_t minor;
	uint64_t rvda;
};

/*
 * A file, or file "opregion" of a directory (`igdvm record`); whatever is in it. 0 or logged -errno;
 * opregion_image_fini() either way.
 */
int opregion_read_file(struct opregion_image *image, const char *path);

/*
 * The OpRegion of an Intel GPU of this machine, by the first of: the kernel module igd_opregion,
 * the debugfs of the GPU's driver, /dev/mem. 0; or -errno, with one logged line for each refusal.
 * root: where /dev and /sys begin; "" but in tests.
 */
int opregion_read_device(struct opregion_image *image, const struct sysfs_dev *dev,
			 const char *root);

/* Why one of the places does not show it. */
struct opregion_refusal {
	const char *place;
	int err; /* negative; -ENOMSG: what is there is no OpRegion */
	char why[OPREGION_WHY];
};

/* The same, logging nothing: OPREGION_PLACES refusals, all of them valid unless it returns 0. */
int opregion_look_device(struct opregion_image *image, const struct sysfs_dev *dev,
			 const char *root, struct opregion_refusal *refusal);

void opregion_image_fini(struct opregion_image *image);

#endif
