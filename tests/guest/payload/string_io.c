// SPDX-License-Identifier: BSD-2-Clause
/*
 * string_io.c - rep ins and outs on COM1, rep movs on MMIO.
 */
#include "guest.h"

#define COM1_DATA    LAYOUT_PORT_COM1
#define COM1_LSR     (LAYOUT_PORT_COM1 + 5)
#define COM1_SCRATCH (LAYOUT_PORT_COM1 + 7)
#define LSR_IDLE     0x60
#define NOBODY	     0x0510

#define DEFINE_STRING(suffix)                                                                      \
	static void outs##suffix(uint16_t port, const void *from, size_t n)                        \
	{                                                                                          \
		__asm__ volatile("rep outs" #suffix : "+S"(from), "+c"(n) : "d"(port) : "memory"); \
	}                                                                                          \
	static void ins##suffix(uint16_t port, void *to, size_t n)                                 \
	{                                                                                          \
		__asm__ volatile("rep ins" #suffix : "+D"(to), "+c"(n) : "d"(port) : "memory");    \
	}
DEFINE_STRING(b)
DEFINE_STRING(w)
DEFINE_STRING(l)

static uint8_t buffer[6000];

static bool filled_with(uint8_t byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (buffer[i] != byte)
			return false;
	return true;
}

static void test_out(void)
{
	static const char text[] = "one string instruction wrote this line\n";
	static char line[1024];
	const char *end = text + sizeof(text) - 2;
	size_t n = 1;

	outsb(COM1_DATA, text, sizeof(text) - 1);
	/* backwards, from the last byte */
	__asm__ volatile("std; rep outsb; cld" : "+S"(end), "+c"(n) : "d"(COM1_DATA) : "memory");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	outsb(COM1_DATA, line, sizeof(line));
	outsb(COM1_SCRATCH, "abc", 3);
	equal(inb(COM1_SCRATCH), 'c', "outsb leaves the last byte");
	outsw(COM1_SCRATCH, "1234", 2);
	equal(inb(COM1_SCRATCH), '3', "outsw: the low byte is the port's");
	outsl(COM1_SCRATCH, "ABCDEFGH", 2);
	equal(inb(COM1_SCRATCH), 'E', "outsl: the low byte is the port's");
}

static void test_in(void)
{
	memset(buffer, 0, sizeof(buffer));
	insb(COM1_LSR, buffer, 5000); /* more than a page */
	report(filled_with(LSR_IDLE, 5000) && buffer[5000] == 0, "insb of 5000 bytes");
	insw(NOBODY, buffer, 100);
	report(filled_with(0xff, 200) && buffer[200] == LSR_IDLE, "insw where nobody answers");
	memset(buffer, 0, sizeof(buffer));
	insl(NOBODY, buffer, 100);
	report(filled_with(0xff, 400) && buffer[400] == 0, "insl where nobody answers");
}

static void test_mmio(void)
{
	uint64_t from = ecam(0, 0), nobody = LAYOUT_PCI32;
	uint32_t id = read32(ecam(0, 0));

	memset(buffer, 0, 512);
	memcpy(buffer, (const void *)from, 256);
	report(get(buffer, 4) == id && buffer[256] == 0, "movsb from config space");
	memcpy(buffer, (const void *)nobody, 64);
	report(filled_with(0xff, 64), "movsb where nobody answers");
	memcpy((void *)nobody, (const void *)from, 64);
	equal(read32(nobody), 0xffffffff, "movsb from MMIO to MMIO");
}

void guest_main(uint8_t *boot_params)
{
	(void)boot_params;
	test_out();
	test_in();
	test_mmio();
}
