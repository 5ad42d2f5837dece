// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_help.c - the option table as text: help, version, and the nearest name to a wrong one.
 */
#include <string.h>

#include "config_table.h"
#include "util.h"

/* Longest name that nearness is measured on; a longer text counts by its beginning. */
#define NAME_MAX_LEN 32

#define HELP_INDENT "        "
#define HELP_WIDTH  80

/* Levenshtein distance, one row of the matrix at a time. */
static size_t edit_distance(const char *a, const char *b, size_t b_len)
{
	size_t row[NAME_MAX_LEN + 1];

	b_len = MIN(b_len, NAME_MAX_LEN);
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b_len; j++) {
			size_t replace = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(MIN(row[j], diagonal) + 1, replace);
		}
	}
	return row[b_len];
}

const char *config_nearest(const struct config_row *table, const char *text)
{
	const char *nearest = table->name;
	size_t least = SIZE_MAX;

	for (; table->name; table++) {
		size_t d = edit_distance(table->name, text, strcspn(text, "="));

		if (d < least) {
			least = d;
			nearest = table->name;
		}
	}
	return nearest;
}

static void print_about(FILE *out, const struct config_row *row)
{
	const struct config_row *source = row->keys ? row->keys : row;
	char note[HELP_WIDTH] = "";

	if (row->required)
		snprintf(note, sizeof(note), "(required)");
	else if (source->fallback)
		snprintf(note, sizeof(note), "(default: %s)", source->fallback);
	fprintf(out, HELP_INDENT "%s", row->help);
	if (*note)
		fprintf(out, "%s%s",
			strlen(HELP_INDENT) + strlen(row->help) + 1 + strlen(note) > HELP_WIDTH
				? "\n" HELP_INDENT
				: " ",
			note);
	fprintf(out, "\n");
}

/* What help says behind the value of an option that has keys besides the first. */
static const char *more_keys(const struct config_row *row)
{
	return row->keys && row->keys[1].name ? "[,KEY=VALUE...]" : "";
}

static void print_option(FILE *out, const struct config_row *row)
{
	if (row->letter)
		fprintf(out, "  -%c, --%s", row->letter, row->name);
	else
		fprintf(out, "  --%s", row->name);
	fprintf(out, "%s%s%s\n", row->value ? " " : "", row->value ? row->value : "",
		more_keys(row));
	print_about(out, row);
	if (row->keys)
		fprintf(out, "        \"--%s help\" lists the keys\n", row->name);
}

void config_print_help(FILE *out)
{
	fprintf(out, "usage: igdvm [run] --kernel F [OPTION...]\n\n"
		     "Start a Linux guest on KVM; with --igd it gets the host's Intel GPU.\n"
		     "Standard output carries the guest's serial port.\n\n"
		     "Options, as --NAME VALUE or --NAME=VALUE:\n");
	for (const struct config_row *r = config_options; r->name; r++)
		print_option(out, r);
}

void config_print_row_help(FILE *out, const struct config_row *option)
{
	if (!option->keys) {
		print_option(out, option);
		return;
	}
	fprintf(out,
		"--%s %s%s: %s.\n"
		"The first key's name may be left out; a comma in a value is written twice.\n",
		option->name, option->value, more_keys(option), option->help);
	for (const struct config_row *key = option->keys; key->name; key++) {
		fprintf(out, "  %s%s%s\n", key->name, key->value ? "=" : "",
			key->value ? key->value : "");
		print_about(out, key);
	}
}
