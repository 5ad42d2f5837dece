// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opregion.h"
#include "test.h"
#include "util.h"

#define ASLE	   0x04 /* mailbox 3, which holds RVDA */
#define IMAGE	   0x8000
#define HOST_RVDA  0x7a5f3018
#define OFF_RVDA   0x3ba
#define OFF_RVDS   0x3c2
#define ALL_ONES32 0xffffffff

/* What firmware puts into the header; the rest of the image counts upwards. */
struct header {
	uint32_t kib;
	uint8_t major, minor;
	uint32_t mailboxes;
	uint64_t rvda;
	uint32_t rvds;
};

static void make(uint8_t *image, size_t len, const struct header *h)
{
	for (size_t i = 0; i < len; i++)
		image[i] = (uint8_t)i;
	memcpy(image, OPREGION_SIGNATURE, OPREGION_SIGNATURE_LEN);
	put_le32(image + 0x10, h->kib);
	put_le32(image + 0x14, (uint32_t)h->major << 24 | (uint32_t)h->minor << 16 | 0x7700);
	put_le32(image + 0x58, h->mailboxes);
	put_le64(image + OFF_RVDA, h->rvda);
	put_le32(image + OFF_RVDS, h->rvds);
}

static void reads_the_header(void **state)
{
	static const struct header h = { 8, 2, 1, 0x1f, 0x123456789abc, 0xfedcba98 };
	uint8_t image[OPREGION_SIZE];
	struct opregion_info info;

	(void)state;
	make(image, sizeof(image), &h);
	assert_int_equal(opregion_parse(image, sizeof(image), &info), 0);
	assert_int_equal(info.size, 8192);
	assert_int_equal(info.major, 2);
	assert_int_equal(info.minor, 1);
	assert_int_equal(info.mailboxes, 0x1f);
	assert_int_equal(info.rvda, 0x123456789abc);
	assert_int_equal(info.rvds, 0xfedcba98);
}

static void refuses_what_is_none(void **state)
{
	static const struct header good = { 8, 2, 1, 0, 0, 0 };
	static const struct {
		uint32_t kib;
		size_t len;
		unsigned flip; /* byte to spoil */
		int ret;
	} t[] = {
		{ 8, OPREGION_SIZE, OPREGION_SIZE - 1, 0 },
		{ 8, IMAGE, OPREGION_SIZE - 1, 0 },
		{ 1, OPREGION_SIZE, 0x100, 0 },
		{ 1024, OPREGION_SIZE, 0x100, 0 },
		{ 8, OPREGION_SIZE - 1, 0x100, -EINVAL },
		{ 8, 0, 0x100, -EINVAL },
		{ 8, OPREGION_SIZE, 0, -ENOMSG },
		{ 8, OPREGION_SIZE, 15, -ENOMSG },
		{ 0, OPREGION_SIZE, 0x100, -EBADMSG },
		{ 1025, OPREGION_SIZE, 0x100, -EBADMSG },
		{ 0x400000, OPREGION_SIZE, 0x100, -EBADMSG },
		{ ALL_ONES32, OPREGION_SIZE, 0x100, -EBADMSG },
	};
	uint8_t image[IMAGE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct opregion_info info = { .size = 77 };
		uint8_t *copy = malloc(t[i].len + 1); /* exactly so long, for the sanitizer */

		make(image, sizeof(image), &good);
		put_le32(image + 0x10, t[i].kib);
		image[t[i].flip] ^= 0x40;
		memcpy(copy, image, t[i].len);
		if (opregion_parse(copy, t[i].len, &info) != t[i].ret)
			fail_msg("row %zu", i);
		assert_int_equal(info.size, t[i].ret ? 77 : t[i].kib * 1024);
		free(copy);
	}
}

static void compares_what_firmware_writes_once(void **state)
{
	static const struct header h = { 8, 2, 0, 0x1f, 0, 0 };
	static const struct {
		unsigned at;
		bool same;
	} t[] = {
		{ 0, false },	 { 0x10, false }, { 0x13, false }, { 0x14, true },   { 0x16, true },
		{ 0x17, true },	 { 0x18, false }, { 0x58, false }, { 0x5b, false },  { 0x5c, true },
		{ 0x100, true }, { 0x300, true }, { 0x400, true }, { 0x1fff, true },
	};
	uint8_t a[OPREGION_SIZE], b[OPREGION_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		make(a, sizeof(a), &h);
		make(b, sizeof(b), &h);
		assert_true(opregion_same(a, b));
		b[t[i].at] ^= 1;
		if (opregion_same(a, b) != t[i].same)
			fail_msg("byte %#x", t[i].at);
	}
}

/* ---- the extended VBT ---- */

#define NO 0, 0, 0, -EOPNOTSUPP

static const struct {
	struct header h;
	bool extended, relative;
	/* pages to map for an OpRegion 0x18 bytes into its first page */
	uint64_t body, vbt, size;
	int ret;
} vbt[] = {
	/* version 1 and mailbox 4: RVDA means nothing to a driver */
	{ { 8, 1, 0, ASLE, 0, 0 }, false, false, 0x3000, 0x3000, 0x3000, 0 },
	{ { 8, 1, 0, ASLE, HOST_RVDA, 0x1000 }, false, false, 0x3000, 0x3000, 0x3000, 0 },
	{ { 8, 2, 0, ASLE, 0, 0 }, false, false, 0x3000, 0x3000, 0x3000, 0 },
	{ { 8, 2, 0, ASLE, 0, 0x1000 }, false, false, 0x3000, 0x3000, 0x3000, 0 },
	{ { 8, 2, 1, ASLE, 0x2000, 0 }, false, true, 0x3000, 0x3000, 0x3000, 0 },
	{ { 8, 2, 1, ASLE, 0, 0x1800 }, false, true, 0x3000, 0x3000, 0x3000, 0 },
	{ { 8, 2, 1, 0x1b, 0x2000, 0x1800 }, false, true, 0x3000, 0x3000, 0x3000, 0 },
	/* other sizes than 8 KiB: less is not less, more is mapped */
	{ { 4, 2, 1, ASLE, 0, 0 }, false, true, 0x3000, 0x3000, 0x3000, 0 },
	{ { 9, 2, 1, ASLE, 0, 0 }, false, true, 0x3000, 0x3000, 0x3000, 0 },
	{ { 12, 2, 1, ASLE, 0, 0 }, false, true, 0x4000, 0x4000, 0x4000, 0 },
	{ { 1024, 2, 1, ASLE, 0, 0 }, false, true, 0x101000, 0x101000, 0x101000, 0 },
	/* 2.0: a host address, whether the driver follows it or not */
	{ { 8, 2, 0, ASLE, HOST_RVDA, 0x1800 }, true, false, NO },
	{ { 8, 2, 0, ASLE, HOST_RVDA, 0 }, false, false, NO },
	{ { 8, 2, 0, 0x1b, HOST_RVDA, 0x1800 }, false, false, NO },
	{ { 8, 2, 0, ASLE, 0x2000, 0x1800 }, true, false, NO },
	/* 2.1 on: right behind, in the OpRegion's last page, inside of it, or somewhat later */
	{ { 8, 2, 1, 0x1f, 0x2000, 0x1800 }, true, true, 0x3000, 0x3000, 0x4000, 0 },
	{ { 8, 2, 1, ASLE, 0x2000, 1 }, true, true, 0x3000, 0x3000, 0x3000, 0 },
	{ { 8, 2, 1, ASLE, 0x2000, 0xfe8 }, true, true, 0x3000, 0x3000, 0x3000, 0 },
	{ { 8, 2, 1, ASLE, 0x2000, 0xfe9 }, true, true, 0x3000, 0x3000, 0x4000, 0 },
	{ { 16, 2, 1, ASLE, 0x2000, 0x1800 }, true, true, 0x5000, 0x5000, 0x5000, 0 },
	{ { 8, 2, 3, ASLE, 0x2fff, 0x1000 }, true, true, 0x3000, 0x3000, 0x5000, 0 },
	{ { 8, 3, 0, ASLE, 0x2000, 0x1800 }, true, true, 0x3000, 0x3000, 0x4000, 0 },
	{ { 8, 2, 1, ASLE, 0x3000, 0x1800 }, true, true, 0x3000, 0x3000, 0x5000, 0 },
	{ { 8, 2, 1, ASLE, 0x5800, 0x1800 }, true, true, 0x3000, 0x5000, 0x8000, 0 },
	{ { 8, 2, 1, ASLE, 0x2000, 0x100000 }, true, true, 0x3000, 0x3000, 0x103000, 0 },
	{ { 8, 2, 1, ASLE, 0x100000, 8 }, true, true, 0x3000, 0x100000, 0x101000, 0 },
	/* too much, inside the mailboxes, too far away, over the end of everything */
	{ { 8, 2, 1, ASLE, 0x2000, 0x100001 }, true, true, NO },
	{ { 8, 2, 1, ASLE, 0x2000, ALL_ONES32 }, true, true, NO },
	{ { 8, 2, 1, ASLE, 0x400, 0x1800 }, true, true, NO },
	{ { 8, 2, 1, ASLE, 0x1fff, 0x1800 }, true, true, NO },
	{ { 8, 2, 1, ASLE, 0x100001, 8 }, true, true, NO },
	{ { 8, 2, 1, ASLE, HOST_RVDA, 0x1800 }, true, true, NO },
	{ { 8, 2, 1, ASLE, UINT64_MAX, 0x1800 }, true, true, NO },
	{ { 8, 2, 1, ASLE, 0 - 0x1000ULL, 0x3000 }, true, true, NO },
	{ { 8, 9, 9, ASLE, 1ULL << 63, 0x3000 }, true, true, NO },
};

static void lays_out_a_live_mapping(void **state)
{
	uint8_t image[OPREGION_SIZE];
	struct opregion_info info;
	struct opregion_layout l;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vbt); i++) {
		int ret;

		make(image, sizeof(image), &vbt[i].h);
		assert_int_equal(opregion_parse(image, sizeof(image), &info), 0);
		ret = opregion_layout(&info, 0x18, &l);
		if (opregion_extended_vbt(&info) != vbt[i].extended ||
		    opregion_relative(&info) != vbt[i].relative || ret != vbt[i].ret ||
		    (!ret &&
		     (l.body != vbt[i].body || l.vbt != vbt[i].vbt || l.size != vbt[i].size)))
			fail_msg("row %zu: %d, %#llx %#llx %#llx", i, ret,
				 (unsigned long long)l.body, (unsigned long long)l.vbt,
				 (unsigned long long)l.size);
		if (!ret)
			assert_int_equal(l.vbt_start, vbt[i].extended ? 0x18 + info.rvda : 0);
	}
	/* one that begins with its page */
	make(image, sizeof(image), &vbt[15].h);
	opregion_parse(image, sizeof(image), &info);
	assert_int_equal(opregion_layout(&info, 0, &l), 0);
	assert_int_equal(l.body, 0x2000);
	assert_int_equal(l.vbt, 0x2000);
	assert_int_equal(l.size, 0x4000);
}

/* ---- copies ---- */

/*
 * What a driver makes of a sealed copy: its VBT is right behind, at a relative offset, or in mailbox
 * 4. Nothing else is touched but what holds host addresses, and mailbox 2.
 */
static void seals_copies(void **state)
{
	uint8_t before[OPREGION_SIZE], after[OPREGION_SIZE];
	struct opregion_info info;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vbt); i++) {
		for (unsigned k = 0; k < 4; k++) {
			uint32_t len = k & 1 ? 0x1801 : 0;
			bool keep = k & 2;
			const uint8_t *v = after + 0x14;

			make(before, sizeof(before), &vbt[i].h);
			before[0x58] |= OPREGION_SWSCI;
			memcpy(after, before, sizeof(after));
			opregion_seal(after, len, keep);
			assert_int_equal(opregion_parse(after, sizeof(after), &info), 0);
			assert_int_equal(info.size, OPREGION_SIZE);
			assert_int_equal(info.rvda, len ? OPREGION_SIZE : 0);
			assert_int_equal(info.rvds, len);
			assert_int_equal(opregion_extended_vbt(&info), len != 0);
			assert_true(!len || opregion_relative(&info));
			assert_int_equal(info.mailboxes,
					 (uint32_t)(vbt[i].h.mailboxes | (len ? ASLE : 0) |
						    OPREGION_SWSCI) &
						 ~(keep ? 0u : (uint32_t)OPREGION_SWSCI));
			/* raised, never lowered; the revision stays */
			assert_int_equal(v[1], 0x77);
			assert_int_equal(get_le16(v + 2), len && !vbt[i].relative
								  ? 0x0201
								  : get_le16(before + 0x16));
			/* calls, and the address of a buffer in host memory */
			for (unsigned b = 0x200; b < 0x300; b++)
				assert_int_equal(after[b], keep ? before[b] : 0);
			assert_int_equal(get_le64(after + 0x3aa), 0);
			assert_int_equal(get_le32(after + 0x3b2), 0);
			memcpy(after + 0x10, before + 0x10, 8);
			memcpy(after + 0x58, before + 0x58, 4);
			memcpy(after + 0x200, before + 0x200, 0x100);
			memcpy(after + 0x3aa, before + 0x3aa, 12);
			memcpy(after + OFF_RVDA, before + OFF_RVDA, 12);
			assert_memory_equal(before, after, sizeof(after));
		}
	}
}

static void make_vbt(uint8_t *v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		v[i] = (uint8_t)(i * 3 + 1);
	memcpy(v, "$VBT SKYLAKE        ", 20);
	put_le16(v + 0x18, (uint16_t)MIN(len, 0xffff));
	put_le32(v + 0x1c, 0x30);
}

static void knows_a_vbt(void **state)
{
	static const struct {
		size_t len;
		uint16_t size;
		uint32_t bdb;
		uint8_t first;
		int ret;
	} t[] = {
		{ 0x1000, 0x1000, 0x30, '$', 0 },
		{ 0x1000, 0x800, 0xfea, '$', 0 },
		{ 0x46, 0x46, 0x30, '$', 0 },
		{ 0x45, 0x45, 0x30, '$', -EBADMSG },
		{ 0x30, 0x30, 0x30, '$', -EBADMSG },
		{ 0x2f, 0x2f, 0x10, '$', -ENOMSG },
		{ 0, 0, 0, '$', -ENOMSG },
		{ 0x1000, 0x1001, 0x30, '$', -EBADMSG },
		{ 0x1000, 0x1000, 0xfeb, '$', -EBADMSG },
		{ 0x1000, 0x1000, 0x1001, '$', -EBADMSG },
		{ 0x1000, 0x1000, ALL_ONES32, '$', -EBADMSG },
		{ 0x1000, 0x1000, 0x30, 'V', -ENOMSG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t image[0x1000], *v = malloc(t[i].len + 1); /* exactly so long, for asan */

		make_vbt(image, sizeof(image));
		put_le16(image + 0x18, t[i].size);
		put_le32(image + 0x1c, t[i].bdb);
		image[0] = t[i].first;
		memcpy(v, image, t[i].len);
		if (opregion_vbt_check(v, t[i].len) != t[i].ret)
			fail_msg("row %zu", i);
		free(v);
	}
}

static void puts_a_vbt_in(void **state)
{
	static const size_t lens[] = { 0x46, 0x17ff, 0x1800, 0x1801, 0x5000, OPREGION_VBT_MAX };
	uint8_t *image = malloc(OPREGION_SIZE + OPREGION_VBT_MAX);
	uint8_t *v = malloc(OPREGION_VBT_MAX);
	struct opregion_info info;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		bool inside = lens[i] <= 0x1800;
		uint32_t extended;

		make_vbt(v, lens[i]);
		/* into one that is made for it, over what is there */
		memset(image, 0xee, OPREGION_SIZE + OPREGION_VBT_MAX);
		opregion_make(image);
		memset(image + 0x400, 0x99, 0x1c00);
		extended = opregion_put_vbt(image, v, lens[i]);
		assert_int_equal(extended, inside ? 0 : lens[i]);
		assert_memory_equal(image + (inside ? 0x400 : 0x2000), v, lens[i]);
		for (size_t b = inside ? 0x400 + lens[i] : 0x400; b < 0x1c00; b++)
			assert_int_equal(image[b], 0);
		assert_int_equal(image[0x1c00], 0x99); /* mailbox 5 */
		assert_true(lens[i] == OPREGION_VBT_MAX ||
			    image[OPREGION_SIZE + (inside ? 0 : lens[i])] == 0xee);
		opregion_seal(image, extended, false);
		assert_int_equal(opregion_parse(image, OPREGION_SIZE, &info), 0);
		assert_int_equal(info.mailboxes, inside ? 0x8 : 0xc);
		assert_true(opregion_relative(&info));
		assert_int_equal(opregion_extended_vbt(&info), !inside);
		assert_int_equal(info.rvds, extended);
	}
	free(image);
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_header),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(compares_what_firmware_writes_once),
		cmocka_unit_test(lays_out_a_live_mapping),
		cmocka_unit_test(seals_copies),
		cmocka_unit_test(knows_a_vbt),
		cmocka_unit_test(puts_a_vbt_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
