// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "dev/reset.h"
#include "fakes.h"
#include "stop.h"
#include "test.h"
#include "util.h"

static void writes_and_what_they_do(void **state)
{
	static const struct {
		uint16_t port;
		unsigned len;
		uint32_t value;
		bool reset;
	} t[] = {
		{ 0xcf9, 1, 0x00, false },  { 0xcf9, 1, 0x02, false }, { 0xcf9, 1, 0x04, true },
		{ 0xcf9, 1, 0x06, true },   { 0xcf9, 1, 0x0e, true },  { 0xcf9, 1, 0xfb, false },
		{ 0x64, 1, 0xfe, true },    { 0x64, 1, 0xff, false },  { 0x64, 1, 0xd1, false },
		{ 0x64, 1, 0x04, false },   { 0x60, 1, 0xfe, false },  { 0x63, 2, 0xfe00, true },
		{ 0xcf8, 4, 0x0600, true }, /* no PCI here: each byte goes where it belongs */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct bus pio = { 0 };
		struct reset reset;
		struct stop stop;

		assert_int_equal(stop_init(&stop), 0);
		assert_int_equal(reset_init(&reset, &pio, &stop, true), 0);
		fake_out(&pio, t[i].port, t[i].len, t[i].value);
		assert_int_equal(atomic_load(&stop.reason), t[i].reset ? STOP_RESET : STOP_NONE);
		reset_fini(&reset, &pio);
		assert_int_equal(pio.n, 0);
		bus_fini(&pio);
		stop_fini(&stop);
	}
}

static void reads(void **state)
{
	struct bus pio = { 0 };
	struct reset reset;
	struct stop stop;

	(void)state;
	assert_int_equal(stop_init(&stop), 0);
	assert_int_equal(reset_init(&reset, &pio, &stop, true), 0);
	assert_int_equal(fake_in(&pio, 0xcf9, 1), 0);
	fake_out(&pio, 0xcf9, 1, 0x0a);
	assert_int_equal(fake_in(&pio, 0xcf9, 1), 0x0a);
	fake_out(&pio, 0xcf9, 1, 0x0e);
	assert_int_equal(fake_in(&pio, 0xcf9, 1), 0x0a);
	assert_int_equal(fake_in(&pio, 0x64, 1), 0);
	reset_fini(&reset, &pio);
	bus_fini(&pio);
	stop_fini(&stop);
}

/* With a keyboard controller in the machine, port 0x64 is that one's. */
static void leaves_the_pulse_to_others(void **state)
{
	struct bus pio = { 0 };
	struct reset reset;

	(void)state;
	assert_int_equal(reset_init(&reset, &pio, NULL, false), 0);
	assert_int_equal(fake_in(&pio, 0x64, 1), 0xff);
	assert_int_equal(fake_in(&pio, 0xcf9, 1), 0);
	fake_out(&pio, 0x64, 1, 0xfe);
	reset_fini(&reset, &pio);
	assert_int_equal(pio.n, 0);
	bus_fini(&pio);
}

static void leaves_nothing_on_a_taken_port(void **state)
{
	struct bus_region taken = { .base = 0x64, .size = 1, .width = 1 };
	struct bus pio = { 0 };
	struct reset reset;

	(void)state;
	assert_int_equal(bus_add(&pio, &taken), 0);
	assert_int_equal(reset_init(&reset, &pio, NULL, true), -EEXIST);
	assert_int_equal(pio.n, 1);
	bus_fini(&pio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_what_they_do),
		cmocka_unit_test(reads),
		cmocka_unit_test(leaves_the_pulse_to_others),
		cmocka_unit_test(leaves_nothing_on_a_taken_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
