/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial_rig.h - a serial port on real descriptors: a test puts pipes, a pseudo-terminal, files or
 * nothing in the place of standard input and output, and a sink in the place of the UART.
 */
#ifndef IGDVM_SERIAL_RIG_H
#define IGDVM_SERIAL_RIG_H

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "serial.h"
#include "stop.h"
#include "test.h"
#include "util.h"

/* A device with as much room as the test says. */
struct sink {
	struct serial_device device;
	unsigned room, len;
	char got[1 << 14];
};

static inline unsigned sink_room(struct serial_device *d)
{
	return container_of(d, struct sink, device)->room;
}

static inline void sink_input(struct serial_device *d, const uint8_t *buf, unsigned len)
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
	struct serial_place place;
	struct serial serial;
	struct sink sink;
	int saved[2]; /* the real standard input and output */
	int input;    /* write here what the port shall read; -1: none */
	int output;   /* read here what it wrote; -1: none */
};

static inline int setup(void **state)
{
	static struct rig rig;

	memset(&rig, 0, sizeof(rig));
	pthread_mutex_init(&rig.lock, NULL);
	rig.sink.device.ops = &sink_ops;
	rig.sink.room = 16;
	rig.place.kind = SERIAL_TTY;
	rig.input = rig.output = -1;
	rig.saved[0] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	rig.saved[1] = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	signal(SIGPIPE, SIG_IGN);
	*state = &rig;
	return stop_init(&rig.stop) || loop_init(&rig.loop, &rig.lock);
}

static inline int teardown(void **state)
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
static inline void become(int fd, int target)
{
	assert_true(fd > STDERR_FILENO);
	assert_int_equal(dup2(fd, target), target);
	close(fd);
}

static inline void stdin_is_pipe(struct rig *rig)
{
	int fd[2];

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	become(fd[0], STDIN_FILENO);
	rig->input = fd[1];
}

static inline void stdout_is_pipe(struct rig *rig)
{
	int fd[2];

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_true(fcntl(fd[1], F_SETPIPE_SZ, 4096) >= 4096);
	become(fd[1], STDOUT_FILENO);
	rig->output = fd[0];
}

/* Both on a terminal, whose other end the test holds. */
static inline void stdio_is_pty(struct rig *rig)
{
	int master, slave;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(dup2(slave, STDIN_FILENO), STDIN_FILENO);
	become(slave, STDOUT_FILENO);
	rig->input = fcntl(master, F_DUPFD_CLOEXEC, 10);
	rig->output = fcntl(master, F_DUPFD_CLOEXEC, 10);
	close(master);
}

static inline void start(struct rig *rig)
{
	assert_int_equal(serial_init(&rig->serial, &rig->place, &rig->loop, &rig->stop), 0);
	assert_int_equal(serial_start(&rig->serial, &rig->sink.device), 0);
}

static inline void put_text(struct rig *rig, const char *text)
{
	pthread_mutex_lock(&rig->lock);
	while (*text)
		serial_put(&rig->serial, (uint8_t)*text++);
	pthread_mutex_unlock(&rig->lock);
}

/* Typed or written to the port's standard input; a terminal passes it on after a moment. */
static inline void send_text(struct rig *rig, const char *text)
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
static inline void settle(struct rig *rig)
{
	struct pollfd p = { .fd = rig->loop.epoll_fd, .events = POLLIN };

	for (int i = 0; poll(&p, 1, 0) == 1; i++) {
		assert_int_equal(loop_run_once(&rig->loop, 0), 0);
		assert_true(i < 20000);
	}
}

static inline void unthrottle(struct rig *rig, unsigned room)
{
	pthread_mutex_lock(&rig->lock);
	rig->sink.room = room;
	serial_unthrottle(&rig->serial);
	pthread_mutex_unlock(&rig->lock);
}

static inline void assert_got(const struct rig *rig, const char *text)
{
	assert_int_equal(rig->sink.len, strlen(text));
	assert_memory_equal(rig->sink.got, text, strlen(text));
}

#define SERIAL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
