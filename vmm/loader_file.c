// SPDX-License-Identifier: BSD-2-Clause
/*
 * loader_file.c - open, spool and read what options name.
 * Knows nothing of kernels. The file may change or shrink under us.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "host_file.h"
#include "loader_file.h"
#include "log.h"
#include "util.h"

int loader_file_open(struct loader_file *f, const char *option, const char *path)
{
	int fd = host_file_open(path, O_RDONLY | O_NONBLOCK), err;
	struct stat st;

	if (fd < 0)
		return log_err(-errno, "--%s %s: %m", option, path);
	if (fstat(fd, &st)) {
		err = log_err(-errno, "--%s %s: %m", option, path);
	} else if (!S_ISREG(st.st_mode)) {
		err = log_err(-EINVAL, "--%s %s: not a regular file", option, path);
	} else if (!st.st_size) {
		err = log_err(-EINVAL, "--%s %s: the file is empty", option, path);
	} else {
		*f = (struct loader_file){ option, path, fd, (uint64_t)st.st_size };
		return 0;
	}
	close(fd);
	return err;
}

/* As read(), but it waits for a descriptor that somebody made non-blocking. */
static ssize_t read_input(void *buf, size_t len)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, len)) < 0) {
		if (errno == EAGAIN)
			poll(&p, 1, -1);
		else if (errno != EINTR)
			break;
	}
	return n;
}

static int write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			buf += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int copy_input(struct loader_file *f)
{
	char buf[64 * KiB];
	ssize_t n;
	int ret;

	while ((n = read_input(buf, sizeof(buf))) > 0) {
		f->size += (uint64_t)n;
		if (f->size > LOADER_SPOOL_MAX)
			return log_err(-EFBIG,
				       "--%s %s: more than 1 GiB on standard input; name a file",
				       f->option, f->path);
		ret = write_all(f->fd, buf, (size_t)n);
		if (ret)
			return log_err(ret, "--%s %s: memory for standard input: %m; name a file",
				       f->option, f->path);
	}
	if (n < 0)
		return log_err(-errno, "--%s %s: standard input: %m; pipe it in", f->option,
			       f->path);
	if (!f->size)
		return log_err(-EINVAL, "--%s %s: standard input is empty; pipe it in", f->option,
			       f->path);
	return 0;
}

int loader_file_spool(struct loader_file *f, const char *option, const char *path)
{
	int ret;

	if (isatty(STDIN_FILENO))
		return log_err(-ENOTTY,
			       "--%s %s: standard input is a terminal; pipe it in, or "
			       "name a file",
			       option, path);
	*f = (struct loader_file){ option, path, memfd_create(option, MFD_CLOEXEC), 0 };
	if (f->fd < 0)
		return log_err(-errno, "--%s %s: memory for standard input: %m", option, path);
	ret = copy_input(f);
	if (ret)
		loader_file_close(f);
	return ret;
}

int loader_file_read(const struct loader_file *f, uint64_t off, void *buf, uint64_t len)
{
	for (uint64_t done = 0; done < len;) {
		ssize_t n = pread(f->fd, (char *)buf + done, len - done, (off_t)(off + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return log_err(-errno, "--%s %s: read: %m", f->option, f->path);
		if (!n)
			return log_err(-EIO, "--%s %s: the file became shorter while it was read",
				       f->option, f->path);
		done += (uint64_t)n;
	}
	return 0;
}

void loader_file_close(struct loader_file *f)
{
	if (f->path)
		close_fd(&f->fd);
	*f = (struct loader_file){ 0 };
}
