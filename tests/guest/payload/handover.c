// SPDX-License-Identifier: BSD-2-Clause
/*
 * handover.c - memory map, command line, initrd and RSDP, whoever told of them.
 */
#include "handover.h"

static uint64_t field(unsigned off, unsigned len)
{
	return get((const uint8_t *)entry_state.rsi + off, len);
}

static void test_e820(void)
{
	uint64_t end = 0;
	bool sorted = true;

	for (unsigned i = 0; i < e820_entries(); i++) {
		uint64_t start, size;
		uint32_t type = e820_entry(i, &start, &size);

		print("e820 %016lx-%016lx %s\n", start, start + size - 1,
		      type == E820_RAM	      ? "usable"
		      : type == E820_RESERVED ? "reserved"
					      : "of unknown type");
		sorted &= start >= end && size;
		end = start + size;
	}
	report(sorted, "e820 is sorted, without overlap");
}

static void test_cmdline(void)
{
	print("cmdline [%s]\n", command_line());
	report(e820_has(field(HDR_CMDLINE, 4), strlen(command_line()) + 1, E820_RAM) &&
		       !field(ZP_CMDLINE_HIGH, 4),
	       "command line in usable memory");
}

/* The file holds this line over and over: see CMakeLists.txt. */
static void test_initrd(void)
{
	static const char line[] = "a line of the initial RAM disk\n";
	uint64_t gpa = field(HDR_RAMDISK, 4) | field(ZP_RAMDISK_HIGH, 4) << 32;
	uint64_t size = field(HDR_RAMDISK_SIZE, 4), bad = 0;
	const char *text = (const char *)gpa;

	print("initrd of %lu bytes\n", size);
	if (!size) {
		equal(gpa, 0, "no initrd, no address");
		return;
	}
	report(e820_has(gpa, size, E820_RAM), "initrd in usable memory");
	report(gpa % 4096 == 0 && gpa + size - 1 <= field(HDR_INITRD_MAX, 4),
	       "initrd on a page, below the kernel's limit");
	for (uint64_t i = 0; i + sizeof(line) - 1 <= size; i += sizeof(line) - 1)
		bad += memcmp(text + i, line, sizeof(line) - 1) != 0;
	equal(bad, 0, "initrd bytes");
}

static void test_rsdp(void)
{
	const uint8_t *rsdp = (const uint8_t *)field(ZP_RSDP, 8);

	report(!memcmp(rsdp, "RSD PTR ", 8), "RSDP signature");
	report(acpi_sum_is_zero(rsdp, 20) && acpi_sum_is_zero(rsdp, get(rsdp + 20, 4)),
	       "RSDP checksums");
	report(e820_has((uint64_t)rsdp, get(rsdp + 20, 4), E820_RESERVED),
	       "RSDP in reserved memory");
}

void handover_test(void)
{
	test_e820();
	test_cmdline();
	test_initrd();
	test_rsdp();
}
