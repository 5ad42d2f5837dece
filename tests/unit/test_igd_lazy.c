// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion=lazy: the first access puts the pages in place.
 */
#include <errno.h>
#include <string.h>

#include "fakes.h"
#include "igd_trouble.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

static struct mem_region *shared(struct igd_rig *rig)
{
	for (size_t i = 0; i < rig->mem.n; i++)
		if (rig->mem.region[i].kind == MEM_KIND_SHARED)
			return &rig->mem.region[i];
	return NULL;
}

/* The first access, of whatever kind, is answered from the host and puts the pages in place. */
static void maps_at_the_first_access(void **state)
{
	static const struct {
		bool write;
		uint32_t off, len;
	} t[] = { { false, 0, 4 },    { false, 0x1fff, 1 }, { true, 0x300, 4 },
		  { true, 0x101, 1 }, { true, 0x1ffe, 2 },  { false, 0x3fe, 4 } };
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t *host;
		uint64_t at;

		igd_rig_fini(rig);
		igd_start(rig, UNALIGNED, OPREGION_LAZY);
		host = igd_rig_host_opregion(rig);
		at = igd_rig_rd(rig, IGD_ASLS, 4) + t[i].off;
		assert_null(shared(rig));
		assert_int_equal(igd_rig_live_mappings(rig), 1); /* but not for the guest yet */
		if (t[i].write)
			fake_out(&rig->mmio, at, t[i].len, 0xa5c3695a);
		else
			assert_int_equal(fake_in(&rig->mmio, at, t[i].len),
					 get_le(host + t[i].off, t[i].len));
		if (t[i].write)
			assert_int_equal(get_le(host + t[i].off, t[i].len),
					 get_le("\x5a\x69\xc3\xa5", t[i].len));
		assert_non_null(shared(rig));
		assert_false(shared(rig)->readonly);
		assert_int_equal(shared(rig)->size, 0x3000);
		assert_ptr_equal(igd_guests(rig, OPREGION_SIZE),
				 (uint8_t *)rig->igd.pages + HOST_OFFSET);
		/* another vCPU's access was on its way */
		host[0x111] = 0x3c;
		at = igd_rig_rd(rig, IGD_ASLS, 4);
		assert_int_equal(fake_in(&rig->mmio, at + 0x111, 1), 0x3c);
		fake_out(&rig->mmio, at + 0x112, 1, 0xc3);
		assert_int_equal(host[0x112], 0xc3);
		/* nobody else has it: beyond the end there is nothing */
		assert_int_equal(fake_in(&rig->mmio, shared(rig)->gpa + shared(rig)->size, 4),
				 UINT32_MAX);
		igd_rig_check_contract(rig);
	}
	assert_false(stop_requested(&rig->stop));
}

/* The OpRegion's handler, if it is in the list; BARs have one too. */
static struct exit_fault *lazy_handler(struct igd_rig *rig)
{
	for (struct exit_fault *f = rig->faults.first; f; f = f->next)
		if (f == &rig->igd.lazy.fault)
			return f;
	return NULL;
}

/* An instruction that KVM cannot emulate, to an address that it does not tell. */
static void maps_when_kvm_cannot_emulate(void **state)
{
	struct igd_rig *rig = *state;
	struct exit_fault *f;

	igd_start(rig, NONE, OPREGION_LAZY);
	f = lazy_handler(rig);
	assert_non_null(f);
	assert_null(shared(rig));
	assert_true(f->handle(f));
	assert_non_null(shared(rig));
	/* it was not here the next time */
	assert_false(f->handle(f));
	igd_rig_fini(rig);
	igd_start(rig, NONE, OPREGION_LIVE);
	assert_null(lazy_handler(rig));
}

/* Live that stops being possible is the end, not something else in its place. */
static void stops_when_it_cannot_map(void **state)
{
	struct igd_rig *rig = *state;

	for (unsigned way = 0; way < 3; way++) {
		const char *text;
		uint64_t at;

		igd_fresh(&rig);
		igd_start(rig, NONE, OPREGION_LAZY);
		at = igd_rig_rd(rig, IGD_ASLS, 4);
		rig->fault = (struct fake_fault){ .fail_at = 1, .err = -ENOSPC };
		fake_stderr_begin();
		if (way == 0)
			assert_int_equal(fake_in(&rig->mmio, at, 4), UINT32_MAX);
		else if (way == 1)
			fake_out(&rig->mmio, at, 4, 0);
		else
			assert_false(rig->faults.first->handle(rig->faults.first));
		assert_int_equal(fake_in(&rig->mmio, at, 4), UINT32_MAX);
		fake_out(&rig->mmio, at, 4, 0);
		assert_false(rig->faults.first->handle(rig->faults.first));
		text = fake_stderr_end();
		assert_int_equal(atomic_load(&rig->stop.reason), STOP_HOST_ERROR);
		assert_int_equal(igd_rig_host_opregion(rig)[0], 'I');
		assert_null(shared(rig));
		/* one line */
		assert_non_null(strstr(text, "igd-opregion: the first access"));
		assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	}
	*state = rig;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(maps_at_the_first_access),
		IGD_TEST(maps_when_kvm_cannot_emulate),
		IGD_TEST(stops_when_it_cannot_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
