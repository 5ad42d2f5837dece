// SPDX-License-Identifier: BSD-2-Clause
/*
 * igdvm record: what a host tells ends up in the fixture, whatever has the GPU; nothing that names its
 * owner does; and a failure leaves no file behind. The host is a directory of files, /dev/mem and VFIO
 * are the test's.
 *
 * usage: record DIR, with what tests/fixtures/mkfixture.c made
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "devmem.h"
#include "fake_vfio.h"
#include "fakes.h"
#include "fixture_dir.h"
#include "igd_regs.h"
#include "opregion.h"
#include "test.h"
#include "tool_record.h"
#include "util.h"
#include "vfio_fixture.h"

#define GPU    "0000:00:02.0"
#define SYS    "%s/sys/bus/pci/devices/"
#define SECRET "SECRET42"

static const char *fixtures;
static char root[] = "/tmp/igdvm-record-XXXXXX";
static char out[128];

/* ---- the host's parts that are no files ---- */

static int vfio_err;
static const void *devmem; /* what /dev/mem shows at ASLS's page; NULL: it refuses */
static struct fake_fault fault;

int __wrap_iommu_add(struct iommu *i, const struct sysfs_dev *host);
int __wrap_vfio_dev_init(struct vfio_dev *d, int group_fd, const struct sysfs_dev *host);
int __wrap_devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why);
int __real_devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why);
int __wrap_fixture_dir_write(struct fixture_dir *d, const char *name, const void *data, size_t len);
int __real_fixture_dir_write(struct fixture_dir *d, const char *name, const void *data, size_t len);

int __wrap_iommu_add(struct iommu *i, const struct sysfs_dev *host)
{
	(void)i;
	(void)host;
	return vfio_err;
}

/* VFIO's device is a fixture itself. */
int __wrap_vfio_dev_init(struct vfio_dev *d, int group_fd, const struct sysfs_dev *host)
{
	struct sysfs_dev of = *host;
	struct iommu unused;
	unsigned bits;

	(void)group_fd;
	iommu_init(&unused);
	snprintf(of.dir, sizeof(of.dir), "%s/kbl", fixtures);
	return vfio_fixture_init(d, &unused, &bits, &of);
}

int __wrap_devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why)
{
	if (strcmp(path, DEVMEM_PATH))
		return __real_devmem_read(path, off, buf, len, why);
	if (!devmem) {
		snprintf(why, DEVMEM_WHY, "the test's /dev/mem refuses");
		return -EPERM;
	}
	memset(buf, 0, len);
	memcpy(buf, devmem, MIN(len, (size_t)OPREGION_SIZE));
	return 0;
}

int __wrap_fixture_dir_write(struct fixture_dir *d, const char *name, const void *data, size_t len)
{
	int ret = fake_fails(&fault, name);

	return ret ? ret : __real_fixture_dir_write(d, name, data, len);
}

/* ---- the host's files ---- */

__attribute__((format(printf, 1, 2))) static void shell(const char *fmt, ...)
{
	char command[4 * PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("%s", command);
}

static void put(const char *file, const void *data, size_t len, long at)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, file);
	fd = open(path, O_WRONLY | O_CREAT, 0666);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static void *slurp(const char *dir, const char *name, size_t *len)
{
	static uint8_t buf[4][64 * KiB];
	static unsigned next;
	uint8_t *to = buf[next++ % 4];
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	*len = fread(to, 1, sizeof(buf[0]) - 1, f);
	to[*len] = '\0';
	fclose(f);
	return to;
}

static bool absent(const char *name)
{
	size_t len;

	return !slurp(out, name, &len);
}

static void manifest_says(const char *text)
{
	size_t len;
	char *manifest = slurp(out, "manifest", &len);

	assert_non_null(manifest);
	if (!strstr(manifest, text))
		fail_msg("no \"%s\" in the manifest:\n%s", text, manifest);
}

static void same_as(const char *model, const char *name)
{
	size_t a_len = 0, b_len = 0;
	char dir[PATH_MAX];
	uint8_t *a = slurp(out, name, &a_len), *b;

	snprintf(dir, sizeof(dir), "%s/%s", fixtures, model);
	b = slurp(dir, name, &b_len);
	if (!a || !b || a_len != b_len || memcmp(a, b, a_len))
		fail_msg("%s: %zu bytes, not those of the %s", name, a_len, model);
}

/* A host with a GPU, in the hands of a driver. */
static void make_host(const char *model, const char *driver)
{
	static const char *const secrets[] = { "product_serial", "product_uuid", "board_serial",
					       "chassis_serial" };

	shell("rm -rf %s; mkdir -p " SYS GPU "/drm/card0 " SYS "0000:00:00.0 " SYS "0000:00:1f.0 "
	      "%s/sys/kernel/iommu_groups/3 %s/sys/kernel/debug/dri/0 %s/sys/class/dmi/id %s/proc "
	      "%s/dev",
	      root, root, root, root, root, root, root, root, root);
	shell("cd %s/%s && cp config class vendor device revision subsystem_vendor "
	      "subsystem_device "
	      "resource reset_method " SYS GPU "/",
	      fixtures, model, root);
	shell("cd %s/%s && cp host-bridge " SYS "0000:00:00.0/config && cp lpc-bridge " SYS
	      "0000:00:1f.0/config && cp reserved_regions %s/sys/kernel/iommu_groups/3/",
	      fixtures, model, root, root, root);
	shell("cd " SYS GPU " && ln -s ../../../../kernel/iommu_groups/3 iommu_group && "
	      "ln -s ../drivers/%s driver",
	      root, driver);
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		shell("echo %s >%s/sys/class/dmi/id/%s", SECRET, root, secrets[i]);
	shell("cd %s && echo 'Laptop 3' >sys/class/dmi/id/product_name && "
	      "printf 'model name\\t: A CPU\\naddress sizes\\t: 42 bits physical, 48 bits "
	      "virtual\\n' "
	      ">proc/cpuinfo",
	      root);
	snprintf(out, sizeof(out), "%s/out", root);
	vfio_err = 0;
	devmem = NULL;
	fault = (struct fake_fault){ .err = -ENOSPC };
}

static const char *record(int expect)
{
	unsigned fds = fake_open_fds();
	const char *log;
	int ret;

	fake_stderr_begin();
	ret = record_device(root, GPU, out);
	log = fake_stderr_end();
	if (ret != expect)
		fail_msg("%d, not %d: %s", ret, expect, log);
	assert_int_equal(fake_open_fds(), fds);
	return log;
}

static void replay(struct vfio_dev *d, const char *dir)
{
	struct sysfs_dev host = { .name = GPU };
	struct iommu iommu = { 0 };
	unsigned bits;

	snprintf(host.dir, sizeof(host.dir), "%s", dir);
	assert_int_equal(vfio_fixture_init(d, &iommu, &bits, &host), 0);
	assert_int_equal(iommu.n_reserved, 1);
}

/* ---- what is recorded ---- */

static void through_vfio(void **state)
{
	static const char *const same[] = { "config",	       "config-vfio", "opregion",
					    "opregion-raw",    "host-bridge", "lpc-bridge",
					    "bar0-108000",     "bar0-138000", "class",
					    "vendor",	       "device",      "resource",
					    "reserved_regions" };
	char model[PATH_MAX], link[16];
	struct vfio_dev a, b;
	size_t len;

	(void)state;
	make_host("kbl", "vfio-pci");
	snprintf(model, sizeof(model), "%s/kbl", fixtures);
	devmem = slurp(model, "opregion-raw", &len);
	record(0);
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		same_as("kbl", same[i]);
	replay(&a, out);
	replay(&b, model);
	assert_int_equal(a.n_regions, b.n_regions);
	assert_memory_equal(a.region, b.region, sizeof(a.region));
	assert_memory_equal(a.irq, b.irq, sizeof(a.irq));
	assert_int_equal(sysfs_link(&a.host, "iommu_group", link, sizeof(link)), 0);
	assert_string_equal(link, "3");
	vfio_dev_fini(&a);
	vfio_dev_fini(&b);
	assert_string_equal(slurp(out, "phys_bits", &len), "42\n");
	manifest_says("igdvm fixture 1\nrecorded by igdvm ");
	manifest_says("\ndevice: 0000:00:02.0, 8086:5916\n");
	manifest_says("\nprocessor: A CPU\n");
	manifest_says("\nproduct_name: Laptop 3\n");
	manifest_says("\nopregion: from VFIO\n");
	manifest_says("\nopregion-raw: from /dev/mem\n");
	manifest_says("\nleft out: serial numbers");
}

/* i915 has the GPU, /dev/mem is refused: the usual case. A 2.0 OpRegion with the VBT elsewhere. */
static void while_a_driver_has_it(void **state)
{
	uint8_t o[OPREGION_SIZE] = { 0 }, vbt[0x1800], buf[16];
	struct vfio_dev d;
	int region;

	(void)state;
	make_host("tgl", "i915");
	memcpy(o, OPREGION_SIGNATURE, 16);
	o[0x10] = 8;
	o[0x17] = 2;
	o[0x58] = 0x0d;
	put_le64(o + 0x3ba, 0x6bc66000);
	put_le32(o + 0x3c2, 0x1a00);
	memset(vbt, 0xbb,
	       sizeof(vbt)); /* i915 shows less than RVDS, as the VBT's own header says */
	put("sys/kernel/debug/dri/0/i915_opregion", o, sizeof(o), 0);
	put("sys/kernel/debug/dri/0/i915_vbt", vbt, sizeof(vbt), 0);
	record(0);
	assert_true(absent("config-vfio") && absent("bar0-108000") && absent("opregion-raw"));
	same_as("tgl", "host-bridge");
	same_as("tgl", "lpc-bridge");
	manifest_says("driver: i915: no VFIO;");
	manifest_says("opregion-raw: not recorded: the test's /dev/mem refuses\n");
	manifest_says("opregion: from debugfs (i915_opregion)\n");
	replay(&d, out);
	assert_int_equal(d.region[VFIO_BAR0].size, 16 * MiB);
	assert_true(d.region[VFIO_BAR0].mappable);
	assert_int_equal(d.region[2].size, 256 * MiB);
	assert_int_equal(d.region[VFIO_CONFIG].size, 4096);
	assert_int_equal(d.irq[VFIO_INTX].count, 1);
	assert_int_equal(d.irq[VFIO_MSI].count, 1);
	region = vfio_find_region(&d, VFIO_INTEL_TYPE, VFIO_INTEL_OPREGION);
	assert_int_equal(d.region[region].size, OPREGION_SIZE + 0x1a00);
	assert_int_equal(d.ops->read(&d, (unsigned)region, 0x14, buf, 4), 0);
	assert_int_equal(get_le32(buf), 0x02010000);
	assert_int_equal(d.ops->read(&d, (unsigned)region, 0x3ba, buf, 12), 0);
	assert_int_equal(get_le64(buf), OPREGION_SIZE);
	assert_int_equal(get_le32(buf + 8), 0x1a00);
	assert_int_equal(d.ops->read(&d, (unsigned)region, OPREGION_SIZE + 0x17fc, buf, 8), 0);
	assert_int_equal(get_le64(buf), 0xbbbbbbbb);
	vfio_dev_fini(&d);
}

/* The module's device shows both parts, at their place in the first page. */
static void through_the_module(void **state)
{
	uint8_t o[OPREGION_SIZE] = { 0 }, *raw;
	size_t len;

	(void)state;
	make_host("mtl", "i915");
	memcpy(o, OPREGION_SIGNATURE, 16);
	o[0x10] = 8;
	o[0x17] = 2;
	o[0x16] = 1;
	o[0x58] = 0x0d;
	put_le64(o + 0x3ba, OPREGION_SIZE);
	put_le32(o + 0x3c2, 0x10);
	put("dev/igd-opregion-" GPU, o, sizeof(o), 0x18);
	put("dev/igd-opregion-" GPU, "an extended VBT.", 16, 0x10000018);
	record(0);
	raw = slurp(out, "opregion-raw", &len);
	assert_int_equal(len, OPREGION_SIZE + 16);
	assert_memory_equal(raw, o, OPREGION_SIZE);
	assert_memory_equal(raw + OPREGION_SIZE, "an extended VBT.", 16);
	manifest_says("opregion-raw: from the module igd_opregion\n");
	same_as("mtl", "host-bridge");
	raw = slurp(out, "opregion", &len);
	assert_memory_equal(raw + OPREGION_SIZE, "an extended VBT.", 16);
}

static void without_opregion_and_iommu(void **state)
{
	static const uint8_t zero[4];
	struct sysfs_dev host = { .name = GPU };
	struct iommu iommu = { 0 };
	struct vfio_dev d;
	unsigned bits;

	(void)state;
	make_host("kbl", "i915");
	put("sys/bus/pci/devices/" GPU "/config", zero, 4, IGD_ASLS);
	shell("cd " SYS GPU " && rm iommu_group reset_method", root);
	shell("rm %s/proc/cpuinfo", root);
	record(0);
	manifest_says("opregion-raw: not recorded: ASLS is 0");
	manifest_says("host-bridge, lpc-bridge: not recorded: without an OpRegion");
	manifest_says("reserved_regions: empty");
	manifest_says("reset_method: not recorded: No such file");
	manifest_says("phys_bits: not known, 39 is assumed");
	snprintf(host.dir, sizeof(host.dir), "%s", out);
	assert_int_equal(vfio_fixture_init(&d, &iommu, &bits, &host), 0);
	assert_int_equal(bits, 39);
	assert_int_equal(iommu.n_reserved, 0);
	assert_int_equal(vfio_find_region(&d, VFIO_INTEL_TYPE, VFIO_INTEL_OPREGION), -ENOENT);
	assert_int_equal(vfio_find_region(&d, VFIO_INTEL_TYPE, VFIO_INTEL_HOST_CFG), -ENOENT);
	vfio_dev_fini(&d);
}

/* 00:1f.0 is something else on some boards, and 00:00.0 needs root. */
static void without_bridges(void **state)
{
	(void)state;
	make_host("kbl", "i915");
	shell("cd " SYS " && truncate -s 64 0000:00:00.0/config && "
	      "printf '\\000\\200\\006' | dd of=0000:00:1f.0/config bs=1 seek=9 conv=notrunc 2>&1",
	      root);
	record(0);
	manifest_says(
		"host-bridge: not recorded: 0000:00:00.0 has no config space that can be read");
	manifest_says("lpc-bridge: not recorded: 0000:00:1f.0 is no such bridge");
	assert_true(absent("host-bridge") && absent("lpc-bridge"));
}

/* Serial numbers in DMI, in config space, in the monitor's EDID. */
static void leaves_out_who_it_is(void **state)
{
	static const uint8_t serial[] = { 0x03, 0x00, 0x01, 0x00 };
	uint8_t o[OPREGION_SIZE] = { 0 };
	size_t len;
	uint8_t *got;

	(void)state;
	make_host("tgl", "i915");
	put("sys/bus/pci/devices/" GPU "/config", serial, 4, 0x100);
	put("sys/bus/pci/devices/" GPU "/config", SECRET, 8, 0x104);
	put("sys/bus/pci/devices/" GPU "/config", "after", 5, 0x10c);
	memcpy(o, OPREGION_SIGNATURE, 16);
	o[0x10] = 8;
	o[0x17] = 2;
	o[0x58] = 0x1d; /* with mailbox 5 */
	memcpy(o + 0x1c04, SECRET, 8);
	memcpy(o + 0x1d00, SECRET, 4);
	memcpy(o + 0x1d04, "after", 5);
	devmem = o;
	put("dev/igd-opregion-" GPU, o, sizeof(o), 0x18);
	record(0);
	shell("! grep -rq SECR %s", out);
	got = slurp(out, "config", &len);
	assert_memory_equal(got + 0x10c, "after", 5);
	got = slurp(out, "opregion", &len);
	assert_memory_equal(got + 0x1d04, "after", 5);
	got = slurp(out, "opregion-raw", &len);
	assert_memory_equal(got + 0x1d04, "after", 5);
	/* without mailbox 5 the VBT goes on there */
	o[0x58] = 0x0d;
	put("dev/igd-opregion-" GPU, o, sizeof(o), 0x18);
	snprintf(out, sizeof(out), "%s/out2", root);
	record(0);
	got = slurp(out, "opregion", &len);
	assert_memory_equal(got + 0x1c04, SECRET, 8);
}

/* ---- refusals ---- */

static void refuses(void **state)
{
	static const struct {
		const char *spoil; /* by the shell, in root */
		const char *why;
		int vfio_err;
	} t[] = {
		{ "mkdir out && touch out/x", "out: it is not empty; name a directory", 0 },
		{ "touch out", "out: Not a directory; name a directory", 0 },
		{ "rm -r sys/bus/pci/devices/" GPU, "no such PCI device; lspci", 0 },
		{ "rm sys/bus/pci/devices/" GPU "/class", "class and vendor in sysfs: No such", 0 },
		{ "echo 0x020000 >sys/bus/pci/devices/" GPU "/class",
		  "vendor 8086, class 020000: only Intel GPUs", 0 },
		{ "echo 0x1002 >sys/bus/pci/devices/" GPU "/vendor",
		  "vendor 1002, class 030000: only Intel GPUs", 0 },
		{ "truncate -s 64 sys/bus/pci/devices/" GPU "/config",
		  "its config space cannot be read whole: Input/output error; run as root", 0 },
		{ "true", "", -EBUSY }, /* iommu_init() says why */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		unsigned fds = fake_open_fds();
		const char *log;
		int ret;

		make_host("kbl", "vfio-pci");
		vfio_err = t[i].vfio_err;
		shell("cd %s && %s", root, t[i].spoil);
		fake_stderr_begin();
		ret = record_device(root, GPU, out);
		log = fake_stderr_end();
		if (ret >= 0 || !strstr(log, t[i].why) || strchr(log, '\n') != strrchr(log, '\n'))
			fail_msg("%s: %d, %s", t[i].spoil, ret, log);
		assert_int_equal(fake_open_fds(), fds);
		/* what was there is there, and nothing more */
		shell("cd %s && case $(find out 2>/dev/null | wc -l) in %s) ;; *) false ;; esac",
		      root,
		      i == 0   ? "2"
		      : i == 1 ? "1"
			       : "0");
	}
}

/* A directory that was there is there again, empty; another is gone. */
static void nothing_left(bool was_there)
{
	shell("[ $(find %s 2>/dev/null | wc -l) -eq %d ]", out, was_there);
	shell("rm -rf %s", out);
}

static void leaves_nothing_half_done(void **state)
{
	const struct rlimit small = { 4096, RLIM_INFINITY }, any = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned n = 0;
	int ret;

	(void)state;
	make_host("kbl", "vfio-pci");
	for (fault.failed = ""; fault.failed; n++) {
		if (n % 2)
			shell("mkdir %s", out);
		fault = (struct fake_fault){ .fail_at = n + 1, .err = -ENOSPC };
		fake_stderr_begin();
		ret = record_device(root, GPU, out);
		fake_stderr_end();
		assert_int_equal(ret, fault.failed ? -ENOSPC : 0);
		if (fault.failed)
			nothing_left(n % 2);
	}
	assert_true(n > 15);
	assert_false(absent("manifest"));
	shell("rm -r %s", out);

	/* the disk is full in the middle of a file */
	fault = (struct fake_fault){ 0 };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	fake_stderr_begin();
	assert_int_equal(record_device(root, GPU, out), -ENOSPC);
	assert_non_null(strstr(fake_stderr_end(), "out/opregion: No space left on device; free"));
	setrlimit(RLIMIT_FSIZE, &any);
	nothing_left(false);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(through_vfio),
		cmocka_unit_test(while_a_driver_has_it),
		cmocka_unit_test(through_the_module),
		cmocka_unit_test(without_opregion_and_iommu),
		cmocka_unit_test(without_bridges),
		cmocka_unit_test(leaves_out_who_it_is),
		cmocka_unit_test(refuses),
		cmocka_unit_test(leaves_nothing_half_done),
	};
	int ret;

	if (argc != 2 || !mkdtemp(root))
		return 2;
	fixtures = realpath(argv[1], NULL);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	shell("rm -rf %s", root);
	return ret;
}
