// SPDX-License-Identifier: BSD-2-Clause
/*
 * loader.c - which boot protocol a kernel speaks, and its files and data into guest memory.
 * Formats are rows of formats[]; their bytes are boot.c's, pvh.c's, multiboot.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "config.h"
#include "cpu.h"
#include "dtb.h"
#include "elf.h"
#include "layout.h"
#include "loader.h"
#include "log.h"
#include "mem.h"
#include "memmap.h"
#include "pvh.h"
#include "util.h"

#define SEED_SIZE 32

struct loader_format {
	/*
	 * 1: the kernel is of this format, and can be loaded; 0: it is not; -ENOEXEC with the
	 * reason in *why; or another -errno, logged.
	 */
	int (*parse)(struct loader *l, const char **why);
	/* The page at LAYOUT_BOOT_PARAMS, and what else the entry needs. 0 or logged -errno. */
	int (*write)(struct loader *l, struct mem *mem, const struct boot_info *info);
	void (*entry)(const struct loader *l, struct cpu_entry *e);
	const char *cmdline; /* unless one is given */
	bool names_kernel;   /* the command line begins with the kernel's name */
};

/* ---- bzImage: the 64-bit boot protocol of Linux ---- */

static int parse_bzimage(struct loader *l, const char **why)
{
	unsigned version;
	int ret;

	if (!boot_is_linux(l->head, sizeof(l->head)))
		return 0;
	ret = boot_parse(&l->header, l->head, l->kernel.size, why);
	version = l->header.version;
	snprintf(l->what, sizeof(l->what), "bzImage, boot protocol %u.%u", version >> 8,
		 version & 0xff);
	return ret ? ret : 1;
}

static int build_dtb(const struct loader *l, const struct memmap *map, const uint8_t *seed,
		     size_t seed_len, void *buf)
{
	const struct dtb_info info = {
		.map = map,
		.cmdline = l->cmdline,
		.initrd_gpa = l->initrd_gpa,
		.initrd_size = l->initrd.size,
		.rng_seed = seed,
		.rng_seed_len = seed_len,
	};

	return dtb_build(&info, buf, LAYOUT_SETUP_DATA_MAX);
}

/* RNG seed and device tree, as setup_data. Bytes used or logged -errno. */
static int write_setup_data(struct loader *l, struct mem *mem, const struct boot_info *boot)
{
	void *place = mem_at(mem, LAYOUT_SETUP_DATA, LAYOUT_SETUP_DATA_MAX);
	uint8_t seed[2 * SEED_SIZE]; /* the kernel's, then the device tree's */
	void *dtb = malloc(LAYOUT_SETUP_DATA_MAX);
	int ret = -ENOMEM;

	if (dtb && place && getrandom(seed, sizeof(seed), 0) == sizeof(seed))
		ret = build_dtb(l, boot->map, seed + SEED_SIZE, SEED_SIZE, dtb);
	if (ret > 0)
		ret = boot_setup_data(place, LAYOUT_SETUP_DATA_MAX, LAYOUT_SETUP_DATA, seed,
				      SEED_SIZE, dtb, (size_t)ret);
	free(dtb);
	return ret < 0 ? log_err(ret, "device tree and seed for the guest: %m") : ret;
}

static int no_low_memory(void)
{
	return log_err(-EFAULT, "boot data: no guest memory below 640 KiB");
}

static int write_bzimage(struct loader *l, struct mem *mem, const struct boot_info *info)
{
	void *params = mem_at(mem, LAYOUT_BOOT_PARAMS, BOOT_PARAMS_SIZE);
	void *tables = mem_at(mem, LAYOUT_BOOT_PML4, BOOT_TABLES_SIZE);
	void *gdt = mem_at(mem, LAYOUT_BOOT_GDT, BOOT_GDT_SIZE);
	int ret = write_setup_data(l, mem, info);

	if (ret < 0)
		return ret;
	if (!params || !tables || !gdt)
		return no_low_memory();
	boot_page_tables(tables, LAYOUT_BOOT_PML4);
	boot_gdt(gdt);
	ret = boot_params(params, l->head, info);
	return ret ? log_err(ret, "e820: %m") : 0;
}

static void enter_bzimage(const struct loader *l, struct cpu_entry *e)
{
	*e = (struct cpu_entry){
		.mode = CPU_64_BIT,
		.rip = l->kernel_gpa + BOOT_ENTRY_64,
		.rsi = LAYOUT_BOOT_PARAMS,
		.rsp = LAYOUT_BOOT_STACK,
		.cr3 = LAYOUT_BOOT_PML4,
		.gdt_gpa = LAYOUT_BOOT_GDT,
		.gdt_limit = BOOT_GDT_SIZE - 1,
		.cs = BOOT_CS,
		.ds = BOOT_DS,
	};
}

/* ---- ELF, by PVH or Multiboot ---- */

static int read_kernel(void *ctx, uint64_t off, void *buf, size_t len)
{
	const struct loader *l = ctx;

	return loader_file_read(&l->kernel, off, buf, len);
}

static struct elf_file kernel_file(struct loader *l)
{
	return (struct elf_file){ l->kernel.size, read_kernel, l };
}

/* What a header of Linux says: any command line and any place below 4 GiB will do. */
static int accept(struct loader *l, const struct image *i)
{
	l->image = *i;
	l->header = (struct boot_kernel){
		.init_size = image_end(i) - image_start(i),
		.initrd_max = UINT32_MAX,
		.cmdline_max = UINT32_MAX,
	};
	return 1;
}

static int parse_pvh(struct loader *l, const char **why)
{
	const struct elf_file f = kernel_file(l);
	struct elf e;
	int ret;

	if (!elf_is(l->head))
		return 0;
	ret = elf_parse(&e, &f, why);
	if (!ret)
		ret = pvh_find_entry(&e, &f, why);
	if (ret < 0)
		return ret;
	if (!ret) {
		*why = "an ELF file with neither a PVH entry note nor a 32-bit Multiboot header; "
		       "build it with CONFIG_PVH=y, or give its bzImage";
		return -ENOEXEC;
	}
	snprintf(l->what, sizeof(l->what), "ELF%u, PVH entry %#x, %u segments", e.bits,
		 e.image.entry, e.image.n);
	return accept(l, &e.image);
}

static int parse_multiboot(struct loader *l, const char **why)
{
	const struct elf_file f = kernel_file(l);
	struct multiboot m;
	struct elf e = { 0 };
	int ret;

	if (!multiboot_find(&m, l->head, MIN(l->kernel.size, sizeof(l->head))))
		return 0;
	if (m.has_addresses) {
		ret = multiboot_image(&m, l->kernel.size, &e.image, why);
	} else if (elf_is(l->head)) {
		ret = elf_parse(&e, &f, why);
		if (!ret && e.bits != 32)
			return 0; /* GRUB and the specification want 32 bits; it may speak PVH */
		if (!ret)
			ret = image_set_entry(&e.image, e.entry, why);
	} else {
		*why = "its Multiboot header has no address fields, and it is no ELF file; link it "
		       "as ELF";
		ret = -ENOEXEC;
	}
	if (!ret)
		ret = multiboot_check(&m, why);
	if (ret)
		return ret;
	snprintf(l->what, sizeof(l->what), "Multiboot%s, entry %#x, %u segments",
		 m.has_addresses ? " by address fields" : ", ELF32", e.image.entry, e.image.n);
	return accept(l, &e.image);
}

static int write_page(struct mem *mem, const struct boot_info *info,
		      int (*fill)(uint8_t *page, uint64_t gpa, const struct boot_info *info))
{
	void *page = mem_at(mem, LAYOUT_BOOT_PARAMS, BOOT_PARAMS_SIZE);
	int ret;

	if (!page)
		return no_low_memory();
	ret = fill(page, LAYOUT_BOOT_PARAMS, info);
	return ret ? log_err(ret, "memory map: %m") : 0;
}

static int write_pvh(struct loader *l, struct mem *mem, const struct boot_info *info)
{
	(void)l;
	return write_page(mem, info, pvh_start_info);
}

static int write_multiboot(struct loader *l, struct mem *mem, const struct boot_info *info)
{
	(void)l;
	return write_page(mem, info, multiboot_info);
}

static void enter_pvh(const struct loader *l, struct cpu_entry *e)
{
	*e = (struct cpu_entry){
		.mode = CPU_32_BIT,
		.rip = l->image.entry,
		.rbx = LAYOUT_BOOT_PARAMS,
		.cs = BOOT_CS,
		.ds = BOOT_DS,
	};
}

static void enter_multiboot(const struct loader *l, struct cpu_entry *e)
{
	enter_pvh(l, e);
	e->rax = MULTIBOOT_MAGIC;
}

/* In the order in which a file is tried. */
static const struct loader_format formats[] = {
	{ parse_bzimage, write_bzimage, enter_bzimage, LOADER_DEFAULT_CMDLINE, false },
	/*
	 * GRUB Legacy, Xen and kvm-unit-tests (lib/argv.c) agree that the first word is a name;
	 * what follows is the kernel's own, so that there is nothing to assume.
	 */
	{ parse_multiboot, write_multiboot, enter_multiboot, "", true },
	{ parse_pvh, write_pvh, enter_pvh, LOADER_DEFAULT_CMDLINE, false },
};

/* ---- what all have in common ---- */

static int open_kernel(struct loader *l, const char *path)
{
	const char *why = "not a bzImage, an ELF kernel or a Multiboot image; give e.g. "
			  "/boot/vmlinuz-VERSION";
	int ret = strcmp(path, LOADER_STDIN) ? loader_file_open(&l->kernel, "kernel", path)
					     : loader_file_spool(&l->kernel, "kernel", path);

	if (!ret)
		ret = loader_file_read(&l->kernel, 0, l->head,
				       MIN(l->kernel.size, sizeof(l->head)));
	if (ret)
		return ret;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		const char *reason = NULL;

		ret = formats[i].parse(l, &reason);
		l->format = &formats[i];
		if (ret > 0)
			return 0;
		if (ret < 0 && !reason)
			return ret;
		if (ret < 0) {
			why = reason;
			break;
		}
	}
	return log_err(-ENOEXEC, "--kernel %s: %s", path, why);
}

/* The command line as the guest gets it. Its length, as snprintf() counts. */
static size_t print_cmdline(const struct loader *l, char *buf, size_t size)
{
	const char *name = l->format->names_kernel ? l->kernel.path : "";

	return (size_t)snprintf(buf, size, "%s%s%s", name, *name && *l->cmdline ? " " : "",
				l->cmdline);
}

int loader_open(struct loader *l, const struct config *c)
{
	char start[1];
	size_t len;
	int ret;

	*l = (struct loader){ 0 };
	ret = open_kernel(l, c->kernel);
	if (!ret && c->initrd)
		ret = loader_file_open(&l->initrd, "initrd", c->initrd);
	if (ret)
		return ret;
	l->cmdline = c->cmdline ? c->cmdline : l->format->cmdline;
	if (!c->cmdline && *l->cmdline && c->console == SERIAL_TTY)
		l->cmdline = LOADER_CONSOLE_CMDLINE;
	len = print_cmdline(l, start, sizeof(start));
	if (len > l->header.cmdline_max || len >= LAYOUT_CMDLINE_MAX)
		return log_err(-E2BIG, "--cmdline: %zu bytes, this kernel takes %llu; shorten it",
			       len,
			       (unsigned long long)MIN(l->header.cmdline_max,
						       (uint64_t)LAYOUT_CMDLINE_MAX - 1));
	return 0;
}

void loader_fini(struct loader *l)
{
	loader_file_close(&l->kernel);
	loader_file_close(&l->initrd);
}

/* Only a bzImage can be moved: the others have their addresses. */
static int place_kernel(struct loader *l, const struct memmap *map)
{
	const struct image_segment *s = image_misplaced(&l->image, map);
	int ret;

	if (s)
		return log_err(-ENOSPC,
			       "--kernel %s: its segment at %#llx, %llu KiB, is not in guest RAM "
			       "from 1 MiB on; raise --memory, or link it elsewhere",
			       l->kernel.path, (unsigned long long)s->gpa,
			       (unsigned long long)(s->memsz / KiB + 1));
	if (l->image.n) {
		l->kernel_gpa = image_start(&l->image);
		return 0;
	}
	ret = boot_place_kernel(&l->header, map, &l->kernel_gpa);
	if (ret)
		return log_err(ret,
			       "--kernel %s: %llu MiB in one piece are needed below 4 GiB; raise "
			       "--memory",
			       l->kernel.path, (unsigned long long)(l->header.init_size / MiB + 1));
	l->image.segment[l->image.n++] = (struct image_segment){
		.off = l->header.payload_off,
		.filesz = l->header.payload_size,
		.gpa = l->kernel_gpa,
		.memsz = l->header.init_size,
	};
	return 0;
}

int loader_place(struct loader *l, const struct memmap *map)
{
	int ret = place_kernel(l, map);

	if (ret || !l->initrd.size)
		return ret;
	ret = boot_place_initrd(&l->header, map, l->kernel_gpa, l->initrd.size, &l->initrd_gpa);
	if (ret)
		return log_err(ret,
			       "--initrd %s: its %llu MiB do not fit beside the kernel; raise "
			       "--memory",
			       l->initrd.path, (unsigned long long)(l->initrd.size / MiB + 1));
	return 0;
}

static int load_part(struct mem *mem, const struct loader_file *f, uint64_t off, uint64_t gpa,
		     uint64_t len)
{
	void *p = mem_at(mem, gpa, len);

	if (!p)
		return log_err(-EFAULT, "--%s %s: no guest memory at %#llx", f->option, f->path,
			       (unsigned long long)gpa);
	return loader_file_read(f, off, p, len);
}

int loader_load(struct loader *l, struct mem *mem, const struct memmap *map, uint64_t rsdp_gpa)
{
	const struct boot_info info = {
		.map = map,
		.kernel_gpa = l->kernel_gpa,
		.initrd_gpa = l->initrd_gpa,
		.initrd_size = l->initrd.size,
		.cmdline_gpa = LAYOUT_CMDLINE,
		.setup_data_gpa = LAYOUT_SETUP_DATA,
		.rsdp_gpa = rsdp_gpa,
	};
	char *cmdline = mem_at(mem, LAYOUT_CMDLINE, LAYOUT_CMDLINE_MAX);
	int ret = cmdline ? 0 : no_low_memory();

	for (unsigned i = 0; i < l->image.n && !ret; i++) {
		const struct image_segment *s = &l->image.segment[i];

		if (s->filesz)
			ret = load_part(mem, &l->kernel, s->off, s->gpa, s->filesz);
	}
	if (!ret && l->initrd.size)
		ret = load_part(mem, &l->initrd, 0, l->initrd_gpa, l->initrd.size);
	if (!ret)
		ret = l->format->write(l, mem, &info);
	if (ret)
		return ret;
	print_cmdline(l, cmdline, LAYOUT_CMDLINE_MAX);
	log_info("--kernel %s: %s%s", l->kernel.path, l->what,
		 strcmp(l->kernel.path, LOADER_STDIN)
			 ? ""
			 : "; it was standard input, so the serial port has none");
	return 0;
}

int loader_dtb(const struct loader *l, const struct memmap *map, void *buf)
{
	return l->format->write == write_bzimage ? build_dtb(l, map, NULL, 0, buf) : -ENOENT;
}

void loader_entry(const struct loader *l, struct cpu_entry *e)
{
	l->format->entry(l, e);
}
