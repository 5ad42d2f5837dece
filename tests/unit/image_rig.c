// SPDX-License-Identifier: BSD-2-Clause
/*
 * image_rig.c - mutated kernel images, see image_rig.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image_rig.h"
#include "layout.h"
#include "test.h"

#define NOISE_ROUNDS 20000

static int read_image(void *ctx, uint64_t off, void *buf, size_t len)
{
	struct image_rig *rig = ctx;

	if (++rig->reads == rig->fail_at)
		return -EIO;
	if (off > rig->size || len > rig->size - off) {
		rig->out_of_range = true;
		return -EIO;
	}
	memcpy(buf, rig->bytes + off, len);
	return 0;
}

struct elf_file image_rig_init(struct image_rig *rig, const uint8_t *image, size_t size)
{
	*rig = (struct image_rig){ .bytes = malloc(size ? size : 1), .size = size };
	assert_non_null(rig->bytes);
	memcpy(rig->bytes, image, size);
	return (struct elf_file){ size, read_image, rig };
}

void image_rig_fini(struct image_rig *rig)
{
	assert_false(rig->out_of_range);
	free(rig->bytes);
}

void image_rig_judge(const struct image *i, uint64_t file_size)
{
	uint64_t end = 0;
	bool entry = false;

	assert_in_range(i->n, 1, IMAGE_SEGMENTS_MAX);
	for (unsigned n = 0; n < i->n; n++) {
		const struct image_segment *s = &i->segment[n];

		assert_true(s->off <= file_size && s->filesz <= file_size - s->off);
		assert_true(s->memsz > 0 && s->filesz <= s->memsz);
		assert_true(s->gpa >= end);
		end = s->gpa + s->memsz;
		assert_true(end > s->gpa && end <= LAYOUT_4GIB);
		entry |= i->entry >= s->gpa && i->entry < end;
	}
	assert_true(entry);
}

void image_rig_mutate(const uint8_t *image, size_t size,
		      void (*judge)(const uint8_t *image, size_t size))
{
	uint8_t *copy = malloc(size);
	uint64_t seed = 88172645463325252;

	assert_non_null(copy);
	for (size_t at = 0; at < size; at++) {
		memcpy(copy, image, size);
		for (unsigned value = 0; value < 256; value++) {
			copy[at] = (uint8_t)value;
			judge(copy, size);
		}
	}
	for (size_t shorter = 0; shorter < size; shorter++)
		judge(image, shorter);
	for (unsigned round = 0; round < NOISE_ROUNDS; round++) {
		memcpy(copy, image, size);
		for (unsigned i = 0; i < 5; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			copy[seed % size] = (uint8_t)(seed >> 32);
		}
		judge(copy, size - (seed >> 40) % (size / 8));
	}
	free(copy);
}
