// SPDX-License-Identifier: BSD-2-Clause
/*
 * disk_uring.c - the ring of a disk: what fits into it, what comes out of it.
 * Knows liburing and short counts; must not know guests. What the ring cannot do is disk_io.c's, in the
 * disk's thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/falloc.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include "disk_io.h"
#include "disk_uring.h"
#include "log.h"
#include "util.h"

/*
 * Requests that the kernel has at most. Its completion ring has twice as many places, so that none is
 * ever lost.
 */
#define DEPTH 128

struct disk_uring {
	struct io_uring ring;
	struct disk_list waiting;  /* no entry yet */
	struct disk_list prepared; /* have one that the kernel has not taken, in the ring's order */
	unsigned in_kernel;
	bool dead; /* the kernel takes nothing any more */
};

/* True: as the ring has it. Else there is more to it than one system call. */
static bool fits_ring(const struct disk *d, const struct disk_request *r)
{
	/* another request's bounce buffer may hold the rest of a block */
	bool whole = !d->direct || !((r->offset | r->len) & (d->block - 1));

	switch (r->op) {
	case DISK_READ:
	case DISK_WRITE:
		return !d->direct || disk_io_fits_direct(d, r);
	case DISK_FLUSH:
		return true;
	case DISK_DISCARD: /* a device's is an ioctl */
		return whole && !d->is_device;
	case DISK_WRITE_ZEROES: /* and then a flush */
		return whole && !r->stable;
	}
	return false;
}

static void prepare(const struct disk *d, struct disk_request *r, struct io_uring_sqe *sqe)
{
	switch (r->op) {
	case DISK_READ:
		io_uring_prep_readv(sqe, d->fd, r->iov, r->n_iov, r->offset);
		break;
	case DISK_WRITE:
		io_uring_prep_writev2(sqe, d->fd, r->iov, r->n_iov, r->offset,
				      r->stable ? RWF_DSYNC : 0);
		break;
	case DISK_FLUSH:
		io_uring_prep_fsync(sqe, d->fd, IORING_FSYNC_DATASYNC);
		break;
	case DISK_DISCARD:
	case DISK_WRITE_ZEROES:
		io_uring_prep_fallocate(sqe, d->fd, disk_io_range_mode(r), (off_t)r->offset,
					(off_t)r->len);
		break;
	}
	io_uring_sqe_set_data(sqe, r);
}

/* Nothing more is put into the ring, whose entries the kernel looks at only when it is called. */
static void give_up(struct disk *d, int err)
{
	struct disk_uring *u = d->uring;

	u->dead = true;
	errno = -err;
	log_warn("--disk %s: io_uring: %m; its thread goes on alone, one request at a time",
		 d->path);
	while (u->prepared.first)
		disk_to_thread(d, disk_list_take(&u->prepared));
	while (u->waiting.first)
		disk_to_thread(d, disk_list_take(&u->waiting));
}

void disk_uring_push(struct disk *d)
{
	struct disk_uring *u = d->uring;
	unsigned prepared = 0;

	while (u->waiting.first && u->in_kernel + prepared < DEPTH) {
		struct disk_request *r = disk_list_take(&u->waiting);

		/* as many entries as DEPTH, and all before were taken */
		prepare(d, r, io_uring_get_sqe(&u->ring));
		disk_list_add(&u->prepared, r);
		prepared++;
	}
	while (u->prepared.first) {
		int n = io_uring_submit(&u->ring);

		if (n == -EINTR)
			continue;
		if (n <= 0) {
			give_up(d, n ? n : -EIO);
			return;
		}
		u->in_kernel += (unsigned)n;
		while (n--)
			disk_list_take(&u->prepared);
	}
}

void disk_uring_submit(struct disk *d, struct disk_request *r)
{
	if (d->uring->dead || !fits_ring(d, r))
		disk_to_thread(d, r);
	else
		disk_list_add(&d->uring->waiting, r);
}

/* One system call of a request has come back. */
static void completed(struct disk *d, struct disk_request *r, int res)
{
	bool range = r->op == DISK_DISCARD || r->op == DISK_WRITE_ZEROES;

	if (res == -EINTR || res == -EAGAIN || (res < 0 && range)) {
		/* it may wait there, and knows other ways to clear a range */
		disk_to_thread(d, r);
		return;
	}
	/* not again: the kernel tells of a failed flush only once */
	r->result = MIN(res, 0);
	if (!r->result && (r->op == DISK_READ || r->op == DISK_WRITE)) {
		disk_io_advance(r, (size_t)res);
		r->len -= (size_t)res;
		if (res && r->len) {
			disk_uring_submit(d, r);
			return;
		}
		if (r->len) /* the file is shorter than it was */
			r->result = -EIO;
	}
	disk_finished(d, r);
}

void disk_uring_reap(struct disk *d)
{
	struct disk_uring *u = d->uring;
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;

	io_uring_for_each_cqe(&u->ring, head, cqe)
	{
		completed(d, io_uring_cqe_get_data(cqe), cqe->res);
		n++;
	}
	io_uring_cq_advance(&u->ring, n);
	u->in_kernel -= n;
	disk_uring_push(d);
}

struct disk_list *disk_uring_waiting(struct disk *d)
{
	return &d->uring->waiting;
}

/*
 * The ring is a way around seccomp: for good, it takes nothing but what prepare() puts there for
 * the descriptors igdvm has. Linux 5.10.
 */
static int restrict_ring(struct io_uring *ring)
{
	static const uint8_t ops[] = { IORING_OP_READV, IORING_OP_WRITEV, IORING_OP_FSYNC,
				       IORING_OP_FALLOCATE };
	struct io_uring_restriction r[ARRAY_SIZE(ops)] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		r[i].opcode = IORING_RESTRICTION_SQE_OP;
		r[i].sqe_op = ops[i];
	}
	/* by number: liburing declares functions that some of its versions do not export */
	if (syscall(SYS_io_uring_register, ring->ring_fd, IORING_REGISTER_RESTRICTIONS, r,
		    ARRAY_SIZE(r)) ||
	    syscall(SYS_io_uring_register, ring->ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0))
		return -errno;
	return 0;
}

int disk_uring_open(struct disk *d)
{
	struct disk_uring *u = calloc(1, sizeof(*u));
	int ret, flags;

	if (!u)
		return -ENOMEM;
	/* of a descriptor that does not block, the ring would pass on EAGAIN instead of waiting */
	flags = fcntl(d->fd, F_GETFL);
	ret = flags < 0 || fcntl(d->fd, F_SETFL, flags & ~O_NONBLOCK) ? -errno : 0;
	if (!ret)
		ret = io_uring_queue_init(DEPTH, &u->ring, IORING_SETUP_R_DISABLED);
	if (ret) {
		free(u);
		return ret;
	}
	ret = io_uring_register_eventfd(&u->ring, d->watch.fd);
	if (!ret)
		ret = restrict_ring(&u->ring);
	if (ret) {
		io_uring_queue_exit(&u->ring);
		free(u);
		return ret;
	}
	disk_list_init(&u->waiting);
	disk_list_init(&u->prepared);
	d->uring = u;
	return 0;
}

void disk_uring_close(struct disk *d)
{
	struct disk_uring *u = d->uring;
	struct pollfd p = { .fd = d->watch.fd, .events = POLLIN };

	for (;;) {
		eventfd_t count;

		eventfd_read(d->watch.fd, &count); /* before the look at the ring */
		disk_uring_reap(d);
		if (!u->in_kernel)
			break;
		poll(&p, 1, -1);
	}
	io_uring_queue_exit(&u->ring);
	free(u);
	d->uring = NULL;
}
