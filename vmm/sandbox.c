// SPDX-License-Identifier: BSD-2-Clause
/*
 * sandbox.c - privileges, capabilities, file names and system calls, given up for good.
 *
 * Knows Linux's ways to do so, one after the other in enter(). Which calls are allowed is
 * sandbox_rules.h's; gen/sandbox.c made filters of it.
 * Sources: Linux Documentation/userspace-api/{no_new_privs,seccomp_filter,landlock}.rst.
 */
#include <cap-ng.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "log.h"
#include "sandbox.h"
#include "sandbox_bpf.h"
#include "sandbox_watch.h"
#include "util.h"

#define PROGRAM(array)                                                                             \
	{                                                                                          \
		ARRAY_SIZE(array), (struct sock_filter *)(array)                                   \
	}

static const struct sandbox_row {
	const char *name;
	struct sock_fprog on, log;
} kinds[THREAD_KINDS] = {
	[THREAD_LOOP] = { "loop", PROGRAM(loop_on), PROGRAM(loop_log) },
	[THREAD_VCPU] = { "vcpu", PROGRAM(vcpu_on), PROGRAM(vcpu_log) },
	[THREAD_BLOCK] = { "block", PROGRAM(block_on), PROGRAM(block_log) },
	[THREAD_CONTROL] = { "control", PROGRAM(control_on), PROGRAM(control_log) },
};

static const struct sock_fprog trace = PROGRAM(any_trace);

/* What this thread is, for its own SIGSYS: a signal handler has no other argument. */
static _Thread_local const char *this_kind = "unconfined";

const char *sandbox_kind_name(enum thread_kind kind)
{
	return kinds[kind].name;
}

const char *sandbox_call_name(int nr)
{
	return nr >= 0 && (size_t)nr < ARRAY_SIZE(call_names) ? call_names[nr] : NULL;
}

/* ---- Landlock ---- */

/*
 * linux/landlock.h of Linux 6.12; older headers have less of it. A kernel refuses bits it does not know,
 * hence the table.
 */
struct ruleset {
	uint64_t fs, net, scoped;
};
#define RESTRICT_ABSTRACT_SOCKETS BIT(0)

static const struct landlock_abi {
	struct ruleset all; /* what a ruleset of this version can forbid */
	size_t size;	    /* of struct ruleset, as this version takes it */
} landlock_abis[] = {
	{ { GENMASK(12, 0), 0, 0 }, 8 },	      /* 1: Linux 5.13 */
	{ { GENMASK(13, 0), 0, 0 }, 8 },	      /* 2: 5.19, links */
	{ { GENMASK(14, 0), 0, 0 }, 8 },	      /* 3: 6.2, truncation */
	{ { GENMASK(14, 0), GENMASK(1, 0), 0 }, 16 }, /* 4: 6.7, TCP */
	{ { GENMASK(15, 0), GENMASK(1, 0), 0 }, 16 }, /* 5: 6.10, ioctls */
	{ { GENMASK(15, 0), GENMASK(1, 0), RESTRICT_ABSTRACT_SOCKETS }, 24 }, /* 6: 6.12 */
};

#define LANDLOCK_VERSION 1 /* flag: tell the version, make no ruleset */

/* A ruleset without rules: nothing that it knows is allowed. -1 where the kernel has none. */
static int landlock_nothing(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
	const struct landlock_abi *abi;

	if (version <= 0) {
		log_debug("sandbox: no Landlock: %m");
		return -1;
	}
	abi = &landlock_abis[MIN((size_t)version, ARRAY_SIZE(landlock_abis)) - 1];
	return (int)syscall(SYS_landlock_create_ruleset, &abi->all, abi->size, 0);
}

/* ---- one thread ---- */

static int forbid_names(int landlock_fd)
{
	if (landlock_fd >= 0 && syscall(SYS_landlock_restrict_self, landlock_fd, 0))
		return log_err(-errno, "sandbox: Landlock: %m; --sandbox off does without");
	return 0;
}

static int drop_capabilities(void)
{
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS))
		return log_err(-errno, "sandbox: dropping capabilities: %m; --sandbox off does "
				       "without");
	return 0;
}

/* A descriptor for SECCOMP_FILTER_FLAG_NEW_LISTENER, else 0; or logged -errno. */
static int load(const struct sock_fprog *p, unsigned flags)
{
	long ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, p);

	return ret < 0 ? log_err(-errno, "sandbox: seccomp: %m; a kernel with "
					 "CONFIG_SECCOMP_FILTER has it, --sandbox off does without")
		       : (int)ret;
}

static int load_watched(struct sandbox *s, const struct sock_fprog *p, enum thread_kind kind)
{
	unsigned slot;
	int fd;

	if (!sandbox_watch_expect(s->watch, kind, &slot))
		return -EMFILE;
	fd = load(p, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	sandbox_watch_take(s->watch, slot, fd);
	return MIN(fd, 0);
}

static int enter(const struct confine *c, enum thread_kind kind)
{
	struct sandbox *s = container_of(c, struct sandbox, confine);
	const struct sandbox_row *row = &kinds[kind];
	int ret = 0;

	if (s->mode == SANDBOX_OFF)
		return 0;
	this_kind = row->name;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return log_err(-errno, "sandbox: no_new_privs: %m");
	if (s->mode == SANDBOX_LOG)
		return load_watched(s, &row->log, kind);
	if (s->mode == SANDBOX_TRACE)
		return load_watched(s, &trace, kind);
	ret = forbid_names(s->landlock_fd);
	if (!ret)
		ret = drop_capabilities();
	return ret ? ret : load(&row->on, 0);
}

/* ---- the process ---- */

int sandbox_init(struct sandbox *s, enum sandbox_mode mode, const char *trace_file)
{
	*s = (struct sandbox){ .confine.enter = enter, .mode = mode, .landlock_fd = -1 };
	if (mode == SANDBOX_ON)
		s->landlock_fd = landlock_nothing();
	if (mode == SANDBOX_LOG || mode == SANDBOX_TRACE) {
		s->watch = sandbox_watch_start(mode == SANDBOX_TRACE ? trace_file : NULL);
		return s->watch ? 0 : -EIO;
	}
	return 0;
}

void sandbox_fini(struct sandbox *s)
{
	close_fd(&s->landlock_fd);
}

/* ---- a violation ---- */

struct line {
	char text[160];
	size_t len;
};

static void put(struct line *l, const char *text)
{
	size_t n = strnlen(text, sizeof(l->text) - 1 - l->len);

	memcpy(l->text + l->len, text, n);
	l->len += n;
}

static void put_number(struct line *l, unsigned n)
{
	char digits[11] = "", *p = digits + sizeof(digits) - 1;

	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	put(l, p);
}

void sandbox_report(const siginfo_t *info)
{
	const char *name = sandbox_call_name(info->si_syscall);
	struct line l = { .len = 0 };

	put(&l, "sandbox: the ");
	put(&l, this_kind);
	put(&l, " thread called ");
	put(&l, name ? name : "an unknown system call");
	put(&l, " (");
	put_number(&l, (unsigned)info->si_syscall);
	put(&l, "), which it may not: igdvm ends; --sandbox log tells more");
	log_line(LOG_ERR, l.text, l.len);
}
