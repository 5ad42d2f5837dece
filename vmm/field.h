/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * field.h - structures as tables: where each field is, how wide, since which version, what it means.
 *
 * Pure. The one place where fields of hostile data are loaded: what does not lie in the bytes that
 * are there is left out.
 */
#ifndef IGDVM_FIELD_H
#define IGDVM_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "emit.h"

enum field_kind {
	FIELD_NUMBER,
	FIELD_HEX,
	FIELD_BOOL,
	FIELD_NAMED,  /* names: value to name */
	FIELD_FLAGS,  /* names: bit number to name; others become "bit N" */
	FIELD_STRING, /* size bytes */
};

struct field_name {
	uint32_t value;
	uint16_t since, until; /* versions the name is for; until 0: still */
	const char *name;      /* NULL ends */
};

struct field {
	const char *name; /* NULL ends a table */
	uint16_t offset;
	uint8_t size; /* bytes: 1 to 8; EMIT_BYTES_MAX of a string */
	enum field_kind kind;
	uint64_t mask; /* bits of the field, contiguous; 0: all */
	const struct field_name *names;
	uint16_t since, until;	/* versions that have the field; until 0: still */
	uint8_t step, bit_step; /* bytes and bits from one index to the next */
};

/* The name of value in version, or NULL. */
const char *field_name(const struct field_name *names, unsigned version, uint64_t value);

/* Write the fields of version that lie whole in bytes, the index-th of each. */
void field_emit(struct emit *e, const struct field *table, const uint8_t *bytes, size_t len,
		unsigned version, unsigned index);

/* One value of flags. digits: of its number in hexadecimal. */
void field_emit_flags(struct emit *e, const char *key, uint64_t value, unsigned digits,
		      const struct field_name *names, unsigned version);

#endif
