/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vhost_user.h - the queues of a virtio device, served by another process.
 *
 * The process (the back end) maps guest RAM, reads the kicks and signals interrupts itself; what goes over
 * its socket is set-up alone. It is trusted with the guest's memory and with nothing of igdvm's: answers
 * are checked, none is waited for longer than VHOST_USER_TIMEOUT_MS, and when it goes, the device does
 * and the guest stays. Ring addresses are guest-physical: no host address is told to it.
 * Everything runs under the device lock. Source: QEMU docs/interop/vhost-user.rst.
 */
#ifndef IGDVM_VHOST_USER_H
#define IGDVM_VHOST_USER_H

#include "mem.h"
#include "virtio.h"

#define VHOST_USER_TIMEOUT_MS 5000

struct vhost_user {
	const char *name; /* for messages */
	int fd;		  /* -1: the back end is gone */
	uint64_t features;
	bool has_protocol, acks; /* it knows protocol features; answers to every message */
	unsigned max_queues;	 /* 0: it does not say */
	struct virtio_dev *dev;
	const struct mem *mem;
	struct loop *loop;
	struct loop_watch watch;
	int quiet_fd;	 /* what is signalled while the driver wants no interrupt */
	uint64_t served; /* queues it has */
	bool ready;	 /* vhost_user_init() has succeeded */
};

struct vhost_user_params {
	const char *name; /* for messages, such as "--fs /run/fs.sock" */
	const char *path; /* its socket */
	int held;	  /* a connection to it, which is taken over; or -1: connect to path */
	bool owned;	  /* it had a machine before: vhost_user_release() */
	struct virtio_dev *dev;
	unsigned queues; /* of dev */
	const struct mem *mem;
	struct loop *loop;
};

/* A connection to the socket at path, for name; or logged -errno. */
int vhost_user_connect(const char *name, const char *path);

/*
 * Connect, agree on what both know and hand over guest RAM, which must be shared (mem.share). 0 or logged
 * -errno; fini in any case, which also takes a zeroed one.
 */
int vhost_user_init(struct vhost_user *u, const struct vhost_user_params *p);
void vhost_user_fini(struct vhost_user *u);

/*
 * Take the queues back and wait until they are: the connection can have another machine's
 * vhost_user_init(), and the memory it had may go.
 */
void vhost_user_release(struct vhost_user *u);

/* Parts of virtio_ops, for a device whose queues all are the back end's. */
int vhost_user_set_features(struct vhost_user *u, uint64_t features);
int vhost_user_start(struct vhost_user *u);
bool vhost_user_reset(struct vhost_user *u);
void vhost_user_call_changed(struct vhost_user *u, unsigned n);

#endif
