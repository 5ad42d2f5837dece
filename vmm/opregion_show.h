/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opregion_show.h - an OpRegion for people and programs: header, mailboxes, and the VBT in it.
 * Pure; the bytes are hostile, and what is written is bounded whatever they say.
 */
#ifndef IGDVM_OPREGION_SHOW_H
#define IGDVM_OPREGION_SHOW_H

#include "emit.h"
#include "vbt.h"

enum opregion_rvda {
	RVDA_ABSENT,   /* RVDA or RVDS is 0 */
	RVDA_IGNORED,  /* set, but drivers do not look: version 1, or no mailbox 3 */
	RVDA_ABSOLUTE, /* a host address (2.0): what is there is not in these bytes */
	RVDA_RELATIVE, /* to the OpRegion's start, and in these bytes */
	RVDA_OUTSIDE,  /* relative, but these bytes end before it does */
};

/* Where a driver finds the VBT: Linux intel_opregion.c, intel_opregion_setup(). */
struct opregion_vbt {
	enum opregion_rvda rvda;
	uint32_t offset; /* of the VBT that is used; 0: there is none */
	struct vbt vbt;
	struct vbt_fault extended; /* why the VBT at RVDA is not taken */
	struct vbt_fault mailbox;  /* why the one in mailbox 4 is not; from its start */
};

/* len is at least OPREGION_SIZE. False: there is no VBT. */
bool opregion_find_vbt(const uint8_t *bytes, size_t len, struct opregion_vbt *where);

enum opregion_kind { OPREGION_IS_IMAGE, OPREGION_IS_VBT };

/*
 * What the bytes are: an OpRegion, complete up to its mailboxes, or a bare VBT that drivers would
 * take. An opregion_kind, or -EINVAL and in *f why they are neither.
 */
int opregion_identify(const uint8_t *bytes, size_t len, struct vbt_fault *f);

/* Either of them. What is malformed inside becomes problems of e. 0; -EINVAL: neither. */
int opregion_show(struct emit *e, const uint8_t *bytes, size_t len);

#endif
