// SPDX-License-Identifier: BSD-2-Clause
/*
 * config.c - walk the command line along the option table.
 * Knows the grammar: options, first keys, bare keys, doubled commas, help. Knows no option by name.
 */
#include <errno.h>
#include <string.h>

#include "config_table.h"
#include "util.h"

#define WHERE_STRLEN 64

struct parser {
	struct config *c;
	struct config_error *err;
	FILE *out;
	char **arg;    /* the next argument; NULL ends */
	uint64_t seen; /* bit n: row n of config_options was given */
	enum config_action action;
};

static bool name_is(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !memcmp(name, text, len);
}

static const struct config_row *find_row(const struct config_row *table, const char *text,
					 size_t len)
{
	for (; table->name; table++)
		if (name_is(table->name, text, len))
			return table;
	return NULL;
}

static const struct config_row *find_letter(char letter)
{
	for (const struct config_row *r = config_options; r->name; r++)
		if (r->letter && r->letter == letter)
			return r;
	return NULL;
}

static int apply_fallbacks(struct parser *p, const struct config_row *table)
{
	for (; table->name; table++) {
		int ret = 0;

		if (table->fallback)
			ret = table->parse(p->c, table, table->name, table->fallback, p->err);
		if (!ret && table->keys)
			ret = apply_fallbacks(p, table->keys);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Copy the text up to the next single comma into the arena, doubled commas made one. *in moves
 * behind that comma, or becomes NULL at the end. NULL: the arena is full.
 */
static char *next_element(struct config *c, const char **in)
{
	char *element = c->arena + c->arena_used;
	const char *p = *in;

	for (; *p; p++) {
		if (p[0] == ',' && p[1] != ',')
			break;
		if (p[0] == ',')
			p++;
		if (c->arena_used == CONFIG_ARENA - 1)
			return NULL;
		c->arena[c->arena_used++] = *p;
	}
	if (c->arena_used == CONFIG_ARENA - 1)
		return NULL;
	c->arena[c->arena_used++] = '\0';
	*in = *p ? p + 1 : NULL;
	return element;
}

/* One "key=value", "key", or (first only) "value" of an option; its field lies shift bytes on. */
static int parse_key(struct parser *p, const struct config_row *option, char *element, bool first,
		     uint64_t *seen, size_t shift)
{
	struct config_row moved;
	char *value = strchr(element, '=');
	const struct config_row *key = option->keys;
	char where[WHERE_STRLEN];

	if (value || !first) {
		key = find_row(option->keys, element, strcspn(element, "="));
		if (!key)
			return config_fail(p->err,
					   "--%s: unknown key \"%.*s\"; the nearest is \"%s\", "
					   "\"--%s help\" lists all",
					   option->name, (int)MIN(strcspn(element, "="), 80),
					   element, config_nearest(option->keys, element),
					   option->name);
	}
	if (key == option->keys)
		snprintf(where, sizeof(where), "--%s", option->name);
	else
		snprintf(where, sizeof(where), "--%s %s", option->name, key->name);
	if (*seen & BIT(key - option->keys))
		return config_fail(p->err, "--%s: \"%s\" is given twice; keep one", option->name,
				   key->name);
	*seen |= BIT(key - option->keys);

	if (value)
		value++;
	else if (first)
		value = element;
	if (!value ? key->value != NULL : !*value)
		return config_fail(p->err, "%s needs a value: %s=%s", where, key->name,
				   key->value ? key->value : "on|off");
	moved = *key;
	moved.offset += shift;
	moved.ids_offset += shift;
	moved.shift = shift;
	return key->parse(p->c, &moved, where, value ? value : "on", p->err);
}

/* Join to element, the last of the arena, what follows and starts with a digit. NULL: no room. */
static char *join_list(struct config *c, char *element, const char **in)
{
	while (*in && **in >= '0' && **in <= '9') {
		char *next = next_element(c, in);

		if (!next)
			return NULL;
		next[-1] = ',';
	}
	return element;
}

/* The next element of an option with keys; NULL: the arena is full. */
static char *next_key(struct config *c, const struct config_row *option, const char **in)
{
	char *element = next_element(c, in);
	const struct config_row *key =
		element ? find_row(option->keys, element, strcspn(element, "=")) : NULL;

	return key && key->list ? join_list(c, element, in) : element;
}

/* A further struct for a repeated option: how far it lies behind the first. */
static int next_struct(struct parser *p, const struct config_row *option, size_t *shift)
{
	unsigned *count = (unsigned *)((char *)p->c + option->count_offset);

	*shift = 0;
	if (!option->repeat)
		return 0;
	if (*count == option->repeat)
		return config_fail(p->err, "--%s may be given %u times at most", option->name,
				   option->repeat);
	*shift = (*count)++ * option->stride;
	return 0;
}

static int parse_keys(struct parser *p, const struct config_row *option, const char *where,
		      const char *text)
{
	uint64_t seen = 0;
	bool first = true;
	size_t shift;
	int ret = next_struct(p, option, &shift);

	if (!ret && option->parse)
		ret = option->parse(p->c, option, where, "on", p->err);
	while (!ret && text) {
		char *element = next_key(p->c, option, &text);

		if (!element)
			return config_fail(p->err,
					   "%s: the value is too long, the most is %d bytes", where,
					   CONFIG_ARENA);
		ret = parse_key(p, option, element, first, &seen, shift);
		first = false;
	}
	for (const struct config_row *key = option->keys; !ret && key->name; key++)
		if (key->required && !(seen & BIT(key - option->keys)))
			ret = key == option->keys
				      ? config_fail(p->err,
						    "%s: the %s is missing: --%s %s[,KEY=VALUE...]",
						    where, key->value, option->name, key->value)
				      : config_fail(p->err, "%s: %s=%s is missing: --%s %s", where,
						    key->name, key->value, option->name,
						    option->value);
	return ret;
}

/* Find the option that arg names; *value is what follows in the same argument, or NULL. */
static const struct config_row *split_argument(const char *arg, const char **value)
{
	const struct config_row *row;
	size_t len;

	*value = NULL;
	if (arg[1] != '-') {
		row = find_letter(arg[1]);
		if (row && arg[2])
			*value = arg + 2;
		return row;
	}
	len = strcspn(arg + 2, "=");
	if (arg[2 + len])
		*value = arg + 2 + len + 1;
	return find_row(config_options, arg + 2, len);
}

/* The value of an option that needs one: after "=", or the next argument. */
static int take_value(struct parser *p, const struct config_row *row, const char **value)
{
	if (!*value && *p->arg && !strncmp(*p->arg, "--", 2) && (*p->arg)[2])
		return config_fail(p->err,
				   "--%s needs a value, but the option \"%.80s\" follows; "
				   "if that is the value, write --%s=%.80s",
				   row->name, *p->arg, row->name, *p->arg);
	if (!*value && *p->arg)
		*value = *p->arg++;
	if (!*value || (!**value && !row->may_be_empty))
		return config_fail(p->err, "--%s needs a value: --%s %s", row->name, row->name,
				   row->value);
	return 0;
}

/* --help, --version, and "help" as the value of an option that has keys or words. */
static int parse_request(struct parser *p, const struct config_row *row, const char *value)
{
	if (row->action == CONFIG_RUN) {
		p->action = CONFIG_HELP;
		config_print_row_help(p->out, row);
		return 0;
	}
	if (value)
		return config_fail(p->err, "--%s takes no value: drop \"%.80s\"", row->name, value);
	p->action = row->action;
	if (row->action == CONFIG_HELP)
		config_print_help(p->out);
	else
		config_print_version(p->out);
	return 0;
}

static int parse_argument(struct parser *p)
{
	const char *arg = *p->arg++, *value;
	const struct config_row *row;
	char where[WHERE_STRLEN];
	int ret;

	if (arg[0] != '-' || !arg[1])
		return config_fail(
			p->err,
			"\"%.80s\" is neither an option nor the command \"run\"; a kernel "
			"is given as --kernel F, --help lists all options",
			arg);
	row = split_argument(arg, &value);
	if (!row)
		return config_fail(p->err,
				   "unknown option \"%.*s\"; the nearest is --%s, --help lists all",
				   (int)MIN(strcspn(arg, "="), 80), arg,
				   config_nearest(config_options, arg + strspn(arg, "-")));
	if (row->action != CONFIG_RUN)
		return parse_request(p, row, value);
	if (!row->repeat && p->seen & BIT(row - config_options))
		return config_fail(p->err, "--%s is given twice; keep one", row->name);
	p->seen |= BIT(row - config_options);

	if (row->value) {
		ret = take_value(p, row, &value);
		if (ret)
			return ret;
	}
	if ((row->keys || row->words) && !strcmp(value, "help"))
		return parse_request(p, row, value);
	snprintf(where, sizeof(where), "--%s", row->name);
	if (row->keys)
		return parse_keys(p, row, where, value);
	return row->parse(p->c, row, where, value ? value : "on", p->err);
}

int config_parse(struct config *c, int argc, char **argv, enum config_action *action, FILE *out,
		 struct config_error *err)
{
	struct parser p = { .c = c, .err = err, .out = out, .arg = argv, .action = CONFIG_RUN };
	int ret;

	memset(c, 0, sizeof(*c));
	err->text[0] = '\0';
	ret = apply_fallbacks(&p, config_options);
	if (argc > 0)
		p.arg++;
	if (argc > 1 && !strcmp(*p.arg, "run"))
		p.arg++;
	while (!ret && *p.arg && p.action == CONFIG_RUN)
		ret = parse_argument(&p);
	for (const struct config_row *r = config_options; !ret && r->name; r++)
		if (r->required && p.action == CONFIG_RUN && !(p.seen & BIT(r - config_options)))
			ret = config_fail(err, "--%s is missing: --%s %s (%s)", r->name, r->name,
					  r->value, r->help);
	for (const struct config_row *r = config_options; !ret && r->name; r++)
		if (r->check && p.action == CONFIG_RUN)
			ret = r->check(c, err);
	if (!ret && p.action == CONFIG_RUN)
		ret = config_check_addresses(c, err);
	*action = p.action;
	return ret;
}
