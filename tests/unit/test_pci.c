// SPDX-License-Identifier: BSD-2-Clause
/*
 * Config space as a guest reaches it, by both mechanisms.
 */
#include <errno.h>
#include <string.h>

#include "pci_rig.h"
#include "test.h"
#include "util.h"

static uint32_t by_ports(struct pci_rig *rig, uint8_t devfn, unsigned off, unsigned len)
{
	fake_out(&rig->pio, 0xcf8, 4, 0x80000000 | (uint32_t)devfn << 8 | (off & 0xfc));
	return fake_in(&rig->pio, 0xcfc + (off & 3), len);
}

static uint32_t by_ecam(struct pci_rig *rig, uint8_t devfn, unsigned off, unsigned len)
{
	return fake_in(&rig->mmio, LAYOUT_ECAM + ((uint64_t)devfn << 12) + off, len);
}

static uint32_t bytes_of(const struct pci_dev *d, unsigned off, unsigned len)
{
	return (uint32_t)get_le(d->val + off, len);
}

/* Every offset, every width; by ports an access stays within its dword. */
static void reads_the_same_both_ways(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *d = &rig->dev[0].dev;

	assert_int_equal(pci_add(&rig->bus, d), 0);
	for (unsigned i = 0x40; i < PCI_CFG_SIZE; i++)
		d->val[i] = (uint8_t)(i * 37 + 11);
	for (unsigned len = 1; len <= 4; len *= 2) {
		for (unsigned off = 0; off < PCI_CFG_EXT_SIZE; off++) {
			uint32_t ones = len == 4 ? 0xffffffff : (1u << 8 * len) - 1;
			uint32_t there = off + len <= PCI_CFG_SIZE ? bytes_of(d, off, len) : ones;

			if (off < PCI_CFG_SIZE && off + len > PCI_CFG_SIZE)
				continue; /* across the end: no guest can tell */
			assert_int_equal(by_ecam(rig, d->devfn, off, len), there);
			if (off < PCI_CFG_SIZE && (off & 3) + len <= 4)
				assert_int_equal(by_ports(rig, d->devfn, off, len), there);
			/* nobody there */
			assert_int_equal(by_ecam(rig, DEVFN(9, 1), off, len), ones);
			if (off < PCI_CFG_SIZE && (off & 3) + len <= 4)
				assert_int_equal(by_ports(rig, DEVFN(9, 1), off, len), ones);
		}
	}
	/* the larger config space, where a function has one */
	d->cfg_size = PCI_CFG_EXT_SIZE;
	d->val[0xffc] = 0x77;
	assert_int_equal(by_ecam(rig, d->devfn, 0xffc, 4), 0x77);
	assert_int_equal(by_ecam(rig, d->devfn, 0x100, 4), 0);
}

static void writes_the_same_both_ways(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *a = &rig->dev[0].dev, *b = &rig->dev[1].dev;

	assert_int_equal(pci_add(&rig->bus, a), 0);
	assert_int_equal(pci_add(&rig->bus, b), 0);
	for (unsigned i = 0x40; i < PCI_CFG_SIZE; i++) {
		a->val[i] = b->val[i] = (uint8_t)~i;
		a->wmask[i] = b->wmask[i] = (uint8_t)(i * 29);
		a->w1c[i] = b->w1c[i] = (uint8_t)(~(i * 29) & 0x3c);
	}
	for (unsigned len = 1; len <= 4; len *= 2) {
		for (unsigned off = 0; off + len <= PCI_CFG_SIZE; off++) {
			uint32_t value = 0x96c35a0f * (off + len);
			uint8_t expect[4];

			if ((off & 3) + len > 4)
				continue;
			for (unsigned i = 0; i < len; i++) {
				uint8_t in = (uint8_t)(value >> 8 * i), m = a->wmask[off + i];

				expect[i] = (uint8_t)((a->val[off + i] & ~m) | (in & m));
				expect[i] &= (uint8_t) ~(in & a->w1c[off + i]);
			}
			fake_out(&rig->pio, 0xcf8, 4,
				 0x80000000 | (uint32_t)a->devfn << 8 | (off & 0xfc));
			fake_out(&rig->pio, 0xcfc + (off & 3), len, value);
			assert_memory_equal(a->val + off, expect, len);
			fake_out(&rig->mmio, LAYOUT_ECAM + ((uint64_t)b->devfn << 12) + off, len,
				 value);
			assert_memory_equal(a->val, b->val, PCI_CFG_SIZE);
			/* the function hears of what was written, not of what came of it */
			assert_int_equal(gadget_of(b)->last_off, off);
			assert_int_equal(gadget_of(b)->last_len, len);
			assert_int_equal(get_le(gadget_of(b)->last, len),
					 value & (0xffffffff >> (32 - 8 * len)));
		}
	}
	assert_int_equal(gadget_of(a)->writes, gadget_of(b)->writes);
}

static void follows_the_address_port(void **state)
{
	struct pci_rig *rig = *state;

	assert_int_equal(pci_add(&rig->bus, &rig->dev[0].dev), 0);
	/* disabled, another bus, reserved bits */
	fake_out(&rig->pio, 0xcf8, 4, 0x00001000);
	assert_int_equal(fake_in(&rig->pio, 0xcfc, 4), 0xffffffff);
	fake_out(&rig->pio, 0xcf8, 4, 0x80011000);
	assert_int_equal(fake_in(&rig->pio, 0xcfc, 4), 0xffffffff);
	fake_out(&rig->pio, 0xcf8, 4, 0xff001003);
	assert_int_equal(fake_in(&rig->pio, 0xcf8, 4), 0x80001000);
	assert_int_equal(fake_in(&rig->pio, 0xcfc, 4), 0x12348086);
	/* narrower accesses go to other ports on a PC, where there are none here */
	fake_out(&rig->pio, 0xcf8, 1, 0x40);
	fake_out(&rig->pio, 0xcf8, 2, 0x4040);
	fake_out(&rig->pio, 0xcfa, 2, 0x0000);
	assert_int_equal(fake_in(&rig->pio, 0xcf8, 4), 0x80001000);
	assert_int_equal(fake_in(&rig->pio, 0xcfa, 1), 0xff);
	assert_int_equal(fake_in(&rig->pio, 0xcf8, 2), 0xffff);
	/* writes to nobody */
	fake_out(&rig->pio, 0xcf8, 4, 0x80011000);
	fake_out(&rig->pio, 0xcfc, 4, 0);
	fake_out(&rig->mmio, LAYOUT_ECAM + LAYOUT_ECAM_SIZE - 4, 4, 0);
	assert_int_equal(rig->dev[0].writes, 0);
}

static void protects_read_only_bits(void **state)
{
	static const struct {
		unsigned off;
		uint32_t writable;
	} t[] = {
		{ 0x00, 0 },	      { 0x04, 0x00000547 }, { 0x08, 0 },
		{ 0x0c, 0x0000ffff }, { 0x10, 0xfffffff0 }, { 0x14, 0xffff0000 },
		{ 0x18, 0xfffffffc }, { 0x1c, 0xf0000000 }, { 0x20, 0xffffffff },
		{ 0x24, 0 },	      { 0x28, 0 },	    { 0x2c, 0 },
		{ 0x30, 0 },	      { 0x34, 0 },	    { 0x38, 0 },
		{ 0x3c, 0x000000ff },
	};
	struct pci_rig *rig = *state;
	struct pci_dev *d = &rig->dev[0].dev;

	pci_set_bar(d, 0, PCI_BAR_MEM32, 16, false);
	pci_set_bar(d, 1, PCI_BAR_MEM32, 0x10000, true);
	pci_set_bar(d, 2, PCI_BAR_IO, 4, false);
	pci_set_bar(d, 3, PCI_BAR_MEM64, 0x10000000, true);
	pci_set_intx(d, 1);
	assert_int_equal(pci_add(&rig->bus, d), 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint32_t before = rig_rd(rig, 0, t[i].off);

		rig_wr(rig, 0, t[i].off, 0xffffffff);
		assert_int_equal(rig_rd(rig, 0, t[i].off), before | t[i].writable);
		rig_wr(rig, 0, t[i].off, 0);
		assert_int_equal(rig_rd(rig, 0, t[i].off), before & ~t[i].writable);
	}
	for (unsigned off = 0x40; off < PCI_CFG_SIZE; off += 4) {
		rig_wr(rig, 0, off, 0xffffffff);
		assert_int_equal(rig_rd(rig, 0, off), 0);
	}
	assert_int_equal(rig_rd(rig, 0, 0), 0x12348086);
	assert_int_equal(rig_rd(rig, 0, 8), 0x0300019a);
	assert_int_equal(rig_rd(rig, 0, 0x2c), 0x56781af4);
}

static void carries_identities(void **state)
{
	static const struct pci_identity other = { 0x10de, 0xabcd, 0x1, 0x2, 0x3 };
	struct pci_rig *rig = *state;
	struct pci_identity got;

	pci_set_identity(&rig->dev[0].dev, &other);
	pci_get_identity(rig->dev[0].dev.val, &got);
	assert_int_equal(got.vendor, 0x10de);
	assert_int_equal(got.device, 0xabcd);
	assert_int_equal(got.subvendor, 1);
	assert_int_equal(got.subdevice, 2);
	assert_int_equal(got.revision, 3);
}

static void takes_an_address_once(void **state)
{
	struct pci_rig *rig = *state;
	struct gadget twin;

	pci_dev_init(&twin.dev, "twin", rig->dev[0].dev.devfn, &gadget_id, 0);
	assert_int_equal(pci_add(&rig->bus, &rig->dev[0].dev), 0);
	assert_int_equal(pci_add(&rig->bus, &rig->dev[0].dev), -EEXIST);
	assert_int_equal(pci_add(&rig->bus, &twin.dev), -EEXIST);
	pci_remove(&rig->bus, &twin.dev); /* not there: the other stays */
	assert_int_equal(rig_rd(rig, 0, 0), 0x12348086);
	pci_remove(&rig->bus, &rig->dev[0].dev);
	assert_int_equal(rig_rd(rig, 0, 0), 0xffffffff);
	assert_int_equal(pci_add(&rig->bus, &twin.dev), 0);
	pci_remove(&rig->bus, &twin.dev);
}

static void wires_interrupts(void **state)
{
	struct pci_rig *rig = *state;

	for (uint8_t dev = 0; dev < 32; dev++)
		for (uint8_t pin = 1; pin <= 4; pin++) {
			assert_in_range(pci_gsi(dev, pin), 16, 23);
			/* the pins of a slot differ */
			assert_int_equal((pci_gsi(dev, pin) - pci_gsi(dev, 1) + 8) % 8, pin - 1);
		}
	pci_set_intx(&rig->dev[0].dev, 1);
	assert_int_equal(pci_add(&rig->bus, &rig->dev[0].dev), 0);
	assert_int_equal(pci_add(&rig->bus, &rig->dev[1].dev), 0);
	assert_int_equal(rig_rd(rig, 0, 0x3c), 0x0100 | pci_gsi(2, 1));
	assert_int_equal(rig->dev[0].dev.intx.gsi, pci_gsi(2, 1));
	assert_ptr_equal(rig->dev[0].dev.intx.chip, &rig->chip.chip);
	assert_null(rig->dev[1].dev.intx.chip);
}

/* A guest looks at functions 1 to 7 only where function 0's header type says so. */
static void tells_of_other_functions(void **state)
{
	struct pci_rig *rig = *state;
	struct pci_dev *a = &rig->dev[0].dev, *b = &rig->dev[1].dev, *c = &rig->dev[2].dev;

	a->devfn = DEVFN(0x1f, 0);
	b->devfn = DEVFN(0x1f, 3);
	c->devfn = DEVFN(0x1e, 0);
	a->val[PCI_HEADER] = 0x80; /* on the host it had neighbours */
	assert_int_equal(pci_add(&rig->bus, a), 0);
	assert_int_equal(by_ecam(rig, a->devfn, PCI_HEADER, 1), 0);
	assert_int_equal(pci_add(&rig->bus, b), 0);
	assert_int_equal(pci_add(&rig->bus, c), 0);
	assert_int_equal(by_ecam(rig, a->devfn, PCI_HEADER, 1), 0x80);
	assert_int_equal(by_ecam(rig, b->devfn, PCI_HEADER, 1), 0x80);
	assert_int_equal(by_ecam(rig, c->devfn, PCI_HEADER, 1), 0);
	pci_remove(&rig->bus, a);
	assert_int_equal(by_ecam(rig, b->devfn, PCI_HEADER, 1), 0);
	assert_int_equal(pci_add(&rig->bus, a), 0);
	assert_int_equal(by_ecam(rig, a->devfn, PCI_HEADER, 1), 0x80);
	pci_remove(&rig->bus, b);
	assert_int_equal(by_ecam(rig, a->devfn, PCI_HEADER, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCI_TEST(reads_the_same_both_ways), PCI_TEST(writes_the_same_both_ways),
		PCI_TEST(follows_the_address_port), PCI_TEST(protects_read_only_bits),
		PCI_TEST(carries_identities),	    PCI_TEST(takes_an_address_once),
		PCI_TEST(wires_interrupts),	    PCI_TEST(tells_of_other_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
