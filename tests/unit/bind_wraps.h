/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_wraps.h - what goes to the kernel of bind_rig.h instead of the machine's. For a test_X.c: other
 * rigs have wraps of these names, too.
 */
#ifndef IGDVM_BIND_WRAPS_H
#define IGDVM_BIND_WRAPS_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/types.h>

#include "bind_rig.h"

int __wrap_sysfs_write(const char *path, const char *text);
int __wrap_fsync(int fd);
int __real_fsync(int fd);
int __wrap_rename(const char *from, const char *to);
int __real_rename(const char *from, const char *to);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_usleep(useconds_t us);

int __wrap_sysfs_write(const char *path, const char *text)
{
	return rig_write(path, text);
}

int __wrap_fsync(int fd)
{
	int ret = rig_event("fsync");

	errno = -ret;
	return ret ? -1 : __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
	int ret = rig_event("rename");

	errno = -ret;
	return ret ? -1 : __real_rename(from, to);
}

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (!rig_is_busy(path, flags))
		return __real_open(path, flags, mode);
	errno = EBUSY;
	return -1;
}

int __wrap_usleep(useconds_t us)
{
	bind_rig.slept_us += us;
	if (bind_rig.busy_us && bind_rig.slept_us >= bind_rig.busy_us)
		bind_rig.busy = NULL;
	return 0;
}

#endif
