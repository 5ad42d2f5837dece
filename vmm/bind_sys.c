// SPDX-License-Identifier: BSD-2-Clause
/*
 * bind_sys.c - paths below a root, links, writes, and modprobe.
 * Knows where the kernel keeps things; does not know why anybody asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include "bind_sys.h"
#include "log.h"
#include "util.h"

extern char **environ;

void bind_sys_dev(struct sysfs_dev *d, const char *root, const char *bdf)
{
	*d = (struct sysfs_dev){ 0 };
	snprintf(d->name, sizeof(d->name), "%s", bdf);
	snprintf(d->dir, sizeof(d->dir), "%s/sys/bus/pci/devices/%s", root, bdf);
}

const char *bind_sys_driver(const struct sysfs_dev *d, char *buf)
{
	if (sysfs_link(d, "driver", buf, SYSFS_NAME_MAX))
		*buf = '\0';
	return buf;
}

void bind_sys_text(const char *root, const char *path, char *buf, size_t size)
{
	struct sysfs_dev d = { 0 };

	snprintf(d.dir, sizeof(d.dir), "%s", root);
	if (sysfs_text(&d, path, buf, size))
		*buf = '\0';
}

void bind_sys_glob(glob_t *g, const char *root, const char *pattern)
{
	char path[PATH_MAX];

	*g = (glob_t){ 0 };
	snprintf(path, sizeof(path), "%s%s", root, pattern);
	if (glob(path, 0, NULL, g))
		g->gl_pathc = 0;
}

bool bind_sys_passes(const char *link, const char *name)
{
	char target[PATH_MAX + 2];
	ssize_t n = readlink(link, target, PATH_MAX);
	size_t len = strlen(name);

	if (n < 0 || !len)
		return false;
	target[n] = '\0';
	for (const char *at = target; (at = strstr(at, name)); at++)
		if ((at == target || at[-1] == '/') && (at[len] == '/' || !at[len]))
			return true;
	return false;
}

int bind_sys_write(const char *root, const char *text, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int n, ret;

	n = snprintf(path, sizeof(path), "%s", root);
	va_start(ap, fmt);
	vsnprintf(path + n, sizeof(path) - (size_t)n, fmt, ap);
	va_end(ap);
	ret = sysfs_write(path, text);
	if (ret)
		log_err(ret, "%s: writing \"%.*s\": %m; the kernel says more: dmesg", path,
			(int)strcspn(text, "\n"), text);
	return ret;
}

/* modprobe's own words go nowhere: its caller says in one line what matters. */
static int run_modprobe(const char *program, const char *module)
{
	char *const argv[] = { (char *)program, "-q", (char *)module, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, pipe;
	int ret, status;
	pid_t pid;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &pipe);
	ret = -posix_spawn(&pid, program, &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	while (!ret && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return ret;
}

int bind_sys_load(const char *root, const char *driver, const char *alias)
{
	const char *const names[] = { driver, alias };
	char path[PATH_MAX], program[256];

	snprintf(path, sizeof(path), "%s/sys/bus/pci/drivers/%s", root, driver);
	/* not on every distribution it is /sbin/modprobe: Linux kernel/module/kmod.c, modprobe_path */
	bind_sys_text(root, "proc/sys/kernel/modprobe", program, sizeof(program));
	if (!*program)
		strcpy(program, "/sbin/modprobe");
	for (size_t i = 0; i < ARRAY_SIZE(names) && access(path, F_OK); i++) {
		int ret = *names[i] ? run_modprobe(program, names[i]) : 0;

		errno = -ret;
		if (ret)
			return log_err(ret, "%s: %m: it cannot load the driver %s; load it by hand",
				       program, driver);
	}
	if (!access(path, F_OK))
		return 0;
	return log_err(-ENODEV,
		       "%s: the kernel has no such driver, and modprobe loaded none; \"modprobe -v "
		       "%s\" says why",
		       driver, driver);
}
