// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "images.h"
#include "test.h"
#include "util.h"
#include "vbt.h"

static struct maker m;
static struct vbt v;
static struct vbt_fault fault;

/* Parse len bytes of the maker's from memory that ends with them, for the sanitizer. */
static int parse(size_t len)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(len + !len);
	memcpy(copy, m.bytes, len);
	return vbt_parse(copy, len, &v, &fault);
}

static void make(unsigned version)
{
	maker_init(&m, version);
	maker_block(&m, 1, NULL, 5);
	maker_block(&m, 40, "\x02", 1);
	maker_block(&m, 77, NULL, 0);
	maker_block(&m, 40, "\x03", 1);
	maker_finish(&m);
}

static void reads_headers_and_blocks(void **state)
{
	static const struct vbt_block blocks[] = {
		{ 1, 73, 5 }, { 40, 81, 1 }, { 77, 85, 0 }, { 40, 88, 1 }
	};

	(void)state;
	make(209);
	assert_int_equal(parse(m.len + 100), 0);
	assert_int_equal(v.version, 100);
	assert_int_equal(v.size, 89);
	assert_int_equal(v.bdb_offset, 48);
	assert_int_equal(v.bdb_version, 209);
	assert_int_equal(v.bdb_header_size, 22);
	assert_int_equal(v.bdb_size, 41);
	assert_int_equal(v.n_blocks, ARRAY_SIZE(blocks));
	assert_string_equal(v.end.text, "");
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		assert_int_equal(v.block[i].id, blocks[i].id);
		assert_int_equal(v.block[i].offset, blocks[i].offset);
		assert_int_equal(v.block[i].size, blocks[i].size);
	}
	/* of two the first counts */
	assert_ptr_equal(vbt_find(&v, 40), &v.block[1]);
	assert_null(vbt_find(&v, 2));
	assert_int_equal(vbt_panel_type(&v), 2);
}

static void tells_what_the_checksum_should_be(void **state)
{
	uint8_t good;

	(void)state;
	make(209);
	good = m.bytes[26];
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(v.checksum, good);
	assert_int_equal(v.checksum_good, good);
	m.bytes[26] = (uint8_t)(good + 0x11);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(v.checksum, (uint8_t)(good + 0x11));
	assert_int_equal(v.checksum_good, good);
	m.bytes[26] = good;
	m.bytes[75]++;
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(v.checksum_good, (uint8_t)(good - 1));
}

/* Two or four bytes changed, and what comes of it. */
struct change {
	unsigned offset, len;
	uint32_t value;
	int ret;
	uint32_t where; /* of the fault */
};

static void refuses_what_drivers_refuse(void **state)
{
	/* the VBT has 89 bytes, its BDB 41 */
	static const struct change t[] = {
		{ 0, 1, '#', -EINVAL, 0 },
		{ 3, 1, 't', -EINVAL, 0 },
		{ 24, 2, 89, 0, 0 },
		{ 24, 2, 90, -EINVAL, 24 },
		{ 24, 2, 0xffff, -EINVAL, 24 },
		{ 24, 2, 88, -EINVAL, 68 },
		{ 24, 2, 69, -EINVAL, 28 },
		{ 24, 2, 21, -EINVAL, 28 },
		{ 24, 2, 0, -EINVAL, 28 },
		{ 28, 4, 67, -EINVAL, 87 },
		{ 28, 4, 68, -EINVAL, 28 },
		{ 28, 4, 0xffffffff, -EINVAL, 28 },
		{ 28, 4, 0xfffffff0, -EINVAL, 28 },
		{ 68, 2, 41, 0, 0 },
		{ 68, 2, 42, -EINVAL, 68 },
		{ 68, 2, 0xffff, -EINVAL, 68 },
		/* versions and names are nobody's business */
		{ 4, 4, 0, 0, 0 },
		{ 20, 4, 0xffffffff, 0, 0 },
		{ 48, 4, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		make(209);
		memset(m.bytes + 89, 0, 64); /* a BDB of no bytes, where one is moved to */
		put_le(m.bytes + t[i].offset, t[i].len, t[i].value);
		if (parse(89) != t[i].ret || fault.offset != t[i].where ||
		    !fault.text[0] != !t[i].ret)
			fail_msg("row %zu: at %u: %s", i, fault.offset, fault.text);
	}
	make(209);
	for (size_t len = 0; len < m.len; len++)
		assert_int_equal(parse(len), -EINVAL);
}

static void ends_the_walk_where_it_must(void **state)
{
	static const struct {
		struct change c;
		unsigned blocks;
	} t[] = {
		/* header of the BDB */
		{ { 66, 2, 21, 0, 66 }, 0 },
		{ { 66, 2, 42, 0, 66 }, 0 },
		{ { 66, 2, 0, 0, 66 }, 0 },
		{ { 66, 2, 0xffff, 0, 66 }, 0 },
		{ { 66, 2, 41, 0, 0 }, 0 },
		{ { 66, 2, 39, 0, 0 }, 0 },
		/* size of a block: too large, the rest, none */
		{ { 71, 2, 17, 0, 70 }, 0 },
		{ { 71, 2, 16, 0, 0 }, 1 },
		{ { 71, 2, 0xffff, 0, 70 }, 0 },
		{ { 86, 2, 2, 0, 85 }, 3 },
		{ { 86, 2, 0, 0, 0 }, 4 },
		/* its data are taken for blocks: 0 0 0, then 0 0 40 */
		{ { 71, 2, 0, 0, 76 }, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		make(209);
		put_le(m.bytes + t[i].c.offset, t[i].c.len, t[i].c.value);
		assert_int_equal(parse(m.len), 0);
		if (v.end.offset != t[i].c.where || !v.end.text[0] != !t[i].c.where ||
		    v.n_blocks != t[i].blocks)
			fail_msg("row %zu: %u blocks, at %u: %s", i, v.n_blocks, v.end.offset,
				 v.end.text);
	}
}

static void bounds_the_number_of_blocks(void **state)
{
	(void)state;
	maker_init(&m, 209);
	for (unsigned i = 0; i < VBT_BLOCKS_MAX; i++)
		maker_block(&m, 200, NULL, 0);
	maker_finish(&m);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(v.n_blocks, VBT_BLOCKS_MAX);
	assert_string_equal(v.end.text, "");
	maker_block(&m, 200, NULL, 0);
	maker_finish(&m);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(v.n_blocks, VBT_BLOCKS_MAX);
	assert_int_equal(v.end.offset, m.len - 3);
	/* zeros to the end are padding, however many */
	maker_init(&m, 209);
	maker_block(&m, 1, NULL, 5);
	m.len += 3000;
	maker_finish(&m);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(v.n_blocks, 1);
	assert_string_equal(v.end.text, "");
}

static void knows_the_long_size(void **state)
{
	static const struct {
		uint8_t version;
		uint32_t size;
		unsigned blocks;
		uint32_t first;
	} t[] = {
		{ 2, 9999, 2, 20 }, { 3, 20, 2, 20 },	     { 4, 12, 2, 12 },
		{ 3, 9999, 0, 0 },  { 3, 0xffffffff, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t *data;

		maker_init(&m, 209);
		data = maker_block(&m, 53, NULL, 20);
		data[0] = t[i].version;
		put_le32(data + 1, t[i].size);
		data[12] = 9; /* a block when the size is 12: 9, of 5 bytes */
		data[13] = t[i].size == 12 ? 5 : 0;
		if (t[i].size != 12)
			maker_block(&m, 9, NULL, 0);
		maker_finish(&m);
		assert_int_equal(parse(m.len), 0);
		assert_int_equal(v.n_blocks, t[i].blocks);
		if (t[i].blocks)
			assert_int_equal(v.block[0].size, t[i].first);
		else
			assert_int_equal(v.end.offset, 70);
	}
	/* too short to hold that size: the usual one counts */
	maker_init(&m, 209);
	maker_block(&m, 53, "\xff\xff\xff\xff", 4);
	maker_finish(&m);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(v.n_blocks, 1);
	assert_int_equal(v.block[0].size, 4);
}

/* ---- child devices ---- */

static void knows_the_sizes_of_child_devices(void **state)
{
	static const unsigned t[][2] = {
		{ 0, 22 },   { 105, 22 }, { 106, 27 }, { 110, 27 }, { 111, 33 }, { 155, 33 },
		{ 194, 33 }, { 195, 37 }, { 196, 38 }, { 215, 38 }, { 216, 39 }, { 255, 39 },
		{ 256, 40 }, { 262, 40 }, { 263, 44 }, { 264, 44 }, { 265, 0 },	 { 0xffff, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(vbt_child_size(t[i][0]), t[i][1]);
}

static void finds_child_devices(void **state)
{
	static const struct {
		size_t block;
		uint8_t size;
		int count; /* -1: no table */
	} t[] = {
		{ 0, 33, -1 },	   { 4, 33, -1 },	{ 5, 33, 0 },	     { 5 + 32, 33, 0 },
		{ 5 + 33, 33, 1 }, { 5 + 98, 33, 2 },	{ 5 + 99, 33, 3 },   { 100, 0, 0 },
		{ 5 + 7, 1, 7 },   { 5 + 254, 255, 0 }, { 5 + 255, 255, 1 },
	};
	struct vbt_children c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t *data;

		maker_init(&m, 155);
		data = maker_block(&m, 2, NULL, t[i].block);
		if (t[i].block > 4)
			data[4] = t[i].size;
		maker_block(&m, 9, NULL, 1);
		maker_finish(&m);
		assert_int_equal(parse(m.len), 0);
		assert_int_equal(vbt_children(&v, &c), t[i].count >= 0);
		if (t[i].count < 0)
			continue;
		assert_int_equal(c.size, t[i].size);
		assert_int_equal(c.count, t[i].count);
		assert_int_equal(c.offset, 73 + 5);
		assert_ptr_equal(c.first, v.bytes + c.offset);
	}
	make(209);
	assert_int_equal(parse(m.len), 0);
	assert_false(vbt_children(&v, &c));
}

/* ---- the panel ---- */

static void finds_panels(void **state)
{
	(void)state;
	for (int pointers = 0; pointers < 2; pointers++) {
		maker_init(&m, 209);
		maker_panels(&m, pointers);
		maker_finish(&m);
		assert_int_equal(parse(m.len), 0);
		for (unsigned n = 0; n < VBT_PANELS; n++) {
			struct vbt_panel p;
			struct vbt_timing t;
			char name[] = "PANEL ?";

			assert_int_equal(vbt_panel_find(&v, n, &p, &fault), 0);
			assert_int_equal(p.made_up, !pointers);
			assert_int_equal(get_le16(v.bytes + p.fp_timing), 1000 + n);
			assert_int_equal(get_le16(v.bytes + p.pnp_id + 2), 0x1230 + n);
			name[6] = (char)('A' + n);
			assert_string_equal((const char *)v.bytes + p.name, name);
			vbt_timing_from_dtd(v.bytes + p.dtd, &t);
			assert_int_equal(t.hactive, 1000 + n);
			assert_int_equal(t.vactive, 500 + n);
		}
	}
}

/* Where make_panels() leaves block 41's and block 42's data. */
#define POINTERS 73
#define DATA	 (POINTERS + 148 + 3)

static void refuses_bad_panel_tables(void **state)
{
	/* pointers count from the BDB's start, 48 */
	static const struct change t[] = {
		{ POINTERS, 1, 2, -EINVAL, POINTERS },
		{ POINTERS + 1, 2, DATA - 48 - 1, -EINVAL, POINTERS + 1 },
		{ POINTERS + 1, 2, 0, -EINVAL, POINTERS + 1 },
		{ POINTERS + 1, 2, 0xffff, -EINVAL, POINTERS + 1 },
		{ POINTERS + 3, 1, 31, -EINVAL, POINTERS + 1 },
		{ POINTERS + 4, 2, DATA - 48 + 1392 - 17, -EINVAL, POINTERS + 4 },
		{ POINTERS + 4, 2, DATA - 48 + 1392 - 18, 0, 0 },
		{ POINTERS + 6, 1, 17, -EINVAL, POINTERS + 4 },
		{ POINTERS + 7, 2, 1, -EINVAL, POINTERS + 7 },
		{ POINTERS + 9, 1, 9, -EINVAL, POINTERS + 7 },
		{ POINTERS + 145, 2, 1, -EINVAL, POINTERS + 145 },
		{ POINTERS + 147, 1, 12, -EINVAL, POINTERS + 145 },
		{ POINTERS + 147, 1, 0, 0, 0 }, /* no names */
	};
	struct vbt_panel p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		int ret;

		maker_init(&m, 209);
		maker_panels(&m, 1);
		maker_finish(&m);
		put_le(m.bytes + t[i].offset, t[i].len, t[i].value);
		assert_int_equal(parse(m.len), 0);
		fault = (struct vbt_fault){ 0 };
		ret = vbt_panel_find(&v, 0, &p, &fault);
		if (ret != t[i].ret || fault.offset != t[i].where)
			fail_msg("row %zu: at %u: %s", i, fault.offset, fault.text);
		assert_int_equal(p.dtd == 0, ret != 0);
	}
	/* block 41 cut off; and without any block 42 */
	maker_init(&m, 209);
	maker_block(&m, 41, "\x03", 1);
	maker_block(&m, 42, NULL, 100);
	maker_finish(&m);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(vbt_panel_find(&v, 0, &p, &fault), -EINVAL);
	maker_init(&m, 209);
	maker_panels(&m, 0);
	maker_block(&m, 41, "\x03", 1);
	maker_finish(&m);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(vbt_panel_find(&v, 15, &p, &fault), -EINVAL);
	make(209);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(vbt_panel_find(&v, 0, &p, &fault), -ENOENT);
	assert_int_equal(vbt_timing_generic(&v, 0, &(struct vbt_timing){ 0 }, &fault), -ENOENT);
}

static void needs_regular_terminators(void **state)
{
	static const struct change t[] = {
		{ 73 + 44, 2, 0, -EINVAL, 73 },	     /* the first entry's is missing */
		{ 73 + 74 + 44, 2, 0, -EINVAL, 73 }, /* the second's */
		{ 73 + 20, 2, 0xffff, -EINVAL, 73 }, /* one too many */
	};
	struct vbt_panel p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		maker_init(&m, 209);
		maker_panels(&m, 0);
		maker_finish(&m);
		put_le(m.bytes + t[i].offset, t[i].len, t[i].value);
		assert_int_equal(parse(m.len), 0);
		assert_int_equal(vbt_panel_find(&v, 0, &p, &fault), t[i].ret);
		assert_int_equal(fault.offset, t[i].where);
	}
	/* entries but no names; and too few entries */
	for (size_t cut = 0; cut < 2; cut++) {
		maker_init(&m, 209);
		maker_panels(&m, 0);
		m.len -= 16 * 13 + cut;
		put_le16(m.bytes + 71, (uint16_t)(16 * 74 - cut));
		maker_finish(&m);
		assert_int_equal(parse(m.len), 0);
		assert_int_equal(vbt_panel_find(&v, 15, &p, &fault), cut ? -EINVAL : 0);
		assert_int_equal(p.name, 0);
	}
	for (size_t size = 0; size < 4; size++) {
		maker_init(&m, 209);
		maker_block(&m, 42, "\xff\xff\xff\xff", size);
		maker_finish(&m);
		assert_int_equal(parse(m.len), 0);
		assert_int_equal(vbt_panel_find(&v, 0, &p, &fault), -EINVAL);
	}
}

static void decodes_timings(void **state)
{
	/* VESA DMT 1920x1080 at 60 Hz, as every EDID has it, with all high bits set once */
	static const uint8_t dmt[18] = { 0x02, 0x3a, 0x80, 0x18, 0x71, 0x38, 0x2d, 0x40, 0x58,
					 0x2c, 0x45, 0x00, 0xfd, 0x1e, 0x11, 0x00, 0x00, 0x1e };
	static const uint8_t high[18] = { [4] = 0x84, [7] = 0x21, [11] = 0xe4, [14] = 0x63 };
	struct vbt_timing t;

	(void)state;
	vbt_timing_from_dtd(dmt, &t);
	assert_int_equal(t.clock_khz, 148500);
	assert_int_equal(t.hactive, 1920);
	assert_int_equal(t.hblank, 280);
	assert_int_equal(t.vactive, 1080);
	assert_int_equal(t.vblank, 45);
	assert_int_equal(t.hsync_offset, 88);
	assert_int_equal(t.hsync_width, 44);
	assert_int_equal(t.vsync_offset, 4);
	assert_int_equal(t.vsync_width, 5);
	assert_int_equal(t.width_mm, 509);
	assert_int_equal(t.height_mm, 286);
	assert_int_equal(t.flags, 0x1e);
	assert_int_equal(vbt_refresh_mhz(&t), 60000);
	vbt_timing_from_dtd(high, &t);
	assert_int_equal(t.hactive, 0x800);
	assert_int_equal(t.hblank, 0x400);
	assert_int_equal(t.vactive, 0x200);
	assert_int_equal(t.vblank, 0x100);
	assert_int_equal(t.hsync_offset, 0x300);
	assert_int_equal(t.hsync_width, 0x200);
	assert_int_equal(t.vsync_offset, 0x10);
	assert_int_equal(t.vsync_width, 0);
	assert_int_equal(t.width_mm, 0x600);
	assert_int_equal(t.height_mm, 0x300);
	assert_int_equal(vbt_refresh_mhz(&(struct vbt_timing){ .clock_khz = 1 }), 0);
	assert_true(vbt_refresh_mhz(&(struct vbt_timing){
			    .clock_khz = UINT32_MAX, .hactive = 1, .vactive = 1 }) > 0);
}

static void decodes_generic_timings(void **state)
{
	static const struct {
		uint16_t entry;
		size_t block;
		int ret[3]; /* of panels 0 to 2 */
	} t[] = {
		{ 28, 2 + 56, { 0, 0, -ENOENT } },
		{ 28, 2 + 55, { 0, -ENOENT, -ENOENT } },
		{ 40, 2 + 56, { 0, -ENOENT, -ENOENT } },
		{ 27, 2 + 56, { -EINVAL, -EINVAL, -EINVAL } },
		{ 0, 2 + 56, { -EINVAL, -EINVAL, -EINVAL } },
		{ 28, 2, { -ENOENT, -ENOENT, -ENOENT } },
		{ 0xffff, 2 + 56, { -ENOENT, -ENOENT, -ENOENT } },
		{ 28, 1, { -ENOENT, -ENOENT, -ENOENT } },
	};
	struct vbt_timing timing;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t *d;

		maker_init(&m, 229);
		d = maker_block(&m, 58, NULL, t[i].block);
		if (t[i].block > 1)
			put_le16(d, t[i].entry);
		maker_finish(&m);
		assert_int_equal(parse(m.len), 0);
		for (unsigned n = 0; n < 3; n++)
			if (vbt_timing_generic(&v, n, &timing, &fault) != t[i].ret[n])
				fail_msg("row %zu, panel %u", i, n);
	}
	maker_init(&m, 229);
	put_le16(maker_block(&m, 58, NULL, 2 + 28), 28);
	put_le32(m.bytes + 75, 123456);
	for (unsigned i = 0; i < 10; i++)
		put_le16(m.bytes + 79 + 2 * i, (uint16_t)(i + 1));
	m.bytes[99] = 0xc0;
	maker_finish(&m);
	assert_int_equal(parse(m.len), 0);
	assert_int_equal(vbt_timing_generic(&v, 0, &timing, &fault), 0);
	assert_int_equal(timing.clock_khz, 123456);
	assert_int_equal(timing.hactive, 1);
	assert_int_equal(timing.hblank, 2);
	assert_int_equal(timing.hsync_offset, 3);
	assert_int_equal(timing.hsync_width, 4);
	assert_int_equal(timing.vactive, 5);
	assert_int_equal(timing.vblank, 6);
	assert_int_equal(timing.vsync_offset, 7);
	assert_int_equal(timing.vsync_width, 8);
	assert_int_equal(timing.width_mm, 9);
	assert_int_equal(timing.height_mm, 10);
	assert_int_equal(timing.flags, 0xc0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_headers_and_blocks),
		cmocka_unit_test(tells_what_the_checksum_should_be),
		cmocka_unit_test(refuses_what_drivers_refuse),
		cmocka_unit_test(ends_the_walk_where_it_must),
		cmocka_unit_test(bounds_the_number_of_blocks),
		cmocka_unit_test(knows_the_long_size),
		cmocka_unit_test(knows_the_sizes_of_child_devices),
		cmocka_unit_test(finds_child_devices),
		cmocka_unit_test(finds_panels),
		cmocka_unit_test(refuses_bad_panel_tables),
		cmocka_unit_test(needs_regular_terminators),
		cmocka_unit_test(decodes_timings),
		cmocka_unit_test(decodes_generic_timings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
