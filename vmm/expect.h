/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * expect.h - --expect, --fail-on and --timeout: when a run has shown what it is for.
 *
 * Lines are looked at as they end; one that does not, such as a prompt, once nothing has been added to it
 * for a moment.
 */
#ifndef IGDVM_EXPECT_H
#define IGDVM_EXPECT_H

#include <regex.h>

#include "loop.h"
#include "stop.h"
#include "transcript.h"

struct config;

#define EXPECT_SETTLE_MS 50

struct expect {
	struct loop *loop;
	struct stop *stop;
	struct transcript *transcript;
	struct loop_watch settle, deadline; /* timers */
	bool settling;
	bool has_expected, has_unexpected;
	regex_t expected, unexpected;
	char match[256]; /* the line that ended the run, or as much of it */
};

/*
 * Look at what transcript gets, and watch the clock; deadline_ns is of CLOCK_MONOTONIC, 0 for none.
 * 0 or logged -errno; fini takes a half-built or zeroed one.
 */
int expect_init(struct expect *e, const struct config *c, uint64_t deadline_ns,
		struct transcript *transcript, struct loop *loop, struct stop *stop);
void expect_fini(struct expect *e);

/* A line of the consoles has ended; an unfinished one has changed. Device lock held. */
void expect_line(struct expect *e, const char *line);
void expect_more(struct expect *e);

/* Once no more comes: what lines that have not ended say. STOP_NONE, STOP_EXPECTED, STOP_UNEXPECTED. */
enum stop_reason expect_last(struct expect *e);

#endif
