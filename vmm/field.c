// SPDX-License-Identifier: BSD-2-Clause
/*
 * field.c - walk a table of fields over bytes.
 */
#include "field.h"
#include "util.h"

#define BIT_NAME 8 /* "bit 63" and its zero, rounded up */

static bool in_version(unsigned version, unsigned since, unsigned until)
{
	return version >= since && (!until || version <= until);
}

const char *field_name(const struct field_name *names, unsigned version, uint64_t value)
{
	for (; names->name; names++)
		if (names->value == value && in_version(version, names->since, names->until))
			return names->name;
	return NULL;
}

void field_emit_flags(struct emit *e, const char *key, uint64_t value, unsigned digits,
		      const struct field_name *names, unsigned version)
{
	struct emit_value v = { .kind = EMIT_FLAGS, .number = value, .digits = digits };
	char unnamed[EMIT_BITS][BIT_NAME];

	for (unsigned bit = 0; bit < 64; bit++) {
		if (!(value & BIT(bit)))
			continue;
		v.names[v.n_names] = field_name(names, version, bit);
		if (!v.names[v.n_names]) {
			snprintf(unnamed[bit], BIT_NAME, "bit %u", bit);
			v.names[v.n_names] = unnamed[bit];
		}
		v.n_names++;
	}
	e->ops->value(e, key, &v);
}

static void emit_field(struct emit *e, const struct field *f, const uint8_t *at, unsigned version,
		       unsigned index)
{
	uint64_t mask = f->mask ? f->mask : UINT64_MAX;
	uint64_t value = 0;

	if (f->kind != FIELD_STRING)
		value = FIELD_GET(mask, get_le(at, f->size) >> (f->bit_step * index));
	switch (f->kind) {
	case FIELD_NUMBER:
		emit_number(e, f->name, value);
		break;
	case FIELD_HEX:
		emit_hex(e, f->name, value, 2U * f->size);
		break;
	case FIELD_BOOL:
		emit_bool(e, f->name, value != 0);
		break;
	case FIELD_NAMED:
		emit_named(e, f->name, value, field_name(f->names, version, value));
		break;
	case FIELD_FLAGS:
		field_emit_flags(e, f->name, value, 2U * f->size, f->names, version);
		break;
	case FIELD_STRING:
		emit_bytes(e, f->name, at, f->size);
		break;
	}
}

void field_emit(struct emit *e, const struct field *table, const uint8_t *bytes, size_t len,
		unsigned version, unsigned index)
{
	for (const struct field *f = table; f->name; f++) {
		size_t offset = f->offset + (size_t)f->step * index;

		if (in_version(version, f->since, f->until) && offset + f->size <= len)
			emit_field(e, f, bytes + offset, version, index);
	}
}
