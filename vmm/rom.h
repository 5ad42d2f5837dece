/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rom.h - option ROM images: what their headers say, and whether it can be true.
 *
 * Pure. A ROM is one image or more, one behind the other: legacy code, EFI drivers. Knows no device.
 * Sources: PCI Local Bus 3.0 section 6.3; PCI Firmware 3.0 section 5.1; Linux drivers/pci/rom.c.
 */
#ifndef IGDVM_ROM_H
#define IGDVM_ROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROM_MAX (16U << 20) /* a ROM register cannot ask for more */

struct rom_info {
	size_t size; /* bytes of all images together */
	unsigned images;
	size_t legacy; /* offset of the image with legacy code; valid while legacy_size is not 0 */
	size_t legacy_size; /* its bytes, as its first header says: what the checksum is of */
	bool sums;	    /* that checksum is right, or there is no such image */
	bool lists;	    /* every image is for the device asked about */
};

/*
 * Walk the images of a ROM that should be vendor's, for device. 0; or -EINVAL with one line about the
 * first image that cannot be right in why. Something other than an image behind the first is its end:
 * a shadow copy holds what fits.
 */
int rom_check(const uint8_t *rom, size_t size, uint16_t vendor, uint16_t device,
	      struct rom_info *info, char *why, size_t why_size);

/* Make the checksum of the legacy image right, by byte 6, which no header uses. */
void rom_fix_sum(uint8_t *rom, const struct rom_info *info);

#endif
