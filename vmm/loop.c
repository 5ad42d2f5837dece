// SPDX-License-Identifier: BSD-2-Clause
/*
 * loop.c - epoll behind a small face.
 * Knows file descriptors and the device lock; does not know who watches or why.
 */
#include <errno.h>
#include <sys/epoll.h>

#include "log.h"
#include "loop.h"
#include "util.h"

int loop_init(struct loop *l, pthread_mutex_t *lock)
{
	*l = (struct loop){ .epoll_fd = epoll_create1(EPOLL_CLOEXEC), .lock = lock };
	if (l->epoll_fd < 0)
		return log_err(-errno, "epoll_create1: %m");
	return 0;
}

void loop_fini(struct loop *l)
{
	close_fd(&l->epoll_fd);
}

int loop_watch(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	/* Not epoll's events 0: it would go on reporting a hang-up, and the loop would spin. */
	if (!events) {
		loop_unwatch(l, w);
		return 0;
	}
	if (epoll_ctl(l->epoll_fd, w->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w->fd, &ev) < 0) {
		if (errno == EPERM)
			return -EPERM;
		return log_err(-errno, "epoll_ctl on descriptor %d: %m", w->fd);
	}
	w->added = true;
	return 0;
}

void loop_unwatch(struct loop *l, struct loop_watch *w)
{
	if (!w->added)
		return;
	/* Fails only when the owner closed fd first, and then it is gone from the set anyway. */
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	w->added = false;
}

int loop_run_once(struct loop *l, int timeout_ms)
{
	struct epoll_event ev;
	struct loop_watch *w;
	int n;

	/*
	 * One event at a time: a callback may unwatch any other watch, and none of those can be in
	 * our hands. epoll rotates its ready list, so that no descriptor starves.
	 */
	n = epoll_wait(l->epoll_fd, &ev, 1, timeout_ms);
	if (n < 0)
		return errno == EINTR ? 0 : log_err(-errno, "epoll_wait: %m");
	if (n == 0)
		return 0;
	w = ev.data.ptr;
	pthread_mutex_lock(l->lock);
	/* A vCPU thread may have unwatched it before we got the lock. */
	if (w->added)
		w->fn(w, ev.events);
	pthread_mutex_unlock(l->lock);
	return 0;
}
