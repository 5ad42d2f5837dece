// SPDX-License-Identifier: BSD-2-Clause
/*
 * smbios.c - SMBIOS as Linux finds it: an anchor on a 16-byte boundary from 0xf0000 on, then every
 * structure up to the end. Prints what the command line of igdvm decides.
 * Sources: DSP0134 3.0.0 section 5.2; Linux drivers/firmware/dmi_scan.c.
 */
#include "guest.h"

#define SCAN_FIRST    0xf0000
#define SCAN_END      0x100000
#define ENTRY_LENGTH  6
#define ENTRY_MAX     12
#define ENTRY_ADDRESS 16

#define TYPE_SYSTEM 1
#define TYPE_OEM    11
#define TYPE_END    127
#define SYSTEM_UUID 8

static const uint8_t *find_entry(void)
{
	for (uint64_t p = SCAN_FIRST; p < SCAN_END; p += 16)
		if (!memcmp((const void *)p, "_SM3_", 5))
			return (const uint8_t *)p;
	return NULL;
}

static void show(const uint8_t *s)
{
	const char *text = (const char *)s + s[1];

	if (s[0] == TYPE_SYSTEM) {
		print("uuid ");
		for (unsigned i = 0; i < 16; i++)
			print("%02x", s[SYSTEM_UUID + i]);
		print("\n");
	}
	for (unsigned i = 1; s[0] <= TYPE_OEM && *text; i++, text += strlen(text) + 1)
		print("type %u string %u: %s\n", s[0], i, text);
}

void guest_main(uint8_t *boot_params)
{
	const uint8_t *entry = find_entry(), *s, *end;
	unsigned n = 0;
	uint8_t type;

	(void)boot_params;
	report(entry, "an entry point");
	if (!entry)
		return;
	report(acpi_sum_is_zero(entry, entry[ENTRY_LENGTH]), "checksum of the entry point");
	s = (const uint8_t *)get(entry + ENTRY_ADDRESS, 8);
	end = s + get(entry + ENTRY_MAX, 4);
	report(e820_has((uint64_t)s, (uint64_t)(end - s), E820_RESERVED), "in reserved memory");
	do {
		type = s[0];
		show(s);
		for (s += s[1]; s < end && (s[0] || s[1]); s++)
			;
		s += 2;
		n++;
	} while (type != TYPE_END && s < end);
	equal(type, TYPE_END, "the last structure is the end");
	equal((uint64_t)s, (uint64_t)end, "length of the structures");
	report(n >= 9, "all structures");
}
