// SPDX-License-Identifier: BSD-2-Clause
/*
 * MSI-X of an assigned device: what the guest sees of it, what VFIO and the interrupt controller are
 * told of it, and that the device has one kind of interrupts at a time.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fakes.h"
#include "test.h"
#include "util.h"
#include "vfio_rig.h"

#define CAP   0x50
#define TABLE 0x2fe0 /* the second half of the table is in the next page */
#define PBA   0x8008
#define BAR2  (LOW + MiB) /* vfio_rig_enable_bars() */
#define ON    0x8000u
#define MASK  0x4000u
#define N     4u

static void set_cap(struct vfio_rig *rig, unsigned cap, unsigned n, uint32_t table, uint32_t pba)
{
	uint8_t *c = rig->dev.config + cap;

	c[0] = PCI_CAP_ID_MSIX;
	put_le16(c + MSIX_CONTROL, (uint16_t)(0xf800 | (n - 1))); /* on, as firmware may leave it */
	put_le32(c + MSIX_TABLE, table);
	put_le32(c + MSIX_PBA, pba);
}

/* The rig's device with MSI-X in front of the other capabilities, its registers in BAR2. */
static int setup(void **state)
{
	int ret = vfio_rig_setup(state);
	struct vfio_rig *rig = *state;

	rig->dev.config[PCI_CAP_POINTER] = CAP;
	set_cap(rig, CAP, N, TABLE | 2, PBA | 2);
	rig->dev.config[CAP + 1] = VENDOR;
	rig->dev.dev.irq[VFIO_MSIX].count = N;
	return ret;
}

#define MSIX_TEST(f) cmocka_unit_test_setup_teardown(f, setup, vfio_rig_teardown)

static void start(struct vfio_rig *rig)
{
	vfio_rig_start(rig);
	vfio_rig_enable_bars(rig);
}

static void control(struct vfio_rig *rig, uint32_t value)
{
	cfg_wr(rig, CAP + MSIX_CONTROL, 2, value);
}

static void mask(struct vfio_rig *rig, unsigned vector, bool on)
{
	fake_out(&rig->mmio, BAR2 + TABLE + vector * MSIX_ENTRY_SIZE + MSIX_ENTRY_CONTROL, 4, on);
}

static bool pending(struct vfio_rig *rig, unsigned vector)
{
	return fake_in(&rig->mmio, BAR2 + PBA, 4) & BIT(vector);
}

/* The device raises a vector, if VFIO signals it. */
static bool fire(struct vfio_rig *rig, unsigned vector)
{
	const uint64_t one = 1;
	int fd = vector < rig->dev.irq[VFIO_MSIX].n ? rig->dev.irq[VFIO_MSIX].fd[vector] : -1;

	return fd >= 0 && write(fd, &one, sizeof(one)) == sizeof(one);
}

/* It raises it and the guest gets the message. */
static bool works(struct vfio_rig *rig, unsigned vector)
{
	const struct pci_msix_vector *v = &rig->v.msix.vector[vector];

	return fire(rig, vector) && v->attached && fake_chip_take(&rig->chip, v->gsi) == 1;
}

/* ---- what the guest sees ---- */

static void shows_the_capability(void **state)
{
	struct vfio_rig *rig = *state;

	rig->dev.dev.irq[VFIO_MSIX].count = 3; /* VFIO has fewer than the device says */
	start(rig);
	assert_int_equal(cfg_rd(rig, PCI_CAP_POINTER, 1), CAP);
	assert_int_equal(cfg_rd(rig, CAP, 4), 0x00020011 | VENDOR << 8);
	for (unsigned i = 0; i < MSIX_SIZE; i += 4)
		cfg_wr(rig, CAP + i, 4, 0x3fffffff);
	assert_int_equal(cfg_rd(rig, CAP, 4), 0x00020011 | VENDOR << 8);
	assert_int_equal(cfg_rd(rig, CAP + 4, 4), TABLE | 2);
	assert_int_equal(cfg_rd(rig, CAP + 8, 4), PBA | 2);
	control(rig, 0xffff);
	assert_int_equal(cfg_rd(rig, CAP + 2, 2), 0xc002);
	assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, CAP, MSIX_SIZE), 0);
}

/* Table and pending bits are not the device's; what is beside them is, and the rest is mapped. */
static void answers_for_table_and_pending_bits(void **state)
{
	static const struct vfio_area slots[] = {
		{ BAR2, 0x2000 },
		{ BAR2 + 0x4000, 0x4000 },
		{ BAR2 + 0x9000, MiB - 0x9000 },
	};
	struct vfio_rig *rig = *state;
	uint8_t *bytes = rig->dev.bytes[2];

	start(rig);
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		assert_true(rig->mem.region[i + 2].gpa == slots[i].off &&
			    rig->mem.region[i + 2].size == slots[i].size);
	assert_int_equal(rig->mem.n, 5);
	memset(bytes, 0xee, MiB);
	for (unsigned at = TABLE - 8; at < TABLE + 16 * N + 8; at++) {
		for (unsigned len = 1; len <= 8; len++) {
			uint8_t buf[8];

			memset(buf, 0x5a, sizeof(buf));
			bus_write(&rig->mmio, BAR2 + at, buf, len);
			bus_read(&rig->mmio, BAR2 + at, buf, len);
			for (unsigned i = 0; i < len; i++) {
				unsigned off = at + i - TABLE, entry = off % 16;
				bool mine = at + i >= TABLE && off < 16 * N;
				uint8_t want = !mine || (entry > 0 && entry < 12) ? 0x5a
					       : entry == 0			  ? 0x58
										  : 0;

				if (buf[i] != want || bytes[at + i] != (mine ? 0xee : 0x5a))
					fail_msg("%#x+%u: byte %u: %#x", at, len, i, buf[i]);
			}
			memset(bytes + TABLE - 8, 0xee, 8);
			memset(bytes + TABLE + 16 * N, 0xee, 8 + 8);
		}
	}
	/* pending bits: never written, neighbours are */
	bus_write(&rig->mmio, BAR2 + PBA - 4, "\x11\x11\x11\x11\x11\x11\x11\x11", 8);
	assert_int_equal(fake_in(&rig->mmio, BAR2 + PBA - 4, 4), 0x11111111);
	assert_int_equal(fake_in(&rig->mmio, BAR2 + PBA, 4), 0);
	assert_int_equal(fake_in(&rig->mmio, BAR2 + PBA + 8, 4), 0xeeeeeeee);
	assert_int_equal(get_le32(bytes + PBA), 0xeeeeeeee);
	/* the same while the device is gone, and where the BAR was moved to */
	rig->dev.no_decode = true;
	fake_stderr_begin();
	assert_true(rig->faults.first->handle(rig->faults.first));
	fake_stderr_end();
	assert_int_equal(fake_in(&rig->mmio, BAR2 + TABLE - 4, 4), 0xffffffff);
	mask(rig, 3, true);
	assert_int_equal(fake_in(&rig->mmio, BAR2 + TABLE + 3 * 16 + 12, 4), 1);
	cfg_wr(rig, 0x18, 4, LOW + 4 * MiB);
	assert_int_equal(fake_in(&rig->mmio, LOW + 4 * MiB + TABLE + 3 * 16 + 12, 4), 1);
}

static void hides_what_does_not_fit(void **state)
{
	static const struct {
		unsigned cap, n, count;
		uint32_t table, pba;
		const char *text; /* NULL: shown */
	} t[] = {
		{ CAP, 4, 4, MiB - 64 + 2, 2, NULL },
		{ CAP, 4, 4, 0 + 2, MiB - 8 + 2, NULL },
		{ CAP, 64, 64, 0 + 2, 0x400 + 2, NULL },
		{ CAP, 4, 4, 0 + 0, 0x40 + 5, NULL }, /* two BARs */
		{ CAP, 4, 0, 0 + 2, 0x40 + 2, "" },   /* without an interrupt */
		{ CAP, 4, 4, MiB - 56 + 2, 0 + 2, "4 vectors at 0xfffc8 of BAR2" },
		{ CAP, 4, 4, 0xfffffff8 + 2, 0 + 2, "at 0xfffffff8 of BAR2" },
		{ CAP, 4, 4, 0 + 2, MiB + 2, "at 0x100000 of BAR2" },
		{ CAP, 4, 4, 0 + 2, 0x38 + 2, "overlap" },
		{ CAP, 4, 4, 0x40 + 2, 0x78 + 2, "overlap" },
		{ CAP, 65, 64, 0 + 2, 0x3f8 + 2, "overlap" },
		{ CAP, 4, 4, 0 + 4, 0x40 + 2, "BAR4" }, /* ports */
		{ CAP, 4, 4, 0 + 2, 0x40 + 3, "BAR3" }, /* the upper half of BAR2 */
		{ CAP, 4, 4, 0 + 1, 0x40 + 2, "BAR1" },
		{ CAP, 4, 4, 0 + 6, 0x40 + 2, "BAR6" },
		{ CAP, 4, 4, 0 + 7, 0x40 + 7, "BAR7" },
		{ 0xf8, 4, 4, 0 + 2, 0x40 + 2, "" }, /* cut off */
	};
	struct vfio_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *text;

		memset(rig->dev.config + PCI_HEADER_SIZE, 0, PCI_CFG_SIZE - PCI_HEADER_SIZE);
		rig->dev.config[PCI_CAP_POINTER] = (uint8_t)t[i].cap;
		if (t[i].cap == CAP)
			set_cap(rig, CAP, t[i].n, t[i].table, t[i].pba);
		else
			memcpy(rig->dev.config + t[i].cap, "\x11\0\x03\0\x02\0\0\0", 8);
		rig->dev.dev.irq[VFIO_MSIX].count = t[i].count;
		fake_stderr_begin();
		vfio_rig_start(rig);
		text = fake_stderr_end();
		if (!t[i].text != (cfg_rd(rig, PCI_CAP_POINTER, 1) == CAP) ||
		    (t[i].text && *t[i].text && !strstr(text, t[i].text)) ||
		    (t[i].text && *t[i].text) != !!strstr(text, "MSI-X is hidden"))
			fail_msg("row %zu: %s", i, text);
		assert_int_equal(rig->v.msix.n, t[i].text ? 0 : t[i].n);
		vfio_rig_enable_bars(rig);
		control(rig, ON);
		assert_int_equal(rig->dev.irq[VFIO_INTX].n, !!t[i].text);
		vfio_pci_fini(&rig->v);
		vfio_rig_check_gone(rig);
	}
	rig->dev.dev.irq[VFIO_MSIX].count = 4;
}

/* A second capability of the kind is not shown, and a ring ends. */
static void has_one_at_most(void **state)
{
	struct vfio_rig *rig = *state;

	set_cap(rig, 0x60, 2, 0x100 | 2, 0x200 | 2);
	rig->dev.config[CAP + 1] = 0x60;
	rig->dev.config[0x61] = CAP;
	vfio_rig_start(rig);
	assert_int_equal(cfg_rd(rig, CAP + 1, 1), 0);
	assert_int_equal(cfg_rd(rig, 0x60, 4), 0);
	assert_int_equal(rig->v.msix.n, N);
}

/* ---- vectors ---- */

/* 0x..nn for each vector: whether VFIO signals it, and whether the guest gets it. */
static void check(struct vfio_rig *rig, unsigned signalled, unsigned attached)
{
	const struct fake_vfio *d = &rig->dev;

	assert_int_equal(d->breaches + rig->chip.breaches, 0);
	for (unsigned i = 0; i < N; i++) {
		const struct pci_msix_vector *v = &rig->v.msix.vector[i];
		int fd = i < d->irq[VFIO_MSIX].n ? d->irq[VFIO_MSIX].fd[i] : -1;

		if ((fd >= 0) != !!(signalled & BIT(i)) || (fd >= 0 && fd != v->fd))
			fail_msg("vector %u: VFIO has %d", i, fd);
		if (v->attached != !!(attached & BIT(i)) ||
		    (v->attached && rig->chip.gsi[v->gsi].fd != v->fd))
			fail_msg("vector %u: attached %d", i, v->attached);
	}
}

static void arms_vectors_as_they_are_unmasked(void **state)
{
	struct vfio_rig *rig = *state;

	for (unsigned fixed = 0; fixed < 2; fixed++) {
		rig->dev.dev.irq[VFIO_MSIX].fixed = fixed;
		start(rig);
		rig->dev.n_calls = 0;
		control(rig, ON | MASK);
		/* on in the device, and no vector is spent */
		assert_int_equal(rig->dev.irq[VFIO_MSIX].n, 1);
		assert_int_equal(rig->dev.irq[VFIO_INTX].n, 0);
		check(rig, 0, 0);
		mask(rig, 2, false);
		check(rig, 0, 0);
		control(rig, ON);
		check(rig, 0x4, 0x4);
		assert_true(works(rig, 2));
		mask(rig, 0, false);
		check(rig, 0x5, 0x5);
		mask(rig, 3, false);
		check(rig, 0xd, 0xd);
		assert_true(works(rig, 0) && works(rig, 2) && works(rig, 3));
		/* masked: still signalled, for the pending bit */
		mask(rig, 2, true);
		check(rig, 0xd, 0x9);
		assert_false(pending(rig, 2));
		assert_true(fire(rig, 2));
		assert_true(pending(rig, 2));
		mask(rig, 2, false);
		assert_int_equal(fake_chip_take(&rig->chip, rig->v.msix.vector[2].gsi), 1);
		assert_false(pending(rig, 2));
		/* a fixed index goes off and on for more than it has: from 1 to 3, and to 4 */
		assert_int_equal(fake_vfio_count(&rig->dev, FAKE_SET_IRQS, VFIO_MSIX),
				 fixed ? 1 + 2 + 1 + 2 : 1 + 3);
		control(rig, 0);
		check(rig, 0, 0);
		assert_int_equal(rig->dev.irq[VFIO_MSIX].n, 0);
		assert_int_equal(rig->dev.irq[VFIO_INTX].n, 1);
		/* the table stays; so everything comes back at once */
		control(rig, ON);
		check(rig, 0xd, 0xd);
		vfio_pci_fini(&rig->v);
		vfio_rig_check_gone(rig);
	}
}

static void has_one_kind_at_a_time(void **state)
{
	/* one write each; what is then on: i, m(essages), x, or none */
	static const struct {
		unsigned off;
		uint32_t value;
		char mode;
	} t[] = {
		{ CAP + 2, ON, 'x' },	 { CAP + 2, ON | MASK, 'x' }, { CAP + 2, 0, 'i' },
		{ CAP + 2, MASK, 'i' },	 { MSI + 2, 1, 'm' },	      { CAP + 2, ON, 'x' },
		{ MSI + 2, 0x11, 'x' }, /* both: MSI-X */
		{ CAP + 2, 0, 'm' },	 { CAP + 2, ON, 'x' },	      { MSI + 2, 0, 'x' },
		{ CAP + 2, 0, 'i' },	 { MSI + 2, 1, 'm' },	      { MSI + 2, 0, 'i' },
		{ PCI_COMMAND, 7, 'i' }, { CAP + 2, ON, 'x' },	      { PCI_COMMAND, 0, 'x' },
		{ PCI_COMMAND, 7, 'x' }, { MSI + 2, 1, 'x' },	      { CAP + 2, 0, 'm' },
	};
	struct vfio_rig *rig = *state;

	start(rig);
	cfg_wr(rig, MSI + MSI_MASK_64, 4, 0);
	for (unsigned i = 0; i < N; i++)
		mask(rig, i, false);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct fake_vfio *d = &rig->dev;
		unsigned vectors = t[i].mode == 'm'   ? (cfg_rd(rig, MSI + 2, 2) & 0x10 ? 2 : 1)
				   : t[i].mode == 'x' ? N
						      : 0;

		cfg_wr(rig, t[i].off, 2, t[i].value);
		assert_int_equal(d->breaches + rig->chip.breaches, 0);
		if (d->irq[VFIO_INTX].n != (t[i].mode == 'i') ||
		    d->irq[VFIO_MSI].n != (t[i].mode == 'm' ? vectors : 0) ||
		    !d->irq[VFIO_MSIX].n != (t[i].mode != 'x') ||
		    fake_chip_allocated(&rig->chip) != vectors ||
		    (rig->chip.gsi[INTX].fd >= 0) != (t[i].mode == 'i'))
			fail_msg("step %zu", i);
	}
}

/* ---- when the host refuses ---- */

static void lives_with_fewer_vectors(void **state)
{
	struct vfio_rig *rig = *state;
	const char *text;

	for (unsigned fixed = 0; fixed < 2; fixed++) {
		rig->dev.dev.irq[VFIO_MSIX].fixed = fixed;
		rig->dev.host_vectors = 2;
		start(rig);
		control(rig, ON);
		mask(rig, 0, false);
		mask(rig, 1, false);
		check(rig, 0x3, 0x3);
		fake_stderr_begin();
		for (unsigned i = 0; i < 40; i++)
			mask(rig, 3, i & 1);
		text = fake_stderr_end();
		assert_non_null(strstr(text, "gpu: the guest gets no messages of MSI-X vector 3"));
		assert_ptr_equal(strchr(text, '\n') + 1, strchr(text, '\0'));
		/* those before it work */
		check(rig, 0x3, 0x3);
		assert_true(works(rig, 0) && works(rig, 1));
		control(rig, 0);
		assert_int_equal(rig->dev.irq[VFIO_INTX].n, 1);
		/* room for all next time */
		rig->dev.host_vectors = 0;
		mask(rig, 3, false);
		control(rig, ON);
		check(rig, 0xb, 0xb);
		assert_true(works(rig, 3));
		vfio_pci_fini(&rig->v);
		vfio_rig_check_gone(rig);
	}
}

/* Not one vector: the guest has its bit and no interrupt, and the log one line. */
static void keeps_quiet_when_refused(void **state)
{
	struct vfio_rig *rig = *state;
	const char *text;

	start(rig);
	mask(rig, 1, false);
	fake_stderr_begin();
	for (unsigned i = 0; i < 50; i++) {
		rig->fault.calls = 0;
		rig->fault.fail_at = i ? 0 : 3; /* INTx off, its line, then MSI-X on */
		control(rig, ON);
		if (!i)
			assert_string_equal(rig->fault.failed, "set_irqs");
		assert_int_equal(cfg_rd(rig, CAP + 2, 2), 0x8003);
		assert_int_equal(rig->dev.irq[VFIO_MSIX].n + rig->dev.irq[VFIO_INTX].n, 0);
		check(rig, 0, 0);
		control(rig, 0);
		assert_int_equal(rig->dev.irq[VFIO_INTX].n, 1);
	}
	text = fake_stderr_end();
	assert_non_null(strstr(text, "0000:00:02.0: the guest gets no MSI-X messages"));
	assert_non_null(strstr(text, "gpu: the guest gets no messages of MSI-X vector 1"));
	assert_ptr_equal(strchr(strchr(text, '\n') + 1, '\n') + 1, strchr(text, '\0'));
}

static void exercise(struct vfio_rig *rig)
{
	vfio_rig_enable_bars(rig);
	control(rig, ON | MASK);
	mask(rig, 0, false);
	mask(rig, 1, false);
	control(rig, ON);
	mask(rig, 3, false);
	mask(rig, 0, true);
	fire(rig, 0);
	pending(rig, 0);
	cfg_wr(rig, 0x18, 4, LOW + 4 * MiB);
	cfg_wr(rig, 0x18, 4, BAR2);
	mask(rig, 0, false);
	cfg_wr(rig, MSI + MSI_CONTROL, 2, 1);
	control(rig, 0);
	cfg_wr(rig, MSI + MSI_CONTROL, 2, 0);
	control(rig, ON);
}

/* A whole life in which call number n fails, for each n: survived, and nothing is left behind. */
static void survives_any_failure(void **state)
{
	struct vfio_rig *rig = *state;
	unsigned n[2] = { 0 };

	for (unsigned fixed = 0; fixed < 2; fixed++) {
		rig->dev.dev.irq[VFIO_MSIX].fixed = fixed;
		do {
			int ret;

			rig->fault = (struct fake_fault){ .fail_at = ++n[fixed], .err = -EIO };
			fake_stderr_begin();
			ret = vfio_pci_init(&rig->v, &rig->params);
			if (!ret)
				ret = vfio_pci_attach(&rig->v);
			if (!ret)
				exercise(rig);
			vfio_pci_fini(&rig->v);
			fake_stderr_end();
			/* where the kernel does not let go of an index, the next one cannot be had */
			if (rig->fault.failed && !strcmp(rig->fault.failed, "clear_irqs")) {
				rig->dev.breaches = 0;
				memset(rig->dev.irq, 0, sizeof(rig->dev.irq));
			}
			vfio_rig_check_gone(rig);
		} while (rig->fault.failed);
		rig->fault.fail_at = 0;
	}
	assert_in_range(n[0], 60, 200);
	assert_true(n[1] > n[0]);
}

/* Noise from the guest, in registers and table, and from the device. */
static void survives_noise(void **state)
{
	struct vfio_rig *rig = *state;
	uint64_t seed = 7;

	start(rig);
	fake_stderr_begin();
	for (unsigned i = 0; i < 30000; i++) {
		uint8_t buf[8];

		rig->dev.n_calls = 0;
		seed = seed * 6364136223846793005 + 1442695040888963407;
		put_le64(buf, seed);
		rig->dev.host_vectors = seed >> 56 == 0xff ? 1 : 0;
		switch (seed >> 61) {
		case 0:
			control(rig, (uint32_t)(seed >> 32));
			break;
		case 1:
			cfg_wr(rig, MSI + MSI_CONTROL, 2, (seed >> 32) & 0x11);
			break;
		case 2:
			fire(rig, (seed >> 32) % N);
			break;
		default:
			bus_write(&rig->mmio, BAR2 + TABLE - 8 + (seed >> 32) % 80, buf,
				  1 + (seed >> 48) % 8);
		}
		assert_int_equal(rig->dev.breaches + rig->chip.breaches, 0);
		assert_int_equal(!!rig->dev.irq[VFIO_INTX].n + !!rig->dev.irq[VFIO_MSI].n +
					 !!rig->dev.irq[VFIO_MSIX].n,
				 1);
		for (unsigned k = 0; k < N && rig->dev.irq[VFIO_MSIX].n; k++)
			assert_true(!rig->v.msix.vector[k].attached ||
				    rig->dev.irq[VFIO_MSIX].fd[k] == rig->v.msix.vector[k].fd);
	}
	fake_stderr_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MSIX_TEST(shows_the_capability),
		MSIX_TEST(answers_for_table_and_pending_bits),
		MSIX_TEST(hides_what_does_not_fit),
		MSIX_TEST(has_one_at_most),
		MSIX_TEST(arms_vectors_as_they_are_unmasked),
		MSIX_TEST(has_one_kind_at_a_time),
		MSIX_TEST(lives_with_fewer_vectors),
		MSIX_TEST(keeps_quiet_when_refused),
		MSIX_TEST(survives_any_failure),
		MSIX_TEST(survives_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
