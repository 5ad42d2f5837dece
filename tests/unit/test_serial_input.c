// SPDX-License-Identifier: BSD-2-Clause
/*
 * The serial port's input: pipes, files, and the terminal with its Ctrl-A escape.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "fakes.h"
#include "serial_rig.h"

#define CTRL_A "\x01"

static void a_pipe_is_read_as_far_as_there_is_room(void **state)
{
	struct rig *rig = *state;
	int left;

	stdin_is_pipe(rig);
	stdout_is_pipe(rig);
	start(rig);
	send_text(rig, "0123456789abcdefghijklmnopqrstuvwxyz" CTRL_A "x");
	settle(rig);
	assert_got(rig, "0123456789abcdef");
	assert_int_equal(ioctl(rig->input, FIONREAD, &left), 0);
	assert_int_equal(left, 22);
	assert_false(rig->serial.in.added); /* a full device does not make the loop spin */
	unthrottle(rig, 4);
	settle(rig);
	assert_got(rig, "0123456789abcdefghij");
	unthrottle(rig, 100);
	settle(rig);
	/* Ctrl-A means nothing in a pipe */
	assert_got(rig, "0123456789abcdefghijklmnopqrstuvwxyz" CTRL_A "x");
	assert_false(stop_requested(&rig->stop));

	close_fd(&rig->input); /* the end: no more reading, no more waking */
	settle(rig);
	assert_int_equal(rig->serial.in.fd, -1);
	unthrottle(rig, 100);
	put_text(rig, "still alive");
	assert_false(stop_requested(&rig->stop));
}

static void a_file_is_read_as_far_as_there_is_room(void **state)
{
	struct rig *rig = *state;
	FILE *f = tmpfile();

	assert_non_null(f);
	fputs("from a regular file, longer than 16", f);
	rewind(f);
	assert_int_equal(dup2(fileno(f), STDIN_FILENO), STDIN_FILENO);
	fclose(f);
	stdout_is_pipe(rig);
	start(rig);
	assert_got(rig, "from a regular f");
	unthrottle(rig, 10);
	assert_got(rig, "from a regular file, longe");
	unthrottle(rig, 100);
	assert_got(rig, "from a regular file, longer than 16");
	assert_int_equal(rig->serial.in.fd, -1);
	unthrottle(rig, 100);
}

static void stdin_may_be_missing(void **state)
{
	static const struct {
		const char *path;
		int flags;
	} t[] = { { NULL, 0 }, { "/dev/null", O_RDONLY }, { "/dev/null", O_WRONLY } };
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		stdout_is_pipe(rig);
		close(STDIN_FILENO);
		if (t[i].path)
			assert_int_equal(open(t[i].path, t[i].flags), STDIN_FILENO);
		start(rig);
		assert_int_equal(rig->serial.in.fd, -1);
		settle(rig);
		unthrottle(rig, 16);
		put_text(rig, "x");
		serial_fini(&rig->serial);
		dup2(rig->saved[0], STDIN_FILENO);
		close_fd(&rig->output);
	}
}

/* ---- terminal ---- */

static void terminal_is_raw_and_comes_back(void **state)
{
	struct termios before, during, after;
	struct rig *rig = *state;

	stdio_is_pty(rig);
	assert_int_equal(tcgetattr(STDIN_FILENO, &before), 0);
	assert_true(before.c_lflag & ICANON); /* else the test shows nothing */
	assert_int_equal(serial_init(&rig->serial, &rig->place, &rig->loop, &rig->stop), 0);
	assert_int_equal(tcgetattr(STDIN_FILENO, &during), 0);
	assert_true(during.c_lflag & ICANON); /* not before the start */

	assert_int_equal(serial_start(&rig->serial, &rig->sink.device), 0);
	assert_int_equal(tcgetattr(STDIN_FILENO, &during), 0);
	assert_int_equal(during.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0);
	assert_int_equal(during.c_iflag & (ICRNL | IXON | ISTRIP), 0);
	assert_int_equal(during.c_oflag, before.c_oflag); /* for our own messages */

	for (int i = 0; i < 3; i++) {
		if (i < 2)
			serial_restore_tty(&rig->serial);
		else
			serial_fini(&rig->serial);
		assert_int_equal(tcgetattr(STDIN_FILENO, &after), 0);
		assert_int_equal(after.c_lflag, before.c_lflag);
		assert_int_equal(after.c_iflag, before.c_iflag);
		assert_int_equal(after.c_oflag, before.c_oflag);
	}
}

static void fini_restores_the_terminal(void **state)
{
	struct termios before, after;
	struct rig *rig = *state;

	stdio_is_pty(rig);
	tcgetattr(STDIN_FILENO, &before);
	start(rig);
	serial_fini(&rig->serial);
	tcgetattr(STDIN_FILENO, &after);
	assert_int_equal(after.c_lflag, before.c_lflag);
}

static void escape_keys(void **state)
{
	static const struct {
		const char *keys, *got;
		bool quit, help;
	} t[] = {
		{ "plain\r\x03\x1a\x13", "plain\r\x03\x1a\x13", false, false },
		{ CTRL_A "x", "", true, false },
		{ "x" CTRL_A "xy", "xy", true, false },
		{ CTRL_A CTRL_A, CTRL_A, false, false },
		{ CTRL_A CTRL_A "x", CTRL_A "x", false, false },
		{ CTRL_A CTRL_A CTRL_A "x", CTRL_A, true, false },
		{ CTRL_A "h", "", false, true },
		{ "a" CTRL_A "qb", "ab", false, false },
		{ CTRL_A, "", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct rig *rig;
		const char *text;

		if (i) {
			teardown(state);
			setup(state);
		}
		rig = *state;
		stdio_is_pty(rig);
		start(rig);
		fake_stderr_begin();
		for (const char *key = t[i].keys; *key; key++) { /* typed one by one */
			send_text(rig, (const char[]){ *key, '\0' });
			settle(rig);
		}
		text = fake_stderr_end();
		assert_got(rig, t[i].got);
		assert_int_equal(atomic_load(&rig->stop.reason), t[i].quit ? STOP_QUIT : STOP_NONE);
		assert_int_equal(strstr(text, "Ctrl-A x") != NULL, t[i].help);
	}
}

static void pasted_text_waits_for_room(void **state)
{
	struct rig *rig = *state;

	stdio_is_pty(rig);
	start(rig);
	send_text(rig, "a pasted line that is longer than the device's FIFO");
	settle(rig);
	assert_got(rig, "a pasted line th");
	unthrottle(rig, 16);
	unthrottle(rig, 16);
	unthrottle(rig, 16);
	assert_got(rig, "a pasted line that is longer than the device's FIFO");
}

static void flooded_terminal_stays_bounded(void **state)
{
	static const char line[] =
		"0123456789012345678901234567890123456789012345678901234567890123";
	struct rig *rig = *state;

	stdio_is_pty(rig);
	rig->sink.room = 0;
	start(rig);
	for (unsigned i = 0; i < 3 * SERIAL_IN_MAX / 64; i++) {
		send_text(rig, line);
		settle(rig);
		assert_true(rig->serial.in_len <= SERIAL_IN_MAX);
	}
	assert_int_equal(rig->serial.in_len, SERIAL_IN_MAX);
	send_text(rig, CTRL_A "x"); /* still seen */
	settle(rig);
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_QUIT);
}

static void terminal_that_hangs_up(void **state)
{
	struct rig *rig = *state;

	stdio_is_pty(rig);
	start(rig);
	close_fd(&rig->input);
	close_fd(&rig->output);
	settle(rig);
	assert_int_equal(rig->serial.in.fd, -1);
	assert_false(stop_requested(&rig->stop)); /* output decides: */
	fake_stderr_begin();
	put_text(rig, "x");
	fake_stderr_end();
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_SIGNAL);
}

/* In the background of its own terminal: 0 when nothing was touched. Runs in a child. */
static int background_job(struct rig *rig, const char *slave)
{
	struct termios t;
	int fd, status;
	pid_t pid;

	if (setsid() < 0)
		return 10;
	fd = open(slave, O_RDWR); /* becomes the controlling terminal */
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) || tcsetpgrp(fd, getpgrp()))
		return 11;
	dup2(fd, STDIN_FILENO);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		if (tcgetpgrp(STDIN_FILENO) == getpgrp())
			_exit(12);
		if (serial_init(&rig->serial, &rig->place, &rig->loop, &rig->stop) ||
		    serial_start(&rig->serial, &rig->sink.device))
			_exit(13);
		if (tcgetattr(STDIN_FILENO, &t) || !(t.c_lflag & ICANON))
			_exit(14);
		if (rig->serial.in.fd != -1)
			_exit(15);
		serial_fini(&rig->serial);
		_exit(0);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid)
		return 16;
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		return 17;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 18;
}

static void background_leaves_the_terminal_alone(void **state)
{
	struct rig *rig = *state;
	int master, slave, status;
	char name[64];
	pid_t pid;

	assert_int_equal(openpty(&master, &slave, name, NULL, NULL), 0);
	stdout_is_pipe(rig);
	fake_stderr_begin();
	pid = fork();
	if (!pid)
		_exit(background_job(rig, name));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_non_null(strstr(fake_stderr_end(), "background"));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(master);
	close(slave);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERIAL_TEST(a_pipe_is_read_as_far_as_there_is_room),
		SERIAL_TEST(a_file_is_read_as_far_as_there_is_room),
		SERIAL_TEST(stdin_may_be_missing),
		SERIAL_TEST(terminal_is_raw_and_comes_back),
		SERIAL_TEST(fini_restores_the_terminal),
		SERIAL_TEST(escape_keys),
		SERIAL_TEST(pasted_text_waits_for_room),
		SERIAL_TEST(flooded_terminal_stays_bounded),
		SERIAL_TEST(terminal_that_hangs_up),
		SERIAL_TEST(background_leaves_the_terminal_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
