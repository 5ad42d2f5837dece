// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "field_rows.h"
#include "test.h"
#include "util.h"

static char out[64 * KiB];

/* One of everything. */
static void walk(struct emit *e)
{
	struct emit_value flags = { .kind = EMIT_FLAGS, .number = 5, .digits = 2, .n_names = 2 };

	flags.names[0] = "one";
	flags.names[1] = "four";
	emit_number(e, "some_number", UINT32_MAX);
	emit_open(e, "object", EMIT_OBJECT);
	emit_hex(e, "hex", UINT64_MAX, 4);
	emit_bool(e, "yes", true);
	emit_named(e, "named", 7, "DP-B");
	emit_named(e, "unnamed", 8, NULL);
	e->ops->value(e, "flags", &flags);
	emit_open(e, "list", EMIT_LIST);
	emit_open(e, NULL, EMIT_ROW);
	emit_number(e, "a_b", 1);
	emit_string(e, "c", "%s", "");
	emit_none(e, "n");
	emit_close(e);
	emit_open(e, NULL, EMIT_OBJECT);
	emit_number(e, "d", 2);
	emit_close(e);
	emit_open(e, NULL, EMIT_OBJECT);
	emit_close(e);
	emit_close(e);
	emit_open(e, "none", EMIT_LIST);
	emit_close(e);
	emit_close(e);
	emit_open(e, "row", EMIT_ROW);
	emit_number(e, "d", 2);
	emit_close(e);
}

static void writes_text(void **state)
{
	FILE *f = fmemopen(out, sizeof(out), "w");
	struct emit_text t;

	(void)state;
	emit_text_begin(&t, f);
	walk(&t.e);
	fclose(f);
	assert_string_equal(out, "some number                    4294967295\n"
				 "\n"
				 "object\n"
				 "  hex                          0xffffffffffffffff\n"
				 "  yes                          yes\n"
				 "  named                        7 (DP-B)\n"
				 "  unnamed                      8 (unknown)\n"
				 "  flags                        0x05: one, four\n"
				 "  list\n"
				 "    a b 1  c (empty)  n (none)\n"
				 "    [0]\n"
				 "      d                        2\n"
				 "    [1]\n"
				 "  none: none\n"
				 "row: d 2\n");
}

static void writes_json(void **state)
{
	FILE *f = fmemopen(out, sizeof(out), "w");
	struct emit_json j;
	json_t *got, *want;

	(void)state;
	emit_json_begin(&j);
	walk(&j.e);
	assert_int_equal(emit_json_end(&j, f), 0);
	fclose(f);
	got = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	want = json_loads(
		"{\"some_number\": 4294967295, \"object\": {"
		"\"hex\": \"0xffffffffffffffff\", \"yes\": true,"
		"\"named\": {\"value\": 7, \"name\": \"DP-B\"},"
		"\"unnamed\": {\"value\": 8, \"name\": null},"
		"\"flags\": {\"value\": \"0x05\", \"set\": [\"one\", \"four\"]},"
		"\"list\": [{\"a_b\": 1, \"c\": \"\", \"n\": null}, {\"d\": 2}, {}], \"none\": []},"
		"\"row\": {\"d\": 2}}",
		0, NULL);
	assert_non_null(want);
	assert_true(json_equal(got, want));
	assert_int_equal(out[strlen(out) - 1], '\n');
	json_decref(got);
	json_decref(want);
}

static void leaves_write_errors_to_the_stream(void **state)
{
	FILE *f = fopen("/dev/full", "w");
	struct emit_json j;

	(void)state;
	setvbuf(f, NULL, _IONBF, 0);
	emit_json_begin(&j);
	walk(&j.e);
	assert_int_equal(emit_json_end(&j, f), 0);
	assert_true(ferror(f));
	fclose(f);
}

/* ---- out of memory ---- */

static unsigned until_failure;

static void *failing_malloc(size_t size)
{
	return until_failure && !--until_failure ? NULL : malloc(size);
}

static void survives_every_failing_allocation(void **state)
{
	unsigned n = 0;
	int ret;

	(void)state;
	json_set_alloc_funcs(failing_malloc, free);
	do {
		FILE *f = fmemopen(out, sizeof(out), "w");
		struct emit_json j;

		until_failure = ++n;
		emit_json_begin(&j);
		walk(&j.e);
		ret = emit_json_end(&j, f);
		fclose(f);
		/* what failed is said, or did not matter: nothing half is taken for whole */
		if (!ret && until_failure)
			break;
		if (!ret) {
			json_t *got = json_loads(out, 0, NULL);

			assert_non_null(got);
			json_decref(got);
		}
		assert_true(n < 1000);
	} while (true);
	json_set_alloc_funcs(malloc, free);
	assert_true(n > 50);
}

/* ---- bytes that came with the data ---- */

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static void makes_bytes_printable(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
		const char *text;
	} t[] = {
		{ BYTES("plain"), "plain" },
		{ BYTES("pad  \0 \0"), "pad" },
		{ BYTES(""), "" },
		{ BYTES("\0\0\0"), "" },
		{ BYTES("a\0b"), "ab" }, /* UTF-16 without its last byte */
		{ BYTES("a\0bc"), "a\\x00bc" },
		{ BYTES("G\0O\0P\0 \0001\0\0\0"), "GOP 1" },
		{ BYTES("\0a\0b"), "\\x00a\\x00b" },
		{ BYTES("a\0\xff\0b"), "a\\xffb" },
		{ BYTES("\\\"\n\r\t\x1b[31m\x7f\x80\xff"),
		  "\\x5c\"\\x0a\\x0d\\x09\\x1b[31m\\x7f\\x80\\xff" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		FILE *f = fmemopen(out, sizeof(out), "w");
		struct emit_json j;
		json_t *got;

		emit_json_begin(&j);
		emit_bytes(&j.e, "k", t[i].bytes, t[i].len);
		assert_int_equal(emit_json_end(&j, f), 0);
		fclose(f);
		got = json_loads(out, 0, NULL);
		assert_non_null(got);
		assert_string_equal(json_string_value(json_object_get(got, "k")), t[i].text);
		json_decref(got);
	}
}

static void bounds_what_it_takes(void **state)
{
	static uint8_t bytes[1000];
	static char text[1000];
	FILE *f = fmemopen(out, sizeof(out), "w");
	struct emit_text t;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	memset(text, 'x', sizeof(text) - 1);
	emit_text_begin(&t, f);
	emit_open(&t.e, "r", EMIT_ROW);
	emit_bytes(&t.e, NULL, bytes, sizeof(bytes));
	emit_close(&t.e);
	emit_open(&t.e, "r", EMIT_ROW);
	emit_string(&t.e, NULL, "%s%s%s", text, text, text);
	emit_close(&t.e);
	for (unsigned i = 0; i < EMIT_PROBLEMS_MAX + 5; i++) {
		t.e.base = 0x1000;
		emit_problem(&t.e, i, "%s", text);
	}
	emit_problems(&t.e);
	fclose(f);
	assert_int_equal(strcspn(out, "\n"), 3 + 4 * EMIT_BYTES_MAX);
	assert_int_equal(strcspn(strchr(out, '\n') + 1, "\n"), 3 + EMIT_TEXT_MAX - 1);
	assert_int_equal(t.e.n_problems, EMIT_PROBLEMS_MAX + 5);
	assert_non_null(strstr(out, "offset 0x100f"));
	assert_null(strstr(out, "offset 0x1010"));
}

/* ---- fields ---- */

static const struct field fields[] = {
	NUMBER("byte", 0, 1),
	NUMBER("high", 0, 1, .mask = 0xf0),
	HEX("word", 1, 2),
	BOOL("third", 1, 2, .mask = 1, .bit_step = 1),
	NAMED("named", 0, 1, NAMES(NAME_IN(2, "two", 0, 5), NAME_IN(2, "zwei", 6, 0)),
	      .mask = 0x0f),
	FLAGS("flags", 2, 1, NAMES(NAME(0, "a"), NAME_IN(1, "b", 7, 0))),
	STRING("string", 3, 2),
	NUMBER("since", 5, 1, .since = 6),
	NUMBER("until", 5, 1, .until = 5),
	NUMBER("stepped", 6, 1, .step = 2),
	NUMBER("wide", 6, 8),
	END
};

static const char *fields_of(const uint8_t *bytes, size_t len, unsigned version, unsigned index)
{
	uint8_t *copy = malloc(len + !len); /* for the sanitizer */
	FILE *f = fmemopen(out, sizeof(out), "w");
	struct emit_text t;

	memcpy(copy, bytes, len);
	emit_text_begin(&t, f);
	emit_open(&t.e, NULL, EMIT_ROW);
	field_emit(&t.e, fields, copy, len, version, index);
	emit_close(&t.e);
	fclose(f);
	free(copy);
	return out;
}

static void reads_fields(void **state)
{
	static const uint8_t b[14] = { 0x92, 0x34, 0x83, 'x', 'y', 9, 10, 11, 12 };

	(void)state;
	assert_string_equal(fields_of(b, 14, 5, 0),
			    "byte 146  high 9  word 0x8334  third no  named 2 (two)  "
			    "flags 0x83: a, bit 1, bit 7  string xy  until 9  stepped 10  "
			    "wide 789258\n");
	assert_string_equal(fields_of(b, 13, 7, 2),
			    "byte 146  high 9  word 0x8334  third yes  named 2 (zwei)  "
			    "flags 0x83: a, b, bit 7  string xy  since 9  stepped 0\n");
	/* what is not there whole is left out */
	assert_string_equal(fields_of(b, 4, 6, 0),
			    "byte 146  high 9  word 0x8334  third no  named 2 (zwei)  "
			    "flags 0x83: a, bit 1, bit 7\n");
	assert_string_equal(fields_of(b, 2, 6, 0), "byte 146  high 9  named 2 (zwei)\n");
	assert_string_equal(fields_of(b, 0, 6, 0), "\n");
	assert_non_null(strstr(fields_of(b, 9, 5, 1), "  stepped 12\n"));
	assert_null(strstr(fields_of(b, 8, 5, 1), "stepped"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_text),
		cmocka_unit_test(writes_json),
		cmocka_unit_test(leaves_write_errors_to_the_stream),
		cmocka_unit_test(survives_every_failing_allocation),
		cmocka_unit_test(makes_bytes_printable),
		cmocka_unit_test(bounds_what_it_takes),
		cmocka_unit_test(reads_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
