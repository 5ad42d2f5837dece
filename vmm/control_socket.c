// SPDX-License-Identifier: BSD-2-Clause
/*
 * control_socket.c - the file that the control socket is.
 * Knows what a killed process leaves behind; runs before anything is confined.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "control.h"
#include "log.h"
#include "util.h"

#define BACKLOG 16

/* True: a socket that nobody listens on any more. */
static bool is_stale(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;
	bool stale;

	if (fd < 0)
		return false;
	stale = !lstat(a->sun_path, &st) && S_ISSOCK(st.st_mode) &&
		connect(fd, (const struct sockaddr *)a, sizeof(*a)) && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int bind_to(int fd, const struct sockaddr_un *a)
{
	/* of a socket that is not bound yet, this is the mode of the file to come (unix(7) of Linux) */
	if (fchmod(fd, 0600))
		return -errno;
	if (!bind(fd, (const struct sockaddr *)a, sizeof(*a)))
		return 0;
	if (errno != EADDRINUSE || !is_stale(a))
		return -errno;
	if (unlink(a->sun_path) || bind(fd, (const struct sockaddr *)a, sizeof(*a)))
		return -errno;
	return 0;
}

int control_listen(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, ret;

	if (strlen(path) >= sizeof(a.sun_path))
		return log_err(-ENAMETOOLONG,
			       "--control %s: a socket's path has at most %zu bytes; give a "
			       "shorter one",
			       path, sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return log_err(-errno, "--control %s: socket: %m", path);
	ret = bind_to(fd, &a);
	if (!ret && !listen(fd, BACKLOG))
		return fd;
	if (!ret) {
		ret = -errno;
		unlink(path);
	}
	close(fd);
	if (ret == -EADDRINUSE)
		return log_err(ret,
			       "--control %s: something is there already, and it is not what a "
			       "dead igdvm left; name another path",
			       path);
	return log_err(ret, "--control %s: %m; name a directory that this user can write to", path);
}
