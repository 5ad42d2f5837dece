// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "devmem.h"
#include "fakes.h"
#include "images.h"
#include "opregion_read.h"
#include "test.h"
#include "util.h"

#define ASLS	   0x7a5f1018
#define HOST_RVDA  0x7a700123
#define MODULE_VBT 0x10000000
#define VBT_SIZE   0x1801

static char root[64];
static const struct sysfs_dev gpu = { .name = "0000:00:02.0", .dir = "/nowhere" };
static struct image image;
static uint8_t vbt[VBT_SIZE];
static struct opregion_image got;

/* ---- the host ---- */

/* What /dev/mem shows: a piece of memory from base on. */
static struct {
	uint32_t asls;
	int config_ret;
	int ret; /* -errno: /dev/mem refuses from call number `from` on */
	unsigned calls, from;
	uint8_t memory[4 * MiB];
	uint64_t base;
} host;

int __wrap_sysfs_config(const struct sysfs_dev *d, unsigned off, void *buf, size_t len);
int __wrap_devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why);

int __wrap_sysfs_config(const struct sysfs_dev *d, unsigned off, void *buf, size_t len)
{
	assert_ptr_equal(d, &gpu);
	assert_int_equal(off, 0xfc);
	put_le(buf, len, host.asls);
	return host.config_ret;
}

int __wrap_devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why)
{
	assert_memory_equal(path, root, strlen(root));
	assert_string_equal(path + strlen(root), DEVMEM_PATH);
	if (host.ret && ++host.calls >= host.from) {
		snprintf(why, DEVMEM_WHY, "this is why");
		return host.ret;
	}
	assert_in_range(off, host.base, host.base + sizeof(host.memory) - len);
	memcpy(buf, host.memory + (off - host.base), len);
	return 0;
}

static void put_memory(uint64_t hpa, const void *bytes, size_t len)
{
	memcpy(host.memory + (hpa - host.base), bytes, len);
}

/* ---- files below root ---- */

static const char *below(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void put_file_at(const char *name, off_t at, const void *bytes, size_t len)
{
	int fd = open(below(name), O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	close(fd);
}

static void put_file(const char *name, const void *bytes, size_t len)
{
	unlink(below(name));
	put_file_at(name, 0, bytes, len);
}

static void put_text(const char *name, const char *text)
{
	put_file(name, text, strlen(text));
}

static void make_dirs(const char *name)
{
	char command[300];

	snprintf(command, sizeof(command), "mkdir -p '%s'", below(name));
	assert_int_equal(system(command), 0);
}

#define CLASS "sys/class/igd-opregion/igd-opregion-0000:00:02.0"
#define DRI   "sys/kernel/debug/dri"

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/opregion-XXXXXX");
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < sizeof(vbt); i++)
		vbt[i] = (uint8_t)(i * 7 + 1);
	memset(&host, 0, sizeof(host));
	host.base = ALIGN_DOWN(ASLS, MiB);
	host.asls = ASLS;
	host.ret = -EPERM;
	return 0;
}

static int teardown(void **state)
{
	char command[300];

	(void)state;
	opregion_image_fini(&got);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static void put_module(unsigned offset, unsigned vbt_offset, unsigned vbt_size)
{
	char text[32];

	make_dirs("dev");
	make_dirs(CLASS);
	put_file_at("dev/igd-opregion-0000:00:02.0", offset, image.bytes, IMAGE_OPREGION);
	put_file_at("dev/igd-opregion-0000:00:02.0", 0x3fff, "", 1);
	if (vbt_size) {
		put_file_at("dev/igd-opregion-0000:00:02.0", MODULE_VBT + vbt_offset, vbt,
			    VBT_SIZE);
		put_file_at("dev/igd-opregion-0000:00:02.0", MODULE_VBT + 0x3fff, "", 1);
	}
	snprintf(text, sizeof(text), "%u\n", offset);
	put_text(CLASS "/page_offset", text);
	put_text(CLASS "/size", "8192\n");
	snprintf(text, sizeof(text), "%u\n", vbt_offset);
	put_text(CLASS "/vbt_page_offset", text);
	snprintf(text, sizeof(text), "%u\n", vbt_size);
	put_text(CLASS "/vbt_size", text);
}

static void put_debugfs(const char *minor, const char *name, const void *v, size_t v_len)
{
	char path[128];

	snprintf(path, sizeof(path), DRI "/%s", minor);
	make_dirs(path);
	snprintf(path, sizeof(path), DRI "/%s/name", minor);
	put_text(path, name);
	snprintf(path, sizeof(path), DRI "/%s/i915_opregion", minor);
	put_file(path, image.bytes, IMAGE_OPREGION);
	snprintf(path, sizeof(path), DRI "/%s/i915_vbt", minor);
	put_file(path, v, v_len);
}

static int read_device(void)
{
	opregion_image_fini(&got);
	return opregion_read_device(&got, &gpu, root);
}

/* The lines that were logged. */
static char *read_refused(int ret)
{
	static char text[2048];

	fake_stderr_begin();
	assert_int_equal(read_device(), ret);
	snprintf(text, sizeof(text), "%s", fake_stderr_end());
	assert_null(got.bytes);
	return text;
}

/* What was read is the image with the VBT behind it, and says so as VFIO would. */
static void assert_extended(unsigned minor_was, uint64_t rvda_was, unsigned minor)
{
	assert_int_equal(got.len, IMAGE_OPREGION + VBT_SIZE);
	assert_memory_equal(got.bytes + IMAGE_OPREGION, vbt, VBT_SIZE);
	assert_true(got.made_relative);
	assert_int_equal(got.minor, minor_was);
	assert_int_equal(got.rvda, rvda_was);
	assert_int_equal(get_le64(got.bytes + 0x3ba), IMAGE_OPREGION);
	assert_int_equal(get_le32(got.bytes + 0x3c2), VBT_SIZE);
	assert_int_equal(got.bytes[0x16], minor);
	assert_int_equal(got.bytes[0x17], image.bytes[0x17]);
	/* nothing else has changed */
	memcpy(got.bytes + 0x3ba, image.bytes + 0x3ba, 12);
	got.bytes[0x16] = image.bytes[0x16];
	assert_memory_equal(got.bytes, image.bytes, IMAGE_OPREGION);
}

static void make_image(unsigned major, unsigned minor, uint64_t rvda, uint32_t rvds)
{
	image_init(&image, major, minor, 0x0d);
	image_rvda(&image, rvda, rvds);
	for (unsigned i = 0x400; i < 0x2000; i++)
		image.bytes[i] = (uint8_t)(i * 3);
}

/* ---- devices ---- */

static void reads_by_the_module(void **state)
{
	(void)state;
	make_image(2, 0, 0, 0);
	put_module(0x18, 0, 0);
	assert_int_equal(read_device(), 0);
	assert_int_equal(got.len, IMAGE_OPREGION);
	assert_memory_equal(got.bytes, image.bytes, IMAGE_OPREGION);
	assert_false(got.made_relative);
	assert_non_null(strstr(got.source, "/dev/igd-opregion-0000:00:02.0"));
	/* an extended VBT, absolute and relative */
	make_image(2, 0, HOST_RVDA, VBT_SIZE);
	put_module(0xff8, 0x123, VBT_SIZE);
	assert_int_equal(read_device(), 0);
	assert_extended(0, HOST_RVDA, 1);
	make_image(2, 1, 0x3000, VBT_SIZE);
	put_module(0, 0, VBT_SIZE);
	assert_int_equal(read_device(), 0);
	assert_extended(1, 0x3000, 1);
	make_image(3, 0, 0x3000, VBT_SIZE);
	put_module(0, 0xfff, VBT_SIZE);
	assert_int_equal(read_device(), 0);
	assert_extended(0, 0x3000, 0);
	/* the module did not like the VBT: there is the rest */
	put_text(CLASS "/vbt_size", "0\n");
	assert_int_equal(read_device(), 0);
	assert_int_equal(got.len, IMAGE_OPREGION);
	assert_false(got.made_relative);
	assert_memory_equal(got.bytes, image.bytes, IMAGE_OPREGION);
}

static void refuses_a_module_that_lies(void **state)
{
	static const struct {
		const char *attr, *text;
	} t[] = {
		{ "page_offset", "4096\n" }, { "vbt_page_offset", "4096\n" },
		{ "vbt_size", "1048577\n" }, { "vbt_size", "-1\n" },
		{ "page_offset", "x\n" },    { "page_offset", "8\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		char path[128];

		make_image(2, 1, 0x3000, VBT_SIZE);
		put_module(0x18, 0, VBT_SIZE);
		snprintf(path, sizeof(path), CLASS "/%s", t[i].attr);
		put_text(path, t[i].text);
		read_refused(-EPERM);
	}
}

static void reads_by_debugfs(void **state)
{
	(void)state;
	make_image(2, 1, 0x2000, VBT_SIZE);
	put_debugfs("0", "i915 dev=0000:03:00.0 unique=0000:03:00.0\n", vbt, 1);
	put_debugfs("1", "xe dev=0000:00:02.01\n", vbt, 1);
	put_debugfs("128", "i915 dev=0000:00:02.0 unique=0000:00:02.0\n", vbt, VBT_SIZE);
	assert_int_equal(read_device(), 0);
	assert_extended(1, 0x2000, 1);
	assert_non_null(strstr(got.source, "/dri/128/i915_opregion"));
	/* the name may end with the device */
	put_text(DRI "/128/name", "xe dev=0000:00:02.0\n");
	assert_int_equal(read_device(), 0);
	assert_extended(1, 0x2000, 1);
	/* no extended VBT: what the driver uses does not matter */
	make_image(2, 1, 0, 0);
	put_debugfs("128", "i915 dev=0000:00:02.0\n", "", 0);
	assert_int_equal(read_device(), 0);
	assert_int_equal(got.len, IMAGE_OPREGION);
}

static void refuses_another_vbt(void **state)
{
	char *text;

	(void)state;
	make_image(2, 1, 0x2000, VBT_SIZE);
	put_debugfs("0", "i915 dev=0000:00:02.0\n", vbt, VBT_SIZE - 1);
	text = read_refused(-EPERM);
	assert_non_null(strstr(text, "debugfs: "));
	assert_non_null(strstr(text, "i915_vbt has 6144 bytes, RVDS is 6145"));
	put_debugfs("0", "i915 dev=0000:00:02.0\n", vbt, VBT_SIZE);
	put_file(DRI "/0/i915_opregion", "", 0);
	text = read_refused(-EPERM);
	assert_non_null(strstr(text, "debugfs: no OpRegion is there"));
}

static void reads_by_devmem(void **state)
{
	static const struct {
		unsigned major, minor, after;
		uint64_t rvda, hpa;
	} t[] = {
		{ 2, 0, 1, HOST_RVDA, HOST_RVDA },
		{ 2, 1, 1, 0x2000, ASLS + 0x2000 },
		{ 2, 3, 3, 0x2345, ASLS + 0x2345 },
		{ 3, 0, 0, 0x2000, ASLS + 0x2000 },
	};

	(void)state;
	host.ret = 0;
	host.base = ALIGN_DOWN(ASLS, MiB);
	make_image(2, 0, 0, 0);
	put_memory(ASLS, image.bytes, IMAGE_OPREGION);
	assert_int_equal(read_device(), 0);
	assert_string_equal(got.source, "/dev/mem");
	assert_int_equal(got.len, IMAGE_OPREGION);
	assert_memory_equal(got.bytes, image.bytes, IMAGE_OPREGION);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		if (t[i].hpa >= host.base + sizeof(host.memory) - VBT_SIZE)
			fail_msg("row %zu", i);
		make_image(t[i].major, t[i].minor, t[i].rvda, VBT_SIZE);
		put_memory(t[i].hpa, vbt, VBT_SIZE);
		put_memory(ASLS, image.bytes, IMAGE_OPREGION);
		assert_int_equal(read_device(), 0);
		assert_extended(t[i].minor, t[i].rvda, t[i].after);
	}
	/* a size no VBT has is left to the decoder, one of 0 to nobody; so is a bad size field */
	make_image(2, 0, HOST_RVDA, OPREGION_VBT_MAX + 1);
	put_memory(ASLS, image.bytes, IMAGE_OPREGION);
	assert_int_equal(read_device(), 0);
	assert_int_equal(got.len, IMAGE_OPREGION);
	put_le32(image.bytes + 0x10, 0);
	put_memory(ASLS, image.bytes, IMAGE_OPREGION);
	assert_int_equal(read_device(), 0);
	assert_memory_equal(got.bytes, image.bytes, IMAGE_OPREGION);
}

static void explains_every_refusal(void **state)
{
	char *text;

	(void)state;
	/* nothing is there; /dev/mem refuses */
	text = read_refused(-EPERM);
	assert_non_null(strstr(text, "by kernel module: "));
	assert_non_null(strstr(text, "is absent; load the module igd_opregion\n"));
	assert_non_null(strstr(text, "by debugfs: "));
	assert_non_null(strstr(text, "no graphics driver, or no debugfs\n"));
	assert_non_null(strstr(text, "by /dev/mem: the OpRegion at 0x7a5f1018: this is why\n"));
	make_dirs(DRI);
	assert_non_null(strstr(read_refused(-EPERM), "no driver there has the GPU\n"));
	/* config space */
	host.asls = 0;
	assert_non_null(strstr(read_refused(-ENODEV), "firmware gives it no OpRegion\n"));
	host.asls = UINT32_MAX;
	assert_non_null(strstr(read_refused(-ENODEV), "ASLS is 0xffffffff"));
	host.config_ret = -EIO;
	assert_non_null(strstr(read_refused(-EIO), "run as root\n"));
	/* no OpRegion at ASLS */
	host.config_ret = 0;
	host.asls = ASLS;
	host.ret = 0;
	assert_non_null(strstr(read_refused(-ENOMSG), "/dev/mem: no OpRegion is there"));
	/* the VBT is refused, or nowhere */
	make_image(2, 0, HOST_RVDA, VBT_SIZE);
	put_memory(ASLS, image.bytes, IMAGE_OPREGION);
	host.ret = -EPERM;
	host.calls = 0;
	host.from = 2;
	text = read_refused(-EPERM);
	assert_non_null(strstr(text, "the extended VBT at 0x7a700123: this is why\n"));
	host.ret = 0;
	make_image(2, 1, UINT64_MAX - 5, VBT_SIZE);
	put_memory(ASLS, image.bytes, IMAGE_OPREGION);
	assert_non_null(strstr(read_refused(-ERANGE), "beyond all memory\n"));
}

/* The first place that works is taken, and the others' refusals are nobody's business. */
static void keeps_the_order(void **state)
{
	(void)state;
	host.ret = 0;
	make_image(2, 0, 0, 0);
	put_memory(ASLS, image.bytes, IMAGE_OPREGION);
	put_debugfs("0", "i915 dev=0000:00:02.0\n", "", 0);
	put_module(0, 0, 0);
	fake_stderr_begin();
	assert_int_equal(read_device(), 0);
	assert_non_null(strstr(got.source, "igd-opregion"));
	unlink(below("dev/igd-opregion-0000:00:02.0"));
	assert_int_equal(read_device(), 0);
	assert_non_null(strstr(got.source, "debug"));
	unlink(below(DRI "/0/i915_opregion"));
	assert_int_equal(read_device(), 0);
	assert_string_equal(got.source, "/dev/mem");
	assert_string_equal(fake_stderr_end(), "");
}

/* ---- files ---- */

static void reads_files(void **state)
{
	static uint8_t large[OPREGION_IMAGE_MAX + 1];
	char fifo[256];

	(void)state;
	put_file("image", "any bytes", 9);
	assert_int_equal(opregion_read_file(&got, below("image")), 0);
	assert_int_equal(got.len, 9);
	assert_memory_equal(got.bytes, "any bytes", 9);
	assert_string_equal(got.source, "");
	opregion_image_fini(&got);
	make_dirs("record");
	put_file("record/opregion", large, OPREGION_IMAGE_MAX);
	assert_int_equal(opregion_read_file(&got, below("record")), 0);
	assert_int_equal(got.len, OPREGION_IMAGE_MAX);
	opregion_image_fini(&got);
	put_file("large", large, sizeof(large));
	put_file("empty", "", 0);
	make_dirs("void");
	snprintf(fifo, sizeof(fifo), "%s", below("fifo"));
	assert_int_equal(mkfifo(fifo, 0644), 0);
	fake_stderr_begin();
	assert_int_equal(opregion_read_file(&got, below("large")), -EFBIG);
	assert_int_equal(opregion_read_file(&got, below("empty")), -ENODATA);
	opregion_image_fini(&got);
	assert_int_equal(opregion_read_file(&got, below("void")), -ENOENT);
	assert_int_equal(opregion_read_file(&got, fifo), -EINVAL);
	assert_int_equal(opregion_read_file(&got, "/dev/zero"), -EINVAL);
	assert_int_equal(opregion_read_file(&got, below("absent")), -ENOENT);
	assert_non_null(strstr(fake_stderr_end(), "name a PCI address or an image"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_by_the_module, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_a_module_that_lies, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_by_debugfs, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_another_vbt, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_by_devmem, setup, teardown),
		cmocka_unit_test_setup_teardown(explains_every_refusal, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_the_order, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
