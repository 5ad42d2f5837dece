// SPDX-License-Identifier: BSD-2-Clause
/*
 * expect.c - regular expressions on the consoles' lines, and a deadline.
 * Knows when a run has ended well; exit codes are machine_run.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "config.h"
#include "expect.h"
#include "log.h"
#include "stop.h"
#include "util.h"

/* A line that is both is a failure: who names one wants to hear of it. */
static enum stop_reason meaning(const struct expect *e, const char *line)
{
	if (e->has_unexpected && !regexec(&e->unexpected, line, 0, NULL, 0))
		return STOP_UNEXPECTED;
	if (e->has_expected && !regexec(&e->expected, line, 0, NULL, 0))
		return STOP_EXPECTED;
	return STOP_NONE;
}

void expect_line(struct expect *e, const char *line)
{
	enum stop_reason reason = meaning(e, line);

	if (reason == STOP_NONE || stop_requested(e->stop))
		return;
	snprintf(e->match, sizeof(e->match), "%.*s", (int)sizeof(e->match) - 1, line);
	stop_request(e->stop, reason, 0);
}

void expect_more(struct expect *e)
{
	const struct itimerspec soon = { .it_value.tv_nsec = EXPECT_SETTLE_MS * 1000000L };

	if (e->settling || (!e->has_expected && !e->has_unexpected))
		return;
	e->settling = !timerfd_settime(e->settle.fd, 0, &soon, NULL);
}

enum stop_reason expect_last(struct expect *e)
{
	for (unsigned i = 0; e->transcript && i < TRANSCRIPT_PORTS; i++) {
		const char *line = e->transcript->port[i].line;
		enum stop_reason reason = *line ? meaning(e, line) : STOP_NONE;

		if (reason == STOP_NONE)
			continue;
		snprintf(e->match, sizeof(e->match), "%.*s", (int)sizeof(e->match) - 1, line);
		return reason;
	}
	return STOP_NONE;
}

static void settled(struct loop_watch *w, uint32_t events)
{
	struct expect *e = container_of(w, struct expect, settle);
	uint64_t count;

	(void)events;
	if (read(w->fd, &count, sizeof(count)) < 0)
		return;
	e->settling = false;
	for (unsigned i = 0; i < TRANSCRIPT_PORTS; i++)
		if (e->transcript->port[i].len)
			expect_line(e, e->transcript->port[i].line);
}

static void time_is_over(struct loop_watch *w, uint32_t events)
{
	struct expect *e = container_of(w, struct expect, deadline);
	uint64_t count;

	(void)events;
	if (read(w->fd, &count, sizeof(count)) < 0)
		return;
	stop_request(e->stop, STOP_TIMEOUT, 0);
}

/* The expressions were compiled once by the check of the command line: only memory can be short. */
static int compile(regex_t *regex, const char *text, const char *option, bool *has)
{
	if (!text)
		return 0;
	if (regcomp(regex, text, REG_EXTENDED | REG_NOSUB))
		return log_err(-ENOMEM, "%s: %m", option);
	*has = true;
	return 0;
}

static int add_timer(struct expect *e, struct loop_watch *w, const char *what)
{
	w->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->fd < 0)
		return log_err(-errno, "%s: timerfd_create: %m", what);
	return loop_watch(e->loop, w, EPOLLIN);
}

static int set_deadline(struct expect *e, uint64_t ns)
{
	const struct itimerspec at = {
		.it_value = { .tv_sec = (time_t)(ns / 1000000000),
			      .tv_nsec = (long)(ns % 1000000000) },
	};

	if (timerfd_settime(e->deadline.fd, TFD_TIMER_ABSTIME, &at, NULL))
		return log_err(-errno, "--timeout: timerfd_settime: %m");
	return 0;
}

int expect_init(struct expect *e, const struct config *c, uint64_t deadline_ns,
		struct transcript *transcript, struct loop *loop, struct stop *stop)
{
	int ret;

	*e = (struct expect){ .loop = loop,
			      .stop = stop,
			      .transcript = transcript,
			      .settle = { .fd = -1, .fn = settled },
			      .deadline = { .fd = -1, .fn = time_is_over } };
	ret = compile(&e->expected, c->expect, "--expect", &e->has_expected);
	if (!ret)
		ret = compile(&e->unexpected, c->fail_on, "--fail-on", &e->has_unexpected);
	if (!ret && (c->expect || c->fail_on))
		ret = add_timer(e, &e->settle, "--expect");
	if (!ret && deadline_ns)
		ret = add_timer(e, &e->deadline, "--timeout");
	if (!ret && deadline_ns)
		ret = set_deadline(e, deadline_ns);
	return ret;
}

void expect_fini(struct expect *e)
{
	if (!e->loop)
		return;
	loop_unwatch(e->loop, &e->settle);
	loop_unwatch(e->loop, &e->deadline);
	close_fd(&e->settle.fd);
	close_fd(&e->deadline.fd);
	if (e->has_expected)
		regfree(&e->expected);
	if (e->has_unexpected)
		regfree(&e->unexpected);
	e->loop = NULL;
}
