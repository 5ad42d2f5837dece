// SPDX-License-Identifier: BSD-2-Clause
/*
 * main.c - command line in, exit code out: the only place that exits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "machine.h"
#include "tool_opregion.h"
#include "tool_record.h"
#include "util.h"

/*
 * A closed 0 or 2 would be taken by the next open(), and the guest's output or our messages would go
 * there. Standard output is serial_init()'s to check: closed, it is an error the user should see.
 */
static void reserve_standard_fds(void)
{
	bool out_closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;

	while (true) {
		int fd = open("/dev/null", O_RDWR);

		if (fd < 0)
			return;
		if (fd > STDERR_FILENO) {
			close(fd);
			break;
		}
	}
	/* held open, but not for reading or writing: a write fails with EBADF as it would closed */
	if (out_closed) {
		int fd = open("/dev/null", O_PATH);

		if (fd >= 0) {
			dup2(fd, STDOUT_FILENO);
			close(fd);
		}
	}
}

/* Build it and let it run, or say what it would be. Returns the exit code. */
static int run_once(struct machine *m)
{
	int code = machine_build(m);

	if (code)
		return code;
	if (!m->config->dry_run)
		return machine_run(m);
	machine_print_plan(m, stdout);
	return 0;
}

static int run(struct config *c)
{
	struct machine *m = calloc(1, sizeof(*m));
	int code;

	if (!m)
		return log_err(EXIT_CODE_HOST, "no memory for the machine");
	machine_init(m, c);
	code = run_once(m);
	while (code == EXIT_CODE_RESET && c->on_reboot == REBOOT_RESTART) {
		if (machine_asked_off(m)) {
			log_info("the guest resets, but was asked to power off: this is the end");
			break;
		}
		log_info("the guest resets: starting it again");
		c->restarted = true;
		machine_restart(m);
		code = run_once(m);
	}
	machine_fini(m);
	free(m);
	return code;
}

/* Commands that start no guest. */
static const struct {
	const char *name;
	int (*main)(int argc, char **argv); /* gives the exit code */
} tools[] = {
	{ "opregion", tool_opregion_main },
	{ "record", tool_record },
};

static int run_guest(int argc, char **argv)
{
	enum config_action action = CONFIG_RUN;
	struct config_error err;
	struct config c;

	if (config_parse(&c, argc, argv, &action, stdout, &err)) {
		log_err(0, "%s", err.text);
		return EXIT_CODE_USAGE;
	}
	if (c.verbose)
		log_set_level(LOG_DEBUG);
	return action == CONFIG_RUN ? run(&c) : EXIT_CODE_POWEROFF;
}

int main(int argc, char **argv)
{
	int (*command)(int argc, char **argv) = run_guest;
	int code;

	reserve_standard_fds();
	signal(SIGPIPE, SIG_IGN); /* a write's error says the same where it happens */
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		if (argc > 1 && !strcmp(argv[1], tools[i].name))
			command = tools[i].main;
	code = command(argc, argv);
	/* an error that a full buffer met earlier is no more seen by fflush() */
	if ((fflush(stdout) || ferror(stdout)) && !code) {
		log_err(-errno, "standard output: %m");
		code = EXIT_CODE_HOST;
	}
	return code;
}
