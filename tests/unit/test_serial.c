// SPDX-License-Identifier: BSD-2-Clause
/*
 * The serial port on real descriptors: each test puts pipes, a pseudo-terminal, files or nothing
 * in the place of standard input and output.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fakes.h"
#include "serial.h"
#include "stop.h"
#include "test.h"
#include "util.h"

#define CTRL_A "\x01"

/* A device with as much room as the test says. */
struct sink {
	struct serial_device device;
	unsigned room, len;
	char got[1 << 14];
};

static unsigned sink_room(struct serial_device *d)
{
	return container_of(d, struct sink, device)->room;
}

static void sink_input(struct serial_device *d, const uint8_t *buf, unsigned len)
{
	struct sink *sink = container_of(d, struct sink, device);

	assert_true(len && len <= sink->room && sink->len + len < sizeof(sink->got));
	memcpy(sink->got + sink->len, buf, len);
	sink->len += len;
	sink->room -= len;
}

static const struct serial_device_ops sink_ops = { .room = sink_room, .input = sink_input };

struct rig {
	pthread_mutex_t lock;
	struct loop loop;
	struct stop stop;
	struct config config;
	struct serial serial;
	struct sink sink;
	int saved[2]; /* the real standard input and output */
	int input;    /* write here what the port shall read; -1: none */
	int output;   /* read here what it wrote; -1: none */
};

static int setup(void **state)
{
	static struct rig rig;

	memset(&rig, 0, sizeof(rig));
	pthread_mutex_init(&rig.lock, NULL);
	rig.sink.device.ops = &sink_ops;
	rig.sink.room = 16;
	rig.config.serial = SERIAL_TTY;
	rig.input = rig.output = -1;
	rig.saved[0] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	rig.saved[1] = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	signal(SIGPIPE, SIG_IGN);
	*state = &rig;
	return stop_init(&rig.stop) || loop_init(&rig.loop, &rig.lock);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	serial_fini(&rig->serial);
	dup2(rig->saved[0], STDIN_FILENO);
	dup2(rig->saved[1], STDOUT_FILENO);
	close_fd(&rig->saved[0]);
	close_fd(&rig->saved[1]);
	close_fd(&rig->input);
	if (rig->output != rig->input)
		close_fd(&rig->output);
	loop_fini(&rig->loop);
	stop_fini(&rig->stop);
	pthread_mutex_destroy(&rig->lock);
	return 0;
}

/* Make fd the descriptor number target, and close fd. */
static void become(int fd, int target)
{
	assert_true(fd > STDERR_FILENO);
	assert_int_equal(dup2(fd, target), target);
	close(fd);
}

static void stdin_is_pipe(struct rig *rig)
{
	int fd[2];

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	become(fd[0], STDIN_FILENO);
	rig->input = fd[1];
}

static void stdout_is_pipe(struct rig *rig)
{
	int fd[2];

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_true(fcntl(fd[1], F_SETPIPE_SZ, 4096) >= 4096);
	become(fd[1], STDOUT_FILENO);
	rig->output = fd[0];
}

/* A socket cannot be opened anew: the port has to do with the shared descriptor. */
static void stdout_is_socket(struct rig *rig)
{
	int fd[2], size = 4096;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	become(fd[1], STDOUT_FILENO);
	rig->output = fd[0];
}

/* Both on a terminal, whose other end the test holds. */
static void stdio_is_pty(struct rig *rig)
{
	int master, slave;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(dup2(slave, STDIN_FILENO), STDIN_FILENO);
	become(slave, STDOUT_FILENO);
	rig->input = fcntl(master, F_DUPFD_CLOEXEC, 10);
	rig->output = fcntl(master, F_DUPFD_CLOEXEC, 10);
	close(master);
}

static void start(struct rig *rig)
{
	assert_int_equal(serial_init(&rig->serial, &rig->config, &rig->loop, &rig->stop), 0);
	assert_int_equal(serial_start(&rig->serial, &rig->sink.device), 0);
}

static void put_text(struct rig *rig, const char *text)
{
	pthread_mutex_lock(&rig->lock);
	while (*text)
		serial_put(&rig->serial, (uint8_t)*text++);
	pthread_mutex_unlock(&rig->lock);
}

/* Typed or written to the port's standard input; a terminal passes it on after a moment. */
static void send_text(struct rig *rig, const char *text)
{
	int len = (int)strlen(text), arrived = 0;

	assert_int_equal(write(rig->input, text, (size_t)len), len);
	for (int i = 0; isatty(STDIN_FILENO) && arrived < len; i++) {
		assert_true(i < 5000);
		usleep(i ? 1000 : 0);
		assert_int_equal(ioctl(STDIN_FILENO, FIONREAD, &arrived), 0);
	}
}

/* Run the loop until nothing is ready; fails when it spins. */
static void settle(struct rig *rig)
{
	struct pollfd p = { .fd = rig->loop.epoll_fd, .events = POLLIN };

	for (int i = 0; poll(&p, 1, 0) == 1; i++) {
		assert_int_equal(loop_run_once(&rig->loop, 0), 0);
		assert_true(i < 20000);
	}
}

static void unthrottle(struct rig *rig, unsigned room)
{
	pthread_mutex_lock(&rig->lock);
	rig->sink.room = room;
	serial_unthrottle(&rig->serial);
	pthread_mutex_unlock(&rig->lock);
}

static void assert_got(const struct rig *rig, const char *text)
{
	assert_int_equal(rig->sink.len, strlen(text));
	assert_memory_equal(rig->sink.got, text, strlen(text));
}

/* ---- output ---- */

static void output_arrives_in_order(void **state)
{
	static void (*const kinds[])(struct rig *) = { stdout_is_pipe, stdout_is_socket,
						       stdio_is_pty };
	struct rig *rig = *state;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char buf[32] = "";

		kinds[i](rig);
		start(rig);
		put_text(rig, "guest output");
		for (ssize_t got = 0; got < 12; settle(rig)) {
			ssize_t n = read(rig->output, buf + got, sizeof(buf) - (size_t)got);

			assert_true(n > 0);
			got += n;
		}
		assert_string_equal(buf, "guest output");
		serial_fini(&rig->serial);
		close_fd(&rig->output);
		close_fd(&rig->input);
	}
}

/* What a guest would print: every byte tells its position. */
#define FLOOD 50000

static uint8_t flood_byte(unsigned i)
{
	return (uint8_t)('!' + i % 89);
}

static void *guest_floods(void *arg)
{
	struct rig *rig = arg;

	pthread_mutex_lock(&rig->lock);
	for (unsigned i = 0; i < FLOOD; i++)
		serial_put(&rig->serial, flood_byte(i));
	pthread_mutex_unlock(&rig->lock);
	return NULL;
}

static void *loop_runs(void *arg)
{
	struct rig *rig = arg;

	while (!stop_requested(&rig->stop))
		loop_run_once(&rig->loop, 10);
	return NULL;
}

static unsigned pending(struct rig *rig)
{
	unsigned n;

	pthread_mutex_lock(&rig->lock);
	n = rig->serial.out_len;
	pthread_mutex_unlock(&rig->lock);
	return n;
}

/* Until the buffer has been full for a while: the guest waits. */
static void wait_until_blocked(struct rig *rig)
{
	for (int full = 0, i = 0; full < 3; i++) {
		assert_true(i < 5000);
		full = pending(rig) == SERIAL_OUT_MAX ? full + 1 : 0;
		usleep(1000);
	}
}

static void slow_reader(struct rig *rig)
{
	pthread_t guest, loop;
	unsigned got = 0;
	uint8_t buf[1000];

	start(rig);
	pthread_create(&loop, NULL, loop_runs, rig);
	pthread_create(&guest, NULL, guest_floods, rig);
	wait_until_blocked(rig);
	while (got < FLOOD) {
		ssize_t n = read(rig->output, buf, sizeof(buf));

		assert_true(n > 0);
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(buf[i], flood_byte(got++));
	}
	pthread_join(guest, NULL);
	stop_request(&rig->stop, STOP_QUIT, 0);
	pthread_join(loop, NULL);
	assert_int_equal(rig->serial.out_len, 0);
	assert_false(rig->serial.out.added);
}

static void slow_pipe_loses_nothing(void **state)
{
	stdout_is_pipe(*state);
	slow_reader(*state);
}

static void slow_socket_loses_nothing(void **state)
{
	stdout_is_socket(*state);
	slow_reader(*state);
}

static void slow_terminal_loses_nothing(void **state)
{
	stdio_is_pty(*state);
	slow_reader(*state);
}

static void a_waiting_guest_sees_the_stop(void **state)
{
	struct rig *rig = *state;
	pthread_t guest;

	stdout_is_pipe(rig);
	start(rig);
	pthread_create(&guest, NULL, guest_floods, rig);
	wait_until_blocked(rig);
	stop_request(&rig->stop, STOP_QUIT, 0);
	pthread_join(guest, NULL); /* though nobody ever reads */
	assert_int_equal(rig->serial.out_len, SERIAL_OUT_MAX);
	close_fd(&rig->output); /* else teardown would wait its second for a reader */
	fake_stderr_begin();
	serial_fini(&rig->serial);
	fake_stderr_end();
}

static void *reads_all(void *arg)
{
	struct rig *rig = arg;
	char buf[512];

	for (unsigned got = 0; got < 8000;) {
		ssize_t n = read(rig->output, buf, sizeof(buf));

		if (n <= 0)
			return NULL;
		for (ssize_t i = 0; i < n; i++)
			if ((uint8_t)buf[i] != flood_byte(got++))
				return NULL;
	}
	return rig;
}

static void fini_waits_for_a_reader(void **state)
{
	struct rig *rig = *state;
	pthread_t reader;
	void *ok;

	stdout_is_pipe(rig);
	start(rig);
	pthread_mutex_lock(&rig->lock);
	for (unsigned i = 0; i < 8000; i++) /* pipe and buffer: nearly all they hold */
		serial_put(&rig->serial, flood_byte(i));
	pthread_mutex_unlock(&rig->lock);
	assert_true(rig->serial.out_len > 3000);
	pthread_create(&reader, NULL, reads_all, rig);
	serial_fini(&rig->serial);
	become(dup(rig->saved[1]), STDOUT_FILENO);
	pthread_join(reader, &ok);
	assert_non_null(ok);
	serial_fini(&rig->serial);
}

static void assert_reader_gone(struct rig *rig)
{
	assert_int_equal(atomic_load(&rig->stop.reason), STOP_SIGNAL);
	assert_int_equal(rig->stop.detail, SIGPIPE);
	assert_int_equal(rig->serial.out.fd, -1);
	put_text(rig, "into nothing");
	assert_int_equal(rig->serial.out_len, 0);
}

static void a_reader_that_leaves(void **state)
{
	static void (*const kinds[])(struct rig *) = { stdout_is_pipe, stdout_is_socket };
	struct rig *rig;
	const char *text;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		if (i) {
			teardown(state);
			setup(state);
		}
		rig = *state;
		kinds[i / 2](rig);
		start(rig);
		fake_stderr_begin();
		if (i % 2) { /* while bytes wait for it */
			while (!rig->serial.out_len)
				put_text(rig, "x");
			close_fd(&rig->output);
			settle(rig);
		} else {
			close_fd(&rig->output);
			put_text(rig, "x");
		}
		assert_reader_gone(rig);
		text = fake_stderr_end();
		assert_non_null(strstr(text, "standard output: "));
		assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
	}
}

static void a_full_disk_does_not_stop_the_guest(void **state)
{
	struct rig *rig = *state;
	const char *text;

	rig->config = (struct config){ .serial = SERIAL_FILE, .serial_path = "/dev/full" };
	start(rig);
	fake_stderr_begin();
	put_text(rig, "abc");
	text = fake_stderr_end();
	assert_non_null(strstr(text, "/dev/full: No space left on device"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_false(stop_requested(&rig->stop));
}

static void stdout_must_be_open(void **state)
{
	struct rig *rig = *state;

	for (int i = 0; i < 2; i++) {
		const char *text;
		int ret;

		fflush(stdout);
		fake_stderr_begin();
		close(STDOUT_FILENO);
		if (i) /* open, but not for writing */
			assert_int_equal(open("/dev/null", O_RDONLY), STDOUT_FILENO);
		ret = serial_init(&rig->serial, &rig->config, &rig->loop, &rig->stop);
		text = fake_stderr_end();
		dup2(rig->saved[1], STDOUT_FILENO);
		assert_int_equal(ret, -EBADF);
		assert_non_null(strstr(text, "standard output is closed"));
		assert_non_null(strstr(text, "--serial null"));
	}
}

static void nothing_is_touched_with_null(void **state)
{
	struct rig *rig = *state;

	stdin_is_pipe(rig);
	rig->config.serial = SERIAL_NULL;
	start(rig);
	put_text(rig, "nowhere");
	send_text(rig, "unread");
	settle(rig);
	unthrottle(rig, 16);
	assert_got(rig, "");
}

static void file_output(void **state)
{
	static const struct {
		const char *name;
		int error;
		const char *message;
	} bad[] = {
		{ "missing/file", -ENOENT, "No such file" },
		{ ".", -EISDIR, "directory" },
		{ "fifo", -ENXIO, "start its reader first" },
	};
	char dir[] = "/tmp/igdvm-serial.XXXXXX", path[64], buf[32] = "";
	struct rig *rig = *state;
	struct stat st;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	rig->config = (struct config){ .serial = SERIAL_FILE, .serial_path = path };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *text;
		int ret;

		snprintf(path, sizeof(path), "%s/%s", dir, bad[i].name);
		fake_stderr_begin();
		ret = serial_init(&rig->serial, &rig->config, &rig->loop, &rig->stop);
		text = fake_stderr_end();
		assert_int_equal(ret, bad[i].error);
		assert_non_null(strstr(text, path));
		assert_non_null(strstr(text, bad[i].message));
	}

	snprintf(path, sizeof(path), "%s/out", dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "older and longer", 16), 16);
	stdin_is_pipe(rig);
	send_text(rig, "x");
	start(rig);
	assert_true(fcntl(rig->serial.out.fd, F_GETFD) & FD_CLOEXEC);
	put_text(rig, "console");
	settle(rig);
	assert_got(rig, ""); /* standard input is not for a file's port */
	serial_fini(&rig->serial);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 7);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, buf, sizeof(buf)), 7);
	assert_string_equal(buf, "console");
	close(fd);
	unlink(path);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	unlink(path);
	rmdir(dir);
}

static void shared_descriptors_stay_blocking(void **state)
{
	struct rig *rig = *state;

	stdin_is_pipe(rig);
	stdout_is_pipe(rig);
	start(rig);
	put_text(rig, "x");
	assert_false(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK);
	assert_int_not_equal(rig->serial.out.fd, STDOUT_FILENO); /* ours */
	assert_true(fcntl(rig->serial.out.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(rig->serial.in.fd, F_GETFD) & FD_CLOEXEC);
	serial_fini(&rig->serial);
	assert_true(fcntl(STDIN_FILENO, F_GETFL) >= 0); /* and those are not closed */
	assert_true(fcntl(STDOUT_FILENO, F_GETFL) >= 0);
}

/* ---- input ---- */

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
	assert_int_equal(serial_init(&rig->serial, &rig->config, &rig->loop, &rig->stop), 0);
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
		if (serial_init(&rig->serial, &rig->config, &rig->loop, &rig->stop) ||
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

static void fini_takes_anything(void **state)
{
	struct serial zero;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	serial_fini(&zero);
	serial_restore_tty(&zero);
}

int main(void)
{
#define SERIAL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SERIAL_TEST(output_arrives_in_order),
		SERIAL_TEST(slow_pipe_loses_nothing),
		SERIAL_TEST(slow_socket_loses_nothing),
		SERIAL_TEST(slow_terminal_loses_nothing),
		SERIAL_TEST(a_waiting_guest_sees_the_stop),
		SERIAL_TEST(fini_waits_for_a_reader),
		SERIAL_TEST(a_reader_that_leaves),
		SERIAL_TEST(a_full_disk_does_not_stop_the_guest),
		SERIAL_TEST(stdout_must_be_open),
		SERIAL_TEST(nothing_is_touched_with_null),
		SERIAL_TEST(file_output),
		SERIAL_TEST(shared_descriptors_stay_blocking),
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
		SERIAL_TEST(fini_takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
