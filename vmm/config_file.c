// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_file.c - the configuration file: INI, by libinih, into the same steps as the command line.
 * Knows sections, labels and escapes; knows no option by name, opens nothing.
 *
 * libinih finds names, values and comments. It says neither where it is nor that a section begins, cuts
 * names of sections at 49 bytes and takes an indented line for more of the line before. So lines are
 * handed to it one by one, without indentation, and section headers are read here.
 */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <string.h>

#include "config_parser.h"
#include "util.h"

#define SECTIONS_MAX 512 /* more than all options may be given together */
#define BLANKS	     " \t\r\f\v"

/* Part of a line of the file; not terminated. */
struct span {
	const char *at;
	size_t len;
};

struct reader {
	struct config_parser *p;
	const struct config_file *file;
	const char *next, *end; /* what of the text is not read */
	unsigned line;
	struct config_item item; /* the section */
	unsigned item_line;
	struct span header[SECTIONS_MAX];
	size_t n_headers;
	int ret;	/* the first error; its message has no place yet */
	unsigned wrong; /* and its line */
};

static int stop(struct reader *r, unsigned line, int ret)
{
	if (ret && !r->ret) {
		r->ret = ret;
		r->wrong = line;
	}
	return ret;
}

/* ---- values ---- */

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* One character of a value at *p, which moves behind it. -EINVAL: no such escape. */
static int unescape_one(const char **p)
{
	int byte;
	char c = *(*p)++;

	if (c != '\\')
		return (unsigned char)c;
	switch (*(*p)++) {
	case '\\':
		return '\\';
	case ';':
		return ';';
	case 's':
		return ' ';
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 'x':
		if (!isxdigit((unsigned char)(*p)[0]) || !isxdigit((unsigned char)(*p)[1]))
			return -EINVAL;
		byte = hex_digit((*p)[0]) << 4 | hex_digit((*p)[1]);
		*p += 2;
		return byte ? byte : -EINVAL; /* a zero would end the value */
	default:
		return -EINVAL;
	}
}

/* The value without its escapes, in the arena; NULL after config_fail(). */
static const char *keep_value(struct reader *r, const char *name, const char *value)
{
	struct config *c = r->p->c;
	char *start = c->arena + c->arena_used;

	while (*value && c->arena_used < CONFIG_ARENA - 1) {
		const char *at = value;
		int byte = unescape_one(&value);

		if (byte < 0) {
			config_fail(r->p->err,
				    "%s: \"%.4s\" is no escape; it takes \\\\ \\; \\s \\t \\n \\r "
				    "\\xNN, and a backslash is written twice",
				    name, at);
			return NULL;
		}
		c->arena[c->arena_used++] = (char)byte;
	}
	if (*value) {
		config_fail(r->p->err, "%s: the values are too long, the most is %d bytes together",
			    name, CONFIG_ARENA);
		return NULL;
	}
	c->arena[c->arena_used++] = '\0';
	return start;
}

/* ---- options and keys ---- */

/* "NAME = VALUE" before the first section. */
static int take_option(struct reader *r, const char *name, const char *value)
{
	const struct config_row *option = config_find(config_options, name, strlen(name));
	struct config_error *err = r->p->err;
	int ret;

	if (!option)
		return config_fail(err, "unknown option \"%.80s\"; the nearest is \"%s\"", name,
				   config_nearest(config_options, name));
	if (option->action != CONFIG_RUN || option->not_in_file)
		return config_fail(err, "--%s is for the command line alone; take it out", name);
	if (option->keys)
		return config_fail(err, "--%s has keys: write [%s], and below it %s = %s", name,
				   name, option->keys->name,
				   option->keys->value ? option->keys->value : "on");
	ret = config_note(r->p, option);
	if (!ret && !*value && !option->may_be_empty)
		return config_fail(err, "--%s needs a value: %s = %s", name, name,
				   option->value ? option->value : "on|off");
	return ret ? ret : config_set_option(r->p, option, value);
}

static int take_key(struct reader *r, const char *name, const char *value)
{
	const struct config_row *option = r->item.option, *other;
	const struct config_row *key = config_find(option->keys, name, strlen(name));

	if (key)
		return config_set(r->p, &r->item, key, value);
	other = config_find(config_options, name, strlen(name));
	if (other && !other->keys)
		return config_fail(r->p->err,
				   "--%s: unknown key \"%s\"; for the option --%s, write it before "
				   "the first section",
				   option->name, name, name);
	return config_unknown_key(r->p, option, name, strlen(name));
}

#if INI_HANDLER_LINENO
static int on_value(void *ctx, const char *section, const char *name, const char *value, int lineno)
#else
static int on_value(void *ctx, const char *section, const char *name, const char *value)
#endif
{
	struct reader *r = ctx;

	(void)section;
#if INI_HANDLER_LINENO
	(void)lineno;
#endif
	if (r->ret || !name || !value)
		return 0;
	value = keep_value(r, name, value);
	if (!value)
		stop(r, r->line, -EINVAL);
	else if (r->item.option)
		stop(r, r->line, take_key(r, name, value));
	else
		stop(r, r->line, take_option(r, name, value));
	return !r->ret;
}

/* ---- sections ---- */

static int end_section(struct reader *r)
{
	int ret = r->item.option ? config_end(r->p, &r->item) : 0;

	r->item.option = NULL;
	return stop(r, r->item_line, ret);
}

/* No header twice: libinih, and many readers, would take two such sections for one. */
static int note_header(struct reader *r, const struct config_row *option, struct span h)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (h.len == r->header[i].len && !memcmp(h.at, r->header[i].at, h.len))
			return config_fail(r->p->err, "[%.*s] is given twice; %s",
					   (int)MIN(h.len, 80), h.at,
					   option->repeat ? "give each a label of its own, such as "
							    "[disk 1] and [disk 2]"
							  : "keep one");
	if (r->n_headers == SECTIONS_MAX)
		return config_fail(r->p->err, "there are more than %d sections", SECTIONS_MAX);
	r->header[r->n_headers++] = h;
	return 0;
}

static struct span word(struct span *in)
{
	struct span w;

	while (in->len && strchr(BLANKS, *in->at)) {
		in->at++;
		in->len--;
	}
	w.at = in->at;
	while (in->len && !strchr(BLANKS, *in->at)) {
		in->at++;
		in->len--;
	}
	w.len = (size_t)(in->at - w.at);
	return w;
}

/* What is between the brackets of a line, which starts with one. */
static int split_header(struct reader *r, struct span line, struct span *name, struct span *label)
{
	const char *close = memchr(line.at, ']', line.len);
	struct span in = { line.at + 1, 0 }, rest;

	if (!close)
		return config_fail(r->p->err, "the \"]\" of the section is missing");
	in.len = (size_t)(close - in.at);
	*name = word(&in);
	*label = word(&in);
	rest = (struct span){ close + 1, line.len - (size_t)(close + 1 - line.at) };
	rest = word(&rest);
	if (rest.len)
		return config_fail(r->p->err, "\"%.*s\" follows a section's \"]\"; drop it",
				   (int)MIN(rest.len, 80), rest.at);
	if (word(&in).len)
		return config_fail(
			r->p->err,
			"a section is [OPTION] or [OPTION LABEL], and a label is one word");
	return 0;
}

static int open_section(struct reader *r, struct span line)
{
	const struct config_row *option;
	struct config_error *err = r->p->err;
	struct span name = { 0 }, label = { 0 }, whole;
	char text[40];
	int ret = split_header(r, line, &name, &label);

	if (ret)
		return ret;
	option = config_find(config_options, name.at, name.len);
	snprintf(text, sizeof(text), "%.*s", (int)MIN(name.len, sizeof(text)), name.at);
	if (!option)
		return config_fail(err, "[%s]: unknown option; the nearest is \"%s\"", text,
				   config_nearest(config_options, text));
	if (!option->keys)
		return config_fail(err,
				   "[%s]: it has no keys; write %s = %s before the first section",
				   option->name, option->name,
				   option->value ? option->value : "on");
	if (label.len && !option->repeat)
		return config_fail(err, "[%s %.*s]: there is one --%s at most; drop the label",
				   option->name, (int)MIN(label.len, 80), label.at, option->name);
	whole = (struct span){ name.at, (size_t)(label.at + label.len - name.at) };
	ret = note_header(r, option, whole);
	if (!ret)
		ret = config_note(r->p, option);
	r->item_line = r->line;
	return ret ? ret : config_begin(r->p, &r->item, option);
}

/* ---- lines ---- */

/* libinih would cut a value there, and who wrote a kernel's command line would not see it. */
static bool has_comment(struct span line)
{
	for (size_t i = 1; i < line.len; i++)
		if (line.at[i] == ';' && strchr(BLANKS, line.at[i - 1]))
			return *line.at != ';' && *line.at != '#';
	return false;
}

/* The next line for libinih, as fgets() would give it. */
static char *next_line(char *buf, int size, void *ctx)
{
	struct reader *r = ctx;
	const char *newline;
	struct span line;

	if (r->ret || r->next == r->end)
		return NULL;
	r->line++;
	newline = memchr(r->next, '\n', (size_t)(r->end - r->next));
	line.at = r->next;
	line.len = (size_t)((newline ? newline : r->end) - line.at);
	r->next = newline ? newline + 1 : r->end;
	while (line.len && strchr(BLANKS, *line.at) && *line.at) {
		line.at++;
		line.len--;
	}
	if (memchr(line.at, '\0', line.len))
		stop(r, r->line, config_fail(r->p->err, "a zero byte: this is no text file"));
	else if (line.len + 2 > (size_t)size)
		stop(r, r->line,
		     config_fail(r->p->err, "the line is too long, the most is %d bytes",
				 size - 2));
	else if (has_comment(line))
		stop(r, r->line,
		     config_fail(r->p->err, "\";\" behind a blank: a comment has a line "
					    "of its own, in a value write \\;"));
	else if (line.len && *line.at == '[' && !end_section(r))
		stop(r, r->line, open_section(r, line));
	if (r->ret)
		return NULL;
	memcpy(buf, line.at, line.len);
	memcpy(buf + line.len, "\n", 2);
	return buf;
}

/* The library's own 200 bytes are too few for a kernel's command line; Debian's can have more. */
static void make_room(const struct config_file *file)
{
#ifdef IGDVM_INI_ROOM
	size_t longest = 0;

	for (const char *p = file->text, *end = p + file->len; p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((newline ? newline : end) - p);

		longest = MAX(longest, len);
		p += len + 1;
	}
	ini_use_stack = false;
	ini_max_line = ini_initial_alloc = (int)MIN(longest, (size_t)CONFIG_FILE_MAX) + 3;
#else
	(void)file;
#endif
}

int config_parse_file(struct config_parser *p, const struct config_file *file)
{
	struct reader r = { .p = p, .file = file, .next = file->text };
	struct config_error why;
	int ret;

	r.end = r.next + file->len;
	if (file->len >= 3 && !memcmp(r.next, "\xef\xbb\xbf", 3))
		r.next += 3; /* what some editors put before UTF-8 */
	make_room(file);
	ret = ini_parse_stream(next_line, &r, on_value, &r);
	if (ret < 0)
		return config_fail(p->err, "%s: no memory to read it", file->name);
	if (ret && (!r.ret || (unsigned)ret < r.wrong)) {
		r.ret = config_fail(p->err, "neither [SECTION] nor NAME = VALUE; a comment starts "
					    "with # or ;");
		r.wrong = (unsigned)ret;
	}
	if (!r.ret)
		end_section(&r);
	if (!r.ret)
		return 0;
	why = *p->err;
	return config_fail(p->err, "%.200s:%u: %s", file->name, r.wrong, why.text);
}
