// SPDX-License-Identifier: BSD-2-Clause
/*
 * smbios.c - which structures an igdvm guest finds, and what is in them.
 * Knows the command line, the plan of memory and the structures' formats; must not know devices.
 * What igdvm does not know (speeds, widths, vendors of parts) is said to be unknown.
 */
#include <errno.h>
#include <string.h>

#include "aml.h"
#include "config.h"
#include "memmap.h"
#include "smbios.h"
#include "util.h"

#ifndef IGDVM_VERSION
#define IGDVM_VERSION "unknown"
#endif

#define NAME	     "igdvm"
#define RELEASE_DATE "01/01/2026" /* of the tables' contents; Linux asks for the year */

#define ENTRY_SIZE     24
#define ENTRY_CHECKSUM 5
#define ENTRY_MAJOR    3
#define ENTRY_MINOR    0

#define STRUCTURE_LENGTH 1
#define SOCKETS_MAX	 64 /* what is told of; ACPI has them all */
#define HANDLE(type, i)	 ((uint16_t)((type) << 8 | (i)))
#define NO_HANDLE	 0xffff
#define NO_ERROR_INFO	 0xfffe

enum type {
	TYPE_BIOS = 0,
	TYPE_SYSTEM = 1,
	TYPE_ENCLOSURE = 3,
	TYPE_PROCESSOR = 4,
	TYPE_OEM_STRINGS = 11,
	TYPE_MEMORY_ARRAY = 16,
	TYPE_MEMORY_DEVICE = 17,
	TYPE_MEMORY_MAPPED = 19,
	TYPE_BOOT = 32,
	TYPE_END = 127,
};

/* Enumerations of section 7 */
#define BIOS_NOT_DESCRIBED BIT(3) /* no characteristics are given */
#define BIOS_EXT1_ACPI	   BIT(0)
#define BIOS_EXT2_VM	   BIT(4)
#define WAKE_POWER_SWITCH  6
#define ENCLOSURE_OTHER	   1
#define STATE_SAFE	   3
#define SECURITY_NONE	   3
#define CPU_CENTRAL	   3
#define CPU_UNKNOWN	   2
#define CPU_ENABLED	   0x41 /* populated, enabled */
#define CPU_64BIT	   BIT(2)
#define UPGRADE_NONE	   6
#define ARRAY_OTHER	   1
#define ARRAY_SYSTEM	   3
#define ECC_NONE	   3
#define DEVICE_DIMM	   9
#define DEVICE_RAM	   7
#define DETAIL_UNKNOWN	   BIT(2)
#define WIDTH_UNKNOWN	   0xffff

#define KIB_ELSEWHERE	 0x80000000   /* array: the extended capacity counts */
#define MIB_ELSEWHERE	 0x7fff	      /* device: the extended size counts */
#define ADDRESS_IN_BYTES 0xffffffff   /* mapped: the extended addresses count */
#define DEVICE_MAX	 (1024 * TiB) /* 31 bits of MiB would be 2048 TiB */

#define STRINGS_MAX (CONFIG_SMBIOS_MAX + 8)

struct builder {
	struct bytes out;
	size_t start; /* of the structure */
	const char *string[STRINGS_MAX];
	unsigned strings;
};

static void begin(struct builder *b, enum type type, uint16_t handle)
{
	b->start = b->out.len;
	b->strings = 0;
	bytes_int(&b->out, 1, type);
	bytes_int(&b->out, 1, 0); /* length */
	bytes_int(&b->out, 2, handle);
}

/* A field that is the number of a string; without one (NULL) it is 0. */
static void put_string(struct builder *b, const char *s)
{
	if (s)
		b->string[b->strings++] = s;
	bytes_int(&b->out, 1, s ? b->strings : 0);
}

/* The strings follow the fields; an empty one ends them. */
static void end(struct builder *b)
{
	bytes_patch(&b->out, b->start + STRUCTURE_LENGTH, 1, b->out.len - b->start);
	for (unsigned i = 0; i < b->strings; i++)
		bytes_put(&b->out, b->string[i], strlen(b->string[i]) + 1);
	bytes_zero(&b->out, b->strings ? 1 : 2);
}

/* 7.1 */
static void bios(struct builder *b)
{
	begin(b, TYPE_BIOS, HANDLE(TYPE_BIOS, 0));
	put_string(b, NAME);
	put_string(b, IGDVM_VERSION);
	bytes_int(&b->out, 2, 0); /* segment: there is no BIOS in memory */
	put_string(b, RELEASE_DATE);
	bytes_int(&b->out, 1, 0); /* ROM: 64 KiB is the least that can be said */
	bytes_int(&b->out, 8, BIOS_NOT_DESCRIBED);
	bytes_int(&b->out, 1, BIOS_EXT1_ACPI);
	bytes_int(&b->out, 1, BIOS_EXT2_VM);
	bytes_int(&b->out, 4, 0xffffffff); /* releases of BIOS and embedded controller: none */
	end(b);
}

/* 7.2.1: the first three fields of a UUID are numbers, and little-endian. */
static void put_uuid(struct builder *b, const uint8_t *uuid)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		bytes_int(&b->out, 1, uuid[order[i]]);
}

/* 7.2. A UUID of zeros is none. */
static void system_info(struct builder *b, const struct config *c)
{
	static const uint8_t no_uuid[16];
	const uint8_t *uuid = no_uuid;
	const char *serial = NULL;

	for (unsigned i = 0; i < c->n_smbios; i++) {
		if (c->smbios[i].uuid.given)
			uuid = c->smbios[i].uuid.byte;
		if (c->smbios[i].serial)
			serial = c->smbios[i].serial;
	}
	begin(b, TYPE_SYSTEM, HANDLE(TYPE_SYSTEM, 0));
	put_string(b, NAME);
	put_string(b, NAME);
	put_string(b, IGDVM_VERSION);
	put_string(b, serial);
	put_uuid(b, uuid);
	bytes_int(&b->out, 1, WAKE_POWER_SWITCH);
	put_string(b, NULL); /* SKU */
	put_string(b, NULL); /* family */
	end(b);
}

/* 7.4 */
static void enclosure(struct builder *b)
{
	begin(b, TYPE_ENCLOSURE, HANDLE(TYPE_ENCLOSURE, 0));
	put_string(b, NAME);
	bytes_int(&b->out, 1, ENCLOSURE_OTHER);
	put_string(b, NULL);		   /* version */
	put_string(b, NULL);		   /* serial number */
	put_string(b, NULL);		   /* asset tag */
	bytes_int(&b->out, 1, STATE_SAFE); /* when it was started last */
	bytes_int(&b->out, 1, STATE_SAFE); /* power supply */
	bytes_int(&b->out, 1, STATE_SAFE); /* thermal */
	bytes_int(&b->out, 1, SECURITY_NONE);
	bytes_zero(&b->out, 4 + 1 + 1 + 1 + 1); /* OEM, height, cords, no contained elements */
	put_string(b, NULL);			/* SKU */
	end(b);
}

/* 7.5: a socket. */
static void processor(struct builder *b, unsigned socket, const struct topology *t)
{
	/* cores, those enabled, threads; a byte that says 255 leaves it to the wide field */
	const unsigned count[] = { t->cores, t->cores, t->cores * t->threads };
	char name[16];

	snprintf(name, sizeof(name), "CPU %u", socket);
	begin(b, TYPE_PROCESSOR, HANDLE(TYPE_PROCESSOR, socket));
	put_string(b, name);
	bytes_int(&b->out, 1, CPU_CENTRAL);
	bytes_int(&b->out, 1, CPU_UNKNOWN); /* family: CPUID says more */
	put_string(b, NAME);
	bytes_zero(&b->out, 8);	    /* id */
	put_string(b, NULL);	    /* version */
	bytes_zero(&b->out, 1 + 6); /* voltage, clock, speeds */
	bytes_int(&b->out, 1, CPU_ENABLED);
	bytes_int(&b->out, 1, UPGRADE_NONE);
	for (unsigned cache = 0; cache < 3; cache++)
		bytes_int(&b->out, 2, NO_HANDLE);
	put_string(b, NULL); /* serial number */
	put_string(b, NULL); /* asset tag */
	put_string(b, NULL); /* part number */
	for (size_t i = 0; i < ARRAY_SIZE(count); i++)
		bytes_int(&b->out, 1, MIN(count[i], UINT8_MAX));
	bytes_int(&b->out, 2, CPU_64BIT);
	bytes_int(&b->out, 2, CPU_UNKNOWN);
	for (size_t i = 0; i < ARRAY_SIZE(count); i++)
		bytes_int(&b->out, 2, count[i]);
	end(b);
}

/* 7.12 */
static void oem_strings(struct builder *b, const struct config *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->n_smbios; i++)
		n += c->smbios[i].oem != NULL;
	if (!n)
		return;
	begin(b, TYPE_OEM_STRINGS, HANDLE(TYPE_OEM_STRINGS, 0));
	bytes_int(&b->out, 1, n);
	for (unsigned i = 0; i < c->n_smbios; i++)
		if (c->smbios[i].oem)
			b->string[b->strings++] = c->smbios[i].oem;
	end(b);
}

/* 7.17 */
static void memory_array(struct builder *b, uint64_t ram, unsigned devices)
{
	uint64_t kib = ram / KiB;

	begin(b, TYPE_MEMORY_ARRAY, HANDLE(TYPE_MEMORY_ARRAY, 0));
	bytes_int(&b->out, 1, ARRAY_OTHER);
	bytes_int(&b->out, 1, ARRAY_SYSTEM);
	bytes_int(&b->out, 1, ECC_NONE);
	bytes_int(&b->out, 4, MIN(kib, KIB_ELSEWHERE));
	bytes_int(&b->out, 2, NO_ERROR_INFO);
	bytes_int(&b->out, 2, devices);
	bytes_int(&b->out, 8, kib < KIB_ELSEWHERE ? 0 : ram);
	end(b);
}

/* 7.18 */
static void memory_device(struct builder *b, unsigned i, uint64_t size)
{
	static const char *const locator[] = { "DIMM 0", "DIMM 1", "DIMM 2", "DIMM 3" };
	uint64_t mib = size / MiB;

	begin(b, TYPE_MEMORY_DEVICE, HANDLE(TYPE_MEMORY_DEVICE, i));
	bytes_int(&b->out, 2, HANDLE(TYPE_MEMORY_ARRAY, 0));
	bytes_int(&b->out, 2, NO_ERROR_INFO);
	bytes_int(&b->out, 2, WIDTH_UNKNOWN); /* total */
	bytes_int(&b->out, 2, WIDTH_UNKNOWN); /* data */
	bytes_int(&b->out, 2, MIN(mib, MIB_ELSEWHERE));
	bytes_int(&b->out, 1, DEVICE_DIMM);
	bytes_int(&b->out, 1, 0); /* of no set */
	put_string(b, locator[i % ARRAY_SIZE(locator)]);
	put_string(b, NULL); /* bank */
	bytes_int(&b->out, 1, DEVICE_RAM);
	bytes_int(&b->out, 2, DETAIL_UNKNOWN);
	bytes_int(&b->out, 2, 0); /* speed */
	put_string(b, NAME);
	put_string(b, NULL);	  /* serial number */
	put_string(b, NULL);	  /* asset tag */
	put_string(b, NULL);	  /* part number */
	bytes_int(&b->out, 1, 0); /* rank */
	bytes_int(&b->out, 4, mib < MIB_ELSEWHERE ? 0 : mib);
	bytes_zero(&b->out, 2 + 6); /* configured speed, voltages */
	end(b);
}

/* 7.20 */
static void memory_mapped(struct builder *b, unsigned i, const struct mem_range *r)
{
	uint64_t last = r->gpa + r->size - 1;
	bool wide = last / KiB >= ADDRESS_IN_BYTES;

	begin(b, TYPE_MEMORY_MAPPED, HANDLE(TYPE_MEMORY_MAPPED, i));
	bytes_int(&b->out, 4, wide ? ADDRESS_IN_BYTES : r->gpa / KiB);
	bytes_int(&b->out, 4, wide ? ADDRESS_IN_BYTES : last / KiB);
	bytes_int(&b->out, 2, HANDLE(TYPE_MEMORY_ARRAY, 0));
	bytes_int(&b->out, 1, 1); /* one device wide */
	bytes_int(&b->out, 8, wide ? r->gpa : 0);
	bytes_int(&b->out, 8, wide ? last : 0);
	end(b);
}

static void memory(struct builder *b, const struct config *c, const struct memmap *map)
{
	unsigned devices = (unsigned)((c->memory + DEVICE_MAX - 1) / DEVICE_MAX), n = 0;

	memory_array(b, c->memory, devices);
	for (unsigned i = 0; i < devices; i++)
		memory_device(b, i, MIN(c->memory - i * DEVICE_MAX, DEVICE_MAX));
	for (size_t i = 0; i < map->n; i++)
		if (map->range[i].type == MEM_RAM)
			memory_mapped(b, n++, &map->range[i]);
}

/* 7.33: ten more bytes, none of which says that anything went wrong; 7.45 */
static void boot_and_end(struct builder *b)
{
	begin(b, TYPE_BOOT, HANDLE(TYPE_BOOT, 0));
	bytes_zero(&b->out, 6 + 1);
	end(b);
	begin(b, TYPE_END, HANDLE(TYPE_END, 0));
	end(b);
}

/* 5.2.2 */
static void entry_point(struct bytes *out, uint64_t table, size_t size)
{
	uint8_t sum = 0;

	bytes_put(out, "_SM3_", 5);
	bytes_int(out, 1, 0); /* checksum */
	bytes_int(out, 1, ENTRY_SIZE);
	bytes_int(out, 1, ENTRY_MAJOR);
	bytes_int(out, 1, ENTRY_MINOR);
	bytes_int(out, 1, 0); /* docrev */
	bytes_int(out, 1, 1); /* of the entry point */
	bytes_int(out, 1, 0);
	bytes_int(out, 4, size);
	bytes_int(out, 8, table);
	for (size_t i = 0; i < ENTRY_SIZE; i++)
		sum += out->buf[i];
	bytes_patch(out, ENTRY_CHECKSUM, 1, (uint8_t)-sum);
}

int smbios_build(const struct config *c, const struct memmap *map, uint64_t gpa, void *buf,
		 size_t size)
{
	struct builder b = { .out = { .buf = buf, .size = size } };
	struct bytes head = b.out;

	if (!IS_ALIGNED(gpa, 16))
		return -EINVAL;
	bytes_zero(&b.out, SMBIOS_TABLE_OFFSET);
	bios(&b);
	system_info(&b, c);
	enclosure(&b);
	for (unsigned i = 0; i < MIN(c->topology.sockets, SOCKETS_MAX); i++)
		processor(&b, i, &c->topology);
	oem_strings(&b, c);
	memory(&b, c, map);
	boot_and_end(&b);
	if (bytes_overflowed(&b.out))
		return -ENOSPC;
	entry_point(&head, gpa + SMBIOS_TABLE_OFFSET, b.out.len - SMBIOS_TABLE_OFFSET);
	return (int)b.out.len;
}
