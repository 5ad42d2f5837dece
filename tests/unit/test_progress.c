// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "progress.h"
#include "test.h"
#include "util.h"

static atomic_ullong bytes;

static uint64_t done(void *ctx)
{
	(void)ctx;
	return atomic_load(&bytes);
}

/* A terminal and what came out of it. */
struct tty {
	int master, slave;
	char text[4096];
	size_t len;
};

/* Take what comes until nothing has for ms. */
static void take(struct tty *t, int ms)
{
	struct pollfd p = { .fd = t->master, .events = POLLIN };

	while (t->len < sizeof(t->text) - 1 && poll(&p, 1, ms) > 0) {
		ssize_t n = read(t->master, t->text + t->len, sizeof(t->text) - 1 - t->len);

		if (n <= 0)
			break;
		t->len += (size_t)n;
	}
	t->text[t->len] = '\0';
}

static unsigned count_draws(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\r';
	return n;
}

/*
 * What comes out of a terminal that is standard error while progress runs: for ms, or as much longer as
 * it takes until the line was drawn so often. The kernel passes it on in its own time.
 */
static const char *shown(unsigned ms, unsigned draws)
{
	static struct tty t;
	struct progress progress;
	int saved = dup(STDERR_FILENO);

	t = (struct tty){ .len = 0 };
	assert_int_equal(openpty(&t.master, &t.slave, NULL, NULL, NULL), 0);
	dup2(t.slave, STDERR_FILENO);
	progress_begin(&progress, "a thing", 8 * MiB, done, NULL);
	usleep(ms * 1000);
	for (unsigned i = 0; i < 200 && count_draws(t.text) < draws; i++)
		take(&t, 100);
	progress_end(&progress);
	dup2(saved, STDERR_FILENO);
	take(&t, 200);
	close(saved);
	close(t.slave);
	close(t.master);
	return t.text;
}

static void a_terminal_is_told_and_cleaned(void **state)
{
	const char *text;

	(void)state;
	atomic_store(&bytes, 2 * MiB);
	text = shown(0, 2);
	assert_memory_equal(text, "\ra thing: 2 of 8 MiB, 25%", 25);
	assert_null(strchr(text, '\n'));
	assert_string_equal(text + strlen(text) - 4, "\r\033[K");
	/* again and again, in place */
	assert_non_null(strchr(text + 1, '\r'));
	assert_int_not_equal(strchr(text + 1, '\r')[1], '\033');
}

static void what_is_soon_over_is_not_shown(void **state)
{
	(void)state;
	assert_string_equal(shown(50, 0), "");
}

/* No thread, and not a byte, where a program reads. */
static void a_pipe_is_left_alone(void **state)
{
	struct progress p;
	int fd[2], saved = dup(STDERR_FILENO);
	char byte;

	(void)state;
	assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
	dup2(fd[1], STDERR_FILENO);
	progress_begin(&p, "a thing", MiB, done, NULL);
	assert_false(p.running);
	progress_end(&p);
	dup2(saved, STDERR_FILENO);
	assert_int_equal(read(fd[0], &byte, 1), -1);
	close(saved);
	close(fd[0]);
	close(fd[1]);
}

static void json_is_left_alone(void **state)
{
	(void)state;
	log_set_json(true);
	assert_string_equal(shown(1300, 0), "");
	log_set_json(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_is_told_and_cleaned),
		cmocka_unit_test(what_is_soon_over_is_not_shown),
		cmocka_unit_test(a_pipe_is_left_alone),
		cmocka_unit_test(json_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
