// SPDX-License-Identifier: BSD-2-Clause
/*
 * file.c - read a file whole, but never more than was agreed; write one whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

int file_read_fd(int fd, size_t max, uint8_t **bytes, size_t *len)
{
	uint8_t *buf = malloc(max + 1);
	size_t done = 0;
	ssize_t n = 0;

	while (buf && done <= max) {
		n = read(fd, buf + done, max + 1 - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (!buf || n < 0 || done > max) {
		int ret = !buf ? -ENOMEM : n < 0 ? -errno : -EFBIG;

		free(buf);
		return ret;
	}
	*bytes = buf;
	*len = done;
	return 0;
}

int file_read(const char *path, size_t max, uint8_t **bytes, size_t *len)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), ret;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		ret = -errno;
	else
		ret = S_ISREG(st.st_mode) ? file_read_fd(fd, max, bytes, len) : -EINVAL;
	close(fd);
	return ret;
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_write(const char *path, const void *bytes, size_t len)
{
	const int flags = O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	int fd = open(path, flags | O_CREAT | O_EXCL, 0666), ret = 0;
	bool ours = fd >= 0;
	struct stat st;

	if (fd < 0 && errno == EEXIST)
		fd = open(path, flags);
	if (fd < 0)
		return errno == ENXIO ? -EINVAL : -errno; /* a FIFO or a socket */
	if (fstat(fd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode))
		ret = -EINVAL;
	else if (ftruncate(fd, 0))
		ret = -errno;
	if (!ret)
		ret = write_all(fd, bytes, len);
	if (close(fd) && !ret)
		ret = -errno;
	if (ret && ours)
		unlink(path);
	return ret;
}
