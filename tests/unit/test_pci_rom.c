// SPDX-License-Identifier: BSD-2-Clause
/*
 * The expansion ROM register: its size, its enable bit, its place beside the BARs.
 */
#include <errno.h>

#include "pci_rig.h"
#include "test.h"
#include "util.h"

static struct pci_dev *rom_of(struct pci_rig *rig, unsigned dev, uint64_t size)
{
	struct pci_dev *d = &rig->dev[dev].dev;

	pci_set_bar(d, PCI_ROM_BAR, PCI_BAR_ROM, size, false);
	return d;
}

static void tells_its_size(void **state)
{
	struct pci_rig *rig = *state;

	assert_int_equal(pci_add(&rig->bus, &rig->dev[0].dev), 0);
	rig_wr(rig, 0, PCI_ROM, 0xffffffff);
	assert_int_equal(rig_rd(rig, 0, PCI_ROM), 0); /* none yet */
	for (unsigned bit = 11; bit <= 24; bit++) {
		rom_of(rig, 0, BIT(bit));
		/* Linux writes the mask, other systems all ones but the enable bit */
		rig_wr(rig, 0, PCI_ROM, 0xfffff800);
		assert_int_equal(rig_rd(rig, 0, PCI_ROM), (uint32_t) ~(BIT(bit) - 1));
		rig_wr(rig, 0, PCI_ROM, 0xfffffffe);
		assert_int_equal(rig_rd(rig, 0, PCI_ROM), (uint32_t) ~(BIT(bit) - 1));
		rig_wr(rig, 0, PCI_ROM, 0x7ff);
		assert_int_equal(rig_rd(rig, 0, PCI_ROM), 1);
	}
}

static void answers_with_both_bits_only(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *d = rom_of(rig, 0, 0x8000);

	assert_int_equal(pci_add(&rig->bus, d), 0);
	rig_wr(rig, 0, PCI_ROM, LOW | 1);
	assert_false(d->bar[PCI_ROM_BAR].mapped);
	rig_command(rig, 0, PCI_COMMAND_IO);
	assert_false(d->bar[PCI_ROM_BAR].mapped);
	rig_command(rig, 0, PCI_COMMAND_MEMORY);
	assert_true(d->bar[PCI_ROM_BAR].mapped);
	assert_int_equal(d->bar[PCI_ROM_BAR].gpa, LOW);
	/* disabled by a byte, moved while enabled */
	pci_cfg_write(&rig->bus, d->devfn, PCI_ROM, "\x00", 1);
	assert_false(d->bar[PCI_ROM_BAR].mapped);
	rig_wr(rig, 0, PCI_ROM, (LOW + 0x8000) | 1);
	assert_int_equal(d->bar[PCI_ROM_BAR].gpa, LOW + 0x8000);
	rig_wr(rig, 0, PCI_ROM, (LOW + 0x10000) | 1);
	assert_int_equal(d->bar[PCI_ROM_BAR].gpa, LOW + 0x10000);
	assert_int_equal(rig->dev[0].maps[PCI_ROM_BAR], 3);
	/* never outside the window */
	rig_wr(rig, 0, PCI_ROM, 0x100000 | 1);
	assert_false(d->bar[PCI_ROM_BAR].mapped);
	rig_wr(rig, 0, PCI_ROM, LOW | 1);
	rig_command(rig, 0, 0);
	assert_false(d->bar[PCI_ROM_BAR].mapped);
}

/* Firmware gives it room of its own, and leaves it off. */
static void has_a_place_from_the_start(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *a = rom_of(rig, 0, 0x20000), *b = rom_of(rig, 1, 0x800);
	uint32_t rom[2];

	pci_set_bar(a, 0, PCI_BAR_MEM32, 0x10000, false);
	assert_int_equal(pci_add(&rig->bus, a), 0);
	assert_int_equal(pci_add(&rig->bus, b), 0);
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	for (unsigned i = 0; i < 2; i++) {
		rom[i] = rig_rd(rig, i, PCI_ROM);
		assert_in_range(rom[i], LOW, LAYOUT_PCI32_LAST);
		assert_int_equal(rom[i] & 0x7ff, 0);
		rig_command(rig, i, PCI_COMMAND_MEMORY);
		assert_false(rig->dev[i].dev.bar[PCI_ROM_BAR].mapped);
		rig_wr(rig, i, PCI_ROM, rom[i] | 1);
		assert_true(rig->dev[i].dev.bar[PCI_ROM_BAR].mapped);
	}
	assert_int_equal(rom[0] % 0x20000, 0);
	assert_true(a->bar[0].mapped);
	/* on top of another it does not answer until that one is gone */
	rig_wr(rig, 1, PCI_ROM, rom[0] | 1);
	assert_false(b->bar[PCI_ROM_BAR].mapped);
	rig_wr(rig, 0, PCI_ROM, rom[0]);
	assert_true(b->bar[PCI_ROM_BAR].mapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCI_TEST(tells_its_size),
		PCI_TEST(answers_with_both_bits_only),
		PCI_TEST(has_a_place_from_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
