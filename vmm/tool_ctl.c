// SPDX-License-Identifier: BSD-2-Clause
/*
 * tool_ctl.c - the client of the control socket.
 * Knows requests and answers as JSON; which commands there are is the machine's to say.
 */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "control.h"
#include "exit_code.h"
#include "log.h"
#include "tool_ctl.h"
#include "util.h"

static const char usage[] =
	"usage: igdvm ctl SOCKET COMMAND\n\n"
	"Ask a machine that was started with --control SOCKET. Commands:\n"
	"  status          what it is doing, as JSON\n"
	"  console [N]     the last N lines of its consoles, or all that are kept\n"
	"  events          what happens from its start on, a line of JSON each, until it ends\n"
	"  wait EVENT      the same up to an event: started, guest-up, reset, panic, exit ...\n"
	"  powerbtn        press the power button: the guest is asked to shut down\n"
	"  pause, resume   hold its vCPUs, and let them go on\n"
	"  reset           as a guest that resets: the end with code 32, or --on-reboot restart\n"
	"  stop            end it at once\n"
	"  nmi             a non-maskable interrupt for every vCPU\n"
	"  help            commands that the machine knows\n";

/* A stream of lines to and from the machine; NULL: logged. */
static FILE *connect_to(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f;

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
	} else if (fd >= 0) {
		memcpy(a.sun_path, path, strlen(path));
		f = connect(fd, (struct sockaddr *)&a, sizeof(a)) ? NULL : fdopen(fd, "r+");
		if (f)
			return f;
	}
	log_err(-errno, "%s: %m; name the socket that igdvm was started with (--control)", path);
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* The next line as JSON; NULL: there is none, or it is something else. */
static json_t *next_line(FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	json_t *j = NULL;

	if (getline(&line, &size, f) > 0)
		j = json_loads(line, 0, NULL);
	free(line);
	return j;
}

static bool send_request(FILE *f, json_t *request)
{
	bool sent = !json_dumpf(request, f, JSON_COMPACT) && fputc('\n', f) != EOF && !fflush(f);

	json_decref(request);
	return sent;
}

/* The result of a command, or NULL: logged. Takes request's reference. */
static json_t *ask(FILE *f, const char *path, json_t *request)
{
	json_t *greeting = next_line(f), *reply = NULL, *result = NULL;

	if (json_object_get(greeting, "control") && send_request(f, request))
		reply = next_line(f);
	if (json_is_true(json_object_get(reply, "ok")))
		result = json_incref(json_object_get(reply, "result"));
	else if (reply)
		log_err(0, "%s: %s", path, json_string_value(json_object_get(reply, "error")));
	else
		log_err(0, "%s: no answer; it may have ended, or is not igdvm's, or not yours",
			path);
	json_decref(greeting);
	json_decref(reply);
	return result;
}

static void print(const json_t *j, size_t flags)
{
	json_dumpf(j, stdout, flags | JSON_ENCODE_ANY);
	putchar('\n');
	fflush(stdout);
}

static bool is_named(const json_t *event, const char *name)
{
	const char *is = json_string_value(json_object_get(event, "event"));

	return is && name && !strcmp(is, name);
}

/* Print events until the end, or the one that is waited for. */
static int follow(FILE *f, const char *path, const char *until)
{
	json_t *result = ask(f, path, json_pack("{s:s}", "command", "subscribe")), *event;
	bool found = false;
	size_t i;

	if (!result)
		return EXIT_CODE_HOST;
	json_array_foreach(json_object_get(result, "events"), i, event)
	{
		print(event, JSON_COMPACT);
		found |= is_named(event, until);
	}
	json_decref(result);
	while (!found && (event = next_line(f))) {
		print(event, JSON_COMPACT);
		found = is_named(event, until);
		json_decref(event);
	}
	if (found || !until)
		return 0;
	return log_err(EXIT_CODE_HOST, "%s: it ended without \"%s\"", path, until);
}

static int show_console(FILE *f, const char *path, const char *lines)
{
	json_t *request = json_pack("{s:s}", "command", "console"), *result;

	if (lines)
		json_object_set_new(request, "lines", json_integer(atoll(lines)));
	result = ask(f, path, request);
	if (!result)
		return EXIT_CODE_HOST;
	fputs(json_string_value(json_object_get(result, "text")), stdout);
	json_decref(result);
	return 0;
}

static int run_command(FILE *f, const char *path, const char *command, const char *arg)
{
	json_t *result;

	if (!strcmp(command, "events") || !strcmp(command, "wait"))
		return follow(f, path, arg);
	if (!strcmp(command, "console"))
		return show_console(f, path, arg);
	result = ask(f, path, json_pack("{s:s}", "command", command));
	if (!result)
		return EXIT_CODE_HOST;
	if (json_object_size(result))
		print(result, JSON_INDENT(2));
	json_decref(result);
	return 0;
}

/* How many arguments a command takes: at least, at most. */
static bool is_well_formed(const char *command, int n, const char *arg)
{
	char *end = NULL;

	if (!strcmp(command, "wait"))
		return n == 1;
	if (strcmp(command, "console"))
		return n == 0;
	return n == 0 || (n == 1 && *arg && strtoll(arg, &end, 10) > 0 && !*end);
}

int tool_ctl(int argc, char **argv)
{
	int code;
	FILE *f;

	if (argc > 2 &&
	    (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h") || !strcmp(argv[2], "help"))) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc < 4 || !is_well_formed(argv[3], argc - 4, argv[4]))
		return log_err(EXIT_CODE_USAGE,
			       "ctl takes a socket and a command; \"igdvm ctl --help\" lists them");
	f = connect_to(argv[2]);
	if (!f)
		return EXIT_CODE_HOST;
	code = run_command(f, argv[2], argv[3], argv[4]);
	fclose(f);
	return code;
}
