// SPDX-License-Identifier: BSD-2-Clause
/*
 * tool_doctor.c - the command line of `igdvm doctor`. Knows its options; what is checked, doctor.c
 * knows.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bdf.h"
#include "config_table.h"
#include "doctor.h"
#include "exit_code.h"
#include "log.h"
#include "tool_doctor.h"
#include "util.h"

struct request {
	const char *device; /* as the user wrote it */
	const char *memory, *fixture;
	bool json, help;
	struct config config; /* for the value of --memory alone */
};

/* The same limits as --memory of a guest (config_options.c). */
static const struct config_row memory_row = {
	.name = "memory",
	.offset = offsetof(struct config, memory),
	.min = 32 * MiB,
	.max = 4096 * TiB,
	.step = 2 * MiB,
};

static const struct config_row options[] = {
	{ .name = "json", .help = "JSON instead of text: docs/doctor.md" },
	{ .name = "memory",
	  .value = "SIZE",
	  .help = "of the guest that is to start (default 512M)" },
	{ .name = "fixture",
	  .value = "DIR",
	  .help = "look at a recording of igdvm record, not at this host" },
	{ .name = "help", .help = "this text" },
	{ .name = NULL },
};

static void print_help(void)
{
	printf("usage: igdvm doctor [OPTION...] [BDF]\n\n"
	       "Say what is missing before a guest can have an Intel GPU: a line a check, with "
	       "what\n"
	       "was found, why it matters, and what mends it. Nothing is changed, nothing "
	       "opened.\n\n"
	       "BDF   a GPU of this host (default: each Intel display device)\n\n"
	       "Options:\n");
	for (const struct config_row *o = options; o->name; o++)
		printf("  --%s%s%s\n        %s\n", o->name, o->value ? " " : "",
		       o->value ? o->value : "", o->help);
	printf("\nExit code: 0 no failure, 1 failures, 2 wrong usage.\n");
}

__attribute__((format(printf, 1, 2))) static int usage(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return log_err(EXIT_CODE_USAGE, "doctor: %s; --help explains", text);
}

/* Where the text of an option with a value goes; NULL: it has none. */
static const char **value_of(struct request *r, const struct config_row *o)
{
	if (!o->value)
		return NULL;
	return strcmp(o->name, "memory") ? &r->fixture : &r->memory;
}

static int take_option(struct request *r, char ***arg)
{
	const char *text = **arg, *name = text + strspn(text, "-"), *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct config_row *o = options;
	const char **value;

	while (o->name && (name - text != 2 || strncmp(o->name, name, len) || o->name[len]))
		o++;
	if (!o->name)
		return usage("unknown option \"%.80s\"; the nearest is --%s", text,
			     config_nearest(options, name));
	value = value_of(r, o);
	if (!value) {
		if (equals)
			return usage("--%s takes no value", o->name);
		r->json |= !strcmp(o->name, "json");
		r->help |= !strcmp(o->name, "help");
		return 0;
	}
	if (*value)
		return usage("--%s is given twice", o->name);
	*value = equals ? equals + 1 : (*arg)[1];
	*arg += !equals && *value;
	return *value && **value ? 0 : usage("--%s needs a value: %s", o->name, o->value);
}

static int parse(struct request *r, char **arg)
{
	int ret = 0;

	for (; *arg && !ret; arg++) {
		if (**arg == '-')
			ret = take_option(r, &arg);
		else if (r->device)
			ret = usage("\"%.80s\" and \"%.80s\": name one device", r->device, *arg);
		else
			r->device = *arg;
	}
	return ret;
}

static int check(struct request *r, char *name)
{
	struct config_error err;
	struct bdf bdf;

	if (r->device && bdf_parse(r->device, &bdf))
		return usage(
			"\"%.80s\" is not a PCI address like 0000:00:02.0; lspci -D lists them",
			r->device);
	if (r->device)
		bdf_format(bdf, name);
	if (config_size(&r->config, &memory_row, "--memory", r->memory ? r->memory : "512M", &err))
		return usage("%s", err.text);
	return 0;
}

int tool_doctor(int argc, char **argv)
{
	struct request r = { 0 };
	char name[BDF_STRLEN];
	int ret;

	(void)argc;
	ret = parse(&r, argv + 2);
	if (ret)
		return ret;
	if (r.help) {
		print_help();
		return 0;
	}
	ret = check(&r, name);
	if (ret)
		return ret;
	return doctor_run("", r.fixture, r.device ? name : NULL, r.config.memory, r.json, stdout);
}
