// SPDX-License-Identifier: BSD-2-Clause
/*
 * control.c - any bytes from a client of the control socket.
 *
 * The server runs in this thread, its loop one event at a time. Whatever comes, each line that is answered is answered by a
 * line of JSON, and another client is served.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "control.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static json_t *echo(void *ctx, json_t *request, const char **error)
{
	(void)ctx;
	(void)error;
	return json_pack("{s:O}", "echo", request);
}

static const struct control_command commands[] = { { "echo", echo }, { "status", echo }, { 0 } };

static int client(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)a, sizeof(*a)))
		abort();
	return fd;
}

static void run(struct control *c)
{
	for (unsigned i = 0; i < 20; i++)
		if (loop_run_once(&c->loop, 0))
			abort();
}

/* Every line is an object; true when the machine is still there. */
static bool read_answers(int fd)
{
	static char text[CONTROL_ANSWERS + 1];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	char *line = text, *end;
	json_t *j;

	if (n <= 0)
		return n < 0;
	text[n] = '\0';
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		j = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(j))
			abort();
		json_decref(j);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char hello[] = "{\"command\":\"echo\"}\n";
	static struct control c;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int listener, hostile, good;

	if (len > 16384)
		return -1;
	snprintf(a.sun_path, sizeof(a.sun_path), "/tmp/igdvm-fuzz-control.%d", (int)getpid());
	listener = control_listen(a.sun_path);
	if (listener < 0 || control_init(&c, listener, commands, NULL, 0, NULL))
		abort();
	hostile = client(&a);
	good = client(&a);
	run(&c);
	send(hostile, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	run(&c);
	control_tell(&c, "event", json_object());
	send(good, hello, strlen(hello), MSG_NOSIGNAL);
	run(&c);
	read_answers(hostile);
	if (!read_answers(good))
		abort();
	close(hostile);
	close(good);
	run(&c);
	control_fini(&c);
	close(listener);
	unlink(a.sun_path);
	return 0;
}
