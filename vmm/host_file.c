// SPDX-License-Identifier: BSD-2-Clause
/*
 * host_file.c - names that stand for open descriptors.
 * The table is filled once, from the command line, before anything is opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host_file.h"

static struct {
	const char *path;
	int fd;
} passed[HOST_FILES_MAX];
static unsigned n_passed;

void host_file_pass(const char *path, int fd)
{
	if (n_passed == HOST_FILES_MAX)
		return;
	passed[n_passed].path = path;
	passed[n_passed++].fd = fd;
}

int host_file_passed(const char *path)
{
	for (unsigned i = 0; i < n_passed; i++)
		if (!strcmp(passed[i].path, path))
			return fcntl(passed[i].fd, F_DUPFD_CLOEXEC, 0);
	return -1;
}

/* True: what is open for `have` serves who asks for `want`. */
static int allows(int have, int want)
{
	return (have & O_ACCMODE) == O_RDWR || (have & O_ACCMODE) == (want & O_ACCMODE);
}

int host_file_open(const char *path, int flags)
{
	int fd = host_file_passed(path);

	if (fd < 0)
		return open(path, flags | O_CLOEXEC);
	if (allows(fcntl(fd, F_GETFL), flags))
		return fd;
	close(fd);
	errno = EACCES;
	return -1;
}
