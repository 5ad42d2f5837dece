/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opregion.h - the bytes of an Intel IGD OpRegion.
 *
 * Pure: validates, sizes and rewrites what others read. Layout: Intel "IGD OpRegion/Software SCI"
 * specification 0.5, extended VBT from 2.0/2.1 on; cross-checked with Linux
 * drivers/gpu/drm/i915/display/intel_opregion.c and drivers/vfio/pci/vfio_pci_igd.c.
 */
#ifndef IGDVM_OPREGION_H
#define IGDVM_OPREGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPREGION_SIGNATURE     "IntelGraphicsMem"
#define OPREGION_SIGNATURE_LEN 16
#define OPREGION_SIZE	       0x2000	  /* bytes that drivers map, whatever the header says */
#define OPREGION_VBT_MAX       (1u << 20) /* a larger extended VBT is a corrupt header */
#define OPREGION_VBT_REACH     (1u << 20) /* live: farthest start of an extended VBT */
#define OPREGION_VBT_INSIDE    0x1800	  /* bytes that mailbox 4 has for a VBT */
#define OPREGION_SWSCI	       0x2	  /* MBOX bit: mailbox 2, calls into firmware */

struct opregion_info {
	uint32_t size; /* bytes the header claims */
	uint8_t major, minor;
	uint32_t mailboxes; /* MBOX bits */
	uint64_t rvda; /* extended VBT: absolute in 2.0, relative to the OpRegion from 2.1 on */
	uint32_t rvds; /* its bytes; 0: the VBT is in mailbox 4 */
};

/* 0; -EINVAL: shorter than OPREGION_SIZE; -ENOMSG: no signature; -EBADMSG: a size of 0. */
int opregion_parse(const void *bytes, size_t len, struct opregion_info *info);

/*
 * True when two OpRegions (OPREGION_SIZE bytes each) have the same header, as firmware writes it
 * once. VFIO may present version 2.0 as 2.1: the version is not compared.
 */
bool opregion_same(const void *a, const void *b);

/* True when the driver would follow RVDA (version 2.0 on, mailbox 3 there, both fields set). */
bool opregion_extended_vbt(const struct opregion_info *info);
/* True when RVDA counts from the OpRegion's start, false when it is a host address. */
bool opregion_relative(const struct opregion_info *info);

/*
 * Pages to map for a guest that shall see the host's OpRegion in place, counted from the page in
 * which it begins: the OpRegion's own, nothing, then those of an extended VBT.
 */
struct opregion_layout {
	uint64_t body;	    /* bytes of the OpRegion's pages, from 0 */
	uint64_t vbt;	    /* where pages begin that only the VBT has; size when there are none */
	uint64_t vbt_start; /* the VBT's first byte; 0: no extended VBT */
	uint64_t size;	    /* all of it */
};

/*
 * page_offset: of the OpRegion in its first page. -EOPNOTSUPP: the extended VBT is given by host
 * address, lies before the OpRegion's end or farther than OPREGION_VBT_REACH, or is too large.
 */
int opregion_layout(const struct opregion_info *info, uint32_t page_offset,
		    struct opregion_layout *l);

/*
 * Make OPREGION_SIZE bytes a copy's: size 8 KiB, no host address. vbt_len: bytes of an extended VBT
 * that stand right behind, 0 for none: then RVDA and RVDS are cleared. Without keep_swsci mailbox 2
 * is said not to be there and zeroed: no firmware would answer.
 */
void opregion_seal(void *bytes, uint32_t vbt_len, bool keep_swsci);

/* 0; -ENOMSG: no VBT; -EBADMSG: its header points outside of len bytes. */
int opregion_vbt_check(const void *vbt, size_t len);
/* An OpRegion of OPREGION_SIZE bytes that has nothing but a place for a VBT. */
void opregion_make(void *bytes);
/*
 * Put a VBT (at most OPREGION_VBT_MAX) into an OpRegion, in place of the one it has: into mailbox 4
 * if it fits there, else behind, for which bytes has room. Returns opregion_seal()'s vbt_len.
 */
uint32_t opregion_put_vbt(void *bytes, const void *vbt, size_t len);

#endif
