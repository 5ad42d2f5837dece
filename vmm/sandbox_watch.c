// SPDX-License-Identifier: BSD-2-Clause
/*
 * sandbox_watch.c - the system calls that seccomp asks about, as messages.
 *
 * One thread, never confined itself; it answers each question by "go on". Knows nothing of which calls
 * are allowed. Source: Linux Documentation/userspace-api/seccomp_filter.rst, user notification.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "log.h"
#include "sandbox.h"
#include "sandbox_watch.h"
#include "util.h"

#define SLOTS	   1024 /* threads at most */
#define CALLS	   512
#define IOCTLS_MAX 256 /* different ones that are remembered */

enum { SLOT_EMPTY = -1, SLOT_EXPECTED = -2 }; /* else a descriptor */

struct sandbox_watch {
	int trace_fd; /* -1: messages */
	int wake_fd;  /* somebody is expected */
	atomic_uint n;
	struct {
		enum thread_kind kind;
		atomic_int fd;
	} slot[SLOTS];
	bool seen[THREAD_KINDS][CALLS];
	struct {
		enum thread_kind kind;
		uint64_t cmd;
	} ioctl[IOCTLS_MAX];
	unsigned n_ioctls;
};

/* True the first time. */
static bool first_ioctl(struct sandbox_watch *w, enum thread_kind kind, uint64_t cmd)
{
	for (unsigned i = 0; i < w->n_ioctls; i++)
		if (w->ioctl[i].kind == kind && w->ioctl[i].cmd == cmd)
			return false;
	if (w->n_ioctls < IOCTLS_MAX) {
		w->ioctl[w->n_ioctls].kind = kind;
		w->ioctl[w->n_ioctls++].cmd = cmd;
	}
	return true;
}

static bool first_time(struct sandbox_watch *w, enum thread_kind kind, const struct seccomp_data *d)
{
	bool *seen = &w->seen[kind][(unsigned)d->nr % CALLS];
	bool first = !*seen;

	if (d->nr == SYS_ioctl)
		return first_ioctl(w, kind, d->args[1]);
	*seen = true;
	return first;
}

/* One write a line: several processes may have the file. */
static void trace(struct sandbox_watch *w, const char *who, const char *name,
		  const struct seccomp_data *d)
{
	char line[80];
	int len;

	if (d->nr == SYS_ioctl)
		len = snprintf(line, sizeof(line), "%s ioctl %#llx\n", who,
			       (unsigned long long)d->args[1]);
	else
		len = snprintf(line, sizeof(line), "%s %s\n", who, name ? name : "?");
	if (write(w->trace_fd, line, (size_t)len) < 0)
		log_debug("sandbox: trace: %m");
}

static void report(struct sandbox_watch *w, enum thread_kind kind, const struct seccomp_data *d)
{
	const char *name = sandbox_call_name(d->nr), *who = sandbox_kind_name(kind);

	if (w->trace_fd >= 0) {
		if (first_time(w, kind, d))
			trace(w, who, name, d);
		return;
	}
	if (!name)
		log_info("sandbox: %s thread: system call %d", who, d->nr);
	else if (d->nr == SYS_ioctl)
		log_info("sandbox: %s thread: ioctl %#llx", who, (unsigned long long)d->args[1]);
	else
		log_info("sandbox: %s thread: %s", who, name);
}

/* False: no thread has that filter any more. */
static bool answer(struct sandbox_watch *w, enum thread_kind kind, int fd)
{
	struct seccomp_notif q = { 0 };
	struct seccomp_notif_resp a = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &q))
		return errno == EINTR || errno == ENOENT; /* a signal took the caller away */
	report(w, kind, &q.data);
	a.id = q.id;
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &a);
	return true;
}

/* A thread that is expected makes no call before it has handed over: a matter of microseconds. */
static int listener(struct sandbox_watch *w, unsigned slot)
{
	int fd;

	while ((fd = atomic_load(&w->slot[slot].fd)) == SLOT_EXPECTED)
		sched_yield();
	return fd;
}

static void *serve(void *arg)
{
	struct sandbox_watch *w = arg;
	struct pollfd p[SLOTS + 1];
	eventfd_t count;

	for (;;) {
		unsigned n = MIN(atomic_load(&w->n), SLOTS);

		p[0] = (struct pollfd){ .fd = w->wake_fd, .events = POLLIN };
		for (unsigned i = 0; i < n; i++)
			p[i + 1] = (struct pollfd){ .fd = listener(w, i), .events = POLLIN };
		if (poll(p, n + 1, -1) < 0)
			continue;
		if (p[0].revents)
			eventfd_read(w->wake_fd, &count);
		for (unsigned i = 0; i < n; i++)
			if (p[i + 1].revents & POLLHUP ||
			    (p[i + 1].revents && !answer(w, w->slot[i].kind, p[i + 1].fd)))
				atomic_store(&w->slot[i].fd, SLOT_EMPTY);
	}
	return NULL;
}

struct sandbox_watch *sandbox_watch_start(const char *path)
{
	int trace_fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
	struct sandbox_watch *w;
	sigset_t all, old;
	pthread_t thread;
	int ret;

	if (path && trace_fd < 0) {
		log_err(-errno, "--sandbox trace=%s: %m; name a file that can be written", path);
		return NULL;
	}
	w = calloc(1, sizeof(*w));
	ret = w ? 0 : -ENOMEM;

	if (w) {
		w->trace_fd = trace_fd;
		for (unsigned i = 0; i < SLOTS; i++)
			atomic_init(&w->slot[i].fd, SLOT_EXPECTED);
		w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		ret = w->wake_fd < 0 ? -errno : 0;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (!ret)
		ret = -pthread_create(&thread, NULL, serve, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!ret) {
		pthread_detach(thread);
		return w;
	}
	log_err(ret, "sandbox: the thread that reports: %m");
	if (w)
		close_fd(&w->wake_fd);
	close_fd(&trace_fd);
	free(w);
	return NULL;
}

bool sandbox_watch_expect(struct sandbox_watch *w, enum thread_kind kind, unsigned *slot)
{
	*slot = atomic_load(&w->n);
	do
		if (*slot >= SLOTS) {
			log_err(-EMFILE,
				"sandbox: more than %d threads; --sandbox on takes any "
				"number",
				SLOTS);
			return false;
		}
	while (!atomic_compare_exchange_weak(&w->n, slot, *slot + 1));
	w->slot[*slot].kind = kind;
	eventfd_write(w->wake_fd, 1);
	return true;
}

void sandbox_watch_take(struct sandbox_watch *w, unsigned slot, int listener_fd)
{
	atomic_store(&w->slot[slot].fd, listener_fd < 0 ? SLOT_EMPTY : listener_fd);
}
