/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop.h - the one event loop: file descriptors to callbacks (epoll).
 * Callbacks run in the loop's thread with the device lock held.
 */
#ifndef IGDVM_LOOP_H
#define IGDVM_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct loop_watch;
typedef void loop_fn(struct loop_watch *w, uint32_t events);

/* Embedded in its owner. fd is the caller's; events as for epoll (EPOLLIN, EPOLLOUT, 0 for none). */
struct loop_watch {
	int fd;
	loop_fn *fn;
	bool added;
};

struct loop {
	int epoll_fd;
	pthread_mutex_t *lock; /* the device lock */
};

/* 0 or logged -errno. fini takes a loop whose epoll_fd is -1. */
int loop_init(struct loop *l, pthread_mutex_t *lock);
void loop_fini(struct loop *l);

/*
 * Watch w->fd, or change what is watched. 0; -EPERM (not logged): fd is a regular file or another
 * that epoll does not take, and is always ready; else logged -errno.
 */
int loop_watch(struct loop *l, struct loop_watch *w, uint32_t events);
void loop_unwatch(struct loop *l, struct loop_watch *w); /* no-op when not watched */

/* Wait for events, at most timeout_ms (-1: for ever), and run their callbacks. 0 or logged -errno. */
int loop_run_once(struct loop *l, int timeout_ms);

#endif
