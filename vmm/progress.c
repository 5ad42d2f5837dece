// SPDX-License-Identifier: BSD-2-Clause
/*
 * progress.c - the thread that draws the line, and how the line goes away.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "progress.h"
#include "util.h"

#define PATIENCE_MS 1000 /* what is over sooner needs no line */
#define REDRAW_MS   250

static struct timespec in_ms(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void show(const char *text, int len)
{
	if (len > 0 && write(STDERR_FILENO, text, (size_t)len) < 0) {
		/* it is for nobody else */
	}
}

static void draw(const struct progress *p)
{
	uint64_t done = MIN(p->done(p->ctx), p->total);
	char line[128];

	show(line, snprintf(line, sizeof(line), "\r%.60s: %llu of %llu MiB, %u%%", p->what,
			    (unsigned long long)(done / MiB), (unsigned long long)(p->total / MiB),
			    (unsigned)(p->total ? (double)done / (double)p->total * 100 : 100)));
}

static void *run(void *arg)
{
	struct progress *p = arg;
	struct timespec until = in_ms(PATIENCE_MS);
	bool shown = false;

	pthread_mutex_lock(&p->lock);
	while (!p->ended) {
		if (pthread_cond_timedwait(&p->wake, &p->lock, &until) != ETIMEDOUT)
			continue;
		draw(p);
		shown = true;
		until = in_ms(REDRAW_MS);
	}
	pthread_mutex_unlock(&p->lock);
	if (shown)
		show("\r\033[K", 4);
	return NULL;
}

void progress_begin(struct progress *p, const char *what, uint64_t total,
		    uint64_t (*done)(void *ctx), void *ctx)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;

	*p = (struct progress){ .what = what, .total = total, .done = done, .ctx = ctx };
	if (!log_watched())
		return;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	/* signals are the main thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	p->running = !pthread_create(&p->thread, NULL, run, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void progress_end(struct progress *p)
{
	if (!p->running)
		return;
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	p->running = false;
}
