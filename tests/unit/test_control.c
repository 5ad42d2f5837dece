// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "control.h"
#include "fakes.h"
#include "test.h"
#include "util.h"

#define PATIENCE_MS 20000

static char dir[] = "/tmp/igdvm-control.XXXXXX", path[64];

static struct rig {
	struct control control;
	unsigned runs;
} rig;

/* ---- the machine ---- */

static json_t *count(void *ctx, json_t *request, const char **error)
{
	(void)error;
	((struct rig *)ctx)->runs++;
	return json_pack("{s:O}", "echo", request);
}

static json_t *refuse(void *ctx, json_t *request, const char **error)
{
	(void)ctx;
	(void)request;
	*error = "as it should";
	return NULL;
}

static json_t *big(void *ctx, json_t *request, const char **error)
{
	static char text[60000];

	(void)ctx;
	(void)request;
	(void)error;
	memset(text, 'x', sizeof(text) - 1);
	return json_pack("{s:s}", "text", text);
}

static const struct control_command commands[] = {
	{ "count", count }, { "fail", refuse }, { "big", big }, { 0 }
};

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int setup(void **state)
{
	int fd = control_listen(path);

	(void)state;
	rig.runs = 0;
	if (fd < 0 || control_init(&rig.control, fd, commands, &rig, 0, NULL))
		return -1;
	close(fd);
	return control_start(&rig.control);
}

static int teardown(void **state)
{
	(void)state;
	control_fini(&rig.control);
	return unlink(path);
}

/* ---- clients ---- */

static int new_client(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, path, strlen(path));
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* A line, without its end, or NULL: the machine has hung up. */
static const char *line_of(int fd)
{
	static char line[100000];
	size_t len = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, PATIENCE_MS) != 1)
			fail_msg("no line in time");
		n = recv(fd, line + len, 1, 0);
		if (n <= 0)
			return NULL;
		assert_true(len < sizeof(line) - 1);
		if (line[len] == '\n') {
			line[len] = '\0';
			return line;
		}
		len++;
	}
}

static int greeted(void)
{
	int fd = new_client();

	assert_non_null(strstr(line_of(fd), "\"control\":1"));
	return fd;
}

static void say(int fd, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

static void expect(int fd, const char *want)
{
	const char *line = line_of(fd);

	if (!line || strcmp(line, want))
		fail_msg("\"%s\", not \"%s\"", line ? line : "hung up", want);
}

#define UNKNOWN "{\"ok\":false,\"error\":\"unknown command; \\\"help\\\" lists all\"}"
#define NO_JSON "{\"ok\":false,\"error\":\"not a line of JSON\"}"
#define NO_OBJECT                                                                                  \
	"{\"ok\":false,\"error\":\"a request is an object with a member \\\"command\\\"\"}"

/* ---- tests ---- */

static void answers(void **state)
{
	static const struct {
		const char *request, *answer;
	} t[] = {
		{ "{\"command\":\"count\"}\n",
		  "{\"ok\":true,\"result\":{\"echo\":{\"command\":\"count\"}}}" },
		{ "{\"command\":\"count\",\"id\":7}\n",
		  "{\"ok\":true,\"result\":{\"echo\":{\"command\":\"count\",\"id\":7}},\"id\":7}" },
		{ "{\"id\":\"a\",\"command\":\"fail\"}\n",
		  "{\"ok\":false,\"error\":\"as it should\",\"id\":\"a\"}" },
		{ "{\"command\":\"nothing\"}\n", UNKNOWN },
		{ "{\"command\":7}\n", UNKNOWN },
		{ "{}\n", UNKNOWN },
		{ "[]\n", NO_OBJECT },
		{ "[{\"command\":\"count\"}]\n", NO_OBJECT },
		{ "\n", NO_JSON },
		{ "nonsense\n", NO_JSON },
		{ "{\"command\":\"count\"} x\n", NO_JSON },
		{ "{\"command\":\"count\",\"command\":\"count\"}\n", NO_JSON },
		{ "\xff\xfe\n", NO_JSON },
	};
	int fd = greeted();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		say(fd, t[i].request);
		expect(fd, t[i].answer);
	}
	assert_int_equal(rig.runs, 2);
	close(fd);
}

static void takes_lines_as_they_come(void **state)
{
	static const char request[] = "{\"command\":\"fail\"}\n";
	int fd = greeted();

	(void)state;
	for (const char *p = request; *p; p++) {
		const char byte[] = { *p, '\0' };

		say(fd, byte);
	}
	expect(fd, "{\"ok\":false,\"error\":\"as it should\"}");
	say(fd, "{\"command\":\"fail\"}\n{\"command\":\"fail\"}\n{\"comm");
	expect(fd, "{\"ok\":false,\"error\":\"as it should\"}");
	expect(fd, "{\"ok\":false,\"error\":\"as it should\"}");
	say(fd, "and\":\"fail\"}\n");
	expect(fd, "{\"ok\":false,\"error\":\"as it should\"}");
	close(fd);
}

static void bounds_a_line(void **state)
{
	char line[CONTROL_LINE + 2];
	int fd = greeted();

	(void)state;
	memset(line, ' ', sizeof(line));
	line[CONTROL_LINE - 1] = '\n';
	line[CONTROL_LINE] = '\0';
	say(fd, line);
	expect(fd, NO_JSON);
	line[CONTROL_LINE - 1] = ' ';
	say(fd, line);
	assert_null(line_of(fd));
	close(fd);
	memset(line, '[', CONTROL_LINE - 1); /* nested as deep as it goes */
	line[CONTROL_LINE - 1] = '\n';
	fd = greeted();
	say(fd, line);
	expect(fd, NO_JSON);
	close(fd);
}

static void tells_subscribers(void **state)
{
	int early = greeted(), late = greeted(), never = greeted();

	(void)state;
	say(early, "{\"command\":\"subscribe\"}\n");
	expect(early, "{\"ok\":true,\"result\":{\"events\":[]}}");
	rig.control.started_ns = 0;
	control_tell(&rig.control, "one", NULL);
	control_tell(&rig.control, "two", json_pack("{s:i}", "code", 3));
	assert_non_null(strstr(line_of(early), "{\"event\":\"one\",\"ms\":"));
	assert_non_null(strstr(line_of(early), "\"code\":3}"));
	say(late, "{\"command\":\"subscribe\"}\n");
	{
		const char *line = line_of(late);

		assert_non_null(strstr(line, "\"event\":\"one\""));
		assert_non_null(strstr(line, "\"event\":\"two\""));
	}
	control_tell(&rig.control, "three", NULL);
	assert_non_null(strstr(line_of(early), "three"));
	assert_non_null(strstr(line_of(late), "three"));
	say(never, "{\"command\":\"fail\"}\n");
	expect(never, "{\"ok\":false,\"error\":\"as it should\"}");
	/* the last word comes before the end */
	control_tell(&rig.control, "exit", NULL);
	control_stop(&rig.control);
	assert_non_null(strstr(line_of(early), "exit"));
	assert_non_null(strstr(line_of(late), "exit"));
	control_fini(&rig.control);
	assert_null(line_of(early));
	close(early);
	close(late);
	close(never);
}

/* Only the last of very many events are kept, and they are told in order, none twice. */
static void keeps_the_last_events(void **state)
{
	int fd = greeted();
	json_t *reply, *list;
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		control_tell(&rig.control, name, json_object());
	}
	say(fd, "{\"command\":\"subscribe\"}\n");
	reply = json_loads(line_of(fd), 0, NULL);
	list = json_object_get(json_object_get(reply, "result"), "events");
	assert_int_equal(json_array_size(list), CONTROL_EVENTS);
	for (unsigned i = 0; i < CONTROL_EVENTS; i++) {
		snprintf(name, sizeof(name), "n%u", 1000 - CONTROL_EVENTS + i);
		assert_string_equal(json_string_value(
					    json_object_get(json_array_get(list, i), "event")),
				    name);
	}
	json_decref(reply);
	control_tell(&rig.control, "more", NULL);
	assert_non_null(strstr(line_of(fd), "more"));
	close(fd);
}

/* One that asks and never reads: others are served, and it costs a bounded amount of memory. */
static void does_not_wait_for_the_slow(void **state)
{
	static const char request[] = "{\"command\":\"big\"}\n";
	int slow = greeted(), other = greeted();
	unsigned sent = 0;

	(void)state;
	while (send(slow, request, strlen(request), MSG_DONTWAIT | MSG_NOSIGNAL) > 0 &&
	       sent < 100000)
		sent++;
	assert_true(sent < 100000); /* it was not read for ever */
	for (unsigned i = 0; i < 100; i++) {
		say(other, "{\"command\":\"fail\"}\n");
		expect(other, "{\"ok\":false,\"error\":\"as it should\"}");
	}
	/* what it asked for is still its own, once it reads */
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(strlen(line_of(slow)), 60000 - 1 +
								strlen("{\"ok\":true,\"result\":"
								       "{\"text\":\"\"}}"));
	close(slow);
	close(other);
}

static void hangs_up_on_a_deaf_subscriber(void **state)
{
	int deaf = greeted(), other = greeted();
	unsigned lines = 0;

	(void)state;
	say(deaf, "{\"command\":\"subscribe\"}\n");
	line_of(deaf);
	for (unsigned i = 0; i < 20000; i++) {
		control_tell(&rig.control, "event", json_pack("{s:s}", "text", "padding padding"));
		if (i % 50)
			continue;
		say(other, "{\"command\":\"fail\"}\n"); /* so that the thread keeps up */
		expect(other, "{\"ok\":false,\"error\":\"as it should\"}");
	}
	while (line_of(deaf))
		lines++;
	assert_true(lines < 20000);
	close(deaf);
	close(other);
}

static void limits_connections(void **state)
{
	int fd[CONTROL_CLIENTS], more;

	(void)state;
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		fd[i] = greeted();
	more = new_client();
	assert_null(line_of(more));
	close(more);
	close(fd[3]);
	for (unsigned i = 0; i < 100; i++) { /* its place is free once the thread has seen it go */
		const char *line;

		more = new_client();
		line = line_of(more);
		if (line)
			break;
		close(more);
		assert_true(i < 99);
	}
	close(more);
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (i != 3)
			close(fd[i]);
}

static void outlives_rude_clients(void **state)
{
	int fd;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		const struct linger rst = { 1, 0 };

		fd = new_client();
		if (i % 3 == 0)
			say(fd, "{\"command\":\"big\"}\n{\"command\":\"subscribe\"}\n{\"comm");
		if (i % 3 == 1)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
		close(fd);
		control_tell(&rig.control, "event", NULL);
	}
	fd = -1;
	for (unsigned i = 0; i < 100; i++) {
		fd = new_client();
		if (line_of(fd))
			break;
		close(fd);
	}
	say(fd, "{\"command\":\"fail\"}\n");
	expect(fd, "{\"ok\":false,\"error\":\"as it should\"}");
	close(fd);
}

/* ---- who may connect, and where ---- */

static void is_for_one_user(void **state)
{
	struct stat st;
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	if (geteuid())
		skip();
	chmod(dir, 0711);
	chmod(path, 0666); /* as if somebody had opened it to all */
	child = fork();
	if (!child) {
		if (setuid(65534))
			_exit(2);
		_exit(line_of(new_client()) ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void replaces_a_dead_socket(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char other[80];
	int fd;

	(void)state;
	snprintf(other, sizeof(other), "%s/other", dir);
	memcpy(a.sun_path, other, strlen(other));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	fake_stderr_begin();
	assert_int_equal(control_listen(other), -EADDRINUSE);
	assert_non_null(strstr(fake_stderr_end(), "something is there already"));
	close(fd);
	fd = control_listen(other);
	assert_true(fd >= 0);
	close(fd);
	unlink(other);
}

static void refuses_places(void **state)
{
	char name[200], file[80];
	FILE *f;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fake_stderr_begin();
	assert_int_equal(control_listen(name), -ENAMETOOLONG);
	assert_int_equal(control_listen("/nonexistent/socket"), -ENOENT);
	assert_int_equal(control_listen(dir), -EADDRINUSE);
	snprintf(file, sizeof(file), "%s/file", dir);
	f = fopen(file, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(control_listen(file), -EADDRINUSE);
	fake_stderr_end();
	assert_int_equal(access(file, F_OK), 0); /* it is still there */
	unlink(file);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(answers),
		TEST(takes_lines_as_they_come),
		TEST(bounds_a_line),
		TEST(tells_subscribers),
		TEST(keeps_the_last_events),
		TEST(does_not_wait_for_the_slow),
		TEST(hangs_up_on_a_deaf_subscriber),
		TEST(limits_connections),
		TEST(outlives_rude_clients),
		TEST(is_for_one_user),
		TEST(replaces_a_dead_socket),
		TEST(refuses_places),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
