/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record_host.h - what `igdvm record` has gathered so far, and the parts that gather. For
 * tool_record.c and them only.
 */
#ifndef IGDVM_RECORD_HOST_H
#define IGDVM_RECORD_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fixture_dir.h"
#include "sysfs.h"
#include "vfio.h"

#define RECORD_CONFIG_MAX 4096
#define RECORD_VENDOR_MAX 4 /* subtypes of Intel's regions are 1 to 3 */

/* Bytes for one of Intel's regions where there is no VFIO to ask. */
struct record_blob {
	uint8_t *bytes;
	size_t len;
	const char *from;
};

struct record {
	const char *root;
	struct sysfs_dev host;
	uint8_t config[RECORD_CONFIG_MAX]; /* as the hardware has it */
	size_t config_size;
	struct iommu iommu;
	struct vfio_dev dev; /* VFIO's, or what it would show */
	bool vfio;
	struct record_blob blob[RECORD_VENDOR_MAX];
	struct record_blob raw; /* the OpRegion as firmware left it */
	struct fixture_dir out;
	FILE *notes; /* the manifest so far */
	char *manifest;
	size_t manifest_len;
};

/* A line of the manifest: where a file came from, or why it is missing. */
void record_note(struct record *r, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Up to size bytes of a file into a new buffer with a 0 behind them. Returns how many, or -errno, not
 * logged. *bytes is to be freed.
 */
int64_t record_read_file(const char *path, size_t size, uint8_t **bytes);

/* Host address of the OpRegion, 0: there is none. */
uint32_t record_asls(const struct record *r);

/*
 * The OpRegion's own pages, through the kernel module's device or /dev/mem, into r->raw; without VFIO
 * also r->blob, from there or from i915's debugfs. What cannot be had becomes a note.
 * 0 or logged -ENOMEM.
 */
int record_opregion(struct record *r);

/* Overwrite the EDID in an OpRegion of len bytes: it names the monitor by its serial number. */
void record_hide_edid(uint8_t *opregion, size_t len);

#endif
