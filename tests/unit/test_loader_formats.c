// SPDX-License-Identifier: BSD-2-Clause
/*
 * The loader with kernels that are no bzImage, and with standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "cpu.h"
#include "fake_vfio.h"
#include "fakes.h"
#include "layout.h"
#include "loader.h"
#include "mem.h"
#include "memmap.h"
#include "test.h"
#include "util.h"

#define FILE_SIZE 0x3000
#define TEXT_OFF  0x1000
#define TEXT_GPA  0x200000
#define DATA_OFF  0x2000
#define DATA_GPA  0x400000
#define DATA_SIZE 0x234
#define DATA_MEM  0x8000
#define NOTE_OFF  0x2800
#define PVH_ENTRY (TEXT_GPA + 0x10)
#define MB_ENTRY  (TEXT_GPA + 0x20)
#define INITRD	  0x4321
#define RSDP	  0xe0000

enum what {
	ELF64 = 1,
	NOTE = 2,      /* with the PVH entry */
	MULTIBOOT = 4, /* with a header */
	ADDRESSES = 8, /* which has address fields */
	NOT_ELF = 16,
	DEMANDS = 32,	/* and asks for what nobody has */
	HIGH = 64,	/* the data is where no RAM is */
	NO_ENTRY = 128, /* entries beside the segments */
};

struct rig {
	char dir[32];
	struct config config;
	struct loader l;
	struct memmap map;
	struct mem mem;
	unsigned fds;
	int input; /* standard input as it was */
};

static uint8_t file_byte(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

static void put_phdr(uint8_t *image, bool wide, unsigned n, uint32_t type, uint32_t off,
		     uint32_t gpa, uint32_t filesz, uint32_t memsz)
{
	uint8_t *p = image + (wide ? 64 + n * 56 : 52 + n * 32);
	unsigned word = wide ? 8 : 4;

	put_le32(p, type);
	put_le(p + (wide ? 8 : 4), word, off);
	put_le(p + (wide ? 24 : 12), word, gpa);
	put_le(p + (wide ? 32 : 16), word, filesz);
	put_le(p + (wide ? 40 : 20), word, memsz);
}

static void put_elf(uint8_t *image, unsigned what)
{
	bool wide = what & ELF64;

	memset(image, 0, 0x200);
	memcpy(image, "\177ELF\1\1\1", 7);
	image[4] = wide ? 2 : 1;
	put_le16(image + 16, 2);
	put_le16(image + 18, wide ? 62 : 3);
	put_le32(image + 24, what & NO_ENTRY ? 0x300000 : MB_ENTRY);
	put_le32(image + (wide ? 32 : 28), wide ? 64 : 52);
	put_le16(image + (wide ? 54 : 42), wide ? 56 : 32);
	put_le16(image + (wide ? 56 : 44), what & NOTE ? 3 : 2);
	put_phdr(image, wide, 0, 1, TEXT_OFF, TEXT_GPA, 0x1000, 0x1000);
	put_phdr(image, wide, 1, 1, DATA_OFF, what & HIGH ? 0xb0000000 : DATA_GPA, DATA_SIZE,
		 DATA_MEM);
	put_phdr(image, wide, 2, 4, NOTE_OFF, 0, 24, 24);
}

static void put_multiboot(uint8_t *image, unsigned what)
{
	uint32_t flags = 3 | (what & DEMANDS ? 8 : 0) | (what & ADDRESSES ? 0x10000 : 0);
	const uint32_t field[] = { 0x1badb002,	      flags,	-(0x1badb002 + flags),
				   TEXT_GPA + 0x100,  TEXT_GPA, TEXT_GPA + 0x1000,
				   TEXT_GPA + 0x2000, MB_ENTRY };

	memcpy(image + TEXT_OFF + 0x100, field, sizeof(field));
}

static void write_kernel(const char *path, unsigned what)
{
	static const uint32_t note[] = { 4, 8, 18 };
	static uint8_t image[FILE_SIZE];
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < FILE_SIZE; i++)
		image[i] = file_byte(i);
	memcpy(image + NOTE_OFF, note, sizeof(note));
	memcpy(image + NOTE_OFF + 12, "Xen", 4);
	put_le64(image + NOTE_OFF + 16, what & NO_ENTRY ? 0x300000 : PVH_ENTRY);
	if (!(what & NOT_ELF))
		put_elf(image, what);
	if (what & MULTIBOOT)
		put_multiboot(image, what);
	assert_int_equal(fwrite(image, 1, FILE_SIZE, f), FILE_SIZE);
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
	strcpy(rig->dir, "/tmp/igdvm-formats-XXXXXX");
	if (!mkdtemp(rig->dir) || chdir(rig->dir))
		return -1;
	write_file("initrd", INITRD);
	rig->config.kernel = "kernel";
	rig->config.initrd = "initrd";
	rig->input = dup(0);
	rig->fds = fake_open_fds();
	return memmap_plan(&rig->map, &p) || mem_init(&rig->mem, &rig->map);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	loader_fini(&rig->l);
	dup2(rig->input, 0);
	assert_int_equal(fake_open_fds(), rig->fds);
	close(rig->input);
	mem_fini(&rig->mem);
	unlink("kernel");
	unlink("initrd");
	if (chdir("/") || rmdir(rig->dir))
		return -1;
	free(rig);
	return 0;
}

/* What igdvm said. */
static const char *load(struct rig *rig)
{
	fake_stderr_begin();
	assert_int_equal(loader_open(&rig->l, &rig->config), 0);
	assert_int_equal(loader_place(&rig->l, &rig->map), 0);
	assert_int_equal(loader_load(&rig->l, &rig->mem, &rig->map, RSDP), 0);
	return fake_stderr_end();
}

static void expect_bytes(struct rig *rig, uint64_t gpa, size_t off, size_t n, size_t zeros)
{
	const uint8_t *p = mem_at(&rig->mem, gpa, n + zeros);

	for (size_t i = 0; i < n + zeros; i++)
		if (p[i] != (i < n ? file_byte(off + i) : 0))
			fail_msg("byte %#zx at %#lx: %#x", i, (unsigned long)gpa, p[i]);
}

/* Beside every segment, as high as it goes. */
static void expect_initrd(struct rig *rig)
{
	const uint8_t *p = mem_at(&rig->mem, rig->l.initrd_gpa, INITRD);

	assert_int_equal(rig->l.initrd_gpa, 64 * MiB - 0x5000);
	for (size_t i = 0; i < INITRD; i++)
		assert_int_equal(p[i], (uint8_t)(i * 13));
}

static void expect_entry(struct rig *rig, uint32_t rip, uint32_t rax)
{
	struct cpu_entry e;

	loader_entry(&rig->l, &e);
	assert_int_equal(e.mode, CPU_32_BIT);
	assert_int_equal(e.rip, rip);
	assert_int_equal(e.rax, rax);
	assert_int_equal(e.rbx, LAYOUT_BOOT_PARAMS);
	assert_int_equal(e.rsi | e.rsp | e.cr3 | e.gdt_limit, 0);
}

static void loads_pvh(void **state)
{
	/* a Multiboot header in 64 bits is not Multiboot's; in 32 bits PVH works as well */
	static const unsigned what[] = { ELF64 | NOTE, ELF64 | NOTE | MULTIBOOT | DEMANDS, NOTE };
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
		const uint8_t *info = mem_at(&rig->mem, LAYOUT_BOOT_PARAMS, BOOT_PARAMS_SIZE);
		char want[80];

		write_kernel("kernel", what[i]);
		snprintf(want, sizeof(want),
			 "igdvm: --kernel kernel: ELF%u, PVH entry 0x200010, 2 segments\n",
			 what[i] & ELF64 ? 64 : 32);
		assert_string_equal(load(rig), want);
		assert_int_equal(rig->l.kernel_gpa, TEXT_GPA);
		expect_bytes(rig, TEXT_GPA, TEXT_OFF, 0x100, 0);
		expect_bytes(rig, TEXT_GPA + 0x200, TEXT_OFF + 0x200, 0xe00, 0);
		expect_bytes(rig, DATA_GPA, DATA_OFF, DATA_SIZE, DATA_MEM - DATA_SIZE + 1);
		expect_initrd(rig);
		expect_entry(rig, PVH_ENTRY, 0);
		assert_int_equal(get_le32(info), 0x336ec578);
		assert_int_equal(get_le64(info + 24), LAYOUT_CMDLINE);
		assert_int_equal(get_le64(info + 32), RSDP);
		assert_string_equal(mem_at(&rig->mem, LAYOUT_CMDLINE, 32), LOADER_DEFAULT_CMDLINE);
		loader_fini(&rig->l);
	}
}

static void loads_multiboot(void **state)
{
	static const struct {
		unsigned what;
		const char *cmdline, *want, *said;
	} t[] = {
		{ MULTIBOOT, NULL, "kernel", "Multiboot, ELF32, entry 0x200020, 2 segments" },
		{ MULTIBOOT | NOTE, "", "kernel", "Multiboot, ELF32, entry 0x200020" },
		{ MULTIBOOT | ADDRESSES | NOT_ELF, "a b", "kernel a b",
		  "Multiboot by address fields, entry 0x200020, 1 segments" },
		{ MULTIBOOT | ADDRESSES | ELF64 | NOTE, " x", "kernel  x", "by address fields" },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const uint8_t *info = mem_at(&rig->mem, LAYOUT_BOOT_PARAMS, BOOT_PARAMS_SIZE);

		write_kernel("kernel", t[i].what);
		rig->config.cmdline = t[i].cmdline;
		assert_non_null(strstr(load(rig), t[i].said));
		expect_bytes(rig, TEXT_GPA, TEXT_OFF, 0x100, 0);
		expect_bytes(rig, TEXT_GPA + 0x200, TEXT_OFF + 0x200, 0xe00, 1);
		if (!(t[i].what & ADDRESSES))
			expect_bytes(rig, DATA_GPA, DATA_OFF, DATA_SIZE, DATA_MEM - DATA_SIZE + 1);
		expect_initrd(rig);
		expect_entry(rig, MB_ENTRY, 0x2badb002);
		assert_int_equal(get_le32(info + 16), LAYOUT_CMDLINE);
		assert_int_equal(get_le32(info + 20), 1);
		assert_string_equal(mem_at(&rig->mem, LAYOUT_CMDLINE, 32), t[i].want);
		loader_fini(&rig->l);
	}
}

/* ---- what is refused ---- */

static void refused(struct rig *rig, int ret, const char *cause)
{
	const char *text;
	int got;

	fake_stderr_begin();
	got = loader_open(&rig->l, &rig->config);
	if (!got)
		got = loader_place(&rig->l, &rig->map);
	loader_fini(&rig->l);
	text = fake_stderr_end();
	if (got != ret || !strstr(text, cause) || strchr(text, '\n') != text + strlen(text) - 1)
		fail_msg("%d, not %d, for \"%s\"; log: %s", got, ret, cause, text);
	assert_int_equal(fake_open_fds(), rig->fds);
}

static void refuses_what_cannot_be_entered(void **state)
{
	static const struct {
		unsigned what;
		int ret;
		const char *cause;
	} t[] = {
		{ 0, -ENOEXEC, "neither a PVH entry note nor a 32-bit Multiboot header" },
		{ ELF64, -ENOEXEC, "CONFIG_PVH=y" },
		{ ELF64 | MULTIBOOT, -ENOEXEC, "neither a PVH entry note nor" },
		{ ELF64 | NOTE | NO_ENTRY, -ENOEXEC, "entry lies outside" },
		{ MULTIBOOT | NO_ENTRY, -ENOEXEC, "entry lies outside" },
		{ MULTIBOOT | DEMANDS, -ENOEXEC, "demands features" },
		{ MULTIBOOT | ADDRESSES | DEMANDS, -ENOEXEC, "demands features" },
		{ MULTIBOOT | NOT_ELF, -ENOEXEC, "no address fields" },
		{ NOT_ELF, -ENOEXEC, "not a bzImage, an ELF kernel or a Multiboot image" },
		{ ELF64 | NOTE | HIGH, -ENOSPC,
		  "segment at 0xb0000000, 33 KiB, is not in guest RAM" },
		{ MULTIBOOT | HIGH, -ENOSPC, "segment at 0xb0000000" },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		write_kernel("kernel", t[i].what);
		refused(rig, t[i].ret, t[i].cause);
	}
}

/* The name in front of a Multiboot command line counts. */
static void bounds_the_command_line(void **state)
{
	struct rig *rig = *state;
	char *cmdline = malloc(LAYOUT_CMDLINE_MAX);
	size_t most = LAYOUT_CMDLINE_MAX - 1 - strlen("kernel ");

	write_kernel("kernel", MULTIBOOT);
	memset(cmdline, 'c', LAYOUT_CMDLINE_MAX);
	cmdline[most] = '\0';
	rig->config.cmdline = cmdline;
	load(rig);
	assert_int_equal(strlen(mem_at(&rig->mem, LAYOUT_CMDLINE, LAYOUT_CMDLINE_MAX)),
			 LAYOUT_CMDLINE_MAX - 1);
	loader_fini(&rig->l);
	cmdline[most] = 'c';
	cmdline[most + 1] = '\0';
	refused(rig, -E2BIG, "--cmdline: 65536 bytes, this kernel takes 65535");
	free(cmdline);
}

static void notices_a_file_that_shrinks(void **state)
{
	struct rig *rig = *state;
	const char *text;

	write_kernel("kernel", ELF64 | NOTE);
	assert_int_equal(loader_open(&rig->l, &rig->config), 0);
	assert_int_equal(loader_place(&rig->l, &rig->map), 0);
	assert_int_equal(truncate("kernel", DATA_OFF + 1), 0);
	fake_stderr_begin();
	assert_int_equal(loader_load(&rig->l, &rig->mem, &rig->map, RSDP), -EIO);
	text = fake_stderr_end();
	assert_non_null(strstr(text, "--kernel kernel: the file became shorter"));
}

/* ---- standard input ---- */

static void give_input(int fd)
{
	dup2(fd, 0);
	close(fd);
}

static void feed_pipe(int flags)
{
	uint8_t image[FILE_SIZE];
	int end[2], fd = open("kernel", O_RDONLY);

	assert_int_equal(pipe2(end, O_CLOEXEC), 0);
	assert_int_equal(read(fd, image, sizeof(image)), FILE_SIZE);
	assert_int_equal(write(end[1], image, sizeof(image)), FILE_SIZE);
	close(fd);
	close(end[1]);
	assert_int_equal(fcntl(end[0], F_SETFL, flags), 0);
	give_input(end[0]);
}

static void reads_standard_input(void **state)
{
	struct rig *rig = *state;
	uint8_t byte;

	rig->config.kernel = "-";
	for (unsigned i = 0; i < 3; i++) {
		write_kernel("kernel", ELF64 | NOTE);
		if (i < 2)
			feed_pipe(i ? O_NONBLOCK : 0);
		else
			give_input(open("kernel", O_RDONLY));
		assert_string_equal(load(rig),
				    "igdvm: --kernel -: ELF64, PVH entry 0x200010, 2 segments; it "
				    "was standard input, so the serial port has none\n");
		expect_bytes(rig, DATA_GPA, DATA_OFF, DATA_SIZE, DATA_MEM - DATA_SIZE);
		assert_int_equal(read(0, &byte, 1), 0); /* at its end: what the serial port finds */
		loader_fini(&rig->l);
	}
}

/* The file may be read again: a machine that restarts does. */
static void keeps_standard_input(void **state)
{
	struct rig *rig = *state;

	rig->config.kernel = "-";
	write_kernel("kernel", ELF64 | NOTE);
	feed_pipe(0);
	load(rig);
	memset(mem_at(&rig->mem, TEXT_GPA, 0x1000), 0, 0x1000);
	fake_stderr_begin();
	assert_int_equal(loader_load(&rig->l, &rig->mem, &rig->map, RSDP), 0);
	fake_stderr_end();
	expect_bytes(rig, TEXT_GPA, TEXT_OFF, 0x1000, 0);
}

static void refuses_bad_input(void **state)
{
	struct rig *rig = *state;

	rig->config.kernel = "-";
	give_input(open("/dev/null", O_RDONLY));
	refused(rig, -EINVAL, "--kernel -: standard input is empty");
	give_input(open(".", O_RDONLY));
	refused(rig, -EISDIR, "--kernel -: standard input: Is a directory");
	give_input(open("/dev/null", O_WRONLY));
	refused(rig, -EBADF, "--kernel -: standard input: Bad file");
	give_input(open("/dev/ptmx", O_RDWR | O_NOCTTY));
	refused(rig, -ENOTTY, "--kernel -: standard input is a terminal");
	give_input(open("initrd", O_RDONLY));
	refused(rig, -ENOEXEC, "--kernel -: not a bzImage");
}

#define FORMAT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FORMAT_TEST(loads_pvh),
		FORMAT_TEST(loads_multiboot),
		FORMAT_TEST(refuses_what_cannot_be_entered),
		FORMAT_TEST(bounds_the_command_line),
		FORMAT_TEST(notices_a_file_that_shrinks),
		FORMAT_TEST(reads_standard_input),
		FORMAT_TEST(keeps_standard_input),
		FORMAT_TEST(refuses_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
