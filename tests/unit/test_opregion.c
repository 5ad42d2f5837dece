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

/* ---- the extended VBT ---- */

static const struct {
	struct header h;
	bool extended;
	int64_t live; /* bytes to map, or -errno */
} vbt[] = {
	/* version 1 and mailbox 4: RVDA means nothing to a driver */
	{ { 8, 1, 0, ASLE, 0, 0 }, false, 0x2000 },
	{ { 8, 1, 0, ASLE, HOST_RVDA, 0x1000 }, false, 0x2000 },
	{ { 8, 2, 0, ASLE, 0, 0 }, false, 0x2000 },
	{ { 8, 2, 0, ASLE, 0, 0x1000 }, false, 0x2000 },
	{ { 8, 2, 1, ASLE, 0x2000, 0 }, false, 0x2000 },
	{ { 8, 2, 1, ASLE, 0, 0x1800 }, false, 0x2000 },
	{ { 8, 2, 1, 0x1b, 0x2000, 0x1800 }, false, 0x2000 },
	/* 2.0: a host address, whether the driver follows it or not */
	{ { 8, 2, 0, ASLE, HOST_RVDA, 0x1800 }, true, -EOPNOTSUPP },
	{ { 8, 2, 0, ASLE, HOST_RVDA, 0 }, false, -EOPNOTSUPP },
	{ { 8, 2, 0, 0x1b, HOST_RVDA, 0x1800 }, false, -EOPNOTSUPP },
	{ { 8, 2, 0, ASLE, 0x2000, 0x1800 }, true, -EOPNOTSUPP },
	/* 2.1 on: right behind, or within a page of it */
	{ { 8, 2, 1, 0x1f, 0x2000, 0x1800 }, true, 0x3800 },
	{ { 8, 2, 1, ASLE, 0x2000, 1 }, true, 0x2001 },
	{ { 8, 2, 3, ASLE, 0x2fff, 0x1000 }, true, 0x3fff },
	{ { 8, 3, 0, ASLE, 0x2000, 0x1800 }, true, 0x3800 },
	{ { 8, 2, 1, ASLE, 0x2000, 0x100000 }, true, 0x102000 },
	{ { 8, 2, 1, ASLE, 0x2000, 0x100001 }, true, -EOPNOTSUPP },
	{ { 8, 2, 1, ASLE, 0x2000, ALL_ONES32 }, true, -EOPNOTSUPP },
	/* inside the mailboxes, too far away, over the end of everything */
	{ { 8, 2, 1, ASLE, 0x400, 0x1800 }, true, -EOPNOTSUPP },
	{ { 8, 2, 1, ASLE, 0x1fff, 0x1800 }, true, -EOPNOTSUPP },
	{ { 8, 2, 1, ASLE, 0x3000, 0x1800 }, true, -EOPNOTSUPP },
	{ { 8, 2, 1, ASLE, HOST_RVDA, 0x1800 }, true, -EOPNOTSUPP },
	{ { 8, 2, 1, ASLE, UINT64_MAX, 0x1800 }, true, -EOPNOTSUPP },
	{ { 8, 2, 1, ASLE, 0 - 0x1000ULL, 0x3000 }, true, -EOPNOTSUPP },
	{ { 8, 9, 9, ASLE, 1ULL << 63, 0x3000 }, true, -EOPNOTSUPP },
};

static void sizes_a_live_mapping(void **state)
{
	uint8_t image[OPREGION_SIZE];
	struct opregion_info info;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vbt); i++) {
		make(image, sizeof(image), &vbt[i].h);
		assert_int_equal(opregion_parse(image, sizeof(image), &info), 0);
		if (opregion_extended_vbt(&info) != vbt[i].extended ||
		    opregion_live_size(&info) != vbt[i].live)
			fail_msg("row %zu: %d, %lld", i, opregion_extended_vbt(&info),
				 (long long)opregion_live_size(&info));
	}
}

/* What a driver makes of a sealed copy: its VBT is inside, at a relative offset, or in mailbox 4. */
static void seals_copies(void **state)
{
	static const size_t lens[] = { OPREGION_SIZE, 0x2001, 0x3000, 0x3800, 0x37ff, IMAGE };
	uint8_t before[IMAGE], after[IMAGE];
	struct opregion_info info;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vbt); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(lens); k++) {
			bool changed;

			make(before, lens[k], &vbt[i].h);
			memcpy(after, before, lens[k]);
			changed = opregion_seal(after, lens[k]);
			assert_int_equal(changed, memcmp(before, after, lens[k]) != 0);
			assert_int_equal(opregion_parse(after, lens[k], &info), 0);
			/* all or nothing, and nothing else */
			assert_true(changed ? !info.rvda && !info.rvds
					    : info.rvda == vbt[i].h.rvda &&
						      info.rvds == vbt[i].h.rvds);
			memcpy(after + OFF_RVDA, before + OFF_RVDA, 12);
			assert_memory_equal(before, after, lens[k]);
			if (!info.rvda && !info.rvds)
				continue;
			assert_true(info.major > 2 || (info.major == 2 && info.minor));
			assert_in_range(info.rvda, OPREGION_SIZE, lens[k]);
			assert_true(info.rvds <= lens[k] - info.rvda);
		}
	}
}

static void keeps_what_is_inside(void **state)
{
	static const struct header h = { 8, 2, 1, ASLE, 0x2000, 0x1800 };
	uint8_t image[0x3800];

	(void)state;
	make(image, sizeof(image), &h);
	assert_false(opregion_seal(image, 0x3800));
	assert_int_equal(get_le32(image + OFF_RVDS), 0x1800);
	assert_true(opregion_seal(image, 0x37ff));
	assert_int_equal(get_le64(image + OFF_RVDA), 0);
	assert_int_equal(get_le32(image + OFF_RVDS), 0);
	/* what is no OpRegion is left alone */
	make(image, sizeof(image), &h);
	image[3] = 0;
	assert_false(opregion_seal(image, 0x37ff));
	assert_int_equal(get_le64(image + OFF_RVDA), 0x2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_header),	cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(sizes_a_live_mapping), cmocka_unit_test(seals_copies),
		cmocka_unit_test(keeps_what_is_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
