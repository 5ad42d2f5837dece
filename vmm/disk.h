/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk.h - a raw file or a block device of the host as a guest's disk.
 *
 * Bytes at offsets, nothing else: what is in the file is never looked at. Requests are served by the
 * kernel, many at once and in any order (io_uring), or in order by a thread of the disk's own; the event
 * loop hears of the finished ones.
 */
#ifndef IGDVM_DISK_H
#define IGDVM_DISK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "confine.h"
#include "disk_aio.h"
#include "loop.h"

enum disk_op {
	DISK_READ,
	DISK_WRITE,
	DISK_FLUSH,	   /* what was written is on stable storage */
	DISK_DISCARD,	   /* the range's contents are of no use any more: a hint */
	DISK_WRITE_ZEROES, /* the range reads as zeroes from now on */
};

/* Embedded in its owner, and the disk's from disk_submit() until done() gives it back. */
struct disk_request {
	enum disk_op op;
	uint64_t offset, len; /* inside the disk's size; len is the sum of iov */
	struct iovec *iov;    /* of reads and writes; changed while they are served */
	unsigned n_iov;
	bool stable; /* DISK_WRITE: a flush is part of it */
	bool unmap;  /* DISK_WRITE_ZEROES: the range's space may be given up */
	int result;  /* 0 or -errno; -EIO where the file has become shorter */
	struct disk_request *next;
};

struct disk;
/* In the loop's thread, device lock held. */
typedef void disk_done_fn(struct disk *d, struct disk_request *r);
typedef void disk_settled_fn(struct disk *d);

struct disk_list {
	struct disk_request *first, **last;
};

struct disk {
	const char *path;
	int fd;
	uint64_t size;	/* bytes, a multiple of block */
	unsigned block; /* of the host: bytes that are written in one go */
	bool readonly;
	bool direct;	/* O_DIRECT: whole blocks, aligned memory */
	bool is_device; /* a block device */
	disk_done_fn *done;
	disk_settled_fn *settled;
	struct loop *loop;
	struct loop_watch watch;  /* its fd says that something is finished */
	struct disk_uring *uring; /* NULL: the thread does everything */
	const struct confine *confine;
	pthread_t thread;
	bool running;	      /* there is a thread */
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	struct disk_list waiting, finished;
	bool quit;
};

struct disk_params {
	const char *path;
	bool readonly, direct;
	struct loop *loop;
	enum disk_aio aio;
	disk_done_fn *done;
	disk_settled_fn *settled;      /* after some done(): no more of them now */
	const struct confine *confine; /* of the thread; may be NULL */
};

/*
 * Open the file, lock it against other writers (against writers alone where it is read-only) and start
 * the thread. 0 or logged -errno; then disk_fini() too, which also takes a zeroed disk.
 */
int disk_init(struct disk *d, const struct disk_params *p);
/* Wait for the requests that are being served; the others are cancelled. done() is called for all. */
void disk_fini(struct disk *d);

/* Requests may wait for disk_kick(), which follows the last of them. In the loop's thread, both. */
void disk_submit(struct disk *d, struct disk_request *r);
void disk_kick(struct disk *d);

/* Take back the requests that were not begun, by done() with -ECANCELED. Others are on their way. */
void disk_cancel(struct disk *d);

/* ---- for disk_uring.c ---- */

void disk_list_init(struct disk_list *l);
void disk_list_add(struct disk_list *l, struct disk_request *r);
struct disk_request *disk_list_take(struct disk_list *l); /* from one that is not empty */

/* Give the request to the thread; take it as finished. */
void disk_to_thread(struct disk *d, struct disk_request *r);
void disk_finished(struct disk *d, struct disk_request *r);

#endif
