// SPDX-License-Identifier: BSD-2-Clause
/*
 * main.c - command line in, exit code out: the only place that exits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "file.h"
#include "host_file.h"
#include "json_seed.h"
#include "keep.h"
#include "log.h"
#include "machine.h"
#include "supervise.h"
#include "tools.h"
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
	return machine_print_plan(m, stdout) ? EXIT_CODE_HOST : EXIT_CODE_POWEROFF;
}

/* What a machine is made of, for its process. */
struct job {
	struct config *config;
	struct keep *keep; /* NULL: the only machine, in this process */
	struct report *report;
};

static int run_machine(void *arg)
{
	struct job *job = arg;
	struct machine *m = calloc(1, sizeof(*m));
	int code;

	if (!m)
		return log_err(EXIT_CODE_HOST, "no memory for the machine");
	machine_init(m, job->config, job->keep);
	code = run_once(m);
	if (machine_report(m, job->report, code) && !code)
		code = EXIT_CODE_HOST;
	machine_fini(m);
	free(m);
	return code;
}

/* Machine after machine, each in a process of its own, until one ends with anything but a reset. */
static int run_machines(struct supervisor *s, struct config *c, struct job *job)
{
	int code = supervise_run(s, run_machine, job);

	while (code == EXIT_CODE_RESET && c->on_reboot == REBOOT_RESTART) {
		if (supervise_stopped(s)) {
			log_info("the guest resets, but was asked to power off: this is the end");
			return s->fatal ? EXIT_CODE_SIGNAL + s->fatal : EXIT_CODE_RESET;
		}
		log_info("the guest resets: starting it again");
		c->restarted = true;
		code = keep_refresh(job->keep);
		if (!code)
			code = supervise_run(s, run_machine, job);
	}
	return code;
}

/* With --bind: the assigned devices. 0 or logged -errno; bind_give_back() in any case. */
static int take_devices(struct bind *b, const struct config *c)
{
	int ret = 0;

	bind_init(b, "");
	if (c->bind && c->igd.present)
		ret = bind_take(b, c->igd.device, c->force);
	for (unsigned i = 0; c->bind && i < c->n_vfio && !ret; i++)
		ret = bind_take(b, c->vfio[i].device, c->force);
	return ret;
}

/* What is there before the first machine and after the last one, and the machines. */
static int run_supervised(struct config *c, struct report *report)
{
	struct supervisor s;
	struct keep keep;
	struct bind b;
	struct job job = { c, &keep, report };
	int code = keep_open(&keep, c);

	/* until its end signals wait: no device is half taken, and all are given back */
	supervise_init(&s);
	if (!code) {
		code = take_devices(&b, c) ? EXIT_CODE_HOST : run_machines(&s, c, &job);
		if (bind_give_back(&b) && !code)
			code = EXIT_CODE_HOST;
	}
	supervise_fini(&s);
	keep_close(&keep);
	return code;
}

/* Something is to be done after the machine that a machine cannot do. */
static bool is_supervised(const struct config *c)
{
	return !c->dry_run && (c->on_reboot == REBOOT_RESTART || c->control || c->bind);
}

/* 0 or logged -EBADF. */
static int take_passed(const struct config *c)
{
	for (unsigned i = 0; i < c->n_passed; i++) {
		if (fcntl((int)c->pass[i].fd, F_GETFD) < 0)
			return log_err(-EBADF, "--pass %s: descriptor %u: %m; open it before igdvm",
				       c->pass[i].path, c->pass[i].fd);
		host_file_pass(c->pass[i].path, (int)c->pass[i].fd);
	}
	return 0;
}

static int run(struct config *c)
{
	struct report report = { .fd = -1 };
	struct job job = { c, NULL, &report };
	int code = EXIT_CODE_USAGE;

	c->started_ns = machine_now();
	if (c->control)
		json_seed();
	if (!take_passed(c) && !report_open(&report, c->report, c->kernel))
		code = is_supervised(c) ? run_supervised(c, &report) : run_machine(&job);
	report_close(&report);
	return code;
}

/* The file that --config names into *file, if there is one; the text is the caller's to free. */
static int read_config(int argc, char **argv, struct config_file *file)
{
	const char *name = config_file_name(argc, argv);
	uint8_t *bytes;
	size_t len;
	int ret;

	if (!name || !*name)
		return 0;
	ret = file_read(name, CONFIG_FILE_MAX, &bytes, &len);
	if (ret == -EFBIG)
		return log_err(ret, "--config %s: larger than %d KiB; this is no configuration",
			       name, CONFIG_FILE_MAX / 1024);
	if (ret == -EINVAL)
		return log_err(ret, "--config %s: not a regular file", name);
	if (ret)
		return log_err(ret, "--config %s: %m; name a file that can be read", name);
	*file = (struct config_file){ .name = name, .text = (const char *)bytes, .len = len };
	return 0;
}

/* Where messages go, as the options say. 0, or the exit code; logged. */
static int open_log(const struct config *c)
{
	int ret = c->log_file ? log_set_file(c->log_file) : 0;

	if (ret)
		return log_err(EXIT_CODE_USAGE,
			       "--log-file %s: %s; name a file that can be written", c->log_file,
			       strerror(-ret));
	log_set_json(c->log_json);
	if (c->verbose)
		log_set_level(LOG_DEBUG);
	return 0;
}

static int run_guest(int argc, char **argv)
{
	enum config_action action = CONFIG_RUN;
	struct config_file file = { 0 };
	struct config_error err;
	struct config c;
	int ret = read_config(argc, argv, &file);

	if (ret)
		return EXIT_CODE_USAGE;
	ret = config_parse(&c, file.name ? &file : NULL, argc, argv, &action, stdout, &err);
	free((void *)file.text);
	if (ret == -ENOMEM)
		return log_err(EXIT_CODE_HOST, "no memory for the configuration");
	if (ret) {
		log_err(0, "%s", err.text);
		return EXIT_CODE_USAGE;
	}
	if (action != CONFIG_RUN)
		return EXIT_CODE_POWEROFF;
	ret = open_log(&c);
	if (!ret)
		ret = run(&c);
	log_close();
	return ret;
}

int main(int argc, char **argv)
{
	int (*command)(int argc, char **argv) = run_guest;
	int code;

	reserve_standard_fds();
	signal(SIGPIPE, SIG_IGN); /* a write's error says the same where it happens */
	for (const struct tool *t = tools; argc > 1 && t->name; t++)
		if (!strcmp(argv[1], t->name))
			command = t->main;
	code = command(argc, argv);
	/* an error that a full buffer met earlier is no more seen by fflush() */
	if ((fflush(stdout) || ferror(stdout)) && !code) {
		log_err(-errno, "standard output: %m");
		code = EXIT_CODE_HOST;
	}
	return code;
}
