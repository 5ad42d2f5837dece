/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_uring.h - requests of a disk through io_uring, many at once.
 *
 * All calls come with the device lock held; those that push, from the loop's thread. What the ring does
 * not take goes to the disk's thread, by disk_to_thread(). Built without liburing there is none, as on a
 * host that refuses it.
 */
#ifndef IGDVM_DISK_URING_H
#define IGDVM_DISK_URING_H

#include <errno.h>

#include "disk.h"

#ifdef IGDVM_URING
/* Make d->uring, whose completions signal d->watch.fd. 0 or -errno, not logged; d->uring is NULL then. */
int disk_uring_open(struct disk *d);
/* Wait for what the kernel has, which goes to d->finished. disk_uring_waiting() is empty by now. */
void disk_uring_close(struct disk *d);

void disk_uring_submit(struct disk *d, struct disk_request *r); /* at the next push */
/* Give the kernel what was submitted, as much as the ring holds. */
void disk_uring_push(struct disk *d);
/* Put what is finished into d->finished. */
void disk_uring_reap(struct disk *d);
/* The requests that the kernel was not given; they are the caller's. */
struct disk_list *disk_uring_waiting(struct disk *d);
#else
static inline int disk_uring_open(struct disk *d)
{
	(void)d;
	return -ENOSYS;
}
static inline void disk_uring_close(struct disk *d)
{
	(void)d;
}
static inline void disk_uring_submit(struct disk *d, struct disk_request *r)
{
	(void)d;
	(void)r;
}
static inline void disk_uring_push(struct disk *d)
{
	(void)d;
}
static inline void disk_uring_reap(struct disk *d)
{
	(void)d;
}
static inline struct disk_list *disk_uring_waiting(struct disk *d)
{
	(void)d;
	return NULL;
}
#endif

#endif
