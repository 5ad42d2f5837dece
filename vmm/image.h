/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image.h - what a kernel file becomes in guest memory, whatever its format: segments and an entry.
 *
 * Pure: bounds of file, addresses and plan; formats are elf.h's and multiboot.h's.
 */
#ifndef IGDVM_IMAGE_H
#define IGDVM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memmap;

/* Bytes [off, off + filesz) of the file go to gpa; up to memsz zeros follow. */
struct image_segment {
	uint64_t off, filesz;
	uint64_t gpa, memsz;
};

#define IMAGE_SEGMENTS_MAX 64
struct image {
	struct image_segment segment[IMAGE_SEGMENTS_MAX]; /* ascending gpa, no overlap, memsz > 0 */
	unsigned n;
	uint32_t entry; /* guest-physical, in 32-bit protected mode */
};

/*
 * Add a segment of a file of file_size bytes; one of memsz 0 is no segment.
 * 0; or -ENOEXEC, with the reason in *why (static text): beyond the file or 4 GiB, smaller in memory
 * than in the file, over another, or one too many.
 */
int image_add(struct image *i, const struct image_segment *s, uint64_t file_size, const char **why);

/* Set the entry. 0; or -ENOEXEC and *why when it lies in no segment, or there is none. */
int image_set_entry(struct image *i, uint64_t entry, const char **why);

/* From the first segment's start to the last one's end; n > 0. */
static inline uint64_t image_start(const struct image *i)
{
	return i->segment[0].gpa;
}

static inline uint64_t image_end(const struct image *i)
{
	return i->segment[i->n - 1].gpa + i->segment[i->n - 1].memsz;
}

/* The first segment that is not wholly in one range of RAM from 1 MiB on, or NULL. */
const struct image_segment *image_misplaced(const struct image *i, const struct memmap *map);

#endif
