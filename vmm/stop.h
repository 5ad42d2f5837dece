/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stop.h - why the machine ends. Any thread may ask; the first reason counts, except that a reset, which
 * need not be the end, gives way to the user's STOP_SIGNAL and STOP_QUIT.
 */
#ifndef IGDVM_STOP_H
#define IGDVM_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

enum stop_reason {
	STOP_NONE,
	STOP_POWEROFF,	  /* guest: ACPI S5 */
	STOP_RESET,	  /* guest: 0xCF9, keyboard controller, ACPI reset register */
	STOP_CRASH,	  /* guest: triple fault, or KVM could not go on with it */
	STOP_HOST_ERROR,  /* a host call failed while running; it was logged */
	STOP_DEVICE_LOST, /* an assigned device failed, or the host wants it back; it was logged */
	STOP_SIGNAL,	  /* igdvm got a signal; detail is its number */
	STOP_QUIT,	  /* the user typed Ctrl-A x */
	STOP_PANIC,	  /* guest: its kernel panicked, it says (pvpanic) */
	STOP_DEBUG_EXIT,  /* guest: port of --debug-exit; detail is the code, 0..63 */
	STOP_EXPECTED,	  /* the console showed what --expect waits for */
	STOP_UNEXPECTED,  /* ... what --fail-on names */
	STOP_TIMEOUT,	  /* the time of --timeout is over */
	STOP_CONTROL,	  /* somebody asked for it at the control socket */
	STOP_REASONS
};

struct stop {
	int event_fd; /* readable from the first request on */
	atomic_int reason;
	int detail;
};

/* "poweroff"; stable, for programs. */
const char *stop_reason_name(enum stop_reason reason);

int stop_init(struct stop *s); /* 0 or logged -errno */
void stop_fini(struct stop *s);

/* detail: 0 for reasons that say nothing of one. */
void stop_request(struct stop *s, enum stop_reason reason, int detail);

static inline bool stop_requested(struct stop *s)
{
	return atomic_load(&s->reason) != STOP_NONE;
}

#endif
