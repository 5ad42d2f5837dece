// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_dump.c - a whole configuration as the file that gives it: --dump-config.
 * Walks the option table; what a default is, defaults say, so a value equal to one is left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_table.h"
#include "util.h"

struct dump {
	const struct config *c;
	struct config defaults;
	FILE *out;
};

/* The value of a row as text, which is the caller's to free; NULL: it has none, or no memory. */
static char *value_of(const struct config *c, const struct config_row *row, int *ret)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	bool given = false;

	if (f) {
		given = config_type_of(row)->print(c, row, f);
		if (fclose(f))
			f = NULL;
	}
	if (!f)
		*ret = -ENOMEM;
	if (f && given)
		return text;
	free(text);
	return NULL;
}

/*
 * What libinih would take for something else is escaped: it cuts blanks at the ends, and all behind
 * a blank with a semicolon.
 */
static void print_escaped(FILE *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		unsigned char byte = (unsigned char)*p;

		if (byte == '\\' || byte == ';')
			fprintf(out, "\\%c", byte);
		else if (byte == ' ' && (p == text || !p[1]))
			fputs("\\s", out);
		else if (byte == '\n' || byte == '\r' || byte == '\t')
			fprintf(out, "\\%c", byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't');
		else if (byte < ' ' || byte == 0x7f)
			fprintf(out, "\\x%02x", byte);
		else
			fputc(byte, out);
	}
}

/* The line of one row, `shift` bytes behind its first struct; nothing if the value is the default. */
static int dump_row(struct dump *d, const struct config_row *row, size_t shift)
{
	struct config_row moved = *row;
	char *value, *fallback;
	int ret = 0;

	if (row->implied && row->implied(d->c))
		return 0;
	moved.offset += shift;
	moved.ids_offset += shift;
	moved.shift = shift;
	value = value_of(d->c, &moved, &ret);
	fallback = value_of(&d->defaults, &moved, &ret);
	if (!ret && value && (!fallback || strcmp(value, fallback))) {
		fprintf(d->out, "%s = ", row->name);
		print_escaped(d->out, value);
		fputc('\n', d->out);
	}
	free(value);
	free(fallback);
	return ret;
}

static int dump_keys(struct dump *d, const struct config_row *option, size_t shift)
{
	int ret = 0;

	for (const struct config_row *key = option->keys; key->name && !ret; key++)
		ret = dump_row(d, key, shift);
	return ret;
}

/* Whether the option was given; one without a flag of its own is, if one of its keys differs. */
static int dump_once(struct dump *d, const struct config_row *option)
{
	FILE *out = d->out;
	char *body = NULL;
	size_t len = 0;
	bool on = false;
	int ret;

	d->out = open_memstream(&body, &len);
	if (!d->out) {
		d->out = out;
		return -ENOMEM;
	}
	ret = dump_keys(d, option, 0);
	if (fclose(d->out))
		ret = -ENOMEM;
	d->out = out;
	if (option->parse)
		on = *((const bool *)((const char *)d->c + option->offset));
	if (!ret && (option->parse ? on : len))
		fprintf(out, "\n[%s]\n%s", option->name, body);
	free(body);
	return ret;
}

static int dump_repeated(struct dump *d, const struct config_row *option)
{
	const unsigned *count = (const void *)((const char *)d->c + option->count_offset);
	int ret = 0;

	for (unsigned i = 0; i < *count && !ret; i++) {
		if (option->keys)
			fprintf(d->out, "\n[%s %u]\n", option->name, i + 1);
		ret = option->keys ? dump_keys(d, option, i * option->stride)
				   : dump_row(d, option, i * option->stride);
	}
	return ret;
}

int config_dump(const struct config *c, FILE *out)
{
	struct dump d = { .c = c, .out = out };
	struct config_error err;
	int ret = config_defaults(&d.defaults, config_options, &err);

	fprintf(out, "# igdvm: what is not as it is by default\n");
	/* sections last: what follows one belongs to it */
	for (unsigned sections = 0; sections < 2; sections++) {
		for (const struct config_row *r = config_options; r->name && !ret; r++) {
			if (r->action != CONFIG_RUN || r->not_in_file || !!r->keys != sections)
				continue;
			if (r->repeat)
				ret = dump_repeated(&d, r);
			else
				ret = r->keys ? dump_once(&d, r) : dump_row(&d, r, 0);
		}
	}
	return ret;
}
