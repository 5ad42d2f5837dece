/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dtb.h - the plan as a flattened device tree, handed to the guest as setup_data.
 *
 * Pure. (Not called fdt.h: libfdt owns that name.) x86 Linux takes hardware from ACPI; the tree is
 * for guests without ACPI and for the contract: a reserved-memory node for each reserved range.
 * Sources: Devicetree Specification 0.4; Linux Documentation/devicetree/bindings/reserved-memory.
 */
#ifndef IGDVM_DTB_H
#define IGDVM_DTB_H

#include <stddef.h>
#include <stdint.h>

struct memmap;

struct dtb_info {
	const struct memmap *map;
	const char *cmdline;
	uint64_t initrd_gpa, initrd_size; /* size 0: no initrd */
	/*
	 * Optional, length 0 for none. Not the seed of setup_data's RNG entry: x86 Linux with
	 * CONFIG_OF leaves the tree readable to every user.
	 */
	const uint8_t *rng_seed;
	size_t rng_seed_len;
};

/* compatible string of the OpRegion's reserved-memory node: the indication of docs/opregion.md */
#define DTB_OPREGION_COMPATIBLE "intel,igd-opregion"
#define DTB_STOLEN_COMPATIBLE	"intel,igd-stolen"

/* Write the tree into buf. Returns its size in bytes, or -ENOSPC; the rest of buf is scratch. */
int dtb_build(const struct dtb_info *info, void *buf, size_t size);

#endif
