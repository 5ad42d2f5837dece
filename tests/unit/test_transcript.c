// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>

#include "test.h"
#include "transcript.h"
#include "util.h"

static struct rig {
	struct transcript t;
	char lines[8192]; /* each with a '|' behind it */
	unsigned begun, more;
} rig;

static void begun(void *ctx)
{
	((struct rig *)ctx)->begun++;
}

static void line(void *ctx, const char *text)
{
	struct rig *r = ctx;
	size_t len = strlen(r->lines);

	snprintf(r->lines + len, sizeof(r->lines) - len, "%s|", text);
}

static void more(void *ctx)
{
	((struct rig *)ctx)->more++;
}

static const struct transcript_ops ops = { begun, line, more };

static int setup(void **state)
{
	(void)state;
	memset(&rig, 0, sizeof(rig));
	transcript_init(&rig.t, &ops, &rig);
	return 0;
}

static void put(unsigned port, const void *buf, size_t len)
{
	struct serial_tap *tap = &rig.t.port[port].tap;

	tap->fn(tap, buf, len);
}

static void put_text(const char *text)
{
	put(0, text, strlen(text));
}

static void makes_lines(void **state)
{
	(void)state;
	assert_int_equal(rig.begun, 0);
	put_text("one\r\ntw");
	assert_string_equal(rig.lines, "one|");
	assert_string_equal(rig.t.port[0].line, "tw");
	put_text("o\n\n");
	assert_string_equal(rig.lines, "one|two||");
	assert_int_equal(rig.begun, 1);
	assert_int_equal(rig.more, 1);
}

static void keeps_ports_apart(void **state)
{
	char text[64];

	(void)state;
	put(0, "com", 3);
	put(1, "hvc\nlogin: ", 11);
	put(0, "1\n", 2);
	assert_string_equal(rig.lines, "hvc|com1|");
	transcript_copy(&rig.t, text, sizeof(text));
	assert_string_equal(text, "hvc\ncom1\nlogin: \n");
}

static void leaves_control_sequences_out(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "\033[0;32m  OK  \033[0m done\n", "  OK   done|" },
		{ "\033[?25l\033[2J\033[Hx\n", "x|" },
		{ "\033]0;title\007shown\n", "shown|" },
		{ "\033]0;title\033\\shown\n", "shown|" },
		{ "\033(Bx\n", "x|" },
		{ "\033cx\n", "x|" },
		{ "a\bb\007c\x7f\n", "abc|" },
		{ "tab\tkept\n", "tab\tkept|" },
		{ "\xc3\xa4 \xff\n", "\xc3\xa4 \xff|" },
		{ "\033]never ends\nnext\n", "|next|" },
		{ "\033[12\nnext\n", "|next|" },
		{ "\033\nnext\n", "|next|" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		setup(state);
		put_text(t[i].in);
		if (strcmp(rig.lines, t[i].out))
			fail_msg("row %zu: \"%s\"", i, rig.lines);
		/* the same, byte by byte */
		setup(state);
		for (const char *p = t[i].in; *p; p++)
			put(0, p, 1);
		assert_string_equal(rig.lines, t[i].out);
	}
}

static void bounds_a_line(void **state)
{
	char buf[TRANSCRIPT_LINE + 5];

	(void)state;
	memset(buf, 'x', sizeof(buf));
	put(0, buf, sizeof(buf));
	assert_int_equal(strlen(rig.lines), TRANSCRIPT_LINE + 1);
	assert_string_equal(rig.t.port[0].line, "xxxxx");
	put(0, "\0\0y\n", 4);
	assert_string_equal(rig.lines + TRANSCRIPT_LINE + 1, "xxxxxy|");
}

/* However much goes in and however little there is room for: whole lines, the last ones. */
static void copies_the_end(void **state)
{
	static char text[TRANSCRIPT_TAIL + 1];
	char number[16];
	size_t len;

	(void)state;
	assert_int_equal(transcript_copy(&rig.t, text, sizeof(text)), 0);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(number, sizeof(number), "%u\n", i);
		put_text(number);
		rig.lines[0] = '\0';
	}
	put_text("end");
	for (size_t size = 8; size <= sizeof(text); size = size * 3 / 2) {
		unsigned first, n = 0;

		len = transcript_copy(&rig.t, text, size);
		assert_true(len < size);
		assert_int_equal(strlen(text), len);
		assert_string_equal(text + len - 4, "end\n");
		first = (unsigned)atoi(text);
		for (char *p = text; p < text + len - 4; p = strchr(p, '\n') + 1, n++)
			assert_int_equal(atoi(p), first + n);
		assert_true(size < 32 || first + n == 20000);
	}
	assert_true(transcript_copy(&rig.t, text, sizeof(text)) > TRANSCRIPT_TAIL - 16);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(makes_lines),   TEST(keeps_ports_apart), TEST(leaves_control_sequences_out),
		TEST(bounds_a_line), TEST(copies_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
