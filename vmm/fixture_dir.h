/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fixture_dir.h - a directory that is written whole or not at all.
 * Knows files; must not know what is in them.
 */
#ifndef IGDVM_FIXTURE_DIR_H
#define IGDVM_FIXTURE_DIR_H

#include <stdbool.h>
#include <stddef.h>

#define FIXTURE_NAMES_MAX 32
#define FIXTURE_NAME_MAX  24

struct fixture_dir {
	const char *path;
	int fd;	      /* -1: not open */
	bool created; /* by us: to be removed again on failure */
	char made[FIXTURE_NAMES_MAX][FIXTURE_NAME_MAX];
	unsigned n;
};

/* Create path, or take it if it is an empty directory. 0 or logged -errno. */
int fixture_dir_create(struct fixture_dir *d, const char *path);
/* Each 0 or logged -errno; names that are there already are not touched (-EEXIST). */
int fixture_dir_write(struct fixture_dir *d, const char *name, const void *data, size_t len);
int fixture_dir_link(struct fixture_dir *d, const char *name, const char *target);
/* Remove all that was written, and the directory if it was not there before. */
void fixture_dir_undo(struct fixture_dir *d);
/* Takes one that was never created, if fd is -1. */
void fixture_dir_close(struct fixture_dir *d);

#endif
