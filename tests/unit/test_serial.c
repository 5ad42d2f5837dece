// SPDX-License-Identifier: BSD-2-Clause
/*
 * The serial port's output: order, slow readers, readers that leave, files.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fakes.h"
#include "serial_rig.h"

/* A socket cannot be opened anew: the port has to do with the shared descriptor. */
static void stdout_is_socket(struct rig *rig)
{
	int fd[2], size = 4096;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	become(fd[1], STDOUT_FILENO);
	rig->output = fd[0];
}

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

/* Where a terminal cannot be opened anew, writes to it block: no more is written than fits. */
static void a_shared_terminal_never_blocks_the_loop(void **state)
{
	struct rig *rig = *state;
	char buf[16];

	stdio_is_pty(rig);
	start(rig);
	assert_true(rig->serial.own_out);
	close(rig->serial.out.fd);
	rig->serial.out.fd = STDOUT_FILENO;
	rig->serial.own_out = false;
	while (rig->serial.out_len < SERIAL_OUT_MAX)
		put_text(rig, "x");
	alarm(10); /* ends the test when the loop does block */
	while (rig->serial.out_len) {
		assert_true(read(rig->output, buf, sizeof(buf)) > 0);
		settle(rig);
	}
	alarm(0);
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

	rig->place =
		(struct serial_place){ SERIAL_FILE, .option = "--serial", .path = "/dev/full" };
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
		ret = serial_init(&rig->serial, &rig->place, &rig->loop, &rig->stop);
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
	rig->place.kind = SERIAL_NULL;
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
	rig->place = (struct serial_place){ SERIAL_FILE, .option = "--serial", .path = path };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *text;
		int ret;

		snprintf(path, sizeof(path), "%s/%s", dir, bad[i].name);
		fake_stderr_begin();
		ret = serial_init(&rig->serial, &rig->place, &rig->loop, &rig->stop);
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

/* A machine built again goes on in its file. */
static void output_survives_a_restart(void **state)
{
	char dir[] = "/tmp/igdvm-serial.XXXXXX", path[64], buf[32] = "";
	struct rig *rig = *state;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/out", dir);
	rig->place = (struct serial_place){ SERIAL_FILE, .option = "--serial", .path = path };
	for (int i = 0; i < 3; i++) {
		start(rig);
		put_text(rig, i ? "more " : "first ");
		serial_fini(&rig->serial);
		rig->place.go_on = true;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, buf, sizeof(buf)), 16);
	assert_string_equal(buf, "first more more ");
	close(fd);
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
	const struct CMUnitTest tests[] = {
		SERIAL_TEST(output_arrives_in_order),
		SERIAL_TEST(slow_pipe_loses_nothing),
		SERIAL_TEST(slow_socket_loses_nothing),
		SERIAL_TEST(slow_terminal_loses_nothing),
		SERIAL_TEST(a_shared_terminal_never_blocks_the_loop),
		SERIAL_TEST(a_waiting_guest_sees_the_stop),
		SERIAL_TEST(fini_waits_for_a_reader),
		SERIAL_TEST(a_reader_that_leaves),
		SERIAL_TEST(a_full_disk_does_not_stop_the_guest),
		SERIAL_TEST(stdout_must_be_open),
		SERIAL_TEST(nothing_is_touched_with_null),
		SERIAL_TEST(file_output),
		SERIAL_TEST(output_survives_a_restart),
		SERIAL_TEST(shared_descriptors_stay_blocking),
		SERIAL_TEST(fini_takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
