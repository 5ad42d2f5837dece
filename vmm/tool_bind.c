// SPDX-License-Identifier: BSD-2-Clause
/*
 * tool_bind.c - the commands bind and unbind: their arguments, and which call does it.
 */
#include <stdio.h>

#include "bdf.h"
#include "bind.h"
#include "exit_code.h"
#include "log.h"
#include "tool_bind.h"
#include "util.h"

struct request {
	const char *bdf; /* NULL: none */
	bool force, help;
};

/* 0, or a logged EXIT_CODE_USAGE. */
static int parse(struct request *r, const char *command, char **arg, bool can_force)
{
	struct bdf bdf;

	for (; *arg; arg++) {
		if (!strcmp(*arg, "--help"))
			r->help = true;
		else if (can_force && !strcmp(*arg, "--force"))
			r->force = true;
		else if (**arg == '-')
			return log_err(EXIT_CODE_USAGE,
				       "%s: unknown option \"%.80s\"; it takes %s--help", command,
				       *arg, can_force ? "--force and " : "");
		else if (r->bdf)
			return log_err(EXIT_CODE_USAGE, "%s: \"%.80s\" and \"%.80s\": name one",
				       command, r->bdf, *arg);
		else
			r->bdf = *arg;
	}
	if (r->bdf && bdf_parse(r->bdf, &bdf))
		return log_err(EXIT_CODE_USAGE,
			       "%s: \"%.80s\" is not a PCI address like 0000:00:02.0; lspci -D "
			       "lists them",
			       command, r->bdf);
	return 0;
}

static int bind_help(void)
{
	printf("usage: igdvm bind BDF [--force]\n\n"
	       "Bind a device, and all else in its IOMMU group, to vfio-pci, until igdvm unbind "
	       "BDF.\n"
	       "What the host uses is refused.\n\n"
	       "  --force\n        take it nevertheless; but never the parent of virtual "
	       "functions\n");
	return EXIT_CODE_POWEROFF;
}

static int unbind_help(void)
{
	printf("usage: igdvm unbind [BDF]\n\n"
	       "Give a device and its group back to the drivers they had before igdvm bind BDF.\n"
	       "Without BDF: whatever an igdvm --bind that was killed has left.\n");
	return EXIT_CODE_POWEROFF;
}

int tool_bind(int argc, char **argv)
{
	struct request r = { 0 };
	struct bind b;
	int ret;

	(void)argc;
	ret = parse(&r, "bind", argv + 2, true);
	if (ret)
		return ret;
	if (r.help)
		return bind_help();
	if (!r.bdf)
		return log_err(EXIT_CODE_USAGE, "bind: the device is missing: igdvm bind BDF "
						"[--force]");
	bind_init(&b, "");
	if (bind_take(&b, r.bdf, r.force) || bind_keep(&b))
		return EXIT_CODE_HOST;
	return EXIT_CODE_POWEROFF;
}

int tool_unbind(int argc, char **argv)
{
	struct request r = { 0 };
	int ret;

	(void)argc;
	ret = parse(&r, "unbind", argv + 2, false);
	if (ret)
		return ret;
	if (r.help)
		return unbind_help();
	ret = r.bdf ? bind_return("", r.bdf) : bind_mend("");
	return ret ? EXIT_CODE_HOST : EXIT_CODE_POWEROFF;
}
