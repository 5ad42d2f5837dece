// SPDX-License-Identifier: BSD-2-Clause
/*
 * emit_text.c - for people: indented lines, "key" padded, "value" behind it.
 */
#include <inttypes.h>

#include "emit.h"
#include "util.h"

#define INDENT	  2
#define KEY_WIDTH 30 /* of key and indentation together */

/* The key with blanks for '_'. */
static void put_key(struct emit_text *t, const char *key)
{
	for (; *key; key++)
		fputc(*key == '_' ? ' ' : *key, t->out);
}

/* A list's key waits for its first member, or for the end: an empty one says so. */
static void end_key(struct emit_text *t)
{
	if (t->list_empty)
		fputc('\n', t->out);
	t->list_empty = false;
}

/* What stands before a value: the rest of the row, or a line's beginning. */
static void put_lead(struct emit_text *t, const char *key)
{
	int width = KEY_WIDTH - INDENT * (int)t->depth;

	end_key(t);
	if (t->row) {
		fputs(t->row_started ? "  " : "", t->out);
		t->row_started = true;
		if (!key)
			return;
		put_key(t, key);
		fputc(' ', t->out);
		return;
	}
	fprintf(t->out, "%*s", INDENT * (int)t->depth, "");
	if (!key)
		return;
	put_key(t, key);
	fprintf(t->out, "%*s ", width > (int)strlen(key) ? width - (int)strlen(key) : 0, "");
}

static void put_flags(struct emit_text *t, const struct emit_value *v)
{
	fprintf(t->out, "0x%0*" PRIx64, (int)v->digits, v->number);
	for (unsigned i = 0; i < v->n_names; i++)
		fprintf(t->out, "%s%s", i ? ", " : ": ", v->names[i]);
}

static void text_value(struct emit *e, const char *key, const struct emit_value *v)
{
	struct emit_text *t = container_of(e, struct emit_text, e);

	t->begun = true;
	put_lead(t, key);
	switch (v->kind) {
	case EMIT_NUMBER:
		fprintf(t->out, "%" PRIu64, v->number);
		break;
	case EMIT_HEX:
		fprintf(t->out, "0x%0*" PRIx64, (int)v->digits, v->number);
		break;
	case EMIT_BOOL:
		fputs(v->number ? "yes" : "no", t->out);
		break;
	case EMIT_STRING:
		fputs(!v->text ? "(none)" : *v->text ? v->text : "(empty)", t->out);
		break;
	case EMIT_NAMED:
		fprintf(t->out, "%" PRIu64 " (%s)", v->number, v->text ? v->text : "unknown");
		break;
	case EMIT_FLAGS:
		put_flags(t, v);
		break;
	}
	if (!t->row)
		fputc('\n', t->out);
}

static void text_open(struct emit *e, const char *key, enum emit_shape shape)
{
	struct emit_text *t = container_of(e, struct emit_text, e);

	end_key(t);
	if (shape == EMIT_ROW) {
		fprintf(t->out, "%*s", INDENT * (int)t->depth, "");
		if (key) {
			put_key(t, key);
			fputs(": ", t->out);
		}
		t->row = true;
		t->row_started = false;
		t->index[++t->depth] = 0;
		return;
	}
	if (!t->depth && t->begun)
		fputc('\n', t->out);
	t->begun = true;
	fprintf(t->out, "%*s", INDENT * (int)t->depth, "");
	if (key)
		put_key(t, key);
	else
		fprintf(t->out, "[%u]", t->index[t->depth]++);
	t->list_empty = shape == EMIT_LIST;
	if (!t->list_empty)
		fputc('\n', t->out);
	t->index[++t->depth] = 0;
}

static void text_close(struct emit *e)
{
	struct emit_text *t = container_of(e, struct emit_text, e);

	if (t->list_empty)
		fputs(": none", t->out);
	if (t->row || t->list_empty)
		fputc('\n', t->out);
	t->row = false;
	t->list_empty = false;
	t->depth--;
}

static const struct emit_ops text_ops = {
	.open = text_open,
	.close = text_close,
	.value = text_value,
};

void emit_text_begin(struct emit_text *t, FILE *out)
{
	*t = (struct emit_text){ .e.ops = &text_ops, .out = out };
}
