/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader_file.h - a file that an option names: regular, or what standard input has.
 */
#ifndef IGDVM_LOADER_FILE_H
#define IGDVM_LOADER_FILE_H

#include <stddef.h>
#include <stdint.h>

/* What standard input may have. */
#define LOADER_SPOOL_MAX (1ULL << 30)

struct loader_file {
	const char *option, *path; /* path NULL: nothing is open */
	int fd;
	uint64_t size; /* bytes, > 0 */
};

/* Open a regular file that has bytes. 0 or logged -errno. */
int loader_file_open(struct loader_file *f, const char *option, const char *path);

/*
 * Read standard input to its end, into memory that goes with the file. 0; or logged -errno: a
 * terminal, nothing, more than LOADER_SPOOL_MAX.
 */
int loader_file_spool(struct loader_file *f, const char *option, const char *path);

/* Exactly len bytes from off on. 0 or logged -errno; -EIO when the file has become shorter. */
int loader_file_read(const struct loader_file *f, uint64_t off, void *buf, uint64_t len);

/* Takes a zeroed one, and one that was closed. */
void loader_file_close(struct loader_file *f);

#endif
