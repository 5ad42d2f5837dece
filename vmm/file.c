// SPDX-License-Identifier: BSD-2-Clause
/*
 * file.c - read a file whole, but never more than was agreed.
 */
#include <errno.h>
#include <fcntl.h>
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
