// SPDX-License-Identifier: BSD-2-Clause
/*
 * sysfs.c - what the kernel tells about a PCI function without opening the function.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "sysfs.h"
#include "util.h"

#define PATH_SIZE 128

static const char *path_of(struct bdf bdf, const char *attr, char *path)
{
	char name[BDF_STRLEN];

	snprintf(path, PATH_SIZE, "/sys/bus/pci/devices/%s%s%s", bdf_format(bdf, name),
		 *attr ? "/" : "", attr);
	return path;
}

int sysfs_exists(struct bdf bdf)
{
	char path[PATH_SIZE];

	return access(path_of(bdf, "", path), F_OK) == 0;
}

static int read_at(struct bdf bdf, const char *attr, off_t off, void *buf, size_t len)
{
	char path[PATH_SIZE];
	int fd = open(path_of(bdf, attr, path), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, buf, len, off);
	if (n < 0)
		n = -errno;
	close(fd);
	return (int)n;
}

int sysfs_number(struct bdf bdf, const char *attr, uint64_t *out)
{
	char text[32] = "", *end;
	int n = read_at(bdf, attr, 0, text, sizeof(text) - 1);

	if (n < 0)
		return n;
	errno = 0;
	*out = strtoull(text, &end, 0);
	return errno || end == text ? -EINVAL : 0;
}

int sysfs_link(struct bdf bdf, const char *attr, char *buf, size_t size)
{
	char path[PATH_SIZE], target[512];
	ssize_t n = readlink(path_of(bdf, attr, path), target, sizeof(target) - 1);
	const char *name;

	if (n < 0)
		return -errno;
	target[n] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(name) >= size)
		return -ENAMETOOLONG;
	strcpy(buf, name);
	return 0;
}

int sysfs_config(struct bdf bdf, unsigned off, void *buf, size_t len)
{
	int n = read_at(bdf, "config", off, buf, len);

	if (n < 0)
		return n;
	return (size_t)n == len ? 0 : -EIO;
}
