// SPDX-License-Identifier: BSD-2-Clause
/*
 * disk_io.c - preadv, pwritev, fallocate: all of a request, or an error.
 * Knows short counts, ends of files and what O_DIRECT demands; must not know threads or lists.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "disk.h"
#include "disk_io.h"
#include "iov.h"
#include "util.h"

#define BOUNCE MiB /* at once, of a request that O_DIRECT does not take as it is */
#define ALIGN  (4 * KiB)

void disk_io_advance(struct disk_request *r, size_t n)
{
	r->offset += n;
	while (n) {
		size_t part = MIN(n, r->iov->iov_len);

		r->iov->iov_base = (char *)r->iov->iov_base + part;
		r->iov->iov_len -= part;
		n -= part;
		if (r->iov->iov_len)
			return;
		r->iov++;
		r->n_iov--;
	}
}

static int transfer(const struct disk *d, struct disk_request *r)
{
	while (r->n_iov) {
		int n_iov = (int)r->n_iov;
		ssize_t n;

		if (r->op == DISK_READ)
			n = preadv(d->fd, r->iov, n_iov, (off_t)r->offset);
		else
			n = pwritev2(d->fd, r->iov, n_iov, (off_t)r->offset,
				     r->stable ? RWF_DSYNC : 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n) /* the file is shorter than it was */
			return -EIO;
		disk_io_advance(r, (size_t)n);
	}
	return 0;
}

/* ---- direct I/O for buffers that are not aligned ---- */

bool disk_io_fits_direct(const struct disk *d, const struct disk_request *r)
{
	for (unsigned i = 0; i < r->n_iov; i++)
		if (((uintptr_t)r->iov[i].iov_base | r->iov[i].iov_len) & (d->block - 1))
			return false;
	return !(r->offset & (d->block - 1));
}

/* One piece of a request through a buffer of whole blocks, of which [skip, skip + n) is meant. */
static int bounce_piece(const struct disk *d, const struct disk_request *r, char *buf, size_t done,
			size_t skip, size_t n)
{
	struct iovec all = { buf, ALIGN_UP(skip + n, d->block) };
	struct disk_request whole = {
		.op = DISK_READ, .offset = r->offset + done - skip, .iov = &all, .n_iov = 1
	};
	bool partly = skip || n != all.iov_len;
	int ret = 0;

	if (r->op == DISK_READ || partly)
		ret = transfer(d, &whole);
	if (ret)
		return ret;
	if (r->op == DISK_READ) {
		iov_from_buf(r->iov, r->n_iov, done, buf + skip, n);
		return 0;
	}
	iov_to_buf(r->iov, r->n_iov, done, buf + skip, n);
	all = (struct iovec){ buf, ALIGN_UP(skip + n, d->block) };
	whole = (struct disk_request){ .op = DISK_WRITE,
				       .offset = r->offset + done - skip,
				       .iov = &all,
				       .n_iov = 1,
				       .stable = r->stable };
	return transfer(d, &whole);
}

static int bounce(const struct disk *d, struct disk_request *r)
{
	void *buf;
	int ret = 0;

	if (posix_memalign(&buf, ALIGN, BOUNCE))
		return -ENOMEM;
	for (size_t done = 0, n; done < r->len && !ret; done += n) {
		size_t skip = (r->offset + done) & (d->block - 1);

		n = MIN(r->len - done, BOUNCE - skip);
		ret = bounce_piece(d, r, buf, done, skip, n);
	}
	free(buf);
	return ret;
}

/* ---- ranges ---- */

static int write_zeroes(const struct disk *d, const struct disk_request *r)
{
	static const char zeroes[64 * KiB] __attribute__((aligned(ALIGN)));

	for (uint64_t done = 0, n; done < r->len; done += n) {
		struct iovec part = { (char *)zeroes, MIN(r->len - done, sizeof(zeroes)) };
		struct disk_request piece = { .op = DISK_WRITE,
					      .offset = r->offset + done,
					      .len = part.iov_len,
					      .iov = &part,
					      .n_iov = 1,
					      .stable = r->stable };
		int ret;

		n = part.iov_len;
		ret = d->direct && !disk_io_fits_direct(d, &piece) ? bounce(d, &piece)
								   : transfer(d, &piece);
		if (ret)
			return ret;
	}
	return 0;
}

int disk_io_range_mode(const struct disk_request *r)
{
	bool punch = r->op == DISK_DISCARD || r->unmap;

	return FALLOC_FL_KEEP_SIZE | (punch ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);
}

static int zero_range(const struct disk *d, const struct disk_request *r)
{
	if (fallocate(d->fd, disk_io_range_mode(r), (off_t)r->offset, (off_t)r->len))
		return write_zeroes(d, r);
	return r->stable && fdatasync(d->fd) ? -errno : 0;
}

/* Where the host cannot, the guest loses nothing. */
static int discard(const struct disk *d, const struct disk_request *r)
{
	uint64_t range[2] = { r->offset, r->len };
	int ret;

	if (d->is_device)
		ret = ioctl(d->fd, BLKDISCARD, range);
	else
		ret = fallocate(d->fd, disk_io_range_mode(r), (off_t)r->offset, (off_t)r->len);
	return ret && errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL ? -errno : 0;
}

int disk_io(const struct disk *d, struct disk_request *r)
{
	switch (r->op) {
	case DISK_READ:
	case DISK_WRITE:
		return d->direct && !disk_io_fits_direct(d, r) ? bounce(d, r) : transfer(d, r);
	case DISK_FLUSH:
		return fdatasync(d->fd) ? -errno : 0;
	case DISK_DISCARD:
		return discard(d, r);
	case DISK_WRITE_ZEROES:
		return zero_range(d, r);
	}
	return -EINVAL;
}
