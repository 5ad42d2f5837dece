// SPDX-License-Identifier: BSD-2-Clause
/*
 * violate.c - igdvm, but one of its threads does what it may not, as if it had been taken over.
 *
 * Linked in place of functions that a thread of each kind runs once the guest does (--wrap). The
 * environment says what and where: VIOLATE="THREAD ACT", such as "vcpu openat".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/landlock.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disk_io.h"
#include "exit.h"
#include "loop.h"

static void act_openat(void)
{
	open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void act_execve(void)
{
	char *argv[] = { "true", NULL };

	execv("/bin/true", argv);
}

static void act_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void act_fork(void)
{
	syscall(SYS_fork);
}

static void act_mmap(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void act_mprotect(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void act_ptrace(void)
{
	syscall(SYS_ptrace, 0, 0, 0, 0);
}

/* Ioctls are known by their number: another one of the same kind of descriptor is none of those. */
static void act_ioctl(void)
{
	int nothing = 0;

	ioctl(STDIN_FILENO, TIOCSTI, &nothing);
}

/* The kernel looks at 32 bits of the number, seccomp at 64. */
static void act_ioctl_high(void)
{
	syscall(SYS_ioctl, STDIN_FILENO, 0x100000000 | TIOCSTI, 0);
}

/* x32: the same kernel functions by other numbers. */
static void act_x32(void)
{
	syscall(0x40000000 | SYS_getpid);
}

static const struct {
	const char *name;
	void (*fn)(void);
} acts[] = {
	{ "openat", act_openat }, { "execve", act_execve }, { "socket", act_socket },
	{ "fork", act_fork },	  { "mmap", act_mmap },	    { "mprotect", act_mprotect },
	{ "ptrace", act_ptrace }, { "ioctl", act_ioctl },   { "ioctl-high", act_ioctl_high },
	{ "x32", act_x32 },
};

/* Once, in a thread of that name. */
static void violate(const char *thread)
{
	static int done;
	const char *what = getenv("VIOLATE");
	size_t len = strlen(thread);

	if (!what || strncmp(what, thread, len) || what[len] != ' ' || done)
		return;
	done = 1;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].name, what + len + 1))
			acts[i].fn();
	fprintf(stderr, "violate: %s was not caught\n", what);
}

enum exit_action __real_exit_dispatch(const struct exit_ctx *ctx, struct kvm_run *run);
enum exit_action __wrap_exit_dispatch(const struct exit_ctx *ctx, struct kvm_run *run)
{
	violate("vcpu");
	return __real_exit_dispatch(ctx, run);
}

/* The main thread has a loop, and the control socket's thread. */
int __real_loop_run_once(struct loop *l, int timeout_ms);
int __wrap_loop_run_once(struct loop *l, int timeout_ms)
{
	violate(gettid() == getpid() ? "loop" : "control");
	return __real_loop_run_once(l, timeout_ms);
}

int __real_disk_io(struct disk *d, struct disk_request *r);
int __wrap_disk_io(struct disk *d, struct disk_request *r)
{
	violate("block");
	return __real_disk_io(d, r);
}
