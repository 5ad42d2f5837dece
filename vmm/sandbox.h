/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox.h - what igdvm gives up once it has opened all it needs, before the guest's first instruction.
 *
 * Each thread confines itself, for good: no new privileges, no capabilities, no file by its name
 * (Landlock, where the kernel has it), and no system call but those of its kind (seccomp;
 * sandbox_rules.h). docs/threat-model.md says what that is worth.
 */
#ifndef IGDVM_SANDBOX_H
#define IGDVM_SANDBOX_H

#include <signal.h>

#include "confine.h"

struct sandbox_watch;

struct sandbox {
	struct confine confine; /* to hand to whoever starts threads */
	enum sandbox_mode mode;
	int landlock_fd;	     /* a ruleset that allows nothing; -1: the kernel has none */
	struct sandbox_watch *watch; /* SANDBOX_LOG, SANDBOX_TRACE */
};

/*
 * Prepare, confine nothing yet. trace: of SANDBOX_TRACE, a file that is added to. 0 or logged -errno; then fini too, which takes a struct whose landlock_fd
 * is -1. What SANDBOX_LOG and SANDBOX_TRACE start lives until the process ends: threads whose calls
 * are reported cannot be without it.
 */
int sandbox_init(struct sandbox *s, enum sandbox_mode mode, const char *trace);
void sandbox_fini(struct sandbox *s);

/* For the handler of SIGSYS: one line that names thread and call. Async-signal-safe. */
void sandbox_report(const siginfo_t *info);

/* "vcpu"; for messages. */
const char *sandbox_kind_name(enum thread_kind kind);
/* "openat", or NULL. */
const char *sandbox_call_name(int nr);

#endif
