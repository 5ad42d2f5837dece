// SPDX-License-Identifier: BSD-2-Clause
/*
 * iov.c - walk the pieces of an iovec.
 * Knows pointers and lengths; must not know guests or devices.
 */
#include "iov.h"
#include "util.h"

size_t iov_size(const struct iovec *iov, unsigned n)
{
	size_t size = 0;

	for (unsigned i = 0; i < n; i++)
		size += iov[i].iov_len;
	return size;
}

/*
 * The part of *iov from byte *off on, at most len long, which may be nothing. *off becomes what is
 * still to be skipped.
 */
static struct iovec piece(const struct iovec *iov, size_t *off, size_t len)
{
	size_t skip = MIN(*off, iov->iov_len);

	*off -= skip;
	return (struct iovec){ (char *)iov->iov_base + skip, MIN(iov->iov_len - skip, len) };
}

size_t iov_to_buf(const struct iovec *iov, unsigned n, size_t off, void *buf, size_t len)
{
	size_t done = 0;

	for (unsigned i = 0; i < n && done < len; i++) {
		struct iovec p = piece(&iov[i], &off, len - done);

		memcpy((char *)buf + done, p.iov_base, p.iov_len);
		done += p.iov_len;
	}
	return done;
}

size_t iov_from_buf(const struct iovec *iov, unsigned n, size_t off, const void *buf, size_t len)
{
	size_t done = 0;

	for (unsigned i = 0; i < n && done < len; i++) {
		struct iovec p = piece(&iov[i], &off, len - done);

		memcpy(p.iov_base, (const char *)buf + done, p.iov_len);
		done += p.iov_len;
	}
	return done;
}

unsigned iov_slice(const struct iovec *iov, unsigned n, size_t off, size_t len, struct iovec *out)
{
	unsigned pieces = 0;

	for (unsigned i = 0; i < n && len; i++) {
		struct iovec p = piece(&iov[i], &off, len);

		if (!p.iov_len)
			continue;
		out[pieces++] = p;
		len -= p.iov_len;
	}
	return pieces;
}
