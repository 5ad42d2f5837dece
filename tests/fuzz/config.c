// SPDX-License-Identifier: BSD-2-Clause
/*
 * config.c - any bytes as a command line, and as a configuration file.
 *
 * Arguments are separated by zeros; what follows two of them is the file. What is accepted is dumped, and the dump
 * has to mean the same: its own dump is equal to it.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "util.h"

#define ARGS 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct config config, again;
static FILE *nowhere;

static void check_error(const struct config_error *err)
{
	if (!err->text[0] || strchr(err->text, '\n'))
		abort(); /* one line, and not an empty one */
}

/* The configuration as a file; the caller frees it. */
static char *dump(const struct config *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out || config_dump(c, out) || fclose(out))
		abort();
	return text;
}

static void check_dump(void)
{
	char *argv[] = { "igdvm", NULL }, *text = dump(&config), *second;
	struct config_file file = { "dump", text, strlen(text) };
	enum config_action action = CONFIG_RUN;
	struct config_error err = { "" };

	if (config_parse(&again, &file, 1, argv, &action, nowhere, &err)) {
		fprintf(stderr, "%s\n%s\n", err.text, text);
		abort();
	}
	second = dump(&again);
	if (strcmp(text, second))
		abort();
	free(text);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static char copy[65536];
	char *argv[ARGS + 2] = { "igdvm" }, *p = copy;
	struct config_file file = { "file", NULL, 0 };
	enum config_action action = CONFIG_RUN;
	struct config_error err = { "" };
	int argc = 1;

	if (len >= sizeof(copy) - 2)
		return -1;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	memset(copy, 0, sizeof(copy));
	memcpy(copy, bytes, len);
	while (p < copy + len && *p && argc < ARGS) {
		argv[argc++] = p;
		p += strlen(p) + 1;
	}
	if (p < copy + len) {
		file.text = p + 1;
		file.len = (size_t)(copy + len - MIN(p + 1, copy + len));
	}
	memset(&config, 0xa5, sizeof(config)); /* nothing that was there counts */
	if (config_parse(&config, file.len ? &file : NULL, argc, argv, &action, nowhere, &err))
		check_error(&err);
	else if (action == CONFIG_RUN)
		check_dump();
	return 0;
}
