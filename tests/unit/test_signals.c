// SPDX-License-Identifier: BSD-2-Clause
#include <pthread.h>
#include <signal.h>

#include "dev/pm.h"
#include "fakes.h"
#include "layout.h"
#include "loop.h"
#include "signals.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define PM1_STATUS LAYOUT_PORT_PM1_EVT
#define PWRBTN	   0x0100

struct rig {
	pthread_mutex_t lock;
	struct loop loop;
	struct bus pio;
	struct fake_irqchip irq;
	struct stop stop;
	struct pm pm;
	struct signals signals;
};

static int setup(void **state)
{
	static struct rig rig;

	rig = (struct rig){ .lock = PTHREAD_MUTEX_INITIALIZER };
	fake_irqchip_init(&rig.irq);
	*state = &rig;
	return loop_init(&rig.loop, &rig.lock) || stop_init(&rig.stop) ||
	       pm_init(&rig.pm, &rig.pio, fake_irq_line(&rig.irq, LAYOUT_GSI_SCI), &rig.stop) ||
	       signals_init(&rig.signals, &rig.loop, &rig.pm, &rig.stop, NULL, 0);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	signals_fini(&rig->signals);
	pm_fini(&rig->pm, &rig->pio);
	bus_fini(&rig->pio);
	stop_fini(&rig->stop);
	loop_fini(&rig->loop);
	return 0;
}

static void comes(struct rig *rig, int sig)
{
	raise(sig);
	assert_int_equal(loop_run_once(&rig->loop, 0), 0);
}

static bool button(struct rig *rig)
{
	return fake_in(&rig->pio, PM1_STATUS, 2) & PWRBTN;
}

static void term_asks_first(void **state)
{
	struct rig *rig = *state;

	comes(rig, SIGTERM);
	assert_true(button(rig));
	assert_true(rig->signals.asked);
	assert_false(stop_requested(&rig->stop));
	comes(rig, SIGTERM);
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_SIGNAL);
	assert_int_equal(rig->stop.detail, SIGTERM);
}

static void others_end_at_once(void **state)
{
	static const int ends[] = { SIGINT, SIGHUP, SIGQUIT };
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		atomic_store(&rig->stop.reason, STOP_NONE);
		comes(rig, ends[i]);
		assert_int_equal(atomic_load(&rig->stop.reason), STOP_SIGNAL);
		assert_int_equal(rig->stop.detail, ends[i]);
	}
	assert_false(button(rig));
}

/* --on-reboot=restart would start the next machine without a thought of the signal. */
static void counts_while_a_reset_is_cleaned_up(void **state)
{
	static const struct {
		enum stop_reason first;
		int signal;
		enum stop_reason then;
		int detail;
		bool asked;
	} t[] = {
		{ STOP_RESET, SIGTERM, STOP_RESET, 0, true },
		{ STOP_RESET, SIGINT, STOP_SIGNAL, SIGINT, false },
		{ STOP_RESET, SIGHUP, STOP_SIGNAL, SIGHUP, false },
		{ STOP_POWEROFF, SIGINT, STOP_POWEROFF, 0, false },
		{ STOP_PANIC, SIGHUP, STOP_PANIC, 0, false },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		atomic_store(&rig->stop.reason, STOP_NONE);
		rig->stop.detail = 0;
		rig->signals.asked = rig->signals.give_up = false;
		stop_request(&rig->stop, t[i].first, 0);
		comes(rig, t[i].signal);
		assert_int_equal(atomic_load(&rig->stop.reason), t[i].then);
		assert_int_equal(rig->stop.detail, t[i].detail);
		assert_int_equal(rig->signals.asked, t[i].asked);
		assert_true(rig->signals.give_up);
	}
	assert_false(button(rig));
}

/* Who asked for the power off before the reset began, and then asks again. */
static void second_term_outranks_a_reset(void **state)
{
	struct rig *rig = *state;

	comes(rig, SIGTERM);
	stop_request(&rig->stop, STOP_RESET, 0);
	comes(rig, SIGTERM);
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_SIGNAL);
	assert_int_equal(rig->stop.detail, SIGTERM);
}

static void resize_is_passed_on(void *ctx)
{
	(*(int *)ctx)++;
}

static void winch_is_no_end(void **state)
{
	struct rig *rig = *state;
	int n = 0;

	comes(rig, SIGWINCH); /* nobody wants to know */
	rig->signals.resized = resize_is_passed_on;
	rig->signals.resized_ctx = &n;
	comes(rig, SIGWINCH);
	assert_int_equal(n, 1);
	assert_false(stop_requested(&rig->stop));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(term_asks_first, setup, teardown),
		cmocka_unit_test_setup_teardown(others_end_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(counts_while_a_reset_is_cleaned_up, setup,
						teardown),
		cmocka_unit_test_setup_teardown(second_term_outranks_a_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(winch_is_no_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
