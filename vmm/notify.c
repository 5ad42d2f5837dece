// SPDX-License-Identifier: BSD-2-Clause
/*
 * notify.c - datagrams to systemd, and its watchdog.
 * Knows the environment's three variables: sd_notify(3), sd_watchdog_enabled(3), systemd 252. The protocol is
 * the manual's; libsystemd would be a library for one send().
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "log.h"
#include "notify.h"
#include "util.h"

/* A path, or an abstract name written with '@'. 0 or -errno. */
static int connect_to(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	int fd, err;

	if ((*name != '/' && *name != '@') || len < 2 || len >= sizeof(a.sun_path))
		return -EINVAL;
	memcpy(a.sun_path, name, len);
	if (*name == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&a, size))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

void notify_say(struct notify *n, const char *text)
{
	/* a manager that does not read is not waited for */
	if (n->loop && n->fd >= 0 && send(n->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		log_debug("NOTIFY_SOCKET: %m");
}

static void on_beat(struct loop_watch *w, uint32_t events)
{
	struct notify *n = container_of(w, struct notify, beat);
	uint64_t count;

	(void)events;
	if (read(w->fd, &count, sizeof(count)) == sizeof(count))
		notify_say(n, "WATCHDOG=1");
}

/* Twice as often as the manager asks for, as its manual recommends. */
static int start_beat(struct notify *n, const char *interval)
{
	char *end;
	unsigned long long us = strtoull(interval, &end, 10);
	struct itimerspec t;

	if (!us || *end || us > UINT64_MAX / 1000)
		return log_err(-EINVAL, "WATCHDOG_USEC=%s: it is no number of microseconds",
			       interval);
	us = MAX(us / 2, 1ULL);
	t.it_interval.tv_sec = (time_t)(us / 1000000);
	t.it_interval.tv_nsec = (long)(us % 1000000 * 1000);
	t.it_value = t.it_interval;
	n->beat.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (n->beat.fd < 0 || timerfd_settime(n->beat.fd, 0, &t, NULL))
		return log_err(-errno, "watchdog: %m");
	return loop_watch(n->loop, &n->beat, EPOLLIN);
}

int notify_init(struct notify *n, struct loop *loop)
{
	const char *name = getenv("NOTIFY_SOCKET"), *interval = getenv("WATCHDOG_USEC");

	*n = (struct notify){ .loop = loop, .fd = -1, .beat = { .fd = -1, .fn = on_beat } };
	if (!name || !*name)
		return 0;
	n->fd = connect_to(name);
	if (n->fd < 0)
		return log_err(n->fd,
			       "NOTIFY_SOCKET=%s: %m; unset it, or start igdvm by what made "
			       "it",
			       name);
	/*
	 * WATCHDOG_PID is not looked at: it is the process that the manager started, which may be the
	 * machine's parent (supervise.h). The unit says NotifyAccess=all.
	 */
	return interval ? start_beat(n, interval) : 0;
}

void notify_fini(struct notify *n)
{
	if (!n->loop)
		return;
	loop_unwatch(n->loop, &n->beat);
	close_fd(&n->beat.fd);
	close_fd(&n->fd);
	n->loop = NULL;
}
