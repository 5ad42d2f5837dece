// SPDX-License-Identifier: BSD-2-Clause
/*
 * Capabilities of an assigned device: what becomes of PCI Express on a root bus, of extended config
 * space, and of a capability that a personality takes away. Chains are test_vfio_pci.c's.
 */
#include <string.h>

#include "test.h"
#include "util.h"
#include "vfio_rig.h"

#define EXP 0x70

/* The only capability is PCI Express, every byte of it 0xa5 but for the flags. */
static void give_express(struct vfio_rig *rig, unsigned off, uint16_t flags, uint8_t next)
{
	memset(rig->dev.config + 0x40, 0xa5, 0xc0);
	rig->dev.config[PCI_CAP_POINTER] = (uint8_t)off;
	rig->dev.config[off] = PCI_CAP_ID_EXPRESS;
	rig->dev.config[off + 1] = next;
	put_le16(rig->dev.config + off + 2, flags);
}

static void is_part_of_the_root_complex(void **state)
{
	/* bytes from off on: s shadowed, p passed through, 0 hidden */
	static const struct {
		uint16_t flags, seen; /* seen 0: hidden, len bytes of it */
		unsigned len;
		const char *dwords;
	} t[] = {
		{ 0x0002, 0x0092, 0x3c, "ssp000000sp0000" }, /* endpoint */
		{ 0x3e02, 0x3e92, 0x3c, "ssp000000sp0000" }, /* its interrupt message number */
		{ 0x0092, 0x0092, 0x3c, "ssp000000sp0000" }, /* integrated already */
		{ 0x0001, 0x0091, 0x14, "ssp00" },
		{ 0x0091, 0x0091, 0x14, "ssp00" },
		{ 0x0012, 0, 0x3c, "" }, /* legacy endpoint */
		{ 0x0042, 0, 0x3c, "" }, /* root port */
		{ 0x00a2, 0, 0x3c, "" }, /* event collector */
		{ 0x0000, 0, 0x90, "" }, /* versions there are not */
		{ 0x0003, 0, 0x90, "" },
	};
	struct vfio_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		give_express(rig, EXP, t[i].flags, 0);
		vfio_rig_start(rig);
		rig->dev.n_calls = 0;
		assert_int_equal(cfg_rd(rig, PCI_CAP_POINTER, 1), t[i].seen ? EXP : 0);
		if (t[i].seen)
			assert_int_equal(cfg_rd(rig, EXP, 4), t[i].seen << 16 | 0x10);
		for (unsigned off = 4; off < t[i].len; off += 4) {
			char kind = t[i].seen ? t[i].dwords[off / 4] : '0';

			if (cfg_rd(rig, EXP + off, 4) != (kind == '0' ? 0 : 0xa5a5a5a5))
				fail_msg("%#x: read of %#x", t[i].flags, off);
			cfg_wr(rig, EXP + off, 4, off);
			if (fake_vfio_writes(&rig->dev, VFIO_CONFIG, EXP + off, 4) != (kind == 'p'))
				fail_msg("%#x: write of %#x", t[i].flags, off);
		}
		/* what follows is the device's */
		if (EXP + t[i].len < PCI_CFG_SIZE)
			assert_int_equal(cfg_rd(rig, EXP + t[i].len, 1), 0xa5);
		vfio_pci_fini(&rig->v);
	}
}

/* One that is cut off by another capability, or by the end. */
static void leaves_others_their_bytes(void **state)
{
	struct vfio_rig *rig = *state;

	give_express(rig, EXP, 0x0091, EXP + 0x0c);
	memcpy(rig->dev.config + EXP + 0x0c, "\x09\0\x08\xee", 4);
	vfio_rig_start(rig);
	assert_int_equal(cfg_rd(rig, EXP + 1, 1), EXP + 0x0c);
	assert_int_equal(cfg_rd(rig, EXP + 0x0c, 4), 0xee080009);
	assert_int_equal(cfg_rd(rig, EXP + 0x10, 4), 0xa5a5a5a5);
	vfio_pci_fini(&rig->v);
	for (unsigned off = 0xc4; off < 0x100; off += 4) {
		give_express(rig, off, 0x0002, 0);
		vfio_rig_start(rig);
		assert_int_equal(cfg_rd(rig, PCI_CAP_POINTER, 1), off == 0xc4 ? off : 0);
		vfio_pci_fini(&rig->v);
	}
}

static void has_nothing_in_extended_space(void **state)
{
	struct vfio_rig *rig = *state;

	vfio_rig_start(rig);
	rig->dev.n_calls = 0;
	for (unsigned off = PCI_CFG_SIZE; off < PCI_CFG_EXT_SIZE; off += 4) {
		cfg_wr(rig, off, 4, 0xffffffff);
		assert_int_equal(cfg_rd(rig, off, 4), 0);
	}
	assert_int_equal(rig->dev.n_calls, 0);
	vfio_pci_fini(&rig->v);
	/* a device without PCI Express has none */
	rig->dev.config[EXP] = 0x13;
	vfio_rig_start(rig);
	assert_int_equal(cfg_rd(rig, PCI_CFG_SIZE, 4), 0xffffffff);
}

static void takes_capabilities_away(void **state)
{
	static const struct {
		uint8_t id, link, next; /* who then points where */
		unsigned from, to;
	} t[] = {
		{ PCI_CAP_ID_VENDOR, PCI_CAP_POINTER, EXP, VENDOR, VENDOR + 0x0c },
		{ PCI_CAP_ID_EXPRESS, VENDOR + 1, MSI, EXP, MSI },
		{ PCI_CAP_ID_PM, MSI + 1, 0, PM, PM + 8 },
		{ 0x42, PCI_CAP_POINTER, VENDOR, 0, 0 },
	};
	struct vfio_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		assert_int_equal(vfio_pci_init(&rig->v, &rig->params), 0);
		vfio_pci_hide_capability(&rig->v, t[i].id);
		assert_int_equal(vfio_pci_attach(&rig->v), 0);
		assert_int_equal(cfg_rd(rig, t[i].link, 1), t[i].next);
		rig->dev.n_calls = 0;
		for (unsigned off = t[i].from; off < t[i].to; off++) {
			cfg_wr(rig, off, 1, 0xff);
			assert_int_equal(cfg_rd(rig, off, 1), 0);
		}
		assert_int_equal(rig->dev.n_calls, 0);
		assert_int_equal(cfg_rd(rig, PCI_CFG_SIZE, 4) == 0xffffffff,
				 t[i].id == PCI_CAP_ID_EXPRESS);
		vfio_pci_fini(&rig->v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFIO_TEST(is_part_of_the_root_complex),
		VFIO_TEST(leaves_others_their_bytes),
		VFIO_TEST(has_nothing_in_extended_space),
		VFIO_TEST(takes_capabilities_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
