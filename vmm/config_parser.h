/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config_parser.h - what the command line (config.c) and the configuration file (config_file.c) share:
 * which options were given, and the steps in which one with keys is taken in. For config*.c only.
 */
#ifndef IGDVM_CONFIG_PARSER_H
#define IGDVM_CONFIG_PARSER_H

#include "config_table.h"

#define CONFIG_WHERE_STRLEN 64

struct config_parser {
	struct config *c;
	struct config_error *err;
	bool seen[CONFIG_ROWS_MAX];	/* options given by the source that is being read */
	bool given[CONFIG_ROWS_MAX];	/* by any source */
	uint64_t keys[CONFIG_ROWS_MAX]; /* of options that do not repeat: bit n: key n was given */
};

/* One occurrence of an option with keys. */
struct config_item {
	const struct config_row *option; /* NULL: none is open */
	size_t shift;			 /* of its struct, from the first one's */
	uint64_t seen;			 /* bit n: key n was given here */
};

/* The row of that name, NULL for none. */
const struct config_row *config_find(const struct config_row *table, const char *text, size_t len);

/* Note that an option is given; once too often: config_fail(). */
int config_note(struct config_parser *p, const struct config_row *option);

/* An option with keys: begin, set each, end. 0 or config_fail(). Values must outlive the config. */
int config_begin(struct config_parser *p, struct config_item *item,
		 const struct config_row *option);
int config_set(struct config_parser *p, struct config_item *item, const struct config_row *key,
	       const char *value);
int config_end(struct config_parser *p, const struct config_item *item);

/* An option without keys. 0 or config_fail(). */
int config_set_option(struct config_parser *p, const struct config_row *option, const char *value);

/* A key that the option does not have: config_fail() with the nearest that it has. */
int config_unknown_key(struct config_parser *p, const struct config_row *option, const char *name,
		       size_t len);

/* Take in the whole file. 0; -EINVAL with the place in the message; -ENOMEM likewise. */
int config_parse_file(struct config_parser *p, const struct config_file *file);

#endif
