/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_io.h - one request of a disk, from its first byte to its last.
 */
#ifndef IGDVM_DISK_IO_H
#define IGDVM_DISK_IO_H

struct disk;
struct disk_request;

/* Serve it, however long that takes; changes r->iov. 0 or -errno, not logged: the guest is told. */
int disk_io(const struct disk *d, struct disk_request *r);

#endif
