// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_pvpanic.c - ports that tell igdvm how the guest fares: pvpanic and debug-exit.
 */
#include <errno.h>
#include <stdio.h>

#include "dev/debugexit.h"
#include "dev/pvpanic.h"
#include "fakes.h"
#include "stop.h"
#include "test.h"
#include "util.h"

struct rig {
	struct bus pio;
	struct stop stop;
	struct pvpanic pvpanic;
	struct debugexit debugexit;
};

static void rig_init(struct rig *rig)
{
	*rig = (struct rig){ 0 };
	assert_int_equal(stop_init(&rig->stop), 0);
	assert_int_equal(pvpanic_init(&rig->pvpanic, &rig->pio, &rig->stop), 0);
	assert_int_equal(debugexit_init(&rig->debugexit, &rig->pio, &rig->stop), 0);
}

static void rig_fini(struct rig *rig)
{
	pvpanic_fini(&rig->pvpanic, &rig->pio);
	debugexit_fini(&rig->debugexit, &rig->pio);
	assert_int_equal(rig->pio.n, 0);
	bus_fini(&rig->pio);
	stop_fini(&rig->stop);
}

static void events_and_what_they_do(void **state)
{
	struct rig rig;

	(void)state;
	for (unsigned event = 0; event < 256; event++) {
		rig_init(&rig);
		assert_int_equal(fake_in(&rig.pio, 0x505, 1), 3);
		fake_stderr_begin();
		fake_out(&rig.pio, 0x505, 1, event);
		fake_out(&rig.pio, 0x505, 1, event);
		assert_string_equal(fake_stderr_end(),
				    event & 1	? "igdvm: the guest's kernel panicked\n"
				    : event & 2 ? "igdvm: the guest's kernel panicked, its crash "
						  "kernel goes on\n"
						: "");
		assert_int_equal(atomic_load(&rig.stop.reason), event & 1 ? STOP_PANIC : STOP_NONE);
		rig_fini(&rig);
	}
}

/* The port's neighbours say nothing, and of a wider access one byte counts. */
static void every_width_around_pvpanic(void **state)
{
	struct rig rig;

	(void)state;
	for (unsigned port = 0x501; port < 0x50a; port++) {
		for (unsigned len = 1; len <= 4; len *= 2) {
			bool hit = port <= 0x505 && port + len > 0x505;

			rig_init(&rig);
			assert_int_equal(fake_in(&rig.pio, port, len) !=
						 (uint32_t)(BIT(8 * len) - 1),
					 hit);
			fake_stderr_begin();
			fake_out(&rig.pio, port, len, 0x01010101);
			fake_stderr_end();
			assert_int_equal(stop_requested(&rig.stop), hit);
			rig_fini(&rig);
		}
	}
}

static void exit_codes(void **state)
{
	static const struct {
		uint16_t port;
		unsigned len;
		uint32_t value;
		int code; /* -1: goes on */
	} t[] = {
		{ 0xf4, 1, 0, 0 },	     { 0xf4, 2, 0, 0 },	       { 0xf4, 4, 0, 0 },
		{ 0xf4, 1, 1, 1 },	     { 0xf4, 4, 62, 62 },      { 0xf4, 4, 63, 63 },
		{ 0xf4, 1, 64, 63 },	     { 0xf4, 1, 77, 63 },      { 0xf4, 1, 128, 63 },
		{ 0xf4, 4, 0x100, 63 },	     { 0xf4, 1, 255, 63 },     { 0xf4, 4, 0x80000000, 63 },
		{ 0xf4, 4, UINT32_MAX, 63 }, { 0xf2, 4, 0x050000, 5 }, { 0xf7, 1, 3, 3 },
		{ 0xf3, 1, 1, -1 },	     { 0xf8, 1, 1, -1 },       { 0xf0, 4, 1, -1 },
	};
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig_init(&rig);
		assert_int_equal(fake_in(&rig.pio, 0xf4, 4), 0);
		fake_out(&rig.pio, t[i].port, t[i].len, t[i].value);
		assert_int_equal(atomic_load(&rig.stop.reason),
				 t[i].code < 0 ? STOP_NONE : STOP_DEBUG_EXIT);
		if (t[i].code >= 0)
			assert_int_equal(rig.stop.detail, t[i].code);
		rig_fini(&rig);
	}
}

static void leave_nothing_on_a_taken_port(void **state)
{
	struct bus_region panic = { .base = 0x505, .size = 1, .width = 1 };
	struct bus_region debug = { .base = 0xf4, .size = 1, .width = 1 };
	struct rig rig = { 0 };

	(void)state;
	assert_int_equal(bus_add(&rig.pio, &panic), 0);
	assert_int_equal(bus_add(&rig.pio, &debug), 0);
	assert_int_equal(pvpanic_init(&rig.pvpanic, &rig.pio, NULL), -EEXIST);
	assert_int_equal(debugexit_init(&rig.debugexit, &rig.pio, NULL), -EEXIST);
	pvpanic_fini(&rig.pvpanic, &rig.pio);
	debugexit_fini(&rig.debugexit, &rig.pio);
	assert_int_equal(rig.pio.n, 2);
	bus_fini(&rig.pio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_and_what_they_do),
		cmocka_unit_test(every_width_around_pvpanic),
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(leave_nothing_on_a_taken_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
