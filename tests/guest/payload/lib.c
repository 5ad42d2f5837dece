// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib.c - output, checks, memory and PCI helpers of the payloads. Runs on the boot CPU.
 */
#include <stdarg.h>

#include "guest.h"

#define UART_DATA  (LAYOUT_PORT_COM1 + 0)
#define PM1_SLP_EN (1 << 13)
#define PTE_HUGE   0x83 /* present, writable, page size */
#define PTE_TABLE  0x03

#define ZP_E820_ENTRIES 0x1e8
#define ZP_CMDLINE	0x228
#define ZP_E820_TABLE	0x2d0
#define E820_SIZE	20

static unsigned checks, failures;

static const uint8_t *zero_page(void)
{
	return (const uint8_t *)entry_state.rsi;
}

/* ---- memory ---- */

void *memcpy(void *to, const void *from, size_t len)
{
	void *start = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(len) : : "memory");
	return start;
}

void *memset(void *to, int byte, size_t len)
{
	void *start = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(len) : "a"(byte) : "memory");
	return start;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a, *y = b;

	for (; len; x++, y++, len--)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

bool starts_with(const char *s, const char *prefix)
{
	return !memcmp(s, prefix, strlen(prefix));
}

void map_gib(uint64_t gpa)
{
	static uint64_t directory[8][512] __attribute__((aligned(4096)));
	static unsigned used;
	uint64_t *pml4 = (uint64_t *)(entry_state.cr3 & ~0xfffull);
	uint64_t *pdpt = (uint64_t *)(pml4[0] & ~0xfffull);
	uint64_t *pd = directory[used++];

	for (unsigned i = 0; i < 512; i++)
		pd[i] = (gpa & ~(GiB - 1)) + i * 2 * MiB + PTE_HUGE;
	pdpt[gpa / GiB] = (uint64_t)pd | PTE_TABLE;
}

unsigned e820_entries(void)
{
	return zero_page()[ZP_E820_ENTRIES];
}

uint32_t e820_entry(unsigned n, uint64_t *start, uint64_t *size)
{
	const uint8_t *e = zero_page() + ZP_E820_TABLE + n * E820_SIZE;

	*start = get(e, 8);
	*size = get(e + 8, 8);
	return (uint32_t)get(e + 16, 4);
}

bool e820_has(uint64_t gpa, uint64_t size, uint32_t type)
{
	for (unsigned i = 0; i < e820_entries(); i++) {
		uint64_t first, len;

		if (e820_entry(i, &first, &len) == type && gpa >= first &&
		    gpa + size <= first + len)
			return true;
	}
	return false;
}

/* ---- output ---- */

static void put_char(char c)
{
	outb(UART_DATA, (uint8_t)c);
}

static void put_string(const char *s)
{
	while (*s)
		put_char(*s++);
}

static void put_number(uint64_t v, unsigned base, unsigned width, char pad)
{
	char digits[24];
	unsigned n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while (v /= base);
	while (width > n && width--)
		put_char(pad);
	while (n)
		put_char(digits[--n]);
}

static uint64_t next_number(va_list *ap, unsigned longs)
{
	return longs ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned);
}

static void vprint(const char *fmt, va_list *ap)
{
	for (; *fmt; fmt++) {
		unsigned width = 0, longs = 0;
		char pad = ' ';
		int64_t d;

		if (*fmt != '%') {
			put_char(*fmt);
			continue;
		}
		if (*++fmt == '0')
			pad = *fmt++;
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + (unsigned)(*fmt++ - '0');
		while (*fmt == 'l' && fmt++)
			longs++;
		switch (*fmt) {
		case 's':
			put_string(va_arg(*ap, const char *));
			break;
		case 'c':
			put_char((char)va_arg(*ap, int));
			break;
		case 'u':
			put_number(next_number(ap, longs), 10, width, pad);
			break;
		case 'x':
			put_number(next_number(ap, longs), 16, width, pad);
			break;
		case 'd':
			d = longs ? va_arg(*ap, long) : va_arg(*ap, int);
			if (d < 0)
				put_char('-');
			put_number(d < 0 ? -(uint64_t)d : (uint64_t)d, 10, width, pad);
			break;
		}
	}
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, &ap);
	va_end(ap);
}

void report(bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_string(ok ? "ok " : "FAIL ");
	vprint(fmt, &ap);
	put_char('\n');
	va_end(ap);
	checks++;
	failures += !ok;
}

void equal(uint64_t got, uint64_t want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_string(got == want ? "ok " : "FAIL ");
	vprint(fmt, &ap);
	if (got != want)
		print(": got %lx, want %lx", got, want);
	put_char('\n');
	va_end(ap);
	checks++;
	failures += got != want;
}

const char *command_line(void)
{
	return (const char *)get(zero_page() + ZP_CMDLINE, 4);
}

const char *command_word(const char *name)
{
	const char *at = command_line();
	size_t len = strlen(name);

	while (*at) {
		if (starts_with(at, name) && (at[len] == '=' || at[len] == ' ' || !at[len]))
			return at + len + (at[len] == '=');
		while (*at && *at != ' ')
			at++;
		while (*at == ' ')
			at++;
	}
	return NULL;
}

uint64_t command_number(const char **s)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t n = 0, base = starts_with(*s, "0x") ? 16 : 10;

	for (*s += base == 16 ? 2 : 0;; (*s)++) {
		uint64_t digit = 0;

		while (digit < base && digits[digit] != **s)
			digit++;
		if (digit == base)
			break;
		n = n * base + digit;
	}
	*s += **s == ',';
	return n;
}

/* ---- PCI ---- */

uint32_t cf8_address(unsigned bus, unsigned devfn, unsigned reg)
{
	return 1u << 31 | bus << 16 | devfn << 8 | (reg & 0xfc);
}

uint32_t cf8_read32(unsigned bus, unsigned devfn, unsigned reg)
{
	outl(LAYOUT_PORT_PCI_ADDR, cf8_address(bus, devfn, reg));
	return inl(LAYOUT_PORT_PCI_DATA);
}

void cf8_write32(unsigned bus, unsigned devfn, unsigned reg, uint32_t v)
{
	outl(LAYOUT_PORT_PCI_ADDR, cf8_address(bus, devfn, reg));
	outl(LAYOUT_PORT_PCI_DATA, v);
}

/* ---- ACPI ---- */

bool acpi_sum_is_zero(const void *p, size_t len)
{
	const uint8_t *byte = p;
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *byte++);
	return sum == 0;
}

const uint8_t *acpi_find(const char *signature)
{
	const uint8_t *rsdp = (const uint8_t *)get(zero_page() + 0x70, 8);
	const uint8_t *xsdt = (const uint8_t *)get(rsdp + 24, 8);

	if (!memcmp(signature, "XSDT", 4))
		return xsdt;
	for (uint64_t i = 36; i < get(xsdt + 4, 4); i += 8) {
		const uint8_t *table = (const uint8_t *)get(xsdt + i, 8);

		if (!memcmp(table, signature, 4))
			return table;
	}
	return NULL;
}

/* ---- the end ---- */

void poweroff(void)
{
	outw(LAYOUT_PORT_PM1_CNT, LAYOUT_S5_TYPE << 10 | PM1_SLP_EN);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void triple_fault(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt;

	__asm__ volatile("lidt %0; ud2" : : "m"(no_idt));
	__builtin_unreachable();
}

void finish(void)
{
	print("done %u checks\n", checks);
	outb(LAYOUT_PORT_EXIT, failures < 63 ? (uint8_t)failures : 63);
	poweroff();
}

void skip(const char *reason)
{
	print("SKIP %s\n", reason);
	poweroff();
}
