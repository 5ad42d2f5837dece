// SPDX-License-Identifier: BSD-2-Clause
/*
 * record_host.c - what all parts of `igdvm record` do: read a file of the host, and say where one of the
 * fixture came from. Must not know which files there are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "record_host.h"
#include "util.h"

void record_note(struct record *r, const char *file, const char *fmt, ...)
{
	va_list ap;

	fprintf(r->notes, "%s: ", file);
	va_start(ap, fmt);
	vfprintf(r->notes, fmt, ap);
	va_end(ap);
	fputc('\n', r->notes);
}

int64_t record_read_file(const char *path, size_t size, uint8_t **bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t n = 0;
	ssize_t got = fd < 0 ? -1 : 1;

	*bytes = fd < 0 ? NULL : calloc(1, size + 1);
	while (*bytes && n < size && (got = read(fd, *bytes + n, size - n)) > 0)
		n += (size_t)got;
	if (got < 0 || !*bytes) {
		int ret = got < 0 ? -errno : -ENOMEM;

		close_fd(&fd);
		free(*bytes);
		*bytes = NULL;
		return ret;
	}
	close(fd);
	return (int64_t)n;
}
