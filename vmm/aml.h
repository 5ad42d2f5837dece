/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aml.h - a bounded byte buffer, and AML and resource descriptors written into it.
 *
 * Pure. What does not fit is counted but not written: callers emit everything, then ask once with
 * bytes_overflowed(). A block is opened by a begin, which returns a mark, and closed by the
 * matching end, which inserts the lengths that AML wants in front of the contents.
 * Sources: ACPI 6.4 chapter 20 (AML), section 6.4 (resource descriptors).
 */
#ifndef IGDVM_AML_H
#define IGDVM_AML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *buf;
	size_t size; /* of buf */
	size_t len;  /* emitted so far, written or not */
};

bool bytes_overflowed(const struct bytes *b);
void bytes_put(struct bytes *b, const void *data, size_t n);
void bytes_zero(struct bytes *b, size_t n);

/* Append, or overwrite at an offset, the width (1..8) low bytes of v, little-endian. */
void bytes_int(struct bytes *b, size_t width, uint64_t v);
void bytes_patch(struct bytes *b, size_t at, size_t width, uint64_t v);

/* Names are written as in ASL: "\\_SB.PCI0", "_UID"; short segments are padded with '_'. */
size_t aml_scope_begin(struct bytes *b, const char *path);
size_t aml_device_begin(struct bytes *b, const char *name);
size_t aml_package_begin(struct bytes *b, uint8_t elements);
void aml_end(struct bytes *b, size_t mark);

/* Name (name, ...): the object follows. */
void aml_name(struct bytes *b, const char *name);

void aml_int(struct bytes *b, uint64_t v);
void aml_string(struct bytes *b, const char *s);
void aml_unicode(struct bytes *b, const char *ascii); /* a buffer of UTF-16, as _STR wants */
void aml_eisa_id(struct bytes *b, const char *id);    /* "PNP0C02" as the compressed DWord */

/* ResourceTemplate () {...}: descriptors between begin and end. */
size_t res_begin(struct bytes *b);
void res_end(struct bytes *b, size_t mark);

/* Ranges by first and last. "window": what a bridge passes on, not what the device uses itself. */
void res_bus_window(struct bytes *b, uint16_t first, uint16_t last);
void res_io(struct bytes *b, uint16_t first, uint16_t last);
void res_io_window(struct bytes *b, uint16_t first, uint16_t last);
void res_irq(struct bytes *b, uint8_t irq); /* 0..15, edge-triggered, active high */
void res_memory(struct bytes *b, uint64_t first, uint64_t last);
void res_memory_window(struct bytes *b, uint64_t first, uint64_t last);

#endif
