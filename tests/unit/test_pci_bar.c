// SPDX-License-Identifier: BSD-2-Clause
/*
 * BARs: sizes, windows, moves, and two that want one place.
 */
#include <errno.h>
#include <string.h>

#include "pci_rig.h"
#include "test.h"
#include "util.h"

static void tells_sizes(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *d = &rig->dev[0].dev;

	assert_int_equal(pci_add(&rig->bus, d), 0);
	for (unsigned bit = 4; bit < 40; bit++) {
		uint64_t mask;

		pci_set_bar(d, 2, PCI_BAR_MEM64, BIT(bit), true);
		rig_wr_bar(rig, 0, 2, 0xffffffff);
		rig_wr_bar(rig, 0, 3, 0xffffffff);
		mask = rig_rd(rig, 0, 0x18) | (uint64_t)rig_rd(rig, 0, 0x1c) << 32;
		assert_int_equal(mask & 0xf, 0xc);
		assert_int_equal(~(mask & ~0xfULL) + 1, BIT(bit));
		if (bit > 31)
			continue;
		pci_set_bar(d, 0, PCI_BAR_MEM32, BIT(bit), false);
		rig_wr_bar(rig, 0, 0, 0xffffffff);
		assert_int_equal(~rig_rd(rig, 0, 0x10) + 1, BIT(bit));
		pci_set_bar(d, 1, PCI_BAR_IO, BIT(bit), false);
		rig_wr_bar(rig, 0, 1, 0xffffffff);
		assert_int_equal(rig_rd(rig, 0, 0x14) & 3, 1);
		assert_int_equal(~(rig_rd(rig, 0, 0x14) & ~3u) + 1, BIT(bit));
	}
}

static void decodes_when_told_to(void **state)
{
	static const struct {
		uint16_t command;
		bool io, mem;
	} t[] = { { 0, false, false },	{ 1, true, false }, { 3, true, true },
		  { 2, false, true },	{ 7, true, true },  { 4, false, false },
		  { 0x403, true, true } };
	struct pci_rig *rig = *state;
	struct pci_dev *d = &rig->dev[0].dev;

	pci_set_bar(d, 0, PCI_BAR_MEM32, 0x1000, false);
	pci_set_bar(d, 1, PCI_BAR_IO, 0x40, false);
	assert_int_equal(pci_add(&rig->bus, d), 0);
	rig_wr_bar(rig, 0, 0, LOW);
	rig_wr_bar(rig, 0, 1, 0x2000);
	assert_false(d->bar[0].mapped || d->bar[1].mapped);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig_command(rig, 0, t[i].command);
		assert_int_equal(d->bar[0].mapped, t[i].mem);
		assert_int_equal(d->bar[1].mapped, t[i].io);
	}
	assert_int_equal(d->bar[0].gpa, LOW);
	assert_int_equal(d->bar[1].gpa, 0x2000);
	/* a byte of COMMAND will do; writing the same again moves nothing */
	rig_command(rig, 0, 3);
	assert_int_equal(rig->dev[0].maps[0], 2);
	pci_cfg_write(&rig->bus, d->devfn, PCI_COMMAND, "\x00", 1);
	assert_int_equal(rig->dev[0].unmaps[0], 2);
}

static void moves_and_writes_halves_in_any_order(void **state)
{
	struct pci_rig *rig = *state;
	struct gadget *g = &rig->dev[0];
	const struct pci_bar *bar = &g->dev.bar[2];

	pci_set_bar(&g->dev, 2, PCI_BAR_MEM64, 0x10000, true);
	assert_int_equal(pci_add(&rig->bus, &g->dev), 0);
	rig_command(rig, 0, PCI_COMMAND_MEMORY);
	assert_false(bar->mapped); /* at 0 there is RAM */
	rig_wr_bar(rig, 0, 2, LOW + 0x10000);
	assert_true(bar->mapped && bar->gpa == LOW + 0x10000);
	/* upwards: high half first, so the address between lies in the window or nowhere */
	rig_wr_bar(rig, 0, 3, (uint32_t)(rig->high >> 32));
	assert_false(bar->mapped && bar->gpa == LOW + 0x10000);
	rig_wr_bar(rig, 0, 2, (uint32_t)rig->high + 0x20000);
	assert_true(bar->mapped && bar->gpa == rig->high + 0x20000);
	/* downwards: low half first */
	rig_wr_bar(rig, 0, 2, LOW);
	rig_wr_bar(rig, 0, 3, 0);
	assert_true(bar->mapped && bar->gpa == LOW);
	/* by bytes */
	pci_cfg_write(&rig->bus, g->dev.devfn, PCI_BAR0 + 8 + 2, "\x55", 1);
	assert_true(bar->mapped && bar->gpa == LOW + 0x550000);
	/* sizing while it decodes, as Linux does not and others do */
	rig_wr_bar(rig, 0, 2, 0xffffffff);
	assert_false(bar->mapped);
	rig_wr_bar(rig, 0, 2, LOW);
	assert_true(bar->mapped && bar->gpa == LOW);
	assert_int_equal(g->maps[2], g->unmaps[2] + 1);
}

static void maps_only_inside_windows(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *d = &rig->dev[0].dev;
	const struct {
		uint64_t addr;
		bool mapped;
	} t[] = {
		{ 0, false },
		{ 0x100000, false }, /* RAM */
		{ 0x3ff00000, false },
		{ 0x40000000, false }, /* nothing, but no window */
		{ LAYOUT_PCI32, true },
		{ LAYOUT_PCI32 - 0x100000, false },
		{ LAYOUT_PCI32_LAST + 1 - 0x100000, true },
		{ LAYOUT_ECAM, false },
		{ LAYOUT_IOAPIC, false },
		{ LAYOUT_LAPIC, false },
		{ 0xfef00000, false }, /* KVM's pages */
		{ 0xfff00000, false },
		{ rig->high, true },
		{ rig->high - 0x100000, false },
		{ BIT(36) - 0x100000, true },
		{ BIT(36), false },
		{ UINT64_MAX - 0xfffff, false },
	};

	pci_set_bar(d, 4, PCI_BAR_MEM64, 0x100000, false);
	assert_int_equal(pci_add(&rig->bus, d), 0);
	rig_command(rig, 0, PCI_COMMAND_MEMORY);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig_wr_bar(rig, 0, 4, (uint32_t)t[i].addr);
		rig_wr_bar(rig, 0, 5, (uint32_t)(t[i].addr >> 32));
		if (d->bar[4].mapped != t[i].mapped)
			fail_msg("%#lx", (unsigned long)t[i].addr);
		/* the register keeps it all the same */
		assert_int_equal(rig_rd(rig, 0, 0x20) & ~0xfu, (uint32_t)t[i].addr);
	}
	/* a BAR larger than what is left of the window */
	pci_set_bar(d, 0, PCI_BAR_MEM32, 0x20000000, false);
	rig_wr_bar(rig, 0, 0, 0xe0000000);
	assert_false(d->bar[0].mapped);
	rig_wr_bar(rig, 0, 0, 0xc0000000);
	assert_true(d->bar[0].mapped);
	/* ports: below 0x1000 there is the board */
	pci_set_bar(d, 1, PCI_BAR_IO, 0x100, false);
	rig_command(rig, 0, PCI_COMMAND_IO);
	for (uint32_t port = 0; port < 0x20000; port += 0x100) {
		rig_wr_bar(rig, 0, 1, port);
		assert_int_equal(d->bar[1].mapped, port >= 0x1000 && port < 0x10000);
	}
}

static void waits_for_a_place_to_become_free(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *a = &rig->dev[0].dev, *b = &rig->dev[1].dev;

	pci_set_bar(a, 0, PCI_BAR_MEM32, 0x4000, false);
	pci_set_bar(a, 1, PCI_BAR_MEM32, 0x1000, false);
	pci_set_bar(b, 0, PCI_BAR_MEM32, 0x1000, false);
	pci_set_bar(b, 1, PCI_BAR_IO, 0x1000, false);
	assert_int_equal(pci_add(&rig->bus, a), 0);
	assert_int_equal(pci_add(&rig->bus, b), 0);
	rig_command(rig, 0, 3);
	rig_command(rig, 1, 3);
	rig_wr_bar(rig, 0, 0, LOW);
	/* onto the other, onto itself */
	rig_wr_bar(rig, 1, 0, LOW + 0x3000);
	rig_wr_bar(rig, 0, 1, LOW + 0x2000);
	assert_true(a->bar[0].mapped && !a->bar[1].mapped && !b->bar[0].mapped);
	/* ports are another space */
	rig_wr_bar(rig, 1, 1, 0x3000);
	assert_true(b->bar[1].mapped);
	/* it moves: both follow */
	rig_wr_bar(rig, 0, 0, LOW + 0x8000);
	assert_true(a->bar[0].mapped && a->bar[1].mapped && b->bar[0].mapped);
	/* it comes back: now it is the one that waits */
	rig_wr_bar(rig, 0, 0, LOW);
	assert_true(!a->bar[0].mapped && a->bar[1].mapped && b->bar[0].mapped);
	rig_command(rig, 1, 0);
	assert_false(a->bar[0].mapped);
	rig_wr_bar(rig, 0, 1, LOW + 0x10000);
	assert_true(a->bar[0].mapped && a->bar[0].gpa == LOW);
	/* decoding off frees the place as well */
	rig_command(rig, 1, 2);
	assert_false(b->bar[0].mapped);
	rig_command(rig, 0, 0);
	assert_true(b->bar[0].mapped && b->bar[0].gpa == LOW + 0x3000);
	/* and so does the function that goes */
	rig_command(rig, 0, 2);
	assert_false(a->bar[0].mapped);
	pci_remove(&rig->bus, b);
	assert_true(a->bar[0].mapped && a->bar[0].gpa == LOW);
}

static void tries_again_what_was_refused(void **state)
{
	struct pci_rig *rig = *state;
	struct gadget *g = &rig->dev[0];

	pci_set_bar(&g->dev, 0, PCI_BAR_MEM32, 0x1000, false);
	assert_int_equal(pci_add(&rig->bus, &g->dev), 0);
	g->refuse = -ENOMEM;
	rig_wr_bar(rig, 0, 0, LOW);
	rig_command(rig, 0, 2);
	assert_false(g->dev.bar[0].mapped);
	g->refuse = 0;
	rig_command(rig, 0, 2);
	assert_true(g->dev.bar[0].mapped);
}

/* ---- what firmware would have done ---- */

static void assigns_addresses(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *a = &rig->dev[0].dev, *b = &rig->dev[2].dev;

	pci_set_bar(a, 0, PCI_BAR_MEM64, 16 * MiB, false);
	pci_set_bar(a, 2, PCI_BAR_MEM64, 256 * MiB, true);
	pci_set_bar(a, 4, PCI_BAR_IO, 64, false);
	pci_set_bar(b, 0, PCI_BAR_MEM32, 4096, false);
	pci_set_bar(b, 1, PCI_BAR_MEM64, 4 * GiB, true);
	pci_set_bar(b, 3, PCI_BAR_MEM32, 512 * MiB, false);
	pci_set_bar(b, 4, PCI_BAR_IO, 256, false);
	assert_int_equal(pci_add(&rig->bus, a), 0);
	assert_int_equal(pci_add(&rig->bus, b), 0);
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	/* largest first, the rest behind it; what is too large goes above RAM */
	assert_int_equal(rig_rd(rig, 2, 0x1c), LOW);
	assert_int_equal(rig_rd(rig, 0, 0x18), (LOW + 512 * MiB) | 0xc);
	assert_int_equal(rig_rd(rig, 0, 0x10), (LOW + 768 * MiB) | 0x4);
	assert_int_equal(rig_rd(rig, 2, 0x10), LOW + 784 * MiB);
	assert_int_equal(rig_rd(rig, 2, 0x14), 0xc);
	assert_int_equal(rig_rd(rig, 2, 0x18), ALIGN_UP(rig->high, 4 * GiB) >> 32);
	assert_int_equal(rig_rd(rig, 2, 0x20), 0x1001);
	assert_int_equal(rig_rd(rig, 0, 0x20), 0x1101);
	/* addresses, not decoding: that is the driver's */
	assert_false(a->bar[0].mapped || b->bar[1].mapped);
	rig_command(rig, 0, 3);
	rig_command(rig, 2, 3);
	for (unsigned i = 0; i < PCI_BARS; i++)
		assert_true(a->bar[i].mapped == (a->bar[i].size != 0) &&
			    b->bar[i].mapped == (b->bar[i].size != 0));
}

/* Plan again with stolen memory where hosts may have it: in both windows. */
static void split_windows(struct pci_rig *rig)
{
	static const struct mem_wish wish[] = {
		{ "low", MEM_STOLEN, 72 * MiB, MiB, 0xd3f00000 },
		{ "high", MEM_STOLEN, 72 * MiB, MiB, 0x47b900000 },
	};
	const struct memmap_params p = { GiB, 36, NULL, 0, wish, ARRAY_SIZE(wish) };

	assert_int_equal(memmap_plan(&rig->map, &p), 0);
}

static void assigns_around_what_splits_windows(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *a = &rig->dev[0].dev, *b = &rig->dev[2].dev;

	/* c0000000-d3efffff, d8700000-f7ffffff; 100000000-47b8fffff, 480100000-fffffffff */
	split_windows(rig);
	pci_set_bar(a, 0, PCI_BAR_MEM64, 16 * MiB, false);
	pci_set_bar(a, 2, PCI_BAR_MEM64, 256 * MiB, true);
	pci_set_bar(b, 0, PCI_BAR_MEM32, 128 * MiB, false);
	pci_set_bar(b, 1, PCI_BAR_MEM64, 16 * GiB, true);
	pci_set_bar(b, 3, PCI_BAR_MEM32, 1 * MiB, false);
	pci_set_bar(b, 4, PCI_BAR_MEM64, 256 * MiB, true);
	assert_int_equal(pci_add(&rig->bus, a), 0);
	assert_int_equal(pci_add(&rig->bus, b), 0);
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	/* 256 MiB each: one fits into the smaller piece, one into the larger */
	assert_int_equal(rig_rd(rig, 0, 0x18), 0xc000000c);
	assert_int_equal(rig_rd(rig, 0, 0x1c), 0);
	assert_int_equal(rig_rd(rig, 2, 0x20), 0xe000000c);
	/* 128 MiB: of what is left only the end has as much */
	assert_int_equal(rig_rd(rig, 2, 0x10), 0xf0000000);
	/* the smallest rest is the first piece's */
	assert_int_equal(rig_rd(rig, 0, 0x10), 0xd0000004);
	assert_int_equal(rig_rd(rig, 2, 0x1c), 0xd1000000);
	/* 16 GiB: at 16 GiB is stolen memory */
	assert_int_equal(rig_rd(rig, 2, 0x14), 0xc);
	assert_int_equal(rig_rd(rig, 2, 0x18), 8);
	rig_command(rig, 0, 2);
	rig_command(rig, 2, 2);
	for (unsigned i = 0; i < PCI_BARS; i++)
		assert_true(a->bar[i].mapped == (a->bar[i].size != 0) &&
			    b->bar[i].mapped == (b->bar[i].size != 0));
}

static void maps_only_inside_one_piece(void **state)
{
	static const struct {
		uint64_t addr;
		bool mapped;
	} t[] = {
		{ 0xc0000000, true },	{ 0xd3c00000, true },	{ 0xd3e00000, false },
		{ 0xd4000000, false },	{ 0xd8600000, false },	{ 0xd8800000, true },
		{ 0xf7e00000, true },	{ 0xf8000000, false },	{ 0x47b600000, true },
		{ 0x47b800000, false }, { 0x47ba00000, false }, { 0x480000000, false },
		{ 0x480200000, true },
	};
	struct pci_rig *rig = *state;
	struct pci_dev *d = &rig->dev[0].dev;

	split_windows(rig);
	pci_set_bar(d, 4, PCI_BAR_MEM64, 0x200000, false);
	assert_int_equal(pci_add(&rig->bus, d), 0);
	rig_command(rig, 0, PCI_COMMAND_MEMORY);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig_wr_bar(rig, 0, 4, (uint32_t)t[i].addr);
		rig_wr_bar(rig, 0, 5, (uint32_t)(t[i].addr >> 32));
		if (d->bar[4].mapped != t[i].mapped)
			fail_msg("%#lx", (unsigned long)t[i].addr);
	}
}

/* Nothing is lost to alignment, wherever a piece starts. */
static void fills_pieces_to_the_last_byte(void **state)
{
	/* 319 MiB from 0xc0000000 on, 505 from 0xd8700000 on */
	static const uint64_t mib[] = { 256, 256, 128, 64, 32, 32, 16, 16, 8, 8, 4, 2, 1, 1 };
	struct pci_rig *rig = *state;
	uint64_t total = 0;

	split_windows(rig);
	for (size_t i = 0; i < ARRAY_SIZE(mib); i++) {
		pci_set_bar(&rig->dev[i / PCI_BARS].dev, i % PCI_BARS, PCI_BAR_MEM32, mib[i] * MiB,
			    false);
		total += mib[i] * MiB;
	}
	assert_int_equal(total, 0x13f00000 + 0x1f900000);
	for (unsigned i = 0; i < DEVS; i++)
		assert_int_equal(pci_add(&rig->bus, &rig->dev[i].dev), 0);
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	for (unsigned i = 0; i < DEVS; i++)
		rig_command(rig, i, PCI_COMMAND_MEMORY);
	for (size_t i = 0; i < ARRAY_SIZE(mib); i++)
		assert_true(rig->dev[i / PCI_BARS].dev.bar[i % PCI_BARS].mapped);
	/* one page more is too much; ports are left */
	pci_set_bar(&rig->dev[2].dev, 4, PCI_BAR_IO, 16, false);
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	pci_set_bar(&rig->dev[2].dev, 5, PCI_BAR_MEM32, 4096, false);
	fake_stderr_begin();
	assert_int_equal(pci_assign_bars(&rig->bus), -ENOSPC);
	assert_non_null(strstr(fake_stderr_end(), "BAR5 of 0x1000 bytes"));
}

/* Any BARs, any stolen memory: what is assigned can be mapped, so it is aligned, inside, and alone. */
static void assigns_what_maps(void **state)
{
	static const enum pci_bar_kind kinds[] = { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEM32,
						   PCI_BAR_MEM64 };
	struct pci_rig *rig = *state;
	uint64_t seed = 88172645463325252;
	unsigned assigned = 0;

	for (unsigned i = 0; i < DEVS; i++)
		assert_int_equal(pci_add(&rig->bus, &rig->dev[i].dev), 0);
	for (unsigned round = 0; round < 3000; round++) {
		struct mem_wish wish = { "stolen", MEM_STOLEN, (1 + round % 200) * MiB, MiB, 0 };
		const struct memmap_params p = { GiB, 36, NULL, 0, &wish, 1 };
		int ret;

		seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
		wish.gpa = (round % 2 ? LOW : 5 * GiB) + seed % 600 * MiB;
		assert_int_equal(memmap_plan(&rig->map, &p), 0);
		for (unsigned i = 0; i < DEVS * 3; i++) {
			enum pci_bar_kind kind = kinds[(seed >> (20 + 2 * i)) & 3];
			unsigned bit = (seed >> (2 * i)) % 26;

			pci_set_bar(&rig->dev[i / 3].dev, i % 3 * 2, kind,
				    kind == PCI_BAR_NONE ? 0
				    : kind == PCI_BAR_IO ? BIT(2 + bit % 12)
							 : BIT(4 + bit),
				    false);
		}
		fake_stderr_begin();
		ret = pci_assign_bars(&rig->bus);
		fake_stderr_end();
		for (unsigned i = 0; i < DEVS && !ret; i++)
			rig_command(rig, i, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
		for (unsigned i = 0; i < DEVS * 3 && !ret; i++) {
			const struct pci_bar *bar = &rig->dev[i / 3].dev.bar[i % 3 * 2];

			if (bar->mapped != (bar->size != 0) ||
			    (bar->mapped && bar->gpa % bar->size))
				fail_msg("round %u, BAR %u of %#lx bytes", round, i,
					 (unsigned long)bar->size);
		}
		assigned += !ret;
		for (unsigned i = 0; i < DEVS; i++)
			rig_command(rig, i, 0);
	}
	assert_in_range(assigned, 1500, 2999); /* some do not fit */
}

static void says_what_does_not_fit(void **state)
{
	static const struct {
		enum pci_bar_kind kind;
		uint64_t size;
		int ret;
	} t[] = {
		{ PCI_BAR_MEM32, GiB, -ENOSPC },  { PCI_BAR_MEM64, 64 * GiB, -ENOSPC },
		{ PCI_BAR_IO, 0x10000, -ENOSPC }, { PCI_BAR_IO, 0x8000, 0 },
		{ PCI_BAR_MEM64, 32 * GiB, 0 },	  { PCI_BAR_MEM64, 1ULL << 63, -ENOSPC },
	};
	struct pci_rig *rig = *state;

	assert_int_equal(pci_add(&rig->bus, &rig->dev[0].dev), 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *text;
		int ret;

		pci_set_bar(&rig->dev[0].dev, 3, t[i].kind, t[i].size, false);
		fake_stderr_begin();
		ret = pci_assign_bars(&rig->bus);
		text = fake_stderr_end();
		assert_int_equal(ret, t[i].ret);
		assert_int_equal(!strstr(text, "gadget: BAR3"), !t[i].ret);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCI_TEST(tells_sizes),
		PCI_TEST(decodes_when_told_to),
		PCI_TEST(moves_and_writes_halves_in_any_order),
		PCI_TEST(maps_only_inside_windows),
		PCI_TEST(waits_for_a_place_to_become_free),
		PCI_TEST(tries_again_what_was_refused),
		PCI_TEST(assigns_addresses),
		PCI_TEST(assigns_around_what_splits_windows),
		PCI_TEST(maps_only_inside_one_piece),
		PCI_TEST(fills_pieces_to_the_last_byte),
		PCI_TEST(assigns_what_maps),
		PCI_TEST(says_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
