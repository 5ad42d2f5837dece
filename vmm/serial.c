// SPDX-License-Identifier: BSD-2-Clause
/*
 * serial.c - bytes between a device and a terminal, pipe or file.
 * Knows blocking, back pressure and terminal modes. Does not know the UART, nor who stops the VM.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"
#include "serial.h"
#include "stop.h"
#include "util.h"

#define CTRL_A		0x01
#define FULL_RECHECK_MS 100  /* how late a full port may notice that the machine stops */
#define DRAIN_MS	1000 /* what a slow reader gets at exit */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void drop_fd(struct serial *s, struct loop_watch *w, bool *own)
{
	loop_unwatch(s->loop, w);
	if (*own)
		close_fd(&w->fd);
	w->fd = -1;
	*own = false;
}

/* ---- output ---- */

/* Give up on the output: the reader is gone, or the file takes no more. */
static void close_output(struct serial *s, int err)
{
	/* EIO: the terminal hung up */
	if (err == -EPIPE || err == -EIO) {
		log_err(err, "%s: %m: the reader of the serial port is gone, stopping",
			s->out_name);
		stop_request(s->stop, STOP_SIGNAL, SIGPIPE);
	} else {
		log_err(err, "%s: %m: further serial output is dropped", s->out_name);
	}
	drop_fd(s, &s->out, &s->own_out);
	s->out_len = 0;
	pthread_cond_broadcast(&s->room);
}

/* Write what can be written without waiting; the number of bytes, 0 for a slow reader. */
static unsigned write_now(struct serial *s, const uint8_t *buf, unsigned len)
{
	struct pollfd p = { .fd = s->out.fd, .events = POLLOUT };
	ssize_t n;

	/* A shared descriptor blocks: ask first, and one byte is all that is sure to fit. */
	if (!s->own_out) {
		if (poll(&p, 1, 0) == 0)
			return 0;
		len = 1;
	}
	do
		n = write(s->out.fd, buf, len);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return (unsigned)n;
	if (errno != EAGAIN)
		close_output(s, -errno);
	return 0;
}

static void flush_output(struct serial *s)
{
	unsigned done = 0, n;

	while (done < s->out_len) {
		n = write_now(s, s->out_buf + done, s->out_len - done);
		if (!n)
			break;
		done += n;
	}
	if (s->out_len) { /* else close_output() has dropped it all */
		s->out_len -= done;
		memmove(s->out_buf, s->out_buf + done, s->out_len);
	}
	if (!s->out_len)
		loop_unwatch(s->loop, &s->out);
	if (done)
		pthread_cond_broadcast(&s->room);
}

static void output_ready(struct loop_watch *w, uint32_t events)
{
	struct serial *s = container_of(w, struct serial, out);

	(void)events;
	flush_output(s);
	if (!s->out_len && s->device && s->device->ops->drained)
		s->device->ops->drained(s->device);
}

/* Be told when the reader takes more. */
static void await_reader(struct serial *s)
{
	int ret = s->out.added ? 0 : loop_watch(s->loop, &s->out, EPOLLOUT);

	if (ret)
		close_output(s, ret);
}

size_t serial_write(struct serial *s, const uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (s->out.fd >= 0 && !s->out_len && done < len) {
		unsigned n = write_now(s, buf + done, (unsigned)MIN(len - done, (size_t)UINT_MAX));

		if (!n)
			break;
		done += n;
	}
	while (s->out.fd >= 0 && done < len && s->out_len < SERIAL_OUT_MAX)
		s->out_buf[s->out_len++] = buf[done++];
	if (s->out_len)
		await_reader(s);
	if (s->out.fd < 0)
		done = len;
	if (s->tap)
		s->tap->fn(s->tap, buf, done);
	return done;
}

static void wait_for_room(struct serial *s)
{
	int64_t until = now_ms() + FULL_RECHECK_MS;
	struct timespec t = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };

	pthread_cond_timedwait(&s->room, s->loop->lock, &t);
}

void serial_put(struct serial *s, uint8_t byte)
{
	if (s->tap)
		s->tap->fn(s->tap, &byte, 1);
	if (s->out.fd < 0)
		return;
	if (!s->out_len && write_now(s, &byte, 1))
		return;
	while (s->out_len == SERIAL_OUT_MAX && !stop_requested(s->stop))
		wait_for_room(s);
	if (s->out.fd < 0 || s->out_len == SERIAL_OUT_MAX)
		return;
	s->out_buf[s->out_len++] = byte;
	await_reader(s);
}

/* At exit, when no loop runs any more. */
static void drain_output(struct serial *s)
{
	int64_t until = now_ms() + DRAIN_MS;

	for (;;) {
		struct pollfd p = { .fd = s->out.fd, .events = POLLOUT };
		int64_t left = until - now_ms();

		flush_output(s);
		if (!s->out_len)
			return;
		if (left <= 0)
			break;
		poll(&p, 1, (int)left);
	}
	log_warn("%s: %u bytes of serial output were not read in time and are lost", s->out_name,
		 s->out_len);
}

/* ---- input ---- */

/* True when the key belongs to the Ctrl-A escape and not to the guest. */
static bool is_escape(struct serial *s, uint8_t key)
{
	if (!s->escape) {
		s->escape = key == CTRL_A;
		return s->escape;
	}
	s->escape = false;
	if (key == 'x')
		stop_request(s->stop, STOP_QUIT, 0);
	if (key == 'h')
		log_info("Ctrl-A x ends the machine, Ctrl-A Ctrl-A sends Ctrl-A, "
			 "Ctrl-A h shows this");
	return key != CTRL_A;
}

/* Hand over what was typed, as far as the device has room. */
static void deliver_typed(struct serial *s)
{
	unsigned n = MIN(s->in_len, s->device->ops->room(s->device));

	if (!n)
		return;
	s->device->ops->input(s->device, s->in_buf, n);
	s->in_len -= n;
	memmove(s->in_buf, s->in_buf + n, s->in_len);
}

static void take_typed(struct serial *s, const uint8_t *buf, size_t len)
{
	for (; len; buf++, len--)
		if (!is_escape(s, *buf) && s->in_len < SERIAL_IN_MAX)
			s->in_buf[s->in_len++] = *buf;
	deliver_typed(s);
}

/*
 * Read once. A terminal is always read, that Ctrl-A be seen; anything else only as far as the
 * device has room. False: nothing more for now.
 */
static bool read_input(struct serial *s)
{
	size_t want = s->tty ? UINT_MAX : s->device->ops->room(s->device);
	uint8_t buf[256];
	ssize_t n;

	if (!want) {
		loop_unwatch(s->loop, &s->in); /* until serial_unthrottle() */
		return false;
	}
	do
		n = read(s->in.fd, buf, MIN(want, sizeof(buf)));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) { /* the end, or a terminal that hung up: the guest goes on without input */
		drop_fd(s, &s->in, &s->own_in);
		return false;
	}
	if (s->tty)
		take_typed(s, buf, (size_t)n);
	else
		s->device->ops->input(s->device, buf, (unsigned)n);
	return true;
}

static void input_ready(struct loop_watch *w, uint32_t events)
{
	(void)events;
	read_input(container_of(w, struct serial, in));
}

static int arm_input(struct serial *s)
{
	int ret;

	if (s->in.fd < 0 || s->in.added)
		return 0;
	ret = loop_watch(s->loop, &s->in, EPOLLIN);
	if (ret != -EPERM)
		return ret;
	while (read_input(s)) /* a regular file is always ready */
		;
	return 0;
}

void serial_unthrottle(struct serial *s)
{
	if (!s->device)
		return;
	deliver_typed(s);
	arm_input(s);
}

/* ---- terminal ---- */

/* Changing or reading a terminal from the background would stop the process (SIGTTOU, SIGTTIN). */
static bool in_foreground(void)
{
	pid_t foreground = tcgetpgrp(STDIN_FILENO);

	return foreground < 0 /* not our controlling terminal */ || foreground == getpgrp();
}

static int make_raw(struct serial *s)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &s->saved))
		return log_err(-errno, "standard input: tcgetattr: %m");
	raw = s->saved;
	cfmakeraw(&raw);
	raw.c_oflag = s->saved.c_oflag; /* messages on standard error need their line ends */
	atomic_store(&s->tty, true);	/* first: a signal from here on must restore */
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw))
		return log_err(-errno, "standard input: tcsetattr: %m");
	return 0;
}

void serial_restore_tty(struct serial *s)
{
	if (atomic_exchange(&s->tty, false) && in_foreground())
		tcsetattr(STDIN_FILENO, TCSANOW, &s->saved);
}

/* ---- life ---- */

static bool is_open(int fd, int wrong_mode)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != wrong_mode;
}

/*
 * The same pipe or terminal, opened anew and non-blocking: setting O_NONBLOCK on the descriptor we
 * were given would set it for everyone who shares it. Where that is not possible, fd itself.
 */
static int reopen(int fd, int mode, bool *own)
{
	char path[32];
	struct stat st;
	int new_fd = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!fstat(fd, &st) && (S_ISFIFO(st.st_mode) || isatty(fd)))
		new_fd = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	*own = new_fd >= 0;
	return *own ? new_fd : fd;
}

static int open_standard(struct serial *s)
{
	s->out_name = "standard output";
	if (!is_open(STDOUT_FILENO, O_RDONLY))
		return log_err(-EBADF,
			       "standard output is closed, but carries the guest's serial port: "
			       "redirect it, or use --serial null");
	s->out.fd = reopen(STDOUT_FILENO, O_WRONLY, &s->own_out);
	if (is_open(STDIN_FILENO, O_WRONLY))
		s->in.fd = reopen(STDIN_FILENO, O_RDONLY, &s->own_in);
	return 0;
}

static int open_stderr(struct serial *s, const char *option)
{
	s->out_name = "standard error";
	if (!is_open(STDERR_FILENO, O_RDONLY))
		return log_err(-EBADF,
			       "%s stderr: standard error is closed: redirect it, or use %s null",
			       option, option);
	s->out.fd = reopen(STDERR_FILENO, O_WRONLY, &s->own_out);
	return 0;
}

static int open_file(struct serial *s, const struct serial_place *place)
{
	int how = place->go_on ? O_APPEND : O_TRUNC;

	s->out_name = place->path;
	s->out.fd = open(place->path, O_CREAT | how | O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			 0644);
	if (s->out.fd >= 0) {
		s->own_out = true;
		return 0;
	}
	if (errno == ENXIO)
		return log_err(-ENXIO, "%s file=%s: nobody reads it: start its reader first",
			       place->option, place->path);
	return log_err(-errno, "%s file=%s: %m: name a file that can be written", place->option,
		       place->path);
}

int serial_init(struct serial *s, const struct serial_place *place, struct loop *loop,
		struct stop *stop)
{
	pthread_condattr_t attr;
	int ret = 0;

	memset(s, 0, sizeof(*s));
	s->loop = loop;
	s->stop = stop;
	s->in = (struct loop_watch){ .fd = -1, .fn = input_ready };
	s->out = (struct loop_watch){ .fd = -1, .fn = output_ready };
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->room, &attr);
	pthread_condattr_destroy(&attr);

	switch (place->kind) {
	case SERIAL_TTY:
		ret = open_standard(s);
		break;
	case SERIAL_FILE:
		ret = open_file(s, place);
		break;
	case SERIAL_STDERR:
		ret = open_stderr(s, place->option);
		break;
	case SERIAL_NULL:
	case SERIAL_OFF:
	case SERIAL_AUTO: /* config_check_console() leaves none */
		break;
	}
	if (ret)
		serial_fini(s);
	return ret;
}

int serial_start(struct serial *s, struct serial_device *device)
{
	int ret;

	s->device = device;
	if (s->in.fd >= 0 && isatty(STDIN_FILENO)) {
		if (!in_foreground()) {
			log_info("started in the background: the terminal is not read");
			drop_fd(s, &s->in, &s->own_in);
			return 0;
		}
		ret = make_raw(s);
		if (ret)
			return ret;
	}
	return arm_input(s);
}

void serial_fini(struct serial *s)
{
	if (!s->loop)
		return;
	drain_output(s);
	drop_fd(s, &s->in, &s->own_in);
	drop_fd(s, &s->out, &s->own_out);
	serial_restore_tty(s);
	pthread_cond_destroy(&s->room);
	s->loop = NULL;
}
