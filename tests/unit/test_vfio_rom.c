// SPDX-License-Identifier: BSD-2-Clause
/*
 * Option ROM of an assigned device: where it is read, and how the guest gets to see it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fakes.h"
#include "rom.h"
#include "test.h"
#include "util.h"
#include "vfio_rig.h"
#include "vfio_rom.h"

#define LEN 0x2a00 /* no power of two */

static struct vfio_rom rom;
static char path[] = "/tmp/igdvm-rom-XXXXXX";

static void fill(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 13 + (i >> 8));
}

static void check_bytes(const uint8_t *p)
{
	uint8_t expected[LEN];

	fill(expected, LEN);
	assert_memory_equal(p, expected, LEN);
	for (size_t i = LEN; i < 0x4000; i++)
		assert_int_equal(p[i], 0xff);
}

static void device_has_one(struct vfio_rig *rig)
{
	fake_vfio_region(&rig->dev, VFIO_ROM, LEN);
	rig->dev.dev.region[VFIO_ROM].writable = false;
	fill(rig->dev.bytes[VFIO_ROM], LEN);
}

static int read_it(struct vfio_rig *rig, const char **log)
{
	int ret;

	fake_stderr_begin();
	ret = vfio_rom_read(&rom, &rig->dev.dev);
	*log = fake_stderr_end();
	return ret;
}

static void reads_the_devices_own(void **state)
{
	struct vfio_rig *rig = *state;
	const char *log;

	/* it must decode memory meanwhile, and is left as it was */
	device_has_one(rig);
	for (uint8_t command = 0; command < 8; command++) {
		rig->dev.config[PCI_COMMAND] = command;
		assert_int_equal(read_it(rig, &log), 0);
		assert_int_equal(rig->dev.config[PCI_COMMAND], command);
		assert_int_equal(rom.len, LEN);
		assert_int_equal(rom.size, 0x4000);
		check_bytes(rom.bytes);
		vfio_rom_fini(&rom);
	}
}

static void says_why_there_is_none(void **state)
{
	struct vfio_rig *rig = *state;
	const char *log;

	assert_int_equal(read_it(rig, &log), -ENODEV);
	assert_non_null(strstr(log, "0000:00:02.0: the host shows no option ROM"));
	vfio_rom_fini(&rom);
	device_has_one(rig);
	for (rig->fault.fail_at = 1; rig->fault.fail_at <= 4; rig->fault.fail_at++) {
		rig->fault.calls = 0;
		rig->dev.config[PCI_COMMAND] = 0;
		assert_int_equal(read_it(rig, &log), -EIO);
		assert_non_null(strstr(log, "reading its option ROM"));
		/* what was switched on is switched off, unless just that fails */
		assert_int_equal(rig->dev.config[PCI_COMMAND], rig->fault.fail_at == 4 ? 2 : 0);
		vfio_rom_fini(&rom);
		vfio_rom_fini(&rom);
	}
	rig->fault.fail_at = 0;
	rig->dev.dev.region[VFIO_ROM].size = ROM_MAX + 1ULL;
	assert_int_equal(read_it(rig, &log), -EINVAL);
	assert_non_null(strstr(log, "an option ROM of 16777217 bytes"));
	rig->dev.dev.region[VFIO_ROM].size = LEN;
}

static void put_file(const void *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static int load(const char *name, const char **log)
{
	int ret;

	fake_stderr_begin();
	ret = vfio_rom_load(&rom, "gpu", name);
	*log = fake_stderr_end();
	return ret;
}

static void loads_a_file(void **state)
{
	struct vfio_rig *rig = *state;
	unsigned fds = fake_open_fds();
	uint8_t bytes[LEN];
	const char *log;

	(void)rig;
	fill(bytes, LEN);
	put_file(bytes, LEN);
	assert_int_equal(load(path, &log), 0);
	assert_int_equal(rom.len, LEN);
	check_bytes(rom.bytes);
	vfio_rom_fini(&rom);
	/* never less than a page */
	put_file(bytes, 1);
	assert_int_equal(load(path, &log), 0);
	assert_int_equal(rom.size, 4096);
	vfio_rom_fini(&rom);
	put_file(bytes, 0);
	assert_int_equal(load(path, &log), -EINVAL);
	assert_non_null(strstr(log, "0 bytes"));
	assert_int_equal(truncate(path, ROM_MAX + 1), 0);
	assert_int_equal(load(path, &log), -EFBIG);
	assert_non_null(strstr(log, "more than 16777216 bytes"));
	assert_int_equal(load("/tmp", &log), -EINVAL);
	assert_non_null(strstr(log, "rom=/tmp: it is no regular file"));
	assert_int_equal(load("/nowhere/x.rom", &log), -ENOENT);
	assert_non_null(strstr(log, "gpu: rom=/nowhere/x.rom: No such file"));
	/* a pipe must not be waited for */
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(load(path, &log), -EINVAL);
	unlink(path);
	assert_null(rom.bytes);
	assert_int_equal(fake_open_fds(), fds);
}

static void guest_reads_it(void **state)
{
	struct vfio_rig *rig = *state;
	const struct mem_region *r = NULL;
	const char *log;
	uint32_t addr;

	device_has_one(rig);
	assert_int_equal(read_it(rig, &log), 0);
	assert_int_equal(vfio_pci_init(&rig->v, &rig->params), 0);
	vfio_rom_attach(&rig->v, &rom);
	assert_int_equal(vfio_pci_attach(&rig->v), 0);
	/* as large as a power of two, off, with an address */
	cfg_wr(rig, PCI_ROM, 4, 0xfffff800);
	assert_int_equal(cfg_rd(rig, PCI_ROM, 4), 0xffffc000);
	assert_int_equal(pci_assign_bars(&rig->bus), 0);
	addr = cfg_rd(rig, PCI_ROM, 4);
	assert_in_range(addr, LOW, LAYOUT_PCI32_LAST);
	assert_int_equal(addr & 0x3fff, 0);
	cfg_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	rig->dev.n_calls = 0;
	cfg_wr(rig, PCI_ROM, 4, addr | 1);
	for (size_t i = 0; i < rig->mem.n; i++)
		if (rig->mem.region[i].gpa == addr)
			r = &rig->mem.region[i];
	assert_non_null(r);
	assert_true(r->readonly && r->size == 0x4000 && r->kind == MEM_KIND_SHARED);
	check_bytes(r->hva);
	/* the device's own register is not touched, now or ever */
	assert_int_equal(fake_vfio_writes(&rig->dev, VFIO_CONFIG, PCI_ROM, 4), 0);
	assert_null(mem_at(&rig->mem, addr, 1));
	cfg_wr(rig, PCI_ROM, 4, addr);
	for (size_t i = 0; i < rig->mem.n; i++)
		assert_int_not_equal(rig->mem.region[i].gpa, addr);
	/* no memslot to be had: it stays away, and nothing is left */
	rig->fault.calls = 0;
	rig->fault.fail_at = 1;
	fake_stderr_begin();
	cfg_wr(rig, PCI_ROM, 4, addr | 1);
	log = fake_stderr_end();
	assert_string_equal(rig->fault.failed, "listener");
	assert_non_null(strstr(log, "option ROM at 0x"));
	rig->fault.fail_at = 0;
	cfg_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_true(rig->v.pci.bar[PCI_ROM_BAR].mapped);
	vfio_pci_fini(&rig->v);
	vfio_rig_check_gone(rig);
	vfio_rom_fini(&rom);
}

static int make_name(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_name(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VFIO_TEST(reads_the_devices_own),
		VFIO_TEST(says_why_there_is_none),
		VFIO_TEST(loads_a_file),
		VFIO_TEST(guest_reads_it),
	};

	return cmocka_run_group_tests(tests, make_name, remove_name);
}
