// SPDX-License-Identifier: BSD-2-Clause
/*
 * unclaimed.c - where nobody answers, reads give all ones and writes go nowhere; an access that is
 * half somebody's is cut.
 */
#include "guest.h"

#define COM1_SCRATCH (LAYOUT_PORT_COM1 + 7)

static void test_port(uint16_t port)
{
	for (unsigned i = 0; i < 2; i++) {
		bool ones = inb(port) == 0xff && inw(port) == 0xffff && inl(port) == 0xffffffff;

		report(ones, "port %x: all ones%s", port, i ? " after writes" : "");
		outb(port, 0x12);
		outw(port, 0x1234);
		outl(port, 0x12345678);
	}
}

static void test_address(uint64_t gpa)
{
	for (unsigned i = 0; i < 2; i++) {
		bool ones = read8(gpa) == 0xff && read16(gpa) == 0xffff &&
			    read32(gpa) == 0xffffffff && read64(gpa) == ~0ull;

		report(ones, "%lx: all ones%s", gpa, i ? " after writes" : "");
		write8(gpa, 0x12);
		write16(gpa, 0x1234);
		write32(gpa, 0x12345678);
		write64(gpa, 0x123456789abcdef0);
	}
}

void guest_main(uint8_t *boot_params)
{
	static const uint16_t port[] = {
		0x0084, 0x0170, 0x01f0, 0x02f8, 0x03d4, 0x0510, 0x0610, LAYOUT_PCI_IO, 0xfffc,
	};
	static const uint64_t address[] = {
		LAYOUT_PCI32,
		LAYOUT_PCI32 + 0x1234567,
		LAYOUT_PCI32_LAST - 7,
		LAYOUT_ECAM + LAYOUT_ECAM_SIZE, /* no such bus */
		0xfed00000,			/* no HPET */
		LAYOUT_4GIB - 16,		/* no flash */
		LAYOUT_4GIB + 64 * GiB,
	};

	(void)boot_params;
	map_gib(LAYOUT_4GIB + 64 * GiB);
	for (unsigned i = 0; i < ARRAY_SIZE(port); i++)
		test_port(port[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(address); i++)
		test_address(address[i]);

	outb(COM1_SCRATCH, 0x5a);
	equal(inl(COM1_SCRATCH), 0xffffff5a, "port access that begins in a device");
	equal(inw(LAYOUT_PORT_COM1 + 6) >> 8, 0x5a, "port access wholly in a device");
	/* the device's byte is 0: nothing was typed */
	equal(inw(LAYOUT_PORT_COM1 - 1), 0x00ff, "port access that ends in a device");
	outl(COM1_SCRATCH - 1, 0xffffa5ff);
	equal(inb(COM1_SCRATCH), 0xa5, "write cut at the end of a device");
}
