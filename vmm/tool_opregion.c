// SPDX-License-Identifier: BSD-2-Clause
/*
 * tool_opregion.c - the OpRegion of a GPU or of a file, as bytes or decoded, for bug reports.
 *
 * Knows its command line and standard output. Never writes to the GPU, nor to what it reads.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "bdf.h"
#include "config_table.h"
#include "emit.h"
#include "exit_code.h"
#include "log.h"
#include "opregion_read.h"
#include "opregion_show.h"
#include "tool_opregion.h"
#include "util.h"

#define DEFAULT_DEVICE "0000:00:02.0"

struct request {
	const char *what; /* address or file */
	bool json;
	bool help;
};

static int dump(const struct request *r, const struct opregion_image *image);
static int decode(const struct request *r, const struct opregion_image *image);

/* Names and help only, for config_nearest(). */
static const struct config_row verbs[] = {
	{ .name = "dump",
	  .help = "the bytes, to standard output; an extended VBT follows at 8192" },
	{ .name = "decode", .help = "header, mailboxes, VBT: blocks, child devices, panel" },
	{ .name = NULL },
};
static int (*const verb_runs[])(const struct request *, const struct opregion_image *) = {
	dump,
	decode,
};

static const struct config_row options[] = {
	{ .name = "json", .help = "decode: JSON instead of text" },
	{ .name = "help", .help = "this text" },
	{ .name = NULL },
};

static void print_help(void)
{
	printf("usage: igdvm opregion dump|decode [OPTION...] [BDF|FILE]\n\n"
	       "Show the OpRegion of an Intel GPU. It is read only.\n\n");
	for (const struct config_row *v = verbs; v->name; v++)
		printf("  %s\n        %s\n", v->name, v->help);
	printf("\nBDF   a GPU of this host (default " DEFAULT_DEVICE ")\n"
	       "FILE  an image of an OpRegion, a bare VBT, or a directory of igdvm record\n\n"
	       "Options:\n");
	for (const struct config_row *o = options; o->name; o++)
		printf("  --%s\n        %s\n", o->name, o->help);
}

static int usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int usage(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return log_err(EXIT_CODE_USAGE, "opregion: %s; --help explains", text);
}

static const struct config_row *find(const struct config_row *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

/* What follows the verb. 0, or a logged EXIT_CODE_USAGE. */
static int parse(struct request *r, char **arg, bool can_json)
{
	for (; *arg; arg++) {
		const struct config_row *o = NULL;

		if (**arg != '-') {
			if (r->what)
				return usage("\"%.80s\" and \"%.80s\": name one", r->what, *arg);
			r->what = *arg;
			continue;
		}
		if (!strncmp(*arg, "--", 2))
			o = find(options, *arg + 2);
		if (!o)
			return usage("unknown option \"%.80s\"; the nearest is --%s", *arg,
				     config_nearest(options, *arg + strspn(*arg, "-")));
		r->help |= !strcmp(o->name, "help");
		r->json |= !strcmp(o->name, "json");
	}
	if (r->json && !can_json)
		return usage("--json is for decode");
	if (r->what && !*r->what)
		return usage("the BDF or FILE is empty");
	return 0;
}

/* ---- what was read ---- */

static int read_image(struct opregion_image *image, const char *what)
{
	struct sysfs_dev dev;
	struct bdf bdf;

	if (bdf_parse(what, &bdf))
		return opregion_read_file(image, what);
	*image = (struct opregion_image){ 0 };
	sysfs_dev_init(&dev, what);
	if (!sysfs_exists(&dev))
		return log_err(-ENODEV, "%s: no such PCI device; lspci -D lists them", dev.name);
	return opregion_read_device(image, &dev, "");
}

static int dump(const struct request *r, const struct opregion_image *image)
{
	(void)r;
	/* main flushes, and says so where that fails */
	fwrite(image->bytes, 1, image->len, stdout);
	return 0;
}

static void show(struct emit *e, const struct request *r, const struct opregion_image *image)
{
	emit_bytes(e, "of", (const uint8_t *)r->what, strlen(r->what));
	if (image->source[0])
		emit_string(e, "read_by", "%s", image->source);
	emit_number(e, "bytes", image->len);
	if (image->made_relative) {
		emit_open(e, "firmware_has", EMIT_ROW);
		emit_hex(e, "rvda", image->rvda, 16);
		emit_number(e, "minor_version", image->minor);
		emit_close(e);
	}
	opregion_show(e, image->bytes, image->len);
	emit_problems(e);
}

static int decode(const struct request *r, const struct opregion_image *image)
{
	struct emit_text text = { 0 };
	struct emit_json json = { 0 };
	struct emit *e = r->json ? &json.e : &text.e;
	int ret = 0;

	if (r->json)
		emit_json_begin(&json);
	else
		emit_text_begin(&text, stdout);
	show(e, r, image);
	if (r->json)
		ret = emit_json_end(&json, stdout);
	if (ret)
		log_err(ret, "%s: JSON cannot be made: %m", r->what);
	if (e->n_problems)
		ret = log_err(-EBADMSG, "%s: %u problem%s; the first, at offset %#llx: %s", r->what,
			      e->n_problems, e->n_problems > 1 ? "s" : "",
			      (unsigned long long)e->problem[0].offset, e->problem[0].text);
	return ret ? EXIT_CODE_HOST : 0;
}

static int run(const struct request *r, size_t verb)
{
	struct opregion_image image;
	struct vbt_fault fault;
	int code = EXIT_CODE_HOST;

	if (!read_image(&image, r->what)) {
		if (opregion_identify(image.bytes, image.len, &fault) < 0)
			log_err(0, "%s: at offset %#x: %s", r->what, fault.offset, fault.text);
		else
			code = verb_runs[verb](r, &image);
	}
	opregion_image_fini(&image);
	return code;
}

int tool_opregion_main(int argc, char **argv)
{
	const struct config_row *verb;
	struct request r = { 0 };
	int ret;

	if (argc < 3)
		return usage("dump or decode?");
	if (!strcmp(argv[2], "--help") || !strcmp(argv[2], "help")) {
		print_help();
		return 0;
	}
	verb = find(verbs, argv[2]);
	if (!verb)
		return usage("unknown command \"%.80s\"; the nearest is %s", argv[2],
			     config_nearest(verbs, argv[2]));
	ret = parse(&r, argv + 3, verb_runs[verb - verbs] == decode);
	if (ret)
		return ret;
	if (r.help) {
		print_help();
		return 0;
	}
	if (!r.what)
		r.what = DEFAULT_DEVICE;
	if (verb_runs[verb - verbs] == dump && isatty(STDOUT_FILENO))
		return usage("the dump is binary, and standard output a terminal; add > FILE");
	return run(&r, (size_t)(verb - verbs));
}
