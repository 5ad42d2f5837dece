/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_file.h - small, bounded reads of files that may hold anything. Silent: the caller knows what
 * a missing one means.
 */
#ifndef IGDVM_DOCTOR_FILE_H
#define IGDVM_DOCTOR_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct doctor;

/* A path below the host's root, or of an attribute of the device; too long: one that is nowhere. */
struct doctor_path {
	char s[PATH_MAX];
};
__attribute__((format(printf, 2, 3))) struct doctor_path doctor_path(const struct doctor *d,
								     const char *fmt, ...);
struct doctor_path doctor_attr(const struct doctor *d, const char *attr);

/* The beginning of a regular file, as text that ends in 0. Bytes, or -errno. */
int doctor_text(struct doctor_path path, char *buf, size_t size);
/* Its first line without the end. 0, -ENODATA for an empty one, or -errno. */
int doctor_line(struct doctor_path path, char *buf, size_t size);
/* Its first line as a number to base (0: as in C), nothing behind it. 0 or -errno. */
int doctor_number(struct doctor_path path, int base, uint64_t *out);
/* All of a file, gzipped or not, but at most 1 MiB, for free(); NULL: it cannot be read. */
char *doctor_slurp(struct doctor_path path);
/* Last component of a link's target. 0 or -errno. */
int doctor_link(struct doctor_path path, char *buf, size_t size);

bool doctor_exists(struct doctor_path path);
/* Whether this user may open it for reading and writing, without opening it. 0 or -errno. */
int doctor_may_open(struct doctor_path path);

/* Names in a directory, sorted; for doctor_names_free(). None: it is empty, or absent. */
struct doctor_names {
	char **name;
	size_t n;
};
struct doctor_names doctor_list(struct doctor_path path);
void doctor_names_free(struct doctor_names *names);

#endif
