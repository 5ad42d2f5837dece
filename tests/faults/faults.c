// SPDX-License-Identifier: BSD-2-Clause
/*
 * faults.c - igdvm, but one of its calls to the host fails.
 *
 * Linked in place of the C library's functions (--wrap): every call of igdvm's own is counted. The
 * environment says which one fails: FAULT_AT=N, the N-th; and how, FAULT_ERRNO=NUMBER (default ENOMEM).
 * FAULT_LOG=FILE gets a line with the call that failed, or how many there were.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

static atomic_uint calls;

static void note(const char *what, unsigned n)
{
	const char *path = getenv("FAULT_LOG");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;

	if (fd < 0)
		return;
	dprintf(fd, "%s %u\n", what, n);
	close(fd);
}

/* This call shall fail; errno says how. */
static bool fails(const char *what)
{
	const char *at = getenv("FAULT_AT"), *err = getenv("FAULT_ERRNO");
	unsigned n = atomic_fetch_add(&calls, 1) + 1;

	if (!at || n != (unsigned)atoi(at))
		return false;
	note(what, n);
	errno = err ? atoi(err) : ENOMEM;
	return true;
}

/* A function by its prototype: what it returns when it fails. */
#define WRAP(type, name, failed, params, args)                                                     \
	type __real_##name params;                                                                 \
	type __wrap_##name params                                                                  \
	{                                                                                          \
		return fails(#name) ? (type)(failed) : __real_##name args;                         \
	}

/* As WRAP, where the error is what is returned. */
#define WRAP_ERR(name, params, args)                                                               \
	int __real_##name params;                                                                  \
	int __wrap_##name params                                                                   \
	{                                                                                          \
		return fails(#name) ? errno : __real_##name args;                                  \
	}

WRAP(void *, malloc, NULL, (size_t n), (n))
WRAP(void *, calloc, NULL, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, NULL, (void *p, size_t n), (p, n))
WRAP(void *, reallocarray, NULL, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, strdup, NULL, (const char *s), (s))
WRAP(void *, mmap, MAP_FAILED, (void *at, size_t n, int prot, int flags, int fd, off_t off),
     (at, n, prot, flags, fd, off))
WRAP(int, madvise, -1, (void *p, size_t n, int what), (p, n, what))
WRAP(int, memfd_create, -1, (const char *name, unsigned flags), (name, flags))
WRAP(int, ftruncate, -1, (int fd, off_t n), (fd, n))
WRAP(FILE *, fopen, NULL, (const char *path, const char *mode), (path, mode))
WRAP(FILE *, fdopen, NULL, (int fd, const char *mode), (fd, mode))
WRAP(FILE *, open_memstream, NULL, (char **p, size_t *n), (p, n))
WRAP(DIR *, opendir, NULL, (const char *path), (path))
WRAP(int, fstat, -1, (int fd, struct stat *st), (fd, st))
WRAP(ssize_t, read, -1, (int fd, void *p, size_t n), (fd, p, n))
WRAP(ssize_t, pread, -1, (int fd, void *p, size_t n, off_t off), (fd, p, n, off))
WRAP(ssize_t, getrandom, -1, (void *p, size_t n, unsigned flags), (p, n, flags))
WRAP(int, epoll_create1, -1, (int flags), (flags))
WRAP(int, epoll_ctl, -1, (int fd, int op, int other, struct epoll_event *e), (fd, op, other, e))
WRAP(int, eventfd, -1, (unsigned n, int flags), (n, flags))
WRAP(int, timerfd_create, -1, (int clock, int flags), (clock, flags))
WRAP(int, timerfd_settime, -1,
     (int fd, int flags, const struct itimerspec *t, struct itimerspec *old), (fd, flags, t, old))
WRAP(int, signalfd, -1, (int fd, const sigset_t *set, int flags), (fd, set, flags))
WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, bind, -1, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
WRAP(int, listen, -1, (int fd, int n), (fd, n))
WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
WRAP(pid_t, fork, -1, (void), ())
WRAP(int, tcgetattr, -1, (int fd, struct termios *t), (fd, t))
WRAP_ERR(pthread_create, (pthread_t * t, const pthread_attr_t *a, void *(*fn)(void *), void *arg),
	 (t, a, fn, arg))

/* Those with arguments that may be missing: one word, wherever it is read. */
#define REST(last)                                                                                 \
	({                                                                                         \
		va_list ap;                                                                        \
		unsigned long word;                                                                \
		va_start(ap, last);                                                                \
		word = va_arg(ap, unsigned long);                                                  \
		va_end(ap);                                                                        \
		word;                                                                              \
	})

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	unsigned long mode = REST(flags);

	return fails("open") ? -1 : __real_open(path, flags, mode);
}

int __real_fcntl(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...)
{
	unsigned long arg = REST(cmd);

	return fails("fcntl") ? -1 : __real_fcntl(fd, cmd, arg);
}

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	unsigned long arg = REST(request);
	char what[32];

	snprintf(what, sizeof(what), "ioctl-%#lx", request);
	return fails(what) ? -1 : __real_ioctl(fd, request, arg);
}

int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...)
{
	unsigned long arg = REST(option);

	return fails("prctl") ? -1 : __real_prctl(option, arg, 0, 0, 0);
}

/* Landlock and seccomp. */
long __real_syscall(long nr, ...);
long __wrap_syscall(long nr, ...)
{
	unsigned long arg[4];
	char what[32];
	va_list ap;

	va_start(ap, nr);
	for (unsigned i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	snprintf(what, sizeof(what), "syscall-%ld", nr);
	return fails(what) ? -1 : __real_syscall(nr, arg[0], arg[1], arg[2], arg[3]);
}

static void __attribute__((destructor)) count(void)
{
	if (getenv("FAULT_COUNT"))
		note("calls", atomic_load(&calls));
}
