/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd_trouble.h - all that may be the matter with a host's OpRegion, on top of igd_rig.h; and files
 * that stand in for one.
 */
#ifndef IGDVM_IGD_TROUBLE_H
#define IGDVM_IGD_TROUBLE_H

#include "igd_rig.h"

/* What is wrong with the host, or special. */
enum trouble {
	NONE,
	VERSION_1,
	VERSION_3,
	UNALIGNED, /* ASLS is not at a page's start */
	ASLS_ZERO, /* in sysfs, which is the hardware */
	ASLS_ONES,
	NO_REGION,     /* VFIO has none */
	NO_REGION_BAD, /* and the bytes at ASLS are no OpRegion */
	NO_REGION_ABSOLUTE,
	NO_REGION_RELATIVE,
	BAD_SIGNATURE,
	SIZE_ZERO,
	SIZE_4K,	/* and VFIO's region is no larger */
	SIZE_16K,	/* and VFIO's region would read beyond what there is */
	EMPTY_REGION,	/* as good as none */
	DIFFERS,	/* another OpRegion in host memory than VFIO shows */
	ABSOLUTE,	/* 2.0, extended VBT by host address */
	ABSOLUTE_RAW,	/* the same, and VFIO shows it as it is */
	RELATIVE,	/* 2.1, extended VBT right behind */
	RELATIVE_RAW,	/* the same, and VFIO does not have the VBT */
	RELATIVE_MOVED, /* the same, with an unaligned ASLS */
	GAP,		/* 2.1, extended VBT some pages later, not at a page's start */
	FAR,		/* 2.1, extended VBT somewhere else */
	NOT_A_VBT,	/* there is something else where RVDA points */
	NOT_A_VBT_RAW,	/* and VFIO does not have it */
	GROWN,		/* RELATIVE_RAW, and by now RVDS is more than VFIO showed */
	CUT,		/* 2.1, and what can be mapped ends inside the VBT */
	HUGE_VBT,	/* 2.1, more than any VBT has */
	TROUBLES
};

#define GAP_RVDA 0x5800
#define CUT_SIZE 0x1c000

/* Make the host's OpRegion like that, from whatever it was. */
void igd_spoil(struct igd_rig *rig, enum trouble what);

/* By which way the host's pages can be had. */
enum source { MEM, MODULE, BOTH, NEITHER, SOURCES };
void igd_set_source(struct igd_rig *rig, enum source s);

/* Tear down and set up. */
void igd_fresh(struct igd_rig **rig);
/* igd_rig_start() that must succeed. */
void igd_start(struct igd_rig *rig, enum trouble trouble, enum opregion_policy policy);
/* len bytes of the guest's OpRegion, which must be in memory. */
uint8_t *igd_guests(struct igd_rig *rig, uint64_t len);
/* No byte of a copy may point into the host. */
void igd_scan(const uint8_t *guest, size_t len);

/*
 * For cmocka, as a group's: files that a user may name. plain, old (1.0), extended (behind, 2.1), gap
 * (farther behind), cut (a byte is missing), raw (2.0, a host address); short, large, alien, empty,
 * dir, fifo; vbt (fits into mailbox 4), vbt-large, vbt-most, vbt-more, vbt-bad.
 */
int igd_files_make(void **state);
int igd_files_remove(void **state);
/* Path of one; static storage for two. */
const char *igd_file(const char *name);

#endif
