/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * progress.h - one line at a terminal that says how far something long has come. For a person who waits:
 * nothing of it where standard error is a file or a pipe, nothing before a second has passed, and nothing left
 * in the end.
 */
#ifndef IGDVM_PROGRESS_H
#define IGDVM_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	uint64_t total;
	uint64_t (*done)(void *ctx);
	void *ctx;
	bool running; /* there is a thread */
	bool ended;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
};

/*
 * From now on until progress_end() done(ctx) is asked now and then, in a thread of its own, how many of the
 * total bytes there are. Cannot fail: what cannot be shown is not.
 */
void progress_begin(struct progress *p, const char *what, uint64_t total,
		    uint64_t (*done)(void *ctx), void *ctx);
void progress_end(struct progress *p);

#endif
