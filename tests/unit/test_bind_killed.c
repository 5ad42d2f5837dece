// SPDX-License-Identifier: BSD-2-Clause
/*
 * The process that took devices is killed, at any write of its life: whoever comes next, igdvm unbind or
 * another start, puts everything back as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind_steps.h"

static int take_gpu(void)
{
	bind_init(&b, bind_rig.root);
	return bind_take(&b, RIG_GPU, false);
}

static int take_and_give_back(void)
{
	int ret = take_gpu();

	return ret ? ret : bind_give_back(&b);
}

static int mend(void)
{
	return bind_mend(bind_rig.root);
}

static int give_back_gpu(void)
{
	return bind_return(bind_rig.root, RIG_GPU);
}

/* At each write of a whole life; then `then` puts everything in order. */
static void killed_anywhere(int (*then)(void), bool later)
{
	char *before;
	int status;

	much_to_do();
	before = rig_snapshot();
	for (unsigned n = 1;; n += later ? 3 : 1) {
		fake_stderr_begin();
		bind_rig.die_at = n;
		status = rig_in_child(take_and_give_back);
		bind_rig.die_at = 0;
		fake_stderr_end();
		if (status != RIG_KILLED) {
			assert_true(n > 24);
			break;
		}
		if (later) /* the one that mends is killed, too */
			for (unsigned k = 1;; k++) {
				fake_stderr_begin();
				bind_rig.die_at = k;
				status = rig_in_child(then);
				bind_rig.die_at = 0;
				fake_stderr_end();
				if (status != RIG_KILLED)
					break;
			}
		else
			status = QUIETLY(then());
		assert_int_equal(status, 0);
		same(before);
		assert_false(rig_has(STATE));
	}
	assert_int_equal(status, 0);
	free(before);
}

static void killed_then_unbind(void **state)
{
	(void)state;
	killed_anywhere(mend, false);
}

static void killed_then_unbind_that(void **state)
{
	(void)state;
	killed_anywhere(give_back_gpu, false);
}

static void killed_then_started_again(void **state)
{
	(void)state;
	killed_anywhere(take_and_give_back, false);
}

static void killed_and_killed_again(void **state)
{
	(void)state;
	killed_anywhere(mend, true);
}

/* Who took it is gone; whoever takes it now knows what was before. */
static void taken_over(void **state)
{
	char *before = rig_snapshot();

	(void)state;
	assert_int_equal(QUIETLY(rig_in_child(take_gpu)), 0);
	assert_int_equal(take(RIG_GPU, false), 0);
	says("died with it; it goes back in the end");
	rig_shell("grep -q '\"pid\": %d' " STATE, getpid());
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	same(before);
	free(before);
}

/* In the meantime somebody gave the GPU to another driver, by hand: that stays. */
static void somebody_elses_order(void **state)
{
	(void)state;
	assert_int_equal(QUIETLY(rig_in_child(take_gpu)), 0);
	rig_shell("mkdir sys/bus/pci/drivers/xe; ln -sfn ../../../bus/pci/drivers/xe "
		  "sys/bus/pci/devices/" RIG_GPU "/driver");
	assert_int_equal(QUIETLY(bind_mend(bind_rig.root)), 0);
	says(RIG_GPU ": xe has it by now, not i915; so it stays");
	assert_string_equal(rig_driver(RIG_GPU), "xe");
	assert_string_equal(rig_text("sys/bus/pci/devices/" RIG_GPU "/driver_override"), "(null)");
	assert_string_equal(rig_driver(RIG_AUDIO), "snd_hda_intel");
	nothing_left();
}

/* Likewise, and then it is taken again: it goes back to where it was found, without our override. */
static void taken_from_somebody_else(void **state)
{
	(void)state;
	assert_int_equal(QUIETLY(rig_in_child(take_gpu)), 0);
	rig_shell("mkdir sys/bus/pci/drivers/xe; ln -sfn ../../../bus/pci/drivers/xe "
		  "sys/bus/pci/devices/" RIG_GPU "/driver");
	assert_int_equal(take(RIG_GPU, false), 0);
	assert_string_equal(rig_driver(RIG_GPU), "vfio-pci");
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	assert_string_equal(rig_driver(RIG_GPU), "xe");
	assert_string_equal(rig_text("sys/bus/pci/devices/" RIG_GPU "/driver_override"), "(null)");
	assert_string_equal(rig_driver(RIG_AUDIO), "snd_hda_intel");
}

/* Its guest was killed with the process, but is not gone yet. */
static void group_open_for_a_while(void **state)
{
	char *before = rig_snapshot();

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(QUIETLY(rig_in_child(take_gpu)), 0);
		bind_rig.busy = "/dev/vfio/3";
		bind_rig.busy_us = 2000000;
		bind_rig.slept_us = 0;
		assert_int_equal(QUIETLY(i ? take_and_give_back() : mend()), 0);
		assert_null(bind_rig.busy);
		same(before);
	}
	/* and one that stays */
	assert_int_equal(QUIETLY(rig_in_child(take_gpu)), 0);
	bind_rig.busy = "/dev/vfio/3";
	bind_rig.busy_us = 0;
	assert_int_equal(take(RIG_GPU, false), -EBUSY);
	says("a program has it open");
	free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(group_open_for_a_while, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_then_unbind, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_then_unbind_that, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_then_started_again, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_and_killed_again, setup, teardown),
		cmocka_unit_test_setup_teardown(taken_over, setup, teardown),
		cmocka_unit_test_setup_teardown(somebody_elses_order, setup, teardown),
		cmocka_unit_test_setup_teardown(taken_from_somebody_else, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
