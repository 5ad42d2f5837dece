/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervise.h - a machine in a process of its own, for what is to be done when it has ended.
 *
 * A machine that has begun is confined (sandbox.h) and can neither be built again nor give a device back to
 * its driver. So where one of these is to follow, igdvm is two processes: this one waits, passes
 * signals on and ends with the other's exit code. When it is killed, the kernel kills the other.
 */
#ifndef IGDVM_SUPERVISE_H
#define IGDVM_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct supervisor {
	pid_t child;
	unsigned runs;
	unsigned count; /* signals passed on: the child hears of some twice, and compares */
	bool asked;	/* SIGTERM was among them */
	int fatal;	/* the last of the others, or 0 */
	sigset_t watched, saved;
	bool has_tty;
	struct termios tty; /* as it was before */
};

/* Blocks the signals that supervise_run() passes on; fini undoes it. */
void supervise_init(struct supervisor *s);
void supervise_fini(struct supervisor *s);

/*
 * Run fn(arg) in a process and wait for its end. Returns the exit code: what fn returned, or 128 + the
 * signal that killed it, which is logged.
 */
int supervise_run(struct supervisor *s, int (*fn)(void *arg), void *arg);

/* A signal has come that asks igdvm to end: no further machine. */
bool supervise_stopped(struct supervisor *s);

#endif
