// SPDX-License-Identifier: BSD-2-Clause
/*
 * config_print.c - the inverse of config_value.c: a field of struct config as the text that gives it.
 * Knows fields and their text; does not know which options exist, nor how a file escapes a value.
 */
#include <string.h>

#include "config_table.h"
#include "util.h"

static void get_field(const struct config *c, size_t offset, void *value, size_t size)
{
	memcpy(value, (const char *)c + offset, size);
}

static bool print_string(const struct config *c, const struct config_row *row, FILE *out)
{
	const char *text;

	get_field(c, row->offset, &text, sizeof(text));
	if (text)
		fputs(text, out);
	return text;
}

static bool print_flag(const struct config *c, const struct config_row *row, FILE *out)
{
	bool on;

	get_field(c, row->offset, &on, sizeof(on));
	fputs(on ? "on" : "off", out);
	return true;
}

/* The word that stands for value, with its argument. */
static bool print_word_of(const struct config *c, const struct config_row *row, uint64_t value,
			  FILE *out)
{
	for (const struct config_word *w = row->words; w && w->name; w++) {
		const char *arg = NULL;

		if (w->value != value)
			continue;
		if (w->arg)
			get_field(c, w->arg_offset + row->shift, &arg, sizeof(arg));
		fprintf(out, "%s%s%s", w->name, arg && *w->name ? "=" : "", arg ? arg : "");
		return true;
	}
	return false;
}

static bool print_word(const struct config *c, const struct config_row *row, FILE *out)
{
	unsigned value;

	get_field(c, row->offset, &value, sizeof(value));
	return print_word_of(c, row, value, out);
}

const char *config_size_text(uint64_t size, char *buf)
{
	static const char *const units[] = { "", "K", "M", "G", "T" };
	size_t n = 0;

	while (size && size % KiB == 0 && n + 1 < ARRAY_SIZE(units)) {
		size /= KiB;
		n++;
	}
	snprintf(buf, CONFIG_SIZE_STRLEN, "%llu%s", (unsigned long long)size, units[n]);
	return buf;
}

static bool print_size(const struct config *c, const struct config_row *row, FILE *out)
{
	char text[CONFIG_SIZE_STRLEN];
	uint64_t size;

	get_field(c, row->offset, &size, sizeof(size));
	if (!print_word_of(c, row, size, out))
		fputs(config_size_text(size, text), out);
	return true;
}

static bool print_count(const struct config *c, const struct config_row *row, FILE *out)
{
	unsigned n;

	get_field(c, row->offset, &n, sizeof(n));
	if (n >= row->min)
		fprintf(out, "%u", n);
	return n >= row->min;
}

static bool print_addr(const struct config *c, const struct config_row *row, FILE *out)
{
	uint8_t devfn;

	get_field(c, row->offset, &devfn, sizeof(devfn));
	if (devfn != DEVFN_ANY)
		fprintf(out, "%02x.%x", devfn >> 3, devfn & 7);
	return devfn != DEVFN_ANY;
}

static bool print_ids(const struct config *c, const struct config_row *row, FILE *out)
{
	struct config_ids ids;
	bool more;

	get_field(c, row->ids_offset, &ids, sizeof(ids));
	more = ids.revision || ids.subvendor || ids.subdevice;
	if (!ids.vendor && !ids.device && !more)
		return false;
	fprintf(out, "%04x:%04x", ids.vendor, ids.device);
	if (more)
		fprintf(out, ":%02x:%04x:%04x", ids.revision, ids.subvendor, ids.subdevice);
	return true;
}

static bool print_lpc(const struct config *c, const struct config_row *row, FILE *out)
{
	if (!print_word(c, row, out) && !print_ids(c, row, out))
		fputs("0000:0000", out);
	return true;
}

static bool print_mac(const struct config *c, const struct config_row *row, FILE *out)
{
	struct config_mac mac;

	get_field(c, row->offset, &mac, sizeof(mac));
	for (size_t i = 0; i < sizeof(mac.byte) && mac.given; i++)
		fprintf(out, "%s%02x", i ? ":" : "", mac.byte[i]);
	return mac.given;
}

static bool print_uuid(const struct config *c, const struct config_row *row, FILE *out)
{
	struct config_uuid uuid;

	get_field(c, row->offset, &uuid, sizeof(uuid));
	for (size_t i = 0; i < sizeof(uuid.byte) && uuid.given; i++)
		fprintf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			uuid.byte[i]);
	return uuid.given;
}

static bool print_topology(const struct config *c, const struct config_row *row, FILE *out)
{
	struct topology t;

	get_field(c, row->offset, &t, sizeof(t));
	if (t.sockets)
		fprintf(out, "%u:%u:%u", t.sockets, t.cores, t.threads);
	return t.sockets;
}

static bool print_cpu_list(const struct config *c, const struct config_row *row, FILE *out)
{
	const uint16_t *cpu = (const void *)((const char *)c + row->offset);
	unsigned n, last;

	get_field(c, row->count_offset, &n, sizeof(n));
	for (unsigned i = 0; i < n; i = last + 1) {
		for (last = i; last + 1 < n && cpu[last + 1] == cpu[last] + 1;)
			last++;
		fprintf(out, "%s%u", i ? "," : "", cpu[i]);
		if (last > i)
			fprintf(out, "-%u", cpu[last]);
	}
	return n;
}

static bool print_duration(const struct config *c, const struct config_row *row, FILE *out)
{
	static const struct {
		const char *name;
		unsigned ms;
	} units[] = { { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 } };
	size_t u = 0;
	uint64_t ms;

	get_field(c, row->offset, &ms, sizeof(ms));
	while (ms % units[u].ms)
		u++;
	if (ms)
		fprintf(out, "%llu%s", (unsigned long long)(ms / units[u].ms), units[u].name);
	return ms;
}

const struct config_type config_types[] = {
	{ config_string, print_string, sizeof(const char *), true },
	{ config_device, print_string, sizeof(const char *), true },
	{ config_regex, print_string, sizeof(const char *), true },
	{ config_duration, print_duration, sizeof(uint64_t), false },
	{ config_flag, print_flag, sizeof(bool), false },
	{ config_word, print_word, sizeof(unsigned), false },
	{ config_size, print_size, sizeof(uint64_t), false },
	{ config_count, print_count, sizeof(unsigned), false },
	{ config_addr, print_addr, sizeof(uint8_t), false },
	{ config_lpc, print_lpc, sizeof(unsigned), false },
	{ config_ids, print_ids, 0, false },
	{ config_mac, print_mac, sizeof(struct config_mac), false },
	{ config_uuid, print_uuid, sizeof(struct config_uuid), false },
	{ config_topology, print_topology, sizeof(struct topology), false },
	{ config_cpu_list, print_cpu_list, 0, false },
	{ NULL, NULL, 0, false },
};

const struct config_type *config_type_of(const struct config_row *row)
{
	const struct config_type *t = config_types;

	while (t->parse && t->parse != row->parse)
		t++;
	return t;
}
