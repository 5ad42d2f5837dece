// SPDX-License-Identifier: BSD-2-Clause
/*
 * vbt_panel.c - the tables of the internal panel: where they are, and the timing in them.
 *
 * Sources: intel_bios.c, validate_lfp_data_ptrs(), generate_lfp_data_ptrs(), parse_generic_dtd(),
 * fill_detail_timing_data(); VESA E-EDID 3.10.2 for the detailed timing.
 */
#include <errno.h>

#include "util.h"
#include "vbt.h"
#include "vbt_fault.h"

/* clang-format off */
#define POINTER_SIZE	3 /* offset from the BDB's start, 16 bits; size */
#define ENTRY_POINTERS	3 /* fp_timing, DTD, PnP id */
#define POINTERS_SIZE	(1 + VBT_PANELS * ENTRY_POINTERS * POINTER_SIZE)
#define FP_TIMING_MIN	32
#define TERMINATOR	0xffff
#define GENERIC_HEAD	2
#define GENERIC_SIZE	28
/* clang-format on */

int vbt_panel_type(const struct vbt *v)
{
	const struct vbt_block *b = vbt_find(v, VBT_LFP_OPTIONS);

	return b && b->size ? *vbt_data(v, b) : -ENOENT;
}

/* One pointer of block 41, checked to lie inside block 42. */
static int follow(const struct vbt *v, uint32_t pointer, uint32_t least, uint32_t index,
		  uint32_t *at, struct vbt_fault *fault)
{
	const struct vbt_block *data = vbt_find(v, VBT_LFP_DATA);
	uint32_t target = v->bdb_offset + get_le16(v->bytes + pointer);
	uint32_t size = v->bytes[pointer + 2];

	if (size < least)
		return vbt_fail(fault, pointer, "a table of a panel has %u bytes, not %u", size,
				least);
	target += index * size;
	if (target < data->offset || target + size > data->offset + data->size)
		return vbt_fail(fault, pointer,
				"a table of a panel is at %#x, outside of block 42 (%#x to %#x)",
				target, data->offset, data->offset + data->size);
	*at = target;
	return 0;
}

static int by_pointers(const struct vbt *v, const struct vbt_block *b, unsigned panel,
		       struct vbt_panel *p, struct vbt_fault *fault)
{
	uint32_t entry = b->offset + 1 + panel * ENTRY_POINTERS * POINTER_SIZE;
	uint32_t name = b->offset + POINTERS_SIZE;
	int ret;

	if (b->size < POINTERS_SIZE)
		return vbt_fail(fault, b->offset, "block 41 has %u bytes, fewer than %d", b->size,
				POINTERS_SIZE);
	if (v->bytes[b->offset] != ENTRY_POINTERS)
		return vbt_fail(fault, b->offset, "block 41 has %u pointers a panel, not %d",
				v->bytes[b->offset], ENTRY_POINTERS);
	ret = follow(v, entry, FP_TIMING_MIN, 0, &p->fp_timing, fault);
	if (!ret)
		ret = follow(v, entry + POINTER_SIZE, VBT_DTD_SIZE, 0, &p->dtd, fault);
	if (!ret)
		ret = follow(v, entry + 2 * POINTER_SIZE, VBT_PNP_SIZE, 0, &p->pnp_id, fault);
	/* old ones end before the names, or have none */
	if (!ret && b->size >= POINTERS_SIZE + POINTER_SIZE && v->bytes[name + 2])
		ret = follow(v, name, VBT_PANEL_NAME_SIZE, panel, &p->name, fault);
	return ret;
}

/* Offset of the first terminator at or behind from; size when there is none. */
static uint32_t find_terminator(const uint8_t *data, uint32_t size, uint32_t from)
{
	for (; from + 2 <= size; from++)
		if (get_le16(data + from) == TERMINATOR)
			return from;
	return size;
}

/* Modern VBTs have no block 41: the first two terminators tell the size of an entry. */
static int by_terminators(const struct vbt *v, const struct vbt_block *data, unsigned panel,
			  struct vbt_panel *p, struct vbt_fault *fault)
{
	const uint8_t *b = vbt_data(v, data);
	uint32_t first = find_terminator(b, data->size, 0);
	uint32_t second = find_terminator(b, data->size, first + 2);
	uint32_t entry = second - first, fp_size = first + 2;

	if (second >= data->size || entry * VBT_PANELS > data->size ||
	    entry != fp_size + VBT_DTD_SIZE + VBT_PNP_SIZE)
		return vbt_fail(fault, data->offset,
				"there is no block 41, and block 42 has no regular entries");
	p->made_up = true;
	p->fp_timing = data->offset + panel * entry;
	p->dtd = p->fp_timing + fp_size;
	p->pnp_id = p->dtd + VBT_DTD_SIZE;
	if ((entry + VBT_PANEL_NAME_SIZE) * VBT_PANELS <= data->size)
		p->name = data->offset + entry * VBT_PANELS + panel * VBT_PANEL_NAME_SIZE;
	return 0;
}

int vbt_panel_find(const struct vbt *v, unsigned panel, struct vbt_panel *p,
		   struct vbt_fault *fault)
{
	const struct vbt_block *pointers = vbt_find(v, VBT_LFP_POINTERS);
	const struct vbt_block *data = vbt_find(v, VBT_LFP_DATA);
	int ret;

	*p = (struct vbt_panel){ 0 };
	if (!data)
		return -ENOENT;
	ret = pointers ? by_pointers(v, pointers, panel, p, fault)
		       : by_terminators(v, data, panel, p, fault);
	if (ret)
		*p = (struct vbt_panel){ 0 };
	return ret;
}

void vbt_timing_from_dtd(const uint8_t *d, struct vbt_timing *t)
{
	*t = (struct vbt_timing){
		.clock_khz = get_le16(d) * 10U,
		.hactive = (uint16_t)(d[2] | (d[4] & 0xf0) << 4),
		.hblank = (uint16_t)(d[3] | (d[4] & 0x0f) << 8),
		.vactive = (uint16_t)(d[5] | (d[7] & 0xf0) << 4),
		.vblank = (uint16_t)(d[6] | (d[7] & 0x0f) << 8),
		.hsync_offset = (uint16_t)(d[8] | (d[11] & 0xc0) << 2),
		.hsync_width = (uint16_t)(d[9] | (d[11] & 0x30) << 4),
		.vsync_offset = (uint16_t)(d[10] >> 4 | (d[11] & 0x0c) << 2),
		.vsync_width = (uint16_t)((d[10] & 0x0f) | (d[11] & 0x03) << 4),
		.width_mm = (uint16_t)(d[12] | (d[14] & 0xf0) << 4),
		.height_mm = (uint16_t)(d[13] | (d[14] & 0x0f) << 8),
		.flags = d[17],
	};
}

int vbt_timing_generic(const struct vbt *v, unsigned panel, struct vbt_timing *t,
		       struct vbt_fault *fault)
{
	const struct vbt_block *b = vbt_find(v, VBT_GENERIC_DTD);
	const uint8_t *d;
	unsigned size;

	if (!b || b->size < GENERIC_HEAD)
		return -ENOENT;
	size = get_le16(vbt_data(v, b));
	if (size < GENERIC_SIZE)
		return vbt_fail(fault, b->offset, "block 58 has timings of %u bytes, fewer than %d",
				size, GENERIC_SIZE);
	if (panel >= (b->size - GENERIC_HEAD) / size)
		return -ENOENT;
	d = vbt_data(v, b) + GENERIC_HEAD + panel * size;
	*t = (struct vbt_timing){
		.clock_khz = get_le32(d),
		.hactive = get_le16(d + 4),
		.hblank = get_le16(d + 6),
		.hsync_offset = get_le16(d + 8),
		.hsync_width = get_le16(d + 10),
		.vactive = get_le16(d + 12),
		.vblank = get_le16(d + 14),
		.vsync_offset = get_le16(d + 16),
		.vsync_width = get_le16(d + 18),
		.width_mm = get_le16(d + 20),
		.height_mm = get_le16(d + 22),
		.flags = d[24],
	};
	return 0;
}

uint64_t vbt_refresh_mhz(const struct vbt_timing *t)
{
	uint64_t total = ((uint64_t)t->hactive + t->hblank) * ((uint64_t)t->vactive + t->vblank);

	return total ? (t->clock_khz * 1000000ULL + total / 2) / total : 0;
}
