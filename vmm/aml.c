// SPDX-License-Identifier: BSD-2-Clause
/*
 * aml.c - bytes, AML terms, resource descriptors.
 * Knows encodings only; must not know which tables igdvm has or what they say.
 */
#include <string.h>

#include "aml.h"
#include "util.h"

/* ACPI 6.4 section 20.2: opcodes. */
#define AML_ZERO	  0x00
#define AML_ONE		  0x01
#define AML_NAME	  0x08
#define AML_BYTE	  0x0a
#define AML_WORD	  0x0b
#define AML_DWORD	  0x0c
#define AML_STRING	  0x0d
#define AML_QWORD	  0x0e
#define AML_SCOPE	  0x10
#define AML_BUFFER	  0x11
#define AML_PACKAGE	  0x12
#define AML_DUAL_NAME	  0x2e
#define AML_MULTI_NAME	  0x2f
#define AML_EXT		  0x5b /* prefix of two-byte opcodes */
#define AML_EXT_DEVICE	  0x82
#define AML_NAME_SEG	  4
#define AML_PKG_ONE_BYTE  0x3f /* longest length that the single-byte form holds */
#define AML_PKG_FOLLOW	  6 /* bit of the count of further bytes; the lead byte keeps four bits */
#define AML_PKG_LEAD_BITS 4

/* Section 6.4: descriptor tags, length included in the small ones. */
#define RES_IRQ_NO_FLAGS   0x22
#define RES_IO		   0x47
#define RES_END		   0x79
#define RES_MEMORY32_FIXED 0x86
#define RES_DWORD_SPACE	   0x87
#define RES_WORD_SPACE	   0x88
#define RES_QWORD_SPACE	   0x8a

/* Section 6.4.3.5: address space descriptors. */
#define SPACE_MEMORY	0
#define SPACE_IO	1
#define SPACE_BUS	2
#define SPACE_CONSUMER	BIT(0)
#define SPACE_MIN_FIXED BIT(2)
#define SPACE_MAX_FIXED BIT(3)
#define SPACE_FIXED	(SPACE_MIN_FIXED | SPACE_MAX_FIXED)
#define SPACE_MEM_RW	BIT(0)	      /* read-write, non-cacheable */
#define SPACE_IO_ENTIRE GENMASK(1, 0) /* ISA and non-ISA addresses */
#define IO_DECODE16	BIT(0)
#define MEMORY32_RW	BIT(0)

bool bytes_overflowed(const struct bytes *b)
{
	return b->len > b->size;
}

void bytes_put(struct bytes *b, const void *data, size_t n)
{
	if (b->len <= b->size && n <= b->size - b->len)
		memcpy(b->buf + b->len, data, n);
	b->len += n;
}

void bytes_zero(struct bytes *b, size_t n)
{
	if (b->len <= b->size && n <= b->size - b->len)
		memset(b->buf + b->len, 0, n);
	b->len += n;
}

void bytes_int(struct bytes *b, size_t width, uint64_t v)
{
	uint8_t le[sizeof(v)];

	put_le64(le, v);
	bytes_put(b, le, width);
}

void bytes_patch(struct bytes *b, size_t at, size_t width, uint64_t v)
{
	if (at <= b->size && width <= b->size - at)
		put_le(b->buf + at, width, v);
}

static void insert(struct bytes *b, size_t at, const void *data, size_t n)
{
	if (b->len <= b->size && n <= b->size - b->len) {
		memmove(b->buf + at + n, b->buf + at, b->len - at);
		memcpy(b->buf + at, data, n);
	}
	b->len += n;
}

/* Section 20.2.4, PkgLength: counts itself and everything from at to the end of the buffer. */
static void insert_pkg_length(struct bytes *b, size_t at)
{
	uint8_t code[4];
	size_t body = b->len - at, n = 1, total;

	if (body + n <= AML_PKG_ONE_BYTE) {
		code[0] = (uint8_t)(body + n);
		insert(b, at, code, n);
		return;
	}
	do {
		n++;
		total = body + n;
	} while (n < sizeof(code) && total >= BIT(AML_PKG_LEAD_BITS + 8 * (n - 1)));
	code[0] = (uint8_t)((n - 1) << AML_PKG_FOLLOW | (total & GENMASK(3, 0)));
	for (size_t i = 1; i < n; i++)
		code[i] = (uint8_t)(total >> (AML_PKG_LEAD_BITS + 8 * (i - 1)));
	insert(b, at, code, n);
}

/* The encoding of a constant, in code; returns its length. */
static size_t encode_int(uint8_t code[9], uint64_t v)
{
	static const uint8_t ops[] = { AML_BYTE, AML_WORD, AML_DWORD };

	if (v <= 1) {
		code[0] = v ? AML_ONE : AML_ZERO;
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		size_t width = BIT(i);

		if (v >> (8 * width))
			continue;
		code[0] = ops[i];
		put_le(code + 1, width, v);
		return 1 + width;
	}
	code[0] = AML_QWORD;
	put_le64(code + 1, v);
	return 9;
}

static void put_name_seg(struct bytes *b, const char *s, size_t n)
{
	bytes_put(b, s, n);
	bytes_put(b, "____", AML_NAME_SEG - n);
}

/* Section 20.2.2: root prefix, then one segment, or a prefix that says how many. */
static void put_path(struct bytes *b, const char *path)
{
	size_t segments = 1, n;

	if (*path == '\\')
		bytes_int(b, 1, (uint8_t)*path++);
	for (const char *s = path; *s; s++)
		segments += *s == '.';
	if (segments == 2) {
		bytes_int(b, 1, AML_DUAL_NAME);
	} else if (segments > 2) {
		bytes_int(b, 1, AML_MULTI_NAME);
		bytes_int(b, 1, segments);
	}
	for (; segments; segments--, path += n + 1) {
		n = strcspn(path, ".");
		put_name_seg(b, path, n);
	}
}

/*
 * A begin returns where the length will be inserted: what precedes the contents (name, count) comes
 * after it in AML, so it is emitted here already.
 */
size_t aml_scope_begin(struct bytes *b, const char *path)
{
	size_t mark;

	bytes_int(b, 1, AML_SCOPE);
	mark = b->len;
	put_path(b, path);
	return mark;
}

size_t aml_device_begin(struct bytes *b, const char *name)
{
	size_t mark;

	bytes_int(b, 1, AML_EXT);
	bytes_int(b, 1, AML_EXT_DEVICE);
	mark = b->len;
	put_path(b, name);
	return mark;
}

size_t aml_package_begin(struct bytes *b, uint8_t elements)
{
	size_t mark;

	bytes_int(b, 1, AML_PACKAGE);
	mark = b->len;
	bytes_int(b, 1, elements);
	return mark;
}

void aml_end(struct bytes *b, size_t mark)
{
	insert_pkg_length(b, mark);
}

void aml_name(struct bytes *b, const char *name)
{
	bytes_int(b, 1, AML_NAME);
	put_path(b, name);
}

void aml_int(struct bytes *b, uint64_t v)
{
	uint8_t code[9];

	bytes_put(b, code, encode_int(code, v));
}

void aml_string(struct bytes *b, const char *s)
{
	bytes_int(b, 1, AML_STRING);
	bytes_put(b, s, strlen(s) + 1);
}

static size_t buffer_begin(struct bytes *b)
{
	bytes_int(b, 1, AML_BUFFER);
	return b->len;
}

static void buffer_end(struct bytes *b, size_t mark)
{
	uint8_t code[9];

	insert(b, mark, code, encode_int(code, b->len - mark));
	insert_pkg_length(b, mark);
}

void aml_unicode(struct bytes *b, const char *ascii)
{
	size_t mark = buffer_begin(b);

	for (; *ascii; ascii++)
		bytes_int(b, 2, (uint8_t)*ascii);
	bytes_int(b, 2, 0);
	buffer_end(b, mark);
}

static uint32_t hex_digit(char c)
{
	return (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* Section 19.3.4, EISAID: three letters of five bits and four digits, in big-endian order. */
void aml_eisa_id(struct bytes *b, const char *id)
{
	uint32_t v = 0;

	for (int i = 0; i < 3; i++)
		v = v << 5 | (uint32_t)(id[i] - '@');
	for (int i = 3; i < 7; i++)
		v = v << 4 | hex_digit(id[i]);
	bytes_int(b, 1, AML_DWORD);
	bytes_int(b, 4, __builtin_bswap32(v));
}

size_t res_begin(struct bytes *b)
{
	return buffer_begin(b);
}

/* A checksum of zero counts as correct (section 6.4.2.9). */
void res_end(struct bytes *b, size_t mark)
{
	bytes_int(b, 1, RES_END);
	bytes_int(b, 1, 0);
	buffer_end(b, mark);
}

/* Section 6.4.3.5: the word, dword and qword forms differ in the width of five fields. */
static void address_space(struct bytes *b, size_t width, uint8_t type, uint64_t general,
			  uint64_t specific, uint64_t first, uint64_t last)
{
	static const uint8_t tags[] = {
		[2] = RES_WORD_SPACE, [4] = RES_DWORD_SPACE, [8] = RES_QWORD_SPACE
	};

	bytes_int(b, 1, tags[width]);
	bytes_int(b, 2, 3 + 5 * width);
	bytes_int(b, 1, type);
	bytes_int(b, 1, general);
	bytes_int(b, 1, specific);
	bytes_int(b, width, 0); /* granularity */
	bytes_int(b, width, first);
	bytes_int(b, width, last);
	bytes_int(b, width, 0); /* translation */
	bytes_int(b, width, last - first + 1);
}

void res_bus_window(struct bytes *b, uint16_t first, uint16_t last)
{
	address_space(b, 2, SPACE_BUS, SPACE_FIXED, 0, first, last);
}

void res_io_window(struct bytes *b, uint16_t first, uint16_t last)
{
	address_space(b, 2, SPACE_IO, SPACE_FIXED, SPACE_IO_ENTIRE, first, last);
}

void res_memory_window(struct bytes *b, uint64_t first, uint64_t last)
{
	address_space(b, last > UINT32_MAX ? 8 : 4, SPACE_MEMORY, SPACE_FIXED, SPACE_MEM_RW, first,
		      last);
}

/* Section 6.4.2.5 */
void res_io(struct bytes *b, uint16_t first, uint16_t last)
{
	bytes_int(b, 1, RES_IO);
	bytes_int(b, 1, IO_DECODE16);
	bytes_int(b, 2, first); /* lowest base */
	bytes_int(b, 2, first); /* highest base */
	bytes_int(b, 1, 1);	/* alignment */
	bytes_int(b, 1, (uint64_t)last - first + 1);
}

/* Section 6.4.2.1, without the flags: as ISA has it */
void res_irq(struct bytes *b, uint8_t irq)
{
	bytes_int(b, 1, RES_IRQ_NO_FLAGS);
	bytes_int(b, 2, BIT(irq));
}

void res_memory(struct bytes *b, uint64_t first, uint64_t last)
{
	if (last > UINT32_MAX) {
		address_space(b, 8, SPACE_MEMORY, SPACE_FIXED | SPACE_CONSUMER, SPACE_MEM_RW, first,
			      last);
		return;
	}
	bytes_int(b, 1, RES_MEMORY32_FIXED); /* section 6.4.3.4 */
	bytes_int(b, 2, 9);
	bytes_int(b, 1, MEMORY32_RW);
	bytes_int(b, 4, first);
	bytes_int(b, 4, last - first + 1);
}
