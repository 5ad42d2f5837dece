// SPDX-License-Identifier: BSD-2-Clause
/*
 * What --dump-config writes gives the same configuration again: for every row of the option table with
 * each kind of value, and for many random combinations. A new row is tested as soon as it is there.
 */
#include <stdlib.h>
#include <string.h>

#include "config_table.h"
#include "test.h"
#include "util.h"

#define ARGS_MAX     64
#define VALUES_MAX   24
#define COMBINATIONS 4000
#define SEED	     20240229

/* A command line that is being put together. */
struct line {
	char *arg[ARGS_MAX];
	int n;
	char text[65536];
	size_t used;
};

static void line_begin(struct line *l)
{
	l->n = 0;
	l->used = 0;
	l->arg[l->n++] = (char *)"igdvm";
}

static char *line_text(struct line *l, const char *text, bool in_keys)
{
	char *start = l->text + l->used;

	for (; *text; text++) {
		assert_true(l->used + 3 < sizeof(l->text));
		l->text[l->used++] = *text;
		if (in_keys && *text == ',')
			l->text[l->used++] = ',';
	}
	l->text[l->used] = '\0';
	return start;
}

static void line_add(struct line *l, const char *option)
{
	assert_true(l->n < ARGS_MAX - 1);
	if (l->n > 1)
		l->used++;
	l->arg[l->n++] = line_text(l, "--", false);
	line_text(l, option, false);
	l->arg[l->n] = NULL;
}

/* ---- values of a row ---- */

static const char *const strings[] = {
	"plain",	"a b",
	"  blanks  ",	" ",
	"a ;b",		";",
	"#x",		"a\\b\\",
	"\\s",		"\ttab\t",
	"two\nlines\r", "[section]",
	"a=b:c,d",	"\x01\x7f\xc3\xa4",
	"on",		"x = y ; z # q",
	",,",
};
static const char *const devices[] = { "0000:00:02.0", "01:02.3", "/sys/a, b;c\\" };
static const char *const flags[] = { "on", "off" };
static const char *const addrs[] = { "02.0", "1e.7", "05.1" };
static const char *const lists[] = { "0", "3,2,1", "0-3,8", "65535", "7,7,7" };
static const char *const topologies[] = { "1:1:1", "2:3:1", "1:4:2", "1:8:1" };
static const char *const ids[] = { "8086:1", "0:5", "0:0", "8086:9d4e:21:17aa:2248", "1:2:0:0:4" };
static const char *const macs[] = { "02:00:00:00:00:01", "fE:ff:0a:B0:00:00" };
static const char *const regexes[] = { "login: $", " a|b ;c", "\\[ *ok\\]" };
static const char *const durations[] = { "1ms", "999ms", "90", "60s", "5m", "300s", "24h" };
static const char *const uuids[] = { "00000000-0000-0000-0000-000000000000",
				     "123e4567-e89B-12d3-a456-426614174000" };

struct values {
	char *value[VALUES_MAX + 8];
	size_t n;
};

static void add_value(struct values *v, const char *text)
{
	assert_true(v->n < ARRAY_SIZE(v->value));
	v->value[v->n++] = strdup(text);
	assert_non_null(v->value[v->n - 1]);
}

static void add_number(struct values *v, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	add_value(v, text);
}

#define SAMPLES(parse, table)                                                                      \
	{                                                                                          \
		parse, table, ARRAY_SIZE(table)                                                    \
	}

static const struct {
	config_value_fn *parse;
	const char *const *text;
	size_t n;
} samples[] = {
	SAMPLES(config_string, strings), SAMPLES(config_device, devices),
	SAMPLES(config_flag, flags),	 SAMPLES(config_addr, addrs),
	SAMPLES(config_cpu_list, lists), SAMPLES(config_topology, topologies),
	SAMPLES(config_ids, ids),	 SAMPLES(config_lpc, ids),
	SAMPLES(config_regex, regexes),	 SAMPLES(config_duration, durations),
	SAMPLES(config_mac, macs),	 SAMPLES(config_uuid, uuids),
};

static void add_words(struct values *v, const struct config_row *row)
{
	char text[128];

	for (const struct config_word *w = row->words; w && w->name; w++) {
		if (!w->arg) {
			add_value(v, w->name);
			continue;
		}
		for (size_t i = 0; i < 7; i++) {
			snprintf(text, sizeof(text), "%s%s%s", w->name, *w->name ? "=" : "",
				 strings[i]);
			add_value(v, text);
		}
	}
}

/* Values that the row takes, most of them at some edge. */
static void values_of(const struct config_row *row, struct values *v)
{
	*v = (struct values){ 0 };
	add_words(v, row);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		for (size_t k = 0; row->parse == samples[i].parse && k < samples[i].n; k++)
			if (!row->max || row->parse != config_string ||
			    strlen(samples[i].text[k]) <= row->max)
				add_value(v, samples[i].text[k]);
	if (row->parse == config_size || row->parse == config_count) {
		uint64_t step = row->step ? row->step : 1;

		add_number(v, row->min);
		add_number(v, row->max);
		add_number(v, row->min + step);
		add_number(v, row->min + 3 * step);
		add_number(v, row->max / 2 / step * step);
	}
	if (row->may_be_empty)
		add_value(v, "");
	if (!v->n)
		fail_msg("no values for \"%s\": its kind of value is new to this test", row->name);
}

static void values_free(struct values *v)
{
	while (v->n)
		free(v->value[--v->n]);
}

/* ---- comparing ---- */

static const void *field(const struct config *c, size_t offset)
{
	return (const char *)c + offset;
}

static void compare_text(const struct config *a, const struct config *b, size_t offset,
			 const char *what)
{
	const char *const *x = field(a, offset), *const *y = field(b, offset);

	if (!*x != !*y || (*x && strcmp(*x, *y)))
		fail_msg("%s: \"%s\" became \"%s\"", what, *x ? *x : "(none)", *y ? *y : "(none)");
}

static void compare_row(const struct config *a, const struct config *b,
			const struct config_row *row, size_t shift)
{
	const struct config_type *type = config_type_of(row);

	if (row->not_in_file || row->action != CONFIG_RUN || !row->parse)
		return;
	if (!type->parse)
		fail_msg("%s: its kind of value cannot be printed", row->name);
	if (type->text)
		compare_text(a, b, row->offset + shift, row->name);
	else if (memcmp(field(a, row->offset + shift), field(b, row->offset + shift), type->size))
		fail_msg("%s differs", row->name);
	for (const struct config_word *w = row->words; w && w->name; w++)
		if (w->arg)
			compare_text(a, b, w->arg_offset + shift, row->name);
	if (row->parse == config_ids || row->parse == config_lpc)
		assert_memory_equal(field(a, row->ids_offset + shift),
				    field(b, row->ids_offset + shift),
				    offsetof(struct config_ids, revision) + 1);
	if (row->parse == config_cpu_list) {
		unsigned n = *(const unsigned *)field(a, row->count_offset);

		assert_int_equal(n, *(const unsigned *)field(b, row->count_offset));
		assert_memory_equal(field(a, row->offset), field(b, row->offset),
				    n * sizeof(uint16_t));
	}
}

static void compare(const struct config *a, const struct config *b)
{
	for (const struct config_row *r = config_options; r->name; r++) {
		unsigned n = 1;

		if (r->repeat) {
			n = *(const unsigned *)field(a, r->count_offset);
			assert_int_equal(n, *(const unsigned *)field(b, r->count_offset));
		}
		for (unsigned i = 0; i < n; i++) {
			compare_row(a, b, r, i * r->stride);
			for (const struct config_row *k = r->keys; k && k->name; k++)
				compare_row(a, b, k, i * r->stride);
		}
	}
}

/* ---- one configuration ---- */

static struct config one, two;
static struct config_error error;

static char *dump(const struct config *c)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(config_dump(c, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* False: the command line is refused, because options do not go together. */
static bool round_trip(struct line *l)
{
	char *none[] = { (char *)"igdvm", NULL }, *text, *again;
	enum config_action action;
	struct config_file file = { .name = "dumped" };

	memset(&one, 0xa5, sizeof(one));
	memset(&two, 0x5a, sizeof(two));
	if (config_parse(&one, NULL, l->n, l->arg, &action, stdout, &error))
		return false;
	assert_int_equal(action, CONFIG_RUN);
	text = dump(&one);
	file.text = text;
	file.len = strlen(text);
	if (config_parse(&two, &file, 1, none, &action, stdout, &error))
		fail_msg("refused: %s\n%s", error.text, text);
	compare(&one, &two);
	again = dump(&two);
	assert_string_equal(text, again);
	free(text);
	free(again);
	return true;
}

/* What an option is given with while one of its keys is tested. */
static void add_required(struct line *l, const struct config_row *option,
			 const struct config_row * not, char *comma)
{
	for (const struct config_row *k = option->keys; k->name; k++) {
		struct values v;

		if (!k->required || k == not )
			continue;
		values_of(k, &v);
		line_text(l, comma, false);
		line_text(l, k->name, false);
		line_text(l, "=", false);
		line_text(l, v.value[0], true);
		comma[0] = ',';
		values_free(&v);
	}
}

static void add_key(struct line *l, const struct config_row *key, const char *value, char *comma)
{
	line_text(l, comma, false);
	line_text(l, key->name, false);
	line_text(l, "=", false);
	line_text(l, value, !key->list);
	comma[0] = ',';
}

/* What else an option wants before it takes a key. */
static const struct {
	const char *option, *key, *value; /* value NULL: any */
	const char *with;
} wants[] = {
	{ "cpus", "topology", "2:3:1", "count=6" },
	{ "cpus", "topology", NULL, "count=8" },
	{ "cpus", "pin", "0-3,8", "count=5" },
	{ "cpus", "pin", NULL, "count=3" },
	{ "net", "mac", NULL, "tap=t" },
	{ "net", "queues", NULL, "tap=t" },
	{ "net", "vhost", NULL, "tap=t" },
	{ "net", "addr", NULL, "tap=t" },
};

static bool try_key(const struct config_row *option, const struct config_row *key,
		    const char *value, const char *with)
{
	static struct line l;
	char comma[2] = "";

	line_begin(&l);
	line_add(&l, "kernel=k");
	line_add(&l, option->name);
	line_text(&l, "=", false);
	add_required(&l, option, key, comma);
	if (with) {
		line_text(&l, comma, false);
		line_text(&l, with, false);
		comma[0] = ',';
	}
	add_key(&l, key, value, comma);
	return round_trip(&l);
}

static void check_key(const struct config_row *option, const struct config_row *key)
{
	unsigned taken = 0;
	struct values v;

	values_of(key, &v);
	for (size_t i = 0; i < v.n; i++) {
		bool ok = try_key(option, key, v.value[i], NULL);

		for (size_t k = 0; k < ARRAY_SIZE(wants) && !ok; k++)
			if (!strcmp(wants[k].option, option->name) &&
			    !strcmp(wants[k].key, key->name) &&
			    (!wants[k].value || !strcmp(wants[k].value, v.value[i])))
				ok = try_key(option, key, v.value[i], wants[k].with);
		taken += ok;
	}
	if (!taken || (key->parse != config_topology && key->parse != config_cpu_list &&
		       key->parse != config_size && taken < v.n))
		fail_msg("--%s %s: %u of %zu values were taken: %s", option->name, key->name, taken,
			 v.n, error.text);
	values_free(&v);
}

static void check_option(const struct config_row *option)
{
	static struct line l;
	unsigned taken = 0;
	struct values v;

	values_of(option, &v);
	for (size_t i = 0; i < v.n; i++) {
		line_begin(&l);
		if (!option->required)
			line_add(&l, "kernel=k");
		line_add(&l, option->name);
		line_text(&l, "=", false);
		line_text(&l, v.value[i], false);
		if (!strcmp(v.value[i], "help")) /* not for config_string */
			continue;
		taken += round_trip(&l);
	}
	/* an option may need another one, but a value of it says nothing */
	if (!taken)
		fail_msg("--%s: none of %zu values was taken: %s", option->name, v.n, error.text);
	values_free(&v);
}

static void every_row(void **state)
{
	(void)state;
	for (const struct config_row *r = config_options; r->name; r++) {
		if (r->not_in_file || r->action != CONFIG_RUN)
			continue;
		for (const struct config_row *k = r->keys; k && k->name; k++)
			check_key(r, k);
		if (!r->keys)
			check_option(r);
	}
}

static const char *any_value(struct values *v, const struct config_row *row)
{
	values_of(row, v);
	return v->value[(size_t)rand() % v->n];
}

static void add_random(struct line *l, const struct config_row *option)
{
	unsigned keys = 0;
	char comma[2] = "";
	struct values v;

	if (!option->keys) {
		const char *value = any_value(&v, option);

		line_add(l, option->name);
		line_text(l, "=", false);
		line_text(l, value, false);
		values_free(&v);
		return;
	}
	for (const struct config_row *k = option->keys; k->name; k++) {
		if (!k->required && rand() % 3)
			continue;
		if (!keys++) {
			line_add(l, option->name);
			line_text(l, "=", false);
		}
		add_key(l, k, any_value(&v, k), comma);
		values_free(&v);
	}
}

static void random_combinations(void **state)
{
	static struct line l;
	unsigned taken = 0;

	(void)state;
	srand(SEED);
	for (unsigned i = 0; i < COMBINATIONS; i++) {
		line_begin(&l);
		line_add(&l, "kernel=k");
		for (unsigned k = 0; k < 6; k++) {
			const struct config_row *r = config_options;
			unsigned n = 0;

			for (; r[n].name; n++)
				;
			r += rand() % (int)n;
			if (!r->not_in_file && r->action == CONFIG_RUN && !r->required)
				add_random(&l, r);
		}
		taken += round_trip(&l);
	}
	if (taken < COMBINATIONS / 10)
		fail_msg("only %u of %u combinations were taken", taken, COMBINATIONS);
}

static void table_fits(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct config_row *r = config_options; r->name; r++, n++) {
		size_t keys = 0;

		for (const struct config_row *k = r->keys; k && k->name; k++, keys++)
			assert_non_null(config_type_of(k)->parse);
		assert_true(keys <= CONFIG_KEYS_MAX);
		if (r->parse)
			assert_non_null(config_type_of(r)->parse);
		/* what repeats has nothing but zero as a default: config_defaults() fills in the first */
		for (const struct config_row *k = r->keys; r->repeat && k->name; k++) {
			memset(&one, 0, sizeof(one));
			memset(&two, 0, sizeof(two));
			if (k->fallback)
				assert_int_equal(k->parse(&one, k, k->name, k->fallback, &error),
						 0);
			assert_memory_equal(&one, &two, sizeof(one));
		}
	}
	assert_true(n < CONFIG_ROWS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_fits),
		cmocka_unit_test(every_row),
		cmocka_unit_test(random_combinations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
