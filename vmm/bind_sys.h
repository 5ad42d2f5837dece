/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bind_sys.h - the host's files as bind*.c ask for them: below a root, by pattern, and written to.
 *
 * root is "" on a host. Unit tests have a directory there with a sys, proc, dev and run of their own.
 */
#ifndef IGDVM_BIND_SYS_H
#define IGDVM_BIND_SYS_H

#include <glob.h>
#include <stdbool.h>

#include "sysfs.h"

/* A PCI function as a directory below root. bdf is canonical. */
void bind_sys_dev(struct sysfs_dev *d, const char *root, const char *bdf);

/* Name of the driver that has it, "" for none. buf holds SYSFS_NAME_MAX bytes. Returns buf. */
const char *bind_sys_driver(const struct sysfs_dev *d, char *buf);

/* First line of the file below root; "" where it cannot be read. */
void bind_sys_text(const char *root, const char *path, char *buf, size_t size);

/* Paths below root that match pattern, sorted; none is no error. globfree() is the caller's. */
void bind_sys_glob(glob_t *g, const char *root, const char *pattern);

/*
 * True when the target of a symbolic link has component `name` in it: links of /sys/class and of
 * drivers lead through every device that theirs hangs on (Linux Documentation/filesystems/sysfs.rst).
 */
bool bind_sys_passes(const char *link, const char *name);

/* Write text to the attribute that fmt names below root. 0 or logged -errno. */
int bind_sys_write(const char *root, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Have the PCI driver loaded, by the program that the kernel itself runs for that. A module has not
 * always its driver's name: alias, "" for none, is what else to ask for. 0, or logged -errno: afterwards
 * it is still not there.
 */
int bind_sys_load(const char *root, const char *driver, const char *alias);

#endif
