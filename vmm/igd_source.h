/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_source.h - the host's own OpRegion: where its pages can be had; used by igd_opregion.c only.
 */
#ifndef IGDVM_IGD_SOURCE_H
#define IGDVM_IGD_SOURCE_H

#include <stdbool.h>

#include "devmem.h"
#include "igd.h"

/* In the order in which they are tried. */
enum igd_source_kind {
	IGD_SOURCE_MODULE,   /* the kernel module igd_opregion's device of this GPU */
	IGD_SOURCE_DEVMEM,   /* /dev/mem at the address in the hardware's ASLS */
	IGD_SOURCE_RECORDED, /* bytes of a fixture, instead of all others */
	IGD_SOURCES
};

struct igd_source {
	enum igd_source_kind kind;
	struct devmem file;
	uint64_t first;	      /* offset in the file of the page in which the OpRegion begins */
	uint32_t page_offset; /* of the OpRegion in that page */
	uint32_t vbt_page_offset, vbt_size; /* what the module says of the extended VBT */
	char why[DEVMEM_WHY];		    /* why the last call failed, one line */
};

/* True for the sources that this GPU's OpRegion could come from. */
bool igd_source_applies(const struct igd *g, enum igd_source_kind kind);

/* Nothing here is logged; on failure s->why has cause and remedy, and the source may be closed. */
int igd_source_open(struct igd_source *s, const struct igd *g, enum igd_source_kind kind);
void igd_source_close(struct igd_source *s);

/* The OpRegion's first OPREGION_SIZE bytes, which must be one's. 0 or -errno. */
int igd_source_head(struct igd_source *s, void *head, struct opregion_info *info);
/* The extended VBT's info->rvds (at most OPREGION_VBT_MAX) bytes, which must be one's. */
int igd_source_vbt(struct igd_source *s, const struct opregion_info *info, void *vbt);
/*
 * Map the host's pages as l says, with private zero pages between them, into l->size bytes that
 * igd_pages_free() takes back. The extended VBT must be one. 0 with *pages, or -errno.
 */
int igd_source_live(struct igd_source *s, const struct opregion_info *info,
		    const struct opregion_layout *l, void **pages);

/* len bytes of private zero pages, or NULL with errno set. */
void *igd_pages_new(size_t len);
void igd_pages_free(void *pages, size_t len);

#endif
