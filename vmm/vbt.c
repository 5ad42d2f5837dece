// SPDX-License-Identifier: BSD-2-Clause
/*
 * vbt.c - from bytes to a list of blocks, and the table of child devices.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "util.h"
#include "vbt.h"
#include "vbt_fault.h"

/* clang-format off */
#define OFF_VERSION	20
#define OFF_HEADER_SIZE	22
#define OFF_SIZE	24
#define OFF_CHECKSUM	26
#define OFF_BDB		28
#define BDB_VERSION	16
#define BDB_HSIZE	18
#define BDB_SIZE	20
#define BLOCK_HEAD	3 /* id, size of 16 bits */
#define CHILDREN_HEAD	5 /* of block 2; the last byte is a child device's size */
/* clang-format on */

int vbt_fail(struct vbt_fault *fault, uint32_t offset, const char *fmt, ...)
{
	va_list ap;

	fault->offset = offset;
	va_start(ap, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int parse_headers(struct vbt *v, size_t len, struct vbt_fault *fault)
{
	const uint8_t *b = v->bytes;
	uint8_t sum = 0;

	if (len < VBT_HEADER_SIZE)
		return vbt_fail(fault, 0, "%zu bytes are too short for a VBT, whose header has %d",
				len, VBT_HEADER_SIZE);
	if (memcmp(b, VBT_SIGNATURE, VBT_SIGNATURE_LEN))
		return vbt_fail(fault, 0, "no VBT: the signature \"" VBT_SIGNATURE "\" is missing");
	v->version = get_le16(b + OFF_VERSION);
	v->header_size = get_le16(b + OFF_HEADER_SIZE);
	v->size = get_le16(b + OFF_SIZE);
	v->checksum = b[OFF_CHECKSUM];
	v->bdb_offset = get_le32(b + OFF_BDB);
	if (v->size > len)
		return vbt_fail(fault, OFF_SIZE, "the VBT has %u bytes, but only %zu are there",
				v->size, len);
	if (v->size < BDB_HEADER_SIZE || v->bdb_offset > v->size - BDB_HEADER_SIZE)
		return vbt_fail(fault, OFF_BDB, "the BDB begins at %#x, outside of the VBT's %#x",
				v->bdb_offset, v->size);
	b += v->bdb_offset;
	v->bdb_version = get_le16(b + BDB_VERSION);
	v->bdb_header_size = get_le16(b + BDB_HSIZE);
	v->bdb_size = get_le16(b + BDB_SIZE);
	if (v->bdb_size > v->size - v->bdb_offset)
		return vbt_fail(fault, v->bdb_offset + BDB_SIZE,
				"the BDB has %#x bytes, but only %#x are left in the VBT",
				v->bdb_size, v->size - v->bdb_offset);
	for (uint32_t i = 0; i < v->size; i++)
		sum = (uint8_t)(sum + v->bytes[i]);
	v->checksum_good = (uint8_t)(v->checksum - sum);
	return 0;
}

/* A MIPI sequence block from its version 3 on has its size behind that version. */
static bool has_long_size(uint8_t id, const uint8_t *data, uint32_t left)
{
	return id == VBT_MIPI_SEQUENCE && left > 4 && data[0] >= 3;
}

static bool all_zero(const uint8_t *bytes, uint32_t len)
{
	while (len--)
		if (*bytes++)
			return false;
	return true;
}

static void walk_blocks(struct vbt *v)
{
	uint32_t at = v->bdb_offset + v->bdb_header_size, end = v->bdb_offset + v->bdb_size;

	if (v->bdb_header_size < BDB_HEADER_SIZE || at > end) {
		vbt_fail(&v->end, v->bdb_offset + BDB_HSIZE,
			 "the BDB's header has %u bytes, not %d to %u", v->bdb_header_size,
			 BDB_HEADER_SIZE, v->bdb_size);
		return;
	}
	/* fewer bytes than a block's head are padding, and so is nothing but zeros */
	while (end - at >= BLOCK_HEAD && !all_zero(v->bytes + at, end - at)) {
		uint8_t id = v->bytes[at];
		uint32_t size = get_le16(v->bytes + at + 1);

		at += BLOCK_HEAD;
		if (has_long_size(id, v->bytes + at, end - at))
			size = get_le32(v->bytes + at + 1);
		if (size > end - at) {
			vbt_fail(&v->end, at - BLOCK_HEAD,
				 "block %u has %u bytes, but only %u are left in the BDB", id, size,
				 end - at);
			return;
		}
		if (v->n_blocks == VBT_BLOCKS_MAX) {
			vbt_fail(&v->end, at - BLOCK_HEAD, "more than %d blocks", VBT_BLOCKS_MAX);
			return;
		}
		v->block[v->n_blocks++] = (struct vbt_block){ id, at, size };
		at += size;
	}
}

int vbt_parse(const void *bytes, size_t len, struct vbt *v, struct vbt_fault *fault)
{
	int ret;

	*v = (struct vbt){ .bytes = bytes };
	*fault = (struct vbt_fault){ 0 };
	ret = parse_headers(v, len, fault);
	if (!ret)
		walk_blocks(v);
	return ret;
}

const struct vbt_block *vbt_find(const struct vbt *v, uint8_t id)
{
	for (unsigned i = 0; i < v->n_blocks; i++)
		if (v->block[i].id == id)
			return &v->block[i];
	return NULL;
}

/* intel_bios.c, child_device_expected_size() */
static const struct {
	uint16_t since;
	uint8_t size;
} child_sizes[] = {
	{ 263, 44 }, { 256, 40 }, { 216, 39 }, { 196, 38 },
	{ 195, 37 }, { 111, 33 }, { 106, 27 }, { 0, 22 },
};
#define CHILD_VERSION_MAX 264

unsigned vbt_child_size(unsigned bdb_version)
{
	size_t i = 0;

	if (bdb_version > CHILD_VERSION_MAX)
		return 0;
	while (bdb_version < child_sizes[i].since)
		i++;
	return child_sizes[i].size;
}

bool vbt_children(const struct vbt *v, struct vbt_children *c)
{
	const struct vbt_block *b = vbt_find(v, VBT_GENERAL_DEFINITIONS);

	if (!b || b->size < CHILDREN_HEAD)
		return false;
	*c = (struct vbt_children){
		.first = vbt_data(v, b) + CHILDREN_HEAD,
		.offset = b->offset + CHILDREN_HEAD,
		.size = vbt_data(v, b)[CHILDREN_HEAD - 1],
	};
	if (c->size)
		c->count = (b->size - CHILDREN_HEAD) / c->size;
	return true;
}
