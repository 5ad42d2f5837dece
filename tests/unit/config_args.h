/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config_args.h - command lines for tests of the option table.
 */
#ifndef IGDVM_TEST_CONFIG_ARGS_H
#define IGDVM_TEST_CONFIG_ARGS_H

#include <string.h>

#include "config.h"
#include "test.h"
#include "util.h"

#define ARGS 10

/* Parse args, which end with NULL; what was printed is left in text. */
static inline int parse(const char *const *args, struct config *c, enum config_action *action,
			struct config_error *err, char *text, size_t text_size)
{
	char *argv[ARGS + 2] = { "igdvm" };
	FILE *out = fmemopen(text, text_size, "w");
	int argc = 1, ret;

	assert_non_null(out);
	for (; args[argc - 1]; argc++)
		argv[argc] = (char *)args[argc - 1];
	memset(c, 0xa5, sizeof(*c)); /* parsing must not rely on what was there */
	ret = config_parse(c, NULL, argc, argv, action, out, err);
	fclose(out);
	return ret;
}

/* A command line that must be accepted. */
static inline struct config *accept(const char *const *args)
{
	static struct config c;
	enum config_action action;
	struct config_error err;
	char text[64] = "";

	if (parse(args, &c, &action, &err, text, sizeof(text)))
		fail_msg("refused: %s", err.text);
	assert_int_equal(action, CONFIG_RUN);
	assert_string_equal(text, "");
	assert_string_equal(err.text, "");
	return &c;
}
#define ACCEPT(...) accept((const char *const[]){ "--kernel", "k", __VA_ARGS__, NULL })

#endif
