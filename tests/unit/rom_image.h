/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rom_image.h - option ROM images for tests.
 */
#ifndef IGDVM_ROM_IMAGE_H
#define IGDVM_ROM_IMAGE_H

#include <string.h>

#include "util.h"

#define ROM_IMAGE_PCIR 0x40

/* Write an image of units of 512 bytes to p: its checksum is right. code 0: legacy, 3: EFI. */
static inline void rom_image(uint8_t *p, unsigned units, uint16_t vendor, uint16_t device,
			     uint8_t code, int last)
{
	uint8_t *pcir = p + ROM_IMAGE_PCIR, sum = 0;

	memset(p, 0, units * 512);
	for (unsigned i = 0x60; i < units * 512; i++)
		p[i] = (uint8_t)(i * 7 + code);
	put_le16(p, 0xaa55);
	p[2] = (uint8_t)units;
	put_le16(p + 0x18, ROM_IMAGE_PCIR);
	memcpy(pcir, "PCIR", 4);
	put_le16(pcir + 4, vendor);
	put_le16(pcir + 6, device);
	put_le16(pcir + 10, 0x18);
	put_le16(pcir + 16, (uint16_t)units);
	pcir[20] = code;
	pcir[21] = last ? 0x80 : 0;
	for (unsigned i = 0; i < units * 512; i++)
		sum = (uint8_t)(sum + p[i]);
	p[units * 512 - 1] = (uint8_t)(p[units * 512 - 1] - sum);
}

#endif
