/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools.h - the commands of igdvm that start no guest, as rows: main.c runs them, manual page and completions
 * list them.
 */
#ifndef IGDVM_TOOLS_H
#define IGDVM_TOOLS_H

struct tool {
	const char *name; /* NULL ends */
	/* Exit code; argv[0] is igdvm, argv[1] the command. */
	int (*main)(int argc, char **argv);
	const char *help; /* one line */
	/*
	 * What may follow, for completions: words, and <pci> (an address), <file>, <dir>.
	 */
	const char *words;
};
extern const struct tool tools[];

#endif
