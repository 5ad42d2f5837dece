// SPDX-License-Identifier: BSD-2-Clause
/*
 * docs.c - manual page and completions from the option table: a template with its @OPTIONS@ filled in.
 *
 * usage: gen-docs man|bash|zsh|fish TEMPLATE, or gen-docs table, which lists the rows for tests.
 * Part of the build, not of igdvm. Whoever adds a row to the table gets a line everywhere.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_table.h"
#include "tools.h"
#include "util.h"

#define SPEC_MAX 512

/* ---- what may stand as a value, as words: literal ones, and <file>, <dir>, <pci> ---- */

/* Names of values that the help texts use; others are free text. */
static const struct {
	const char *value, *spec;
} named[] = {
	{ "F", "<file>" },
	{ "FILE", "<file>" },
	{ "DIR", "<dir>" },
	{ "PATH", "<file>" },
	{ "SOCKET", "<file>" },
	{ "DEVICE", "<file>" },
	{ "BDF|PATH", "<pci> <dir>" },
};

static const char *spec_of_name(const char *value)
{
	for (size_t i = 0; value && i < ARRAY_SIZE(named); i++)
		if (!strcmp(value, named[i].value))
			return named[i].spec;
	return "";
}

static void append(char spec[SPEC_MAX], const char *a, const char *b, const char *c)
{
	size_t len = strlen(spec);

	snprintf(spec + len, SPEC_MAX - len, "%s%s%s%s", len ? " " : "", a, b, c);
}

/* Of a row with a value of its own, not of keys. */
static const char *spec_of(const struct config_row *row, char spec[SPEC_MAX])
{
	spec[0] = '\0';
	for (const struct config_word *w = row->words; w && w->name; w++) {
		if (!w->arg)
			append(spec, w->name, "", "");
		else
			append(spec, w->name, *w->name ? "=" : "", spec_of_name(w->arg));
	}
	if (!row->words && row->parse == config_flag)
		append(spec, "on off", "", "");
	else if (!row->words)
		append(spec, spec_of_name(row->value), "", "");
	return spec;
}

/* The same for an option, of which those with words tell about them. */
static const char *spec_of_option(const struct config_row *row, char spec[SPEC_MAX])
{
	spec_of(row, spec);
	if (row->words)
		append(spec, "help", "", "");
	return spec;
}

/* What completes a key: "ro" for a flag, "size=" for others. */
static const char *key_end(const struct config_row *key)
{
	return key->value ? "=" : "";
}

/* ---- the manual page, in scdoc's language ---- */

static void put_plain(const char *text)
{
	for (; *text; text++) {
		if (strchr("\\*_#[]|<>~`", *text))
			putchar('\\');
		putchar(*text);
	}
}

static void put_marked(char mark, const char *text)
{
	putchar(mark);
	put_plain(text);
	putchar(mark);
}

static void man_about(const struct config_row *row, const char *indent)
{
	const struct config_row *source = row->keys ? row->keys : row;

	printf("%s", indent);
	put_plain(row->help);
	if (row->required)
		printf(" (required)");
	else if (source->fallback) {
		printf(" (default: ");
		put_plain(source->fallback);
		printf(")");
	}
	printf("\n\n");
}

static void man_key(const struct config_row *key, bool first)
{
	printf("\t");
	put_marked('*', key->name);
	if (key->value) {
		putchar('=');
		put_marked('_', key->value);
	}
	printf("%s\n", first ? ", or without the name, first" : "");
	man_about(key, "\t\t");
}

static void man_options(void)
{
	for (const struct config_row *r = config_options; r->name; r++) {
		if (r->letter)
			printf("*-%c*, ", r->letter);
		printf("*--%s*", r->name);
		if (r->value) {
			putchar(' ');
			put_marked('_', r->value);
		}
		if (r->keys && r->keys[1].name)
			printf("\\[,_KEY_=_VALUE_...\\]");
		putchar('\n');
		man_about(r, "\t");
		for (const struct config_row *k = r->keys; k && k->name; k++)
			man_key(k, k == r->keys);
	}
}

/* ---- completions ---- */

/* Text between single quotes, for a shell that ends a string at one whatever stands before it. */
static void quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf(*text == '\'' ? "'\\''" : "%c", *text);
	putchar('\'');
}

static void bash_pair(const char *a, const char *b, const char *value)
{
	printf("\t['%s%s%s']='%s'\n", a, b ? " " : "", b ? b : "", value);
}

/* An array: option -> words, "keys" for those with keys, "-" for flags; "option keys" -> keys. */
static void bash_options(void)
{
	char spec[SPEC_MAX], name[64];

	for (const struct config_row *r = config_options; r->name; r++) {
		snprintf(name, sizeof(name), "--%s", r->name);
		if (r->letter)
			printf("\t['-%c']='=%s'\n", r->letter, name);
		bash_pair(name, NULL, r->keys ? "keys" : r->value ? spec_of_option(r, spec) : "-");
		spec[0] = '\0';
		for (const struct config_row *k = r->keys; k && k->name; k++)
			append(spec, k->name, key_end(k), "");
		if (r->keys)
			bash_pair(name, "keys", spec);
		for (const struct config_row *k = r->keys; k && k->name; k++)
			bash_pair(name, k->name, spec_of(k, spec));
	}
	for (const struct tool *t = tools; t->name; t++)
		bash_pair(t->name, NULL, t->words);
}

/* igdvm_spec+=('--memory size' 'words'), the form that takes a blank in the name. */
static void zsh_add(const char *array, const char *a, const char *b, const char *value)
{
	printf("\tigdvm_%s+=('%s%s%s' ", array, a, b ? " " : "", b ? b : "");
	quoted(value);
	printf(")\n");
}

static void zsh_pair(const char *a, const char *b, const char *value, const char *help)
{
	zsh_add("spec", a, b, value);
	if (help)
		zsh_add("help", a, b, help);
}

static void zsh_options(void)
{
	char spec[SPEC_MAX], name[64];

	for (const struct config_row *r = config_options; r->name; r++) {
		snprintf(name, sizeof(name), "--%s", r->name);
		if (r->letter)
			printf("\tigdvm_spec+=('-%c' '=%s')\n", r->letter, name);
		zsh_pair(name, NULL,
			 r->keys    ? "keys"
			 : r->value ? spec_of_option(r, spec)
				    : "-",
			 r->help);
		spec[0] = '\0';
		for (const struct config_row *k = r->keys; k && k->name; k++)
			append(spec, k->name, key_end(k), "");
		if (r->keys)
			zsh_pair(name, "keys", spec, NULL);
		for (const struct config_row *k = r->keys; k && k->name; k++)
			zsh_pair(name, k->name, spec_of(k, spec), k->help);
	}
	for (const struct tool *t = tools; t->name; t++)
		zsh_pair(t->name, NULL, t->words, t->help);
}

/* Fish takes \ and ' with a backslash between single quotes. */
static void fish_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf(*text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
	putchar('\'');
}

static void fish_option(const struct config_row *r)
{
	char spec[SPEC_MAX];

	printf("complete -c igdvm -n __igdvm_starts -l %s", r->name);
	if (r->letter)
		printf(" -s %c", r->letter);
	printf(" -d ");
	fish_quoted(r->help);
	if (!r->value) {
		printf("\n");
		return;
	}
	printf(" -xa '(__igdvm_%s", r->keys ? "keys" : "value");
	if (!r->keys)
		printf(" \"%s\"", spec_of_option(r, spec));
	for (const struct config_row *k = r->keys; k && k->name; k++)
		printf(" \"%s%s %s\"", k->name, key_end(k), spec_of(k, spec));
	printf(")'\n");
}

static void fish_options(void)
{
	printf("set -g __igdvm_commands");
	for (const struct tool *t = tools; t->name; t++)
		printf(" %s", t->name);
	printf("\n");
	for (const struct config_row *r = config_options; r->name; r++)
		fish_option(r);
	for (const struct tool *t = tools; t->name; t++) {
		printf("complete -c igdvm -n __fish_use_subcommand -xa %s -d ", t->name);
		fish_quoted(t->help);
		printf("\ncomplete -c igdvm -n '__fish_seen_subcommand_from %s' -xa "
		       "'(__igdvm_value \"%s\")'\n",
		       t->name, t->words);
	}
}

/* ---- rows for tests: option, key or "-", name of the value or "-", kind, most, how often, path, need ---- */

static const char *kind_of(const struct config_row *row)
{
	static const struct {
		config_value_fn *parse;
		const char *name;
	} kinds[] = {
		{ config_string, "string" }, { config_flag, "flag" },	{ config_word, "word" },
		{ config_size, "size" },     { config_count, "count" },
	};

	if (row->action != CONFIG_RUN)
		return "action";
	if (row->keys)
		return "keys";
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (row->parse == kinds[i].parse)
			return kinds[i].name;
	return "other";
}

static void table_row(const struct config_row *option, const struct config_row *key)
{
	const struct config_row *r = key ? key : option;
	char spec[SPEC_MAX];

	spec_of(r, spec);
	printf("%s %s %s %s %llu %s %s %s\n", option->name, key ? key->name : "-",
	       r->value ? r->value : "-", kind_of(r), (unsigned long long)r->max,
	       option->repeat ? "repeats" : "once",
	       strstr(spec, "<file>")  ? "file"
	       : strstr(spec, "<dir>") ? "dir"
				       : "-",
	       r->required ? "required" : "optional");
}

static void table(void)
{
	for (const struct config_row *r = config_options; r->name; r++) {
		table_row(r, NULL);
		for (const struct config_row *k = r->keys; k && k->name; k++)
			table_row(r, k);
	}
	for (const struct tool *t = tools; t->name; t++)
		printf("%s - - command 0 once - optional\n", t->name);
}

static const struct {
	const char *name;
	void (*put)(void);
} formats[] = {
	{ "man", man_options },
	{ "bash", bash_options },
	{ "zsh", zsh_options },
	{ "fish", fish_options },
};

static int fill(const char *path, void (*put)(void))
{
	FILE *in = fopen(path, "r");
	char line[4096];
	bool filled = false;

	if (!in) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof(line), in)) {
		if (strcmp(line, "@OPTIONS@\n")) {
			fputs(line, stdout);
			continue;
		}
		put();
		filled = true;
	}
	fclose(in);
	if (!filled)
		fprintf(stderr, "%s: no line @OPTIONS@\n", path);
	return !filled || fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "table")) {
		table();
		return fflush(stdout) ? 1 : 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(formats) && argc == 3; i++)
		if (!strcmp(argv[1], formats[i].name))
			return fill(argv[2], formats[i].put);
	fprintf(stderr, "usage: gen-docs man|bash|zsh|fish TEMPLATE, or gen-docs table\n");
	return 2;
}
