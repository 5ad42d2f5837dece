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
	bool asked; /* SIGTERM came: the power button was pressed, unless the machine had stopped */
	bool give_up; /* a signal came after the machine had stopped: do not wait for anything */
	sigset_t saved;
	bool active;
};

/* Take over the signals. Called before threads start, which inherit the mask. 0 or logged -errno. */
int signals_init(struct signals *s, struct loop *loop, struct pm *pm, struct stop *stop,
		 struct serial *serial);
/* Give them back. Takes one that is zeroed or was never initialised. */
void signals_fini(struct signals *s);

/*
 * Before signals_fini() of a machine that signals_init() of the next follows: a signal that comes in
 * between waits for that one.
 */
void signals_hold(struct signals *s);

#endif
