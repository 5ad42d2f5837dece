// SPDX-License-Identifier: BSD-2-Clause
/*
 * Option ROM, VGA ranges, and the GTT through the I/O BAR.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes.h"
#include "igd_rig.h"
#include "layout.h"
#include "pci_regs.h"
#include "rom_image.h"
#include "test.h"
#include "util.h"

#define UNITS	  16 /* of 512 bytes */
#define LEN	  (UNITS * 512)
#define SAVED	  0x1234 /* in the image */
#define CODE	  0x0800
#define HOST_BASE 0x7b800000

static const char path[] = "/tmp/igdvm-vbios-test.rom";

/* Intel's VBIOS, as far as igdvm looks at it: see igd_vbios.c. */
static void make_vbios(uint8_t *p, uint32_t saved)
{
	static const uint8_t ask[] = { 0x66, 0x2e, 0x83, 0x3e, SAVED & 0xff, SAVED >> 8, 0x00, 0x74,
				       0x07, 0x66, 0x2e, 0xa1, SAVED & 0xff, SAVED >> 8, 0xeb, 0x0f,
				       0xb8, 0x5e, 0x10 };
	uint8_t sum = 0;

	rom_image(p, UNITS, 0x8086, ID_SKL, 0, 1);
	memcpy(p + CODE, ask, sizeof(ask));
	put_le32(p + SAVED, saved);
	for (unsigned i = 0; i < LEN; i++)
		sum = (uint8_t)(sum + p[i]);
	p[LEN - 1] = (uint8_t)(p[LEN - 1] - sum);
}

static uint8_t *device_rom(struct igd_rig *rig)
{
	if (!rig->dev.bytes[VFIO_ROM])
		fake_vfio_region(&rig->dev, VFIO_ROM, 2 * LEN);
	rig->dev.dev.region[VFIO_ROM].writable = false;
	memset(rig->dev.bytes[VFIO_ROM], 0xff, 2 * LEN);
	make_vbios(rig->dev.bytes[VFIO_ROM], HOST_BASE);
	return rig->dev.bytes[VFIO_ROM];
}

static void put_file(const uint8_t *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static void start(struct igd_rig *rig)
{
	if (igd_rig_start(rig))
		fail_msg("%s", rig->log);
}

/* The ROM as the guest reads it, once it has switched it on. */
static const uint8_t *guest_rom(struct igd_rig *rig)
{
	uint32_t addr = igd_rig_rd(rig, PCI_ROM, 4) & (uint32_t)PCI_ROM_MASK;

	igd_rig_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	igd_rig_wr(rig, PCI_ROM, 4, addr | PCI_ROM_ENABLE);
	for (size_t i = 0; i < rig->mem.n; i++)
		if (rig->mem.region[i].gpa == addr && rig->mem.region[i].readonly)
			return rig->mem.region[i].hva;
	return NULL;
}

static uint8_t sum_of(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum = (uint8_t)(sum + *p++);
	return sum;
}

static bool contains(const uint8_t *p, size_t n, uint32_t value)
{
	for (size_t i = 0; i + 4 <= n; i++)
		if (get_le32(p + i) == value)
			return true;
	return false;
}

/* ---- option ROM ---- */

static void has_no_rom_unless_told(void **state)
{
	struct igd_rig *rig = *state;

	device_rom(rig);
	start(rig);
	assert_int_equal(igd_rig_rd(rig, PCI_ROM, 4), 0);
	igd_rig_wr(rig, PCI_ROM, 4, 0xffffffff);
	assert_int_equal(igd_rig_rd(rig, PCI_ROM, 4), 0);
	assert_int_equal(fake_vfio_count(&rig->dev, FAKE_READ, VFIO_ROM), 0);
	assert_int_equal(get_le16(mem_at(&rig->mem, LAYOUT_ROM, 2)), 0);
}

static void shows_the_devices_rom(void **state)
{
	struct igd_rig *rig = *state;
	uint8_t *rom = device_rom(rig), expected[LEN];
	const uint8_t *seen;

	memcpy(expected, rom, LEN);
	rig->option.rom = ROM_BAR;
	start(rig);
	assert_null(strstr(rig->log, "option ROM"));
	seen = guest_rom(rig);
	assert_non_null(seen);
	/* the same, less what the host's run left in it */
	assert_int_equal(get_le32(seen + SAVED), 0);
	assert_int_equal(sum_of(seen, LEN), 0);
	put_le32(expected + SAVED, 0);
	expected[6] = seen[6];
	assert_memory_equal(seen, expected, LEN);
	assert_false(contains(seen, 2 * LEN, HOST_BASE));
	/* and where firmware leaves it */
	assert_memory_equal(mem_at(&rig->mem, LAYOUT_ROM, LEN), seen, LEN);
	assert_int_equal(*(uint8_t *)mem_at(&rig->mem, LAYOUT_ROM + LEN, 1), 0);
	igd_rig_check_contract(rig);
}

/* What the pattern must and must not match. */
static void clears_only_a_saved_base(void **state)
{
	struct igd_rig *rig = *state;
	uint8_t *rom = device_rom(rig);

	rig->option.rom = ROM_BAR;
	for (unsigned i = 0; i < 19 + 4; i++) {
		make_vbios(rom, HOST_BASE);
		if (i < 19)
			rom[CODE + i] ^= 0x80; /* one byte of it is something else */
		if (i == 19)
			memcpy(rom + CODE + 0x100, rom + CODE, 19); /* which of the two? */
		if (i == 20) {					    /* outside of the image */
			put_le16(rom + CODE + 4, LEN - 3);
			put_le16(rom + CODE + 12, LEN - 3);
		}
		if (i == 21)
			igd_rig_model(rig, ID_TGL, 0x02c1); /* has no VBIOS */
		if (i == 22)
			rom[ROM_IMAGE_PCIR + 20] = 3; /* an EFI driver */
		start(rig);
		assert_int_equal(get_le32(guest_rom(rig) + SAVED), HOST_BASE);
		igd_rig_fini(rig);
	}
	igd_rig_model(rig, ID_SKL, 0x02c1);
	/* one that has not run yet is left alone altogether */
	make_vbios(rom, 0);
	start(rig);
	assert_memory_equal(guest_rom(rig), rom, LEN);
}

static void shows_a_file(void **state)
{
	struct igd_rig *rig = *state;
	uint8_t rom[LEN];

	make_vbios(rom, HOST_BASE);
	put_file(rom, LEN);
	rig->option.rom = ROM_FILE;
	rig->option.rom_file = path;
	start(rig);
	assert_int_equal(get_le32(guest_rom(rig) + SAVED), 0);
	assert_int_equal(sum_of(guest_rom(rig), LEN), 0);
	/* the file is the user's */
	igd_rig_fini(rig);
	rom[0x300]++;
	put_file(rom, LEN);
	assert_int_equal(igd_rig_start(rig), -EINVAL);
	assert_non_null(strstr(rig->log, "igdvm-vbios-test.rom: the checksum"));
	igd_rig_fini(rig);
	rig->option.rom_file = "/nowhere/x";
	assert_int_equal(igd_rig_start(rig), -ENOENT);
	unlink(path);
}

static void mends_what_ran(void **state)
{
	struct igd_rig *rig = *state;

	device_rom(rig)[0x300]++;
	rig->option.rom = ROM_BAR;
	start(rig);
	assert_non_null(strstr(rig->log, "its checksum is mended"));
	assert_int_equal(sum_of(guest_rom(rig), LEN), 0);
}

static void says_what_is_wrong_with_it(void **state)
{
	struct igd_rig *rig = *state;
	uint8_t *rom;

	rig->option.rom = ROM_BAR;
	assert_int_equal(igd_rig_start(rig), -ENODEV);
	assert_non_null(strstr(rig->log, "shows no option ROM"));
	igd_rig_fini(rig);
	rom = device_rom(rig);
	put_le16(rom + ROM_IMAGE_PCIR + 6, 0x0166);
	start(rig);
	assert_non_null(strstr(rig->log, "does not name device 1912"));
	igd_rig_fini(rig);
	put_le16(rom + ROM_IMAGE_PCIR + 4, 0x1002);
	assert_int_equal(igd_rig_start(rig), -EINVAL);
	assert_non_null(strstr(rig->log, "it is for vendor 1002, not 8086; give another file"));
	igd_rig_fini(rig);
	memset(rom, 0xff, LEN); /* as many UEFI hosts have it */
	assert_int_equal(igd_rig_start(rig), -EINVAL);
	assert_non_null(strstr(rig->log, "option ROM of the device: image 1: no option ROM"));
}

/* ---- VGA ---- */

static void vga_goes_to_the_device(void **state)
{
	struct igd_rig *rig = *state;

	fake_vfio_region(&rig->dev, VFIO_VGA, 0xc0000);
	for (unsigned on = 0; on < 2; on++) {
		rig->option.vga = on;
		start(rig);
		assert_null(strstr(rig->log, "vga"));
		assert_int_equal(memmap_at(&rig->map, 0xa0000)->type, on ? MEM_VGA : MEM_LEGACY);
		/* no memslot hides it; what is above is there all the same */
		assert_int_equal(mem_at(&rig->mem, 0xa0000, 1) == NULL, on);
		assert_int_equal(mem_at(&rig->mem, 0xbffff, 1) == NULL, on);
		assert_non_null(mem_at(&rig->mem, 0xc0000, 0x40000));
		igd_rig_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
		rig->dev.n_calls = 0;
		fake_out(&rig->mmio, 0xb8000, 2, 0x0741);
		fake_out(&rig->pio, 0x3d4, 1, 0x0e);
		assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_VGA, 0xb8000, 2), on);
		assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_VGA, 0x3d4, 1), on);
		igd_rig_fini(rig);
	}
	/* the host's firmware may have switched it off */
	igd_rig_model(rig, ID_SKL, 0x02c3);
	start(rig);
	assert_non_null(strstr(rig->log, "switched VGA off in it (GGC 0x2c3)"));
}

static void vga_needs_the_hosts_leave(void **state)
{
	struct igd_rig *rig = *state;

	rig->option.vga = true;
	assert_int_equal(igd_rig_start(rig), -ENODEV);
	assert_non_null(strstr(rig->log, "disable_vga=1"));
}

/* ---- the GTT through the I/O BAR ---- */

#define PORT 0x2000

static uint32_t gtt_write(struct igd_rig *rig, uint32_t index, uint32_t pte)
{
	fake_out(&rig->pio, PORT, 4, index);
	assert_int_equal(get_le32(rig->dev.bytes[4]), index);
	fake_out(&rig->pio, PORT + 4, 4, pte);
	return get_le32(rig->dev.bytes[4] + 4);
}

static void io_bar(struct igd_rig *rig)
{
	start(rig);
	igd_rig_wr(rig, PCI_BAR0 + 16, 4, PORT);
	igd_rig_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_IO);
	assert_true(rig->v.pci.bar[4].mapped);
}

static void setup_io_bar(struct igd_rig *rig)
{
	fake_vfio_region(&rig->dev, 4, 64);
	fake_vfio_region(&rig->dev, VFIO_VGA, 0xc0000);
	put_le32(rig->config + PCI_BAR0 + 16, PCI_BAR_IS_IO);
	igd_rig_model(rig, ID_SKL, 0x02c1);
	rig->option.vga = true;
}

static void moves_gtt_entries_to_the_guests_memory(void **state)
{
	static const uint16_t models[] = { ID_SNB, ID_CHV, ID_SKL };
	static const uint16_t ggc[] = { 0x0211, 0x0011, 0x02c1 };
	struct igd_rig *rig = *state;

	setup_io_bar(rig);
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		uint32_t base;

		igd_rig_model(rig, models[i], ggc[i]);
		rig->option.stolen = STOLEN_AUTO;
		io_bar(rig);
		base = (uint32_t)rig->igd.dsm_gpa;
		assert_int_equal(rig->igd.stolen, 64 * MiB);
		assert_int_not_equal(base, HOST_BASE);
		assert_int_equal(gtt_write(rig, 1, HOST_BASE | 1), base | 1);
		assert_int_equal(gtt_write(rig, 0x21, (HOST_BASE + 0x5000) | 7),
				 (base + 0x5000) | 7);
		assert_int_equal(gtt_write(rig, 0x1001, (HOST_BASE + 64 * MiB - 0x1000) | 1),
				 (base + 64 * MiB - 0x1000) | 1);
		/* several through one index */
		fake_out(&rig->pio, PORT + 4, 4, HOST_BASE | 1);
		assert_int_equal(get_le32(rig->dev.bytes[4] + 4), base | 1);
		igd_rig_fini(rig);
	}
}

static void leaves_other_writes_alone(void **state)
{
	struct igd_rig *rig = *state;
	uint8_t wide[4];
	uint32_t base;

	setup_io_bar(rig);
	io_bar(rig);
	base = (uint32_t)rig->igd.dsm_gpa;
	const struct {
		uint32_t index, value;
	} t[] = {
		{ 1, base | 1 }, /* right already */
		{ 1, (base + 0x3000) | 1 },
		{ 1, (HOST_BASE - 0x1000) | 1 },
		{ 1, (HOST_BASE + 64 * MiB) | 1 },
		{ 1, HOST_BASE },	 /* no valid entry */
		{ 1, HOST_BASE | 0x11 }, /* above 4 GiB */
		{ 5, 0 },		 /* the upper half of one */
		{ 0, HOST_BASE | 1 },	 /* a register, not the GTT */
		{ 0x70080, HOST_BASE | 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(gtt_write(rig, t[i].index, t[i].value), t[i].value);
	/* an index in pieces is none */
	gtt_write(rig, 1, 0);
	fake_out(&rig->pio, PORT, 2, 1);
	fake_out(&rig->pio, PORT + 4, 4, HOST_BASE | 1);
	assert_int_equal(get_le32(rig->dev.bytes[4] + 4), HOST_BASE | 1);
	/* nor is an entry */
	gtt_write(rig, 1, 0);
	fake_out(&rig->pio, PORT + 4, 2, HOST_BASE & 0xffff);
	fake_out(&rig->pio, PORT + 6, 2, HOST_BASE >> 16);
	assert_int_equal(get_le32(rig->dev.bytes[4] + 4), HOST_BASE);
	put_le32(wide, HOST_BASE | 1);
	rig->igd.gtt.filter.write(&rig->igd.gtt.filter, 4, wide, 2);
	assert_int_equal(get_le32(wide), HOST_BASE | 1);
	/* the rest of the BAR is as ever */
	fake_out(&rig->pio, PORT + 8, 4, HOST_BASE | 1);
	assert_int_equal(get_le32(rig->dev.bytes[4] + 8), HOST_BASE | 1);
	assert_int_equal(fake_in(&rig->pio, PORT + 4, 4), HOST_BASE);
}

/* Where the guest has less, an entry must not point to what follows. */
static void maps_nothing_behind_stolen_memory(void **state)
{
	struct igd_rig *rig = *state;

	setup_io_bar(rig);
	rig->option.stolen = 32 * MiB;
	io_bar(rig);
	assert_int_equal(gtt_write(rig, 1, (HOST_BASE + 32 * MiB - 0x1000) | 1),
			 (rig->igd.dsm_gpa + 32 * MiB - 0x1000) | 1);
	assert_int_equal(gtt_write(rig, 1, (HOST_BASE + 32 * MiB) | 1), 0);
	igd_rig_fini(rig);
	rig->option.stolen = 0;
	io_bar(rig);
	assert_int_equal(gtt_write(rig, 1, HOST_BASE | 1), 0);
}

/* Where guest and host overlap, the guest's addresses are right. */
static void believes_the_guest_first(void **state)
{
	struct igd_rig *rig = *state;
	uint32_t base;

	setup_io_bar(rig);
	rig->ram = 256 * MiB;
	io_bar(rig);
	base = (uint32_t)rig->igd.dsm_gpa;
	igd_rig_fini(rig);
	put_le32(rig->config + IGD_BDSM32, (base - 16 * MiB) | 1);
	igd_rig_model(rig, ID_SKL, 0x02c1);
	io_bar(rig);
	assert_int_equal(rig->igd.dsm_gpa, base);
	assert_int_equal(gtt_write(rig, 1, base | 1), base | 1);
	assert_int_equal(gtt_write(rig, 1, (base - 16 * MiB) | 1), base | 1);
}

static void watches_for_a_vbios_only(void **state)
{
	struct igd_rig *rig = *state;

	setup_io_bar(rig);
	rig->option.vga = false;
	io_bar(rig);
	assert_null(rig->v.bar[4].filter);
	assert_int_equal(gtt_write(rig, 1, HOST_BASE | 1), HOST_BASE | 1);
	igd_rig_fini(rig);
	/* a ROM will do */
	device_rom(rig);
	rig->option.rom = ROM_BAR;
	io_bar(rig);
	assert_int_not_equal(gtt_write(rig, 1, HOST_BASE | 1), HOST_BASE | 1);
	igd_rig_fini(rig);
	/* later generations have none */
	igd_rig_model(rig, ID_TGL, 0x02c1);
	rig->option.vga = true;
	io_bar(rig);
	assert_null(rig->v.bar[4].filter);
}

/* ---- whatever fails ---- */

static void leaves_nothing_behind(void **state)
{
	struct igd_rig *rig = *state;
	unsigned calls;

	setup_io_bar(rig);
	device_rom(rig);
	rig->option.rom = ROM_BAR;
	for (calls = 1;; calls++) {
		int ret;

		rig->fault.calls = 0;
		rig->fault.fail_at = calls;
		rig->fault.failed = NULL;
		ret = igd_rig_start(rig);
		if (rig->built)
			igd_rig_check_contract(rig);
		rig->fault.fail_at = 0;
		igd_rig_fini(rig);
		assert_null(rig->igd.rom.bytes);
		assert_null(rig->igd.vga.dev);
		if (!rig->fault.failed) {
			assert_int_equal(ret, 0);
			break;
		}
	}
	assert_in_range(calls, 20, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(has_no_rom_unless_told),
		IGD_TEST(shows_the_devices_rom),
		IGD_TEST(clears_only_a_saved_base),
		IGD_TEST(shows_a_file),
		IGD_TEST(mends_what_ran),
		IGD_TEST(says_what_is_wrong_with_it),
		IGD_TEST(vga_goes_to_the_device),
		IGD_TEST(vga_needs_the_hosts_leave),
		IGD_TEST(moves_gtt_entries_to_the_guests_memory),
		IGD_TEST(leaves_other_writes_alone),
		IGD_TEST(maps_nothing_behind_stolen_memory),
		IGD_TEST(believes_the_guest_first),
		IGD_TEST(watches_for_a_vbios_only),
		IGD_TEST(leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
