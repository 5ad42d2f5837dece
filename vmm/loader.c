// SPDX-License-Identifier: BSD-2-Clause
/*
 * loader.c - files into guest memory.
 * Knows open and pread; the boot protocol is boot.c's. The file may change or shrink under us.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "config.h"
#include "dtb.h"
#include "layout.h"
#include "loader.h"
#include "log.h"
#include "mem.h"
#include "memmap.h"
#include "util.h"

#define SEED_SIZE 32

/* A regular file, opened and measured. */
static int open_file(const char *option, const char *path, uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	struct stat st;

	if (fd < 0)
		return log_err(-errno, "--%s %s: %m", option, path);
	if (fstat(fd, &st)) {
		err = log_err(-errno, "--%s %s: %m", option, path);
	} else if (!S_ISREG(st.st_mode)) {
		err = log_err(-EINVAL, "--%s %s: not a regular file", option, path);
	} else if (!st.st_size) {
		err = log_err(-EINVAL, "--%s %s: the file is empty", option, path);
	} else {
		*size = (uint64_t)st.st_size;
		return fd;
	}
	close(fd);
	return err;
}

/* Exactly len bytes from off on. */
static int read_file(int fd, const char *option, const char *path, uint64_t off, void *buf,
		     uint64_t len)
{
	for (uint64_t done = 0; done < len;) {
		ssize_t n = pread(fd, (char *)buf + done, len - done, (off_t)(off + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return log_err(-errno, "--%s %s: read: %m", option, path);
		if (!n)
			return log_err(-EIO, "--%s %s: the file became shorter while it was read",
				       option, path);
		done += (uint64_t)n;
	}
	return 0;
}

static int open_kernel(struct loader *l)
{
	const char *why;
	uint64_t size;
	int ret;

	l->kernel_fd = open_file("kernel", l->kernel_path, &size);
	if (l->kernel_fd < 0)
		return l->kernel_fd;
	ret = read_file(l->kernel_fd, "kernel", l->kernel_path, 0, l->head,
			MIN(size, sizeof(l->head)));
	if (!ret && boot_parse(&l->kernel, l->head, size, &why))
		ret = log_err(-ENOEXEC, "--kernel %s: %s", l->kernel_path, why);
	return ret;
}

int loader_open(struct loader *l, const struct config *c)
{
	size_t len;
	int ret;

	*l = (struct loader){ .kernel_path = c->kernel,
			      .initrd_path = c->initrd,
			      .kernel_fd = -1,
			      .initrd_fd = -1,
			      .cmdline = c->cmdline ? c->cmdline : LOADER_DEFAULT_CMDLINE };
	ret = open_kernel(l);
	if (!ret && l->initrd_path) {
		l->initrd_fd = open_file("initrd", l->initrd_path, &l->initrd_size);
		ret = l->initrd_fd < 0 ? l->initrd_fd : 0;
	}
	if (ret)
		return ret;
	len = strlen(l->cmdline);
	if (len > l->kernel.cmdline_max || len >= LAYOUT_CMDLINE_MAX)
		return log_err(-E2BIG, "--cmdline: %zu bytes, this kernel takes %llu; shorten it",
			       len,
			       (unsigned long long)MIN(l->kernel.cmdline_max,
						       (uint64_t)LAYOUT_CMDLINE_MAX - 1));
	return 0;
}

void loader_fini(struct loader *l)
{
	if (!l->kernel_path)
		return;
	close_fd(&l->kernel_fd);
	close_fd(&l->initrd_fd);
}

int loader_place(struct loader *l, const struct memmap *map)
{
	int ret = boot_place_kernel(&l->kernel, map, &l->kernel_gpa);

	if (ret)
		return log_err(ret,
			       "--kernel %s: %llu MiB in one piece are needed below 4 GiB; raise "
			       "--memory",
			       l->kernel_path, (unsigned long long)(l->kernel.init_size / MiB + 1));
	if (!l->initrd_size)
		return 0;
	ret = boot_place_initrd(&l->kernel, map, l->kernel_gpa, l->initrd_size, &l->initrd_gpa);
	if (ret)
		return log_err(ret,
			       "--initrd %s: its %llu MiB do not fit beside the kernel; raise "
			       "--memory",
			       l->initrd_path, (unsigned long long)(l->initrd_size / MiB + 1));
	return 0;
}

static int load_file(struct mem *mem, int fd, const char *option, const char *path, uint64_t off,
		     uint64_t gpa, uint64_t len)
{
	void *p = mem_at(mem, gpa, len);

	if (!p)
		return log_err(-EFAULT, "--%s %s: no guest memory at %#llx", option, path,
			       (unsigned long long)gpa);
	return read_file(fd, option, path, off, p, len);
}

/* RNG seed and device tree, as setup_data. Bytes used or logged -errno. */
static int write_setup_data(struct loader *l, struct mem *mem, const struct memmap *map)
{
	void *place = mem_at(mem, LAYOUT_SETUP_DATA, LAYOUT_SETUP_DATA_MAX);
	uint8_t seed[2 * SEED_SIZE]; /* the kernel's, then the device tree's */
	struct dtb_info info = {
		.map = map,
		.cmdline = l->cmdline,
		.initrd_gpa = l->initrd_gpa,
		.initrd_size = l->initrd_size,
		.rng_seed = seed + SEED_SIZE,
		.rng_seed_len = SEED_SIZE,
	};
	void *dtb = malloc(LAYOUT_SETUP_DATA_MAX);
	int ret = -ENOMEM;

	if (dtb && place && getrandom(seed, sizeof(seed), 0) == sizeof(seed))
		ret = dtb_build(&info, dtb, LAYOUT_SETUP_DATA_MAX);
	if (ret > 0)
		ret = boot_setup_data(place, LAYOUT_SETUP_DATA_MAX, LAYOUT_SETUP_DATA, seed,
				      SEED_SIZE, dtb, (size_t)ret);
	free(dtb);
	return ret < 0 ? log_err(ret, "device tree and seed for the guest: %m") : ret;
}

static int write_boot_data(struct loader *l, struct mem *mem, const struct memmap *map,
			   uint64_t rsdp_gpa)
{
	const struct boot_info info = {
		.map = map,
		.kernel_gpa = l->kernel_gpa,
		.initrd_gpa = l->initrd_gpa,
		.initrd_size = l->initrd_size,
		.cmdline_gpa = LAYOUT_CMDLINE,
		.setup_data_gpa = LAYOUT_SETUP_DATA,
		.rsdp_gpa = rsdp_gpa,
	};
	void *params = mem_at(mem, LAYOUT_BOOT_PARAMS, BOOT_PARAMS_SIZE);
	void *tables = mem_at(mem, LAYOUT_BOOT_PML4, BOOT_TABLES_SIZE);
	void *gdt = mem_at(mem, LAYOUT_BOOT_GDT, BOOT_GDT_SIZE);
	void *cmdline = mem_at(mem, LAYOUT_CMDLINE, LAYOUT_CMDLINE_MAX);
	int ret;

	if (!params || !tables || !gdt || !cmdline)
		return log_err(-EFAULT, "boot data: no guest memory below 640 KiB");
	strcpy(cmdline, l->cmdline); /* its length was checked by loader_open() */
	boot_page_tables(tables, LAYOUT_BOOT_PML4);
	boot_gdt(gdt);
	ret = boot_params(params, l->head, &info);
	return ret ? log_err(ret, "e820: %m") : 0;
}

int loader_load(struct loader *l, struct mem *mem, const struct memmap *map, uint64_t rsdp_gpa)
{
	int ret = load_file(mem, l->kernel_fd, "kernel", l->kernel_path, l->kernel.payload_off,
			    l->kernel_gpa, l->kernel.payload_size);

	if (!ret && l->initrd_size)
		ret = load_file(mem, l->initrd_fd, "initrd", l->initrd_path, 0, l->initrd_gpa,
				l->initrd_size);
	if (!ret)
		ret = write_setup_data(l, mem, map);
	if (ret >= 0)
		ret = write_boot_data(l, mem, map, rsdp_gpa);
	return ret;
}
