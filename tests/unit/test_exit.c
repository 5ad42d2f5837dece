// SPDX-License-Identifier: BSD-2-Clause
/*
 * Exits on hand-made kvm_run structures, in a buffer as large as the kernel's: the structure, then
 * the page of port data.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "exit.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define PAGE		  4096
#define EXIT_MEMORY_FAULT 39 /* KVM_EXIT_MEMORY_FAULT; newer than Debian 12's headers */

/* A region that writes down its accesses, and sees that the device lock is held. */
struct probe {
	struct bus_region region;
	struct rig *rig;
};

struct rig {
	pthread_mutex_t lock;
	struct stop stop;
	struct exit_faults faults;
	struct bus pio, mmio;
	struct probe port, mem;
	struct exit_ctx ctx;
	struct kvm_run *run;
	unsigned accesses;
	uint64_t last_off;
	unsigned last_len;
	uint8_t wrote[2 * PAGE];
	size_t n_wrote;
	uint8_t next; /* what reads give, counting up */
};

static struct rig *check(struct bus_region *r, uint64_t off, unsigned len)
{
	struct rig *rig = container_of(r, struct probe, region)->rig;

	assert_int_equal(pthread_mutex_trylock(&rig->lock), EBUSY);
	assert_true(len && off + len <= r->size && len <= r->width);
	rig->accesses++;
	rig->last_off = off;
	rig->last_len = len;
	return rig;
}

static void probe_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct rig *rig = check(r, off, len);

	for (unsigned i = 0; i < len; i++)
		((uint8_t *)buf)[i] = rig->next++;
}

static void probe_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct rig *rig = check(r, off, len);

	assert_true(rig->n_wrote + len <= sizeof(rig->wrote));
	memcpy(rig->wrote + rig->n_wrote, buf, len);
	rig->n_wrote += len;
}

static const struct bus_ops probe_ops = { probe_read, probe_write };

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	rig->run = calloc(2, PAGE);
	pthread_mutex_init(&rig->lock, NULL);
	rig->port = (struct probe){ { 0x100, 8, 4, &probe_ops, "port" }, rig };
	rig->mem = (struct probe){ { 0xd0000000, 0x100, 8, &probe_ops, "mem" }, rig };
	rig->ctx = (struct exit_ctx){ &rig->pio, &rig->mmio, &rig->lock, &rig->stop, &rig->faults };
	return stop_init(&rig->stop) || bus_add(&rig->pio, &rig->port.region) ||
	       bus_add(&rig->mmio, &rig->mem.region);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	bus_fini(&rig->pio);
	bus_fini(&rig->mmio);
	stop_fini(&rig->stop);
	pthread_mutex_destroy(&rig->lock);
	free(rig->run);
	free(rig);
	return 0;
}

static enum exit_action dispatch(struct rig *rig)
{
	enum exit_action action = exit_dispatch(&rig->ctx, rig->run);

	assert_int_equal(pthread_mutex_trylock(&rig->lock), 0);
	pthread_mutex_unlock(&rig->lock);
	return action;
}

/* ---- ports ---- */

static uint8_t *port_exit(struct rig *rig, bool out, uint16_t port, uint8_t size, uint32_t count)
{
	struct kvm_run *run = rig->run;

	memset(run, 0, 2 * PAGE);
	rig->accesses = 0;
	rig->n_wrote = 0;
	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = out ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
	run->io.port = port;
	run->io.size = size;
	run->io.count = count;
	run->io.data_offset = PAGE;
	return (uint8_t *)run + PAGE;
}

static void passes_port_strings(void **state)
{
	static const struct {
		uint8_t size;
		uint32_t count;
	} t[] = { { 1, 1 }, { 2, 1 },	 { 4, 1 },	  { 1, 2 },	   { 1, 7 },
		  { 4, 3 }, { 1, PAGE }, { 2, PAGE / 2 }, { 4, PAGE / 4 }, { 4, 0 } };
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		size_t len = (size_t)t[i].size * t[i].count;
		uint8_t *data = port_exit(rig, true, 0x102, t[i].size, t[i].count);

		for (size_t k = 0; k < len; k++)
			data[k] = (uint8_t)(3 * k);
		assert_int_equal(dispatch(rig), EXIT_RESUME);
		/* the same port again and again, the data one item after the other */
		assert_int_equal(rig->accesses, t[i].count);
		assert_int_equal(rig->n_wrote, len);
		assert_memory_equal(rig->wrote, data, len);
		assert_true(!len || (rig->last_off == 2 && rig->last_len == t[i].size));

		data = port_exit(rig, false, 0x102, t[i].size, t[i].count);
		rig->next = 0;
		assert_int_equal(dispatch(rig), EXIT_RESUME);
		assert_int_equal(rig->accesses, t[i].count);
		for (size_t k = 0; k < PAGE; k++)
			assert_int_equal(data[k], k < len ? (uint8_t)k : 0);
	}
}

static void answers_ports_nobody_has(void **state)
{
	struct rig *rig = *state;
	uint8_t *data = port_exit(rig, false, 0xffff, 4, 2);

	assert_int_equal(dispatch(rig), EXIT_RESUME);
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(data[i], i < 8 ? 0xff : 0);
	port_exit(rig, true, 0x99, 4, 2);
	assert_int_equal(dispatch(rig), EXIT_RESUME);
	assert_int_equal(rig->accesses, 0);
	/* half in, half out */
	data = port_exit(rig, false, 0x107, 2, 1);
	rig->next = 0x11;
	assert_int_equal(dispatch(rig), EXIT_RESUME);
	assert_int_equal(data[0], 0x11);
	assert_int_equal(data[1], 0xff);
}

/* ---- MMIO ---- */

static void bounds_mmio_lengths(void **state)
{
	static const uint64_t at[] = { 0xd0000000, 0xd00000fd, 0xcffffffe, 0x1000, UINT64_MAX - 2 };
	struct rig *rig = *state;

	for (size_t a = 0; a < ARRAY_SIZE(at); a++) {
		for (unsigned len = 0; len < 256; len++) {
			for (unsigned wr = 0; wr < 2; wr++) {
				struct kvm_run *run = rig->run;
				unsigned there = MIN(len, 8);

				memset(run, 0x5a, 2 * PAGE);
				rig->n_wrote = 0;
				run->exit_reason = KVM_EXIT_MMIO;
				run->mmio.phys_addr = at[a];
				run->mmio.len = len;
				run->mmio.is_write = wr;
				assert_int_equal(dispatch(rig), EXIT_RESUME);
				assert_int_equal(run->mmio.len, len);
				assert_int_equal(run->mmio.is_write, wr);
				for (unsigned i = there; i < 8; i++)
					assert_int_equal(run->mmio.data[i], 0x5a);
				if (at[a] == 0x1000 && !wr && len)
					assert_int_equal(run->mmio.data[there - 1], 0xff);
				if (at[a] == 0xd0000000)
					assert_int_equal(rig->n_wrote, wr ? there : 0);
			}
		}
	}
	/* the largest length there is */
	rig->run->exit_reason = KVM_EXIT_MMIO;
	rig->run->mmio.len = UINT32_MAX;
	assert_int_equal(dispatch(rig), EXIT_RESUME);
}

/* ---- the others ---- */

static void answers_every_reason(void **state)
{
	static const uint32_t resumes[] = {
		KVM_EXIT_IO,
		KVM_EXIT_MMIO,
		KVM_EXIT_HLT,
		KVM_EXIT_INTR,
		KVM_EXIT_NMI,
		KVM_EXIT_IRQ_WINDOW_OPEN,
		KVM_EXIT_SET_TPR,
		KVM_EXIT_TPR_ACCESS,
		KVM_EXIT_IOAPIC_EOI,
		KVM_EXIT_X86_BUS_LOCK,
		37, /* notify window */
	};
	struct rig *rig = *state;
	char text[128];

	for (uint32_t reason = 0; reason < 66; reason++) {
		enum exit_action want = reason == EXIT_MEMORY_FAULT ? EXIT_FAULT : EXIT_CRASH;

		memset(rig->run, 0, 2 * PAGE);
		rig->run->internal.suberror = KVM_INTERNAL_ERROR_DELIVERY_EV;
		rig->run->exit_reason = reason < 64 ? reason : 0xffffffc0 + reason;
		rig->run->io.data_offset = PAGE;
		for (size_t i = 0; i < ARRAY_SIZE(resumes); i++)
			if (resumes[i] == reason)
				want = EXIT_RESUME;
		if (dispatch(rig) != want)
			fail_msg("exit reason %u", reason);
		assert_ptr_equal(exit_describe(rig->run, text, sizeof(text)), text);
		assert_true(strlen(text) > 1 && strlen(text) < sizeof(text) - 1);
		assert_null(strstr(text, "null"));
	}
	assert_false(stop_requested(&rig->stop));
}

static void stops_on_system_events(void **state)
{
	static const struct {
		uint32_t type;
		enum exit_action action;
		enum stop_reason stop;
	} t[] = {
		{ KVM_SYSTEM_EVENT_CRASH, EXIT_CRASH, STOP_NONE },
		{ 0, EXIT_CRASH, STOP_NONE },
		{ 99, EXIT_CRASH, STOP_NONE },
		{ KVM_SYSTEM_EVENT_SHUTDOWN, EXIT_RESUME, STOP_POWEROFF },
		{ KVM_SYSTEM_EVENT_RESET, EXIT_RESUME, STOP_RESET },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig->run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
		rig->run->system_event.type = t[i].type;
		atomic_store(&rig->stop.reason, STOP_NONE);
		assert_int_equal(dispatch(rig), t[i].action);
		assert_int_equal(atomic_load(&rig->stop.reason), t[i].stop);
	}
}

/* ---- faults ---- */

struct mender {
	struct exit_fault fault;
	struct rig *rig;
	bool mends;
	unsigned calls;
};

static bool handle(struct exit_fault *f)
{
	struct mender *m = container_of(f, struct mender, fault);

	assert_int_equal(pthread_mutex_trylock(&m->rig->lock), EBUSY);
	m->calls++;
	return m->mends;
}

static void asks_who_can_mend(void **state)
{
	struct rig *rig = *state;
	struct mender m[3];
	unsigned seen = 0;

	/* nobody there: it is a crash */
	assert_false(exit_mend(&rig->ctx, seen));
	for (unsigned i = 0; i < ARRAY_SIZE(m); i++) {
		m[i] = (struct mender){ .fault = { .handle = handle }, .rig = rig };
		exit_fault_add(&rig->faults, &m[i].fault);
	}
	assert_false(exit_mend(&rig->ctx, seen));
	for (unsigned i = 0; i < ARRAY_SIZE(m); i++)
		assert_int_equal(m[i].calls, 1);
	/* one is enough, the last one added is asked first */
	m[1].mends = true;
	assert_true(exit_mend(&rig->ctx, seen));
	assert_int_equal(m[2].calls, 2);
	assert_int_equal(m[1].calls, 2);
	assert_int_equal(m[0].calls, 1);
	/* another vCPU that faulted at the same time just tries again */
	assert_true(exit_mend(&rig->ctx, seen));
	assert_int_equal(m[2].calls, 2);
	seen = atomic_load(&rig->faults.mended);
	exit_fault_remove(&rig->faults, &m[1].fault);
	exit_fault_remove(&rig->faults, &m[1].fault);
	assert_false(exit_mend(&rig->ctx, seen));
	assert_int_equal(m[1].calls, 2);
	assert_int_equal(m[0].calls, 2);
	assert_int_equal(pthread_mutex_trylock(&rig->lock), 0);
	pthread_mutex_unlock(&rig->lock);
}

/* Which internal error may be a fault; the others are crashes. */
static void tells_faults_from_errors(void **state)
{
	struct rig *rig = *state;

	rig->run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	rig->run->internal.suberror = KVM_INTERNAL_ERROR_EMULATION;
	assert_int_equal(dispatch(rig), EXIT_FAULT);
	rig->run->internal.suberror = KVM_INTERNAL_ERROR_DELIVERY_EV;
	assert_int_equal(dispatch(rig), EXIT_CRASH);
}

static void says_why(void **state)
{
	static const struct {
		uint32_t reason, suberror;
		const char *text; /* part of it */
	} t[] = {
		{ KVM_EXIT_SHUTDOWN, 0, "triple fault" },
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, "cannot emulate" },
		{ KVM_EXIT_INTERNAL_ERROR, 77, "internal error 77" },
		{ KVM_EXIT_FAIL_ENTRY, 0, "reason 0xbad" },
		{ KVM_EXIT_UNKNOWN, 0, "reason 0xbad" },
		{ KVM_EXIT_SYSTEM_EVENT, 3, "system event 3" },
		{ 63, 0, "exit reason 63" },
		{ UINT32_MAX, 0, "exit reason 4294967295" },
	};
	struct rig *rig = *state;
	char text[128], tiny[8];

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct kvm_run *run = rig->run;

		memset(run, 0, PAGE);
		run->exit_reason = t[i].reason;
		if (t[i].reason == KVM_EXIT_INTERNAL_ERROR)
			run->internal.suberror = t[i].suberror;
		else if (t[i].reason == KVM_EXIT_SYSTEM_EVENT)
			run->system_event.type = t[i].suberror;
		else
			run->hw.hardware_exit_reason = 0xbad; /* fail_entry's place, too */
		if (!strstr(exit_describe(run, text, sizeof(text)), t[i].text))
			fail_msg("\"%s\" does not say \"%s\"", text, t[i].text);
		memset(tiny, 'x', sizeof(tiny));
		exit_describe(run, tiny, 4);
		assert_int_equal(strlen(tiny), 3);
		assert_int_equal(tiny[4], 'x');
	}
}

static void finds_instruction_bytes(void **state)
{
	static const struct {
		uint32_t reason, suberror, ndata, flags;
		uint8_t size;
		unsigned n;
	} t[] = {
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, 4, 1, 3, 3 },
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, 4, 1, 0, 0 },
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, 4, 1, 15, 15 },
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, 4, 1, 255, 15 },
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, 4, 0, 3, 0 },
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, 0, 1, 3, 0 },
		{ KVM_EXIT_INTERNAL_ERROR, 2, 4, 1, 3, 0 },
		{ KVM_EXIT_SHUTDOWN, KVM_INTERNAL_ERROR_EMULATION, 4, 1, 3, 0 },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct kvm_run *run = rig->run;
		uint8_t bytes[16];

		memset(run, 0, PAGE);
		memset(bytes, 0xee, sizeof(bytes));
		run->exit_reason = t[i].reason;
		run->emulation_failure.suberror = t[i].suberror;
		run->emulation_failure.ndata = t[i].ndata;
		run->emulation_failure.flags = t[i].flags;
		run->emulation_failure.insn_size = t[i].size;
		memset(run->emulation_failure.insn_bytes, 0x90, 15);
		assert_int_equal(exit_instruction(run, bytes), t[i].n);
		for (unsigned k = 0; k < sizeof(bytes); k++)
			assert_int_equal(bytes[k], k < t[i].n ? 0x90 : 0xee);
	}
}

static void knows_who_wants_instructions(void **state)
{
	struct exit_fault bars = { .handle = NULL }, lazy = { .instructions = true };
	struct exit_faults list = { 0 };

	(void)state;
	assert_false(exit_faults_instructions(&list));
	exit_fault_add(&list, &bars);
	assert_false(exit_faults_instructions(&list));
	exit_fault_add(&list, &lazy);
	assert_true(exit_faults_instructions(&list));
	exit_fault_remove(&list, &bars);
	assert_true(exit_faults_instructions(&list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_who_wants_instructions),
		cmocka_unit_test_setup_teardown(passes_port_strings, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_ports_nobody_has, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds_mmio_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_every_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(stops_on_system_events, setup, teardown),
		cmocka_unit_test_setup_teardown(asks_who_can_mend, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_faults_from_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(says_why, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_instruction_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
