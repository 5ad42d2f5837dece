// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "images.h"
#include "opregion.h"
#include "opregion_show.h"
#include "test.h"
#include "util.h"

#define HOST_RVDA 0x7a5f3018
#define ASLE	  0x04

static struct image image;

/* A small VBT whose version tells where it was found. */
static struct maker *vbt(unsigned version)
{
	static struct maker m;

	maker_init(&m, version);
	maker_child(maker_children(&m, 33, 1), 4, 0x60d2, 1, 1, 0);
	maker_finish(&m);
	return &m;
}

/* len bytes of the image, from memory that ends with them, for the sanitizer. */
static const uint8_t *bytes(size_t len)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(len + !len);
	memcpy(copy, image.bytes, len);
	return copy;
}

/* ---- which VBT a driver takes ---- */

#define MAILBOX4_VERSION 150
#define EXTENDED_VERSION 160

static void resolves_rvda(void **state)
{
	static const struct {
		unsigned major, minor;
		uint32_t mailboxes;
		uint64_t rvda;
		uint32_t rvds; /* 1: the extended VBT's size */
		enum opregion_rvda how;
		unsigned version; /* of the VBT that is taken */
	} t[] = {
		{ 1, 0, ASLE, 0, 0, RVDA_ABSENT, MAILBOX4_VERSION },
		{ 1, 0, ASLE, 0x2000, 1, RVDA_IGNORED, MAILBOX4_VERSION },
		{ 1, 9, ASLE, 0x2000, 1, RVDA_IGNORED, MAILBOX4_VERSION },
		{ 2, 0, ASLE, 0x2000, 1, RVDA_ABSOLUTE, MAILBOX4_VERSION },
		{ 2, 0, ASLE, HOST_RVDA, 0x1800, RVDA_ABSOLUTE, MAILBOX4_VERSION },
		{ 2, 0, ASLE, 0, 1, RVDA_ABSENT, MAILBOX4_VERSION },
		{ 2, 0, 0, HOST_RVDA, 1, RVDA_IGNORED, MAILBOX4_VERSION },
		{ 2, 1, ASLE, 0x2000, 0, RVDA_ABSENT, MAILBOX4_VERSION },
		{ 2, 1, 0x1b, 0x2000, 1, RVDA_IGNORED, MAILBOX4_VERSION },
		{ 2, 1, ASLE, 0x2000, 1, RVDA_RELATIVE, EXTENDED_VERSION },
		{ 2, 2, ASLE, 0x2000, 1, RVDA_RELATIVE, EXTENDED_VERSION },
		{ 3, 0, ASLE, 0x2000, 1, RVDA_RELATIVE, EXTENDED_VERSION },
		{ 255, 0, ASLE, 0x2000, 1, RVDA_RELATIVE, EXTENDED_VERSION },
		/* into the mailboxes: drivers complain, and go there */
		{ 2, 1, ASLE, 0x400, 0x1000, RVDA_RELATIVE, MAILBOX4_VERSION },
		/* there, but none */
		{ 2, 1, ASLE, 0x2001, 60, RVDA_RELATIVE, MAILBOX4_VERSION },
		{ 2, 1, ASLE, 0x2000, 60, RVDA_RELATIVE, MAILBOX4_VERSION },
		/* over the end, also by overflow */
		{ 2, 1, ASLE, 0x2000, 0x1000, RVDA_OUTSIDE, MAILBOX4_VERSION },
		{ 2, 1, ASLE, HOST_RVDA, 1, RVDA_OUTSIDE, MAILBOX4_VERSION },
		{ 2, 1, ASLE, 0x2001, 1, RVDA_OUTSIDE, MAILBOX4_VERSION },
		{ 2, 1, ASLE, UINT64_MAX, 1, RVDA_OUTSIDE, MAILBOX4_VERSION },
		{ 2, 1, ASLE, 0x2000, UINT32_MAX, RVDA_OUTSIDE, MAILBOX4_VERSION },
	};
	struct opregion_vbt w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		size_t extended;

		image_init(&image, t[i].major, t[i].minor, t[i].mailboxes);
		image_extend(&image, vbt(EXTENDED_VERSION));
		extended = image.len - IMAGE_OPREGION;
		image_put_vbt(&image, vbt(MAILBOX4_VERSION));
		image_rvda(&image, t[i].rvda, t[i].rvds == 1 ? (uint32_t)extended : t[i].rvds);
		assert_true(opregion_find_vbt(bytes(image.len), image.len, &w));
		if (w.rvda != t[i].how || w.vbt.bdb_version != t[i].version)
			fail_msg("row %zu: %d, version %u", i, w.rvda, w.vbt.bdb_version);
		assert_int_equal(w.offset, t[i].version == EXTENDED_VERSION ? 0x2000 : 0x400);
	}
}

static void limits_mailbox_4(void **state)
{
	static const struct {
		uint32_t mailboxes;
		size_t size;
		bool found;
	} t[] = {
		{ 0x08, 0x1c00, true },	 { 0x08, 0x1c01, false }, { 0x18, 0x1800, true },
		{ 0x18, 0x1801, false }, { 0x00, 0x1c00, true },
	};
	struct opregion_vbt w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct maker *m = vbt(150);

		m->len = t[i].size;
		maker_finish(m);
		image_init(&image, 2, 0, t[i].mailboxes);
		memcpy(image.bytes + 0x400, m->bytes, 0x1c00);
		assert_int_equal(opregion_find_vbt(bytes(0x2000), 0x2000, &w), t[i].found);
	}
}

static void tells_what_it_is_given(void **state)
{
	struct vbt_fault f;
	struct maker *m = vbt(150);

	(void)state;
	image_init(&image, 2, 0, 0);
	assert_int_equal(opregion_identify(bytes(0x2000), 0x2000, &f), OPREGION_IS_IMAGE);
	assert_int_equal(opregion_identify(bytes(0x1fff), 0x1fff, &f), -EINVAL);
	assert_int_equal(f.offset, 0x1fff);
	assert_int_equal(opregion_identify(bytes(15), 15, &f), -EINVAL);
	assert_int_equal(f.offset, 0);
	image.bytes[15]++;
	assert_int_equal(opregion_identify(bytes(0x2000), 0x2000, &f), -EINVAL);
	assert_int_equal(opregion_identify(bytes(0), 0, &f), -EINVAL);
	memcpy(image.bytes, m->bytes, m->len);
	assert_int_equal(opregion_identify(bytes(m->len), m->len, &f), OPREGION_IS_VBT);
	assert_int_equal(opregion_identify(bytes(m->len - 1), m->len - 1, &f), -EINVAL);
	assert_int_equal(f.offset, 24);
}

/* ---- what is written ---- */

static json_t *show(unsigned *problems)
{
	static char text[256 * KiB];
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct emit_json j;
	json_t *got;

	emit_json_begin(&j);
	assert_int_equal(opregion_show(&j.e, bytes(image.len), image.len), 0);
	emit_problems(&j.e);
	assert_int_equal(emit_json_end(&j, out), 0);
	fclose(out);
	*problems = j.e.n_problems;
	got = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(got);
	return got;
}

static void names_what_is_wrong(void **state)
{
	static const struct {
		unsigned at, len;
		uint32_t value;
		unsigned problems;
		const char *where; /* of the first */
	} t[] = {
		{ 0x10, 4, 8, 0, NULL },
		{ 0x10, 4, 16, 0, NULL },
		{ 0x10, 4, 0, 1, "0x0010" },
		{ 0x10, 4, 1024, 0, NULL },
		{ 0x10, 4, 1025, 1, "0x0010" },
		{ 0x3ba, 4, 0x2001, 2, "0x03ba" }, /* and mailbox 4 is empty */
		{ 0x3ba, 4, 0x400, 3, "0x03ba" },
		{ 0x2000, 1, '#', 2, "0x2000" },
		{ 0x2018, 2, 0x7fff, 2, "0x2018" },
		{ 0x2042, 2, 0, 1, "0x2042" },
		{ 0x2047, 2, 0x7fff, 1, "0x2046" },
		{ 0x204d, 1, 0, 1, "0x204d" },	 /* child devices of no bytes, */
		{ 0x204d, 1, 1, 1, "0x204d" },	 /* one byte, */
		{ 0x204d, 1, 32, 1, "0x204d" },	 /* fewer than drivers take, */
		{ 0x204d, 1, 34, 1, "0x204d" },	 /* not what the version says, */
		{ 0x204d, 1, 255, 1, "0x204d" }, /* more than the block has */
	};
	unsigned problems;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		json_t *got, *where;

		image_init(&image, 2, 1, 0x0c);
		image_extend(&image, vbt(155));
		put_le(image.bytes + t[i].at, t[i].len, t[i].value);
		got = show(&problems);
		where = json_object_get(json_array_get(json_object_get(got, "problems"), 0),
					"offset");
		if (problems != t[i].problems ||
		    (where && strcmp(json_string_value(where), t[i].where)))
			fail_msg("row %zu: %u problems, %s", i, problems, json_string_value(where));
		json_decref(got);
	}
}

static json_t *path(json_t *from, const char *a, const char *b)
{
	json_t *got = json_object_get(json_object_get(from, a), b);

	assert_non_null(got);
	return got;
}

static void says_what_drivers_do(void **state)
{
	static const struct {
		unsigned major;
		uint32_t mailboxes;
		const char *text;
	} t[] = {
		{ 1, 2, "call firmware through it (SWSCI)" },
		{ 2, 2, "call firmware through it (SWSCI)" },
		{ 3, 2, "do not use it: version 3 has none" },
		{ 2, 0, "do not use it" },
	};
	unsigned problems;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		json_t *got;

		image_init(&image, t[i].major, 0, t[i].mailboxes);
		image.bytes[0x208] = 1;
		got = show(&problems);
		assert_string_equal(json_string_value(
					    json_object_get(path(got, "opregion", "mailbox_2"),
							    "drivers")),
				    t[i].text);
		assert_string_equal(json_string_value(
					    json_object_get(path(got, "opregion", "mailbox_4"),
							    "vbt")),
				    "none");
		assert_int_equal(problems, 0);
		json_decref(got);
	}
}

static void counts_edid_blocks(void **state)
{
	static const struct {
		uint32_t phed;
		unsigned byte; /* of the EDID that is set; 999: none */
		int blocks;
	} t[] = {
		{ 0, 0, 0 },   { 1, 127, 1 }, { 1, 128, 0 },	    { 2, 255, 2 },
		{ 2, 999, 0 }, { 3, 255, 2 }, { 0xfffffffc, 0, 0 },
	};
	unsigned problems;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		json_t *got;

		image_init(&image, 2, 0, 0x10);
		put_le32(image.bytes + 0x1c00, t[i].phed);
		if (t[i].byte < 999)
			image.bytes[0x1c04 + t[i].byte] = 1;
		got = show(&problems);
		assert_int_equal(json_integer_value(
					 json_object_get(path(got, "opregion", "mailbox_5"),
							 "edid_blocks")),
				 t[i].blocks);
		json_decref(got);
	}
}

/* ---- hostile images ---- */

struct counter {
	struct emit e;
	unsigned depth, calls;
};

static void count_open(struct emit *e, const char *key, enum emit_shape shape)
{
	struct counter *c = container_of(e, struct counter, e);

	(void)key;
	(void)shape;
	c->calls++;
	assert_true(++c->depth < EMIT_DEPTH);
}

static void count_close(struct emit *e)
{
	container_of(e, struct counter, e)->depth--;
}

static void count_value(struct emit *e, const char *key, const struct emit_value *v)
{
	struct counter *c = container_of(e, struct counter, e);

	(void)key;
	c->calls++;
	assert_true(v->n_names <= EMIT_BITS);
	if (v->text)
		for (const char *p = v->text; *p; p++)
			assert_true(*p >= ' ' && *p <= '~');
}

static const struct emit_ops counting = { count_open, count_close, count_value };

/* More than any real image gives, and still a few pages. */
#define CALLS_MAX 4000

static void walk(const uint8_t *b, size_t len)
{
	struct counter c = { .e.ops = &counting };
	int ret = opregion_show(&c.e, b, len);

	assert_true(ret == 0 || ret == -EINVAL);
	assert_true(ret == 0 || !c.calls);
	emit_problems(&c.e);
	assert_int_equal(c.depth, 0);
	assert_true(c.calls < CALLS_MAX);
	for (unsigned i = 0; i < MIN(c.e.n_problems, EMIT_PROBLEMS_MAX); i++)
		for (const char *p = c.e.problem[i].text; *p; p++)
			assert_true(*p >= ' ' && *p <= '~');
}

static void survives_every_changed_byte(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	(void)state;
	for (size_t n = 0; n < image_rows_n; n++) {
		uint8_t *copy;

		image_rows[n].make(&image);
		copy = malloc(image.len);
		memcpy(copy, image.bytes, image.len);
		for (size_t i = 0; i < image.len; i++) {
			for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
				/* in the voids of the VBT one value has to do */
				if (k && !image.bytes[i] && i > 0x400 && i % 8)
					continue;
				copy[i] = values[k];
				walk(copy, image.len);
			}
			copy[i] = image.bytes[i];
		}
		free(copy);
	}
}

static void survives_every_length(void **state)
{
	(void)state;
	for (size_t n = 0; n < image_rows_n; n++) {
		image_rows[n].make(&image);
		for (size_t len = 0; len <= image.len; len++)
			walk(bytes(len), len);
		if (image.len <= IMAGE_OPREGION)
			continue;
		/* its VBT alone */
		image.len -= IMAGE_OPREGION;
		memmove(image.bytes, image.bytes + IMAGE_OPREGION, image.len);
		for (size_t len = 0; len <= image.len; len++)
			walk(bytes(len), len);
	}
}

static void survives_noise(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		image_rows[round % image_rows_n].make(&image);
		for (unsigned n = 0; n < 1 + round % 40; n++) {
			size_t at;

			seed = seed * 1664525 + 1013904223;
			at = 16 + (seed >> 8) % (image.len - 16);
			seed = seed * 1664525 + 1013904223;
			image.bytes[at] = (uint8_t)(seed >> 24);
		}
		walk(bytes(image.len), image.len);
	}
}

/* Blocks without a byte, at the end of all bytes. */
static void survives_empty_blocks(void **state)
{
	(void)state;
	for (unsigned id = 0; id < 256; id++) {
		for (size_t size = 0; size < 8; size++) {
			static struct maker m;

			maker_init(&m, 264);
			maker_block(&m, 40, "\x0f", id != 40);
			maker_panels(&m, 0);
			maker_block(&m, (uint8_t)id, "\x06\x06\x06\x06\x06\x06\x06", size);
			maker_finish(&m);
			memcpy(image.bytes, m.bytes, m.len);
			walk(bytes(m.len), m.len);
		}
	}
}

/* 64 KiB of child devices, all different, one byte each or 33. */
static void bounds_what_it_writes(void **state)
{
	static const uint8_t sizes[] = { 1, 4, 33 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		static struct maker m;
		unsigned count = 60000U / sizes[i];
		uint8_t *child;

		maker_init(&m, 264);
		child = maker_children(&m, sizes[i], count);
		memset(child, 0x41, (size_t)count * sizes[i]);
		maker_finish(&m);
		image_init(&image, 2, 1, 0x0c);
		image_extend(&image, &m);
		walk(bytes(image.len), image.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolves_rvda),
		cmocka_unit_test(limits_mailbox_4),
		cmocka_unit_test(tells_what_it_is_given),
		cmocka_unit_test(names_what_is_wrong),
		cmocka_unit_test(says_what_drivers_do),
		cmocka_unit_test(counts_edid_blocks),
		cmocka_unit_test(survives_every_changed_byte),
		cmocka_unit_test(survives_every_length),
		cmocka_unit_test(survives_noise),
		cmocka_unit_test(survives_empty_blocks),
		cmocka_unit_test(bounds_what_it_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
