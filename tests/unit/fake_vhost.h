/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_vhost.h - the kernel behind /dev/vhost-vsock and /dev/vhost-net, for programs that replace open() and
 * ioctl(). It asserts vhost's rules: owner first, no ring changes while it runs, everything handed over
 * before it starts.
 */
#ifndef IGDVM_FAKE_VHOST_H
#define IGDVM_FAKE_VHOST_H

/* the test driver has a struct vring of its own */
#define vring uapi_vring
#include "vhost_uapi.h"
#undef vring

#include <stdbool.h>
#include <stdint.h>

#define FAKE_VHOSTS	   4
#define FAKE_VHOST_VRINGS  2
#define FAKE_VHOST_REGIONS 8

struct fake_vhost {
	int fd;
	uint64_t features, cid;
	bool owned, memory;
	bool running; /* vsock */
	bool failed_to_stop;
	unsigned starts;
	struct fake_vring {
		unsigned num, base;
		struct vhost_vring_addr addr;
		int kick, call, err;
		int backend; /* net; -1: none */
	} ring[FAKE_VHOST_VRINGS];
	struct vhost_memory_region region[FAKE_VHOST_REGIONS];
	unsigned n_regions;
};

extern struct fake_vhosts {
	struct fake_vhost at[FAKE_VHOSTS]; /* as they were opened */
	unsigned n;
	uint64_t knows;
	int cid_error;
	bool (*fails)(void); /* whether this call does; sets errno */
} vhosts;

/* None is open; the kernel knows what igdvm needs, and `features`. */
void fake_vhost_init(uint64_t features, bool (*fails)(void));
/* open() of such a device. */
int fake_vhost_open(void);
/* Which one fd is; NULL: none of them. */
struct fake_vhost *fake_vhost_find(int fd);
int fake_vhost_ioctl(struct fake_vhost *k, unsigned long request, void *arg);

#endif
