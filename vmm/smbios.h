/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smbios.h - SMBIOS 3.0 entry point and structures as bytes: what the machine says of itself.
 *
 * Pure. Structures 0, 1, 3, 4, 16, 17, 19, 32 and, for --smbios oem=, 11. There is no baseboard.
 * Source: DMTF DSP0134 3.0.0, sections 5.2.2 (64-bit entry point) and 7 (structures).
 */
#ifndef IGDVM_SMBIOS_H
#define IGDVM_SMBIOS_H

#include <stddef.h>
#include <stdint.h>

struct config;
struct memmap;

/* From the entry point to the structures, which follow at once. */
#define SMBIOS_TABLE_OFFSET 32

/*
 * Write the entry point and the structures for the guest address gpa (a multiple of 16) into buf.
 * Of several --smbios the last uuid= and serial= count. Returns the bytes used; -ENOSPC when size
 * is too small; -EINVAL: gpa is unfit.
 */
int smbios_build(const struct config *c, const struct memmap *map, uint64_t gpa, void *buf,
		 size_t size);

#endif
