// SPDX-License-Identifier: BSD-2-Clause
/*
 * Files of a temporary directory into guest memory, and every file that is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "fake_vfio.h"
#include "fakes.h"
#include "layout.h"
#include "loader.h"
#include "mem.h"
#include "memmap.h"
#include "test.h"
#include "util.h"

#define SETUP	(5 * 512)
#define PAYLOAD 0x12345 /* not a multiple of the header's 16-byte unit */
#define INITRD	0x4321
#define RSDP	0xe0000

struct rig {
	char dir[32], path[64];
	struct config config;
	struct loader l;
	struct memmap map;
	struct mem mem;
	unsigned fds;
};

static uint8_t payload_byte(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

/* A bzImage whose header is edited by len bytes of value at off. */
static void write_kernel(const char *path, size_t size, unsigned off, unsigned len, uint64_t value)
{
	FILE *f = fopen(path, "w");
	uint8_t head[SETUP] = { 0 };

	assert_non_null(f);
	head[0x1f1] = SETUP / 512 - 1;
	put_le32(head + 0x1f4, (PAYLOAD + 15) / 16);
	put_le16(head + 0x1fe, 0xaa55);
	head[0x201] = 0x6a;
	memcpy(head + 0x202, "HdrS", 4);
	put_le16(head + 0x206, 0x020f);
	head[0x211] = 1;
	put_le32(head + 0x22c, 0x7fffffff);
	put_le32(head + 0x230, 0x200000);
	head[0x234] = 1;
	put_le16(head + 0x236, 1);
	put_le32(head + 0x238, 255);
	put_le64(head + 0x258, 0x1000000);
	put_le32(head + 0x260, 0x400000);
	put_le(head + off, len, value);
	fwrite(head, 1, MIN(size, sizeof(head)), f);
	for (size_t i = 0; i + sizeof(head) < size; i++)
		fputc(payload_byte(i), f);
	fclose(f);
}

static void write_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < size; i++)
		fputc((int)(i * 13), f);
	fclose(f);
}

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	const struct memmap_params p = { 64 * MiB, 36, NULL, 0, NULL, 0 };

	*state = rig;
	strcpy(rig->dir, "/tmp/igdvm-loader-XXXXXX");
	if (!mkdtemp(rig->dir) || chdir(rig->dir))
		return -1;
	write_kernel("kernel", SETUP + PAYLOAD, 0, 0, 0);
	write_file("initrd", INITRD);
	rig->config.kernel = "kernel";
	rig->fds = fake_open_fds();
	return memmap_plan(&rig->map, &p) || mem_init(&rig->mem, &rig->map);
}

static int teardown(void **state)
{
	static const char *const names[] = { "kernel", "initrd", "bad", "fifo" };
	struct rig *rig = *state;

	loader_fini(&rig->l);
	loader_fini(&rig->l);
	assert_int_equal(fake_open_fds(), rig->fds);
	mem_fini(&rig->mem);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(names[i]);
	if (chdir("/") || rmdir(rig->dir))
		return -1;
	free(rig);
	return 0;
}

/* ---- what is loaded ---- */

static void open_place_load(struct rig *rig)
{
	assert_int_equal(loader_open(&rig->l, &rig->config), 0);
	assert_int_equal(loader_place(&rig->l, &rig->map), 0);
	assert_int_equal(loader_load(&rig->l, &rig->mem, &rig->map, RSDP), 0);
}

static void loads_kernel_and_boot_data(void **state)
{
	struct rig *rig = *state;
	const uint8_t *kernel, *params, *setup_data;

	open_place_load(rig);
	assert_int_equal(rig->l.kernel_gpa, 0x1000000);
	kernel = mem_at(&rig->mem, 0x1000000, PAYLOAD + 16);
	for (size_t i = 0; i < PAYLOAD + 16; i++)
		assert_int_equal(kernel[i], i < PAYLOAD ? payload_byte(i) : 0);
	params = mem_at(&rig->mem, LAYOUT_BOOT_PARAMS, BOOT_PARAMS_SIZE);
	assert_memory_equal(params + 0x202, "HdrS", 4);
	assert_int_equal(get_le64(params + 0x70), RSDP);
	assert_int_equal(get_le32(params + 0x228), LAYOUT_CMDLINE);
	assert_int_equal(get_le32(params + 0x218), 0); /* no initrd */
	assert_int_equal(get_le32(params + 0x21c), 0);
	assert_true(params[0x1e8] > 0);
	assert_string_equal(mem_at(&rig->mem, LAYOUT_CMDLINE, 256), LOADER_DEFAULT_CMDLINE);
	/* PML4, GDT */
	assert_int_equal(get_le64(mem_at(&rig->mem, LAYOUT_BOOT_PML4, 8)),
			 (LAYOUT_BOOT_PML4 + 0x1000) | 3);
	assert_int_equal(get_le64(mem_at(&rig->mem, LAYOUT_BOOT_GDT, 8)), 0);
	/* a seed, then the device tree */
	assert_int_equal(get_le64(params + 0x250), LAYOUT_SETUP_DATA);
	setup_data = mem_at(&rig->mem, LAYOUT_SETUP_DATA, LAYOUT_SETUP_DATA_MAX);
	assert_int_equal(get_le32(setup_data + 8), 9);
	assert_int_equal(get_le32(setup_data + 12), 32);
	assert_int_equal(get_le64(setup_data), LAYOUT_SETUP_DATA + 48);
	assert_int_equal(get_le64(setup_data + 48), 0);
	assert_int_equal(get_le32(setup_data + 48 + 8), 2);
	assert_int_equal(get_le32(setup_data + 48 + 16), htobe32(0xd00dfeed) & 0xffffffff);
}

static void loads_an_initrd(void **state)
{
	struct rig *rig = *state;
	const uint8_t *params, *initrd;

	rig->config.initrd = "initrd";
	rig->config.cmdline = "";
	open_place_load(rig);
	assert_int_equal(rig->l.initrd.size, INITRD);
	assert_int_equal(rig->l.initrd_gpa, 64 * MiB - 0x5000);
	initrd = mem_at(&rig->mem, rig->l.initrd_gpa, INITRD + 1);
	for (size_t i = 0; i <= INITRD; i++)
		assert_int_equal(initrd[i], i < INITRD ? (uint8_t)(i * 13) : 0);
	params = mem_at(&rig->mem, LAYOUT_BOOT_PARAMS, BOOT_PARAMS_SIZE);
	assert_int_equal(get_le32(params + 0x218), rig->l.initrd_gpa);
	assert_int_equal(get_le32(params + 0x21c), INITRD);
	/* an empty command line is the user's, too */
	assert_string_equal(mem_at(&rig->mem, LAYOUT_CMDLINE, 1), "");
}

static void seeds_differ(void **state)
{
	struct rig *rig = *state;
	uint8_t first[32], *seed;

	open_place_load(rig);
	seed = mem_at(&rig->mem, LAYOUT_SETUP_DATA + 16, 32);
	memcpy(first, seed, 32);
	/* the device tree has one of its own: users can read that */
	assert_null(memmem(seed + 32, LAYOUT_SETUP_DATA_MAX - 48, seed, 32));
	assert_int_equal(loader_load(&rig->l, &rig->mem, &rig->map, RSDP), 0);
	assert_memory_not_equal(first, seed, 32);
}

/* ---- what is refused, and how that is said ---- */

enum kind { NOTHING, EMPTY, TEXT, DIRECTORY, FIFO, DEVICE, KERNEL };

static const char *make_file(enum kind kind, size_t size, unsigned off, unsigned len,
			     uint64_t value)
{
	unlink("bad");
	unlink("fifo");
	switch (kind) {
	case NOTHING:
		return "bad";
	case EMPTY:
	case TEXT:
		write_file("bad", size);
		return "bad";
	case DIRECTORY:
		return ".";
	case FIFO:
		assert_int_equal(mkfifo("fifo", 0600), 0);
		return "fifo";
	case DEVICE:
		return "/dev/zero";
	case KERNEL:
		write_kernel("bad", size, off, len, value);
		return "bad";
	}
	return NULL;
}

/* Try to open what config says; the message must be one line that has both words. */
static void refused(struct rig *rig, int ret, const char *object, const char *cause)
{
	const char *text;
	int got;

	fake_stderr_begin();
	got = loader_open(&rig->l, &rig->config);
	loader_fini(&rig->l);
	text = fake_stderr_end();
	if (got != ret || !strstr(text, object) || !strstr(text, cause) ||
	    strchr(text, '\n') != text + strlen(text) - 1)
		fail_msg("%d, not %d, for \"%s\"; log: %s", got, ret, cause, text);
	assert_null(rig->l.kernel.path);
	assert_null(rig->l.initrd.path);
	assert_int_equal(fake_open_fds(), rig->fds);
}

static void refuses_bad_kernels(void **state)
{
	enum { WHOLE = SETUP + PAYLOAD };
	static const struct {
		enum kind kind;
		size_t size;
		unsigned off, len;
		uint64_t value;
		int ret;
		const char *cause;
	} t[] = {
		{ NOTHING, 0, 0, 0, 0, -ENOENT, "No such file" },
		{ EMPTY, 0, 0, 0, 0, -EINVAL, "empty" },
		{ DIRECTORY, 0, 0, 0, 0, -EINVAL, "not a regular file" },
		{ FIFO, 0, 0, 0, 0, -EINVAL, "not a regular file" },
		{ DEVICE, 0, 0, 0, 0, -EINVAL, "not a regular file" },
		{ TEXT, 1, 0, 0, 0, -ENOEXEC, "not a bzImage" },
		{ TEXT, 1023, 0, 0, 0, -ENOEXEC, "not a bzImage" },
		{ KERNEL, 0x205, 0, 0, 0, -ENOEXEC, "not a bzImage" },
		{ KERNEL, 0x206, 0, 0, 0, -ENOEXEC, "too short" },
		{ TEXT, 100000, 0, 0, 0, -ENOEXEC, "not a bzImage" },
		{ KERNEL, 1000, 0, 0, 0, -ENOEXEC, "too short" },
		{ KERNEL, 1024, 0, 0, 0, -ENOEXEC, "truncated" },
		{ KERNEL, SETUP, 0, 0, 0, -ENOEXEC, "truncated" },
		{ KERNEL, WHOLE - 16, 0, 0, 0, -ENOEXEC, "truncated" },
		{ KERNEL, WHOLE, 0x206, 2, 0x20b, -ENOEXEC, "2.12" },
		{ KERNEL, WHOLE, 0x236, 2, 0, -ENOEXEC, "32-bit" },
		{ KERNEL, WHOLE, 0x230, 4, 3, -ENOEXEC, "damaged" },
		{ KERNEL, WHOLE, 0x238, 4, 12, -E2BIG,
		  "--cmdline: 13 bytes, this kernel takes 12" },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig->config.kernel =
			make_file(t[i].kind, t[i].size, t[i].off, t[i].len, t[i].value);
		refused(rig, t[i].ret, t[i].ret == -E2BIG ? "--cmdline" : rig->config.kernel,
			t[i].cause);
	}
}

static void refuses_bad_initrds(void **state)
{
	static const struct {
		enum kind kind;
		int ret;
		const char *cause;
	} t[] = {
		{ NOTHING, -ENOENT, "--initrd bad: No such file" },
		{ EMPTY, -EINVAL, "--initrd bad: the file is empty" },
		{ DIRECTORY, -EINVAL, "--initrd .: not a regular file" },
		{ FIFO, -EINVAL, "--initrd fifo: not a regular file" },
		{ DEVICE, -EINVAL, "--initrd /dev/zero: not a regular file" },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig->config.initrd = make_file(t[i].kind, 0, 0, 0, 0);
		refused(rig, t[i].ret, rig->config.initrd, t[i].cause);
	}
}

/* The kernel takes 255 bytes here; igdvm 65535 at most. */
static void bounds_the_command_line(void **state)
{
	static const struct {
		uint32_t kernel_takes;
		size_t len;
		int ret;
	} t[] = {
		{ 255, 255, 0 },
		{ 255, 256, -E2BIG },
		{ 0, 0, 0 },
		{ 0, 1, -E2BIG },
		{ UINT32_MAX, LAYOUT_CMDLINE_MAX - 1, 0 },
		{ UINT32_MAX, LAYOUT_CMDLINE_MAX, -E2BIG },
		{ UINT32_MAX, LAYOUT_CMDLINE_MAX + 1, -E2BIG },
	};
	struct rig *rig = *state;
	char *cmdline = malloc(LAYOUT_CMDLINE_MAX + 2);

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		write_kernel("kernel", SETUP + PAYLOAD, 0x238, 4, t[i].kernel_takes);
		memset(cmdline, 'c', t[i].len);
		cmdline[t[i].len] = '\0';
		rig->config.cmdline = cmdline;
		if (t[i].ret) {
			refused(rig, t[i].ret, "--cmdline", "shorten it");
			continue;
		}
		open_place_load(rig);
		assert_string_equal(mem_at(&rig->mem, LAYOUT_CMDLINE, LAYOUT_CMDLINE_MAX), cmdline);
		loader_fini(&rig->l);
	}
	free(cmdline);
}

static void refuses_what_does_not_fit(void **state)
{
	struct rig *rig = *state;
	const char *text;
	int ret;

	/* init_size is more than the guest has */
	write_kernel("kernel", SETUP + PAYLOAD, 0x260, 4, 64 * MiB);
	assert_int_equal(loader_open(&rig->l, &rig->config), 0);
	fake_stderr_begin();
	ret = loader_place(&rig->l, &rig->map);
	text = fake_stderr_end();
	assert_int_equal(ret, -ENOSPC);
	assert_non_null(strstr(text, "--kernel kernel: 65 MiB"));
	assert_non_null(strstr(text, "--memory"));
	loader_fini(&rig->l);

	write_kernel("kernel", SETUP + PAYLOAD, 0, 0, 0);
	rig->config.initrd = "initrd";
	assert_int_equal(truncate("initrd", 60 << 20), 0);
	assert_int_equal(loader_open(&rig->l, &rig->config), 0);
	fake_stderr_begin();
	ret = loader_place(&rig->l, &rig->map);
	text = fake_stderr_end();
	assert_int_equal(ret, -ENOSPC);
	assert_non_null(strstr(text, "--initrd initrd: its 61 MiB"));
	assert_non_null(strstr(text, "--memory"));
}

/* ---- the host changes under us ---- */

static void notices_a_file_that_shrinks(void **state)
{
	static const char *const names[] = { "kernel", "initrd" };
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *text;
		int ret;

		write_kernel("kernel", SETUP + PAYLOAD, 0, 0, 0);
		write_file("initrd", INITRD);
		rig->config.initrd = "initrd";
		assert_int_equal(loader_open(&rig->l, &rig->config), 0);
		assert_int_equal(loader_place(&rig->l, &rig->map), 0);
		assert_int_equal(truncate(names[i], 3000), 0);
		fake_stderr_begin();
		ret = loader_load(&rig->l, &rig->mem, &rig->map, RSDP);
		text = fake_stderr_end();
		assert_int_equal(ret, -EIO);
		assert_non_null(strstr(text, names[i]));
		assert_non_null(strstr(text, "shorter"));
		loader_fini(&rig->l);
	}
}

/* Memory that does not back the plan: an error, not a write beyond it. */
static void checks_that_memory_is_there(void **state)
{
	static const uint64_t cut[] = { 0, 0x9000, 0x30000, 0x50000, 0x100000, 0x1010000 };
	struct rig *rig = *state;
	struct mem_region r = rig->mem.region[0];

	assert_int_equal(loader_open(&rig->l, &rig->config), 0);
	assert_int_equal(loader_place(&rig->l, &rig->map), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cut); i++) {
		struct mem m = { .region = { r }, .n = 1 };
		int ret;

		m.region[0].size = cut[i];
		m.n = cut[i] != 0;
		fake_stderr_begin();
		ret = loader_load(&rig->l, &m, &rig->map, RSDP);
		fake_stderr_end();
		if (ret >= 0)
			fail_msg("with %#lx bytes: %d", (unsigned long)cut[i], ret);
	}
}

static void takes_a_zeroed_one(void **state)
{
	struct loader l = { 0 };
	int before = fcntl(0, F_GETFD);

	(void)state;
	loader_fini(&l); /* must not close descriptor 0 */
	assert_int_equal(fcntl(0, F_GETFD), before);
}

#define LOADER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADER_TEST(loads_kernel_and_boot_data),
		LOADER_TEST(loads_an_initrd),
		LOADER_TEST(seeds_differ),
		LOADER_TEST(refuses_bad_kernels),
		LOADER_TEST(refuses_bad_initrds),
		LOADER_TEST(bounds_the_command_line),
		LOADER_TEST(refuses_what_does_not_fit),
		LOADER_TEST(notices_a_file_that_shrinks),
		LOADER_TEST(checks_that_memory_is_there),
		LOADER_TEST(takes_a_zeroed_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
