// SPDX-License-Identifier: BSD-2-Clause
/*
 * config.c - walk the command line along the option table.
 * Knows the grammar: options, first keys, bare keys, doubled commas, help. Knows no option by name.
 */
#include <errno.h>
#include <string.h>

#include "config_parser.h"
#include "util.h"
#include "version.h"

struct parser {
	struct config_parser base;
	FILE *out;
	char **arg; /* the next argument; NULL ends */
	enum config_action action;
};

static bool name_is(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !memcmp(name, text, len);
}

const struct config_row *config_find(const struct config_row *table, const char *text, size_t len)
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

int config_defaults(struct config *c, const struct config_row *table, struct config_error *err)
{
	int ret = 0;

	for (; table->name && !ret; table++) {
		if (table->fallback)
			ret = table->parse(c, table, table->name, table->fallback, err);
		if (!ret && table->keys)
			ret = config_defaults(c, table->keys, err);
	}
	return ret;
}

/* ---- the steps of one option ---- */

int config_note(struct config_parser *p, const struct config_row *option)
{
	size_t i = (size_t)(option - config_options);

	if (!option->repeat && p->seen[i])
		return config_fail(p->err, "--%s is given twice; keep one", option->name);
	p->seen[i] = p->given[i] = true;
	return 0;
}

/* A further struct for a repeated option: how far it lies behind the first. */
static int next_struct(struct config_parser *p, const struct config_row *option, size_t *shift)
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

int config_set_option(struct config_parser *p, const struct config_row *option, const char *value)
{
	struct config_row moved = *option;
	char where[CONFIG_WHERE_STRLEN];
	int ret = next_struct(p, option, &moved.shift);

	if (ret)
		return ret;
	moved.offset += moved.shift;
	snprintf(where, sizeof(where), "--%s", option->name);
	return option->parse(p->c, &moved, where, value, p->err);
}

int config_begin(struct config_parser *p, struct config_item *item, const struct config_row *option)
{
	int ret;

	*item = (struct config_item){ .option = option };
	ret = next_struct(p, option, &item->shift);
	if (!ret && option->parse)
		ret = option->parse(p->c, option, option->name, "on", p->err);
	return ret;
}

int config_set(struct config_parser *p, struct config_item *item, const struct config_row *key,
	       const char *value)
{
	const struct config_row *option = item->option;
	uint64_t bit = BIT(key - option->keys);
	struct config_row moved = *key;
	char where[CONFIG_WHERE_STRLEN];

	if (key == option->keys)
		snprintf(where, sizeof(where), "--%s", option->name);
	else
		snprintf(where, sizeof(where), "--%s %s", option->name, key->name);
	if (item->seen & bit)
		return config_fail(p->err, "--%s: \"%s\" is given twice; keep one", option->name,
				   key->name);
	item->seen |= bit;
	if (!value ? key->value != NULL : !*value)
		return config_fail(p->err, "%s needs a value: %s=%s", where, key->name,
				   key->value ? key->value : "on|off");
	moved.offset += item->shift;
	moved.ids_offset += item->shift;
	moved.shift = item->shift;
	return key->parse(p->c, &moved, where, value ? value : "on", p->err);
}

int config_end(struct config_parser *p, const struct config_item *item)
{
	const struct config_row *option = item->option;
	uint64_t given = item->seen;

	if (!option->repeat) /* what a file gave counts too */
		given = p->keys[option - config_options] |= item->seen;
	for (const struct config_row *key = option->keys; key->name; key++) {
		if (!key->required || given & BIT(key - option->keys))
			continue;
		if (key == option->keys)
			return config_fail(p->err,
					   "--%s: the %s is missing: --%s %s[,KEY=VALUE...]",
					   option->name, key->value, option->name, key->value);
		return config_fail(p->err, "--%s: %s=%s is missing: --%s %s", option->name,
				   key->name, key->value, option->name, option->value);
	}
	return 0;
}

int config_unknown_key(struct config_parser *p, const struct config_row *option, const char *name,
		       size_t len)
{
	return config_fail(p->err,
			   "--%s: unknown key \"%.*s\"; the nearest is \"%s\", "
			   "\"--%s help\" lists all",
			   option->name, (int)MIN(len, 80), name,
			   config_nearest(option->keys, name), option->name);
}

/* ---- the command line ---- */

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

/* One "key=value", "key", or (first only) "value" of an option. */
static int parse_key(struct config_parser *p, struct config_item *item, char *element, bool first)
{
	const struct config_row *option = item->option, *key = option->keys;
	char *value = strchr(element, '=');
	size_t len = strcspn(element, "=");

	if (value || !first) {
		key = config_find(option->keys, element, len);
		if (!key)
			return config_unknown_key(p, option, element, len);
	}
	if (value)
		value++;
	else if (first)
		value = element;
	return config_set(p, item, key, value);
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
		element ? config_find(option->keys, element, strcspn(element, "=")) : NULL;

	return key && key->list ? join_list(c, element, in) : element;
}

static int parse_keys(struct config_parser *p, const struct config_row *option, const char *text)
{
	struct config_item item;
	bool first = true;
	int ret = config_begin(p, &item, option);

	while (!ret && text) {
		char *element = next_key(p->c, option, &text);

		if (!element)
			return config_fail(p->err,
					   "--%s: the value is too long, the most is %d bytes",
					   option->name, CONFIG_ARENA);
		ret = parse_key(p, &item, element, first);
		first = false;
	}
	return ret ? ret : config_end(p, &item);
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
	return config_find(config_options, arg + 2, len);
}

/* The value of an option that needs one: after "=", or the next argument. */
static int take_value(struct parser *p, const struct config_row *row, const char **value)
{
	if (!*value && *p->arg && !strncmp(*p->arg, "--", 2) && (*p->arg)[2])
		return config_fail(p->base.err,
				   "--%s needs a value, but the option \"%.80s\" follows; "
				   "if that is the value, write --%s=%.80s",
				   row->name, *p->arg, row->name, *p->arg);
	if (!*value && *p->arg)
		*value = *p->arg++;
	if (!*value || (!**value && !row->may_be_empty))
		return config_fail(p->base.err, "--%s needs a value: --%s %s", row->name, row->name,
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
		return config_fail(p->base.err, "--%s takes no value: drop \"%.80s\"", row->name,
				   value);
	p->action = row->action;
	if (row->action == CONFIG_HELP)
		config_print_help(p->out);
	else
		version_print(p->out);
	return 0;
}

static int parse_argument(struct parser *p)
{
	const char *arg = *p->arg++, *value;
	const struct config_row *row;
	int ret;

	if (arg[0] != '-' || !arg[1])
		return config_fail(
			p->base.err,
			"\"%.80s\" is neither an option nor the command \"run\"; a kernel "
			"is given as --kernel F, --help lists all options",
			arg);
	row = split_argument(arg, &value);
	if (!row)
		return config_fail(p->base.err,
				   "unknown option \"%.*s\"; the nearest is --%s, --help lists all",
				   (int)MIN(strcspn(arg, "="), 80), arg,
				   config_nearest(config_options, arg + strspn(arg, "-")));
	if (row->action != CONFIG_RUN)
		return parse_request(p, row, value);
	ret = config_note(&p->base, row);
	if (!ret && row->value)
		ret = take_value(p, row, &value);
	if (ret)
		return ret;
	if ((row->keys || row->words) && !strcmp(value, "help"))
		return parse_request(p, row, value);
	if (row->keys)
		return parse_keys(&p->base, row, value);
	return config_set_option(&p->base, row, value ? value : "on");
}

/* What the options must be, alone and to each other. */
static int check_all(const struct config_parser *p)
{
	int ret = 0;

	for (const struct config_row *r = config_options; !ret && r->name; r++)
		if (r->required && !p->given[r - config_options])
			ret = config_fail(p->err, "--%s is missing: --%s %s (%s)", r->name, r->name,
					  r->value, r->help);
	for (const struct config_row *r = config_options; !ret && r->name; r++)
		if (r->check)
			ret = r->check(p->c, p->err);
	return ret ? ret : config_check_addresses(p->c, p->err);
}

const char *config_file_name(int argc, char **argv)
{
	static const char option[] = "--config";
	const size_t len = sizeof(option) - 1;

	/* no option takes a next argument that starts so as its value */
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], option, len))
			continue;
		if (argv[i][len] == '=')
			return argv[i] + len + 1;
		if (!argv[i][len])
			return i + 1 < argc ? argv[i + 1] : NULL;
	}
	return NULL;
}

int config_parse(struct config *c, const struct config_file *file, int argc, char **argv,
		 enum config_action *action, FILE *out, struct config_error *err)
{
	struct parser p = {
		.base = { .c = c, .err = err },
		.out = out,
		.arg = argv,
		.action = CONFIG_RUN,
	};
	int ret;

	memset(c, 0, sizeof(*c));
	err->text[0] = '\0';
	ret = config_defaults(c, config_options, err);
	if (!ret && file)
		ret = config_parse_file(&p.base, file);
	memset(p.base.seen, 0, sizeof(p.base.seen));
	if (argc > 0)
		p.arg++;
	if (argc > 1 && !strcmp(*p.arg, "run"))
		p.arg++;
	while (!ret && *p.arg && p.action == CONFIG_RUN)
		ret = parse_argument(&p);
	if (!ret && p.action == CONFIG_RUN)
		ret = check_all(&p.base);
	if (!ret && p.action == CONFIG_RUN && c->dump_config) {
		p.action = CONFIG_DUMP;
		ret = config_dump(c, out);
	}
	*action = p.action;
	return ret;
}
