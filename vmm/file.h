/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.h - a file that the user named, whole. It may be anything and change under us: opened once,
 * read or written once. Logs nothing: whose file it is, the caller knows.
 */
#ifndef IGDVM_FILE_H
#define IGDVM_FILE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A regular file of at most max bytes into a new buffer, which is the caller's to free. No FIFO hangs
 * us, and no device is read. 0, or -errno: -EINVAL, it is not a regular file; -EFBIG, it is larger;
 * -ENOMEM; or what open() or read() said.
 */
int file_read(const char *path, size_t max, uint8_t **bytes, size_t *len);

/*
 * Write a regular file whole: a new one, or over one that is there. 0, or -errno: -EINVAL, it is there and
 * not a regular file; or what open() or write() said, and then no new file is left.
 */
int file_write(const char *path, const void *bytes, size_t len);

/* What is left of fd, in the same way: the size that stat tells does not count, debugfs says 0. */
int file_read_fd(int fd, size_t max, uint8_t **bytes, size_t *len);

#endif
