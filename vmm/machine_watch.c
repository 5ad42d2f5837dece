// SPDX-License-Identifier: BSD-2-Clause
/*
 * machine_watch.c - who watches a machine: --expect, --timeout, --report, --control, a service manager.
 * Connects ports, transcript and expressions; without such an option there is nothing here.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "log.h"
#include "machine.h"

uint64_t machine_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void begun(void *ctx)
{
	struct machine *m = ctx;

	m->times.output = machine_now();
	control_tell(&m->control, "guest-up", NULL);
}

static void line(void *ctx, const char *text)
{
	struct machine *m = ctx;

	expect_line(&m->expect, text);
}

static void more(void *ctx)
{
	struct machine *m = ctx;

	expect_more(&m->expect);
}

static const struct transcript_ops ops = { begun, line, more };

static int tap_consoles(struct machine *m)
{
	m->transcript = calloc(1, sizeof(*m->transcript));
	if (!m->transcript)
		return log_err(-ENOMEM, "a transcript of the consoles: %m");
	transcript_init(m->transcript, &ops, m);
	m->board.serial.tap = &m->transcript->port[0].tap;
	m->board.console.tap = &m->transcript->port[1].tap;
	return 0;
}

int machine_watch_init(struct machine *m)
{
	const struct config *c = m->config;
	uint64_t deadline = c->timeout_ms ? c->started_ns + c->timeout_ms * 1000000 : 0;
	int ret = c->expect || c->fail_on || c->report || c->control ? tap_consoles(m) : 0;

	if (!ret)
		ret = expect_init(&m->expect, c, deadline, m->transcript, &m->loop, &m->stop);
	return ret ? ret : notify_init(&m->notify, &m->loop);
}

void machine_watch_fini(struct machine *m)
{
	m->board.serial.tap = m->board.console.tap = NULL;
	notify_fini(&m->notify);
	expect_fini(&m->expect);
	free(m->transcript);
	m->transcript = NULL;
}

/* What is to be said about the end besides its reason. */
static const char *detail_of(const struct machine *m, const struct report *r)
{
	if (*m->expect.match)
		return m->expect.match;
	return m->cpus.crash.happened ? m->cpus.crash.why : r->error;
}

int machine_report(struct machine *m, struct report *r, int exit_code)
{
	enum stop_reason reason = (enum stop_reason)atomic_load(&m->stop.reason);
	char *console = calloc(1, TRANSCRIPT_TAIL + 1);
	const struct report_facts f = {
		.kernel = m->config->kernel,
		.exit_code = exit_code,
		.reason = m->times.running ? stop_reason_name(reason) : "setup",
		.detail = detail_of(m, r),
		.times = &m->times,
		.crash = m->cpus.crash.happened ? &m->cpus.crash : NULL,
		.console = console ? console : "",
	};
	int ret;

	if (console && m->transcript)
		transcript_copy(m->transcript, console, TRANSCRIPT_TAIL + 1);
	ret = report_write(r, &f);
	free(console);
	return ret;
}
