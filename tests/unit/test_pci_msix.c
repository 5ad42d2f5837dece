// SPDX-License-Identifier: BSD-2-Clause
/*
 * MSI-X of an emulated function: what the guest writes to table and capability, what the interrupt
 * controller is told, and what becomes of a signal in every state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake_vfio.h"
#include "fakes.h"
#include "layout.h"
#include "pci.h"
#include "pci_msix.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"

#define CAP  0x50
#define ON   0x8000u
#define MASK 0x4000u

struct rig {
	struct fake_fault fault;
	struct fake_chip chip;
	struct pci_dev dev;
	struct pci_bus bus;
	struct pci_msix x;
	unsigned fds;
	unsigned arms[PCI_MSIX_VECTORS_MAX];
	int arm_fd[PCI_MSIX_VECTORS_MAX];
};

static bool eventfd_fails;

int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags)
{
	errno = EMFILE;
	return eventfd_fails ? -1 : __real_eventfd(count, flags);
}

static void cfg_written(struct pci_dev *d, unsigned off, const uint8_t *data, unsigned len)
{
	(void)data;
	pci_msix_cfg_written(&container_of(d, struct rig, dev)->x, off, len);
}

static const struct pci_ops ops = { .cfg_written = cfg_written };

static int arm(struct pci_msix *x, unsigned vector, int fd)
{
	struct rig *rig = container_of(x, struct rig, x);

	rig->arms[vector]++;
	rig->arm_fd[vector] = fd;
	return fake_fails(&rig->fault, "arm");
}

static const struct pci_msix_ops arm_ops = { arm };

static int setup(void **state)
{
	const struct pci_identity id = { 0x1af4, 0x1041, 0x1af4, 1, 1 };
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	rig->fault.err = -EIO;
	rig->fds = fake_open_fds();
	fake_chip_init(&rig->chip, &rig->fault);
	pci_dev_init(&rig->dev, "gadget", 0x18, &id, 0x020000);
	rig->dev.ops = &ops;
	rig->bus.dev[0x18] = &rig->dev;
	eventfd_fails = false;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	pci_msix_fini(&rig->x);
	pci_msix_fini(&rig->x);
	assert_int_equal(rig->chip.breaches, 0);
	assert_int_equal(fake_chip_allocated(&rig->chip), 0);
	assert_int_equal(fake_chip_attached(&rig->chip), 0);
	assert_int_equal(fake_open_fds(), rig->fds);
	free(rig);
	return 0;
}

#define MSIX_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void start(struct rig *rig, unsigned n, const struct pci_msix_ops *o)
{
	assert_int_equal(pci_msix_init(&rig->x, &rig->dev, &rig->chip.chip, o, n), 0);
	pci_add_cap(&rig->dev, CAP, PCI_CAP_ID_MSIX);
	pci_msix_set_cap(&rig->x, CAP, 4, 0x1000, 2, 0x800);
}

static void control(struct rig *rig, uint32_t value)
{
	uint8_t raw[2];

	put_le16(raw, (uint16_t)value);
	pci_cfg_write(&rig->bus, 0x18, CAP + MSIX_CONTROL, raw, 2);
}

static void put(struct rig *rig, unsigned vector, unsigned off, uint32_t value)
{
	uint8_t raw[4];

	put_le32(raw, value);
	pci_msix_table_write(&rig->x, (uint64_t)vector * MSIX_ENTRY_SIZE + off, raw, 4);
}

static bool pending(const struct rig *rig, unsigned vector)
{
	uint8_t byte;

	pci_msix_pba_read(&rig->x, vector / 8, &byte, 1);
	return byte & BIT(vector % 8);
}

/* ---- capability ---- */

static void has_a_capability(void **state)
{
	struct rig *rig = *state;
	uint8_t cfg[MSIX_SIZE];

	start(rig, 5, NULL);
	assert_int_equal(rig->dev.val[PCI_CAP_POINTER], CAP);
	assert_true(rig->dev.val[PCI_STATUS] & PCI_STATUS_CAP_LIST);
	for (unsigned i = 0; i < MSIX_SIZE; i += 4)
		pci_cfg_read(&rig->bus, 0x18, CAP + i, cfg + i, 4);
	assert_memory_equal(cfg, "\x11\0\x04\0\x04\x10\0\0\x02\x08\0\0", MSIX_SIZE);
	for (unsigned i = 0; i < MSIX_SIZE; i += 4)
		pci_cfg_write(&rig->bus, 0x18, CAP + i, "\xff\xff\xff\xff", 4);
	pci_cfg_read(&rig->bus, 0x18, CAP + 4, cfg, 4);
	assert_int_equal(get_le32(cfg), 0x1004);
	assert_int_equal(get_le16(rig->dev.val + CAP + MSIX_CONTROL), 0xc004);
	assert_true(pci_msix_enabled(&rig->x));
	/* the upper byte alone switches it, too */
	put(rig, 0, MSIX_ENTRY_CONTROL, 0);
	pci_cfg_write(&rig->bus, 0x18, CAP + MSIX_CONTROL + 1, "\x80", 1);
	assert_int_equal(fake_chip_attached(&rig->chip), 1);
	pci_cfg_write(&rig->bus, 0x18, CAP + MSIX_CONTROL + 1, "", 1);
	assert_int_equal(fake_chip_allocated(&rig->chip), 0);
	/* another one goes before it */
	pci_add_cap(&rig->dev, 0x40, PCI_CAP_ID_VENDOR);
	assert_int_equal(rig->dev.val[PCI_CAP_POINTER], 0x40);
	assert_int_equal(rig->dev.val[0x41], CAP);
}

static void takes_so_many_vectors(void **state)
{
	static const struct {
		unsigned n;
		int ret;
		unsigned table, pba;
	} t[] = {
		{ 0, -EINVAL, 0, 0 },	    { 1, 0, 16, 8 },
		{ 64, 0, 1024, 8 },	    { 65, 0, 1040, 16 },
		{ 2048, 0, 0x8000, 0x100 }, { 2049, -EINVAL, 0, 0 },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *text;
		int ret;

		fake_stderr_begin();
		ret = pci_msix_init(&rig->x, &rig->dev, &rig->chip.chip, NULL, t[i].n);
		text = fake_stderr_end();
		assert_int_equal(ret, t[i].ret);
		assert_true(!!strstr(text, "gadget: ") == !!ret);
		assert_int_equal(pci_msix_table_size(&rig->x), t[i].table);
		assert_int_equal(pci_msix_pba_size(&rig->x), t[i].pba);
		pci_msix_fini(&rig->x);
	}
}

/* ---- every access ---- */

/* A byte of the table after 0xff, or 0, was written over it. */
static uint8_t expected(unsigned off, bool ones)
{
	unsigned at = off % MSIX_ENTRY_SIZE;

	if (off >= 3 * MSIX_ENTRY_SIZE || !ones || at > MSIX_ENTRY_CONTROL)
		return 0;
	return at == 0 ? 0xfc : at == MSIX_ENTRY_CONTROL ? 1 : 0xff;
}

static void takes_any_access_to_the_table(void **state)
{
	struct rig *rig = *state;

	start(rig, 3, NULL);
	control(rig, ON);
	for (unsigned off = 0; off < 4 * MSIX_ENTRY_SIZE; off++) {
		for (unsigned len = 1; len <= 8; len++) {
			uint8_t buf[8], all[5 * MSIX_ENTRY_SIZE];

			for (unsigned i = 0; i < sizeof(all); i++)
				pci_msix_table_write(&rig->x, i, "", 1);
			memset(buf, 0xff, len);
			pci_msix_table_write(&rig->x, off, buf, len);
			pci_msix_table_read(&rig->x, 0, all, sizeof(all));
			for (unsigned i = 0; i < sizeof(all); i++)
				if (all[i] != expected(i, i >= off && i < off + len))
					fail_msg("write %u+%u: byte %u is %#x", off, len, i,
						 all[i]);
			pci_msix_table_read(&rig->x, off, buf, len);
			assert_memory_equal(buf, all + off, len);
			/* the interrupt controller knows of it */
			for (unsigned i = 0; i < 3; i++) {
				const uint8_t *e = all + i * MSIX_ENTRY_SIZE;
				uint32_t gsi = rig->x.vector[i].gsi;

				assert_int_equal(rig->chip.gsi[gsi].fd >= 0, !e[12]);
				if (e[12])
					continue;
				assert_true(rig->chip.gsi[gsi].address == get_le64(e));
				assert_int_equal(rig->chip.gsi[gsi].data, get_le32(e + 8));
			}
		}
	}
}

static void takes_any_access_to_the_pending_bits(void **state)
{
	struct rig *rig = *state;
	uint8_t all[32];

	start(rig, 70, NULL);
	control(rig, ON);
	for (unsigned i = 0; i < 70; i += 3)
		pci_msix_notify(&rig->x, i);
	pci_msix_notify(&rig->x, 70);
	pci_msix_notify(&rig->x, 0xffff);
	pci_msix_pba_read(&rig->x, 0, all, sizeof(all));
	for (unsigned i = 0; i < 8 * sizeof(all); i++)
		assert_int_equal(!!(all[i / 8] & BIT(i % 8)), i < 70 && i % 3 == 0);
	for (unsigned off = 0; off < 24; off++) {
		for (unsigned len = 1; len <= 8; len++) {
			uint8_t buf[8];

			pci_msix_pba_read(&rig->x, off, buf, len);
			assert_memory_equal(buf, all + off, len);
		}
	}
	assert_int_equal(pci_msix_fd(&rig->x, 70), -EINVAL);
	assert_int_equal(pci_msix_fd(&rig->x, UINT32_MAX), -EINVAL);
}

static void answers_far_away(void **state)
{
	static const uint64_t offs[] = { 48,	    0x1000,	    UINT32_MAX,
					 INT64_MAX, UINT64_MAX - 7, UINT64_MAX };
	struct rig *rig = *state;

	start(rig, 3, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(offs); i++) {
		uint8_t buf[8], zero[8] = { 0 };

		memset(buf, 0xff, 8);
		pci_msix_table_write(&rig->x, offs[i], buf, 8);
		pci_msix_table_read(&rig->x, offs[i], buf, 8);
		assert_memory_equal(buf, zero, 8);
		memset(buf, 0xff, 8);
		pci_msix_pba_read(&rig->x, offs[i], buf, 8);
		assert_memory_equal(buf, zero, 8);
	}
	assert_int_equal(rig->x.table[12], 1);
}

/* ---- states ---- */

enum { CTL, ENTRY, NOTIFY, RESET };

static void follows_every_change_of_state(void **state)
{
	/* one step each, on vector 1 of 2; what then holds */
	static const struct {
		int step;
		uint32_t value;
		bool gsi, attached, pending;
		unsigned taken;
	} t[] = {
		{ ENTRY, 0, false, false, false, 0 },
		{ CTL, MASK, false, false, false, 0 },
		{ CTL, MASK | ON, false, false, false, 0 },
		{ NOTIFY, 0, false, false, true, 0 }, /* masked function */
		{ NOTIFY, 0, false, false, true, 0 },
		{ CTL, ON, true, true, false, 2 }, /* one message, whatever the count */
		{ NOTIFY, 0, true, true, false, 1 },
		{ ENTRY, 1, true, false, false, 0 }, /* the GSI stays */
		{ NOTIFY, 0, true, false, true, 0 },
		{ CTL, ON | MASK, true, false, true, 0 }, /* masked twice */
		{ ENTRY, 0, true, false, true, 0 },
		{ ENTRY, 0xfffffffe, true, false, true, 0 },
		{ CTL, ON, true, true, false, 1 },
		{ CTL, ON | MASK, true, false, false, 0 },
		{ CTL, ON, true, true, false, 0 }, /* nothing came meanwhile */
		{ CTL, 0, false, false, false, 0 },
		{ NOTIFY, 0, false, false, true, 0 },
		{ CTL, ON, true, true, false, 1 },
		{ CTL, ON, true, true, false, 0 },
		{ ENTRY, 1, true, false, false, 0 },
		{ NOTIFY, 0, true, false, true, 0 },
		{ RESET, 0, false, false, false, 0 },
		{ CTL, ON, false, false, false, 0 }, /* every entry masked again */
		{ ENTRY, 0, true, true, false, 0 },
		{ NOTIFY, 0, true, true, false, 1 },
		{ RESET, 0, false, false, false, 0 },
		{ ENTRY, 0, false, false, false, 0 },
	};
	struct rig *rig = *state;
	const struct pci_msix_vector *v;

	start(rig, 2, NULL);
	v = &rig->x.vector[1];
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		bool attached;

		if (t[i].step == CTL)
			control(rig, t[i].value);
		else if (t[i].step == ENTRY)
			put(rig, 1, MSIX_ENTRY_CONTROL, t[i].value);
		else if (t[i].step == NOTIFY)
			pci_msix_notify(&rig->x, 1);
		else
			pci_msix_reset(&rig->x);
		attached = fake_chip_attached(&rig->chip) == 1;
		if (fake_chip_allocated(&rig->chip) != t[i].gsi || attached != t[i].attached ||
		    pending(rig, 1) != t[i].pending ||
		    (attached ? fake_chip_take(&rig->chip, v->gsi) : 0) != t[i].taken)
			fail_msg("step %zu", i);
		assert_int_equal(pci_msix_enabled(&rig->x),
				 !!(get_le16(rig->dev.val + CAP + MSIX_CONTROL) & ON));
		assert_false(pending(rig, 0));
	}
	assert_int_equal(rig->x.table[MSIX_ENTRY_SIZE + 12], 0);
}

/* What old kernels leave in the descriptor was delivered, and is not pending. */
static void forgets_what_was_delivered(void **state)
{
	struct rig *rig = *state;

	start(rig, 1, NULL);
	control(rig, ON);
	put(rig, 0, MSIX_ENTRY_CONTROL, 0);
	pci_msix_notify(&rig->x, 0);
	assert_false(pending(rig, 0));
	put(rig, 0, MSIX_ENTRY_CONTROL, 1);
	assert_false(pending(rig, 0));
	put(rig, 0, MSIX_ENTRY_CONTROL, 0);
	assert_int_equal(fake_chip_take(&rig->chip, rig->x.vector[0].gsi), 0);
}

static void follows_the_message(void **state)
{
	struct rig *rig = *state;
	uint32_t gsi;

	start(rig, 4, NULL);
	control(rig, ON);
	put(rig, 2, MSIX_ENTRY_ADDRESS, 0xfee01003);
	put(rig, 2, MSIX_ENTRY_ADDRESS + 4, 0x12);
	put(rig, 2, MSIX_ENTRY_DATA, 0x4041);
	assert_int_equal(fake_chip_allocated(&rig->chip), 0);
	put(rig, 2, MSIX_ENTRY_CONTROL, 0);
	gsi = rig->x.vector[2].gsi;
	assert_true(rig->chip.gsi[gsi].address == 0x12fee01000);
	assert_int_equal(rig->chip.gsi[gsi].data, 0x4041);
	/* while it is masked nothing changes; unmasking brings it */
	put(rig, 2, MSIX_ENTRY_CONTROL, 1);
	put(rig, 2, MSIX_ENTRY_DATA, 0x4042);
	assert_int_equal(rig->chip.gsi[gsi].data, 0x4041);
	put(rig, 2, MSIX_ENTRY_CONTROL, 0);
	assert_int_equal(rig->chip.gsi[gsi].data, 0x4042);
	/* unmasked: at once */
	pci_msix_table_write(&rig->x, 2 * MSIX_ENTRY_SIZE, "\0\x20\xe0\xfe\0\0\0\0", 8);
	assert_true(rig->chip.gsi[gsi].address == 0xfee02000);
	assert_int_equal(rig->x.vector[2].gsi, gsi);
}

static void tells_who_raises_it_once(void **state)
{
	struct rig *rig = *state;
	int fd;

	start(rig, 3, &arm_ops);
	fd = pci_msix_fd(&rig->x, 1);
	for (unsigned round = 1; round <= 3; round++) {
		control(rig, ON);
		for (unsigned i = 0; i < 4; i++)
			put(rig, 1, MSIX_ENTRY_CONTROL, i & 1);
		assert_int_equal(rig->arms[1], round);
		assert_int_equal(rig->arm_fd[1], fd);
		if (round == 2)
			pci_msix_reset(&rig->x);
		else
			control(rig, 0);
	}
	assert_int_equal(pci_msix_fd(&rig->x, 1), fd);
	assert_int_equal(rig->arms[0] + rig->arms[2], 0);
}

/* ---- when the host refuses ---- */

static unsigned lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void runs_out_of_routes(void **state)
{
	const unsigned room = FAKE_CHIP_GSIS - LAYOUT_GSI_MSI;
	struct rig *rig = *state;
	const char *text;

	start(rig, room + 2, NULL);
	control(rig, ON);
	fake_stderr_begin();
	for (unsigned i = 0; i < room + 2; i++)
		put(rig, i, MSIX_ENTRY_CONTROL, 0);
	text = fake_stderr_end();
	assert_int_equal(lines(text), 1);
	assert_non_null(strstr(text, "gadget: the guest gets no messages of MSI-X vector 40"));
	assert_int_equal(fake_chip_attached(&rig->chip), room);
	pci_msix_notify(&rig->x, room + 1);
	assert_true(pending(rig, room + 1)); /* kept all the same */
	/* there is room again, but only a new start takes it */
	control(rig, 0);
	assert_int_equal(fake_chip_allocated(&rig->chip), 0);
	put(rig, 0, MSIX_ENTRY_CONTROL, 1);
	put(rig, 1, MSIX_ENTRY_CONTROL, 1);
	control(rig, ON);
	assert_int_equal(fake_chip_attached(&rig->chip), room);
	assert_int_equal(fake_chip_take(&rig->chip, rig->x.vector[room + 1].gsi), 1);
}

/* A guest that switches on and off for ever gets no line for each. */
static void keeps_quiet(void **state)
{
	struct rig *rig = *state;
	const char *text;

	start(rig, 4, NULL);
	eventfd_fails = true;
	fake_stderr_begin();
	for (unsigned i = 0; i < 50; i++) {
		control(rig, ON);
		put(rig, i % 4, MSIX_ENTRY_CONTROL, 1);
		put(rig, i % 4, MSIX_ENTRY_CONTROL, 0);
		pci_msix_notify(&rig->x, 3);
		control(rig, 0);
	}
	text = fake_stderr_end();
	assert_in_range(lines(text), 2, 20);
	assert_non_null(strstr(text, "gadget: eventfd: Too many open files; raise"));
	assert_int_equal(fake_chip_allocated(&rig->chip), 0);
	assert_false(pending(rig, 3));
}

/* An attached vector delivers the message the guest wrote, and no other. */
static void check_route(const struct rig *rig, unsigned i)
{
	const struct pci_msix_vector *v = &rig->x.vector[i];
	const uint8_t *entry = rig->x.table + i * MSIX_ENTRY_SIZE;

	if (!v->attached)
		return;
	assert_true(rig->chip.gsi[v->gsi].address == get_le64(entry));
	assert_int_equal(rig->chip.gsi[v->gsi].data, get_le32(entry + MSIX_ENTRY_DATA));
}

static void exercise(struct rig *rig)
{
	for (unsigned i = 0; i < 3; i++)
		put(rig, i, MSIX_ENTRY_ADDRESS, 0xfee01000 + 16 * i);
	control(rig, ON | MASK);
	put(rig, 0, MSIX_ENTRY_CONTROL, 0);
	put(rig, 1, MSIX_ENTRY_CONTROL, 0);
	pci_msix_notify(&rig->x, 0);
	control(rig, ON);
	put(rig, 1, MSIX_ENTRY_DATA, 0x55);
	put(rig, 1, MSIX_ENTRY_CONTROL, 1);
	put(rig, 2, MSIX_ENTRY_CONTROL, 0);
	put(rig, 1, MSIX_ENTRY_CONTROL, 0);
	pci_msix_notify(&rig->x, 1);
	control(rig, 0);
	control(rig, ON);
}

static void survives_any_failure(void **state)
{
	struct rig *rig = *state;
	unsigned n = 0;

	for (unsigned fail_at = 1;; fail_at++) {
		start(rig, 3, &arm_ops);
		rig->fault = (struct fake_fault){ .fail_at = fail_at, .err = -EIO };
		fake_stderr_begin();
		exercise(rig);
		fake_stderr_end();
		assert_int_equal(rig->chip.breaches, 0);
		/* what failed is without a GSI; the others work */
		assert_int_equal(fake_chip_attached(&rig->chip), fake_chip_allocated(&rig->chip));
		assert_in_range(fake_chip_attached(&rig->chip), 2, 3);
		for (unsigned i = 0; i < 3; i++)
			check_route(rig, i);
		rig->fault.fail_at = 0;
		/* and all of them once it is switched on again */
		control(rig, 0);
		control(rig, ON);
		assert_int_equal(fake_chip_attached(&rig->chip), 3);
		for (unsigned i = 0; i < 3; i++) {
			fake_chip_take(&rig->chip, rig->x.vector[i].gsi);
			check_route(rig, i);
			pci_msix_notify(&rig->x, i);
			assert_int_equal(fake_chip_take(&rig->chip, rig->x.vector[i].gsi), 1);
		}
		pci_msix_fini(&rig->x);
		assert_int_equal(fake_chip_allocated(&rig->chip), 0);
		assert_int_equal(fake_open_fds(), rig->fds);
		memset(rig->dev.val + CAP, 0, MSIX_SIZE);
		if (!rig->fault.failed)
			break;
		n++;
	}
	assert_true(n > 20);
}

/* Noise from the guest and from the device. */
static void survives_noise(void **state)
{
	struct rig *rig = *state;
	uint64_t seed = 42;

	start(rig, 64, &arm_ops);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t buf[8];

		seed = seed * 6364136223846793005 + 1442695040888963407;
		put_le64(buf, seed);
		if (seed >> 60 == 0)
			control(rig, (uint32_t)(seed >> 16));
		else if (seed >> 60 < 4)
			pci_msix_notify(&rig->x, (seed >> 32) % 66);
		else if (seed >> 55 == 0x1ff)
			pci_msix_reset(&rig->x);
		else
			pci_msix_table_write(&rig->x, (seed >> 32) % 1040, buf,
					     1 + (seed >> 58) % 8);
		if (i % 64)
			continue;
		for (unsigned k = 0; k < 64; k++) {
			const struct pci_msix_vector *v = &rig->x.vector[k];
			bool wanted = (get_le16(rig->dev.val + CAP + 2) & (ON | MASK)) == ON &&
				      !rig->x.table[16 * k + 12];

			assert_int_equal(v->attached, wanted && !v->refused && v->has_gsi);
			assert_true(!v->attached || rig->chip.gsi[v->gsi].fd == v->fd);
			assert_true(!v->attached || !pending(rig, k));
		}
	}
	assert_int_equal(rig->chip.breaches, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MSIX_TEST(has_a_capability),
		MSIX_TEST(takes_so_many_vectors),
		MSIX_TEST(takes_any_access_to_the_table),
		MSIX_TEST(takes_any_access_to_the_pending_bits),
		MSIX_TEST(answers_far_away),
		MSIX_TEST(follows_every_change_of_state),
		MSIX_TEST(forgets_what_was_delivered),
		MSIX_TEST(follows_the_message),
		MSIX_TEST(tells_who_raises_it_once),
		MSIX_TEST(runs_out_of_routes),
		MSIX_TEST(keeps_quiet),
		MSIX_TEST(survives_any_failure),
		MSIX_TEST(survives_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
