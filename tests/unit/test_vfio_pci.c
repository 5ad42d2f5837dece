// SPDX-License-Identifier: BSD-2-Clause
/*
 * An assigned device on the guest's bus: capabilities, config bytes, BARs; and what is left when any
 * call to the host fails.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "fakes.h"
#include "test.h"
#include "util.h"
#include "vfio_rig.h"

/* ---- capabilities ---- */

/* The ids a guest finds, in order; it stops after 48 as Linux does. */
static void walk(struct vfio_rig *rig, char *text)
{
	unsigned n = 0;

	*text = '\0';
	for (unsigned p = cfg_rd(rig, PCI_CAP_POINTER, 1); p; p = cfg_rd(rig, p + 1, 1)) {
		assert_true(p >= PCI_HEADER_SIZE && p % 4 == 0 && n++ < 48);
		text += sprintf(text, "%x@%x ", cfg_rd(rig, p, 1), p);
	}
}

static void shows_known_capabilities(void **state)
{
	struct vfio_rig *rig = *state;
	char text[512];

	vfio_rig_start(rig);
	walk(rig, text);
	assert_string_equal(text, "9@40 10@70 5@ac 1@d0 ");
	/* the ROM is hidden */
	cfg_wr(rig, PCI_ROM, 4, 0xfffff801);
	assert_int_equal(cfg_rd(rig, PCI_ROM, 4), 0);
	/* shown ones are read-only but for what igdvm emulates */
	cfg_wr(rig, VENDOR + 4, 4, 0xffffffff);
	assert_int_equal(cfg_rd(rig, VENDOR + 4, 4), 0x47464544);
	cfg_wr(rig, PM + PM_CONTROL, 4, 0xffffffff);
	assert_int_equal(cfg_rd(rig, PM + PM_CONTROL, 4), 0xd7d6d5d7);
	assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, 0x40, 0x0c), 0);
	assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, PM, 8), 0);
}

static void bounds_capability_chains(void **state)
{
	static const struct {
		const char *name, *seen;
		uint8_t pointer;
		struct {
			uint8_t off, id, next, len;
		} cap[3];
	} t[] = {
		{ "none", "", 0, { { 0 } } },
		{ "in the header", "", 0x3c, { { 0 } } },
		{ "bits below", "1@d0 ", 0xd3, { { 0xd0, 0x01, 0x03, 0 } } },
		{ "MSI-X", "1@d0 ", 0x90, { { 0x90, 0x11, 0xd0, 0 }, { 0xd0, 0x01, 0, 0 } } },
		{ "unknown", "1@d0 ", 0xa4, { { 0xa4, 0x13, 0xd0, 0 }, { 0xd0, 0x01, 0, 0 } } },
		{ "own tail", "1@d0 ", 0xd0, { { 0xd0, 0x01, 0xd0, 0 } } },
		{ "ring, shown",
		  "9@40 1@d0 ",
		  0x40,
		  { { 0x40, 9, 0xd0, 8 }, { 0xd0, 1, 0x40, 0 } } },
		{ "ring, hidden", "", 0x40, { { 0x40, 0x10, 0xd0, 8 }, { 0xd0, 0x13, 0x40, 0 } } },
		{ "cut off", "", 0xfc, { { 0xfc, 0x01, 0, 0 } } },
		{ "at the end", "1@f8 ", 0xf8, { { 0xf8, 0x01, 0, 0 } } },
		{ "vendor, long", "9@f0 ", 0xf0, { { 0xf0, 0x09, 0, 0xff } } },
		{ "vendor, no length", "9@50 ", 0x50, { { 0x50, 0x09, 0, 0 } } },
	};
	struct vfio_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		char text[512];

		memset(rig->dev.config + 0x40, 0, 0xc0);
		rig->dev.config[PCI_CAP_POINTER] = t[i].pointer;
		for (unsigned k = 0; k < 3 && t[i].cap[k].off; k++) {
			uint8_t *cap = rig->dev.config + t[i].cap[k].off;

			cap[0] = t[i].cap[k].id;
			cap[1] = t[i].cap[k].next;
			cap[2] = t[i].cap[k].len;
		}
		vfio_rig_start(rig);
		walk(rig, text);
		if (strcmp(text, t[i].seen))
			fail_msg("%s: %s", t[i].name, text);
		vfio_pci_fini(&rig->v);
	}
	/* the list counts only where STATUS says so */
	rig->dev.config[PCI_STATUS] = 0;
	vfio_rig_start(rig);
	assert_int_equal(cfg_rd(rig, PCI_CAP_POINTER, 1), 0);
}

/* Noise for capabilities, then noise from the guest. */
static void survives_noise(void **state)
{
	struct vfio_rig *rig = *state;
	uint64_t seed = 42;

	for (unsigned round = 0; round < 300; round++) {
		char text[512];

		rig->dev.n_calls = 0;
		for (unsigned i = PCI_CAP_POINTER; i < 3 * PCI_CFG_SIZE; i++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			if (i == PCI_CAP_POINTER || (i >= 0x40 && i < PCI_CFG_SIZE))
				rig->dev.config[i] = seed >> 63 ? (uint8_t)(1 + (seed >> 60) % 5)
								: (uint8_t)(seed >> 56);
			if (i == PCI_CFG_SIZE)
				vfio_rig_start(rig);
			if (i < PCI_CFG_SIZE)
				continue;
			if (seed >> 40 & 1)
				cfg_wr(rig, PCI_HEADER_SIZE + (seed >> 48) % 189 / 4 * 4, 4,
				       (uint32_t)(seed >> 16));
			else
				cfg_wr(rig, (seed >> 48) & 0xff, 1, (uint32_t)(seed >> 24));
		}
		walk(rig, text);
		for (unsigned i = 0; i < rig->v.n_msi; i++)
			assert_int_equal(rig->v.msi[i].fd, rig->dev.irq[VFIO_MSI].fd[i]);
		vfio_pci_fini(&rig->v);
		vfio_rig_check_gone(rig);
	}
}

/* ---- config bytes ---- */

static void forwards_command(void **state)
{
	static const struct {
		unsigned len;
		uint16_t guest, host;
	} t[] = {
		{ 2, 0x0000, 0x0003 }, { 2, 0x0002, 0x0003 }, { 2, 0x0006, 0x0007 },
		{ 2, 0x0407, 0x0407 }, { 1, 0x0004, 0x0407 }, { 2, 0xffff, 0x0547 },
		{ 4, 0x0000, 0x0003 },
	};
	struct vfio_rig *rig = *state;

	vfio_rig_start(rig);
	/* decoding is on in the device from the start, the guest's is off */
	assert_int_equal(get_le16(rig->dev.config + PCI_COMMAND), 0x0003);
	assert_int_equal(cfg_rd(rig, PCI_COMMAND, 2), 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		cfg_wr(rig, PCI_COMMAND, t[i].len, t[i].guest);
		assert_int_equal(get_le16(rig->dev.config + PCI_COMMAND), t[i].host);
	}
	cfg_wr(rig, PCI_COMMAND, 2, 0x0404);
	cfg_wr(rig, PCI_COMMAND + 1, 1, 0);
	assert_int_equal(cfg_rd(rig, PCI_COMMAND, 2), 0x0004);
	assert_int_equal(get_le16(rig->dev.config + PCI_COMMAND), 0x0007);
	/* no I/O BAR: nothing asks for I/O decoding */
	vfio_pci_fini(&rig->v);
	rig->dev.dev.region[4].size = 0;
	vfio_rig_start(rig);
	assert_int_equal(get_le16(rig->dev.config + PCI_COMMAND), 0x0002);
	rig->dev.dev.region[4].size = 64;
}

static void keeps_to_the_policy(void **state)
{
	static const struct cfg_policy rows[] = { { 0xe1, 1, CFG_SHADOW_RO },
						  { 0xe2, 1, CFG_SHADOW_RW },
						  { 0xe3, 1, CFG_HIDE } };
	struct vfio_rig *rig = *state;

	assert_int_equal(vfio_pci_init(&rig->v, &rig->params), 0);
	vfio_pci_policy(&rig->v, rows, ARRAY_SIZE(rows));
	assert_int_equal(vfio_pci_attach(&rig->v), 0);
	/* PASS, SHADOW_RO, SHADOW_RW, HIDE in one dword */
	assert_int_equal(cfg_rd(rig, 0xe0, 4), 0x00e2e1e0);
	rig->dev.config[0xe0] = 0x99;
	rig->dev.config[0xe1] = 0x98; /* a shadow does not follow */
	assert_int_equal(cfg_rd(rig, 0xe0, 4), 0x00e2e199);
	rig->dev.n_calls = 0;
	cfg_wr(rig, 0xe0, 4, 0x44332211);
	assert_int_equal(cfg_rd(rig, 0xe0, 4), 0x0033e111);
	assert_int_equal(rig->dev.call[0].op, FAKE_WRITE);
	assert_int_equal(rig->dev.call[0].off, 0xe0);
	assert_int_equal(rig->dev.call[0].len, 1);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, UINT_MAX), 1);
	assert_int_equal(cfg_rd(rig, 0xe1, 2), 0x33e1);
	/* neighbours go in one piece */
	cfg_wr(rig, 0xe4, 4, 0xa1a2a3a4);
	assert_int_equal(get_le32(rig->dev.config + 0xe4), 0xa1a2a3a4);
	assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, 0xe4, 4), 1);
	cfg_wr(rig, PCI_STATUS, 2, 0xf900);
	assert_int_equal(get_le16(rig->dev.config + PCI_STATUS), 0xf900);
	/* a device that does not answer */
	rig->fault.calls = 0;
	rig->fault.fail_at = 1;
	assert_int_equal(cfg_rd(rig, 0xe0, 4), 0x0033e1ff);
	rig->fault.calls = 0;
	cfg_wr(rig, 0xe0, 4, 0);
	assert_int_equal(cfg_rd(rig, 0xe0, 4), 0x0000e111);
}

/* Bytes of the header that are drivers' notes: the guest reads back its own, the device sees none. */
static void keeps_the_guests_notes(void **state)
{
	struct vfio_rig *rig = *state;
	uint32_t type, pin;

	vfio_rig_start(rig);
	type = cfg_rd(rig, PCI_CACHE_LINE + 2, 2);
	pin = cfg_rd(rig, PCI_INT_LINE + 1, 1);
	rig->dev.n_calls = 0;
	cfg_wr(rig, PCI_CACHE_LINE, 4, type << 16 ^ 0xffff4010);
	assert_int_equal(cfg_rd(rig, PCI_CACHE_LINE, 4), type << 16 | 0x4010);
	cfg_wr(rig, PCI_INT_LINE, 2, 0xff5a);
	assert_int_equal(cfg_rd(rig, PCI_INT_LINE, 2), pin << 8 | 0x5a);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, UINT_MAX), 0);
}

static void defaults_leave_named_bytes(void **state)
{
	static const struct cfg_policy rows[] = { { 0xe4, 4, CFG_PASS }, { 0xe8, 4, CFG_HIDE } };
	struct vfio_rig *rig = *state;

	assert_int_equal(vfio_pci_init(&rig->v, &rig->params), 0);
	vfio_pci_default(&rig->v, CFG_SHADOW_RO);
	vfio_pci_policy(&rig->v, rows, ARRAY_SIZE(rows));
	vfio_pci_shadow(&rig->v, 0x50, 2, 0x0288);
	assert_int_equal(vfio_pci_attach(&rig->v), 0);
	rig->dev.n_calls = 0;
	for (unsigned off = PCI_HEADER_SIZE; off < PCI_CFG_SIZE; off += 4)
		cfg_wr(rig, off, 4, 0xffff0000);
	assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, 0xe4, 4), 1);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, VFIO_CONFIG), 1);
	assert_int_equal(cfg_rd(rig, 0x50, 4), 0x53520288);
	assert_int_equal(cfg_rd(rig, 0xe4, 4), 0xffff0000);
	assert_int_equal(cfg_rd(rig, 0xe8, 4), 0);
	assert_int_equal(cfg_rd(rig, 0xec, 4), 0xefeeedec);
}

/* ---- BARs ---- */

static void maps_and_traps_bars(void **state)
{
	struct vfio_rig *rig = *state;
	const struct mem_region *r = rig->mem.region;
	uint8_t **bytes = rig->dev.bytes;

	rig->dev.dev.region[2].writable = false;
	vfio_rig_start(rig);
	assert_int_equal(cfg_rd(rig, 0x10, 4), 0x4);
	assert_int_equal(cfg_rd(rig, 0x18, 4), 0xc);
	assert_int_equal(cfg_rd(rig, 0x20, 4), 0x1);
	assert_int_equal(cfg_rd(rig, 0x24, 4), 0x0);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_MAP, UINT_MAX), 0);
	vfio_rig_enable_bars(rig);
	/* BAR0 by its two areas, BAR2 whole; BAR4 and BAR5 are traps */
	assert_int_equal(rig->mem.n, 3);
	assert_true(r[0].gpa == LOW && r[0].size == 0x4000 && r[0].hva == bytes[0]);
	assert_true(r[1].gpa == LOW + 0x8000 && r[1].size == 0x8000 &&
		    r[1].hva == bytes[0] + 0x8000);
	assert_true(r[2].gpa == LOW + MiB && r[2].size == MiB && r[2].hva == bytes[2]);
	assert_true(r[0].kind == MEM_KIND_MMIO && !r[0].readonly && r[2].readonly);
	assert_int_equal(rig->mmio.n, 3);
	assert_int_equal(rig->pio.n, 3);
	/* what is trapped reaches the device, at its own offset and width */
	put_le32(bytes[0] + 0x4010, 0x12345678);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x4010, 4), 0x12345678);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x4011, 2), 0x3456);
	fake_out(&rig->mmio, LOW + 0x20ffc, 4, 0xcafe);
	assert_int_equal(get_le32(bytes[5] + 0xffc), 0xcafe);
	fake_out(&rig->pio, 0x203f, 1, 0x5a);
	assert_int_equal(bytes[4][0x3f], 0x5a);
	rig->fault.calls = 0;
	rig->fault.fail_at = 1;
	assert_int_equal(fake_in(&rig->pio, 0x203f, 1), 0xff);
	rig->fault.calls = 0;
	fake_out(&rig->pio, 0x203f, 1, 0);
	assert_int_equal(bytes[4][0x3f], 0x5a);
	/* a move takes all parts along; the host's mapping stays */
	cfg_wr(rig, 0x10, 4, LOW + 0x40000);
	assert_true(r[0].gpa == LOW + 0x40000 && r[1].gpa == LOW + 0x48000);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x4010, 4), 0xffffffff);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x44010, 4), 0x12345678);
	cfg_wr(rig, PCI_COMMAND, 2, 0);
	assert_int_equal(rig->mem.n, 0);
	assert_int_equal(rig->mmio.n, 1);
	assert_int_equal(rig->pio.n, 2);
	assert_int_equal(rig->dev.mapped, 3);
	cfg_wr(rig, PCI_COMMAND, 2, 2);
	assert_int_equal(rig->mem.n, 3);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_MAP, UINT_MAX), 3);
}

/* Parts that cannot be mapped are trapped with the rest. */
static void traps_what_cannot_be_mapped(void **state)
{
	static const struct vfio_area bad[] = {
		{ 0x800, 0x1000 },	   { 0, 0x800 }, { 0, 0 }, { 0xf000, 0x2000 },
		{ 0 - 0x1000ULL, 0x2000 },
	};
	struct bus_region taken = { .base = LOW, .size = 4, .width = 4, .name = "taken" };
	struct vfio_rig *rig = *state;

	for (unsigned fail_at = 0; fail_at <= 3; fail_at++) {
		vfio_rig_start(rig);
		cfg_wr(rig, 0x10, 4, LOW);
		rig->fault.calls = 0;
		rig->fault.fail_at = fail_at;
		rig->dev.bytes[0][0x9000] = 0x77;
		/* calls: map, map, listener, listener */
		fake_stderr_begin();
		pci_cfg_write(&rig->bus, SLOT, PCI_COMMAND, "\x02", 1);
		fake_stderr_end();
		rig->fault.fail_at = 0;
		assert_true(rig->v.pci.bar[0].mapped == (fail_at != 3));
		assert_int_equal(rig->mem.n, (fail_at == 0) + (fail_at < 3));
		if (fail_at == 2)
			assert_int_equal(fake_in(&rig->mmio, LOW + 0x9000, 1), 0x77);
		vfio_pci_fini(&rig->v);
		vfio_rig_check_gone(rig);
	}
	/* the trap's place is taken: the mapped parts go, too */
	assert_int_equal(bus_add(&rig->mmio, &taken), 0);
	vfio_rig_start(rig);
	cfg_wr(rig, 0x10, 4, LOW);
	cfg_wr(rig, PCI_COMMAND, 2, 2);
	assert_false(rig->v.pci.bar[0].mapped);
	assert_int_equal(rig->mem.n, 0);
	vfio_pci_fini(&rig->v);
	bus_remove(&rig->mmio, &taken);
	memcpy(rig->dev.dev.region[0].area, bad, sizeof(bad));
	rig->dev.dev.region[0].n_areas = ARRAY_SIZE(bad);
	vfio_rig_start(rig);
	vfio_rig_enable_bars(rig);
	assert_int_equal(rig->mem.n, 1); /* BAR2 */
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x9000, 1), 0x77);
}

/* Bytes that igdvm answers for: their pages are trapped, the rest of the areas stays mapped. */
static void answers_for_shadowed_bytes(void **state)
{
	static const struct bar_shadow rows[] = {
		{ 0, 4, 0x1ffc, 0x11223344 },
		{ 0, 8, 0x8000, 0x0102030405060708 },
		{ 0, 4, 0x8010, 0xaabbccdd },
		{ 0, 4, 0xfffc, 0xffffffff },
		{ 0, 8, 0x10000, 1 } /* behind it */,
		{ 5, 4, 0x20, 0x55 },
		{ 2, 8, 0x0, 0x99 },
		{ 2, 8, MiB - 8, 0x98 },
	};
	static const struct vfio_area slots[] = {
		{ LOW, 0x1000 },
		{ LOW + 0x2000, 0x2000 },
		{ LOW + 0x9000, 0x6000 },
		{ LOW + MiB + 0x1000, MiB - 0x2000 },
	};
	struct vfio_rig *rig = *state;
	const struct mem_region *r = rig->mem.region;

	assert_int_equal(vfio_pci_init(&rig->v, &rig->params), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(vfio_pci_shadow_bar(&rig->v, &rows[i]), 0);
	assert_int_equal(vfio_pci_shadow_bar(&rig->v, &rows[0]), -ENOSPC);
	assert_int_equal(vfio_pci_attach(&rig->v), 0);
	vfio_rig_enable_bars(rig);
	assert_int_equal(rig->mem.n, ARRAY_SIZE(slots));
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		assert_true(r[i].gpa == slots[i].off && r[i].size == slots[i].size);
	memset(rig->dev.bytes[0], 0xee, 0x10000);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x1ffc, 4), 0x11223344);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x1ffd, 1), 0x33);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x1ffa, 4), 0x3344eeee);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x8004, 4), 0x01020304);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x8006, 4), 0xeeee0102);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x800c, 4), 0xeeeeeeee);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x20020, 2), 0x55);
	rig->dev.n_calls = 0;
	fake_out(&rig->mmio, LOW + 0x8010, 4, 0);
	fake_out(&rig->mmio, LOW + 0x8007, 1, 0);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, UINT_MAX), 0);
	fake_out(&rig->mmio, LOW + 0x8008, 4, 0x77);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_WRITE, UINT_MAX), 1);
	assert_int_equal(get_le32(rig->dev.bytes[0] + 0x8008), 0x77);
	/* the bytes beside them are the device's, on either side and between */
	fake_out(&rig->mmio, LOW + 0x1ffa, 4, 0xa4a3a2a1);
	assert_int_equal(get_le32(rig->dev.bytes[0] + 0x1ffa), 0xeeeea2a1);
	bus_write(&rig->mmio, LOW + 0x8006, "\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8", 8);
	assert_int_equal(get_le32(rig->dev.bytes[0] + 0x8006), 0xb4b3eeee);
	assert_int_equal(get_le32(rig->dev.bytes[0] + 0x800a), 0xb8b7b6b5);
	bus_write(&rig->mmio, LOW + 0x800c, "\xc1\xc2\xc3\xc4\xc5\xc6\xc7\xc8", 8);
	assert_int_equal(get_le32(rig->dev.bytes[0] + 0x800c), 0xc4c3c2c1);
	assert_int_equal(get_le32(rig->dev.bytes[0] + 0x8010), 0xeeeeeeee);
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x8010, 4), 0xaabbccdd);
	/* they are answered for when the device fails, too */
	rig->fault.calls = 0;
	rig->fault.fail_at = 1;
	assert_int_equal(fake_in(&rig->mmio, LOW + 0x1ffa, 4), 0x3344ffff);
}

static void refuses_odd_bars(void **state)
{
	static const uint64_t sizes[] = { 0x1800, 3, UINT64_MAX, MiB + 1 };
	struct vfio_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const char *text;
		int ret;

		rig->dev.dev.region[2].size = sizes[i];
		fake_stderr_begin();
		ret = vfio_pci_init(&rig->v, &rig->params);
		text = fake_stderr_end();
		assert_int_equal(ret, -EINVAL);
		assert_non_null(strstr(text, "0000:00:02.0: BAR2"));
		vfio_pci_fini(&rig->v);
	}
	rig->dev.dev.region[2].size = MiB;
}

/* ---- coming and going ---- */

static void hands_the_device_back(void **state)
{
	struct vfio_rig *rig = *state;
	uint8_t before[PCI_CFG_SIZE];
	struct pci_dev other;
	int ret;

	memcpy(before, rig->dev.config, sizeof(before));
	vfio_rig_start(rig);
	assert_int_equal(rig->dev.resets, 1);
	vfio_rig_enable_bars(rig);
	cfg_wr(rig, PCI_COMMAND, 2, 0x0007);
	assert_int_equal(get_le16(rig->dev.config + PCI_COMMAND), 0x0007);
	cfg_wr(rig, MSI + MSI_CONTROL, 2, 0x21);
	vfio_pci_fini(&rig->v);
	assert_int_equal(rig->dev.resets, 2);
	vfio_rig_check_gone(rig);
	assert_memory_equal(rig->dev.config, before, sizeof(before));
	/* a device that cannot be reset is fine; a taken slot is not */
	rig->dev.no_reset = true;
	vfio_rig_start(rig);
	vfio_pci_fini(&rig->v);
	pci_dev_init(&other, "other", SLOT, &(struct pci_identity){ 1, 2, 3, 4, 5 }, 0);
	assert_int_equal(pci_add(&rig->bus, &other), 0);
	assert_int_equal(vfio_pci_init(&rig->v, &rig->params), 0);
	fake_stderr_begin();
	ret = vfio_pci_attach(&rig->v);
	assert_non_null(strstr(fake_stderr_end(), "02.0 is taken"));
	assert_int_equal(ret, -EEXIST);
	vfio_pci_fini(&rig->v);
	pci_remove(&rig->bus, &other);
}

/* A whole life in which call number n fails, for each n: survived, and nothing is left behind. */
static void survives_any_failure(void **state)
{
	struct vfio_rig *rig = *state;
	unsigned n = 0, failed_starts = 0;
	uint8_t before[PCI_CFG_SIZE];

	memcpy(before, rig->dev.config, sizeof(before));
	do {
		int ret;

		rig->fault = (struct fake_fault){ .fail_at = ++n, .err = -EIO };
		fake_stderr_begin();
		ret = vfio_pci_init(&rig->v, &rig->params);
		if (!ret)
			ret = vfio_pci_attach(&rig->v);
		failed_starts += ret != 0;
		if (!ret) {
			vfio_rig_enable_bars(rig);
			cfg_wr(rig, MSI + MSI_CONTROL, 2, 1);
			cfg_wr(rig, MSI + 16, 4, 1);
			cfg_wr(rig, MSI + 16, 4, 0);
			cfg_wr(rig, MSI + MSI_CONTROL, 2, 0x21);
			cfg_wr(rig, MSI + 4, 4, 0xfee03000);
			cfg_wr(rig, 0x10, 4, LOW + 0x40000);
			cfg_wr(rig, MSI + MSI_CONTROL, 2, 0);
			fake_in(&rig->mmio, LOW + 0x44000, 4);
			vfio_bar_mend(&rig->v);
			cfg_wr(rig, 0x10, 4, LOW);
			cfg_wr(rig, PCI_COMMAND, 2, 0);
			cfg_rd(rig, PCI_STATUS, 2);
		}
		vfio_pci_fini(&rig->v);
		fake_stderr_end();
		assert_true(!ret || rig->fault.failed);
		/* where the kernel does not let go of an index, the next one cannot be had */
		if (rig->fault.failed && !strcmp(rig->fault.failed, "clear_irqs")) {
			rig->dev.breaches = 0;
			memset(rig->dev.irq, 0, sizeof(rig->dev.irq));
		}
		vfio_rig_check_gone(rig);
		/* as it came, unless the call that failed was the last: the one that puts it back */
		if (rig->fault.calls > n)
			assert_memory_equal(rig->dev.config, before, sizeof(before));
		memcpy(rig->dev.config, before, sizeof(before));
	} while (rig->fault.failed);
	assert_in_range(n, 60, 200);
	assert_in_range(failed_starts, 8, 12);
	rig->fault.fail_at = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFIO_TEST(shows_known_capabilities),
		VFIO_TEST(bounds_capability_chains),
		VFIO_TEST(survives_noise),
		VFIO_TEST(forwards_command),
		VFIO_TEST(keeps_to_the_policy),
		VFIO_TEST(keeps_the_guests_notes),
		VFIO_TEST(defaults_leave_named_bytes),
		VFIO_TEST(maps_and_traps_bars),
		VFIO_TEST(traps_what_cannot_be_mapped),
		VFIO_TEST(answers_for_shadowed_bytes),
		VFIO_TEST(refuses_odd_bars),
		VFIO_TEST(hands_the_device_back),
		VFIO_TEST(survives_any_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
