// SPDX-License-Identifier: BSD-2-Clause
/*
 * Recorded devices: they answer as recorded, a damaged recording is refused with the name of the file,
 * and the contract of 0xFC holds on each of them when any call to the host fails.
 *
 * usage: fixture DIR, with what tests/fixtures/mkfixture.c made
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes.h"
#include "igd_report.h"
#include "igd_rig.h"
#include "igd_source.h"
#include "pci_regs.h"
#include "test.h"
#include "util.h"
#include "vfio_fixture.h"

static const char *fixtures;
static const char *const names[] = { "kbl", "tgl", "mtl" };

static struct sysfs_dev host_of(const char *dir)
{
	struct sysfs_dev d = { .name = "0000:00:02.0" };

	snprintf(d.dir, sizeof(d.dir), "%s", dir);
	return d;
}

static struct sysfs_dev fixture_of(const char *name)
{
	char path[SYSFS_DIR_MAX];

	snprintf(path, sizeof(path), "%s/%s", fixtures, name);
	return host_of(path);
}

/* ---- a device that answers as recorded ---- */

static void answers_as_recorded(void **state)
{
	struct sysfs_dev host = fixture_of("kbl");
	uint8_t config[256], hardware[256], buf[0x40], *map;
	struct iommu iommu = { 0 };
	struct vfio_dev d;
	unsigned bits = 0;
	int region;

	(void)state;
	assert_int_equal(vfio_fixture_init(&d, &iommu, &bits, &host), 0);
	assert_int_equal(bits, 39);
	assert_int_equal(iommu.n_reserved, 1); /* relaxable ones are not */
	assert_int_equal(iommu.reserved[0].first, 0xfee00000);

	/* config space is VFIO's, not the hardware's, which sysfs has */
	assert_int_equal(d.ops->read(&d, VFIO_CONFIG, 0, config, sizeof(config)), 0);
	assert_int_equal(sysfs_config(&host, 0, hardware, sizeof(hardware)), 0);
	assert_int_equal(get_le16(config + PCI_DEVICE), 0x5916);
	assert_int_equal(get_le16(config + PCI_COMMAND), 0x0400);
	assert_int_equal(get_le16(hardware + PCI_COMMAND), 0x0407);

	region = vfio_find_region(&d, VFIO_INTEL_TYPE, VFIO_INTEL_OPREGION);
	assert_int_equal(region, 9);
	assert_int_equal(d.region[region].size, 0x2000);
	assert_int_equal(d.ops->read(&d, 9, 0, buf, 16), 0);
	assert_memory_equal(buf, "IntelGraphicsMem", 16);
	assert_int_equal(d.ops->write(&d, 9, 0, buf, 1), -EIO); /* read-only */
	assert_int_equal(d.ops->read(&d, 9, 0x1ff8, buf, 16), -EIO);
	assert_int_equal(d.ops->read(&d, 9, UINT64_MAX, buf, 2), -EIO);
	assert_int_equal(d.ops->read(&d, 11, 0, buf, 4), 0);
	assert_int_equal(get_le32(buf), 0x9d4e8086);

	/* pages that were recorded, and nothing */
	assert_int_equal(d.ops->read(&d, VFIO_BAR0, IGD_MMIO_DSMBASE, buf, 8), 0);
	assert_int_equal(get_le64(buf), 0x7b800001);
	assert_int_equal(d.ops->read(&d, VFIO_BAR0, 0x138914, buf, 4), 0);
	assert_int_equal(get_le32(buf), 1);
	assert_int_equal(d.ops->read(&d, VFIO_BAR0, 0x2000, buf, 4), 0);
	assert_int_equal(get_le32(buf), 0);

	/* memory behind it all: what is written is read, through a mapping too */
	map = d.ops->map(&d, VFIO_BAR0, 0x2000, 0x1000);
	assert_non_null(map);
	map[5] = 0x77;
	assert_int_equal(d.ops->read(&d, VFIO_BAR0, 0x2005, buf, 1), 0);
	assert_int_equal(buf[0], 0x77);
	assert_int_equal(d.ops->write(&d, VFIO_BAR0, 0x2006, "\x12", 1), 0);
	assert_int_equal(map[6], 0x12);
	d.ops->unmap(&d, map, 0x1000);
	fake_stderr_begin();
	assert_null(d.ops->map(&d, VFIO_CONFIG, 0, 0x1000));
	assert_null(d.ops->map(&d, VFIO_BAR0, 0x1000000, 0x1000));
	assert_non_null(strstr(fake_stderr_end(), "map of recorded region 0"));

	assert_int_equal(d.irq[VFIO_INTX].count, 1);
	assert_true(d.irq[VFIO_INTX].maskable);
	assert_int_equal(d.ops->set_irqs(&d, VFIO_INTX, 0, (int[]){ 0 }, 1), 0);
	assert_int_equal(d.ops->set_irqs(&d, VFIO_INTX, 0, (int[]){ 0, 0 }, 2), -EINVAL);
	assert_int_equal(d.ops->set_unmask(&d, VFIO_INTX, 0), 0);
	assert_int_equal(d.ops->reset(&d), -ENOTTY);
	vfio_dev_fini(&d);
	vfio_dev_fini(&d);
}

/* Recorded while a host driver had the device: config space is the hardware's. */
static void does_without_vfio(void **state)
{
	struct sysfs_dev host = fixture_of("tgl");
	struct iommu iommu = { 0 };
	struct vfio_dev d;
	uint8_t buf[8];
	unsigned bits;

	(void)state;
	assert_int_equal(vfio_fixture_init(&d, &iommu, &bits, &host), 0);
	assert_int_equal(d.region[VFIO_CONFIG].size, 4096);
	assert_int_equal(d.ops->read(&d, VFIO_CONFIG, IGD_BDSM64, buf, 8), 0);
	assert_int_equal(get_le64(buf), 0x7d800001);
	assert_int_equal(d.ops->read(&d, VFIO_BAR0, IGD_MMIO_GGC, buf, 4), 0);
	assert_int_equal(get_le32(buf), 0);
	vfio_dev_fini(&d);
}

static uint64_t address_space(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	return pages * 4 * KiB;
}

/* Each has BARs of 272 MiB. */
static void gives_back_its_memory(void **state)
{
	struct sysfs_dev host = fixture_of("kbl");
	uint64_t before = address_space();
	struct iommu iommu = { 0 };
	struct vfio_dev d;
	unsigned bits;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(vfio_fixture_init(&d, &iommu, &bits, &host), 0);
		assert_true(address_space() >= before + 272 * MiB);
		vfio_dev_fini(&d);
	}
	assert_true(address_space() < before + 272 * MiB);
}

/* A device of the host in a dry run: it can be read, and that is all. */
static void only_looks(void **state)
{
	struct vfio_dev d = { .fd = memfd_create("device", MFD_CLOEXEC), .can_reset = true };
	uint8_t buf[8] = { 0 }, *map;

	(void)state;
	d.region[0] = (struct vfio_region){ .size = 4096, .readable = true, .writable = true };
	d.irq[VFIO_INTX].count = 1;
	assert_int_equal(ftruncate(d.fd, 4096), 0);
	assert_int_equal(pwrite(d.fd, "device", 6, 0x10), 6);
	vfio_dev_look_only(&d);
	assert_int_equal(d.ops->read(&d, 0, 0x10, buf, 6), 0);
	assert_string_equal((char *)buf, "device");
	assert_int_equal(d.ops->write(&d, 0, 0x10, "DEVICE", 6), 0);
	assert_int_equal(d.ops->read(&d, 0, 0x10, buf, 6), 0);
	assert_string_equal((char *)buf, "device");
	map = d.ops->map(&d, 0, 0, 4096);
	assert_non_null(map);
	assert_int_equal(map[0x10], 'd');
	d.ops->unmap(&d, map, 4096);
	/* none of these asks the kernel, which would not know the file for a device, and be heard */
	fake_stderr_begin();
	assert_int_equal(d.ops->set_irqs(&d, VFIO_INTX, 0, &d.fd, 1), 0);
	assert_int_equal(d.ops->set_unmask(&d, VFIO_INTX, d.fd), 0);
	assert_int_equal(d.ops->reset(&d), -ENOTTY);
	assert_string_equal(fake_stderr_end(), "");
	vfio_dev_fini(&d);
	assert_int_equal(d.fd, -1);
}

/* ---- damaged recordings ---- */

static char copy[] = "/tmp/igdvm-fixture-XXXXXX";

/* A fresh copy of a fixture at `copy`. */
static void make_copy(const char *name)
{
	char command[PATH_MAX + 128];

	snprintf(command, sizeof(command), "rm -rf %s && cp -a %s/%s %s", copy, fixtures, name,
		 copy);
	assert_int_equal(system(command), 0);
}

static void put_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", copy, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define CONFIG_LINE "7 0x100 rw- 0 0\n"

static void refuses_what_is_damaged(void **state)
{
	static const struct {
		const char *file;
		const char *text; /* NULL: the file is gone */
		long size;	  /* unless 0: the file is cut or grown to it */
		const char *why;
	} t[] = {
		{ "manifest", NULL, 0, "manifest: No such file" },
		{ "manifest", "igdvm fixture 2\n", 0, "manifest: its first line is not" },
		{ "manifest", "", 0, "manifest: its first line is not" },
		{ "regions", NULL, 0, "regions: No such file" },
		{ "regions", "", 0, "regions: config space has 0 bytes" },
		{ "regions", "7 0x80 rw- 0 0\n", 0, "regions: config space has 128 bytes" },
		{ "regions", "7 0x100 -w- 0 0\n", 0, "regions: line 1 is a config space that" },
		{ "regions", "x\n", 0, "regions: line 1 does not begin with the index" },
		{ "regions", "32 0x100 rw- 0 0\n", 0, "regions: line 1 does not begin" },
		{ "regions", "-1 0x100 rw- 0 0\n", 0, "regions: line 1 does not begin" },
		{ "regions", CONFIG_LINE CONFIG_LINE, 0, "regions: line 2 is about a region" },
		{ "regions", CONFIG_LINE "2 0x100 rw- 0 0\n", 0, "line 2 is about a region" },
		{ "regions", "7\n", 0, "regions: line 1 is not \"INDEX" },
		{ "regions", "7 256k rw- 0 0\n", 0, "regions: line 1 is not \"INDEX" },
		{ "regions", "7 0x100 rw 0 0\n", 0, "regions: line 1 is not \"INDEX" },
		{ "regions", "7 0x100 rwx 0 0\n", 0, "regions: line 1 is not \"INDEX" },
		{ "regions", "7 0x100 rw- 0\n", 0, "regions: line 1 is not \"INDEX" },
		{ "regions", "7 0x100 rw- 0x100000000 0\n", 0, "line 1 is not \"INDEX" },
		{ "regions", "0 0x1000000001 rwm 0 0\n", 0, "line 1 is not \"INDEX" },
		{ "regions", "0 99999999999999999999 rwm 0 0\n", 0, "line 1 is not \"INDEX" },
		{ "regions", "0 0x2000 rwm 0 0 0x1000\n", 0, "line 1 has an area" },
		{ "regions", "0 0x2000 rwm 0 0 0x1000 0x2000\n", 0, "line 1 has an area" },
		{ "regions", "0 0x2000 rwm 0 0 0x10 0x1000\n", 0, "line 1 has an area" },
		{ "regions", "0 0x2000 rwm 0 0 0x3000 0x1000\n", 0, "line 1 has an area" },
		{ "regions", "0 0x2000 rwm 0 0 0 0\n", 0, "line 1 has an area" },
		{ "regions",
		  "0 0x9000 rwm 0 0 0 0x1000 0 0x1000 0 0x1000 0 0x1000 0 0x1000 0 0x1000 0 0x1000 "
		  "0 0x1000 0 0x1000\n",
		  0, "line 1 has too many areas" },
		{ "regions", CONFIG_LINE "9 0x2000 r-- 0x80008086 1", 0, "line 2 is too long" },
		{ "irqs", NULL, 0, "irqs: No such file" },
		{ "irqs", "5 1 m\n", 0, "irqs: line 1 is not" },
		{ "irqs", "0 4096 m\n", 0, "irqs: line 1 is not" },
		{ "irqs", "# a comment\n0 1\n", 0, "irqs: line 2 is not" },
		{ "irqs", "0 1 m m\n", 0, "irqs: line 1 is not" },
		{ "config-vfio", NULL, 4096, "config-vfio: 4096 bytes, 256 are needed" },
		{ "config-vfio", NULL, 64, "config-vfio: 64 bytes, 256 are needed" },
		{ "opregion", NULL, 0, "opregion: No such file" },
		{ "opregion", NULL, 4096, "opregion: 4096 bytes, 8192 are needed" },
		{ "opregion", NULL, 12288, "opregion: 12288 bytes, 8192 are needed" },
		{ "host-bridge", NULL, 64, "host-bridge: 64 bytes, 256 are needed" },
		{ "lpc-bridge", NULL, 0, "lpc-bridge: No such file" },
		{ "bar0-108000", NULL, 4095, "bar0-108000: 4095 bytes, 4096 are needed" },
		{ "phys_bits", NULL, 0, "phys_bits: No such file" },
		{ "phys_bits", "many\n", 0, "phys_bits: Invalid" },
		{ "phys_bits", "31\n", 0, "a number 32..52" },
		{ "phys_bits", "53\n", 0, "a number 32..52" },
		{ "reserved_regions", NULL, 0, "reserved_regions: No such file" },
		{ "reserved_regions", "0x10 msi\n", 0,
		  "reserved_regions: not \"FIRST LAST TYPE\"" },
		{ "reserved_regions", "0x2 0x1 msi\n", 0, "reserved_regions: more than 64" },
	};
	unsigned fds = fake_open_fds();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct sysfs_dev host = host_of(copy);
		struct iommu iommu = { 0 };
		char path[PATH_MAX];
		struct vfio_dev d;
		const char *log;
		unsigned bits;
		int ret;

		make_copy("kbl");
		snprintf(path, sizeof(path), "%s/%s", copy, t[i].file);
		if (t[i].text)
			put_file(t[i].file, t[i].text);
		else if (t[i].size)
			assert_int_equal(truncate(path, t[i].size), 0);
		else
			assert_int_equal(unlink(path), 0);
		fake_stderr_begin();
		ret = vfio_fixture_init(&d, &iommu, &bits, &host);
		log = fake_stderr_end();
		if (ret >= 0 || !strstr(log, t[i].why) || strchr(log, '\n') != strrchr(log, '\n'))
			fail_msg("row %zu, %s: %d, %s", i, t[i].file, ret, log);
		assert_null(d.recorded);
		assert_int_equal(fake_open_fds(), fds);
	}
}

/* A file that is no file: a directory or a pipe does not stop igdvm. */
static void refuses_what_is_no_file(void **state)
{
	struct sysfs_dev host = host_of(copy);
	struct iommu iommu = { 0 };
	char path[PATH_MAX];
	struct vfio_dev d;
	unsigned bits;

	(void)state;
	make_copy("kbl");
	snprintf(path, sizeof(path), "%s/opregion", copy);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	fake_stderr_begin();
	assert_int_equal(vfio_fixture_init(&d, &iommu, &bits, &host), -EINVAL);
	assert_non_null(strstr(fake_stderr_end(), "opregion: 0 bytes, 8192 are needed"));
}

/* Pages of BAR0 that were not recorded, or that the BAR does not have, read as 0. */
static void does_without_pages(void **state)
{
	struct sysfs_dev host = host_of(copy);
	struct iommu iommu = { 0 };
	struct vfio_dev d;
	uint8_t buf[4];
	unsigned bits;

	(void)state;
	make_copy("kbl");
	put_file("regions", "0 0x100000 rwm 0 0\n" CONFIG_LINE);
	assert_int_equal(vfio_fixture_init(&d, &iommu, &bits, &host), 0);
	assert_int_equal(d.n_regions, 8);
	assert_int_equal(d.ops->read(&d, VFIO_BAR0, 0xffffc, buf, 4), 0);
	assert_int_equal(d.ops->read(&d, VFIO_BAR0, IGD_MMIO_GGC, buf, 4), -EIO);
	vfio_dev_fini(&d);
}

static void pages_in_place_of_the_hosts(void **state)
{
	static const struct opregion_layout l = { 0x3000, 0x3000, 0, 0x3000 };
	struct sysfs_dev host = fixture_of("kbl");
	struct vfio_dev d = { .recorded = (void *)1 };
	struct igd g = { .host = host, .dev = &d, .host_asls = 0x7a5f3018 };
	struct opregion_info info;
	uint8_t head[OPREGION_SIZE];
	struct igd_source s;
	void *pages;

	((struct igd_rig *)*state)->fixture = host.dir;
	assert_true(igd_source_applies(&g, IGD_SOURCE_RECORDED));
	assert_false(igd_source_applies(&g, IGD_SOURCE_DEVMEM));
	assert_int_equal(igd_source_open(&s, &g, IGD_SOURCE_RECORDED), 0);
	assert_int_equal(igd_source_head(&s, head, &info), 0);
	assert_int_equal(igd_source_live(&s, &info, &l, &pages), 0);
	assert_memory_equal((char *)pages + 0x18, head, sizeof(head));
	assert_int_equal(*(char *)pages, 0);
	igd_pages_free(pages, l.size);
	igd_source_close(&s);
	g.host = fixture_of("tgl");
	assert_int_equal(igd_source_open(&s, &g, IGD_SOURCE_RECORDED), -ENOENT);
	assert_non_null(strstr(s.why, "not recorded"));
	igd_source_close(&s);
	((struct igd_rig *)*state)->fixture = NULL;
}

/* ---- the contract, on each of them ---- */

static void replay(struct igd_rig *rig, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", fixtures, name);
	igd_rig_replay(rig, path);
}

static void decides(void **state)
{
	static const struct {
		const char *name;
		int live; /* what becomes of opregion=live */
		enum opregion_policy automatic;
		uint32_t in_page; /* of ASLS, when live */
	} t[] = {
		{ "kbl", 0, OPREGION_LIVE, 0 },
		{ "tgl", -ENOENT, OPREGION_COPY, 0 },
		{ "mtl", 0, OPREGION_LIVE, 0x18 },
	};
	struct igd_rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		static const enum opregion_policy policies[] = { OPREGION_AUTO, OPREGION_LIVE,
								 OPREGION_COPY, OPREGION_OFF };

		for (size_t p = 0; p < ARRAY_SIZE(policies); p++) {
			int expect = policies[p] == OPREGION_LIVE ? t[i].live : 0;
			uint32_t asls;

			igd_rig_teardown((void **)&rig);
			igd_rig_setup((void **)&rig);
			replay(rig, t[i].name);
			rig->option.opregion = policies[p];
			if (igd_rig_start(rig) != expect)
				fail_msg("%s, policy %d: %s", t[i].name, policies[p], rig->log);
			if (expect)
				continue;
			assert_int_equal(rig->igd.opregion, policies[p] == OPREGION_AUTO
								    ? t[i].automatic
								    : policies[p]);
			igd_rig_check_contract(rig);
			asls = igd_rig_rd(rig, IGD_ASLS, 4);
			assert_int_equal(asls != 0, policies[p] != OPREGION_OFF);
			if (rig->igd.opregion == OPREGION_LIVE)
				assert_int_equal(asls & 0xfff, t[i].in_page);
		}
	}
	*state = rig;
}

/* One life, in which call number n fails; the contract holds whenever a guest could look. */
static bool live_once(struct igd_rig *rig, unsigned n)
{
	int ret;

	rig->fault = (struct fake_fault){ .fail_at = n, .err = n & 1 ? -EIO : -ENOMEM };
	ret = igd_rig_start(rig);
	if (rig->built)
		igd_rig_check_contract(rig);
	if (rig->built && !ret) {
		fake_stderr_begin();
		igd_rig_wr(rig, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
		for (unsigned off = 0x40; off < PCI_CFG_SIZE; off += 4)
			igd_rig_wr(rig, off, 4, 0x5aa5c33c);
		fake_stderr_end();
		igd_rig_check_contract(rig);
	}
	igd_rig_fini(rig); /* sees that nothing stays open or mapped */
	return rig->fault.failed;
}

static void keeps_the_contract_when_calls_fail(void **state)
{
	static const enum opregion_policy policies[] = { OPREGION_AUTO, OPREGION_LIVE,
							 OPREGION_COPY, OPREGION_OFF };
	struct igd_rig *rig = *state;
	unsigned lives = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		igd_rig_teardown((void **)&rig);
		igd_rig_setup((void **)&rig);
		replay(rig, names[i]);
		for (size_t p = 0; p < ARRAY_SIZE(policies); p++) {
			unsigned n = 1;

			rig->option.opregion = policies[p];
			while (live_once(rig, n))
				n++;
			lives += n;
		}
	}
	assert_true(lives > 250);
	*state = rig;
}

/* ---- the report of --dry-run ---- */

static const struct igd_override *row_at(const struct igd_override *row, unsigned n, bool bar0,
					 uint32_t off)
{
	for (unsigned i = 0; i < n; i++)
		if (row[i].bar0 == bar0 && row[i].off == off)
			return &row[i];
	fail_msg("no row for %#x", off);
	return NULL;
}

static void reports_what_the_guest_reads(void **state)
{
	struct igd_override row[IGD_OVERRIDES_MAX];
	const struct igd_override *r;
	struct igd_rig *rig = *state;
	unsigned n;

	replay(rig, "kbl");
	assert_int_equal(igd_rig_start(rig), 0);
	n = igd_overrides(&rig->igd, &rig->v, row, ARRAY_SIZE(row));
	for (unsigned i = 0; i < n; i++) {
		if (row[i].bar0 || row[i].len > 4 || row[i].off % 4 || row[i].len == 3)
			continue;
		assert_int_equal(row[i].guest, igd_rig_rd(rig, row[i].off, row[i].len));
		assert_true(row[i].host_known);
	}
	r = row_at(row, n, false, IGD_ASLS);
	assert_int_equal(r->guest, memmap_find(&rig->map, MEM_OPREGION)->gpa);
	assert_int_equal(r->host, 0x7a5f3000);
	assert_string_equal(r->writes, "dropped");
	r = row_at(row, n, true, IGD_MMIO_DSMBASE);
	assert_int_equal(r->guest, (memmap_find(&rig->map, MEM_STOLEN)->gpa + rig->igd.gsm) | 1);
	assert_int_equal(r->host, 0x7b800001);
	/* a register that nobody lists, but that the guest sees otherwise */
	vfio_pci_shadow(&rig->v, 0x54, 4, 0);
	n = igd_overrides(&rig->igd, &rig->v, row, ARRAY_SIZE(row));
	r = row_at(row, n, false, 0x54);
	assert_null(r->name);
	assert_int_equal(r->len, 2);
	assert_int_equal(r->host, 0x8011);
	/* never more than there is room for */
	row[3].name = "untouched";
	assert_int_equal(igd_overrides(&rig->igd, &rig->v, row, 3), 3);
	assert_string_equal(row[3].name, "untouched");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		IGD_TEST(answers_as_recorded),
		IGD_TEST(does_without_vfio),
		IGD_TEST(gives_back_its_memory),
		IGD_TEST(only_looks),
		IGD_TEST(refuses_what_is_damaged),
		IGD_TEST(refuses_what_is_no_file),
		IGD_TEST(does_without_pages),
		IGD_TEST(pages_in_place_of_the_hosts),
		IGD_TEST(decides),
		IGD_TEST(keeps_the_contract_when_calls_fail),
		IGD_TEST(reports_what_the_guest_reads),
	};
	char command[128];
	int ret;

	if (argc != 2 || !mkdtemp(copy))
		return 2;
	fixtures = argv[1];
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -rf %s", copy);
	return system(command) ? 1 : ret;
}
