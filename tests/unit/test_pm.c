// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "dev/pm.h"
#include "fakes.h"
#include "layout.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define STATUS	(LAYOUT_PORT_PM1_EVT + 0)
#define ENABLE	(LAYOUT_PORT_PM1_EVT + 2)
#define CONTROL LAYOUT_PORT_PM1_CNT

#define PWRBTN	0x0100
#define WAK	0x8000
#define SLP_EN	0x2000
#define S(type) ((uint32_t)(type) << 10)

struct rig {
	struct bus pio;
	struct fake_irqchip irq;
	struct stop stop;
	struct pm pm;
};

static int setup(void **state)
{
	static struct rig rig;

	rig = (struct rig){ 0 };
	fake_irqchip_init(&rig.irq);
	*state = &rig;
	return stop_init(&rig.stop) ||
	       pm_init(&rig.pm, &rig.pio, fake_irq_line(&rig.irq, LAYOUT_GSI_SCI), &rig.stop);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	pm_fini(&rig->pm, &rig->pio);
	if (rig->pio.n)
		return -1;
	bus_fini(&rig->pio);
	stop_fini(&rig->stop);
	return 0;
}

static bool sci(const struct rig *rig)
{
	return rig->irq.gsi[LAYOUT_GSI_SCI].level;
}

static void power_button_raises_sci(void **state)
{
	struct rig *rig = *state;

	pm_power_button(&rig->pm);
	assert_false(sci(rig)); /* nobody asked to be told */
	assert_int_equal(fake_in(&rig->pio, STATUS, 2), PWRBTN);
	fake_out(&rig->pio, ENABLE, 2, PWRBTN);
	assert_true(sci(rig));
	fake_out(&rig->pio, STATUS, 2, 0xffff & ~PWRBTN);
	assert_true(sci(rig));
	fake_out(&rig->pio, STATUS, 2, PWRBTN);
	assert_false(sci(rig));
	assert_int_equal(fake_in(&rig->pio, STATUS, 2), 0);

	pm_power_button(&rig->pm);
	assert_true(sci(rig));
	fake_out(&rig->pio, ENABLE, 2, 0);
	assert_false(sci(rig));
	assert_int_equal(fake_in(&rig->pio, STATUS, 2), PWRBTN);
}

static void any_access_size_does(void **state)
{
	struct rig *rig = *state;

	fake_out(&rig->pio, ENABLE + 1, 1, PWRBTN >> 8);
	assert_int_equal(fake_in(&rig->pio, ENABLE, 2), PWRBTN);
	fake_out(&rig->pio, ENABLE, 1, 0x20);
	assert_int_equal(fake_in(&rig->pio, ENABLE, 2), PWRBTN | 0x20);

	pm_power_button(&rig->pm);
	assert_int_equal(fake_in(&rig->pio, STATUS + 1, 1), PWRBTN >> 8);
	assert_int_equal(fake_in(&rig->pio, STATUS, 1), 0);
	assert_int_equal(fake_in(&rig->pio, STATUS, 4), (PWRBTN | 0x20) << 16 | PWRBTN);
	assert_int_equal(fake_in(&rig->pio, STATUS + 1, 2), 0x2001);
	fake_out(&rig->pio, STATUS, 1, 0xff); /* the other byte's bits */
	assert_true(sci(rig));
	fake_out(&rig->pio, STATUS, 4, (uint32_t)PWRBTN << 16 | PWRBTN);
	assert_false(sci(rig));
	assert_int_equal(fake_in(&rig->pio, STATUS, 4), (uint32_t)PWRBTN << 16);
	/* enable word and control word in one */
	fake_out(&rig->pio, ENABLE, 4, S(3) << 16 | 0x0400);
	assert_int_equal(fake_in(&rig->pio, ENABLE, 4), (S(3) | 1) << 16 | 0x0400);
}

static void keeps_only_defined_bits(void **state)
{
	struct rig *rig = *state;

	fake_out(&rig->pio, ENABLE, 2, 0xffff);
	assert_int_equal(fake_in(&rig->pio, ENABLE, 2), 0x4721);
	fake_out(&rig->pio, STATUS, 2, 0xffff);
	assert_int_equal(fake_in(&rig->pio, STATUS, 2), 0);
	assert_int_equal(fake_in(&rig->pio, CONTROL, 2), 1);
	fake_out(&rig->pio, CONTROL, 2, 0xffff & ~SLP_EN);
	assert_int_equal(fake_in(&rig->pio, CONTROL, 2), 0x1c03);
	fake_out(&rig->pio, CONTROL, 2, 0); /* SCI_EN cannot be turned off */
	assert_int_equal(fake_in(&rig->pio, CONTROL, 2), 1);
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_NONE);
}

static void sleep_types(void **state)
{
	static const struct {
		uint16_t port;
		unsigned len;
		uint32_t value;
		bool off, wake;
	} t[] = {
		{ CONTROL, 2, SLP_EN | S(LAYOUT_S5_TYPE), true, false },
		{ CONTROL + 1, 1, (SLP_EN | S(LAYOUT_S5_TYPE)) >> 8, true, false },
		{ CONTROL, 4, SLP_EN | S(LAYOUT_S5_TYPE) | 1, true, false },
		{ CONTROL, 2, S(LAYOUT_S5_TYPE), false, false },
		{ CONTROL, 1, (SLP_EN | S(LAYOUT_S5_TYPE)) >> 8, false, false },
		{ CONTROL, 2, SLP_EN | S(0), false, true },
		{ CONTROL, 2, SLP_EN | S(1), false, true },
		{ CONTROL, 2, SLP_EN | S(7), false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		void *fresh;
		struct rig *rig;

		assert_int_equal(setup(&fresh), 0);
		rig = fresh;
		fake_out(&rig->pio, t[i].port, t[i].len, t[i].value);
		assert_int_equal(atomic_load(&rig->stop.reason),
				 t[i].off ? STOP_POWEROFF : STOP_NONE);
		assert_int_equal(fake_in(&rig->pio, STATUS, 2), t[i].wake ? WAK : 0);
		assert_int_equal(fake_in(&rig->pio, CONTROL, 2) & SLP_EN, 0);
		assert_false(sci(rig));
		assert_int_equal(teardown(&fresh), 0);
	}
}

static void leaves_nothing_on_a_taken_port(void **state)
{
	struct bus_region taken = { .base = CONTROL, .size = 1, .width = 1 };
	struct bus pio = { 0 };
	struct pm pm;

	(void)state;
	assert_int_equal(bus_add(&pio, &taken), 0);
	assert_int_equal(pm_init(&pm, &pio, (struct irq_line){ 0 }, NULL), -EEXIST);
	assert_int_equal(pio.n, 1);
	bus_fini(&pio);
}

int main(void)
{
#define PM_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		PM_TEST(power_button_raises_sci),
		PM_TEST(any_access_size_does),
		PM_TEST(keeps_only_defined_bits),
		cmocka_unit_test(sleep_types),
		cmocka_unit_test(leaves_nothing_on_a_taken_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
