// SPDX-License-Identifier: BSD-2-Clause
/*
 * emit_json.c - for programs: built as a tree by libjansson and written at the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

#include "emit.h"
#include "util.h"

/* Put member, which is ours, into the innermost container. It lives as long as that does. */
static void add(struct emit_json *j, const char *key, json_t *member)
{
	json_t *in = j->stack[j->depth];
	int ret = key ? json_object_set_new(in, key, member) : json_array_append_new(in, member);

	if (ret)
		j->failed = true;
}

static void json_open(struct emit *e, const char *key, enum emit_shape shape)
{
	struct emit_json *j = container_of(e, struct emit_json, e);
	json_t *member = shape == EMIT_LIST ? json_array() : json_object();

	/* without memory member is NULL, which the library takes everywhere, and refuses */
	add(j, key, member);
	j->stack[++j->depth] = j->failed ? NULL : member;
}

static void json_close(struct emit *e)
{
	container_of(e, struct emit_json, e)->depth--;
}

static json_t *hex(const struct emit_value *v)
{
	return json_sprintf("0x%0*" PRIx64, (int)v->digits, v->number);
}

static json_t *flags(const struct emit_value *v)
{
	json_t *set = json_array();

	for (unsigned i = 0; i < v->n_names; i++) {
		if (json_array_append_new(set, json_string(v->names[i]))) {
			json_decref(set);
			return NULL;
		}
	}
	return json_pack("{s:o, s:o}", "value", hex(v), "set", set);
}

static json_t *value_of(const struct emit_value *v)
{
	json_int_t number = (json_int_t)v->number;

	switch (v->kind) {
	case EMIT_NUMBER:
		return json_integer(number);
	case EMIT_HEX:
		return hex(v);
	case EMIT_BOOL:
		return json_boolean(v->number);
	case EMIT_STRING:
		return v->text ? json_string(v->text) : json_null();
	case EMIT_NAMED:
		return json_pack("{s:I, s:s?}", "value", number, "name", v->text);
	case EMIT_FLAGS:
		return flags(v);
	}
	return NULL;
}

static void json_value(struct emit *e, const char *key, const struct emit_value *v)
{
	add(container_of(e, struct emit_json, e), key, value_of(v));
}

static const struct emit_ops json_ops = {
	.open = json_open,
	.close = json_close,
	.value = json_value,
};

void emit_json_begin(struct emit_json *j)
{
	*j = (struct emit_json){ .e.ops = &json_ops };
	j->stack[0] = json_object();
	j->failed = !j->stack[0];
}

int emit_json_end(struct emit_json *j, FILE *out)
{
	int ret = 0;

	if (j->failed)
		ret = -ENOMEM;
	else if (json_dumpf(j->stack[0], out,
			    JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII))
		ret = ferror(out) ? 0 : -ENOMEM;
	else
		fputc('\n', out);
	json_decref(j->stack[0]);
	return ret;
}
