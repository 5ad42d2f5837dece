/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.h - the command line as a struct.
 *
 * Pure: no file is opened, nothing is logged. One table of options (config_options.c) gives the
 * parser, --help, "--igd help" and the defaults.
 */
#ifndef IGDVM_CONFIG_H
#define IGDVM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bdf.h"

enum opregion_policy {
	OPREGION_AUTO, /* live, else copy, saying which and why */
	OPREGION_LIVE, /* the host's own pages, or an error */
	OPREGION_COPY, /* a private copy of the bytes */
	OPREGION_OFF,  /* none: ASLS reads 0 */
};

enum lpc_policy {
	LPC_CLONE, /* identity of the host's LPC and host bridge */
	LPC_OFF,   /* igdvm's own */
};

enum serial_kind { SERIAL_TTY, SERIAL_NULL, SERIAL_FILE };

#define STOLEN_AUTO UINT64_MAX /* the host's size where the guest's memory allows it */

struct config_igd {
	bool present;
	struct bdf bdf;
	enum opregion_policy opregion;
	uint64_t stolen; /* bytes, 0 for off, STOLEN_AUTO */
	enum lpc_policy lpc;
	const char *gen; /* generation name that overrides the id table, or NULL */
};

/* Bytes of all comma-separated values together, split and with doubled commas undone. */
#define CONFIG_ARENA 4096

/* Strings point into argv or into arena: pass a config by pointer, never copy it. */
struct config {
	const char *kernel, *initrd;
	const char *cmdline; /* NULL: not given */
	uint64_t memory;     /* bytes, multiple of 2 MiB */
	unsigned cpus;
	struct config_igd igd;
	enum serial_kind serial;
	const char *serial_path; /* SERIAL_FILE */
	bool dry_run;
	bool verbose;
	char arena[CONFIG_ARENA];
	size_t arena_used;
};

/* What parsing asks main to do. */
enum config_action {
	CONFIG_RUN,
	CONFIG_HELP,	/* text was printed to out */
	CONFIG_VERSION, /* likewise */
};

struct config_error {
	char text[512]; /* one line: option, value, what is wrong, what would be right */
};

/*
 * Parse argv (argv[0] is skipped, "run" may follow it). Help goes to out.
 * 0 with *c and *action set; -EINVAL with err->text.
 */
int config_parse(struct config *c, int argc, char **argv, enum config_action *action, FILE *out,
		 struct config_error *err);

#endif
