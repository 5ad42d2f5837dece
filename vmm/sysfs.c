// SPDX-License-Identifier: BSD-2-Clause
/*
 * sysfs.c - what the kernel tells about a device without opening it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "bdf.h"
#include "sysfs.h"
#include "util.h"

#define PATH_SIZE (SYSFS_DIR_MAX + 64)

int sysfs_dev_init(struct sysfs_dev *d, const char *text)
{
	char name[BDF_STRLEN];
	const char *last;
	struct bdf bdf;
	int n;

	*d = (struct sysfs_dev){ 0 };
	if (!bdf_parse(text, &bdf)) {
		snprintf(d->name, sizeof(d->name), "%s", bdf_format(bdf, name));
		snprintf(d->dir, sizeof(d->dir), "/sys/bus/pci/devices/%s", name);
		return 0;
	}
	last = strrchr(text, '/');
	if (text[0] != '/' || !last[1])
		return -EINVAL;
	n = snprintf(d->name, sizeof(d->name), "%s", last + 1);
	if ((size_t)n >= sizeof(d->name))
		return -ENAMETOOLONG;
	n = snprintf(d->dir, sizeof(d->dir), "%s", text);
	return (size_t)n < sizeof(d->dir) ? 0 : -ENAMETOOLONG;
}

static const char *path_of(const struct sysfs_dev *d, const char *attr, char *path)
{
	snprintf(path, PATH_SIZE, "%s/%s", d->dir, attr);
	return path;
}

bool sysfs_exists(const struct sysfs_dev *d)
{
	return access(d->dir, F_OK) == 0;
}

static int read_at(const struct sysfs_dev *d, const char *attr, off_t off, void *buf, size_t len)
{
	char path[PATH_SIZE];
	/* a recording comes from a stranger: its files may be FIFOs */
	int fd = open(path_of(d, attr, path), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, buf, len, off);
	if (n < 0)
		n = -errno;
	close(fd);
	return (int)n;
}

int sysfs_text(const struct sysfs_dev *d, const char *attr, char *buf, size_t size)
{
	int n = read_at(d, attr, 0, buf, size - 1);

	if (n < 0)
		return n;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int sysfs_number(const struct sysfs_dev *d, const char *attr, uint64_t *out)
{
	char text[32], *end;
	int ret = sysfs_text(d, attr, text, sizeof(text));

	if (ret)
		return ret;
	errno = 0;
	*out = strtoull(text, &end, 0);
	return errno || end == text ? -EINVAL : 0;
}

int sysfs_link(const struct sysfs_dev *d, const char *attr, char *buf, size_t size)
{
	char path[PATH_SIZE], target[512];
	ssize_t n = readlink(path_of(d, attr, path), target, sizeof(target) - 1);
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

int sysfs_config(const struct sysfs_dev *d, unsigned off, void *buf, size_t len)
{
	int n = read_at(d, "config", off, buf, len);

	if (n < 0)
		return n;
	return (size_t)n == len ? 0 : -EIO;
}

int sysfs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return (int)n;
	return (size_t)n == strlen(text) ? 0 : -EIO;
}
