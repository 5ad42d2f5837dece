// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_value.c - one function for each kind of value an option can take.
 * Knows text and limits; does not know which options exist.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "config_table.h"
#include "util.h"

/* The enum fields are written as unsigned. */
static_assert(sizeof(enum opregion_policy) == sizeof(unsigned), "enum width");
static_assert(sizeof(enum lpc_policy) == sizeof(unsigned), "enum width");
static_assert(sizeof(enum host_policy) == sizeof(unsigned), "enum width");
static_assert(sizeof(enum doorbells_policy) == sizeof(unsigned), "enum width");
static_assert(sizeof(enum rom_policy) == sizeof(unsigned), "enum width");
static_assert(sizeof(enum reboot_policy) == sizeof(unsigned), "enum width");
static_assert(sizeof(enum serial_kind) == sizeof(unsigned), "enum width");

/* Longest value worth repeating in a message. */
#define SHOWN "%.80s"

int config_fail(struct config_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	for (char *p = err->text; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	return -EINVAL;
}

static void put_field(struct config *c, size_t offset, const void *value, size_t size)
{
	memcpy((char *)c + offset, value, size);
}

int config_string(struct config *c, const struct config_row *row, const char *where,
		  const char *text, struct config_error *err)
{
	if (row->max && strlen(text) > row->max)
		return config_fail(err, "%s: \"" SHOWN "\" is too long, the most is %llu bytes",
				   where, text, (unsigned long long)row->max);
	put_field(c, row->offset, &text, sizeof(text));
	return 0;
}

int config_flag(struct config *c, const struct config_row *row, const char *where, const char *text,
		struct config_error *err)
{
	bool on = !strcmp(text, "on");

	if (!on && strcmp(text, "off"))
		return config_fail(err, "%s: \"" SHOWN "\" is neither \"on\" nor \"off\"", where,
				   text);
	put_field(c, row->offset, &on, sizeof(on));
	return 0;
}

/*
 * 1 when text is one of the row's words, whose value goes to *value and whose argument to its own field;
 * 0 when it is none; -EINVAL.
 */
static int match_word(struct config *c, const struct config_row *row, const char *where,
		      const char *text, uint64_t *value, struct config_error *err)
{
	const char *none = NULL;

	/* a value that is overridden leaves nothing behind */
	for (const struct config_word *w = row->words; w && w->name; w++)
		if (w->arg)
			put_field(c, w->arg_offset + row->shift, &none, sizeof(none));
	for (const struct config_word *w = row->words; w && w->name; w++) {
		size_t len = strlen(w->name);

		if (!len) {
			put_field(c, w->arg_offset + row->shift, &text, sizeof(text));
			*value = w->value;
			return 1;
		}
		if (strncmp(text, w->name, len) || (text[len] && text[len] != '='))
			continue;
		if (!w->arg && text[len])
			return config_fail(err, "%s: \"%s\" takes no argument: drop \"" SHOWN "\"",
					   where, w->name, text + len);
		if (w->arg && (!text[len] || !text[len + 1]))
			return config_fail(err, "%s: \"%s\" needs an argument: write %s=%s", where,
					   w->name, w->name, w->arg);
		if (w->arg) {
			const char *arg = text + len + 1;

			put_field(c, w->arg_offset + row->shift, &arg, sizeof(arg));
		}
		*value = w->value;
		return 1;
	}
	return 0;
}

int config_word(struct config *c, const struct config_row *row, const char *where, const char *text,
		struct config_error *err)
{
	uint64_t value = 0;
	unsigned field;
	int ret;

	ret = match_word(c, row, where, text, &value, err);
	if (ret < 0)
		return ret;
	if (!ret)
		return config_fail(err, "%s: \"" SHOWN "\" is unknown; it takes %s", where, text,
				   row->value);
	field = (unsigned)value;
	put_field(c, row->offset, &field, sizeof(field));
	return 0;
}

/* Decimal or 0x digits at *p; moves *p behind them. -EINVAL: none; -ERANGE: over 64 bits. */
static int scan_number(const char **p, uint64_t *out)
{
	bool hex = (*p)[0] == '0' && ((*p)[1] == 'x' || (*p)[1] == 'X');
	const char *digit = *p + (hex ? 2 : 0);
	const char *start = digit;
	uint64_t v = 0;
	bool over = false;

	for (; hex ? isxdigit((unsigned char)*digit) : isdigit((unsigned char)*digit); digit++) {
		int c = tolower((unsigned char)*digit);
		uint64_t d = (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);

		over |= __builtin_mul_overflow(v, hex ? 16 : 10, &v);
		over |= __builtin_add_overflow(v, d, &v);
	}
	if (digit == start)
		return -EINVAL;
	*p = digit;
	*out = v;
	return over ? -ERANGE : 0;
}

/* "", or K, M, G, T with or without "iB": the power of two. -EINVAL when it is something else. */
static int scan_unit(const char *p)
{
	static const char units[] = "KMGT";
	const char *unit;

	if (!*p)
		return 0;
	unit = strchr(units, toupper((unsigned char)*p));
	if (!unit || !*unit || (p[1] && strcmp(p + 1, "iB")))
		return -EINVAL;
	return 10 * (int)(unit - units + 1);
}

/* 0 when size is one that the row takes, else the message; bare: text has no unit. */
static int check_size(const struct config_row *row, const char *where, const char *text,
		      uint64_t size, bool bare, struct config_error *err)
{
	char limit[CONFIG_SIZE_STRLEN], nearest[CONFIG_SIZE_STRLEN];

	if (size < row->min)
		return config_fail(err, "%s: \"" SHOWN "\" is too small, the least is %s%s", where,
				   text, config_size_text(row->min, limit),
				   bare && size ? "; a number without K, M, G or T counts bytes"
						: "");
	if (size > row->max)
		return config_fail(err, "%s: \"" SHOWN "\" is too large, the most is %s", where,
				   text, config_size_text(row->max, limit));
	if (row->step && size % row->step)
		return config_fail(
			err, "%s: \"" SHOWN "\" is not a multiple of %s, the nearest that is: %s",
			where, text, config_size_text(row->step, limit),
			config_size_text((size + row->step / 2) / row->step * row->step, nearest));
	return 0;
}

int config_size(struct config *c, const struct config_row *row, const char *where, const char *text,
		struct config_error *err)
{
	char limit[CONFIG_SIZE_STRLEN];
	const char *p = text;
	uint64_t size = 0;
	int ret, shift;

	ret = match_word(c, row, where, text, &size, err);
	if (ret < 0)
		return ret;
	if (!ret) {
		ret = scan_number(&p, &size);
		shift = ret == -EINVAL ? ret : scan_unit(p);
		if (shift < 0)
			return config_fail(err, "%s: \"" SHOWN "\" is not a size; it takes %s%s",
					   where, text, row->value,
					   ", such as 4G, 512M or 0x20000000");
		if (ret == -ERANGE || size > UINT64_MAX >> shift)
			return config_fail(err, "%s: \"" SHOWN "\" is too large, the most is %s",
					   where, text, config_size_text(row->max, limit));
		size <<= shift;
		ret = check_size(row, where, text, size, !shift, err);
		if (ret)
			return ret;
	}
	put_field(c, row->offset, &size, sizeof(size));
	return 0;
}

int config_count(struct config *c, const struct config_row *row, const char *where,
		 const char *text, struct config_error *err)
{
	const char *p = text;
	uint64_t v = 0;
	unsigned field;
	int ret;

	ret = scan_number(&p, &v);
	if (ret == -EINVAL || *p)
		return config_fail(err, "%s: \"" SHOWN "\" is not a number; it takes %llu to %llu",
				   where, text, (unsigned long long)row->min,
				   (unsigned long long)row->max);
	if (ret || v < row->min || v > row->max)
		return config_fail(err, "%s: \"" SHOWN "\" is out of range; it takes %llu to %llu",
				   where, text, (unsigned long long)row->min,
				   (unsigned long long)row->max);
	field = (unsigned)v;
	put_field(c, row->offset, &field, sizeof(field));
	return 0;
}

int config_device(struct config *c, const struct config_row *row, const char *where,
		  const char *text, struct config_error *err)
{
	struct bdf bdf;

	if (text[0] != '/' && bdf_parse(text, &bdf))
		return config_fail(err,
				   "%s: \"" SHOWN
				   "\" is not a PCI address; write it as lspci -D does: "
				   "0000:00:02.0",
				   where, text);
	put_field(c, row->offset, &text, sizeof(text));
	return 0;
}

int config_addr(struct config *c, const struct config_row *row, const char *where, const char *text,
		struct config_error *err)
{
	char full[BDF_STRLEN] = "";
	struct bdf bdf;
	uint8_t devfn;

	snprintf(full, sizeof(full), "00:%.8s", text);
	if (strlen(text) != 4 || bdf_parse(full, &bdf))
		return config_fail(err,
				   "%s: \"" SHOWN
				   "\" is no address on the guest's bus; write DD.F, such as 02.0",
				   where, text);
	devfn = DEVFN(bdf.dev, bdf.fn);
	if (devfn == DEVFN(0, 0) || devfn == DEVFN(0x1f, 0))
		return config_fail(err, "%s: %s is the %s's; 00.0 and 1f.0 are taken", where, text,
				   devfn ? "LPC bridge" : "host bridge");
	put_field(c, row->offset, &devfn, sizeof(devfn));
	return 0;
}

static int scan_uuid(const char *text, uint8_t byte[16])
{
	for (unsigned i = 0; i < 16; i++, text += 2) {
		char pair[3] = "";

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return -EINVAL;
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return -EINVAL;
		memcpy(pair, text, 2);
		byte[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return *text ? -EINVAL : 0;
}

int config_uuid(struct config *c, const struct config_row *row, const char *where, const char *text,
		struct config_error *err)
{
	struct config_uuid uuid = { .given = true };

	if (scan_uuid(text, uuid.byte))
		return config_fail(err,
				   "%s: \"" SHOWN "\" is no UUID; write it as uuidgen does: "
				   "32 hexadecimal digits in groups of 8-4-4-4-12",
				   where, text);
	put_field(c, row->offset, &uuid, sizeof(uuid));
	return 0;
}

/* Up to n hexadecimal numbers between colons into v; how many there are, or -EINVAL. */
static int scan_ids(const char *text, uint16_t *v, int n)
{
	for (int i = 0; i < n; i++) {
		char *end;

		if (!isxdigit((unsigned char)*text) || strspn(text, "0123456789abcdefABCDEF") > 4)
			return -EINVAL;
		v[i] = (uint16_t)strtoul(text, &end, 16);
		if (!*end)
			return i + 1;
		if (*end != ':')
			return -EINVAL;
		text = end + 1;
	}
	return -EINVAL;
}

int config_ids(struct config *c, const struct config_row *row, const char *where, const char *text,
	       struct config_error *err)
{
	uint16_t v[5] = { 0 };
	int n = scan_ids(text, v, ARRAY_SIZE(v));
	struct config_ids ids;

	if ((n != 2 && n != 5) || v[2] > 0xff)
		return config_fail(err,
				   "%s: \"" SHOWN "\" is unknown; it takes %s, such as 8086:9d4e",
				   where, text, row->value);
	ids = (struct config_ids){ v[0], v[1], v[3], v[4], (uint8_t)v[2] };
	put_field(c, row->ids_offset, &ids, sizeof(ids));
	return 0;
}

int config_lpc(struct config *c, const struct config_row *row, const char *where, const char *text,
	       struct config_error *err)
{
	const struct config_ids none = { 0 };
	uint64_t value = LPC_IDS;
	int ret = match_word(c, row, where, text, &value, err);
	unsigned field;

	put_field(c, row->ids_offset, &none, sizeof(none));
	if (!ret)
		ret = config_ids(c, row, where, text, err);
	if (ret < 0)
		return ret;
	field = (unsigned)value;
	put_field(c, row->offset, &field, sizeof(field));
	return 0;
}

int config_mac(struct config *c, const struct config_row *row, const char *where, const char *text,
	       struct config_error *err)
{
	struct config_mac mac = { .given = true };
	int end = 0;

	if (strlen(text) == 17)
		sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac.byte[0], &mac.byte[1],
		       &mac.byte[2], &mac.byte[3], &mac.byte[4], &mac.byte[5], &end);
	if (end != 17 || strspn(text, "0123456789abcdefABCDEF:") != 17)
		return config_fail(err, "%s: \"" SHOWN "\" is no address; it takes %s", where, text,
				   row->value);
	if (mac.byte[0] & 1 || !memcmp(mac.byte, (uint8_t[6]){ 0 }, sizeof(mac.byte)))
		return config_fail(err,
				   "%s: \"" SHOWN "\" is the address of no single card: the first "
				   "byte must be even, as in 02:00:00:00:00:01",
				   where, text);
	put_field(c, row->offset, &mac, sizeof(mac));
	return 0;
}

int config_topology(struct config *c, const struct config_row *row, const char *where,
		    const char *text, struct config_error *err)
{
	struct topology t = { 0 };
	unsigned *const field[] = { &t.sockets, &t.cores, &t.threads };
	const char *p = text;

	for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
		uint64_t v = 0;

		if ((i && *p++ != ':') || scan_number(&p, &v) || !v || v > row->max)
			return config_fail(err,
					   "%s: \"" SHOWN "\" is not three numbers from 1 to %llu; "
					   "it takes %s, such as 1:4:2",
					   where, text, (unsigned long long)row->max, row->value);
		*field[i] = (unsigned)v;
	}
	if (*p)
		return config_fail(err, "%s: \"" SHOWN "\": \"" SHOWN "\" is too much; it takes %s",
				   where, text, p, row->value);
	put_field(c, row->offset, &t, sizeof(t));
	return 0;
}

/* "N" or "N-M" at *p, which moves behind it. */
static int scan_range(const char **p, uint64_t *first, uint64_t *last)
{
	int ret = scan_number(p, first);

	*last = *first;
	if (!ret && **p == '-') {
		(*p)++;
		ret = scan_number(p, last);
	}
	return ret || *last > UINT16_MAX || *first > *last ? -EINVAL : 0;
}

int config_cpu_list(struct config *c, const struct config_row *row, const char *where,
		    const char *text, struct config_error *err)
{
	const char *p = text;
	unsigned n = 0;

	do {
		uint64_t first = 0, last;

		if (scan_range(&p, &first, &last) || (*p && *p != ','))
			return config_fail(err,
					   "%s: \"" SHOWN "\" is not a list of CPUs, such as 0-3,8",
					   where, text);
		for (; first <= last; first++, n++) {
			uint16_t cpu = (uint16_t)first;

			if (n == row->max)
				return config_fail(err, "%s: \"" SHOWN "\" is more than %u CPUs",
						   where, text, n);
			put_field(c, row->offset + n * sizeof(cpu), &cpu, sizeof(cpu));
		}
	} while (*p++);
	put_field(c, row->count_offset, &n, sizeof(n));
	return 0;
}

int config_regex(struct config *c, const struct config_row *row, const char *where,
		 const char *text, struct config_error *err)
{
	char why[128];
	regex_t regex;
	int ret = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);

	if (ret) {
		regerror(ret, &regex, why, sizeof(why));
		return config_fail(err, "%s: \"" SHOWN "\" is no extended regular expression: %s",
				   where, text, why);
	}
	regfree(&regex);
	put_field(c, row->offset, &text, sizeof(text));
	return 0;
}

int config_duration(struct config *c, const struct config_row *row, const char *where,
		    const char *text, struct config_error *err)
{
	static const struct {
		const char *name;
		unsigned ms;
	} units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	const char *p = text;
	uint64_t n = 0, ms = 0;
	int ret = scan_number(&p, &n);
	size_t u = 0;

	while (u < ARRAY_SIZE(units) && strcmp(p, units[u].name))
		u++;
	if (ret == -EINVAL || u == ARRAY_SIZE(units))
		return config_fail(err,
				   "%s: \"" SHOWN "\" is no time; it takes a number with ms, s, m "
				   "or h, such as 90s",
				   where, text);
	if (ret || __builtin_mul_overflow(n, units[u].ms, &ms) || ms < row->min || ms > row->max)
		return config_fail(err, "%s: \"" SHOWN "\" is out of range; it takes 1ms to %lluh",
				   where, text, (unsigned long long)(row->max / 3600000));
	put_field(c, row->offset, &ms, sizeof(ms));
	return 0;
}
