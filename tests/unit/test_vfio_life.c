// SPDX-License-Identifier: BSD-2-Clause
/*
 * Life and death of an assigned device: how it starts, what the host says about it while the guest
 * runs, and a device that stops answering at its BARs.
 */
#include <errno.h>
#include <string.h>

#include "fakes.h"
#include "test.h"
#include "util.h"
#include "vfio_rig.h"

static unsigned lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* ---- reset ---- */

static void says_how_it_starts(void **state)
{
	static const struct {
		const char *method;
		bool none;
		const char *text;
	} t[] = {
		{ "flr bus", false, "igdvm: debug: 0000:00:02.0: reset by flr bus\n" },
		{ "", false, "igdvm: debug: 0000:00:02.0: reset by its driver\n" },
		{ "", true,
		  "igdvm: 0000:00:02.0: no reset: the device starts as its last user left it\n" },
	};
	struct vfio_rig *rig = *state;

	log_set_level(LOG_DEBUG);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		strcpy(rig->dev.dev.reset_method, t[i].method);
		rig->dev.no_reset = t[i].none;
		fake_stderr_begin();
		vfio_rig_start(rig);
		vfio_pci_fini(&rig->v);
		assert_string_equal(fake_stderr_end(), t[i].text);
	}
	log_set_level(LOG_INFO);
}

/* ---- what the host says ---- */

static void ends_with_the_device(void **state)
{
	static const struct {
		unsigned index;
		const char *text;
	} t[] = {
		{ VFIO_REQ, "igdvm: 0000:00:02.0: the host asks for it back; the guest ends\n" },
		{ VFIO_ERR,
		  "igdvm: 0000:00:02.0: it reported an unrecoverable error; the guest ends\n" },
	};
	struct vfio_rig *rig = *state;
	const uint64_t one = 1;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		vfio_rig_start(rig);
		assert_int_equal(rig->dev.irq[VFIO_REQ].n, 1);
		assert_int_equal(rig->dev.irq[VFIO_ERR].n, 1);
		atomic_store(&rig->stop.reason, STOP_NONE);
		assert_int_equal(loop_run_once(&rig->loop, 0), 0);
		assert_false(stop_requested(&rig->stop));
		fake_stderr_begin();
		for (unsigned round = 0; round < 3; round++) {
			assert_int_equal(write(rig->dev.irq[t[i].index].fd[0], &one, 8), 8);
			assert_int_equal(loop_run_once(&rig->loop, 0), 0);
			/* or the loop would come back to it at once, for ever */
			for (unsigned k = 0; k < VFIO_NOTICES; k++)
				if (rig->v.notice[k].watch.fd == rig->dev.irq[t[i].index].fd[0])
					assert_false(rig->v.notice[k].watch.added);
		}
		/* the other one is no news any more */
		assert_int_equal(write(rig->dev.irq[t[!i].index].fd[0], &one, 8), 8);
		assert_int_equal(loop_run_once(&rig->loop, 0), 0);
		assert_string_equal(fake_stderr_end(), t[i].text);
		assert_int_equal(atomic_load(&rig->stop.reason), STOP_DEVICE_LOST);
		vfio_pci_fini(&rig->v);
		vfio_rig_check_gone(rig);
	}
	/* not every device has both */
	rig->dev.dev.irq[VFIO_ERR].count = 0;
	vfio_rig_start(rig);
	assert_int_equal(rig->dev.irq[VFIO_REQ].n, 1);
	assert_int_equal(rig->dev.irq[VFIO_ERR].n, 0);
}

/* ---- BARs that do not answer ---- */

static bool fault(struct vfio_rig *rig)
{
	return rig->faults.first->handle(rig->faults.first);
}

static void check_lost(struct vfio_rig *rig, uint64_t bar0)
{
	assert_int_equal(rig->mem.n, 0);
	assert_int_equal(rig->listener.n, 0);
	assert_int_equal(rig->mmio.n, 4); /* ECAM, BARs 0, 2, 5 */
	assert_int_equal(fake_in(&rig->mmio, bar0, 4), 0xffffffff);
	assert_int_equal(fake_in(&rig->mmio, bar0 + 0x9000, 4), 0xffffffff);
	assert_int_equal(fake_in(&rig->mmio, LOW + 2 * MiB - 4, 4), 0xffffffff);
	fake_out(&rig->mmio, LOW + MiB, 4, 0);
}

static void check_found(struct vfio_rig *rig)
{
	assert_int_equal(rig->mem.n, 3);
	assert_int_equal(rig->mmio.n, 3);
	assert_int_equal(get_le32(rig->dev.bytes[2]), 0x12345678);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x20000, 4), 0);
	/* the host's mappings are made once */
	assert_int_equal(rig->dev.mapped, 3);
}

static void traps_bars_that_do_not_answer(void **state)
{
	struct vfio_rig *rig = *state;
	const char *text;

	vfio_rig_start(rig);
	vfio_rig_enable_bars(rig);
	put_le32(rig->dev.bytes[2], 0x12345678);
	/* it answers: somebody else's fault */
	assert_false(fault(rig));
	check_found(rig);
	rig->dev.no_decode = true;
	fake_stderr_begin();
	assert_true(fault(rig));
	check_lost(rig, LOW);
	/* nothing is left to be withdrawn */
	assert_false(fault(rig));
	/* moving it or switching it on does not help while it is away */
	cfg_wr(rig, 0x10, 4, LOW + 0x40000);
	check_lost(rig, LOW + 0x40000);
	cfg_wr(rig, PCI_COMMAND, 2, 0);
	assert_int_equal(rig->mmio.n, 1);
	cfg_wr(rig, PCI_COMMAND, 2, 3);
	check_lost(rig, LOW + 0x40000);
	/* back: with decoding switched on again */
	rig->dev.no_decode = false;
	cfg_wr(rig, PCI_COMMAND, 2, 0);
	cfg_wr(rig, PCI_COMMAND, 2, 3);
	check_found(rig);
	/* and with one BAR moved, which brings all */
	rig->dev.no_decode = true;
	assert_true(fault(rig));
	check_lost(rig, LOW + 0x40000);
	rig->dev.no_decode = false;
	cfg_wr(rig, 0x10, 4, LOW);
	check_found(rig);
	text = fake_stderr_end();
	assert_non_null(strstr(text, "warning: 0000:00:02.0: BAR0 does not answer (Input/output"));
	assert_int_equal(lines(text), 1);
}

/* Where a trap has no place the others still have theirs, and nothing is mapped that would fault. */
static void gives_up_what_cannot_be_trapped(void **state)
{
	struct bus_region taken = { .base = LOW + MiB, .size = 4, .width = 4, .name = "taken" };
	struct vfio_rig *rig = *state;

	vfio_rig_start(rig);
	vfio_rig_enable_bars(rig);
	assert_int_equal(bus_add(&rig->mmio, &taken), 0);
	rig->dev.no_decode = true;
	fake_stderr_begin();
	assert_true(fault(rig));
	fake_stderr_end();
	assert_int_equal(rig->mem.n, 0);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x9000, 4), 0xffffffff);
	assert_int_equal(fake_in(&rig->mmio, LOW + MiB + 4, 4), 0xffffffff);
	bus_remove(&rig->mmio, &taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFIO_TEST(says_how_it_starts),
		VFIO_TEST(ends_with_the_device),
		VFIO_TEST(traps_bars_that_do_not_answer),
		VFIO_TEST(gives_up_what_cannot_be_trapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
