/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iov.h - bytes that lie in several pieces: copies from and to, and parts of, an iovec.
 * Pure. What the pieces are is the caller's business; the sum of their lengths fits in size_t.
 */
#ifndef IGDVM_IOV_H
#define IGDVM_IOV_H

#include <stddef.h>
#include <sys/uio.h>

/* Bytes in all n pieces. */
size_t iov_size(const struct iovec *iov, unsigned n);

/* Copy len bytes from or to offset off; returns how many there were: fewer at the end. */
size_t iov_to_buf(const struct iovec *iov, unsigned n, size_t off, void *buf, size_t len);
size_t iov_from_buf(const struct iovec *iov, unsigned n, size_t off, const void *buf, size_t len);

/* The pieces of [off, off + len), as far as there are such, to out (room for n). Their number. */
unsigned iov_slice(const struct iovec *iov, unsigned n, size_t off, size_t len, struct iovec *out);

#endif
