// SPDX-License-Identifier: BSD-2-Clause
/*
 * Devices go to vfio-pci and back: every driver, override and console is what it was, whatever write
 * fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind_steps.h"

/* ---- there and back ---- */

static void there_and_back(void **state)
{
	char *before;

	(void)state;
	much_to_do();
	before = rig_snapshot();
	assert_int_equal(take("00:02.0", false), 0);
	assert_string_equal(rig_driver(RIG_GPU), "vfio-pci");
	assert_string_equal(rig_driver(RIG_AUDIO), "vfio-pci");
	assert_string_equal(rig_driver(RIG_SPARE), "vfio-pci");
	assert_string_equal(rig_driver(RIG_BRIDGE), "pcieport");
	assert_string_equal(rig_driver(RIG_ISA), "");
	assert_string_equal(rig_driver(RIG_NIC), "e1000e");
	assert_string_equal(rig_text("sys/class/vtconsole/vtcon1/bind"), "0");
	assert_false(rig_has("sys/bus/platform/drivers/efi-framebuffer/efi-framebuffer.0"));
	rig_shell("[ $(stat -c %%a run/igdvm) = 700 ] && [ $(stat -c %%a " STATE ") = 600 ]");
	rig_shell("grep -q '\"pid\": %d' " STATE " && grep -q i915 " STATE
		  " && grep -q nouveau " STATE " && grep -q vtcon1 " STATE
		  " && grep -q efi-framebuffer.0 " STATE " && ! grep -q vtcon2 " STATE,
		  getpid());
	says(RIG_GPU ": bound to vfio-pci, from i915\n");
	says(RIG_AUDIO ": bound to vfio-pci, from snd_hda_intel, for it is in one IOMMU group");
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	says(RIG_GPU ": given back to i915\n");
	same(before);
	nothing_left();
	free(before);
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	assert_string_equal(said, "");
}

/* The driver from before is named: another one would match, too. */
static void back_to_that_driver(void **state)
{
	char *before;

	(void)state;
	rig_shell("mkdir sys/bus/pci/drivers/xe; echo xe >natural/" RIG_GPU);
	before = rig_snapshot();
	assert_int_equal(take(RIG_GPU, false), 0);
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	same(before);
	free(before);
}

static void several_devices(void **state)
{
	char *before = rig_snapshot();

	(void)state;
	assert_int_equal(take(RIG_GPU, false), 0);
	assert_int_equal(take(RIG_AUDIO, false), 0); /* is taken already: its group is */
	assert_int_equal(take(RIG_NIC, false), 0);
	assert_int_equal(b.n_groups, 2);
	assert_true(rig_has("run/igdvm/group-5.json"));
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	same(before);
	free(before);
}

/* Bound by somebody else, or by `igdvm bind`: stays, and nobody gives it back. */
static void bound_already(void **state)
{
	static const char *const group[] = { RIG_GPU, RIG_AUDIO, RIG_SPARE };
	char *before;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(group); i++)
		rig_shell("cd sys/bus/pci/devices/%s; rm -f driver; "
			  "ln -s ../../../bus/pci/drivers/vfio-pci driver",
			  group[i]);
	before = rig_snapshot();
	assert_int_equal(take(RIG_GPU, false), 0);
	says(RIG_GPU ": vfio-pci has it already");
	assert_int_equal(bind_rig.writes, 0);
	nothing_left();
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	same(before);
	assert_int_equal(QUIETLY(bind_return(bind_rig.root, RIG_GPU)), -ENOENT);
	says("not by igdvm bind");
	free(before);
}

static void only_what_is_missing(void **state)
{
	char *before;

	(void)state;
	rig_shell("cd sys/bus/pci/devices/" RIG_GPU "; rm driver; "
		  "ln -s ../../../bus/pci/drivers/vfio-pci driver; cd ../" RIG_SPARE
		  "; mkdir %s/sys/bus/pci/drivers/pci-stub; ln -s "
		  "../../../bus/pci/drivers/pci-stub driver",
		  bind_rig.root);
	before = rig_snapshot();
	assert_int_equal(take(RIG_GPU, false), 0);
	assert_string_equal(rig_driver(RIG_AUDIO), "vfio-pci");
	assert_string_equal(rig_driver(RIG_SPARE), "pci-stub");
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	same(before);
	free(before);
	/* asked for by name, it is taken from pci-stub */
	assert_int_equal(take(RIG_SPARE, false), 0);
	assert_string_equal(rig_driver(RIG_SPARE), "vfio-pci");
}

static void framebuffer_is_gone(void **state)
{
	(void)state;
	much_to_do();
	bind_rig.framebuffer_goes = true;
	assert_int_equal(take(RIG_GPU, false), 0);
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	says("efi-framebuffer.0: the boot framebuffer cannot be given back");
	assert_string_equal(rig_driver(RIG_GPU), "i915");
	assert_string_equal(rig_text("sys/class/vtconsole/vtcon1/bind"), "1");
	nothing_left();
}

/* From Linux 6.9 on the platform device hangs on the GPU; and its framebuffer alone has a console. */
static void framebuffer_below_the_gpu(void **state)
{
	(void)state;
	rig_shell("cd sys; rm class/graphics/fb0; d=devices/pci0000:00/" RIG_GPU
		  "/simple-framebuffer.0; mkdir -p $d/graphics/fb0 devices/platform "
		  "bus/platform/drivers/simple-framebuffer; ln -s ../../../../$d "
		  "bus/platform/drivers/simple-framebuffer/; "
		  "ln -s ../../$d/graphics/fb0 class/graphics/fb0");
	assert_int_equal(take(RIG_GPU, false), 0);
	assert_int_equal(b.group[0].n_framebuffers, 1);
	assert_int_equal(b.group[0].n_consoles, 1);
}

/* Somebody else's framebuffer and console stay. */
static void others_consoles_stay(void **state)
{
	(void)state;
	much_to_do();
	rig_shell("ln -sfn ../../devices/pci0000:00/0000:00:09.0/graphics/fb0 "
		  "sys/class/graphics/fb0; "
		  "printf '5000000000-50007e8fff : efifb\\n' >proc/iomem");
	assert_int_equal(take(RIG_GPU, false), 0);
	assert_int_equal(b.group[0].n_framebuffers, 0);
	assert_int_equal(b.group[0].n_consoles, 0);
	assert_string_equal(rig_text("sys/class/vtconsole/vtcon1/bind"), "1");
}

/* ---- modules ---- */

static void loads_the_driver(void **state)
{
	char *before;

	(void)state;
	before = rig_snapshot();
	rig_shell("rmdir sys/bus/pci/drivers/vfio-pci; echo $PWD/probe >proc/sys/kernel/modprobe; "
		  "printf '#!/bin/sh\\necho \"$@\" >>%%s/asked\\nmkdir "
		  "%%s/sys/bus/pci/drivers/$2\\n' "
		  "$PWD $PWD >probe; chmod +x probe");
	assert_int_equal(take(RIG_GPU, false), 0);
	assert_string_equal(rig_text("asked"), "-q vfio-pci");
	/* the former one was unloaded in between */
	rig_shell("rmdir sys/bus/pci/drivers/i915");
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	rig_shell("tail -n 1 asked | grep -qx -- '-q i915'");
	same(before);
	free(before);
}

/* As it is with bochs-drm, whose module is bochs: the device knows it. */
static void module_of_another_name(void **state)
{
	(void)state;
	rig_shell(
		"echo pci:v8086 >sys/bus/pci/devices/" RIG_GPU "/modalias; "
		"echo $PWD/probe >proc/sys/kernel/modprobe; printf '#!/bin/sh\n[ \"$2\" != "
		"pci:v8086 ] || mkdir %%s/sys/bus/pci/drivers/i915\n' $PWD >probe; chmod +x probe");
	assert_int_equal(take(RIG_GPU, false), 0);
	rig_shell("rmdir sys/bus/pci/drivers/i915");
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	assert_string_equal(rig_driver(RIG_GPU), "i915");
}

static void driver_cannot_be_loaded(void **state)
{
	static const struct {
		const char *program, *why;
	} t[] = {
		{ "/bin/false", "modprobe loaded none; \"modprobe -v vfio-pci\" says why" },
		{ "/nonexistent", "/nonexistent: No such file or directory: it cannot load" },
	};
	char *before;

	(void)state;
	rig_shell("rmdir sys/bus/pci/drivers/vfio-pci");
	before = rig_snapshot();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig_shell("echo %s >proc/sys/kernel/modprobe", t[i].program);
		assert_true(take(RIG_GPU, false) < 0);
		says(t[i].why);
		same(before);
		nothing_left();
	}
	free(before);
}

/* ---- failures ---- */

static void one_line(void)
{
	assert_true(*said && strchr(said, '\n') == strrchr(said, '\n'));
}

static void nobody_takes_it(void **state)
{
	char *before = rig_snapshot();

	(void)state;
	bind_rig.refuses = "vfio-pci";
	assert_int_equal(take(RIG_GPU, false), -ENODEV);
	says(RIG_GPU ": vfio-pci refuses it");
	one_line();
	same(before);
	nothing_left();
	free(before);
}

/* Everything that take() writes fails once, at each place. */
static void any_write_of_take_fails(void **state)
{
	unsigned n = 0;
	char *before;

	(void)state;
	much_to_do();
	before = rig_snapshot();
	do {
		bind_rig.fault = (struct fake_fault){ .fail_at = ++n, .err = -EIO };
		if (!take(RIG_GPU, false))
			break;
		assert_non_null(bind_rig.fault.failed);
		says("Input/output error");
		one_line();
		same(before);
		nothing_left();
		assert_int_equal(b.n_groups, 0);
	} while (true);
	assert_null(bind_rig.fault.failed);
	assert_true(n > 10);
	bind_rig.fault = (struct fake_fault){ 0 };
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	same(before);
	free(before);
}

/* The rest is given back; what is not can be, later. */
static void any_write_of_give_back_fails(void **state)
{
	unsigned n = 0, failed = 0;
	char *before;

	(void)state;
	much_to_do();
	before = rig_snapshot();
	do {
		int ret;

		assert_int_equal(take(RIG_GPU, false), 0);
		bind_rig.fault = (struct fake_fault){ .fail_at = ++n, .err = -EIO };
		ret = QUIETLY(bind_give_back(&b));
		if (!bind_rig.fault.failed)
			assert_int_equal(ret, 0);
		else
			assert_true(*said);
		assert_int_equal(rig_has(STATE), ret != 0);
		rig_process(getpid(), 0);
		failed += ret != 0;
		if (ret)
			assert_int_equal(QUIETLY(bind_mend(bind_rig.root)), 0);
		else if (bind_rig.fault.failed) /* a console, and there was a warning */
			rig_shell("echo 1 >sys/class/vtconsole/vtcon1/bind; ln -sfn "
				  "../../../../devices/platform/efi-framebuffer.0 "
				  "sys/bus/platform/drivers/efi-framebuffer/efi-framebuffer.0");
		same(before);
		nothing_left();
		rig_process(getpid(), 1000);
	} while (bind_rig.fault.failed);
	assert_true(failed >= 8 && n - failed >= 2);
	free(before);
}

static void former_driver_is_gone(void **state)
{
	(void)state;
	assert_int_equal(take(RIG_GPU, false), 0);
	bind_rig.refuses = "i915";
	assert_int_equal(QUIETLY(bind_give_back(&b)), -ENODEV);
	says(RIG_GPU ": i915 does not take it back");
	one_line();
	assert_string_equal(rig_driver(RIG_AUDIO), "snd_hda_intel");
	assert_true(rig_has(STATE));
	bind_rig.refuses = NULL;
	rig_process(getpid(), 0);
	assert_int_equal(QUIETLY(bind_return(bind_rig.root, RIG_GPU)), 0);
	assert_string_equal(rig_driver(RIG_GPU), "i915");
	nothing_left();
}

static void group_still_open(void **state)
{
	(void)state;
	assert_int_equal(take(RIG_GPU, false), 0);
	bind_rig.busy = "/dev/vfio/3";
	assert_int_equal(QUIETLY(bind_give_back(&b)), -EBUSY);
	says("/dev/vfio/3 (" RIG_GPU "): a program has it open");
	assert_string_equal(rig_driver(RIG_GPU), "vfio-pci");
	assert_true(rig_has(STATE));
	assert_in_range(bind_rig.slept_us, 3000000, 30000000);
}

static void unplugged(void **state)
{
	(void)state;
	assert_int_equal(take(RIG_GPU, false), 0);
	rig_shell("rm sys/bus/pci/devices/" RIG_AUDIO);
	assert_int_equal(QUIETLY(bind_give_back(&b)), 0);
	says(RIG_AUDIO ": the host no longer has it");
	assert_string_equal(rig_driver(RIG_GPU), "i915");
	nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(back_to_that_driver, setup, teardown),
		cmocka_unit_test_setup_teardown(several_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(bound_already, setup, teardown),
		cmocka_unit_test_setup_teardown(only_what_is_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(framebuffer_is_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(framebuffer_below_the_gpu, setup, teardown),
		cmocka_unit_test_setup_teardown(others_consoles_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(loads_the_driver, setup, teardown),
		cmocka_unit_test_setup_teardown(module_of_another_name, setup, teardown),
		cmocka_unit_test_setup_teardown(driver_cannot_be_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_takes_it, setup, teardown),
		cmocka_unit_test_setup_teardown(any_write_of_take_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(any_write_of_give_back_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(former_driver_is_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(group_still_open, setup, teardown),
		cmocka_unit_test_setup_teardown(unplugged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
