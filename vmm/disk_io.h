/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_io.h - one request of a disk, from its first byte to its last.
 */
#ifndef IGDVM_DISK_IO_H
#define IGDVM_DISK_IO_H

#include <stdbool.h>
#include <stddef.h>

struct disk;
struct disk_request;

/* Serve it, however long that takes; changes r->iov. 0 or -errno, not logged: the guest is told. */
int disk_io(const struct disk *d, struct disk_request *r);

/* ---- parts of it, for disk_uring.c ---- */

/* Drop n bytes from the front of r->iov, and move the offset. */
void disk_io_advance(struct disk_request *r, size_t n);
/* Whether O_DIRECT takes a read or write as it is. */
bool disk_io_fits_direct(const struct disk *d, const struct disk_request *r);
/* What fallocate() is to do for a discard or write-zeroes. */
int disk_io_range_mode(const struct disk_request *r);

#endif
