// SPDX-License-Identifier: BSD-2-Clause
/*
 * fixture_dir.c - files below one directory, by names relative to its descriptor.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fixture_dir.h"
#include "log.h"
#include "util.h"

static bool is_empty(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	bool empty = dir != NULL;

	if (!dir) {
		close_fd(&copy);
		return false;
	}
	while ((e = readdir(dir)))
		empty &= !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	closedir(dir);
	return empty;
}

int fixture_dir_create(struct fixture_dir *d, const char *path)
{
	*d = (struct fixture_dir){ .path = path, .fd = -1 };
	d->created = !mkdir(path, 0777);
	if (!d->created && errno != EEXIST)
		return log_err(-errno, "%s: %m; name a directory that can be created", path);
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0)
		return log_err(-errno, "%s: %m; name a directory that can be created", path);
	if (is_empty(d->fd))
		return 0;
	fixture_dir_close(d);
	return log_err(-ENOTEMPTY, "%s: it is not empty; name a directory that is, or a new one",
		       path);
}

static int made(struct fixture_dir *d, const char *name)
{
	if (d->n == FIXTURE_NAMES_MAX || strlen(name) >= FIXTURE_NAME_MAX)
		return log_err(-ENOSPC, "%s/%s: too many files, or too long a name", d->path, name);
	strcpy(d->made[d->n++], name);
	return 0;
}

int fixture_dir_write(struct fixture_dir *d, const char *name, const void *data, size_t len)
{
	int fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), ret;
	ssize_t n;

	if (fd < 0)
		return log_err(-errno, "%s/%s: %m; is there room, and may this user write?",
			       d->path, name);
	ret = made(d, name);
	n = write(fd, data, len);
	if (!ret && n != (ssize_t)len)
		ret = log_err(n < 0 ? -errno : -ENOSPC, "%s/%s: %m; free some space", d->path,
			      name);
	close(fd);
	return ret;
}

int fixture_dir_link(struct fixture_dir *d, const char *name, const char *target)
{
	if (symlinkat(target, d->fd, name))
		return log_err(-errno, "%s/%s: %m; name a directory that can hold symbolic links",
			       d->path, name);
	return made(d, name);
}

void fixture_dir_undo(struct fixture_dir *d)
{
	while (d->n)
		unlinkat(d->fd, d->made[--d->n], 0);
	if (d->created)
		rmdir(d->path);
	d->created = false;
}

void fixture_dir_close(struct fixture_dir *d)
{
	close_fd(&d->fd);
}
