/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox_watch.h - a thread that hears of the system calls of others, and lets them go on.
 */
#ifndef IGDVM_SANDBOX_WATCH_H
#define IGDVM_SANDBOX_WATCH_H

#include <stdbool.h>

#include "confine.h"

struct sandbox_watch;

/*
 * Start the thread. trace: NULL, and each call is a message; or a file that is added to, a line
 * "KIND CALL [NUMBER]" for each of which there was none in this process. It is never stopped.
 * NULL: no memory, file or thread, logged.
 */
struct sandbox_watch *sandbox_watch_start(const char *trace);

/*
 * In a thread that is about to load a filter which asks this watch: announce it, load, hand over the
 * listener. Between the two no system call may be made but the one that loads.
 * false: there are too many threads, logged.
 */
bool sandbox_watch_expect(struct sandbox_watch *w, enum thread_kind kind, unsigned *slot);
void sandbox_watch_take(struct sandbox_watch *w, unsigned slot, int listener_fd);

#endif
