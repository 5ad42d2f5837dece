// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor_file.c - read what a host, or a directory that stands for one, has in its files.
 * Must not know which files there are.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "doctor.h"
#include "doctor_file.h"
#include "util.h"

#define SLURP_MAX (1 * MiB) /* a kernel's configuration has a quarter of that */

struct doctor_path doctor_path(const struct doctor *d, const char *fmt, ...)
{
	struct doctor_path p;
	va_list ap;
	int n = snprintf(p.s, sizeof(p.s), "%s", d->root), more = 0;

	if ((size_t)n < sizeof(p.s)) {
		va_start(ap, fmt);
		more = vsnprintf(p.s + n, sizeof(p.s) - (size_t)n, fmt, ap);
		va_end(ap);
	}
	if ((size_t)n + (size_t)more >= sizeof(p.s))
		p.s[0] = '\0';
	return p;
}

struct doctor_path doctor_attr(const struct doctor *d, const char *attr)
{
	struct doctor_path p;

	snprintf(p.s, sizeof(p.s), "%s/%s", d->dev.dir, attr);
	return p;
}

/* No FIFO hangs us, and no device is read. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

int doctor_text(struct doctor_path path, char *buf, size_t size)
{
	int fd = open_regular(path.s), ret = 0;
	size_t len = 0;
	ssize_t n = 0;

	buf[0] = '\0';
	if (fd < 0)
		return fd;
	/* files of /proc give what they have in pieces */
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		ret = -errno;
	close(fd);
	buf[len] = '\0';
	return ret ? ret : (int)len;
}

int doctor_line(struct doctor_path path, char *buf, size_t size)
{
	int n = doctor_text(path, buf, size);

	buf[strcspn(buf, "\n")] = '\0';
	return n < 0 ? n : buf[0] ? 0 : -ENODATA;
}

int doctor_number(struct doctor_path path, int base, uint64_t *out)
{
	char text[32], *end;
	int ret = doctor_line(path, text, sizeof(text));

	if (ret)
		return ret;
	errno = 0;
	*out = strtoull(text, &end, base);
	return errno || end == text || *end ? -EINVAL : 0;
}

char *doctor_slurp(struct doctor_path path)
{
	int fd = open_regular(path.s), n;
	char *buf = NULL;
	gzFile f;

	if (fd < 0)
		return NULL;
	f = gzdopen(fd, "r"); /* what is not gzipped comes as it is */
	if (!f) {
		close(fd);
		return NULL;
	}
	buf = malloc(SLURP_MAX + 1);
	n = buf ? gzread(f, buf, SLURP_MAX) : -1;
	gzclose(f);
	if (n < 0) {
		free(buf);
		return NULL;
	}
	buf[n] = '\0';
	return buf;
}

int doctor_link(struct doctor_path path, char *buf, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path.s, target, sizeof(target) - 1);
	const char *name;

	if (n < 0)
		return -errno;
	target[n] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	return (size_t)snprintf(buf, size, "%s", name) < size ? 0 : -ENAMETOOLONG;
}

bool doctor_exists(struct doctor_path path)
{
	return !access(path.s, F_OK);
}

int doctor_may_open(struct doctor_path path)
{
	return faccessat(AT_FDCWD, path.s, R_OK | W_OK, AT_EACCESS) ? -errno : 0;
}

static int not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

struct doctor_names doctor_list(struct doctor_path path)
{
	struct doctor_names names = { 0 };
	struct dirent **entry = NULL;
	int n = scandir(path.s, &entry, not_hidden, alphasort);

	if (n > 0)
		names.name = calloc((size_t)n, sizeof(*names.name));
	for (int i = 0; i < n; i++) {
		if (names.name && (names.name[names.n] = strdup(entry[i]->d_name)))
			names.n++;
		free(entry[i]);
	}
	free(entry);
	return names;
}

void doctor_names_free(struct doctor_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct doctor_names){ 0 };
}
