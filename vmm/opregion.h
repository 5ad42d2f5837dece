/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opregion.h - the bytes of an Intel IGD OpRegion.
 *
 * Pure: validates and sizes what others read. Layout: Intel "IGD OpRegion/Software SCI" specification
 * 0.5, extended VBT from 2.0/2.1 on; cross-checked with Linux drivers/gpu/drm/i915/display/
 * intel_opregion.c and drivers/vfio/pci/vfio_pci_igd.c.
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

struct opregion_info {
	uint32_t size; /* bytes the header claims */
	uint8_t major, minor;
	uint32_t mailboxes; /* MBOX bits */
	uint64_t rvda; /* extended VBT: absolute in 2.0, relative to the OpRegion from 2.1 on */
	uint32_t rvds; /* its bytes; 0: the VBT is in mailbox 4 */
};

/* 0; -EINVAL: shorter than OPREGION_SIZE; -ENOMSG: no signature; -EBADMSG: a size of 0. */
int opregion_parse(const void *bytes, size_t len, struct opregion_info *info);

/* True when the driver would follow RVDA (version 2.0 on, mailbox 3 there, both fields set). */
bool opregion_extended_vbt(const struct opregion_info *info);

/*
 * Bytes from the OpRegion's start that must be mapped for the guest to see all of it in place.
 * -EOPNOTSUPP: the extended VBT is given by an absolute host address, or lies where mapping it at
 * the same distance would show the guest unrelated memory; then only a copy will do.
 */
int64_t opregion_live_size(const struct opregion_info *info);

/*
 * Make a copy of len bytes safe to show: an RVDA that does not point inside the copy (a host
 * address, say) is cleared together with RVDS. True when something was cleared.
 */
bool opregion_seal(void *bytes, size_t len);

#endif
