/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vbt.h - the Video BIOS Table: header, and where its blocks are.
 *
 * Pure. All of it is hostile: offsets and sizes are checked before they are used, and every loop is
 * bounded. What is accepted is what Linux accepts: drivers/gpu/drm/i915/display/intel_bios.c,
 * intel_bios_is_valid_vbt() and the walk over blocks. Layout: intel_vbt_defs.h there.
 */
#ifndef IGDVM_VBT_H
#define IGDVM_VBT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VBT_SIGNATURE	  "$VBT"
#define VBT_SIGNATURE_LEN 4
#define VBT_HEADER_SIZE	  48
#define BDB_HEADER_SIZE	  22
#define VBT_BLOCKS_MAX	  128  /* real ones have some 30; later ones are left out */
#define VBT_PANELS	  16   /* entries of every table of panels */
#define VBT_PANEL_BY_EDID 0xff /* panel type: the panel is recognised by its EDID */

enum vbt_block_id {
	VBT_GENERAL_FEATURES = 1,
	VBT_GENERAL_DEFINITIONS = 2,
	VBT_PSR = 9,
	VBT_EDP = 27,
	VBT_LFP_OPTIONS = 40,
	VBT_LFP_POINTERS = 41,
	VBT_LFP_DATA = 42,
	VBT_LFP_BACKLIGHT = 43,
	VBT_LFP_POWER = 44,
	VBT_MIPI_CONFIG = 52,
	VBT_MIPI_SEQUENCE = 53,
	VBT_GENERIC_DTD = 58,
};

/* What is wrong, and where: offset from the VBT's first byte. text[0] is 0 when nothing is. */
struct vbt_fault {
	uint32_t offset;
	char text[128];
};

struct vbt_block {
	uint8_t id;
	uint32_t offset, size; /* of the data behind the block's id and size */
};

struct vbt {
	const uint8_t *bytes; /* size of them are there */
	uint32_t size;
	uint16_t version, header_size;
	uint8_t checksum;      /* as stored */
	uint8_t checksum_good; /* what would make all bytes add up to 0 */
	uint32_t bdb_offset;
	uint16_t bdb_version, bdb_header_size, bdb_size;
	struct vbt_block block[VBT_BLOCKS_MAX];
	unsigned n_blocks;
	struct vbt_fault end; /* why the walk ended before the BDB's end, if it did */
};

/*
 * Parse len bytes. 0: *v is complete, bytes must outlive it. -EINVAL: no VBT that a driver would
 * take; fault says why. A VBT whose walk over blocks ended early is still taken.
 */
int vbt_parse(const void *bytes, size_t len, struct vbt *v, struct vbt_fault *fault);

/* The first block with this id, which is the one that drivers use, or NULL. */
const struct vbt_block *vbt_find(const struct vbt *v, uint8_t id);

/* First byte of a block's data. */
static inline const uint8_t *vbt_data(const struct vbt *v, const struct vbt_block *b)
{
	return v->bytes + b->offset;
}

/* ---- child devices, in block 2 ---- */

/* Bytes of one child device in a BDB of this version; 0: newer than what is known. */
unsigned vbt_child_size(unsigned bdb_version);

#define VBT_CHILD_SIZE_MIN 33 /* drivers ignore all of a table with smaller ones */

struct vbt_children {
	const uint8_t *first;
	uint32_t offset; /* of the first one from the VBT's start */
	unsigned size;	 /* of each, as block 2 says; 0 only with count 0 */
	unsigned count;
};

/* False: there is no block 2, or it is too short for its fixed part. */
bool vbt_children(const struct vbt *v, struct vbt_children *c);

/* ---- the panel, in blocks 40, 41, 42 and 58 ---- */

/* Block 40's panel type: 0 to 15, VBT_PANEL_BY_EDID, or out of range. -ENOENT: no block 40. */
int vbt_panel_type(const struct vbt *v);

/* Where one panel's tables are in block 42, from the VBT's start. 0: there is none. */
struct vbt_panel {
	uint32_t fp_timing;
	uint32_t dtd;	 /* VBT_DTD_SIZE bytes */
	uint32_t pnp_id; /* VBT_PNP_SIZE bytes */
	uint32_t name;	 /* VBT_PANEL_NAME_SIZE bytes */
	bool made_up;	 /* no block 41: found by the terminators of block 42, as drivers do */
};
#define VBT_DTD_SIZE	    18
#define VBT_PNP_SIZE	    10
#define VBT_PANEL_NAME_SIZE 13

/* panel < VBT_PANELS. 0; -ENOENT: no block 42; -EINVAL: malformed tables, fault says how. */
int vbt_panel_find(const struct vbt *v, unsigned panel, struct vbt_panel *p,
		   struct vbt_fault *fault);

struct vbt_timing {
	uint32_t clock_khz;
	uint16_t hactive, hblank, hsync_offset, hsync_width;
	uint16_t vactive, vblank, vsync_offset, vsync_width;
	uint16_t width_mm, height_mm;
	uint8_t flags; /* sync polarities; sources disagree about the bits */
};

/* A detailed timing of an EDID, VBT_DTD_SIZE bytes. */
void vbt_timing_from_dtd(const uint8_t *dtd, struct vbt_timing *t);

/* Block 58's timing of a panel. 0; -ENOENT: none; -EINVAL: malformed, fault says how. */
int vbt_timing_generic(const struct vbt *v, unsigned panel, struct vbt_timing *t,
		       struct vbt_fault *fault);

/* Frames per 1000 seconds; 0 when a total is 0. */
uint64_t vbt_refresh_mhz(const struct vbt_timing *t);

#endif
