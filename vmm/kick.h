/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kick.h - guest writes that signal an eventfd without leaving the kernel. KVM implements it; tests
 * bring their own.
 */
#ifndef IGDVM_KICK_H
#define IGDVM_KICK_H

#include <stdint.h>

struct kicks;

struct kicks_ops {
	/* Writes of any width at gpa signal fd from now on, instead of leaving the guest. 0 or logged -errno. */
	int (*attach)(struct kicks *k, uint64_t gpa, int fd);
	/* Undo attach of the same two. */
	void (*detach)(struct kicks *k, uint64_t gpa, int fd);
};

struct kicks {
	const struct kicks_ops *ops;
};

#endif
