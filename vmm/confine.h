/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.h - how a thread gives up what it will not need, as whoever starts threads sees it.
 * What that means is sandbox.c's business.
 */
#ifndef IGDVM_CONFINE_H
#define IGDVM_CONFINE_H

#include <stddef.h>

/* What the command line asks for. */
enum sandbox_mode {
	SANDBOX_ON,    /* a call that is not on the thread's list ends igdvm */
	SANDBOX_LOG,   /* it is reported, and carried out: nothing is confined */
	SANDBOX_TRACE, /* every call is written to a file once: what the lists have to hold */
	SANDBOX_OFF,
};

/* Each has a list of its own (sandbox_rules.h). */
enum thread_kind {
	THREAD_LOOP,	/* the main thread: event loop, and the way out */
	THREAD_VCPU,	/* KVM_RUN, and devices that a guest touches */
	THREAD_BLOCK,	/* of a disk: reads and writes one file */
	THREAD_CONTROL, /* the control socket's */
	THREAD_KINDS
};

struct confine {
	/* In the thread that is to be confined, for good. 0 or logged -errno. */
	int (*enter)(const struct confine *c, enum thread_kind kind);
};

/* NULL: nothing is confined. */
static inline int confine_thread(const struct confine *c, enum thread_kind kind)
{
	return c ? c->enter(c, kind) : 0;
}

#endif
