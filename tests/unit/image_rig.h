/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image_rig.h - kernels made in memory, one byte of them wrong, or the end missing.
 *
 * An image is copied to an allocation of exactly its size, so that the sanitizer sees a read beyond
 * it, and read through struct elf_file, which sees a request beyond it.
 */
#ifndef IGDVM_IMAGE_RIG_H
#define IGDVM_IMAGE_RIG_H

#include "elf.h"

struct image_rig {
	uint8_t *bytes;
	size_t size;
	unsigned reads;	   /* so far */
	unsigned fail_at;  /* this read fails with -EIO, counted from 1; 0: none */
	bool out_of_range; /* a read went beyond the file */
};

/* The file, with the first size bytes of image. Call image_rig_fini() in the end. */
struct elf_file image_rig_init(struct image_rig *rig, const uint8_t *image, size_t size);
void image_rig_fini(struct image_rig *rig);

/* Segments within a file of file_size bytes and 4 GiB, ascending, apart; the entry in one. */
void image_rig_judge(const struct image *i, uint64_t file_size);

/*
 * Call judge for the image with every byte of it in turn set to every value, for every shorter image,
 * then for 20000 in which some bytes are noise.
 */
void image_rig_mutate(const uint8_t *image, size_t size,
		      void (*judge)(const uint8_t *image, size_t size));

#endif
