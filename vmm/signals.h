/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals.h - signals of the igdvm process while a guest runs.
 *
 * SIGTERM presses the power button, a second one ends at once; SIGINT, SIGHUP, SIGQUIT end at once. SIGWINCH
 * goes to whoever sets resized, after signals_init().
 * A fault in igdvm itself puts the terminal back before it kills the process.
 */
#ifndef IGDVM_SIGNALS_H
#define IGDVM_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "loop.h"

struct pm;
struct serial;
struct stop;

struct signals {
	struct loop *loop;
	struct loop_watch watch; /* signalfd */
	struct pm *pm;
	struct stop *stop;
	void (*resized)(void *ctx); /* the terminal, SIGWINCH; NULL: nobody wants to know */
	void *resized_ctx;
	pid_t supervisor; /* passes signals on (supervise.h), with how many there were; 0: none */
	unsigned heard,
		told; /* SIGTERM: those that came by themselves, those that were passed on */
	bool asked; /* SIGTERM came: the power button was pressed, unless the machine had stopped */
	bool give_up; /* a signal came after the machine had stopped: do not wait for anything */
	sigset_t saved;
	bool active;
};

/* Take over the signals. Called before threads start, which inherit the mask. 0 or logged -errno. */
int signals_init(struct signals *s, struct loop *loop, struct pm *pm, struct stop *stop,
		 struct serial *serial, pid_t supervisor);
/* Give them back. Takes one that is zeroed or was never initialised. */
void signals_fini(struct signals *s);

#endif
