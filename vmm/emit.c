// SPDX-License-Identifier: BSD-2-Clause
/*
 * emit.c - values as the writers take them.
 */
#include <stdarg.h>

#include "emit.h"
#include "util.h"

void emit_open(struct emit *e, const char *key, enum emit_shape shape)
{
	e->ops->open(e, key, shape);
}

void emit_close(struct emit *e)
{
	e->ops->close(e);
}

void emit_number(struct emit *e, const char *key, uint64_t number)
{
	e->ops->value(e, key, &(struct emit_value){ .kind = EMIT_NUMBER, .number = number });
}

void emit_hex(struct emit *e, const char *key, uint64_t number, unsigned digits)
{
	e->ops->value(e, key,
		      &(struct emit_value){ .kind = EMIT_HEX, .number = number, .digits = digits });
}

void emit_bool(struct emit *e, const char *key, bool yes)
{
	e->ops->value(e, key, &(struct emit_value){ .kind = EMIT_BOOL, .number = yes });
}

void emit_named(struct emit *e, const char *key, uint64_t number, const char *name)
{
	e->ops->value(e, key,
		      &(struct emit_value){ .kind = EMIT_NAMED, .number = number, .text = name });
}

void emit_string(struct emit *e, const char *key, const char *fmt, ...)
{
	char text[EMIT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	e->ops->value(e, key, &(struct emit_value){ .kind = EMIT_STRING, .text = text });
}

void emit_none(struct emit *e, const char *key)
{
	e->ops->value(e, key, &(struct emit_value){ .kind = EMIT_STRING });
}

/* Every second byte is zero, and there are at least two characters. */
static bool is_utf16(const uint8_t *bytes, size_t len)
{
	if (len < 3)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((bytes[i] == 0) != (i % 2 == 1))
			return false;
	return true;
}

void emit_bytes(struct emit *e, const char *key, const uint8_t *bytes, size_t len)
{
	char text[4 * EMIT_BYTES_MAX + 1], *p = text;
	size_t step;

	len = MIN(len, EMIT_BYTES_MAX);
	while (len && (!bytes[len - 1] || bytes[len - 1] == ' '))
		len--;
	step = is_utf16(bytes, len) ? 2 : 1;
	for (size_t i = 0; i < len; i += step) {
		if (bytes[i] >= ' ' && bytes[i] <= '~' && bytes[i] != '\\')
			*p++ = (char)bytes[i];
		else
			p += sprintf(p, "\\x%02x", bytes[i]);
	}
	*p = '\0';
	e->ops->value(e, key, &(struct emit_value){ .kind = EMIT_STRING, .text = text });
}

void emit_problem(struct emit *e, uint64_t offset, const char *fmt, ...)
{
	struct emit_problem *p;
	va_list ap;

	if (e->n_problems++ >= EMIT_PROBLEMS_MAX)
		return;
	p = &e->problem[e->n_problems - 1];
	p->offset = e->base + offset;
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
}

void emit_problems(struct emit *e)
{
	emit_open(e, "problems", EMIT_LIST);
	for (unsigned i = 0; i < MIN(e->n_problems, EMIT_PROBLEMS_MAX); i++) {
		emit_open(e, NULL, EMIT_ROW);
		emit_hex(e, "offset", e->problem[i].offset, 4);
		emit_string(e, "text", "%s", e->problem[i].text);
		emit_close(e);
	}
	emit_close(e);
}
