// SPDX-License-Identifier: BSD-2-Clause
/*
 * image.c - segments of a kernel: no byte beyond its file, none twice, all in RAM.
 * Knows no format. Every number may be hostile: sums are compared as differences.
 */
#include <errno.h>

#include "image.h"
#include "layout.h"
#include "memmap.h"
#include "util.h"

int image_add(struct image *i, const struct image_segment *s, uint64_t file_size, const char **why)
{
	unsigned at = i->n;

	*why = NULL;
	if (!s->memsz && !s->filesz)
		return 0;
	if (s->off > file_size || s->filesz > file_size - s->off)
		*why = "truncated: a segment reaches beyond the end of the file; copy it again";
	else if (s->filesz > s->memsz)
		*why = "its header is damaged: a segment is larger in the file than in memory; "
		       "build it again";
	else if (s->gpa >= LAYOUT_4GIB || s->memsz > LAYOUT_4GIB - s->gpa)
		*why = "a segment reaches beyond 4 GiB of guest memory; link it lower";
	else if (i->n == IMAGE_SEGMENTS_MAX)
		*why = "more than 64 segments; link it with fewer";
	if (*why)
		return -ENOEXEC;
	while (at > 0 && i->segment[at - 1].gpa > s->gpa)
		at--;
	if ((at > 0 && i->segment[at - 1].memsz > s->gpa - i->segment[at - 1].gpa) ||
	    (at < i->n && s->memsz > i->segment[at].gpa - s->gpa)) {
		*why = "two of its segments overlap in memory; link it again";
		return -ENOEXEC;
	}
	memmove(&i->segment[at + 1], &i->segment[at], (i->n - at) * sizeof(*s));
	i->segment[at] = *s;
	i->n++;
	return 0;
}

int image_set_entry(struct image *i, uint64_t entry, const char **why)
{
	*why = NULL;
	for (unsigned n = 0; n < i->n; n++) {
		const struct image_segment *s = &i->segment[n];

		if (entry < s->gpa || entry - s->gpa >= s->memsz)
			continue;
		i->entry = (uint32_t)entry;
		return 0;
	}
	*why = i->n ? "its entry lies outside of every segment; link it again"
		    : "it has no segment to load; give a linked kernel";
	return -ENOEXEC;
}

const struct image_segment *image_misplaced(const struct image *i, const struct memmap *map)
{
	for (unsigned n = 0; n < i->n; n++) {
		const struct image_segment *s = &i->segment[n];
		const struct mem_range *r = memmap_at(map, s->gpa);

		if (!r || r->type != MEM_RAM || s->gpa < LAYOUT_HIGH_MEMORY ||
		    s->memsz > r->size - (s->gpa - r->gpa))
			return s;
	}
	return NULL;
}
