// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whatever the kernel answers to open() and mmap(), the user is told what to do about it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "devmem.h"
#include "fake_vfio.h"
#include "test.h"
#include "util.h"

#define MODULE "/dev/igd-opregion-0000:00:02.0"

/* The host of the wrapped functions. */
static struct {
	int open_err, map_err;
	bool loaded;	      /* the module igd_opregion */
	const char *lockdown; /* text of the file, or NULL */
	int flags;	      /* of open() */
	int prot, map_flags;
} host;

int __wrap_open(const char *path, int flags, ...);
int __wrap_access(const char *path, int mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__real_fopen(const char *path, const char *mode);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);

int __wrap_open(const char *path, int flags, ...)
{
	assert_true(!strcmp(path, MODULE) || !strcmp(path, DEVMEM_PATH));
	host.flags = flags;
	errno = -host.open_err;
	return host.open_err ? -1 : memfd_create("devmem", MFD_CLOEXEC);
}

int __wrap_access(const char *path, int mode)
{
	(void)mode;
	assert_string_equal(path, "/sys/module/igd_opregion");
	return host.loaded ? 0 : -1;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (strcmp(path, "/sys/kernel/security/lockdown"))
		return __real_fopen(path, mode);
	return host.lockdown
		       ? fmemopen((char *)(uintptr_t)host.lockdown, strlen(host.lockdown), "r")
		       : NULL;
}

void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
	if (fd < 0)
		return __real_mmap(at, len, prot, flags, fd, off);
	host.prot = prot;
	host.map_flags = flags;
	errno = -host.map_err;
	return host.map_err ? MAP_FAILED : __real_mmap(at, len, prot, flags, fd, off);
}

static void says_what_to_do(void **state)
{
	static const struct {
		const char *path;
		int open_err, map_err;
		bool loaded;
		const char *lockdown;
		const char *cause, *remedy;
	} t[] = {
		{ MODULE, -ENOENT, 0, false, NULL, "does not exist",
		  "load the module igd_opregion" },
		{ MODULE, -ENOENT, 0, true, NULL, "shows nothing of this GPU", "dmesg | grep" },
		{ MODULE, -EACCES, 0, true, NULL, "Permission denied", "udev rule" },
		{ MODULE, -EPERM, 0, true, NULL, "Operation not permitted", "run as root" },
		{ MODULE, -EBUSY, 0, true, NULL, MODULE, "Device or resource busy" },
		{ MODULE, 0, -EINVAL, true, NULL, "does not map page 0x3000", "anew" },
		{ DEVMEM_PATH, -ENOENT, 0, false, NULL, "does not exist", "CONFIG_DEVMEM" },
		{ DEVMEM_PATH, -EACCES, 0, false, NULL, "Permission denied", "CAP_SYS_RAWIO" },
		{ DEVMEM_PATH, -EPERM, 0, false, "[none] integrity confidentiality\n",
		  "Operation not permitted", "run as root" },
		{ DEVMEM_PATH, -EPERM, 0, false, "none [integrity] confidentiality\n",
		  "kernel lockdown", "igd_opregion, or boot the host with lockdown=none" },
		{ DEVMEM_PATH, -EPERM, 0, false, "none integrity [confidentiality]\n",
		  "kernel lockdown", "lockdown=none" },
		{ DEVMEM_PATH, -EPERM, 0, false, "", "Operation not permitted", "run as root" },
		{ DEVMEM_PATH, 0, -EPERM, false, NULL, "refuses page 0x3000", "iomem=relaxed" },
		{ DEVMEM_PATH, 0, -EINVAL, false, NULL, "ACPI NVS",
		  "load the module igd_opregion" },
		{ DEVMEM_PATH, 0, -EPERM, false, "none [integrity] confidentiality\n",
		  "kernel lockdown", "lockdown=none" },
		{ DEVMEM_PATH, 0, -EAGAIN, false, NULL, "0x3000", "temporarily unavailable" },
	};
	unsigned fds = fake_open_fds();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		char why[DEVMEM_WHY] = "";
		struct devmem m;
		int ret;
		void *at = __real_mmap(NULL, 0x2000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		host.open_err = t[i].open_err;
		host.map_err = t[i].map_err;
		host.loaded = t[i].loaded;
		host.lockdown = t[i].lockdown;
		ret = devmem_open(&m, t[i].path, why);
		assert_int_equal(ret, t[i].open_err);
		if (!ret)
			assert_int_equal(devmem_map(&m, at, 0x3000, 0x1000, why), t[i].map_err);
		if (!strstr(why, t[i].path) || !strstr(why, t[i].cause) ||
		    !strstr(why, t[i].remedy))
			fail_msg("row %zu: %s", i, why);
		devmem_close(&m);
		devmem_close(&m);
		munmap(at, 0x2000);
		assert_int_equal(fake_open_fds(), fds);
	}
}

/* Shared and writable; not O_SYNC, which would ask for another cache type than vfio's mapping has. */
static void maps_over_what_is_there(void **state)
{
	char why[DEVMEM_WHY] = "";
	char *at = __real_mmap(NULL, 0x3000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
	struct devmem m;
	uint8_t byte;
	int fd;

	(void)state;
	memset(&host, 0, sizeof(host));
	assert_int_equal(devmem_open(&m, MODULE, why), 0);
	assert_int_equal(host.flags, O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(m.fd, 0x8000), 0);
	fd = dup(m.fd);
	at[0] = at[0x2000] = 1;
	assert_int_equal(devmem_map(&m, at + 0x1000, 0x5000, 0x1000, why), 0);
	assert_int_equal(host.prot, PROT_READ | PROT_WRITE);
	assert_int_equal(host.map_flags, MAP_SHARED | MAP_FIXED);
	devmem_close(&m);
	at[0x1010] = 0x5a;
	assert_int_equal(pread(fd, &byte, 1, 0x5010), 1);
	assert_int_equal(byte, 0x5a);
	assert_int_equal(at[0] & at[0x2000], 1);
	close(fd);
	munmap(at, 0x3000);
	assert_string_equal(why, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_to_do),
		cmocka_unit_test(maps_over_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
