// SPDX-License-Identifier: BSD-2-Clause
/*
 * rom.c - the headers of option ROMs.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "rom.h"
#include "util.h"

/* clang-format off */
#define UNIT		 512u

/* ROM header */
#define ROM_SIGNATURE	 0xaa55
#define ROM_LEGACY_SIZE	 0x02 /* legacy code: units, header included */
#define ROM_SPARE	 0x06 /* between the jump and the PCI pointer code may have its own data */
#define ROM_PCIR	 0x18 /* where the PCI data structure is */
#define ROM_HEADER_SIZE	 0x1a

/* PCI data structure */
#define PCIR_VENDOR	 0x04
#define PCIR_DEVICE	 0x06
#define PCIR_LIST	 0x08 /* offset in it of more device ids, 0 at the end; revision 3 on */
#define PCIR_LENGTH	 0x0a
#define PCIR_REVISION	 0x0c
#define PCIR_IMAGE	 0x10 /* units */
#define PCIR_CODE	 0x14 /* 0: legacy, 3: EFI */
#define PCIR_INDICATOR	 0x15
#define   PCIR_LAST	   BIT(7)
#define PCIR_SIZE	 0x18
/* clang-format on */

struct walk {
	const uint8_t *rom;
	size_t size;
	uint16_t vendor, device;
	char *why;
	size_t why_size;
};

__attribute__((format(printf, 3, 4))) static int refuse(const struct walk *w, unsigned image,
							const char *fmt, ...)
{
	int n = snprintf(w->why, w->why_size, "image %u: ", image + 1);
	va_list args;

	va_start(args, fmt);
	if (n > 0 && (size_t)n < w->why_size)
		vsnprintf(w->why + n, w->why_size - (size_t)n, fmt, args);
	va_end(args);
	return -EINVAL;
}

/* True when the image with its PCI data structure at pcir is for the device: by id, or by its list. */
static bool is_for(const struct walk *w, const uint8_t *pcir, const uint8_t *end)
{
	unsigned list = get_le16(pcir + PCIR_LIST);

	if (get_le16(pcir + PCIR_DEVICE) == w->device)
		return true;
	if (pcir[PCIR_REVISION] < 3 || !list)
		return false;
	for (const uint8_t *id = pcir + list; end - id >= 2 && get_le16(id); id += 2)
		if (get_le16(id) == w->device)
			return true;
	return false;
}

static uint8_t sum(const uint8_t *p, size_t n)
{
	uint8_t s = 0;

	while (n--)
		s = (uint8_t)(s + *p++);
	return s;
}

/* One image at off. 0 with *info moved on, and *last set; or -EINVAL. */
static int check_image(const struct walk *w, size_t off, struct rom_info *info, bool *last)
{
	const uint8_t *image = w->rom + off, *pcir;
	size_t left = w->size - off, len, code;
	unsigned at = get_le16(image + ROM_PCIR), n = info->images;

	if (at < ROM_HEADER_SIZE || at + PCIR_SIZE > left)
		return refuse(w, n, "its PCI data structure would be at %#x, outside", at);
	pcir = image + at;
	if (memcmp(pcir, "PCIR", 4))
		return refuse(w, n, "no PCI data structure at %#x", at);
	if (get_le16(pcir + PCIR_VENDOR) != w->vendor)
		return refuse(w, n, "it is for vendor %04x, not %04x", get_le16(pcir + PCIR_VENDOR),
			      w->vendor);
	len = get_le16(pcir + PCIR_IMAGE) * UNIT;
	if (!len || len > left || at + PCIR_SIZE > len)
		return refuse(w, n, "it says it has %zu bytes, there are %zu", len, left);
	if (!is_for(w, pcir, image + len))
		info->lists = false;
	code = image[ROM_LEGACY_SIZE] * UNIT;
	if (pcir[PCIR_CODE] == 0 && !info->legacy_size) {
		if (!code || code > left)
			return refuse(w, n, "its code says it has %zu bytes, there are %zu", code,
				      left);
		info->legacy = off;
		info->legacy_size = code;
		info->sums = sum(image, code) == 0;
	}
	info->images++;
	info->size = off + len;
	*last = pcir[PCIR_INDICATOR] & PCIR_LAST;
	return 0;
}

int rom_check(const uint8_t *rom, size_t size, uint16_t vendor, uint16_t device,
	      struct rom_info *info, char *why, size_t why_size)
{
	const struct walk w = { rom, size, vendor, device, why, why_size };
	bool last = false;

	*info = (struct rom_info){ .sums = true, .lists = true };
	while (!last && size - info->size >= ROM_HEADER_SIZE &&
	       get_le16(rom + info->size) == ROM_SIGNATURE) {
		int ret = check_image(&w, info->size, info, &last);

		if (ret)
			return ret;
	}
	return info->images ? 0 : refuse(&w, 0, "no option ROM: it does not begin with 55 AA");
}

void rom_fix_sum(uint8_t *rom, const struct rom_info *info)
{
	uint8_t *image = rom + info->legacy;

	if (info->legacy_size)
		image[ROM_SPARE] = (uint8_t)(image[ROM_SPARE] - sum(image, info->legacy_size));
}
