// SPDX-License-Identifier: BSD-2-Clause
#include <pthread.h>
#include <time.h>

#include "config.h"
#include "expect.h"
#include "fakes.h"
#include "test.h"
#include "util.h"

static struct rig {
	pthread_mutex_t lock;
	struct loop loop;
	struct stop stop;
	struct config config;
	struct transcript transcript;
	struct expect expect;
} rig;

static void line(void *ctx, const char *text)
{
	(void)ctx;
	expect_line(&rig.expect, text);
}

static void more(void *ctx)
{
	(void)ctx;
	expect_more(&rig.expect);
}

static const struct transcript_ops ops = { NULL, line, more };

static int setup(void **state)
{
	(void)state;
	memset(&rig, 0, sizeof(rig));
	pthread_mutex_init(&rig.lock, NULL);
	transcript_init(&rig.transcript, &ops, NULL);
	return loop_init(&rig.loop, &rig.lock) || stop_init(&rig.stop);
}

static int teardown(void **state)
{
	(void)state;
	expect_fini(&rig.expect);
	loop_fini(&rig.loop);
	stop_fini(&rig.stop);
	return 0;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void begin(const char *expect, const char *fail_on, uint64_t deadline)
{
	rig.config.expect = expect;
	rig.config.fail_on = fail_on;
	assert_int_equal(expect_init(&rig.expect, &rig.config, deadline, &rig.transcript, &rig.loop,
				     &rig.stop),
			 0);
}

static void shows(const char *text)
{
	struct serial_tap *tap = &rig.transcript.port[0].tap;

	tap->fn(tap, (const uint8_t *)text, strlen(text));
}

static enum stop_reason reason(void)
{
	return (enum stop_reason)atomic_load(&rig.stop.reason);
}

static void matches_a_line(void **state)
{
	static const struct {
		const char *expect, *fail_on, *text;
		enum stop_reason reason;
	} t[] = {
		{ "^done [0-9]+", NULL, "not done 1\n", STOP_NONE },
		{ "^done [0-9]+", NULL, "done 12 checks\n", STOP_EXPECTED },
		{ "done$", NULL, "all done\r\n", STOP_EXPECTED },
		{ "done$", NULL, "done not\n", STOP_NONE },
		{ "a|b", NULL, "xbx\n", STOP_EXPECTED },
		{ NULL, "(panic|BUG)", "kernel BUG at\n", STOP_UNEXPECTED },
		{ NULL, "(panic|BUG)", "fine\n", STOP_NONE },
		{ "OK", "FAIL", "OK but FAIL\n", STOP_UNEXPECTED },
		{ "OK", "FAIL", "OK\nFAIL\n", STOP_EXPECTED },
		{ "OK", "FAIL", "FAIL\nOK\n", STOP_UNEXPECTED },
		{ "green OK", NULL, "\033[1mgreen \033[0mOK\n", STOP_EXPECTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		setup(state);
		begin(t[i].expect, t[i].fail_on, 0);
		shows(t[i].text);
		if (reason() != t[i].reason)
			fail_msg("row %zu: %d", i, (int)reason());
		teardown(state);
	}
	setup(state);
}

/* No line end ever comes behind a prompt. */
static void matches_a_prompt(void **state)
{
	(void)state;
	begin("login: $", NULL, 0);
	shows("Debian\nhost login: ");
	assert_int_equal(reason(), STOP_NONE);
	assert_int_equal(loop_run_once(&rig.loop, 10000), 0);
	assert_int_equal(reason(), STOP_EXPECTED);
	assert_string_equal(rig.expect.match, "host login: ");
}

/* Each look costs the same however many bytes came, and a later byte starts another. */
static void looks_again(void **state)
{
	(void)state;
	begin("abc", NULL, 0);
	shows("a");
	shows("b");
	assert_int_equal(loop_run_once(&rig.loop, 10000), 0);
	assert_int_equal(reason(), STOP_NONE);
	assert_int_equal(loop_run_once(&rig.loop, 2 * EXPECT_SETTLE_MS), 0);
	shows("c");
	assert_int_equal(loop_run_once(&rig.loop, 10000), 0);
	assert_int_equal(reason(), STOP_EXPECTED);
}

static void looks_at_the_last_line(void **state)
{
	(void)state;
	begin("bye", "BUG", 0);
	assert_int_equal(expect_last(&rig.expect), STOP_NONE);
	shows("good");
	assert_int_equal(expect_last(&rig.expect), STOP_NONE);
	shows("bye");
	assert_int_equal(expect_last(&rig.expect), STOP_EXPECTED);
	shows("BUG");
	assert_int_equal(expect_last(&rig.expect), STOP_UNEXPECTED);
	assert_string_equal(rig.expect.match, "goodbyeBUG");
}

static void time_runs_out(void **state)
{
	uint64_t from = now();

	(void)state;
	begin("never", NULL, from + 50 * 1000000);
	shows("x");
	while (reason() == STOP_NONE)
		assert_int_equal(loop_run_once(&rig.loop, 10000), 0);
	assert_int_equal(reason(), STOP_TIMEOUT);
	assert_true(now() - from >= 50 * 1000000);
}

/* Building the machine may have taken all of it. */
static void time_has_run_out(void **state)
{
	(void)state;
	begin(NULL, NULL, 1);
	assert_int_equal(loop_run_once(&rig.loop, 10000), 0);
	assert_int_equal(reason(), STOP_TIMEOUT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(matches_a_line), TEST(matches_a_prompt), TEST(looks_again),
		TEST(time_runs_out),  TEST(time_has_run_out), TEST(looks_at_the_last_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
